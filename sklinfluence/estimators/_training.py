"""Training to a stationary point of an objective that is not convex."""

from dataclasses import dataclass
from functools import partial

import numpy as np
from scipy.optimize import minimize
from scipy.sparse.linalg import LinearOperator

from sklinfluence.solvers import ConjugateGradientSolver, most_negative
from sklinfluence.utils._sklearn import AdamOptimizer

#: A gradient of this size, in natural units, may be all that round-off lets shrink.
ROUND_OFF = 1e-6
_MOST_POLISHING = 5
# How many times the loss at the start stands for an infinite one.
_FAR = 1e6
# Pairs of gradients that L-BFGS remembers: few products, many inner ones.
_MEMORY = 20

#: Largest numbers of iterations unless a user says so, by solver.
MAX_ITER = {"lbfgs": 5000, "adam": 1000}


@dataclass(frozen=True)
class TrainingResult:
    """Where training stopped.

    Attributes
    ----------
    theta : ndarray of shape (n_params,)
        Parameters.
    gradient : ndarray of shape (n_params,)
        Gradient at ``theta``.
    n_iter : int
        Iterations: of L-BFGS, or epochs of Adam.
    size : float
        Largest entry of the gradient, in natural units of curvature.
    converged : bool
        Whether that is at most the tolerance, or as small as round-off lets it be.
    """

    theta: np.ndarray
    gradient: np.ndarray
    n_iter: int
    size: float
    converged: bool


def train(objective, theta, solver, *, tol, max_iter, learning_rate):
    """Train to a stationary point, by L-BFGS or by Adam on the whole data.

    A loss that is no sum over rows has no minibatches.

    Parameters
    ----------
    objective : Objective
        What to minimise.
    theta : ndarray of shape (n_params,)
        Start.
    solver : {"lbfgs", "adam"}
        How.
    tol : float
        Largest accepted gradient, in natural units of curvature.
    max_iter : int or None
        Largest number of iterations; None: ``MAX_ITER``.
    learning_rate : float
        Step of Adam.

    Returns
    -------
    TrainingResult
        The last point reached.
    """
    max_iter = MAX_ITER[solver] if max_iter is None else max_iter
    while not np.isfinite(objective.value(theta)):
        # Columns of X in large units: scores so far apart that risks vanish.
        theta = theta / 2
    if solver == "adam":
        theta, n_iter = _adam(objective, theta, max_iter, learning_rate)
    else:
        theta, n_iter = _to_minimum(objective, theta, max_iter, tol)
    gradient = objective.gradient(theta)
    size = _size(objective, theta, gradient)
    converged = size <= max(tol, ROUND_OFF)
    return TrainingResult(theta, gradient, n_iter, size, converged)


def _adam(objective, theta, max_iter, learning_rate):
    theta, lowest = theta.copy(), theta
    optimizer = AdamOptimizer([theta], learning_rate)
    for epoch in range(max_iter):
        if not np.isfinite(objective.value(theta)):
            # Its steps do not look ahead. What is returned is no minimum, and told.
            return lowest, epoch
        lowest = theta.copy()
        optimizer.update_params([theta], [objective.gradient(theta)])
    return (theta if np.isfinite(objective.value(theta)) else lowest), max_iter


def _to_minimum(objective, theta, max_iter, tol):
    """Run L-BFGS, finish by Newton steps, and go on where that was a saddle."""
    n_iter = 0
    while True:
        theta, more = _lbfgs(objective, theta, max_iter - n_iter)
        n_iter += more
        if n_iter >= max_iter:
            return theta, n_iter
        downhill = _off_the_saddle(objective, theta)
        if downhill is None:
            return _polished(objective, theta, tol), n_iter
        theta = downhill


def _lbfgs(objective, theta, max_iter):
    start = abs(objective.value(theta))
    options = {
        "maxiter": max_iter,
        "maxfun": 20 * max_iter,
        "maxcor": _MEMORY,
        # Down to round-off; nothing at all divides by it.
        "ftol": 1e-16,
        "gtol": 1e-14,
    }
    result = minimize(
        partial(_value_and_gradient, objective, _FAR * (1.0 + start)),
        theta,
        jac=True,
        method="L-BFGS-B",
        options=options,
    )
    return result.x, result.nit


def _value_and_gradient(objective, far, theta):
    """Return both, or a large value and no slope where a step went out of range."""
    value = objective.value(theta)
    if not np.isfinite(value):
        return far, np.zeros_like(theta)
    return value, objective.gradient(theta)


def _off_the_saddle(objective, theta):
    """Return a lower point along negative curvature, None at a minimum.

    Networks have saddles, as where two units do the same; a gradient does not lead
    away from them.
    """
    direction = most_negative(hessian_operator(objective, theta))
    if direction is None:
        return None
    size = max(np.linalg.norm(theta), 1.0)
    steps = [sign * size * 2.0**-k for k in range(1, 20) for sign in (1, -1)]
    points = [theta + step * direction for step in steps]
    lowest = min(points, key=objective.value)
    return lowest if objective.value(lowest) < objective.value(theta) else None


def _polished(objective, theta, tol):
    """Take Newton steps while they reduce the gradient.

    L-BFGS looks at the loss, which is flat to machine precision where the gradient
    still is not small.
    """
    gradient = objective.gradient(theta)
    size = _size(objective, theta, gradient)
    solver = ConjugateGradientSolver(tol=1e-6, max_iter=min(len(theta), 500))
    for _ in range(_MOST_POLISHING):
        if size <= tol:
            break
        hessian = hessian_operator(objective, theta)
        step = solver.solve(hessian, gradient[:, None]).x[:, 0]
        ahead = objective.gradient(theta - step)
        smaller = _size(objective, theta - step, ahead)
        if not smaller < size:
            break
        theta, gradient, size = theta - step, ahead, smaller
    return theta


def hessian_operator(objective, theta, presence=None):
    """Return ∇²L(θ, b) as a scipy operator, by its products."""
    product = partial(objective.hessian_product, theta, presence=presence)
    return LinearOperator(
        (len(theta),) * 2,
        lambda v: product(v.reshape(-1, 1))[:, 0],
        matmat=product,
        dtype=float,
    )


def natural_units(objective, theta, presence=None):
    """Return the unit of curvature of every parameter, none of them zero."""
    scale = objective.curvature_scale(theta, presence)
    return np.where(scale > 0, scale, scale.max(initial=0.0) or 1.0)


def largest_gradient(gradient, units):
    """Return the largest entry of a gradient, in natural units of curvature."""
    return float(np.max(np.abs(gradient) / units, initial=0.0))


def _size(objective, theta, gradient):
    return largest_gradient(gradient, natural_units(objective, theta))
