"""Probabilities of one choice: what derivatives of a cross-entropy are made of."""

from dataclasses import dataclass

import numpy as np

from sklinfluence.losses._list_removal import Probabilities, WithoutItems, share
from sklinfluence.losses._lists import Lists


@dataclass(frozen=True)
class SingleChoice:
    """The probabilities at some scores, in the place of those of many choices.

    There are no stages: all documents are among those that are left for the one choice.

    Attributes
    ----------
    lists : Lists
        The documents, none of them listed.
    pool : ndarray of shape (n_documents,)
        Probability of each document.
    chosen : ndarray of shape (n_queries, 0)
        Choices before.
    weight : ndarray of shape (n_queries,)
        Weight of the choice.
    S, presence : ndarray
        Where this is.
    """

    lists: Lists
    pool: np.ndarray
    chosen: np.ndarray
    weight: np.ndarray
    S: np.ndarray
    presence: np.ndarray | None

    @classmethod
    def make(cls, lists, expected, weight, S, presence):
        """Divide weighted probabilities by the weights of their queries."""
        nothing = np.zeros((lists.n_queries, 0))
        unlisted = Lists(lists.sizes, nothing.astype(np.intp), nothing.astype(bool))
        pool = expected * lists.spread(share(np.ones_like(weight), weight))
        copied = None if presence is None else np.array(presence)
        return cls(unlisted, pool, nothing, weight, np.array(S), copied)

    def is_at(self, S, presence):
        """Say whether this is what it would be at some scores."""
        if (self.presence is None) != (presence is None):
            return False
        same = presence is None or np.array_equal(self.presence, presence)
        return same and np.array_equal(self.S, S)

    def expected(self):
        """Return the expected choices of each document."""
        return self.pool * self.lists.spread(self.weight)

    def drift(self, mean, listed):
        """Return the weighted mean of a tangent; see :meth:`Choices.drift`."""
        return listed, self.weight * mean

    def second_moments(self):
        """Return the weights; see :meth:`Choices.second_moments`."""
        return self.chosen, self.weight


class ChoiceWithoutItems(WithoutItems):
    """Gradients of a cross-entropy without each item.

    Parameters
    ----------
    loss : SoftmaxListLoss
        The loss.
    S : ndarray of shape (n_documents,)
        Scores.
    """

    def __init__(self, loss, S):
        lists, weight = loss.lists, loss.query_weight
        _, self.weight, target = loss._parts(None)
        expected = loss.curvature_bound(S)
        state = SingleChoice.make(lists, expected, self.weight, S, None)
        self.lists = lists
        tables = (state.pool, target)
        self.probabilities = [
            Probabilities(table.reshape(len(weight), -1)) for table in tables
        ]

    def factors(self, item):
        """Return the factors of the probabilities, and of the targets."""
        listed = self.lists.is_listed & (self.lists.items != item)
        weight = np.where(listed.any(axis=1), self.weight, 0.0)
        chosen, wanted = (each.others(item) for each in self.probabilities)
        weight = np.where(wanted > 0, weight, 0.0)
        return [share(weight, chosen), -share(weight, wanted)], None
