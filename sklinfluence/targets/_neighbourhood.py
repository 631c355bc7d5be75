"""Where the parameters of retrained models may be, as far as a certificate says."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Neighbourhood:
    """An ellipsoid of parameters around each of m estimates.

    Attributes
    ----------
    thetas : ndarray of shape (m, n_params)
        Estimates, the centres.
    reach : callable
        ``reach(A)`` of shape (m, k) for directions A of shape (n_params, k): how far
        aᵀθ may be from its value at the centre, nan where nothing is known.
    part : callable
        ``part(row)``, the neighbourhood of a single estimate.
    """

    thetas: np.ndarray
    reach: Callable[[np.ndarray], np.ndarray]
    part: Callable[[int], "Neighbourhood"]

    def slopes(self, gradients):
        """Return how far a target may be from its value, to first order.

        Parameters
        ----------
        gradients : iterable of ndarray of shape (n_test, n_params)
            Gradients of the target at each centre.

        Returns
        -------
        ndarray of shape (m, n_test)
            Reach along the gradients of each centre.
        """
        rows = enumerate(gradients)
        return np.concatenate([self.part(row).reach(slope.T) for row, slope in rows])
