"""Does a conclusion hang on a few rows? Influential sets, classical diagnostics."""

from sklinfluence.diagnostics._classical import (
    cooks_distance,
    dfbeta,
    dfbetas,
    leverage,
    likelihood_displacement,
    loo_predictions,
)
from sklinfluence.diagnostics._influential_set import (
    InfluentialSet,
    most_influential_set,
)

__all__ = [
    "InfluentialSet",
    "cooks_distance",
    "dfbeta",
    "dfbetas",
    "leverage",
    "likelihood_displacement",
    "loo_predictions",
    "most_influential_set",
]
