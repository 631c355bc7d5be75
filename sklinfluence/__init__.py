"""Training-data attribution for scikit-learn."""

from sklinfluence._explainer import InfluenceExplainer
from sklinfluence._version import __version__
from sklinfluence.estimators import CoxRegressor, LossMinimizer

__all__ = ["CoxRegressor", "InfluenceExplainer", "LossMinimizer", "__version__"]
