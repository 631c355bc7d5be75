"""The multinomial loss of single objects."""

import autograd.numpy as anp
import numpy as np
from autograd.tracer import getval
from scipy.special import log_softmax, logsumexp, softmax

from sklinfluence.losses._pointwise_terms import (
    PointwiseTerms,
    log_expm1,
    softplus,
)


class MultinomialTerms(PointwiseTerms):
    """Multinomial losses log Σ_k e^(s_k) − s_y.

    Parameters
    ----------
    codes : ndarray of shape (n,), int
        Classes, from 0 to K − 1.
    n_classes : int
        Number of classes K.
    """

    def __init__(self, codes, n_classes):
        self.n_outputs = n_classes
        self.codes = np.asarray(codes, dtype=np.intp)
        self._own = np.arange(n_classes) == self.codes[:, None]

    def __len__(self):
        """Return the number of objects."""
        return len(self.codes)

    def value(self, S):
        """Return φ, of shape (n, k)."""
        # Relative to the largest score, whose term is 1: no digit of the rest is lost.
        top = getval(S).argmax(axis=1)
        rows, columns = np.ogrid[: len(self), : S.shape[2]]
        S = S - S[rows, top, columns][:, None]
        is_top = np.arange(self.n_outputs)[:, None] == top[:, None]
        others = anp.sum(anp.where(is_top, 0.0, anp.exp(S)), axis=1)
        return anp.log1p(others) - S[rows[:, 0], self.codes]

    def gradient(self, S):
        """Return ∂φ, of shape (n, K, k)."""
        others = np.where(self._own[:, :, None], 0.0, softmax(S, axis=1))
        # p_y − 1 would lose digits where p_y is almost 1.
        own = -others.sum(axis=1, keepdims=True)
        return np.where(self._own[:, :, None], own, others)

    def curvature(self, S):
        """Return the probabilities p: ∂²φ = diag(p) − p pᵀ."""
        return softmax(S, axis=1)

    def product(self, S, V):
        """Return p (V − pᵀV)."""
        p = softmax(S, axis=1)
        return p * (V - np.sum(p * V, axis=1, keepdims=True))

    def roots(self, S):
        """Return diag(√p) − p √pᵀ."""
        p = softmax(S, axis=1)
        return super().roots(S) - p * np.sqrt(p).transpose(0, 2, 1)

    def spread(self, T):
        """Return the distance between the largest and the smallest."""
        return np.ptp(T, axis=1)

    def largest_spread(self, Z):
        """Return the largest distance between two rows of the object."""
        pairs = zip(*np.triu_indices(self.n_outputs, 1), strict=True)
        distances = [np.linalg.norm(Z[:, k] - Z[:, m], axis=1) for k, m in pairs]
        return np.max(distances, axis=0, initial=0.0)

    def contrasts(self, T):
        """Return differences to the score of the own class: only they matter."""
        return T - T[np.arange(len(self)), self.codes][:, None]

    def change_bound(self, S, radius):
        """Return log Σ_k p_k e^(r_k), with radii r of the contrasts s_k − s_y."""
        log_odds = logsumexp(log_softmax(S, axis=1) + log_expm1(radius), axis=1)
        return softplus(log_odds)
