"""Groups of training objects: labels or index sets."""

import numpy as np
import pandas as pd


def parse_groups(groups, n_objects):
    """Turn groups into sets of objects with names.

    Parameters
    ----------
    groups : array-like of shape (n_objects,), or list or dict of index arrays
        A label for every object, or the objects of every group; groups of a list may
        overlap and need not cover all objects.
    n_objects : int
        Number of training objects.

    Returns
    -------
    removals : list of ndarray of int
        Objects of each group.
    names : ndarray of shape (n_groups,)
        Labels (sorted), keys, or positions.

    Raises
    ------
    ValueError
        If labels do not match the objects, or an index set is empty, repeats an
        object or has one that does not exist.
    """
    if isinstance(groups, (dict, list, tuple)) and not len(groups):
        raise ValueError("Got no groups; expected at least one set of objects.")
    if isinstance(groups, dict):
        return _index_sets(list(groups.values()), n_objects), _names(groups)
    if _is_list_of_sets(groups):
        return _index_sets(groups, n_objects), np.arange(len(groups))
    # pandas keeps the order of categories; an array has none.
    labels = groups if hasattr(groups, "dtype") else np.asarray(groups)
    if labels.shape != (n_objects,):
        raise ValueError(
            f"Got groups of shape {labels.shape}; expected a label for each of the "
            f"{n_objects} training objects, or a list of index arrays."
        )
    codes, names = pd.factorize(labels, sort=True)
    if (codes < 0).any():
        raise ValueError(
            f"Got groups with {(codes < 0).sum()} missing labels; expected a label for "
            "every training object."
        )
    if len(names) == 1:
        raise ValueError(
            f"Got groups with the single label '{names[0]}'; expected at least two, so "
            "that something is left to fit."
        )
    return [np.flatnonzero(codes == code) for code in range(len(names))], names


def _is_list_of_sets(groups):
    return isinstance(groups, (list, tuple)) and all(
        np.ndim(group) == 1 and not isinstance(group, str) for group in groups
    )


def _index_sets(groups, n_objects):
    return [_index_set(group, place, n_objects) for place, group in enumerate(groups)]


def _index_set(group, place, n_objects):
    index = np.asarray(group)
    if index.dtype == bool and index.shape == (n_objects,):
        index = np.flatnonzero(index)
    if index.ndim != 1 or not len(index) or not np.issubdtype(index.dtype, np.integer):
        raise ValueError(
            f"Group {place} is {group!r}; expected a non-empty 1-D array of positions "
            "of training objects."
        )
    if index.min() < 0 or index.max() >= n_objects:
        raise ValueError(
            f"Group {place} has positions from {index.min()} to {index.max()}; "
            f"expected positions from 0 to {n_objects - 1}."
        )
    if len(index) == n_objects:
        raise ValueError(
            f"Group {place} holds all {n_objects} training objects; expected groups "
            "without which something is left to fit."
        )
    if len(np.unique(index)) < len(index):
        raise ValueError(f"Group {place} repeats an object; expected each once.")
    return index


def _names(groups):
    names = np.empty(len(groups), dtype=object)
    names[:] = list(groups)
    return names
