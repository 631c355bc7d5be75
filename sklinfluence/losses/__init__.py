"""Losses ℓ(S, b) in score space, with their closed forms."""

from sklinfluence.losses._balanced import BalancedLoss
from sklinfluence.losses._base import Loss, RowOperator
from sklinfluence.losses._centre_embeddings import best_centres
from sklinfluence.losses._clipped_terms import (
    ClippedSquareTerms,
    HingeTerms,
    InsensitiveLoss,
    InsensitiveTerms,
)
from sklinfluence.losses._cox import TIES, CoxPartialLikelihood
from sklinfluence.losses._held_out import CoxHeldOutLoss, HeldOutLoss
from sklinfluence.losses._huber_terms import HuberScaleTerms
from sklinfluence.losses._list_loss import ListHeldOutLoss, ListLoss
from sklinfluence.losses._list_objects import DocumentObjects, QueryObjects
from sklinfluence.losses._lists import Lists, lists_of_relevance
from sklinfluence.losses._multinomial_terms import MultinomialTerms
from sklinfluence.losses._pair_softmax import PairSoftmaxLoss, PairSoftmaxPoint
from sklinfluence.losses._plackett_luce import PlackettLuceLoss
from sklinfluence.losses._pointwise import PointwiseLoss
from sklinfluence.losses._pointwise_held_out import PointwiseHeldOutLoss
from sklinfluence.losses._pointwise_losses import (
    LogisticLoss,
    MultinomialLoss,
    SquaredLoss,
)
from sklinfluence.losses._pointwise_terms import (
    LogisticTerms,
    PointwiseTerms,
    SquaredTerms,
)
from sklinfluence.losses._soft_lists import (
    SoftmaxListLoss,
    softmax_targets,
    uniform_targets,
)
from sklinfluence.losses._tweedie import TweedieLoss, TweedieTerms

__all__ = [
    "TIES",
    "BalancedLoss",
    "ClippedSquareTerms",
    "CoxHeldOutLoss",
    "CoxPartialLikelihood",
    "DocumentObjects",
    "HeldOutLoss",
    "HingeTerms",
    "HuberScaleTerms",
    "InsensitiveLoss",
    "InsensitiveTerms",
    "ListHeldOutLoss",
    "ListLoss",
    "Lists",
    "LogisticLoss",
    "LogisticTerms",
    "Loss",
    "MultinomialLoss",
    "MultinomialTerms",
    "PairSoftmaxLoss",
    "PairSoftmaxPoint",
    "PlackettLuceLoss",
    "PointwiseHeldOutLoss",
    "PointwiseLoss",
    "PointwiseTerms",
    "QueryObjects",
    "RowOperator",
    "SoftmaxListLoss",
    "SquaredLoss",
    "SquaredTerms",
    "TweedieLoss",
    "TweedieTerms",
    "best_centres",
    "lists_of_relevance",
    "softmax_targets",
    "uniform_targets",
]
