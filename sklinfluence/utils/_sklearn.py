"""The one door to names that scikit-learn keeps private."""

from scipy.sparse import issparse
from sklearn.base import _fit_context as fit_context
from sklearn.ensemble._base import _set_random_states as set_random_states
from sklearn.neural_network._stochastic_optimizers import AdamOptimizer
from sklearn.utils import _safe_indexing
from sklearn.utils._metadata_requests import _routing_enabled as routing_enabled
from sklearn.utils._param_validation import HasMethods, Interval, StrOptions
from sklearn.utils.validation import (
    _check_method_params as check_method_params,
)
from sklearn.utils.validation import (
    _check_sample_weight as check_sample_weight,
)
from sklearn.utils.validation import (
    _num_samples as num_samples,
)

__all__ = [
    "AdamOptimizer",
    "HasMethods",
    "Interval",
    "StrOptions",
    "check_method_params",
    "check_sample_weight",
    "fit_context",
    "num_samples",
    "routing_enabled",
    "safe_indexing",
    "set_random_states",
]


def safe_indexing(X, indices, axis=0):
    """Return rows or columns, also of sparse formats of which scipy picks none."""
    if issparse(X) and X.format in ("coo", "dia", "bsr"):
        X = X.tocsr()
    return _safe_indexing(X, indices, axis=axis)
