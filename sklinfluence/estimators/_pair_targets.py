"""What is attributed of node embeddings: losses and scores of pairs of nodes."""

from copy import copy

import numpy as np

from sklinfluence.targets import TargetFunction


class PairFunction(TargetFunction):
    """A number for each pair of nodes, nan for pairs with a node that is gone.

    Parameters
    ----------
    fitted : FittedEmbedder
        The fitted model.
    pairs : ndarray of int of shape (m, 2)
        Positions of centres and contexts.
    """

    def __init__(self, fitted, pairs):
        self.fitted, self.pairs = fitted, pairs
        self.removed, self.presence = (), None

    def without_objects(self, removed, X, y):
        """Return the same once nodes are gone."""
        rest = copy(self)
        rest.removed = np.atleast_1d(removed)
        rest.presence = self.fitted.objective.presence_without(rest.removed)
        return rest

    def evaluate(self, estimator):
        """Return the numbers of an embedder that may have been fitted without nodes."""
        return self.value(self.fitted.all_parameters(estimator, self.removed))

    @property
    def _is_known(self):
        """Whether both nodes of each pair are there."""
        return ~np.isin(self.pairs, self.removed).any(axis=1)


class PairLossFunction(PairFunction):
    """The contrastive loss −log(e^(φ_aᵀψ_b) / Σ_c e^(φ_aᵀψ_c)) of pairs (a, b)."""

    def value(self, theta):
        """Return the losses, with the nodes that are present in the denominator."""
        return self.fitted.pair_losses(theta, self.pairs, self.presence)

    def gradient(self, theta):
        """Return their gradients."""
        return self.fitted.pair_loss_gradients(theta, self.pairs, self.presence)


class PairScoreFunction(PairFunction):
    """The score φ_aᵀψ_b of links from a to b."""

    def value(self, theta):
        """Return the scores."""
        phi, psi = self.fitted.objective.model.factors(theta)
        a, b = self.pairs.T
        return np.where(self._is_known, np.sum(phi[a] * psi[b], axis=1), np.nan)

    def gradient(self, theta):
        """Return their gradients."""
        model, each = self.fitted.objective.model, np.arange(len(self.pairs))
        phi, psi = model.factors(theta)
        a, b = self.pairs.T
        gradient = np.zeros((len(each), 2, *phi.shape))
        gradient[each, 0, a], gradient[each, 1, b] = psi[b], phi[a]
        gradient[~self._is_known] = np.nan
        return gradient.reshape(len(each), -1)
