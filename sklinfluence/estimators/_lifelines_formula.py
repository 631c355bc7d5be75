"""What a formula makes of a data frame when rows of it go."""

import numpy as np

from sklinfluence.objectives._linear_models import unknown
from sklinfluence.utils._warnings import warn_user

# Leverages this close to one are one, up to round-off.
_ALONE = 1e-8


def check_formula(fitter, reader, X, rows):
    """Refuse or warn of a formula that has other columns without some rows.

    Parameters
    ----------
    fitter : CoxPHFitter
        The fitted model.
    reader : FrameReader
        What reads its data frames.
    X : DataFrame
        Its training data.
    rows : ndarray of shape (n, n_params)
        The columns that its formula makes of them.

    Raises
    ------
    NotImplementedError
        If the values of a row depend on other rows.
    """
    formula = fitter._model.formula
    if formula is None:
        return
    design = fitter._model.regressors.mappings["beta_"]
    half = len(rows) // 2
    alone = np.allclose(reader.covariates(X[:half]), rows[:half], atol=0)
    if design.transform_state or not alone:
        reason = "its terms depend on all rows, and change with any that is removed"
        raise unknown(fitter, f"formula={formula!r}", reason)
    # Without a penalty, nothing determines such parameters, which methods find out.
    if np.any(fitter.penalizer):
        _warn_of_lost_references(fitter, X, rows)


def _warn_of_lost_references(fitter, X, rows):
    """Warn of rows without which another level would be the reference."""
    names = fitter.params_.index.tolist()
    lost = []
    for i in _indispensable(rows):
        left = np.delete(np.arange(len(rows)), i)
        # A level that is no reference leaves a column of zeros, not determined.
        varies = np.ptp(rows[left], axis=0).all()
        if varies and _columns(fitter, X.iloc[left]) != names:
            lost.append(X.index[i])
    if lost:
        warn_user(
            f"Rows {lost} are each the only one of the reference level of a column of "
            f"formula={fitter._model.formula!r}. Without it, {type(fitter).__name__} "
            "takes another level for reference, and penalises other differences; "
            "methods that do not retrain keep the reference. Levels of columns of "
            "dtype 'category' stay: convert such columns, and fit again.",
            UserWarning,
        )


def _indispensable(rows):
    """Return rows without which columns, or a constant, become collinear.

    Their leverage is one.
    """
    centred = rows - rows.mean(axis=0)
    spread = np.maximum(centred.std(axis=0), np.finfo(float).tiny)
    U, size, _ = np.linalg.svd(centred / spread, full_matrices=False)
    U = U[:, size > len(rows) * np.finfo(float).eps * size.max(initial=0.0)]
    leverage = 1.0 / len(rows) + (U**2).sum(axis=1)
    return np.flatnonzero(leverage > 1.0 - _ALONE)


def _columns(fitter, X):
    """Return the columns that a new fit would have."""
    model = fitter._model
    seed = {"beta_": model.formula}
    mapping = type(model.regressors)(seed, X, force_no_intercept=True)
    return mapping.transform_df(X)["beta_"].columns.tolist()
