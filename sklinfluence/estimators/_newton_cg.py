"""Newton's method for convex objectives of many parameters, by conjugate gradients."""

from functools import partial

import numpy as np
from scipy.sparse.linalg import LinearOperator

from sklinfluence.estimators._training import TrainingResult
from sklinfluence.objectives import block_preconditioner
from sklinfluence.solvers import ConjugateGradientSolver

# A gradient of this size, in natural units, may be all that round-off lets shrink.
_ROUND_OFF = 1e-6
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
        scale = _units(objective, theta, presence)
        size = float(np.max(np.abs(gradient) / scale, initial=0.0))
        first = size if first is None else first
        stalled = 0.5 * smallest < size < _ROUND_OFF
        if size <= tol or stalled or n_iter == max_iter:
            break
        smallest = min(size, smallest)
        precision = min(0.1, np.sqrt(size / first))
        step = _solve(objective, theta, presence, scale, gradient, precision)
        fraction, value = _line_search(
            objective, theta, presence, value, step, gradient @ step
        )
        if fraction == 0.0:
            break
        theta = theta - fraction * step
    converged = size <= tol or size <= _ROUND_OFF
    return TrainingResult(theta, gradient, n_iter, size, bool(converged))


def _units(objective, theta, presence):
    scale = objective.curvature_scale(theta, presence)
    return np.where(scale > 0, scale, scale.max(initial=0.0) or 1.0)


def _solve(objective, theta, presence, scale, gradient, precision):
    """Return H⁻¹ g, as precisely as is worth it."""
    product = partial(objective.hessian_product, theta, presence=presence)
    hessian = LinearOperator(
        (len(theta),) * 2,
        lambda v: product(v.reshape(-1, 1))[:, 0],
        matmat=product,
        dtype=float,
    )
    hessian.scale = scale
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
