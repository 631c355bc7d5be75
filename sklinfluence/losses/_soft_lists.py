"""Cross-entropy of lists: one choice a query, with probabilities as its target."""

import autograd.numpy as anp
import numpy as np
from autograd.tracer import getval
from scipy.special import softmax

from sklinfluence.losses._list_loss import ListLoss
from sklinfluence.losses._list_objects import DocumentObjects
from sklinfluence.losses._list_outputs import OutputsCurvature
from sklinfluence.losses._single_choice import ChoiceWithoutItems, SingleChoice
from sklinfluence.utils._autodiff import linear_map


class SoftmaxListLoss(ListLoss):
    r"""Cross-entropy between a distribution over documents and that of the scores.

    .. math:: \ell(S, b) = \sum_q \omega_q \Big[ \log \sum_{l \in D_q} e^{s_l}
              - \sum_{l \in D_q} t_l s_l \Big] , \qquad
              \textstyle\sum_{l \in D_q} t_l = 1 .

    Without some documents, the target is what it was on the others, divided by its
    sum; a query of whose list nothing is left has no term.

    Parameters
    ----------
    lists : Lists
        Documents of the queries.
    objects : DocumentObjects or QueryObjects
        What can be removed.
    target : ndarray of shape (n_documents,)
        The distribution t, up to a factor a query.
    query_weight : ndarray of shape (n_queries,), default=None
        Weights ω of the queries.

    References
    ----------
    Z. Cao, T. Qin, T.-Y. Liu, M.-F. Tsai and H. Li, "Learning to rank: from pairwise
    approach to listwise approach", ICML 2007.
    """

    def __init__(self, lists, objects, target, query_weight=None):
        super().__init__(lists, objects, query_weight)
        self.target, self._curvature = target, None

    def of_queries(self, S, presence=None):
        """Return the terms of every query, of shape (n_queries,)."""
        lists, (mask, weight, target) = self.lists, self._parts(presence)
        shift = self._shift(getval(S), mask)
        centred = anp.where(mask > 0, S - lists.spread(shift), 0.0)
        total = linear_map(mask * anp.exp(centred), lists.total, lists.spread)
        expected = linear_map(target * centred, lists.total, lists.spread)
        log_total = anp.log(anp.where(weight > 0, total, 1.0))
        return anp.where(weight > 0, weight * (log_total - expected), 0.0)

    def of(self, queries):
        """Return the loss of some queries, whose objects are their documents."""
        lists, documents = self.lists.take(queries)
        objects = DocumentObjects(np.arange(len(documents)), len(documents))
        target, weight = self.target[documents], self.query_weight[queries]
        return SoftmaxListLoss(lists, objects, target, weight), documents

    def n_choices(self, presence=None):
        """Return the weight of every query that says something, (n_queries,)."""
        return self._parts(presence)[1]

    def gradient(self, S, presence=None):
        """Return ∂ℓ/∂S: probabilities less targets, of shape (n_documents,)."""
        _, weight, target = self._parts(presence)
        return self.curvature_bound(S, presence) - self.lists.spread(weight) * target

    def hessian_product(self, S, V, presence=None):
        """Return ∂²ℓ/∂S² V, of shape (n_documents, k)."""
        expected = self.curvature_bound(S, presence)
        _, weight, _ = self._parts(presence)
        product = expected[:, None] * V
        means = self.lists.total(product)
        means /= np.where(weight > 0, weight, 1.0)[:, None]
        return product - expected[:, None] * self.lists.spread(means)

    def curvature_bound(self, S, presence=None):
        """Return h = weighted probabilities; the Hessian is diag(h) minus squares."""
        mask, weight, _ = self._parts(presence)
        centred = S - self.lists.spread(self._shift(S, mask))
        E = mask * np.exp(np.where(mask > 0, centred, 0.0))
        total = self.lists.total(E)
        share = np.divide(weight, total, out=np.zeros_like(total), where=weight > 0)
        return E * self.lists.spread(share)

    def outputs_product(self, S, X, V, presence=None):
        """Return the Hessian product in the weights of scores x_q · w_l of items.

        See :meth:`PlackettLuceLoss.outputs_product`.
        """
        return self._outputs(S, X, presence).product(V)

    def outputs_form(self, S, X, presence=None):
        """Return the Hessian in the same weights, of shape (n_items d, n_items d)."""
        return self._outputs(S, X, presence).form()

    def outputs_gradients(self, S, X, items):
        """Return the gradients in the weights without each item, (m, n_items d)."""
        return ChoiceWithoutItems(self, S).gradients(X, items)

    def _outputs(self, S, X, presence):
        known = self._curvature
        if known is None or not known.state.is_at(S, presence) or known.X is not X:
            _, weight, _ = self._parts(presence)
            expected = self.curvature_bound(S, presence)
            state = SingleChoice.make(self.lists, expected, weight, S, presence)
            known = self._curvature = OutputsCurvature(state, X)
        return known

    def _parts(self, presence):
        """Return who is present, weights of queries with a target, and the target."""
        mask, weight = self.objects.parts(presence, self.query_weight)
        left = self.lists.total(mask * self.target)
        is_listed = (self.lists.of_listed(mask) > 0).any(axis=1)
        weight = np.where(is_listed & (left > 0), weight, 0.0)
        share = np.divide(1.0, left, out=np.zeros_like(left), where=left > 0)
        return mask, weight, mask * self.target * self.lists.spread(share)

    def __getstate__(self):
        return self.__dict__ | {"_curvature": None}

    def _shift(self, S, mask):
        """Return the largest score that is present in each query."""
        largest = self.lists.largest(np.where(mask > 0, S, -np.inf))
        return np.where(np.isfinite(largest), largest, 0.0)


def uniform_targets(lists):
    """Return the same for every listed document.

    Parameters
    ----------
    lists : Lists
        The lists.

    Returns
    -------
    ndarray of shape (n_documents,)
        1 for each, 0 for the others.
    """
    return 1.0 - lists.unlisted


def softmax_targets(lists, relevance):
    """Return the softmax of relevances of the documents of each query (ListNet).

    Parameters
    ----------
    lists : Lists
        The lists.
    relevance : ndarray of shape (n_documents,)
        Relevance of every document, 0 where it is not listed.

    Returns
    -------
    ndarray of shape (n_documents,)
        Probabilities; zero in a query with an empty list, which says nothing.
    """
    pieces = np.split(relevance, lists.starts[1:])
    target = np.concatenate([softmax(piece) for piece in pieces])
    return target * lists.spread(lists.is_listed.any(axis=1).astype(float))
