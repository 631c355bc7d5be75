"""Tied events: which denominators a group of simultaneous events contributes."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy import sparse


@dataclass(frozen=True)
class Terms:
    """Terms c_q log Z_q of the partial likelihood, ordered by instant.

    Term q belongs to instant ``group[q]`` and has the denominator

        Z_q = Σ_{at risk} w_j − fraction[q] Σ_{events} w_j .

    Attributes
    ----------
    group : ndarray of shape (n_terms,), int
        Instant of each term.
    fraction : ndarray of shape (n_terms,)
        Share of the tied events that is taken out of the denominator.
    weight : ndarray of shape (n_terms,)
        The weight c_q of each term.
    start : ndarray of shape (n_instants + 1,), int
        The terms of instant g are ``start[g]:start[g + 1]``.
    """

    group: np.ndarray
    fraction: np.ndarray
    weight: np.ndarray
    start: np.ndarray

    @cached_property
    def sum_to_group(self):
        """Sparse matrix of shape (n_instants, n_terms) that adds up terms."""
        n_terms = len(self.group)
        indices = np.arange(n_terms)
        shape = (len(self.start) - 1, n_terms)
        return sparse.csr_array((np.ones(n_terms), indices, self.start), shape=shape)


def breslow_terms(count, weight):
    """One term an instant, with the whole risk set (Breslow, 1974).

    Parameters
    ----------
    count : ndarray of shape (n_instants,), int
        Number of events present at each instant.
    weight : ndarray of shape (n_instants,)
        Sum of their weights.

    Returns
    -------
    Terms
        As many terms as instants with an event.
    """
    return _terms((count > 0).astype(int), weight)


def efron_terms(count, weight):
    """Return a term per event, each with less of the tied events (Efron, 1977).

    Parameters and result are those of :func:`breslow_terms`. Weights are averaged
    over the tied events, as R's ``survival`` does: an event of weight 2 is not the
    same as two tied events of weight 1.
    """
    return _terms(count, weight)


def _terms(per_instant, weight):
    start = np.concatenate([[0], np.cumsum(per_instant)])
    group = np.repeat(np.arange(len(per_instant)), per_instant)
    rank = np.arange(start[-1]) - start[group]
    size = per_instant[group]
    return Terms(group, rank / size, weight[group] / size, start)
