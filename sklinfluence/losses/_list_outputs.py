"""Curvature of lists of items in the weights of their scores, without the scores.

Score of item l for query q: x_q · w_l. Of queries × items numbers there are then only
probabilities, which a product with the Hessian reads twice.
"""

from functools import cached_property

import numpy as np
from scipy.linalg.blas import dsyrk

from sklinfluence.utils._blocks import blocks, fill_lower, row_products, weighted_grams

_NUMBERS_AT_ONCE = 1 << 24


class OutputsCurvature:
    """The Hessian of a Plackett–Luce loss in the weights of all items.

    Of a query, the Hessian in its scores is that of the choices: expected choices on
    the diagonal, less what choices have to do with each other.

    Parameters
    ----------
    state : Choices
        Probabilities of choices.
    X : ndarray of shape (n_queries, d)
        Rows of the queries.
    """

    def __init__(self, state, X):
        self.state, self.X = state, X
        lists = state.lists
        self.shape = lists.n_queries, int(lists.sizes[0])
        self.pool = state.pool.reshape(self.shape)

    @cached_property
    def blocks(self):
        """Sums of x xᵀ weighted by expected choices, an item each: (n_items, d, d)."""
        return weighted_grams(self.X, self.state.expected().reshape(self.shape))

    def product(self, V):
        """Return the product with weight tangents V of shape (n_items d, k)."""
        shape = self.shape[1], self.X.shape[1]
        columns = [self._column(v.reshape(shape)).ravel() for v in V.T]
        return np.stack(columns, axis=1) if columns else np.zeros_like(V)

    def _column(self, W):
        mean = np.einsum("qd,qd->q", self.pool @ W, self.X)
        listed = np.einsum("qrd,qd->qr", W[self.state.lists.items], self.X)
        drift, passed = self.state.drift(mean, listed)
        product = np.einsum("lde,le->ld", self.blocks, W)
        product -= self.pool.T @ (passed[:, None] * self.X)
        listed = self.state.lists.sparse(self.state.chosen * drift)
        return product - listed.T @ self.X

    def form(self):
        """Return the Hessian, of shape (n_items d, n_items d)."""
        form, d = self._of_unlisted(), self.X.shape[1]
        for item, (query, rank) in enumerate(self._places_of_items):
            own = slice(item * d, (item + 1) * d)
            self._subtract_listed(form, own, query, rank)
            form[own, own] += self.blocks[item]
        return form

    def _of_unlisted(self):
        """Return minus the second moments of choices among the unlisted."""
        _, passes = self.state.second_moments()
        p = self.shape[1] * self.X.shape[1]
        form = np.zeros((p, p), order="F")
        for some in blocks(self.shape[0], max(_NUMBERS_AT_ONCE // p, 1)):
            root = np.sqrt(passes[some, None]) * self.pool[some]
            columns = row_products(root, self.X[some]).T
            form = dsyrk(-1.0, columns, 1.0, form, overwrite_c=True)
        fill_lower(form)
        return form

    def _subtract_listed(self, form, own, query, rank):
        """Subtract the second moments of an item where it is listed, with all others.

        Those that are listed before it have subtracted theirs with it.
        """
        X = self.X[query]
        for some in blocks(len(query), max(_NUMBERS_AT_ONCE // len(form), 1)):
            moments = self._moments_with(query[some], rank[some])
            product = X[some].T @ row_products(moments, X[some])
            form[own] -= product
            form[:, own] -= product.T

    def _moments_with(self, query, rank):
        """Return the second moments with what is left behind a rank, (m, n_items).

        Half of that of an item with itself, since both halves are added.
        """
        state, entries = self.state, np.arange(len(query))
        reach, _ = state.second_moments()
        weight = reach[query, rank] * state.chosen[query, rank]
        ahead = np.arange(reach.shape[1]) < rank[:, None]
        carried = np.cumprod(np.where(ahead, 1.0, state.rest[query]), axis=1)
        listed = np.where(ahead, 0.0, state.chosen[query])
        listed[:, 1:] *= carried[:, :-1]
        listed[entries, rank] /= 2.0
        moments = carried[:, -1:] * self.pool[query]
        np.add.at(moments, (entries[:, None], state.lists.items[query]), listed)
        return weight[:, None] * moments

    @cached_property
    def _places_of_items(self):
        """Queries and ranks at which each item is listed."""
        lists = self.state.lists
        query, rank = np.nonzero(lists.is_listed)
        items = lists.items[query, rank]
        order = np.argsort(items, kind="stable")
        ends = np.searchsorted(items[order], np.arange(1, self.shape[1]))
        parts = np.split(query[order], ends), np.split(rank[order], ends)
        return list(zip(*parts, strict=True))
