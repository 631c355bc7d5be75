"""What losses of lists have in common, and the loss of the lists of new queries."""

from abc import abstractmethod

import autograd.numpy as anp
import numpy as np
from autograd.tracer import getval

from sklinfluence.losses._base import Loss, RowOperator
from sklinfluence.losses._held_out import HeldOutLoss


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

    def value(self, S, presence=None):
        """Return the loss, a float that autograd can differentiate in S."""
        if not np.isfinite(getval(S)).all():
            # No step of a fit may go where scores overflow.
            return np.inf
        return anp.sum(self.of_queries(S, presence))

    def removal_differences(self, S):
        """Return the operator D; rows of documents are worked out one at a time."""
        full, shape = self.gradient(S), (self.n_objects, len(S))
        if self.objects.are_queries:
            return RowOperator(shape, lambda V: self.lists.total(full[:, None] * V))

        def product(V):
            rows = (
                (full - self.gradient(S, self._without(i))) @ V
                for i in range(self.n_objects)
            )
            return np.stack(list(rows)) if self.n_objects else np.zeros((0, V.shape[1]))

        return RowOperator(shape, product)

    def range_of(self, T):
        """Return how far the scores of two documents of a query move apart, (k,)."""
        columns = [self._ranges(t).max(initial=0.0) for t in T.T]
        return np.array(columns)

    def largest_range(self, Z):
        """Return a bound on the distance of two rows of a query.

        Twice the largest distance from their mean.
        """
        mean = self.lists.total(Z) / self.lists.sizes[:, None]
        away = Z - self.lists.spread(mean)
        return 2.0 * np.sqrt(np.max(np.sum(away**2, axis=1), initial=0.0))

    def _ranges(self, t):
        return self.lists.largest(t) + self.lists.largest(-t)

    def _without(self, i):
        presence = np.ones(self.n_objects)
        presence[i] = 0.0
        return presence


class ListHeldOutLoss(HeldOutLoss):
    """Loss of the list of each new query, by itself.

    Parameters
    ----------
    loss : ListLoss
        Loss of the new queries.
    """

    uses_training_scores = False

    def __init__(self, loss):
        self.loss = loss

    def value(self, S_new, S_train):
        """Return the losses, one a query, of scores (n_documents,) or columns of it."""
        if S_new.ndim == 1:
            return self.loss.of_queries(S_new)
        return np.stack([self.loss.of_queries(s) for s in S_new.T], axis=1)

    def product(self, S_new, S_train, V_new, V_train):
        """Return derivatives of the losses along tangents of the scores."""
        slope = self.loss.gradient(S_new)
        return self.loss.lists.total(slope[:, None] * V_new)
