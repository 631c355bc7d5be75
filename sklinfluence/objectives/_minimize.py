"""Newton's method to a stationary point of an objective."""

from dataclasses import dataclass

import numpy as np
from scipy import linalg

# Directions with less curvature than this, in natural units, count as flat.
_FLAT = 1e-11
# Smaller scales say nothing: elsewhere curvature over their square may overflow.
_VANISHING = 1e-70
# A gradient of this size, in natural units, may be round-off.
_ROUND_OFF = 1e-6
# A distance to the optimum, in standard errors, from which Newton's method is fast.
_QUADRATIC = 1e-2
# So many slow steps below that distance are not chance.
_SLOW_STEPS = 4


@dataclass(frozen=True)
class NewtonResult:
    """Where Newton's method stopped.

    Attributes
    ----------
    theta : ndarray of shape (n_params,)
        Parameters.
    inverse_hessian : ndarray of shape (n_params, n_params)
        Inverse of the Hessian at ``theta``, zero along directions without curvature.
    gradient : ndarray of shape (n_params,)
        Gradient at ``theta``.
    step : ndarray of shape (n_params,)
        The last step.
    flat : ndarray of shape (n_flat, n_params)
        Directions without curvature at the start, hence anywhere: ``theta`` is not
        determined in them.
    n_iter : int
        Number of steps.
    converged : bool
        Whether the gradient vanishes up to ``tol``.
    monotone : bool
        Whether the loss falls forever in the direction of ``step``: no optimum.
    """

    theta: np.ndarray
    inverse_hessian: np.ndarray
    gradient: np.ndarray
    step: np.ndarray
    flat: np.ndarray
    n_iter: int
    converged: bool
    monotone: bool


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
    if not np.isfinite(value):
        # From so far out there is no way back.
        theta = np.zeros_like(theta)
        value = objective.value(theta, presence)
    scale = _positive(objective.curvature_scale(theta, presence))
    step, flat = np.zeros_like(theta), None
    smallest = nearest = np.inf
    n_slow = 0
    for n_iter in range(max_iter + 1):
        gradient = objective.gradient(theta, presence)
        hessian = objective.hessian(theta, presence)
        inverse, flat_here = _invert(hessian, scale)
        # What is flat at the start is flat everywhere; later, a likelihood that is
        # monotone becomes flat as well.
        flat = flat_here if flat is None else flat
        direction = -inverse @ gradient
        decrement = np.sqrt(max(gradient @ inverse @ gradient, 0.0))
        size = np.max(np.abs(gradient) / scale, initial=0.0)
        # Once round-off stops the gradient from shrinking, more steps do not help.
        stalled = 0.5 * smallest < size < _ROUND_OFF
        converged = bool(size <= tol or stalled)
        # So close to an optimum, Newton's method squares the distance; where it keeps
        # a constant share of it, the loss falls forever towards an optimum at infinity.
        slow = max(0.3 * nearest, _ROUND_OFF) < decrement < _QUADRATIC
        n_slow = n_slow + 1 if slow else 0
        if n_slow == 1:
            # Each later step towards infinity costs half a digit of all parameters.
            start_of_slow = theta, inverse, gradient
        endless = n_slow == _SLOW_STEPS and not objective.is_coercive
        monotone = endless and not converged
        if converged or monotone or n_iter == max_iter:
            break
        smallest, nearest = min(size, smallest), decrement
        fraction, value = _line_search(
            lambda t: objective.value(t, presence), theta, value, direction, decrement
        )
        if fraction == 0.0:
            break
        step = fraction * direction
        theta = theta + step
    if monotone:
        theta, inverse, gradient = start_of_slow
    return NewtonResult(
        theta, inverse, gradient, step, flat, n_iter, converged, monotone
    )


def _invert(hessian, scale):
    """Invert the Hessian in the directions that have curvature.

    Returns the inverse, zero along the other directions, and a basis of those.
    """
    eigenvalues, vectors = linalg.eigh(hessian / np.outer(scale, scale))
    curved = eigenvalues > _FLAT
    vectors = vectors / scale[:, None]
    inverse = (vectors[:, curved] / eigenvalues[curved]) @ vectors[:, curved].T
    return inverse, vectors[:, ~curved].T


def _line_search(value_at, theta, value, direction, decrement):
    """Halve the step until the loss falls; close to the optimum, take it whole."""
    fraction, close = 1.0, decrement <= 1e-4
    while fraction > 1e-12:
        new = value_at(theta + fraction * direction)
        fallen = new <= value - 1e-4 * fraction * decrement**2
        if fallen or (close and np.isfinite(new)):
            return fraction, new
        fraction /= 2
    return 0.0, value


def _positive(scale):
    """Replace scales that vanish, or whose squares do."""
    scale = np.where(scale > _VANISHING, scale, 0.0)
    return np.where(scale > 0, scale, scale.max(initial=0.0) or 1.0)
