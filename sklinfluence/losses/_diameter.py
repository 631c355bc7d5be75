"""The diameter of a cloud of points, which bounds how far scores can move apart."""

import numpy as np

from sklinfluence.utils._blocks import blocks

_MOST_POINTS = 1 << 13  # so many are compared pair by pair
_PAIRS_AT_ONCE = 1 << 22


def diameter(points):
    """Return the largest distance between two points, or an upper bound of it.

    Only points far from the centre can be the ends of a diameter. Where these are
    more than some thousands, twice the radius of the cloud is returned instead.

    Parameters
    ----------
    points : ndarray of shape (n, q)
        The points.

    Returns
    -------
    float
        The diameter; zero for fewer than two points, infinite if one is not finite.
    """
    if len(points) < 2:
        return 0.0
    if not np.isfinite(points).all():
        return np.inf
    points = points - points.mean(axis=0)
    radius = np.linalg.norm(points, axis=1)
    one = points[np.argmax(radius)]
    other = points[np.argmax(_distances(one[None], points))]
    at_least = _distances(other[None], points).max()
    # Rounding errors must not exclude the other end of a diameter.
    ends = points[radius >= (1 - 1e-9) * at_least - radius.max()]
    if len(ends) > _MOST_POINTS:
        return float(2.0 * radius.max())
    size = max(_PAIRS_AT_ONCE // len(ends), 1)
    among_ends = (_distances(ends[b], ends).max() for b in blocks(len(ends), size))
    return float(max(at_least, *among_ends))


def _distances(a, b):
    square = np.sum(a**2, axis=1)[:, None] + np.sum(b**2, axis=1) - 2.0 * a @ b.T
    return np.sqrt(np.maximum(square, 0.0))
