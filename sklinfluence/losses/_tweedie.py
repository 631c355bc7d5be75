"""Losses of generalised linear models with log link: Poisson, Tweedie and gamma."""

import autograd.numpy as anp
import numpy as np
from scipy.special import xlogy

from sklinfluence.losses._dispersion import totals_without
from sklinfluence.losses._pointwise import PointwiseLoss
from sklinfluence.losses._pointwise_terms import PointwiseTerms


class TweedieTerms(PointwiseTerms):
    r"""Half the unit deviance of predictions e^s under a variance function μ^power.

    .. math:: \varphi(y, s) = \frac{e^{as}}{a} + y\,\frac{e^{-cs}}{c} + \text{const},
              \qquad a = 2 - \text{power}, \quad c = \text{power} - 1

    with the limits :math:`e^s - y s` for a power of 1 (Poisson) and
    :math:`s + y e^{-s}` for 2 (gamma). It is a sum of exponentials of rates at most
    one in size, so that :math:`|\varphi'''| \le \max(a, c)\, \varphi''`.

    Parameters
    ----------
    y : ndarray of shape (n,)
        Targets: positive for a power of 2, else not negative.
    power : float
        From 1 to 2; beyond, the loss is not convex in s.
    """

    def __init__(self, y, power):
        self.y = np.asarray(y, dtype=float)[:, None, None]
        self.power = power
        self._a, self._c = 2.0 - power, power - 1.0
        # So that the loss is zero at e^s = y, as a deviance is.
        self._least = _least(self.y[:, 0], power)

    def __len__(self):
        """Return the number of objects."""
        return len(self.y)

    def value(self, S):
        """Return φ, of shape (n, k); infinite where e^s is."""
        rise, fall = self._exponentials(S)
        rise = rise / self._a if self._a else S
        fall = fall / self._c if self._c else -self.y * S
        return (rise + fall)[:, 0] - self._least

    def gradient(self, S):
        """Return ∂φ = e^(a s) − y e^(−c s), of shape (n, K, k)."""
        rise, fall = self._exponentials(S)
        return rise - fall

    def curvature(self, S):
        """Return ∂²φ = a e^(a s) + c y e^(−c s)."""
        rise, fall = self._exponentials(S)
        return self._a * rise + self._c * fall

    def spread(self, T):
        """Return the size of the tangent, times the larger of both rates."""
        return max(self._a, self._c) * np.abs(T)[:, 0]

    def largest_spread(self, Z):
        """Return the length of the row, times the larger of both rates."""
        return max(self._a, self._c) * np.linalg.norm(Z[:, 0], axis=1)

    def change_bound(self, S, radius):
        """Return the larger increase of both ends: φ is convex."""
        bound = np.maximum(*(self._increase(S, t) for t in (radius, -radius)))
        # Infinity less infinity: of numbers beyond all bounds.
        endless = np.isnan(bound) & ~np.isnan(radius)
        return np.where(endless, np.inf, bound)[:, 0]

    def variance(self, S):
        """Return the variance function at the prediction, μ^power, of shape (n, k)."""
        return np.exp(self.power * S)[:, 0]

    def _exponentials(self, S):
        """Return e^(a s) and y e^(−c s), infinite far out, but not where y is zero."""
        with np.errstate(over="ignore", invalid="ignore"):
            fall = anp.where(self.y > 0, self.y * anp.exp(-self._c * S), 0.0)
            return anp.exp(self._a * S), fall

    def _increase(self, S, t):
        """Return φ(S + t) − φ(S)."""
        with np.errstate(over="ignore", invalid="ignore"):
            rise = np.exp(self._a * S) * _expm1_rate(t, self._a)
            return rise - self.y * np.exp(-self._c * S) * _expm1_rate(t, -self._c)


class TweedieLoss(PointwiseLoss):
    """Sum of half the unit deviances, with log link; see :class:`TweedieTerms`.

    Parameters
    ----------
    y : ndarray of shape (n,)
        Targets.
    power : float
        Power of the variance function, from 1 (Poisson) to 2 (gamma).
    sample_weight : ndarray of shape (n,), default=None
        Case weights.
    """

    def __init__(self, y, power, sample_weight=None):
        super().__init__(TweedieTerms(y, power), sample_weight)

    def dispersion(self, S, dof):
        """Return Pearson's statistic a degree of freedom; 1 for Poisson's law."""
        if self.terms.power == 1:
            return 1.0
        left = np.count_nonzero(self.sample_weight) - dof
        return float(self._pearson(S).sum() / left) if left >= 1e-6 else np.nan

    def dispersion_without(self, S, J, steps, dof):
        """Return Pearson's statistic without each object, a degree of freedom."""
        if self.terms.power == 1:
            return np.ones(len(steps))
        total = totals_without(self._pearson, S, J, steps)
        gone = self.sample_weight > 0
        return total / (np.count_nonzero(gone) - gone - dof)

    def _pearson(self, S):
        """Return ω (y − μ)² / μ^power of every object, of the shape of S."""
        cube = self._cube(S)
        residual = (self.terms.y - np.exp(cube))[:, 0]
        parts = residual**2 / self.terms.variance(cube)
        return (self.sample_weight[:, None] * parts).reshape(S.shape)


def _least(y, power):
    """Return the smallest value of e^(as) / a + y e^(−cs) / c over s."""
    if power == 1:
        return y - xlogy(y, y)
    if power == 2:
        return np.log(y) + 1.0
    a, c = 2.0 - power, power - 1.0
    return y**a * (1.0 / a + 1.0 / c)


def _expm1_rate(t, rate):
    """Return (e^(rate t) − 1) / rate, t where the rate is zero."""
    return np.expm1(rate * t) / rate if rate else t
