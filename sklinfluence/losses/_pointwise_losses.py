"""The squared, the logistic and the multinomial loss."""

import numpy as np

from sklinfluence.losses._multinomial_terms import MultinomialTerms
from sklinfluence.losses._pointwise import PointwiseLoss
from sklinfluence.losses._pointwise_terms import LogisticTerms, SquaredTerms
from sklinfluence.utils._sparse import row_dots

# Residuals of so small a share of the squared targets are rounding errors.
_PERFECT = 1e-20


class SquaredLoss(PointwiseLoss):
    """Sum of squared errors (y − s)², not halved.

    Parameters
    ----------
    y : ndarray of shape (n,) or (n, K)
        Targets; with K columns, an object has K scores.
    sample_weight : ndarray of shape (n,), default=None
        Case weights.
    """

    def __init__(self, y, sample_weight=None):
        super().__init__(SquaredTerms(y), sample_weight)

    def dispersion(self, S, dof):
        """Return twice the residual variance; see :meth:`Loss.dispersion`."""
        left, total = self._n_residuals() - dof, self.value(S)
        # Where the fit is perfect, or there are as many parameters as rows, residuals
        # are rounding errors.
        perfect = total <= _PERFECT * self.value(np.zeros_like(S))
        return np.nan if perfect or left < 1e-6 else 2.0 * total / left

    def dispersion_without(self, S, J, steps, dof):
        """Return twice the residual variance without each object."""
        # The sum of squares at the new parameters, exactly: it is quadratic.
        slope, form = J.T @ self.gradient(S), self.curvature_form(S, J)
        total = self.value(S) + steps @ slope + np.sum((steps @ form) * steps, 1) / 2
        K = self.n_outputs
        moved = np.stack([row_dots(J[k::K], steps) for k in range(K)], axis=1).ravel()
        own = self.sample_weight * self.terms.value(self._cube(S + moved))[:, 0]
        gone = self.n_outputs * (self.sample_weight > 0)
        return 2.0 * (total - own) / (self._n_residuals() - gone - dof)

    def _n_residuals(self):
        return self.n_outputs * np.count_nonzero(self.sample_weight)


class LogisticLoss(PointwiseLoss):
    """Sum of logistic losses log(1 + e^s) − y s.

    Parameters
    ----------
    y : ndarray of shape (n,)
        Classes, 0 or 1.
    sample_weight : ndarray of shape (n,), default=None
        Case weights.
    """

    def __init__(self, y, sample_weight=None):
        super().__init__(LogisticTerms(y), sample_weight)


class MultinomialLoss(PointwiseLoss):
    """Sum of multinomial losses log Σ_k e^(s_k) − s_y, with a score a class.

    Parameters
    ----------
    codes : ndarray of shape (n,), int
        Classes, from 0 to ``n_classes − 1``.
    n_classes : int
        Number of classes.
    sample_weight : ndarray of shape (n,), default=None
        Case weights.
    """

    def __init__(self, codes, n_classes, sample_weight=None):
        super().__init__(MultinomialTerms(codes, n_classes), sample_weight)
