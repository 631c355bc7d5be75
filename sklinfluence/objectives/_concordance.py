"""How fast the curvature of an objective can change, where that is bounded."""

import numpy as np

from sklinfluence.utils._blocks import blocks

_NUMBERS_AT_ONCE = 1 << 22


class Concordance:
    r"""The seminorm ρ with :math:`|D^3 L[u, v, v]| \le \rho(u) D^2 L[v, v]` everywhere.

    It holds for L(θ, b) with any objects present, since fewer objects only make it
    smaller, and with any quadratic penalty, which has no third derivative.

    Parameters
    ----------
    loss : Loss
        A self-concordant loss of scores that are linear in the parameters.
    S : ndarray of shape (n_scores,)
        Scores at the fit.
    Z : ndarray of shape (n_scores, q)
        Scores of q directions of the parameters.

    Attributes
    ----------
    largest : float
        The largest ρ of a unit vector of these q coordinates.
    size_of_terms : float
        Size of the terms that gradients in these coordinates are sums of, to which
        their rounding errors are proportional.
    """

    def __init__(self, loss, S, Z):
        self._loss, self._Z = loss, Z
        self.largest = loss.largest_range(Z)
        self.size_of_terms = np.linalg.norm(loss.gradient_terms(S) @ np.abs(Z))

    def __call__(self, D):
        """Return ρ of each row of D, of shape (m, q): (m,)."""
        ranges = np.empty(len(D))
        for rows in blocks(len(D), max(_NUMBERS_AT_ONCE // len(self._Z), 1)):
            ranges[rows] = self._loss.range_of(self._Z @ D[rows].T)
        return ranges

    def largest_without(self, objects, root):
        """Return the largest ρ of a unit vector elsewhere, without some objects.

        Parameters
        ----------
        objects : int or ndarray of int
            Objects that are gone.
        root : ndarray of shape (q, q)
            The new coordinates, in terms of these.

        Returns
        -------
        float
            The largest ρ.
        """
        rest = self._loss.without(np.atleast_1d(objects))
        return rest.largest_range(self._Z @ root)
