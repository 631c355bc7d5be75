"""The ridge penalty of columns that are divided by their standard deviation."""

import numpy as np

from sklinfluence.objectives._penalty import Penalty

# A variance that is this share of what it was is round-off: the column is constant.
_ROUND_OFF = 1e-14


class VariancePenalty(Penalty):
    r"""The penalty ½ Σ_j α_j(b) θ_j² that grows with the variance of each column.

    .. math:: \alpha_j(b) = \text{factor}_j\, n(b)\, v_j(b), \quad
              v_j(b) = \frac{1}{n(b) - 1} \sum_i b_i (x_{ij} - \bar x_j(b))^2

    with the number n(b) and the means of those present: of estimators that minimise
    the mean of a loss plus a penalty on the coefficients of standardised columns.

    Parameters
    ----------
    factor : float or ndarray of shape (n_params,)
        Penalty of each standardised coefficient on the mean of the loss.
    columns : ndarray of shape (n_objects, n_params)
        Columns that are divided by their standard deviation.
    present : ndarray of shape (n_objects,), default=None
        One for objects that are there at all, zero for others; None: all are.
    """

    def __init__(self, factor, columns, present=None):
        n_objects, n_params = columns.shape
        self.factor = np.broadcast_to(np.asarray(factor, dtype=float), n_params)
        self.present = np.ones(n_objects) if present is None else present
        # Far from their mean, squares would hide the variance.
        self.columns = columns - np.average(columns, axis=0, weights=self.present)
        self._squares = self.present @ self.columns**2
        self.depends_on_presence = bool(self.factor.any())

    def strength(self, presence=None):
        """Return α(b), of shape (n_params,), or a row for each row of presence."""
        b = self.present if presence is None else presence * self.present
        return self._strength(b.sum(axis=-1), b @ self.columns, b @ self.columns**2)

    def shares(self, removals=None):
        """Return α(1) − α(b without the objects); see :meth:`Penalty.shares`."""
        count, total = self.present, self.present[:, None] * self.columns
        squares = total * self.columns
        if removals is not None:
            count, total, squares = (
                np.array([values[removal].sum(axis=0) for removal in removals])
                for values in (count, total, squares)
            )
        n = self.present.sum() - count
        # All present sum to zero, so the others sum to minus those who leave.
        left = self._strength(n, -total, self._squares - squares)
        return self.strength() - left

    def without(self, objects):
        """Return the penalty in which these objects are absent."""
        present = self.present.copy()
        present[objects] = 0.0
        return VariancePenalty(self.factor, self.columns, present)

    def _strength(self, n, total, squares):
        """Return α of n objects whose columns have these sums and sums of squares."""
        n = np.asarray(n, dtype=float)[..., None]
        spread = squares - total**2 / np.maximum(n, 1.0)
        spread = np.where(spread > _ROUND_OFF * self._squares, spread, 0.0)
        # One object alone has no variance.
        return self.factor * np.where(n > 1, n / np.maximum(n - 1, 1.0), 0.0) * spread
