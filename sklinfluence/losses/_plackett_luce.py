"""The likelihood of lists of documents: the best of all, the best of the rest, ..."""

import autograd.numpy as anp
import numpy as np
from autograd.tracer import getval

from sklinfluence.losses._choices import Choices, ChoicesWithoutItems
from sklinfluence.losses._list_loss import ListLoss
from sklinfluence.losses._list_objects import DocumentObjects
from sklinfluence.losses._list_outputs import OutputsCurvature
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
        self.top_k = top_k
        self._last = self._curvature = None

    def of_queries(self, S, presence=None):
        """Return the terms of every query, of shape (n_queries,)."""
        mask, weight = self.objects.parts(presence, self.query_weight)
        w = self._stage_weights(mask, weight)
        log_Z, _ = self._denominators(S, mask)
        scores = S[self.lists.positions]
        return anp.sum(w * anp.where(w > 0, log_Z - scores, 0.0), axis=1)

    def of(self, queries):
        """Return the loss of some queries, whose objects are their documents."""
        lists, documents = self.lists.take(queries)
        objects = DocumentObjects(np.arange(len(documents)), len(documents))
        weight = self.query_weight[queries]
        return PlackettLuceLoss(lists, objects, self.top_k, weight), documents

    def n_choices(self, presence=None):
        """Return the weighted number of choices of every query, (n_queries,)."""
        mask, weight = self.objects.parts(presence, self.query_weight)
        return self._stage_weights(mask, weight).sum(axis=1)

    def gradient(self, S, presence=None):
        """Return ∂ℓ/∂S: expected minus observed choices, of shape (n_documents,)."""
        state = self._state(S, presence)
        return state.gradient()

    def hessian_product(self, S, V, presence=None):
        """Return ∂²ℓ/∂S² V: covariances of choices, of shape (n_documents, k)."""
        state = self._state(S, presence)
        columns = [state.curved(V[:, k]) for k in range(V.shape[1])]
        return np.stack(columns, axis=1) if columns else np.zeros_like(V)

    def outputs_product(self, S, X, V, presence=None):
        """Return the Hessian product in the weights w of scores x_q · w_l of items.

        Parameters
        ----------
        S : ndarray of shape (n_queries n_items,)
            Scores.
        X : ndarray of shape (n_queries, d)
            Rows of the queries.
        V : ndarray of shape (n_items d, k)
            Tangents of the weights, an item after another.
        presence : ndarray of shape (n_objects,), default=None
            Objects present.

        Returns
        -------
        ndarray of shape (n_items d, k)
            Products.
        """
        return self._outputs(S, X, presence).product(V)

    def outputs_form(self, S, X, presence=None):
        """Return the Hessian in the same weights, of shape (n_items d, n_items d)."""
        return self._outputs(S, X, presence).form()

    def outputs_gradients(self, S, X, items):
        """Return the gradients in the weights without each item, (m, n_items d)."""
        state = self._state(S, None)
        gone = ChoicesWithoutItems(state, self._stages, self.query_weight)
        return gone.gradients(X, items)

    def _outputs(self, S, X, presence):
        state, known = self._state(S, presence), self._curvature
        if known is None or known.state is not state or known.X is not X:
            known = self._curvature = OutputsCurvature(state, X)
        return known

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
        self._last = Choices.make(
            self.lists, probability, log_pool, chosen, w, S, presence
        )
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
        return self._stages(self.lists.of_listed(mask) > 0) * weight[:, None]

    def _stages(self, present):
        """Say which of the listed that are present count."""
        if self.top_k is None:
            return present
        return present & (np.cumsum(present, axis=1) <= self.top_k)

    def __getstate__(self):
        return self.__dict__ | {"_last": None, "_curvature": None}
