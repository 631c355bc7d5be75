"""Removal by steps down an objective that is not convex, one object after another.

Models of such objectives know how to go down from where they are; see
``FittedObjective.damped_step``, ``.project`` and ``.minimize``.
"""

import numpy as np

from sklinfluence.utils._progress import progress


def goes_down(fitted):
    """Say whether an objective has steps of its own that go down."""
    return hasattr(fitted, "damped_step")


def projected(fitted, steps, removals, verbose=0):
    """Minimise exactly over what is easily minimised given the other parameters.

    Parameters
    ----------
    fitted : FittedObjective
        Objective and fitted parameters.
    steps : ndarray of shape (m, n_params)
        Changes of the parameters.
    removals : sequence of length m
        Objects that each removes.
    verbose : int, default=0
        Whether to show progress.

    Returns
    -------
    ndarray of shape (m, n_params)
        Changes of the parameters.
    """
    return _each(fitted, fitted.project, steps, removals, verbose)


def descended(fitted, steps, removals, n_steps, verbose=0):
    """Take damped Newton steps, each followed by a projection.

    Parameters
    ----------
    fitted, steps, removals, verbose
        As in :func:`projected`.
    n_steps : int
        Number of steps.

    Returns
    -------
    ndarray of shape (m, n_params)
        Changes of the parameters.
    """

    def move(theta, presence):
        for _ in range(n_steps):
            theta = fitted.project(fitted.damped_step(theta, presence), presence)
        return theta

    return _each(fitted, move, steps, removals, verbose)


def exactly(fitted, removals, verbose=0):
    """Go down from the fit to a minimum without the objects.

    Parameters
    ----------
    fitted, removals, verbose
        As in :func:`projected`.

    Returns
    -------
    ndarray of shape (m, n_params)
        Changes of the parameters, nan where no minimum was reached.
    """

    def move(theta, presence):
        found = fitted.minimize(theta, presence)
        return found.theta if found.converged else np.full_like(theta, np.nan)

    nowhere = np.zeros((len(removals), len(fitted.theta)))
    return _each(fitted, move, nowhere, removals, verbose)


def _each(fitted, move, steps, removals, verbose):
    theta, without = fitted.theta, fitted.objective.presence_without
    rows = progress(list(zip(steps, removals, strict=True)), "removals", verbose)
    return np.stack(
        [move(theta + s, without(np.atleast_1d(gone))) - theta for s, gone in rows]
    )
