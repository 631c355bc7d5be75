"""Sums over all objects but one, each at parameters of its own."""

import numpy as np

from sklinfluence.utils._blocks import blocks

_NUMBERS_AT_ONCE = 1 << 22


def totals_without(parts, S, J, steps):
    """Return Σ_{j≠i} parts_j at the scores S + J stepᵢ, for every object i.

    Parameters
    ----------
    parts : callable
        ``parts(scores)`` of shape (n, m), for scores of shape (n, m).
    S : ndarray of shape (n,)
        Scores, one an object.
    J : ndarray of shape (n, p)
        Their derivatives in the parameters.
    steps : ndarray of shape (n, p)
        Steps of the parameters, a row for each object that is left out.

    Returns
    -------
    ndarray of shape (n,)
        Sums.
    """
    totals = np.empty(len(steps))
    for some in blocks(len(steps), max(_NUMBERS_AT_ONCE // len(S), 1)):
        found = parts(S[:, None] + J @ steps[some].T)
        own = found[some].diagonal()
        totals[some] = found.sum(axis=0) - own
    return totals
