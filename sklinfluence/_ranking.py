"""The objects with the largest influence on each test object."""

from numbers import Integral

import numpy as np
from sklearn.utils import Bunch


def rank_objects(influence, names, k):
    """Find the k largest and the k smallest entries of every row.

    Parameters
    ----------
    influence : ndarray of shape (n_test, n_objects)
        Influence; nan, where a refit failed, comes last on both sides.
    names : ndarray of shape (n_objects,)
        Names of the objects.
    k : int
        How many of each.

    Returns
    -------
    Bunch
        See :meth:`InfluenceExplainer.top_objects`.
    """
    check_count(k)
    sides = {}
    for side, values in (("proponents", -influence), ("opponents", influence)):
        indices = np.argsort(values, axis=1, kind="stable")[:, :k]
        sides[side] = Bunch(
            indices=indices,
            names=names[indices],
            influence=np.take_along_axis(influence, indices, axis=1),
        )
    return Bunch(**sides)


def check_count(k):
    """Raise where k is no number of objects.

    Parameters
    ----------
    k : int
        How many objects are asked for.
    """
    if not isinstance(k, Integral) or k < 1:
        raise ValueError(f"Got k={k!r}; expected a positive number of objects.")
