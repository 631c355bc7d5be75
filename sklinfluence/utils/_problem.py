"""What an attribution method is given, and what removing training rows leaves."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from sklinfluence.utils._sklearn import (
    check_method_params,
    num_samples,
    safe_indexing,
)


@dataclass(frozen=True)
class Problem:
    """A fitted model with its training data: what there is to attribute.

    Attributes
    ----------
    estimator : estimator
        The specification, to be cloned for retraining.
    fitted : fitted estimator
        The model that is explained.
    X, y : training data
        As given to ``fit``; rows are the training objects.
    fit_params : dict
        What else ``fit`` was given.
    objective : FittedObjective or None
        Objective of the fitted model, where one is known and wanted.
    n_jobs, memory, verbose
        How long jobs run, as in scikit-learn.
    """

    estimator: Any
    fitted: Any
    X: Any
    y: Any
    fit_params: dict = field(default_factory=dict)
    objective: Any = None
    n_jobs: int | None = None
    memory: Any = None
    verbose: int = 0

    @property
    def n_objects(self):
        """Number of training rows."""
        return num_samples(self.X)


def remove_rows(removed, X, y, fit_params):
    """Leave rows out of the training data.

    Parameters
    ----------
    removed : int or ndarray of int
        Rows to leave out.
    X, y : array-like, DataFrame or sparse matrix
        Training data; ``y`` may be None.
    fit_params : dict
        Parameters of ``fit``; those with one entry a row are subset as well.

    Returns
    -------
    X, y, fit_params
        The training data without the rows, of the same types.
    """
    kept = np.delete(np.arange(num_samples(X)), removed)
    return keep_rows(kept, X, y, fit_params)


def keep_rows(kept, X, y, fit_params):
    """Take some rows of the training data.

    Parameters
    ----------
    kept : ndarray of int
        Rows to take.
    X, y : array-like, DataFrame or sparse matrix
        Training data; ``y`` may be None.
    fit_params : dict
        Parameters of ``fit``; those with one entry a row are subset as well.

    Returns
    -------
    X, y, fit_params
        These rows, of the same types.
    """
    # Numbers of numpy have a shape, and words a length: neither is an entry a row.
    single = {key: v for key, v in fit_params.items() if _is_single(v)}
    per_row = {key: v for key, v in fit_params.items() if key not in single}
    return (
        safe_indexing(X, kept),
        None if y is None else safe_indexing(y, kept),
        check_method_params(X, per_row, indices=kept) | single,
    )


def _is_single(value):
    return isinstance(value, str) or getattr(value, "shape", None) == ()
