"""Objectives L(θ, b): what training minimises, and how it depends on its objects."""

from sklinfluence.objectives._base import AutogradObjective, Objective
from sklinfluence.objectives._check import check_objective
from sklinfluence.objectives._composed import ComposedObjective
from sklinfluence.objectives._concordance import Concordance
from sklinfluence.objectives._embedding import EmbeddingObjective
from sklinfluence.objectives._generalized import FittedGeneralizedLinear
from sklinfluence.objectives._huber import FittedHuber
from sklinfluence.objectives._least_squares import FittedLeastSquares
from sklinfluence.objectives._linear_models import FittedLinearModel
from sklinfluence.objectives._linear_svm import FittedLinearSVC, FittedLinearSVR
from sklinfluence.objectives._logistic import FittedLogistic
from sklinfluence.objectives._make import (
    FittedObjective,
    make_objective,
    register_by_name,
)
from sklinfluence.objectives._minimize import NewtonResult, minimize_newton
from sklinfluence.objectives._penalty import RidgePenalty
from sklinfluence.objectives._perceptron import FittedPerceptron
from sklinfluence.objectives._preconditioner import (
    BlockPreconditioner,
    block_preconditioner,
)
from sklinfluence.objectives._ridge_classifier import FittedRidgeClassifier
from sklinfluence.objectives._stochastic_gradient import (
    FittedSGDClassifier,
    FittedSGDRegressor,
)

__all__ = [
    "AutogradObjective",
    "BlockPreconditioner",
    "ComposedObjective",
    "Concordance",
    "EmbeddingObjective",
    "FittedGeneralizedLinear",
    "FittedHuber",
    "FittedLeastSquares",
    "FittedLinearModel",
    "FittedLinearSVC",
    "FittedLinearSVR",
    "FittedLogistic",
    "FittedObjective",
    "FittedPerceptron",
    "FittedRidgeClassifier",
    "FittedSGDClassifier",
    "FittedSGDRegressor",
    "NewtonResult",
    "Objective",
    "RidgePenalty",
    "block_preconditioner",
    "check_objective",
    "make_objective",
    "minimize_newton",
    "register_by_name",
]
