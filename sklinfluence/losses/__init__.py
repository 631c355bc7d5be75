"""Losses ℓ(S, b) in score space, with their closed forms."""

from sklinfluence.losses._base import Loss, RowOperator
from sklinfluence.losses._cox import TIES, CoxPartialLikelihood
from sklinfluence.losses._held_out import CoxHeldOutLoss, HeldOutLoss

__all__ = [
    "TIES",
    "CoxHeldOutLoss",
    "CoxPartialLikelihood",
    "HeldOutLoss",
    "Loss",
    "RowOperator",
]
