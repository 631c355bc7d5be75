"""Whether an estimate finds the objects with the largest influence."""

from numbers import Integral

import numpy as np


def overlap_per_test(estimate, retrained, usable, k):
    """Return which share of the k strongest objects is the same.

    Of objects that are equally strong, any may be among the k: the share is the mean
    over all such choices.

    Parameters
    ----------
    estimate, retrained : ndarray of shape (n_test, n_objects)
        Influence.
    usable : ndarray of shape (n_test, n_objects), bool
        Which entries are compared.
    k : int
        How many objects.

    Returns
    -------
    ndarray of shape (n_test,)
        Shares, nan where there are not more than k entries.
    """
    n_objects = estimate.shape[1]
    if not isinstance(k, Integral) or not 0 < k < n_objects:
        raise ValueError(
            f"Got k={k!r}; expected a number of objects from 1 to {n_objects - 1}: of "
            f"all {n_objects}, every estimate has the same."
        )
    chances = [_chances(array, usable, k) for array in (estimate, retrained)]
    shared = np.sum(chances[0] * chances[1], axis=1) / k
    return np.where(usable.sum(axis=1) > k, shared, np.nan)


def _chances(influence, usable, k):
    """Return the chance of each entry to be among the k largest absolute ones."""
    size = np.where(usable, np.abs(influence), -1.0)
    smallest = -np.partition(-size, k - 1, axis=1)[:, k - 1 : k]
    above, tied = size > smallest, size == smallest
    free = k - above.sum(axis=1, keepdims=True)
    return above + tied * (free / tied.sum(axis=1, keepdims=True))
