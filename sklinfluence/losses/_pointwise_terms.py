"""Losses of single objects, φ(y, s) of K scores: what they can do, and two of them.

Scores come as cubes of shape (n, K, k): objects, scores of each, columns. Every loss
here is convex in its scores.
"""

from abc import ABC, abstractmethod

import autograd.numpy as anp
import numpy as np
from scipy.special import expit, log_expit


class PointwiseTerms(ABC):
    """A loss of every object by itself.

    Attributes
    ----------
    n_outputs : int
        Scores an object, K.
    """

    n_outputs = 1
    #: Whether :meth:`spread` bounds the third derivative, for certificates.
    is_self_concordant = True

    @abstractmethod
    def __len__(self):
        """Return the number of objects."""

    @abstractmethod
    def value(self, S):
        """Return φ, of shape (n, k), written with ``autograd.numpy``."""

    def change(self, S, T):
        """Return φ(S + T) − φ(S) for S (n, K, 1) and T (n, K, k): (n, k)."""
        return self.value(S + T) - self.value(S)

    @abstractmethod
    def gradient(self, S):
        """Return ∂φ, of shape (n, K, k)."""

    @abstractmethod
    def curvature(self, S):
        """Return h of shape (n, K, k) with ∂²φ ⪯ diag(h); ∂²φ itself where K = 1."""

    def product(self, S, V):
        """Return ∂²φ V for S of shape (n, K, 1) and V of shape (n, K, k)."""
        return self.curvature(S) * V

    def roots(self, S):
        """Return A with A Aᵀ = ∂²φ, (n, K, K), for S of shape (n, K, 1)."""
        return np.sqrt(self.curvature(S)) * np.eye(self.n_outputs)

    def spread(self, T):
        """Return ρ(T), (n, k), with abs(∂³φ[T, v, v]) ≤ ρ(T) ∂²φ[v, v] for every v."""
        raise NotImplementedError(f"{type(self).__name__} is not self-concordant.")

    def largest_spread(self, Z):
        """Return the largest ρ(Z u) over unit vectors u, (n,), for Z (n, K, q)."""
        raise NotImplementedError(f"{type(self).__name__} is not self-concordant.")

    def contrasts(self, T):
        """Return the tangents, (n, K, k), of what a radius of change is about."""
        return T

    @abstractmethod
    def change_bound(self, S, radius):
        """Return a bound of the change of φ, (n, k), over contrasts in the radius."""


class SquaredTerms(PointwiseTerms):
    """Squared errors Σ_k (y_k − s_k)², not halved.

    Parameters
    ----------
    y : ndarray of shape (n,) or (n, K)
        Targets.
    """

    def __init__(self, y):
        self.y = np.reshape(y, (len(y), -1, 1))
        self.n_outputs = self.y.shape[1]

    def __len__(self):
        """Return the number of objects."""
        return len(self.y)

    def value(self, S):
        """Return φ, of shape (n, k)."""
        return anp.sum((self.y - S) ** 2, axis=1)

    def gradient(self, S):
        """Return ∂φ, of shape (n, K, k)."""
        return 2.0 * (S - self.y)

    def curvature(self, S):
        """Return 2: ∂²φ is the same everywhere."""
        return np.full(S.shape, 2.0)

    def spread(self, T):
        """Return zeros: there is no third derivative."""
        return np.zeros((len(T), T.shape[2]))

    def largest_spread(self, Z):
        """Return zeros: there is no third derivative."""
        return np.zeros(len(Z))

    def change_bound(self, S, radius):
        """Return Σ_k (r_k² + 2 r_k abs(y_k − s_k))."""
        return np.sum(radius * (radius + np.abs(self.gradient(S))), axis=1)


class LogisticTerms(PointwiseTerms):
    """Logistic losses log(1 + e^s) − y s.

    Parameters
    ----------
    y : ndarray of shape (n,)
        Classes, 0 or 1.
    """

    def __init__(self, y):
        # With the sign of the class, no digit cancels: φ = log(1 + e^(−sign s)).
        self.sign = np.where(np.asarray(y) > 0, 1.0, -1.0)[:, None, None]

    def __len__(self):
        """Return the number of objects."""
        return len(self.sign)

    def value(self, S):
        """Return φ, of shape (n, k)."""
        return anp.logaddexp(0.0, -self.sign * S)[:, 0]

    def change(self, S, T):
        """Return log(1 + p (e^t − 1)), p being the probability of the other class."""
        away = -self.sign * T
        if not np.abs(away).max(initial=0.0) < 1.0:
            # Far away e^t may overflow, and no digits are lost.
            return super().change(S, T)
        np.expm1(away, out=away)
        away *= expit(-self.sign * S)
        return np.log1p(away, out=away)[:, 0]

    def gradient(self, S):
        """Return ∂φ, of shape (n, K, k)."""
        return -self.sign * expit(-self.sign * S)

    def curvature(self, S):
        """Return ∂²φ = p (1 − p)."""
        return expit(S) * expit(-S)

    def spread(self, T):
        """Return the size of the tangent."""
        return np.abs(T)[:, 0]

    def largest_spread(self, Z):
        """Return the length of the row."""
        return np.linalg.norm(Z[:, 0], axis=1)

    def change_bound(self, S, radius):
        """Return log(1 + p (e^r − 1)), p being the probability of the other class."""
        # The worst end is the one further from the class.
        log_odds = log_expit(-self.sign * S) + log_expm1(radius)
        return softplus(log_odds)[:, 0]


def log_expm1(r):
    """Return log(e^r − 1) for r ≥ 0, which neither overflows nor loses tiny r.

    Parameters
    ----------
    r : ndarray
        Radii.

    Returns
    -------
    ndarray
        −∞ where r is 0.
    """
    with np.errstate(divide="ignore"):
        return r + np.log(-np.expm1(-r))


def softplus(t):
    """Return log(1 + e^t), nan where t is: a radius of which nothing is known.

    Parameters
    ----------
    t : ndarray
        Arguments.

    Returns
    -------
    ndarray
        Values, not negative.
    """
    with np.errstate(invalid="ignore"):
        return np.logaddexp(0.0, t)
