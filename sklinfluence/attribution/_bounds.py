"""From estimates of retrained optima to steps and bounds, one row a removal."""

import numpy as np

from sklinfluence.targets import ChangingFunction, Neighbourhood
from sklinfluence.utils._blocks import blocks

_ROWS_AT_ONCE = 128


def gather(pieces, coordinates, n_removals, bound=None, width=0):
    """Put the estimates of all removals together.

    Parameters
    ----------
    pieces : iterable of (Estimates, ndarray or None)
        Estimates and, where bounds are wanted, certified distances.
    coordinates : NaturalCoordinates
        Coordinates of the estimates.
    n_removals : int
        Number of removals.
    bound : callable, default=None
        ``bound(neighbourhood, rows)`` of shape (m, k): how far each of k quantities
        may be from its value at the estimates of m removals.
    width : int, default=0
        The number k.

    Returns
    -------
    steps : ndarray of shape (n_removals, n_params)
        Changes of the parameters; nan where there is no estimate.
    bounds : ndarray of shape (n_removals, k) or None
        Bounds; nan where no certificate holds.
    """
    steps = np.full((n_removals, len(coordinates.theta)), np.nan)
    bounds = None if bound is None else np.full((n_removals, width), np.nan)
    for estimates, radius in pieces:
        steps[estimates.rows] = coordinates.steps(estimates.xi)
        if bound is None:
            continue
        held = np.flatnonzero(np.isfinite(radius))
        for some in (held[b] for b in blocks(len(held), _ROWS_AT_ONCE)):
            around = neighbourhood(estimates[some], radius[some], coordinates)
            rows = estimates.rows[some]
            bounds[rows] = bound(around, rows)
    return steps, bounds


def neighbourhood(estimates, radius, coordinates):
    """Return where the retrained parameters may be.

    Parameters
    ----------
    estimates : Estimates
        Estimates, with the curvature in whose norm the radii hold.
    radius : ndarray of shape (m,)
        Certified distances.
    coordinates : NaturalCoordinates
        Coordinates of the estimates.

    Returns
    -------
    Neighbourhood
        Ellipsoids around the estimates.
    """

    def reach(A):
        lengths = estimates.curvature.lengths(coordinates.basis.T @ A)
        return radius[:, None] * lengths

    def part(row):
        return neighbourhood(estimates[[row]], radius[[row]], coordinates)

    return Neighbourhood(coordinates.thetas(estimates.xi), reach, part)


def of_target(function, removals):
    """Return what bounds how far a target is from its estimate; for :func:`gather`.

    Parameters
    ----------
    function : TargetFunction
        The target at n_test test objects.
    removals : sequence of length n_removals
        The objects that each removes.

    Returns
    -------
    callable
        ``bound(neighbourhood, rows)`` of shape (m, n_test).
    """

    def bound(around, rows):
        if not isinstance(function, ChangingFunction):
            return function.bounds(around)
        each = (function.without(removals[row]) for row in rows)
        parts = [one.bounds(around.part(place)) for place, one in enumerate(each)]
        return np.concatenate(parts)

    return bound


def of_parameters(around, rows):
    """Bound how far each parameter is from the estimate; for :func:`gather`."""
    return around.reach(np.eye(around.thetas.shape[1]))
