"""Targets f(z; θ): what is attributed."""

from sklinfluence.targets._base import Target, TargetFunction
from sklinfluence.targets._changing import ChangingFunction
from sklinfluence.targets._estimator import EstimatorFunction, Score
from sklinfluence.targets._loss import Loss
from sklinfluence.targets._neighbourhood import Neighbourhood
from sklinfluence.targets._parameter import Parameter, ParameterFunction
from sklinfluence.targets._probability import Probability
from sklinfluence.targets._resolve import TARGETS, resolve_target
from sklinfluence.targets._risk import LogRisk, RelativeRisk

__all__ = [
    "TARGETS",
    "ChangingFunction",
    "EstimatorFunction",
    "LogRisk",
    "Loss",
    "Neighbourhood",
    "Parameter",
    "ParameterFunction",
    "Probability",
    "RelativeRisk",
    "Score",
    "Target",
    "TargetFunction",
    "resolve_target",
]
