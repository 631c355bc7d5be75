"""Data sets: survival and multi-label ones, and generated rankings."""

from sklinfluence.datasets._embedded import (
    load_gbsg2,
    load_kidney_transplant,
    load_larynx,
    load_lung,
    load_rossi,
)
from sklinfluence.datasets._fetchers import fetch_metabric, fetch_support
from sklinfluence.datasets._multilabel import fetch_delicious, fetch_mediamill
from sklinfluence.datasets._ranking_documents import make_ranking_documents
from sklinfluence.datasets._rankings import make_ranking

__all__ = [
    "fetch_delicious",
    "fetch_mediamill",
    "fetch_metabric",
    "fetch_support",
    "load_gbsg2",
    "load_kidney_transplant",
    "load_larynx",
    "load_lung",
    "load_rossi",
    "make_ranking",
    "make_ranking_documents",
]
