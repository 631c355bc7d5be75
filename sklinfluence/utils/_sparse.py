"""Rows that may be sparse: what numpy and scipy spell differently, once for all."""

import numpy as np
from autograd.extend import defvjp, primitive
from scipy.sparse import bsr_array, csr_array, hstack, issparse


@primitive
def product(A, V):
    """Return A V for a matrix A that may be sparse; autograd differentiates it in V.

    Parameters
    ----------
    A : ndarray or sparse array of shape (n, p)
        Constant rows.
    V : ndarray of shape (p,) or (p, k)
        What they are multiplied with.

    Returns
    -------
    ndarray of shape (n,) or (n, k)
        The product.
    """
    return A @ V


defvjp(product, lambda ans, A, V: lambda g: product(A.T, g), argnums=(1,))


def canonical(rows):
    """Return sparse rows as a ``csr_array`` that has each entry once, in order.

    Parameters
    ----------
    rows : sparse array or matrix
        Rows, which are not changed.

    Returns
    -------
    csr_array
        The same rows; the same memory, where they are in that form.
    """
    rows = csr_array(rows)
    if not rows.has_canonical_format:
        rows = rows.copy()
        rows.sum_duplicates()
    return rows


def with_ones(rows):
    """Return rows with a column of ones behind, sparse if they are."""
    ones = np.ones((rows.shape[0], 1))
    if issparse(rows):
        return hstack([rows, csr_array(ones)], format="csr")
    return np.column_stack([rows, ones])


def dense(A):
    """Return the array itself, or the array of a sparse one."""
    return A.toarray() if issparse(A) else A


def rows_of_objects(J, objects, n_outputs):
    """Return the rows of some objects, dense: a block of J.

    Parameters
    ----------
    J : ndarray or sparse array of shape (n * n_outputs, p)
        Rows, those of an object one after the other.
    objects : ndarray of int of shape (m,)
        Which objects.
    n_outputs : int
        Rows an object.

    Returns
    -------
    ndarray of shape (m, n_outputs, p)
        Their rows.
    """
    rows = np.asarray(objects)[:, None] * n_outputs + np.arange(n_outputs)
    return dense(J[rows.ravel()]).reshape(len(rows), n_outputs, J.shape[1])


def row_dots(A, B):
    """Return the product of every row of A with the same row of B.

    Parameters
    ----------
    A : ndarray or sparse array of shape (n, p)
        Rows.
    B : ndarray of shape (n, p)
        Rows.

    Returns
    -------
    ndarray of shape (n,)
        Products.
    """
    if issparse(A):
        return np.ravel(A.multiply(B).sum(axis=1))
    return np.einsum("ij,ij->i", A, B)


def scaled_rows(scale, A):
    """Return diag(scale) A, sparse if A is."""
    if issparse(A):
        return csr_array(A.multiply(scale[:, None]))
    return scale[:, None] * A


def squared_sums(weight, A):
    """Return Σ_s weight_s A_sj² for every column j."""
    if issparse(A):
        return weight @ A.power(2)
    return np.einsum("s,sj,sj->j", weight, A, A)


def sums_of_objects(slope, V):
    """Return, for every object, the sum of slope times a tangent of each score.

    Parameters
    ----------
    slope : ndarray of shape (n, n_outputs)
        Factors.
    V : ndarray or sparse array of shape (n * n_outputs, k)
        Tangents.

    Returns
    -------
    ndarray or csr_array of shape (n, k)
        Sums, sparse if the tangents are.
    """
    n, n_outputs = slope.shape
    if not issparse(V) and n_outputs == 1:
        return slope * V
    if not issparse(V):
        return np.sum(slope[:, :, None] * V.reshape(n, n_outputs, -1), axis=1)
    places, start = np.arange(slope.size), np.arange(n + 1) * n_outputs
    return csr_array((slope.ravel(), places, start), shape=(n, slope.size)) @ V


def block_diagonal(matrices):
    """Return the matrix that has a small one for every object on its diagonal.

    Parameters
    ----------
    matrices : ndarray of shape (n, n_outputs, n_outputs)
        The small matrices.

    Returns
    -------
    csr_array of shape (n * n_outputs, n * n_outputs)
        The matrix.
    """
    n, n_outputs, _ = matrices.shape
    blocks = (matrices, np.arange(n), np.arange(n + 1))
    return bsr_array(blocks, shape=(n * n_outputs,) * 2).tocsr()
