"""Survival data sets: small ones that come with lifelines, two that are fetched."""

from sklinfluence.datasets._embedded import (
    load_gbsg2,
    load_kidney_transplant,
    load_larynx,
    load_lung,
    load_rossi,
)
from sklinfluence.datasets._fetchers import fetch_metabric, fetch_support

__all__ = [
    "fetch_metabric",
    "fetch_support",
    "load_gbsg2",
    "load_kidney_transplant",
    "load_larynx",
    "load_lung",
    "load_rossi",
]
