"""Who is at risk when: sums over risk sets and their adjoint, without subtraction.

Subjects are at risk at a contiguous run of *instants* (the distinct event times, one
run per stratum). Two maps are all that the Cox likelihood needs,

    at_risk_sum(v)[g] = Σ_{j at risk at g} v_j          (subjects -> instants)
    instant_sum(c)[j] = Σ_{g: j at risk at g} c_g       (instants -> subjects)

each the adjoint of the other. Both only ever add, so positive numbers lose no digits:
a difference of cumulative sums would, where few of many subjects are at risk.
"""

import numpy as np
from scipy import sparse

from sklinfluence.losses._interval_tree import IntervalTree
from sklinfluence.utils._autodiff import linear_map


class RiskSets:
    """Risk sets R_g = {j : entry_j < t_g <= time_j, same stratum} at given instants.

    Parameters
    ----------
    time : ndarray of shape (n_subjects,)
        Last time at which each subject is at risk.
    instant_time : ndarray of shape (n_instants,)
        Times at which risk sets are wanted; repeated values are merged.
    entry : ndarray of shape (n_subjects,), default=None
        Time after which each subject is at risk; None: from the start.
    stratum, instant_stratum : ndarray of int, default=None
        Stratum of each subject and instant; None: one stratum.

    Attributes
    ----------
    n_instants : int
        Number of distinct instants, ordered by stratum, then time.
    instant_of : ndarray of shape (len(instant_time),)
        Position of each given instant among the distinct ones.
    instant_time, instant_stratum : ndarray of shape (n_instants,)
        Time and stratum of each distinct instant.
    first, last : ndarray of shape (n_subjects,)
        Subject j is at risk at the instants ``first[j]:last[j]``.
    """

    def __init__(
        self, time, instant_time, entry=None, stratum=None, instant_stratum=None
    ):
        clock = np.unique(instant_time)
        strata = 0 if stratum is None else stratum
        keys = (0 if stratum is None else instant_stratum) * len(clock)
        keys = keys + np.searchsorted(clock, instant_time)
        distinct, self.instant_of = np.unique(keys, return_inverse=True)
        self.n_instants = len(distinct)
        self.instant_time = clock[distinct % max(len(clock), 1)]
        self.instant_stratum = distinct // max(len(clock), 1)

        def instants_until(t):
            until = strata * len(clock) + np.searchsorted(clock, t, side="right")
            return np.searchsorted(distinct, until, side="left")

        self.last = instants_until(time)
        start = np.full(len(time), -np.inf) if entry is None else entry
        self.first = instants_until(start)
        self.nested = entry is None and stratum is None
        sums = _NestedSums if self.nested else _IntervalSums
        self._sums = sums(self.first, self.last, self.n_instants)

    def at_risk_sum(self, v):
        """Return Σ_{j at risk at g} v_j, (n_instants, ...); works with autograd."""
        return linear_map(v, self._sums.at_risk_sum, self._sums.instant_sum)

    def instant_sum(self, c):
        """Return Σ_{g: j at risk at g} c_g, of shape (n_subjects, ...)."""
        return self._sums.instant_sum(c)


class _NestedSums:
    """Everyone enters at the start: risk sets are nested, cumulative sums suffice."""

    def __init__(self, first, last, n_instants):
        self._last = last
        rows = np.arange(len(last))
        ones = np.ones(len(last))
        shape = (n_instants + 1, len(last))
        self._leaving = sparse.csr_array((ones, (last, rows)), shape=shape)

    def at_risk_sum(self, v):
        leaving = self._leaving @ v
        return np.cumsum(leaving[:0:-1], axis=0)[::-1]

    def instant_sum(self, c):
        before = np.zeros((len(c) + 1, *c.shape[1:]))
        np.cumsum(c, axis=0, out=before[1:])
        return before[self._last]


class _IntervalSums:
    """Late entry or strata: each run of instants is a few nodes of a binary tree."""

    def __init__(self, first, last, n_instants):
        self._tree = IntervalTree(n_instants)
        subjects, nodes = self._tree.cover(first, last)
        self._cover = sparse.csr_array(
            (np.ones(len(subjects)), (subjects, nodes)),
            shape=(len(first), self._tree.n_nodes),
        )
        self._members = self._cover.T.tocsr()

    def at_risk_sum(self, v):
        return self._tree.leaf_sums(self._members @ v)

    def instant_sum(self, c):
        return self._cover @ self._tree.node_sums(c)
