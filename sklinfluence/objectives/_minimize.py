"""Newton's method to a stationary point of an objective."""

from dataclasses import dataclass

import numpy as np
from scipy import linalg

# Directions with less curvature than this, in natural units, count as flat.
_FLAT = 1e-11
# A gradient of this size may be round-off.
_ROUND_OFF = 1e-6


@dataclass(frozen=True)
class NewtonResult:
    """Where Newton's method stopped.

    Attributes
    ----------
    theta : ndarray of shape (n_params,)
        Parameters.
    hessian : ndarray of shape (n_params, n_params)
        Hessian at ``theta``.
    gradient : ndarray of shape (n_params,)
        Gradient at ``theta``.
    step : ndarray of shape (n_params,)
        The last step; it does not vanish where the optimum is at infinity.
    flat : ndarray of shape (n_flat, n_params)
        Directions without curvature at the start, hence anywhere: ``theta`` is not
        determined in them.
    n_iter : int
        Number of steps.
    converged : bool
        Whether the gradient vanishes up to ``tol``.
    """

    theta: np.ndarray
    hessian: np.ndarray
    gradient: np.ndarray
    step: np.ndarray
    flat: np.ndarray
    n_iter: int
    converged: bool


def minimize_newton(objective, theta, presence=None, *, tol=1e-10, max_iter=50):
    """Minimise a convex objective by damped Newton steps.

    The stopping rule is on the gradient, each entry in the natural unit of curvature
    of its parameter (so that units of columns do not matter), never on the change of
    the loss, which is flat where the gradient still is not small.

    Parameters
    ----------
    objective : Objective
        Objective with a Hessian of moderate size.
    theta : ndarray of shape (n_params,)
        Start.
    presence : ndarray of shape (n_objects,), default=None
        Objects present.
    tol : float, default=1e-10
        Largest accepted gradient, in units of curvature.
    max_iter : int, default=50
        Largest number of steps.

    Returns
    -------
    NewtonResult
        The stationary point, or the last point reached.
    """
    theta = np.array(theta, dtype=float)
    value = objective.value(theta, presence)
    scale = _positive(objective.curvature_scale(theta, presence))
    step, smallest, flat = np.zeros_like(theta), np.inf, None
    for n_iter in range(max_iter + 1):
        gradient = objective.gradient(theta, presence)
        hessian = objective.hessian(theta, presence)
        direction, decrement, without_curvature = _newton_step(hessian, gradient, scale)
        # What is flat at the start is flat everywhere; later, a likelihood that is
        # monotone becomes flat as well.
        flat = without_curvature if flat is None else flat
        size = np.max(np.abs(gradient) / scale, initial=0.0)
        # Once round-off stops the gradient from shrinking, more steps do not help.
        stalled = 0.5 * smallest < size < _ROUND_OFF
        if size <= tol or stalled or n_iter == max_iter:
            break
        smallest = min(size, smallest)
        fraction, value = _line_search(
            lambda t: objective.value(t, presence), theta, value, direction, decrement
        )
        step = fraction * direction
        theta = theta + step
    return NewtonResult(
        theta, hessian, gradient, step, flat, n_iter, bool(size <= tol or stalled)
    )


def _newton_step(hessian, gradient, scale):
    """Solve H d = −g in the directions that have curvature.

    Returns the direction, the decrement √(gᵀ H⁻¹ g), which is the distance to the
    optimum in standard errors, and a basis of the directions without curvature.
    """
    eigenvalues, vectors = linalg.eigh(hessian / np.outer(scale, scale))
    steep = eigenvalues > _FLAT
    along = vectors[:, steep].T @ (gradient / scale)
    direction = -vectors[:, steep] @ (along / eigenvalues[steep]) / scale
    decrement = np.sqrt(np.sum(along**2 / eigenvalues[steep]))
    return direction, decrement, vectors[:, ~steep].T / scale


def _line_search(value_at, theta, value, direction, decrement):
    """Halve the step until the loss falls; close to the optimum, take it whole."""
    fraction = 1.0
    new = value_at(theta + direction)
    while decrement > 1e-4 and not new <= value - 1e-4 * fraction * decrement**2:
        fraction /= 2
        if fraction < 1e-12:
            break
        new = value_at(theta + fraction * direction)
    return fraction, new


def _positive(scale):
    return np.where(scale > 0, scale, scale.max(initial=0.0) or 1.0)
