"""Many right-hand sides as combinations of few."""

import numpy as np
from scipy import linalg

# Fewer right-hand sides are solved as they are.
_MANY = 8


def few_directions(rhs, tol):
    """Return B and C with B C close to the right-hand sides, in far fewer columns.

    Parameters
    ----------
    rhs : ndarray of shape (p, k)
        Right-hand sides, of unit length or zero.
    tol : float
        Largest length of what B C leaves of a column.

    Returns
    -------
    tuple of (ndarray of shape (p, r), ndarray of shape (r, k)) or None
        B, whose columns are orthogonal and as long as their largest weight, and C,
        weights of at most one: an error in the solution for a column of B is none
        larger in any other. None where r is more than half of k.
    """
    k = rhs.shape[1]
    if k < _MANY or not np.isfinite(rhs).all():
        return None
    # A cheap look first: squares lose half of the digits, so it may only refuse.
    squares = linalg.eigvalsh(rhs.T @ rhs, check_finite=False)
    if np.sum(squares > max(k * tol**2, 1e-13 * squares[-1])) > k // 2:
        return None
    U, sizes, Vt = linalg.svd(rhs, full_matrices=False, check_finite=False)
    weights = sizes[:, None] * Vt
    # Row r: what is left of each column beyond the first r directions.
    left = np.cumsum(weights[::-1] ** 2, axis=0)[::-1]
    rank = int(np.sum(left.max(axis=1) > tol**2))
    if rank > k // 2:
        return None
    weights = weights[:rank]
    largest = np.abs(weights).max(axis=1)
    return U[:, :rank] * largest, weights / largest[:, None]
