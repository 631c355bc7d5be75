"""Objectives L(θ, b): what training minimises, and how it depends on its objects."""

from sklinfluence.objectives._base import AutogradObjective, Objective
from sklinfluence.objectives._check import check_objective
from sklinfluence.objectives._composed import ComposedObjective
from sklinfluence.objectives._concordance import Concordance
from sklinfluence.objectives._least_squares import FittedLeastSquares
from sklinfluence.objectives._logistic import FittedLogistic
from sklinfluence.objectives._make import FittedObjective, make_objective
from sklinfluence.objectives._minimize import NewtonResult, minimize_newton

__all__ = [
    "AutogradObjective",
    "ComposedObjective",
    "Concordance",
    "FittedLeastSquares",
    "FittedLogistic",
    "FittedObjective",
    "NewtonResult",
    "Objective",
    "check_objective",
    "make_objective",
    "minimize_newton",
]
