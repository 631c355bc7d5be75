"""Estimators whose training can be attributed."""

from sklinfluence.estimators._baseline import BaselineHazard
from sklinfluence.estimators._cox import CoxRegressor
from sklinfluence.estimators._cox_objective import FittedCox
from sklinfluence.estimators._lifelines_objective import FittedLifelinesCox
from sklinfluence.estimators._loss_minimizer import FittedLoss, LossMinimizer
from sklinfluence.estimators._node_embedder import NodeEmbedder
from sklinfluence.estimators._node_embedder_objective import FittedEmbedder
from sklinfluence.estimators._ranker import ListMLERanker
from sklinfluence.estimators._ranker_objective import FittedRanker
from sklinfluence.estimators._sksurv_objective import FittedSksurvCox
from sklinfluence.estimators._walks import expected_counts, sampled_counts

__all__ = [
    "BaselineHazard",
    "CoxRegressor",
    "FittedCox",
    "FittedEmbedder",
    "FittedLifelinesCox",
    "FittedLoss",
    "FittedRanker",
    "FittedSksurvCox",
    "ListMLERanker",
    "LossMinimizer",
    "NodeEmbedder",
    "expected_counts",
    "sampled_counts",
]
