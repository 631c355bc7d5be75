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
    fraction : ndarray of shape (n_terms,) or (n_terms, k)
        Share of the tied events that is taken out of the denominator.
    weight : ndarray of shape (n_terms,) or (n_terms, k)
        The weight c_q of each term; one column for each of k sets of objects present.
    start : ndarray of shape (n_instants + 1,), int
        The terms of instant g are ``start[g]:start[g + 1]``.
    """

    group: np.ndarray
    fraction: np.ndarray
    weight: np.ndarray
    start: np.ndarray

    @cached_property
    def rank(self):
        """Position of each term among those of its instant."""
        return np.arange(len(self.group)) - self.start[self.group]

    @cached_property
    def sum_to_group(self):
        """Sparse matrix of shape (n_instants, n_terms) that adds up terms."""
        n_terms = len(self.group)
        indices = np.arange(n_terms)
        shape = (len(self.start) - 1, n_terms)
        return sparse.csr_array((np.ones(n_terms), indices, self.start), shape=shape)

    def reduced(self, n_terms, weight):
        """Return the terms that are left where objects are gone; others weigh nothing.

        Parameters
        ----------
        n_terms : ndarray of shape (n_instants, k), int
            Terms that each instant has left, at most as many as it had.
        weight : ndarray of shape (n_instants, k)
            Sum of the weights of its events that are left.

        Returns
        -------
        Terms
            The same terms, with a column of fractions and weights for each of k sets.
        """
        size, rank = n_terms[self.group], self.rank[:, None]
        left = rank < size
        size = np.maximum(size, 1)
        weight = np.where(left, weight[self.group] / size, 0.0)
        return Terms(self.group, np.where(left, rank / size, 0.0), weight, self.start)


def breslow(count):
    """Say how many terms an instant has: one, with the whole risk set (Breslow, 1974).

    Parameters
    ----------
    count : ndarray of int
        Number of events present at each instant.

    Returns
    -------
    ndarray of int
        Number of terms.
    """
    return (count > 0).astype(int)


def efron(count):
    """Say how many terms an instant has: as many as events (Efron, 1977).

    Each has less of the tied events in its denominator. Weights are averaged over the
    tied events, as R's ``survival`` does: an event of weight 2 is not the same as two
    tied events of weight 1. Parameter and result are those of :func:`breslow`.
    """
    return count


def make_terms(per_instant, weight):
    """Make the terms of a likelihood.

    Parameters
    ----------
    per_instant : ndarray of shape (n_instants,), int
        Number of terms of each instant.
    weight : ndarray of shape (n_instants,)
        Sum of the weights of its events, shared out evenly.

    Returns
    -------
    Terms
        The terms.
    """
    start = np.concatenate([[0], np.cumsum(per_instant)])
    group = np.repeat(np.arange(len(per_instant)), per_instant)
    rank = np.arange(start[-1]) - start[group]
    size = per_instant[group]
    return Terms(group, rank / size, weight[group] / size, start)
