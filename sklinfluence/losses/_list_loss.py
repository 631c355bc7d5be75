"""What losses of lists have in common, and the loss of the lists of new queries."""

from abc import abstractmethod
from copy import copy

import autograd.numpy as anp
import numpy as np
from autograd.tracer import getval
from scipy.sparse import issparse

from sklinfluence.losses._base import Loss, RowOperator
from sklinfluence.losses._held_out import HeldOutLoss
from sklinfluence.losses._list_copies import document_differences, removal_forms
from sklinfluence.losses._list_objects import WithoutObjects
from sklinfluence.utils._blocks import dense_columns, row_products
from sklinfluence.utils._sparse import dense


class ListLoss(Loss):
    """A sum over queries, each a function of the scores of its documents.

    Parameters
    ----------
    lists : Lists
        Documents and lists of the queries.
    objects : DocumentObjects or QueryObjects
        What can be removed.
    query_weight : ndarray of shape (n_queries,), default=None
        Weights of the queries.
    """

    #: Sums of logarithms of sums of exponentials of the scores of a query.
    is_self_concordant = True

    def __init__(self, lists, objects, query_weight=None):
        self.lists, self.objects = lists, objects
        ones = np.ones(lists.n_queries)
        self.query_weight = ones if query_weight is None else query_weight
        self.n_objects = objects.n_objects

    @abstractmethod
    def of_queries(self, S, presence=None):
        """Return the terms of every query, of shape (n_queries,)."""

    @abstractmethod
    def n_choices(self, presence=None):
        """Return the weighted number of choices of every query, (n_queries,)."""

    def value(self, S, presence=None):
        """Return the loss, a float that autograd can differentiate in S."""
        if not np.isfinite(getval(S)).all():
            # No step of a fit may go where scores overflow.
            return np.inf
        return anp.sum(self.of_queries(S, presence))

    @abstractmethod
    def of(self, queries):
        """Return the loss of some queries, whose objects are their documents.

        Parameters
        ----------
        queries : ndarray of shape (m,), int
            Which queries, the same several times if need be.

        Returns
        -------
        loss : ListLoss
            Their loss.
        documents : ndarray of shape (n_taken,), int
            Which document each of theirs is.
        """

    def removal_forms(self, S, J):
        """Return the curvature without each of some objects.

        Of documents and queries, by that of their own query; see
        :meth:`Loss.removal_forms`.
        """
        objects, is_reduced = self.objects, isinstance(self.objects, WithoutObjects)
        if is_reduced or not (objects.are_queries or objects.are_documents):
            return super().removal_forms(S, J)
        return removal_forms(self, S, J)

    def removal_differences(self, S):
        """Return the operator D: an array for documents, whose query alone it is.

        Items, and objects of several documents, are worked out one at a time.
        """
        full, shape = self.gradient(S), (self.n_objects, len(S))
        if self.objects.are_queries:
            return RowOperator(shape, lambda V: self.lists.total(full[:, None] * V))
        if self.objects.are_documents:
            return document_differences(self, S)

        def product(V):
            rows = (
                (full - self.gradient(S, self._without(i))) @ V
                for i in range(self.n_objects)
            )
            return np.stack(list(rows)) if self.n_objects else np.zeros((0, V.shape[1]))

        return RowOperator(shape, product)

    def outputs_removals(self, S, X, removals=None):
        """Return removal gradients in the weights w of scores x_q · w_l of items.

        Parameters
        ----------
        S : ndarray of shape (n_queries n_items,)
            Scores.
        X : ndarray of shape (n_queries, d)
            Rows of the queries.
        removals : list of ndarray of int, default=None
            Sets of objects, each removed at once; None: each object by itself.

        Returns
        -------
        ndarray of shape (n_removals, n_items d)
            A row a removal.
        """
        each = np.arange(self.n_objects) if removals is None else _singles(removals)
        slopes = self.gradient(S).reshape(len(X), -1)
        if self.objects.are_queries:
            if each is not None:
                return row_products(slopes[each], X[each])
            return np.stack([np.ravel(slopes[q].T @ X[q]) for q in removals])
        full = slopes.T @ X
        if each is not None:
            return full.ravel() - self.outputs_gradients(S, X, each)
        gone = (self.gradient(S, self._without(i)) for i in removals)
        return np.stack([np.ravel(full - g.reshape(len(X), -1).T @ X) for g in gone])

    def curvature_form(self, S, J, presence=None):
        """Return Jᵀ ∂²ℓ/∂S² J, of a sparse J a few columns at a time."""
        if not issparse(J):
            return super().curvature_form(S, J, presence)
        form = np.empty((J.shape[1],) * 2)
        for some, part in dense_columns(J):
            form[:, some] = J.T @ self.hessian_product(S, part, presence)
        return form

    def without(self, objects):
        """Return the loss without some objects, for good."""
        rest = copy(self)
        rest.objects = WithoutObjects(self.objects, objects)
        return rest

    def range_of(self, T):
        """Return how far the scores of two documents of a query move apart, (k,)."""
        columns = [self._ranges(t).max(initial=0.0) for t in T.T]
        return np.array(columns)

    def largest_range(self, Z):
        """Return a bound on the distance of two rows of a query.

        Twice the largest distance from their mean.
        """
        present, _ = self.objects.parts(None, self.query_weight)
        away = np.sum(from_mean(self.lists, Z, present) ** 2, axis=1)
        largest = self.lists.largest(away)
        return 2.0 * np.sqrt(np.max(largest * self._says_something, initial=0.0))

    def _ranges(self, t):
        """Return how far present documents of queries move apart, 0 without a list."""
        present, _ = self.objects.parts(None, self.query_weight)
        ends = [
            self.lists.largest(np.where(present > 0, s * t, -np.inf)) for s in (1, -1)
        ]
        return np.where(self._says_something, sum(ends), 0.0)

    @property
    def _says_something(self):
        return self.n_choices() > 0

    def _without(self, i):
        presence = np.ones(self.n_objects)
        presence[i] = 0.0
        return presence


def from_mean(lists, Z, present):
    """Return rows of documents less the mean of those present in their query.

    Parameters
    ----------
    lists : Lists
        Documents of the queries.
    Z : ndarray of shape (n_documents, k)
        Rows.
    present : ndarray of shape (n_documents,)
        1 where a document is present, else 0.

    Returns
    -------
    ndarray of shape (n_documents, k)
        Differences, zero where a document is absent.
    """
    mean = lists.total(present[:, None] * Z)
    mean /= np.maximum(lists.total(present), 1.0)[:, None]
    return present[:, None] * (Z - lists.spread(mean))


def _singles(removals):
    """Return the objects of sets of one each, None where one has more."""
    objects = [np.atleast_1d(removed) for removed in removals]
    if any(len(removed) != 1 for removed in objects):
        return None
    return np.concatenate(objects) if objects else np.zeros(0, dtype=np.intp)


class ListHeldOutLoss(HeldOutLoss):
    """Loss of the list of each new query, by itself.

    Parameters
    ----------
    loss : ListLoss
        Loss of the new queries.
    presence : ndarray of shape (n_objects,), default=None
        Which objects of the loss are present, such as items.
    """

    uses_training_scores = False

    def __init__(self, loss, presence=None):
        self.loss, self.presence = loss, presence

    def value(self, S_new, S_train):
        """Return the losses, one a query, of scores (n_documents,) or columns of it."""
        if S_new.ndim == 1:
            return self.loss.of_queries(S_new, self.presence)
        columns = [self.loss.of_queries(s, self.presence) for s in S_new.T]
        return np.stack(columns, axis=1)

    def slopes(self, S_new):
        """Return the derivative of the loss of its query in each score."""
        return self.loss.gradient(S_new, self.presence)

    def product(self, S_new, S_train, V_new, V_train):
        """Return derivatives of the losses along tangents of the scores."""
        return self.loss.lists.total(self.slopes(S_new)[:, None] * V_new)

    def contrasts(self, directions):
        """Return how far each document is from the mean of those of its query.

        Parameters
        ----------
        directions : ndarray of shape (n_documents, k)
            Scores, or tangents of them.

        Returns
        -------
        ndarray of shape (n_documents, k)
            Differences, which are all that the losses depend on; zero where absent.
        """
        present, _ = self.loss.objects.parts(self.presence, None)
        return from_mean(self.loss.lists, dense(directions), present)

    def change_bound(self, S, reach):
        """Bound how far the losses are from their values, whatever the moves.

        Parameters
        ----------
        S : ndarray of shape (n_documents, m)
            Scores; the bound is the same everywhere.
        reach : ndarray of shape (n_documents, m)
            How far each of the :meth:`contrasts` of scores may be from there.

        Returns
        -------
        ndarray of shape (n_queries, m)
            Each choice changes its log-probability by no more than scores move apart.
        """
        return self.loss.n_choices(self.presence)[:, None] * self._apart(reach)

    def remainder_bound(self, reach):
        """Bound what the slope leaves out: an eighth of a squared range a choice.

        The variance of what ranges over so much is a fourth of its square at most.
        """
        squares = self._apart(reach) ** 2 / 8.0
        return self.loss.n_choices(self.presence)[:, None] * squares

    def _apart(self, reach):
        """Return how far two scores of a query move apart at most, (n_queries, m)."""
        columns = [self.loss.lists.largest(np.ascontiguousarray(r)) for r in reach.T]
        return 2.0 * np.stack(columns, axis=1)

    def without(self, removed):
        """Return the losses of lists, and of denominators, without some items."""
        presence = np.ones(self.loss.n_objects)
        presence[removed] = 0.0
        return ListHeldOutLoss(self.loss, presence)

    def of_all(self, scores):
        """Return scores of all items, given those of the items that are present."""
        if len(scores) == self.loss.lists.n_documents:
            return scores
        present, _ = self.loss.objects.parts(self.presence, None)
        everything = np.zeros(len(present))
        everything[present > 0] = scores
        return everything
