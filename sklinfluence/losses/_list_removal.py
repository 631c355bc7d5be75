"""Gradients of lists without each item, from the probabilities with all of them.

In the weights of the scores x_q · w_l, and with no pass over queries × items for each:
what an item that is gone leaves to the others is a factor a query.
"""

from functools import cached_property

import numpy as np

from sklinfluence.utils._blocks import blocks

_NUMBERS_AT_ONCE = 1 << 22


class WithoutItems:
    """Gradients of a loss of lists without each of some items.

    Attributes
    ----------
    probabilities : list of Probabilities
        What the gradient is made of: with factors a query, see :meth:`factors`.
    """

    def factors(self, item):
        """Return the factors of each of the probabilities, and what listed items add.

        Parameters
        ----------
        item : int
            The item that is gone.

        Returns
        -------
        factors : list of ndarray of shape (n_queries,)
            Of each of the probabilities.
        listed : sparse array of shape (n_queries, n_items) or None
            What is added to the gradient in scores.
        """
        raise NotImplementedError

    def gradients(self, X, items):
        """Return the gradients in the weights, of shape (len(items), n_items d).

        Parameters
        ----------
        X : ndarray of shape (n_queries, d)
            Rows of the queries.
        items : ndarray of int
            The items, each removed by itself.

        Returns
        -------
        ndarray of shape (len(items), n_items d)
            A gradient a row; zero in the weights of the item that is gone.
        """
        n_items, found = self.probabilities[0].table.shape[1], []
        for some in blocks(len(items), max(_NUMBERS_AT_ONCE // X.size, 1)):
            parts = [self.factors(item) for item in items[some]]
            gradients = sum(
                each.weighted_rows([factors[k] for factors, _ in parts], X)
                for k, each in enumerate(self.probabilities)
            )
            for gradient, item, (_, listed) in zip(
                gradients, items[some], parts, strict=True
            ):
                if listed is not None:
                    gradient += listed.T @ X
                gradient[item] = 0.0
            found.append(gradients)
        return np.concatenate(found).reshape(len(items), n_items * X.shape[1])


class Probabilities:
    """Probabilities of the items of each query, and what is left without one.

    Parameters
    ----------
    table : ndarray of shape (n_queries, n_items)
        Rows that add up to one, or are zero.
    """

    def __init__(self, table):
        self.table = table

    def others(self, item):
        """Return the probability of all other items, (n_queries,), 1 where none is.

        One minus that of the item would be round-off where it is near one.
        """
        own = self.table[:, item]
        likely = (self._likeliest == item) & (own > 0.5)
        return np.where(likely, self._others_of_likeliest, 1.0 - own)

    def weighted_rows(self, factors, X):
        """Return the weights' part of the gradient for m factors, (m, n_items, d)."""
        columns = np.stack(factors, axis=1)[:, :, None] * X[:, None, :]
        product = self.table.T @ columns.reshape(len(X), -1)
        shape = self.table.shape[1], len(factors), X.shape[1]
        return product.reshape(shape).transpose(1, 0, 2).copy()

    @cached_property
    def _likeliest(self):
        return self.table.argmax(axis=1)

    @cached_property
    def _others_of_likeliest(self):
        others = self.table.copy()
        others[np.arange(len(others)), self._likeliest] = 0.0
        return others.sum(axis=1)


def share(numerator, denominator):
    """Return the quotient, 0 where there is nothing to share."""
    quotient = np.zeros_like(numerator)
    return np.divide(numerator, denominator, out=quotient, where=denominator > 0)
