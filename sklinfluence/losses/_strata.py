"""What strata have in common, which no Cox likelihood sees."""

import numpy as np
from scipy import sparse


def largest_of(S, stratum, present=None):
    """Return the largest score of every stratum.

    Parameters
    ----------
    S : ndarray of shape (n,) or (n, k)
        Scores.
    stratum : ndarray of shape (n,), int, or None
        Stratum of each subject; None: one stratum.
    present : ndarray of shape (n,), bool, default=None
        Who counts; None: everyone.

    Returns
    -------
    ndarray of shape (n_strata,) or (n_strata, k)
        Largest scores; 0 where nobody counts.
    """
    if present is not None:
        S = S[present]
    if stratum is None:
        return S.max(axis=0, keepdims=True) if len(S) else np.zeros((1, *S.shape[1:]))
    largest = np.full((stratum.max() + 1, *S.shape[1:]), -np.inf)
    np.maximum.at(largest, stratum if present is None else stratum[present], S)
    return np.where(np.isfinite(largest), largest, 0.0)


def centred(V, stratum):
    """Subtract from tangents their mean in every stratum.

    A constant added in a stratum cancels in every derivative of the likelihood;
    without it, fewer digits do.

    Parameters
    ----------
    V : ndarray of shape (n, k)
        Tangents.
    stratum : ndarray of shape (n,), int, or None
        Stratum of each subject; None: nothing is subtracted, models centre their rows.

    Returns
    -------
    ndarray of shape (n, k)
        Centred tangents.
    """
    if stratum is None:
        return V
    size = np.bincount(stratum)
    members = (1.0 / size[stratum], (stratum, np.arange(len(V))))
    means = sparse.csr_array(members, shape=(len(size), len(V))) @ V
    return V - means[stratum]
