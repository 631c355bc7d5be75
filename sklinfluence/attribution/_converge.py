"""Exact removal: Newton steps for all objects together, until each is certified."""

import numpy as np

from sklinfluence.attribution._certificate import Estimates, norms
from sklinfluence.attribution._newton_steps import fresh_step, guarded
from sklinfluence.objectives import minimize_newton

_SWEEPS = 30
_REFIT_STEPS = 200
# Effects below this share of the median need no more digits than it has.
_FLOOR = 1e-2


def converge(reduced, estimates, distance, tol):
    """Solve reduced problems to a tolerance relative to the effect of the removal.

    The curvature of the first step, which comes from closed forms, serves for further
    steps as long as two more of them suffice; where they do not, a fresh one is taken.

    Parameters
    ----------
    reduced : ReducedProblems
        The reduced problems.
    estimates : Estimates
        Where a first Newton step led.
    distance : callable
        ``distance(estimates)``, how far the optima are at most, nan where unknown.
    tol : float
        Largest distance, relative to the size of the effect and at least to a
        hundredth of the median effect; rounding errors are accepted in any case.

    Returns
    -------
    done : list of (Estimates, ndarray)
        Solved problems and their distances.
    left : list of Estimates
        Problems that are not solved, where Newton's method got to.
    """
    floor = _floor(reduced)
    before = reduced.first_gradients[estimates.rows]
    size = norms(before, estimates.curvature)
    queue = [(guarded(reduced, estimates, estimates.base, before), size, 0)]
    done, left = [], []
    while queue:
        estimates, last, sweep = queue.pop()
        reached = distance(estimates)
        wanted = _wanted(estimates, tol, floor, distance)
        solved = reached <= wanted
        if solved.any():
            done.append((estimates[solved], reached[solved]))
        # Where curvature vanishes on the way, there may be no optimum.
        open_ = ~solved & estimates.curvature.determined & (sweep < _SWEEPS)
        left.append(estimates[~solved & ~open_])
        decrement = norms(estimates.gradient, estimates.curvature)
        rate = decrement / np.maximum(last, np.finfo(float).tiny)
        slow = ~(rate**2 * decrement <= wanted)
        steps = ((open_ & ~slow, _chord_step), (open_ & slow, fresh_step))
        for some, step in steps:
            if some.any():
                after = step(reduced, estimates[some])
                queue.append((after, decrement[some], sweep + 1))
    return done, [estimates for estimates in left if len(estimates.rows)]


def is_certified(reduced, estimates, distance, tol):
    """Say which estimates are as close to their optima as :func:`converge` wants."""
    return distance(estimates) <= _wanted(estimates, tol, _floor(reduced), distance)


def _floor(reduced):
    return _FLOOR * np.median(np.linalg.norm(reduced.first_gradients, axis=1))


def _wanted(estimates, tol, floor, distance):
    effect = np.linalg.norm(estimates.xi, axis=1)
    return np.maximum(tol * np.maximum(effect, floor), distance.round_off)


def refit(reduced, row):
    """Minimise one reduced objective by itself, by a line search from the fit.

    Parameters
    ----------
    reduced : ReducedProblems
        The reduced problems.
    row : int
        Which of them.

    Returns
    -------
    Estimates or None
        The optimum, None where there is none or it was not reached.
    """
    rows = np.array([row])
    presence, start = reduced.presences(rows)[0], reduced.theta
    result = minimize_newton(reduced.objective, start, presence, max_iter=_REFIT_STEPS)
    if result.monotone or not result.converged:
        return None
    xi = reduced.coordinates.of_steps((result.theta - reduced.theta)[None])
    gradient = reduced.gradients(xi, rows)
    return Estimates(rows, xi, gradient, xi, reduced.curvature(xi, rows))


def _chord_step(reduced, estimates):
    """Take a guarded Newton step with the curvature that there is."""
    start, before = estimates.xi, estimates.gradient
    xi = start - estimates.curvature.solve(before)
    step = Estimates(estimates.rows, xi, None, estimates.base, estimates.curvature)
    return guarded(reduced, step, start, before)
