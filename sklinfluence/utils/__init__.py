"""Validation, survival targets, and what removing an object does to the data."""

from sklinfluence.utils._problem import Problem
from sklinfluence.utils._survival import (
    SurvivalTarget,
    parse_survival_target,
    survival_target,
)

__all__ = ["Problem", "SurvivalTarget", "parse_survival_target", "survival_target"]
