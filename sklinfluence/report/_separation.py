"""Columns that say nothing new, and columns that say everything."""

import numpy as np
from scipy.optimize import linprog

# Of the spread of a column, what must be left that the columns before do not explain.
_NEW = 1e-7


def aliased(X):
    """Find columns that are combinations of an intercept and the columns before them.

    Parameters
    ----------
    X : DataFrame of shape (n, p)
        Columns, none of them constant.

    Returns
    -------
    dict of str to list of str
        For every such column, the columns before it that it is made of.
    """
    Z = (X - X.mean()) / X.std(ddof=0)
    found, kept = {}, []
    for name in X.columns:
        column = Z[name].to_numpy()
        basis = Z[kept].to_numpy()
        weights = np.linalg.lstsq(basis, column, rcond=None)[0] if kept else np.zeros(0)
        left = column - basis @ weights
        if np.linalg.norm(left) > _NEW * np.linalg.norm(column):
            kept.append(name)
        else:
            large = np.abs(weights) > 1e-6 * np.abs(weights).max()
            found[name] = [
                k for k, is_large in zip(kept, large, strict=True) if is_large
            ]
    return found


def separating(X, y):
    """Find columns that separate two classes, so that no likelihood has a maximum.

    A linear programme looks for a direction along which no row is on the wrong side
    and some are on the right one (complete or quasi-complete separation).

    Parameters
    ----------
    X : DataFrame of shape (n, p)
        Columns in units of the same size.
    y : ndarray of shape (n,)
        0 and 1.

    Returns
    -------
    list of str
        The columns of such a direction; empty where the classes overlap.

    References
    ----------
    A. Albert and J. A. Anderson, "On the existence of maximum likelihood estimates in
    logistic regression models", Biometrika 71 (1984); K. Konis, "Linear programming
    algorithms for detecting separated data in binary logistic regression models",
    thesis, University of Oxford (2007).
    """
    centred = X.to_numpy() - X.to_numpy().mean(axis=0)
    design = np.column_stack([centred, np.ones(len(X))])
    signed = np.where(y == 1, 1.0, -1.0)[:, None] * design
    result = linprog(
        -signed.sum(axis=0), A_ub=-signed, b_ub=np.zeros(len(X)), bounds=(-1, 1)
    )
    if result.status != 0 or -result.fun < 1e-6:
        return []
    return X.columns[np.abs(result.x[:-1]) > 1e-6].tolist()
