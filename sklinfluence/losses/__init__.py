"""Losses ℓ(S, b) in score space, with their closed forms."""

from sklinfluence.losses._base import Loss, RowOperator
from sklinfluence.losses._cox import CoxPartialLikelihood

__all__ = ["CoxPartialLikelihood", "Loss", "RowOperator"]
