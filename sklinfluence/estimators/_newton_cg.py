"""Newton's method for convex objectives of many parameters, by conjugate gradients."""

import numpy as np

from sklinfluence.estimators._training import (
    ROUND_OFF,
    TrainingResult,
    hessian_operator,
    largest_gradient,
    natural_units,
)
from sklinfluence.objectives import block_preconditioner
from sklinfluence.solvers import ConjugateGradientSolver

_MOST_CG = 500


def minimize_newton_cg(objective, theta, presence=None, *, tol, max_iter):
    """Minimise a convex objective whose Hessian is too large to be formed.

    Systems are solved the more precisely the smaller the gradient is, so that the last
    steps converge as Newton's method does (Dembo, Eisenstat and Steihaug 1982).

    Parameters
    ----------
    objective : Objective
        What to minimise.
    theta : ndarray of shape (n_params,)
        Start.
    presence : ndarray of shape (n_objects,), default=None
        Objects present.
    tol : float
        Largest accepted gradient, in natural units of curvature.
    max_iter : int
        Largest number of Newton steps.

    Returns
    -------
    TrainingResult
        The minimum, or the last point reached.
    """
    value, first, smallest = objective.value(theta, presence), None, np.inf
    for n_iter in range(max_iter + 1):
        gradient = objective.gradient(theta, presence)
        units = natural_units(objective, theta, presence)
        size = largest_gradient(gradient, units)
        first = size if first is None else first
        stalled = 0.5 * smallest < size < ROUND_OFF
        if size <= tol or stalled or n_iter == max_iter:
            break
        smallest = min(size, smallest)
        precision = min(0.1, np.sqrt(size / first))
        step = _solve(objective, theta, presence, units, gradient, precision)
        fraction, value = _line_search(
            objective, theta, presence, value, step, gradient @ step
        )
        if fraction == 0.0:
            break
        theta = theta - fraction * step
    converged = size <= max(tol, ROUND_OFF)
    return TrainingResult(theta, gradient, n_iter, size, converged)


def _solve(objective, theta, presence, units, gradient, precision):
    """Return H⁻¹ g, as precisely as is worth it."""
    hessian = hessian_operator(objective, theta, presence)
    hessian.scale = units
    blocks = block_preconditioner(objective, theta, presence) or "diagonal"
    solver = ConjugateGradientSolver(precision, _MOST_CG, blocks)
    return solver.solve(hessian, gradient[:, None]).x[:, 0]


def _line_search(objective, theta, presence, value, step, slope):
    """Halve the step until the loss falls; near the minimum, take it whole."""
    fraction, near = 1.0, slope <= 1e-8 * (1.0 + abs(value))
    while fraction > 1e-10:
        ahead = objective.value(theta - fraction * step, presence)
        if ahead <= value - 1e-4 * fraction * slope or (near and np.isfinite(ahead)):
            return fraction, ahead
        fraction /= 2
    return 0.0, value
