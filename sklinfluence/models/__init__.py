"""Score models S(θ; X)."""

from sklinfluence.models._base import ScoreModel
from sklinfluence.models._linear import LinearModel

__all__ = ["LinearModel", "ScoreModel"]
