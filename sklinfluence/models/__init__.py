"""Score models S(θ; X)."""

from sklinfluence.models._activations import ACTIVATIONS
from sklinfluence.models._base import ScoreModel
from sklinfluence.models._embedding import EmbeddingModel
from sklinfluence.models._layers import (
    flat_parameters,
    is_weight,
    weight_names,
    weights_of,
)
from sklinfluence.models._linear import LinearModel
from sklinfluence.models._multi_output import MultiOutputLinearModel
from sklinfluence.models._perceptron import PerceptronModel
from sklinfluence.models._scaled import ScaledLinearModel

__all__ = [
    "ACTIVATIONS",
    "EmbeddingModel",
    "LinearModel",
    "MultiOutputLinearModel",
    "PerceptronModel",
    "ScaledLinearModel",
    "ScoreModel",
    "flat_parameters",
    "is_weight",
    "weight_names",
    "weights_of",
]
