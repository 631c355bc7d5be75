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
    """

    thetas: np.ndarray
    reach: Callable[[np.ndarray], np.ndarray]
