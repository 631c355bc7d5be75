"""Correlations of many rows at once, with some of their entries left out."""

import numpy as np
from scipy.stats import rankdata

_ROUNDING = 8 * np.finfo(float).eps


def pearson(a, b, usable):
    """Correlate the rows of two arrays.

    Parameters
    ----------
    a, b : ndarray of shape (n_rows, n)
        Finite where usable.
    usable : ndarray of shape (n_rows, n), bool
        Which entries count.

    Returns
    -------
    ndarray of shape (n_rows,)
        Correlations, nan where a row is constant or has fewer than two entries.
    """
    a, b = (_centred(array, usable) for array in (a, b))
    with np.errstate(invalid="ignore", divide="ignore"):
        found = np.clip(np.sum(a * b, axis=1), -1.0, 1.0)
    return np.where(usable.sum(axis=1) < 2, np.nan, found)


def ranks(values, usable):
    """Rank the usable entries of each row, ties by their mean rank.

    Parameters
    ----------
    values : ndarray of shape (n_rows, n)
        What is ranked.
    usable : ndarray of shape (n_rows, n), bool
        Which entries count; the others come last and are to be left out as well.

    Returns
    -------
    ndarray of shape (n_rows, n)
        Ranks, from 1 among the usable entries.
    """
    return rankdata(np.where(usable, values, np.inf), axis=1)


def _centred(array, usable):
    """Return rows of mean zero and length one, nan where they are constant."""
    array = np.where(usable, array, 0.0)
    with np.errstate(invalid="ignore", divide="ignore"):
        # In units of the largest entry, so that squares neither over- nor underflow.
        largest = np.max(np.abs(array), axis=1, keepdims=True, initial=0.0)
        array = array / largest
        mean = array.sum(axis=1, keepdims=True) / usable.sum(axis=1, keepdims=True)
        array = np.where(usable, array - mean, 0.0)
        norm = np.linalg.norm(array, axis=1, keepdims=True)
        # What is left of a constant row is rounding.
        constant = norm <= _ROUNDING * np.sqrt(usable.sum(axis=1, keepdims=True))
        return np.where(constant, np.nan, array / norm)
