"""Newton's method on many reduced problems at once, kept from going astray."""

import numpy as np

from sklinfluence.attribution._certificate import Estimates, norms

_HALVINGS = 30
# A gradient of this size, in standard errors, may grow by round-off.
_SETTLED = 1e-9


def first_steps(reduced, rows):
    """Take one Newton step from the fit, with the curvature without the objects.

    Parameters
    ----------
    reduced : ReducedProblems
        The reduced problems.
    rows : ndarray of int of shape (m,)
        Which of them.

    Returns
    -------
    Estimates
        The estimates; their gradients are not known yet.
    """
    curvature = reduced.first_curvature(rows)
    xi = -curvature.solve(reduced.first_gradients[rows])
    return Estimates(rows, xi, None, np.zeros_like(xi), curvature)


def newton_steps(reduced, estimates, n_steps):
    """Take more Newton steps after the first, each with a fresh Hessian.

    A step after which the gradient is larger than before is halved until it is not.

    Parameters
    ----------
    reduced : ReducedProblems
        The reduced problems.
    estimates : Estimates
        Where the first step led.
    n_steps : int
        Number of steps in all.

    Returns
    -------
    Estimates
        The estimates, with gradients where there were two steps or more.
    """
    if n_steps == 1:
        return estimates
    before = reduced.first_gradients[estimates.rows]
    estimates = guarded(reduced, estimates, estimates.base, before)
    for _ in range(n_steps - 1):
        estimates = fresh_step(reduced, estimates)
    return estimates


def fresh_step(reduced, estimates):
    """Take a guarded Newton step with the curvature at the estimates."""
    base, before = estimates.xi, estimates.gradient
    curvature = reduced.curvature(base, estimates.rows)
    xi = base - curvature.solve(before)
    step = Estimates(estimates.rows, xi, None, base, curvature)
    return guarded(reduced, step, base, before)


def guarded(reduced, estimates, start, before):
    """Halve the steps after which the gradient is larger than before.

    Parameters
    ----------
    reduced : ReducedProblems
        The reduced problems.
    estimates : Estimates
        The points after a whole step, whose gradients are filled in.
    start, before : ndarray of shape (m, q)
        The points before the step, and the gradients there.

    Returns
    -------
    Estimates
        The points after the step, or a part of it.
    """
    curvature = estimates.curvature
    size = np.maximum(norms(before, curvature), _SETTLED)
    estimates.gradient = reduced.gradients(estimates.xi, estimates.rows)
    for _ in range(_HALVINGS):
        after = norms(estimates.gradient, curvature)
        worse = np.flatnonzero(~(after <= size))
        if not len(worse):
            break
        estimates.xi[worse] = (estimates.xi[worse] + start[worse]) / 2
        rows = estimates.rows[worse]
        estimates.gradient[worse] = reduced.gradients(estimates.xi[worse], rows)
    return estimates
