"""Who is at risk when: sums over risk sets and their adjoint, without subtraction.

Subjects are at risk at a contiguous run of *instants* (the distinct event times, one
run per stratum). Two maps are all that the Cox likelihood needs,

    at_risk_sum(v)[g] = Σ_{j at risk at g} v_j          (subjects -> instants)
    instant_sum(c)[j] = Σ_{g: j at risk at g} c_g       (instants -> subjects)

each the adjoint of the other. Both only ever add, so positive numbers lose no digits:
a difference of cumulative sums would, where few of many subjects are at risk.
"""

import itertools

import numpy as np
from scipy import sparse

from sklinfluence.losses._interval_tree import IntervalTree
from sklinfluence.utils._autodiff import linear_map

# Strata are done one after another where they are so few, all at once where not.
_FEW_STRATA = 64


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
    bounds : ndarray of shape (n_strata + 1,)
        The instants of stratum k are ``bounds[k]:bounds[k + 1]``.
    nested : bool
        Whether everyone is at risk from the start, in one of a few strata.
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
        n_strata = 1 if stratum is None else int(stratum.max()) + 1
        self.bounds = np.searchsorted(self.instant_stratum, np.arange(n_strata + 1))
        self.nested = entry is None and n_strata <= _FEW_STRATA
        if self.nested:
            self._sums = _NestedSums(self.first, self.last, self.bounds)
        else:
            self._sums = _IntervalSums(self.first, self.last, self.n_instants)

    def at_risk_sum(self, v):
        """Return Σ_{j at risk at g} v_j, (n_instants, ...); works with autograd."""
        return linear_map(v, self._sums.at_risk_sum, self._sums.instant_sum)

    def instant_sum(self, c):
        """Return Σ_{g: j at risk at g} c_g, of shape (n_subjects, ...)."""
        return self._sums.instant_sum(c)


class _NestedSums:
    """Everyone enters at the start: risk sets are nested, cumulative sums suffice."""

    def __init__(self, first, last, bounds):
        n, n_instants = len(last), bounds[-1]
        self._strata = [slice(*run) for run in itertools.pairwise(bounds)]
        at_risk = np.flatnonzero(last > first)
        members = (np.ones(len(at_risk)), (last[at_risk] - 1, at_risk))
        self._leaving = sparse.csr_array(members, shape=(n_instants, n))
        # Who is never at risk looks up a row of zeros behind the others.
        self._end = np.full(n, n_instants)
        self._end[at_risk] = last[at_risk] - 1

    def at_risk_sum(self, v):
        sums = self._leaving @ v
        for stratum in self._strata:
            backwards = sums[stratum][::-1]
            np.cumsum(backwards, axis=0, out=backwards)
        return sums

    def instant_sum(self, c):
        sums = np.zeros((len(c) + 1, *c.shape[1:]))
        for stratum in self._strata:
            np.cumsum(c[stratum], axis=0, out=sums[:-1][stratum])
        return sums[self._end]


class _IntervalSums:
    """Late entry or many strata: a run of instants is a few nodes of a binary tree."""

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
