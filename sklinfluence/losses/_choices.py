"""Probabilities of one choice after another: what derivatives of lists are made of."""

from dataclasses import dataclass

import numpy as np

from sklinfluence.losses._list_removal import Probabilities, WithoutItems, share


@dataclass(frozen=True)
class Choices:
    """Probabilities of choices at some scores.

    Attributes
    ----------
    lists : Lists
        The lists.
    pool : ndarray of shape (n_documents,)
        Probability of each unlisted document among those.
    log_pool : ndarray of shape (n_queries,)
        Logarithm of the sum of what they are proportional to, exp(S).
    chosen : ndarray of shape (n_queries, K)
        Probability of each choice at its stage.
    rest : ndarray of shape (n_queries, K)
        Probability of all that is left behind it.
    w : ndarray of shape (n_queries, K)
        Weights of the stages.
    reach : ndarray of shape (n_queries, K)
        Weight of the stages up to each, as far as their choices are expected among
        what is left there.
    passes : ndarray of shape (n_queries,)
        How often a choice from the unlisted is expected.
    S, presence : ndarray
        Where this is.
    """

    lists: object
    pool: np.ndarray
    log_pool: np.ndarray
    chosen: np.ndarray
    rest: np.ndarray
    w: np.ndarray
    reach: np.ndarray
    passes: np.ndarray
    S: np.ndarray
    presence: np.ndarray | None

    @classmethod
    def make(cls, lists, pool, log_pool, chosen, w, S, presence):
        rest = 1.0 - chosen
        # What is left may be nothing, or so little that the difference is round-off.
        reach, passes = _forwards(w, rest)
        copied = None if presence is None else np.array(presence)
        # What cannot be written to needs no copy to notice that it was.
        kept = S.copy() if S.flags.writeable else S
        return cls(lists, pool, log_pool, chosen, rest, w, reach, passes, kept, copied)

    def is_at(self, S, presence):
        if (self.presence is None) != (presence is None):
            return False
        same = presence is None or np.array_equal(self.presence, presence)
        return same and (self.S is S or np.array_equal(self.S, S))

    def expected(self):
        out = self.pool * self.lists.spread(self.passes)
        self.lists.put(out, self.chosen * self.reach)
        return out

    def gradient(self):
        out = self.pool * self.lists.spread(self.passes)
        self.lists.put(out, self.chosen * self.reach - self.w)
        return out

    def curved(self, v):
        lists, listed = self.lists, self.lists.of_listed(v)
        drift, passed = self.drift(lists.total_product(self.pool, v), listed)
        out = lists.affine(v, self.passes, -passed)
        out *= self.pool
        lists.put(out, self.chosen * (self.reach * listed - drift))
        return out

    def second_moments(self):
        """Return the weighted squares of chances to get to a stage, added up.

        At each stage, (n_queries, K), and at the unlisted, (n_queries,).
        """
        return _forwards(self.w, self.rest**2)

    def drift(self, mean, listed):
        """Return the weighted means of a tangent over all that is left, added up.

        From its mean over the unlisted and its values at the listed documents: at each
        stage as far as its choice is expected there, and at the unlisted.
        """
        means = np.empty_like(listed)
        for j in reversed(range(listed.shape[1])):
            mean = self.rest[:, j] * mean + self.chosen[:, j] * listed[:, j]
            means[:, j] = mean
        return _forwards(self.w * means, self.rest)


class ChoicesWithoutItems(WithoutItems):
    """Gradients of a Plackett–Luce loss without each item.

    Parameters
    ----------
    state : Choices
        Probabilities with all items.
    stages : callable
        ``stages(present)``: which of the listed items count, those that are present.
    query_weight : ndarray of shape (n_queries,)
        Weights of the queries.
    """

    def __init__(self, state, stages, query_weight):
        self.state, self.stages, self.query_weight = state, stages, query_weight
        lists = state.lists
        self.scores = lists.of_listed(state.S)
        self.probabilities = [Probabilities(state.pool.reshape(lists.n_queries, -1))]

    def factors(self, item):
        """Return what is expected of the unlisted, and of each that is listed."""
        lists = self.state.lists
        present = lists.is_listed & (lists.items != item)
        others = self.probabilities[0].others(item)
        chosen = self._chosen(others, present)
        w = self.stages(present) * self.query_weight[:, None]
        reach, passes = _forwards(w, 1.0 - chosen)
        return [share(passes, others)], lists.sparse(chosen * reach - w)

    def _chosen(self, others, present):
        """Return the probability of each choice at its stage."""
        with np.errstate(divide="ignore"):
            left = self.state.log_pool + np.log(others)
        log_Z = np.empty_like(self.scores)
        for j in reversed(range(present.shape[1])):
            with_j = np.logaddexp(left, self.scores[:, j])
            log_Z[:, j] = left = np.where(present[:, j], with_j, left)
        return np.exp(np.where(present, self.scores - log_Z, -np.inf))


def _forwards(w, rest):
    """Return Σ_{i≤j} w_i ∏ rest between, at every stage j and beyond the last."""
    carried, sums = np.zeros(len(w)), np.empty_like(w)
    for j in range(w.shape[1]):
        sums[:, j] = carried = carried + w[:, j]
        carried = carried * rest[:, j]
    return sums, carried
