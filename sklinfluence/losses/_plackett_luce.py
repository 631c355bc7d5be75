"""The likelihood of lists of documents: the best of all, the best of the rest, ..."""

from dataclasses import dataclass

import autograd.numpy as anp
import numpy as np
from autograd.tracer import getval

from sklinfluence.losses._list_loss import ListLoss
from sklinfluence.utils._autodiff import linear_map

# The logarithm of nothing, which logaddexp can differentiate.
_NOTHING = -1e300


class PlackettLuceLoss(ListLoss):
    r"""Negative log-likelihood of top-k lists (ListMLE).

    A query q with the documents :math:`D_q` and scores s lists
    :math:`y_1, y_2, \dots`, best first:

    .. math:: \ell(S, b) = -\sum_q \omega_q \sum_{j \le k}
              \Big[ s_{y_j} - \log \sum_{l \in D_q \setminus \{y_1, \dots, y_{j-1}\}}
              e^{s_l} \Big] .

    An absent document is in no sum and in no list: those behind it move up, so that
    there are k terms as long as the list goes on.

    Parameters
    ----------
    lists : Lists
        Documents and lists of the queries.
    objects : DocumentObjects or QueryObjects
        What can be removed: documents, items or queries.
    top_k : int, default=None
        How many documents of a list count; None: all.
    query_weight : ndarray of shape (n_queries,), default=None
        Weights ω of the queries.

    References
    ----------
    Equation 6 of J. Deng, W. Tang and J. W. Ma, arXiv:2412.01335 (2024); F. Xia,
    T.-Y. Liu, J. Wang, W. Zhang and H. Li, "Listwise approach to learning to rank",
    ICML 2008; R. L. Plackett, "The analysis of permutations", Applied Statistics 24
    (1975).
    """

    def __init__(self, lists, objects, top_k=None, query_weight=None):
        super().__init__(lists, objects, query_weight)
        self.top_k, self._last = top_k, None

    def of_queries(self, S, presence=None):
        """Return the terms of every query, of shape (n_queries,)."""
        mask, weight = self.objects.parts(presence, self.query_weight)
        w = self._stage_weights(mask, weight)
        log_Z, _ = self._denominators(S, mask)
        scores = S[self.lists.positions]
        return anp.sum(w * anp.where(w > 0, log_Z - scores, 0.0), axis=1)

    def gradient(self, S, presence=None):
        """Return ∂ℓ/∂S: expected minus observed choices, of shape (n_documents,)."""
        state = self._state(S, presence)
        return state.gradient()

    def hessian_product(self, S, V, presence=None):
        """Return ∂²ℓ/∂S² V: covariances of choices, of shape (n_documents, k)."""
        state = self._state(S, presence)
        columns = [state.curved(V[:, k]) for k in range(V.shape[1])]
        return np.stack(columns, axis=1) if columns else np.zeros_like(V)

    def curvature_bound(self, S, presence=None):
        """Return h = expected choices; the Hessian is diag(h) minus squares."""
        return self._state(S, presence).expected()

    def _state(self, S, presence):
        """Return what value and derivatives at S share; the last is kept."""
        known = self._last
        if known is not None and known.is_at(S, presence):
            return known
        mask, weight = self.objects.parts(presence, self.query_weight)
        w, pool = self._stage_weights(mask, weight), mask * self.lists.unlisted
        log_Z, log_pool = self._denominators(S, mask)
        centred = S - self.lists.spread(log_pool)
        probability = np.exp(np.where(pool > 0, centred, -np.inf))
        present = self.lists.of_listed(mask) > 0
        chosen = S[self.lists.positions] - log_Z
        chosen = np.exp(np.where(present, chosen, -np.inf))
        self._last = _State.make(self.lists, probability, chosen, w, S, presence)
        return self._last

    def _denominators(self, S, mask):
        """Return log Z of every stage, (n_queries, K), and of what is never listed.

        From the last stage to the first, each with one document more: scores may be so
        far apart that the first denominator swallows the last.
        """
        lists = self.lists
        pool = mask * lists.unlisted
        largest = lists.largest(np.where(pool > 0, getval(S), -np.inf))
        shift = np.where(np.isfinite(largest), largest, 0.0)
        E = pool * anp.exp(anp.where(pool > 0, S - lists.spread(shift), 0.0))
        total = linear_map(E, lists.total, lists.spread)
        some = getval(total) > 0
        left = log_pool = anp.where(
            some, anp.log(anp.where(some, total, 1.0)) + shift, _NOTHING
        )
        listed, present = S[lists.positions], lists.of_listed(mask) > 0
        stages = []
        for j in reversed(range(listed.shape[1])):
            with_j = anp.logaddexp(left, listed[:, j])
            left = anp.where(present[:, j], with_j, left)
            stages.append(left)
        if not stages:
            return np.zeros(listed.shape), log_pool
        return anp.stack(stages[::-1], axis=1), log_pool

    def _stage_weights(self, mask, weight):
        """Return the weight of every stage: of the first k that are present."""
        present = self.lists.of_listed(mask) > 0
        if self.top_k is not None:
            present &= np.cumsum(present, axis=1) <= self.top_k
        return present * weight[:, None]

    def __getstate__(self):
        return self.__dict__ | {"_last": None}


@dataclass(frozen=True)
class _State:
    """Probabilities of choices at some scores.

    Attributes
    ----------
    lists : Lists
        The lists.
    pool : ndarray of shape (n_documents,)
        Probability of each unlisted document among those.
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
    chosen: np.ndarray
    rest: np.ndarray
    w: np.ndarray
    reach: np.ndarray
    passes: np.ndarray
    S: np.ndarray
    presence: np.ndarray | None

    @classmethod
    def make(cls, lists, pool, chosen, w, S, presence):
        rest = 1.0 - chosen
        # What is left may be nothing, or so little that the difference is round-off.
        reach, passes = _forwards(w, rest)
        copied = None if presence is None else np.array(presence)
        # What cannot be written to needs no copy to notice that it was.
        kept = S.copy() if S.flags.writeable else S
        return cls(lists, pool, chosen, rest, w, reach, passes, kept, copied)

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
        mean, means = lists.total_product(self.pool, v), np.empty_like(listed)
        for j in reversed(range(listed.shape[1])):
            mean = self.rest[:, j] * mean + self.chosen[:, j] * listed[:, j]
            means[:, j] = mean
        drift, passed = _forwards(self.w * means, self.rest)
        out = lists.affine(v, self.passes, -passed)
        out *= self.pool
        lists.put(out, self.chosen * (self.reach * listed - drift))
        return out


def _forwards(w, rest):
    """Return Σ_{i≤j} w_i ∏ rest between, at every stage j and beyond the last."""
    carried, sums = np.zeros(len(w)), np.empty_like(w)
    for j in range(w.shape[1]):
        sums[:, j] = carried = carried + w[:, j]
        carried = carried * rest[:, j]
    return sums, carried
