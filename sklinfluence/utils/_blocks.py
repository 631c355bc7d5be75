"""Work on a large array a piece at a time, so that temporaries stay small."""

import numpy as np
from scipy.sparse import issparse

_ROWS_AT_ONCE = 1 << 14
_FEW_COLUMNS = 8  # of weights, for which products of columns are not worth forming
# Of a part of a matrix that is sparse as a whole.
_NUMBERS_AT_ONCE = 1 << 21
_COLUMNS_AT_ONCE = 512


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


def fill_lower(A):
    """Make a matrix symmetric, in place, whose upper triangle is known."""
    for some in blocks(len(A), _COLUMNS_AT_ONCE):
        own = np.triu(A[some, some])
        A[some, some] = own + np.triu(own, 1).T
        A[some.stop :, some] = A[some, some.stop :].T


def dense_columns(A):
    """Yield the columns of a sparse array, dense, a few at a time.

    Parameters
    ----------
    A : sparse array of shape (p, k)
        Columns.

    Yields
    ------
    some : slice
        Which columns.
    part : ndarray of shape (p, m)
        These columns.
    """
    columns = A.tocsc()
    for some in blocks(A.shape[1], max(_NUMBERS_AT_ONCE // max(A.shape[0], 1), 1)):
        yield some, columns[:, some].toarray()


def row_products(A, B):
    """Return the products of the entries of each row of two matrices.

    Parameters
    ----------
    A, B : ndarray of shape (m, k) and (m, d)
        The matrices.

    Returns
    -------
    ndarray of shape (m, k d)
        Product of entry i of a row of A and entry j of that of B in column i d + j.
    """
    return (A[:, :, None] * B[:, None, :]).reshape(len(A), -1)


def weighted_gram(A, weight):
    """Return Aᵀ diag(weight) A without a temporary of the size of A.

    Parameters
    ----------
    A : ndarray or sparse array of shape (n, p)
        Rows.
    weight : ndarray of shape (n,)
        Their weights, of any sign.

    Returns
    -------
    ndarray of shape (p, p)
        The weighted sum of outer products of the rows.
    """
    if issparse(A):
        gram = np.zeros((A.shape[1],) * 2)
        add_gram(gram, A, weight, A)
        return gram
    return sum(
        (A[rows].T * weight[rows]) @ A[rows] for rows in blocks(len(A), _ROWS_AT_ONCE)
    )


def add_gram(total, A, weight, B):
    """Add Aᵀ diag(weight) B of sparse arrays to a dense one, a few rows at a time.

    Parameters
    ----------
    total : ndarray of shape (p, q)
        What is added to.
    A, B : sparse array of shape (n, p) and (n, q)
        Rows.
    weight : ndarray of shape (n,)
        Their weights, of any sign.
    """
    weighted, rows = B.multiply(weight[:, None]).tocsr(), A.T.tocsr()
    for some in blocks(len(total), max(_NUMBERS_AT_ONCE // max(B.shape[1], 1), 1)):
        part = rows[some]
        # Of several scores a row, each has parameters of its own: most are zero.
        if part.nnz:
            part = (part @ weighted).tocoo()
            total[some][part.row, part.col] += part.data


def weighted_grams(A, weights):
    """Return Aᵀ diag(weights[:, c]) A for every column c.

    Parameters
    ----------
    A : ndarray or sparse array of shape (n, p)
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
    if issparse(A):
        return _sparse_grams(A, weights)
    p = A.shape[1]
    grams = np.empty((weights.shape[1], p, p))
    for j in range(p):
        # The lower triangle is enough: products of column j with those up to it.
        grams[:, j, : j + 1] = weights.T @ (A[:, : j + 1] * A[:, j : j + 1])
        grams[:, : j + 1, j] = grams[:, j, : j + 1]
    return grams


def _sparse_grams(A, weights):
    """Return the same of sparse rows: column j concerns the rows that have it."""
    columns, rows = A.tocsc(), A.tocsr()
    grams = np.empty((weights.shape[1], A.shape[1], A.shape[1]))
    for j in range(A.shape[1]):
        entries = slice(columns.indptr[j], columns.indptr[j + 1])
        those = columns.indices[entries]
        factors = weights[those] * columns.data[entries, None]
        grams[:, j] = factors.T @ rows[those]
    return grams
