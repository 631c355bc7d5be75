"""Training-data attribution for scikit-learn."""

from sklinfluence._cross_validation import cross_val_influence
from sklinfluence._explainer import InfluenceExplainer
from sklinfluence._version import __version__
from sklinfluence.estimators import (
    CoxRegressor,
    ListMLERanker,
    LossMinimizer,
    NodeEmbedder,
)

__all__ = [
    "CoxRegressor",
    "InfluenceExplainer",
    "ListMLERanker",
    "LossMinimizer",
    "NodeEmbedder",
    "__version__",
    "cross_val_influence",
]
