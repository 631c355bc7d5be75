"""Newton's method to a stationary point of an objective."""

from dataclasses import dataclass

import numpy as np
from scipy import linalg

# Directions with less curvature than this, relative to the best determined one (each
# parameter in the units in which its own curvature is one), count as flat.
_FLAT = 1e-11


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
    decrement : float
        √(gᵀ H⁻¹ g): the distance to the optimum in units of standard errors.
    step : ndarray of shape (n_params,)
        The last step; it does not vanish where the optimum is at infinity.
    flat : ndarray of shape (n_flat, n_params)
        Directions without curvature, in which ``theta`` is not determined.
    n_iter : int
        Number of steps.
    converged : bool
        Whether the gradient vanishes up to ``tol``.
    """

    theta: np.ndarray
    hessian: np.ndarray
    gradient: np.ndarray
    decrement: float
    step: np.ndarray
    flat: np.ndarray
    n_iter: int
    converged: bool


def minimize_newton(objective, theta, presence=None, *, tol=1e-10, max_iter=50):
    """Minimise a convex objective by damped Newton steps.

    The stopping rule is on the gradient, each entry in units of the square root of its
    own curvature (so that units of columns do not matter), never on the change of the
    loss, which is flat where the gradient still is not small.

    Parameters
    ----------
    objective : Objective
        Objective with a Hessian of moderate size.
    theta : ndarray of shape (n_params,)
        Start.
    presence : ndarray of shape (n_objects,), default=None
        Objects present.
    tol : float, default=1e-10
        Largest accepted |g_j| / √H_jj.
    max_iter : int, default=50
        Largest number of steps.

    Returns
    -------
    NewtonResult
        The stationary point, or the last point reached.
    """
    theta = np.array(theta, dtype=float)
    value = objective.value(theta, presence)
    step = np.zeros_like(theta)
    best = np.inf
    for n_iter in range(max_iter + 1):
        gradient = objective.gradient(theta, presence)
        hessian = objective.hessian(theta, presence)
        direction, decrement, flat = newton_step(hessian, gradient)
        size = _scaled_gradient(hessian, gradient)
        # Once round-off stops the gradient from shrinking, more steps do not help.
        stalled = size > 0.5 * best and size < 1e-6
        if size <= tol or stalled or n_iter == max_iter:
            break
        best = size
        step, value = _line_search(
            objective, theta, value, direction, decrement, presence
        )
        theta = theta + step
    converged = size <= tol or stalled
    return NewtonResult(
        theta, hessian, gradient, decrement, step, flat, n_iter, converged
    )


def newton_step(hessian, gradient):
    """Solve H d = −g in the directions that have curvature.

    Parameters
    ----------
    hessian : ndarray of shape (n_params, n_params)
        Positive semidefinite.
    gradient : ndarray of shape (n_params,)
        Gradient.

    Returns
    -------
    direction : ndarray of shape (n_params,)
        Newton direction, without a component along flat directions.
    decrement : float
        √(gᵀ H⁻¹ g).
    flat : ndarray of shape (n_flat, n_params)
        Directions without curvature.
    """
    scale = _scale(hessian)
    scaled = hessian / np.outer(scale, scale)
    eigenvalues, vectors = linalg.eigh(scaled)
    steep = eigenvalues > _FLAT * max(eigenvalues[-1], np.finfo(float).tiny)
    along = vectors[:, steep].T @ (gradient / scale)
    direction = -vectors[:, steep] @ (along / eigenvalues[steep]) / scale
    decrement = float(np.sqrt(np.sum(along**2 / eigenvalues[steep])))
    return direction, decrement, vectors[:, ~steep].T / scale


def _scale(hessian):
    diagonal = np.sqrt(np.maximum(np.diag(hessian), 0.0))
    largest = diagonal.max(initial=0.0)
    return np.where(diagonal > 1e-150, diagonal, largest if largest > 0 else 1.0)


def _scaled_gradient(hessian, gradient):
    return np.max(np.abs(gradient) / _scale(hessian), initial=0.0)


def _line_search(objective, theta, value, direction, decrement, presence):
    """Halve the step until the loss falls; close to the optimum, take it whole."""
    step = direction
    for _ in range(40):
        new = objective.value(theta + step, presence)
        if decrement < 1e-4 or new <= value - 1e-4 * decrement**2 * _share(
            step, direction
        ):
            break
        step = step / 2
    return step, new


def _share(step, direction):
    largest = np.abs(direction).max(initial=0.0)
    return np.abs(step).max(initial=0.0) / largest if largest > 0 else 0.0
