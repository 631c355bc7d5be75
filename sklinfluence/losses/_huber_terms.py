"""Huber's loss with a scale that is fitted as well."""

import autograd.numpy as anp
import numpy as np
from autograd.tracer import getval

from sklinfluence.losses._pointwise_terms import PointwiseTerms


class HuberScaleTerms(PointwiseTerms):
    r"""Huber's loss of a prediction and of a scale, jointly convex for σ > 0.

    .. math:: \varphi(y, s, \sigma) = \sigma + \sigma H\Big(\frac{y - s}{\sigma}\Big),
              \qquad H(z) = \begin{cases} z^2 & |z| \le \varepsilon \\
              2 \varepsilon |z| - \varepsilon^2 & \text{beyond} \end{cases}

    An object has two scores, s and σ. The second derivative of inliers has rank one,
    along (1, (y − s)/σ); that of outliers is zero: there are no certificates.

    Parameters
    ----------
    y : ndarray of shape (n,)
        Targets.
    epsilon : float
        Residual, in units of σ, beyond which the loss is linear.

    References
    ----------
    P. J. Huber, E. M. Ronchetti, "Robust Statistics", 2nd ed. (2009), section 7.7:
    concomitant scale estimates.
    """

    n_outputs = 2
    is_self_concordant = False

    def __init__(self, y, epsilon):
        self.y = np.asarray(y, dtype=float)[:, None]
        self.epsilon = epsilon

    def __len__(self):
        """Return the number of objects."""
        return len(self.y)

    def value(self, S):
        """Return φ, of shape (n, k), infinite where σ is not positive."""
        impossible = getval(S)[:, 1] <= 0
        scale = anp.where(impossible, 1.0, S[:, 1])
        z = anp.abs(self.y - S[:, 0]) / scale
        m = anp.minimum(z, self.epsilon)
        loss = scale * (1.0 + m * (2.0 * z - m))
        return anp.where(impossible, np.inf, loss)

    def gradient(self, S):
        """Return (−2 clip(z), 1 − clip(z)²), z being (y − s) / σ."""
        z, _ = self._clipped(S)
        return np.stack([-2.0 * z, 1.0 - z**2], axis=1)

    def curvature(self, S):
        """Return a bound: a matrix of rank one is at most its trace."""
        _, root = self._clipped(S)
        trace = np.sum(root**2, axis=1, keepdims=True)
        return np.repeat(trace, 2, axis=1)

    def product(self, S, V):
        """Return ∂²φ V: of rank one for inliers."""
        _, root = self._clipped(S)
        return root * np.sum(root * V, axis=1, keepdims=True)

    def roots(self, S):
        """Return the root of ∂²φ, and a column of zeros."""
        _, root = self._clipped(S)
        return np.concatenate([root, np.zeros_like(root)], axis=2)

    def change_bound(self, S, radius):
        """Return the largest increase over the corners of the box: φ is convex.

        Infinite where the box reaches scales that are not positive.
        """
        start, worst = self.value(S), np.zeros(radius[:, 0].shape)
        for signs in np.ndindex(2, 2):
            corner = S + radius * (2.0 * np.array(signs) - 1.0)[:, None]
            worst = np.maximum(worst, self.value(corner) - start)
        return worst

    def _clipped(self, S):
        """Return z, clipped at ±ε, and the vector whose square is ∂²φ."""
        scale = S[:, 1]
        z = (self.y - S[:, 0]) / scale
        size = np.where(np.abs(z) <= self.epsilon, np.sqrt(2.0 / scale), 0.0)
        root = np.stack([size, size * z], axis=1)
        return np.clip(z, -self.epsilon, self.epsilon), root
