"""Estimators whose training can be attributed."""

from sklinfluence.estimators._baseline import BaselineHazard
from sklinfluence.estimators._cox import CoxRegressor
from sklinfluence.estimators._cox_objective import FittedCox
from sklinfluence.estimators._loss_minimizer import FittedLoss, LossMinimizer
from sklinfluence.estimators._sksurv_objective import FittedSksurvCox

__all__ = [
    "BaselineHazard",
    "CoxRegressor",
    "FittedCox",
    "FittedLoss",
    "FittedSksurvCox",
    "LossMinimizer",
]
