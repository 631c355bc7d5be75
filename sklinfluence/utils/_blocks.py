"""Work on a large array a piece at a time, so that temporaries stay small."""

import numpy as np

_ROWS_AT_ONCE = 1 << 14
_FEW_COLUMNS = 8  # of weights, for which products of columns are not worth forming


def blocks(n, size):
    """Yield slices of at most ``size`` that cover ``range(n)`` in order.

    Parameters
    ----------
    n, size : int
        Length to cover, and of a piece.

    Yields
    ------
    slice
        The next piece.
    """
    for start in range(0, n, size):
        yield slice(start, min(start + size, n))


def weighted_gram(A, weight):
    """Return Aᵀ diag(weight) A without a temporary of the size of A.

    Parameters
    ----------
    A : ndarray of shape (n, p)
        Rows.
    weight : ndarray of shape (n,)
        Their weights, of any sign.

    Returns
    -------
    ndarray of shape (p, p)
        The weighted sum of outer products of the rows.
    """
    return sum(
        (A[rows].T * weight[rows]) @ A[rows] for rows in blocks(len(A), _ROWS_AT_ONCE)
    )


def weighted_grams(A, weights):
    """Return Aᵀ diag(weights[:, c]) A for every column c.

    Parameters
    ----------
    A : ndarray of shape (n, p)
        Rows.
    weights : ndarray of shape (n, k)
        Columns of weights, of any sign.

    Returns
    -------
    ndarray of shape (k, p, p)
        The weighted sums of outer products of the rows.
    """
    if weights.shape[1] < _FEW_COLUMNS:
        return np.stack([weighted_gram(A, weight) for weight in weights.T])
    p = A.shape[1]
    grams = np.empty((weights.shape[1], p, p))
    for j in range(p):
        # The lower triangle is enough: products of column j with those up to it.
        grams[:, j, : j + 1] = weights.T @ (A[:, : j + 1] * A[:, j : j + 1])
        grams[:, : j + 1, j] = grams[:, j, : j + 1]
    return grams
