"""Losses that are squares of an excess: of a margin, or of a residual."""

from abc import abstractmethod

import autograd.numpy as anp
import numpy as np

from sklinfluence.losses._dispersion import totals_without
from sklinfluence.losses._pointwise import PointwiseLoss
from sklinfluence.losses._pointwise_terms import PointwiseTerms


class ClippedSquareTerms(PointwiseTerms):
    r"""Squares t² of the excess t ≥ 0 of every score, linear beyond a cap.

    .. math:: \varphi = \sum_k m_k (2 t_k - m_k), \qquad m = \min(t, \text{cap}) .

    The second derivative jumps between 2 and 0: there are no certificates.

    Parameters
    ----------
    y : ndarray of shape (n,) or (n, K)
        Targets.
    cap : float, default=None
        Excess beyond which the loss is linear; None: nowhere.
    """

    is_self_concordant = False

    def __init__(self, y, cap=None):
        self.y = np.reshape(np.asarray(y, dtype=float), (len(y), -1, 1))
        self.n_outputs = self.y.shape[1]
        self.cap = cap

    @abstractmethod
    def excess(self, S):
        """Return t, where it is positive, and below zero how far it is from being so.

        Written with ``autograd.numpy``.
        """

    @abstractmethod
    def slope(self, S):
        """Return ∂t/∂s where t is positive."""

    def __len__(self):
        """Return the number of objects."""
        return len(self.y)

    def value(self, S):
        """Return φ, of shape (n, k)."""
        t = anp.maximum(0.0, self.excess(S))
        m = t if self.cap is None else anp.minimum(t, self.cap)
        return anp.sum(m * (2.0 * t - m), axis=1)

    def gradient(self, S):
        """Return ∂φ = 2 m ∂t, of shape (n, K, k)."""
        m = np.clip(self.excess(S), 0.0, self.cap)
        return 2.0 * m * self.slope(S)

    def curvature(self, S):
        """Return 2 where there is an excess, short of the cap, and 0 elsewhere."""
        t = self.excess(S)
        curved = t > 0 if self.cap is None else (t > 0) & (t < self.cap)
        return 2.0 * curved

    def change_bound(self, S, radius):
        """Return the increase at the worse end: φ is convex."""
        excess = self.excess(S)
        t = np.maximum(0.0, excess)
        # How far t can grow, and how much of that before the loss becomes linear.
        more = np.minimum(radius, np.maximum(0.0, excess + radius))
        square = more if self.cap is None else np.clip(self.cap - t, 0.0, more)
        rise = square * (2.0 * t + square)
        if self.cap is not None:
            rise += 2.0 * self.cap * (more - square)
        return np.sum(rise, axis=1)


class HingeTerms(ClippedSquareTerms):
    """Squared hinge losses max(0, 1 − y s)²; with a cap of 2, "modified Huber" losses.

    Parameters
    ----------
    y : ndarray of shape (n,) or (n, K)
        Classes, −1 or 1; one-vs-rest with K columns.
    cap : float, default=None
        As for :class:`ClippedSquareTerms`.
    """

    def excess(self, S):
        """Return how far y s falls short of 1."""
        return 1.0 - self.y * S

    def slope(self, S):
        """Return −y."""
        return -self.y


class InsensitiveTerms(ClippedSquareTerms):
    """Squared residuals beyond ε, max(0, abs(y − s) − ε)²; with a cap, Huber losses.

    Parameters
    ----------
    y : ndarray of shape (n,)
        Targets.
    epsilon : float, default=0.0
        Residual that costs nothing.
    cap : float, default=None
        As for :class:`ClippedSquareTerms`.
    """

    def __init__(self, y, epsilon=0.0, cap=None):
        super().__init__(y, cap)
        self.epsilon = epsilon

    def excess(self, S):
        """Return how far abs(y − s) is above ε."""
        return anp.abs(self.y - S) - self.epsilon

    def slope(self, S):
        """Return the sign of s − y."""
        return np.sign(S - self.y)


class InsensitiveLoss(PointwiseLoss):
    """Sum of squared residuals beyond ε; see :class:`InsensitiveTerms`.

    Parameters
    ----------
    y : ndarray of shape (n,)
        Targets.
    epsilon : float, default=0.0
        Residual that costs nothing.
    cap : float, default=None
        Excess beyond which the loss is linear.
    sample_weight : ndarray of shape (n,), default=None
        Case weights.
    """

    def __init__(self, y, epsilon=0.0, cap=None, sample_weight=None):
        super().__init__(InsensitiveTerms(y, epsilon, cap), sample_weight)

    def dispersion(self, S, dof):
        """Return twice the loss a degree of freedom: as for squares, in units of y²."""
        left = np.count_nonzero(self.sample_weight) - dof
        return 2.0 * float(self.value(S)) / left if left >= 1e-6 else np.nan

    def dispersion_without(self, S, J, steps, dof):
        """Return twice the loss without each object, a degree of freedom."""

        def parts(scores):
            return self.sample_weight[:, None] * self.terms.value(self._cube(scores))

        gone = self.sample_weight > 0
        left = np.count_nonzero(gone) - gone - dof
        return 2.0 * totals_without(parts, S, J, steps) / left
