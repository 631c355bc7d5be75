"""How a target changes when parameters take given steps, one step a removal."""

import math

import numpy as np

from sklinfluence.targets import ChangingFunction
from sklinfluence.utils._blocks import blocks
from sklinfluence.utils._progress import progress
from sklinfluence.utils._sklearn import safe_indexing
from sklinfluence.utils._sparse import row_dots

_NUMBERS_AT_ONCE = 1 << 15  # temporaries that fit the cache


def changes(function, theta, steps, removals, verbose=0):
    """Return f(θ + step) − f(θ) for every step, of shape (n_test, m).

    Parameters
    ----------
    function : TargetFunction
        The target at some test objects.
    theta : ndarray of shape (n_params,)
        Parameters θ.
    steps : ndarray of shape (m, n_params)
        Steps, each the effect of a removal; nan where it is not known.
    removals : sequence of length m
        The objects that each removes.
    verbose : int, default=0
        Whether to show progress.

    Returns
    -------
    ndarray of shape (n_test, m)
        Changes of the target.
    """
    known = np.flatnonzero(np.isfinite(steps).all(axis=1))
    if len(known) < len(steps):
        removals = [removals[row] for row in known]
        found = changes(function, theta, steps[known], removals, verbose)
        influence = np.full((len(found), len(steps)), np.nan)
        influence[:, known] = found
        return influence
    directions = function.directions()
    if directions is not None:
        return along(function, theta, directions, steps=steps)
    before = function.value(theta)
    influence = np.empty((len(steps), len(before)))
    width = max(len(before), function.width)
    for some in _pieces(len(steps), width, verbose):
        after = function.values(theta + steps[some], removals[some])
        np.subtract(after, before, out=influence[some])
    return influence.T


def along(function, theta, directions, products=None, steps=None):
    """Return the changes of a target that depends on θᵀA only.

    Parameters
    ----------
    function : TargetFunction
        The target at n_test test objects.
    theta : ndarray of shape (n_params,)
        Parameters θ.
    directions : ndarray or sparse array of shape (n_params, k)
        The matrix A.
    products : ndarray of shape (m, k), default=None
        Products of steps with A, where they are known. The result is large: with one
        direction a test object it takes their place, a piece at a time.
    steps : ndarray of shape (m, n_params), default=None
        Steps, where their products are not known yet.

    Returns
    -------
    ndarray of shape (n_test, m)
        Changes of the target.
    """
    before = theta @ directions
    n_test = len(function.of_projections(before.copy()[None])[0])
    m, found = len(steps if products is None else products), products
    if products is None or n_test < len(before):
        found = np.empty((m, n_test))
    for some in _pieces(m, len(before), verbose=0):
        part = steps[some] @ directions if products is None else products[some]
        found[some] = function.change_of_projections(before, part)
    return found.T


def direct_changes(problem, function, removals, shape):
    """Return what removal changes in the test objects, at the parameters of the fit.

    Parameters
    ----------
    problem : Problem
        The fitted model and its training data.
    function : TargetFunction
        The target at n_test test objects.
    removals : list of ndarray of int or None
        As for ``Attributor.attribute``.
    shape : tuple of int
        Number of test objects and of removals.

    Returns
    -------
    ndarray of shape (n_test, n_removals)
        Zero where removal leaves test objects as they are.

    Raises
    ------
    ValueError
        If test objects change and the model has no known parameters.
    """
    if not isinstance(function, ChangingFunction):
        return np.zeros(shape)
    if problem.objective is None:
        raise ValueError(
            "component='direct' and 'indirect' need a model whose parameters are "
            f"known; none are registered for {type(problem.fitted).__name__}. Use "
            "component='total'."
        )
    theta, gone = problem.objective.theta, objects_of(removals, shape[1])
    nowhere = np.broadcast_to(0.0, (shape[1], len(theta)))
    return changes(function, theta, nowhere, gone)


def own_changes(problem, target, steps, is_linearized=None, objects=None):
    """Return how the target of each object changes when it is removed itself.

    Parameters
    ----------
    problem : Problem
        The fitted model and its training data.
    target : Target
        What is attributed, a number for every row.
    steps : ndarray of shape (m, n_params)
        Effect of each removal on the parameters.
    is_linearized : callable, default=None
        Says of a ``TargetFunction`` whether to use its gradient instead of evaluating
        it; None: never.
    objects : ndarray of int of shape (m,), default=None
        Which objects are removed, one at a time; None: all.

    Returns
    -------
    ndarray of shape (m,)
        The diagonal of the influence on the training data, or a part of it.
    """
    objects = np.arange(len(steps)) if objects is None else objects
    theta = problem.objective.theta
    influence = np.full(len(steps), np.nan)
    known = np.flatnonzero(np.isfinite(steps).all(axis=1))
    # A piece of b removals on their own b rows forms b² numbers.
    for some in _pieces(len(known), math.isqrt(_NUMBERS_AT_ONCE), problem.verbose):
        rows = objects[known[some]]
        y = None if problem.y is None else safe_indexing(problem.y, rows)
        function = target.at(safe_indexing(problem.X, rows), y)
        if is_linearized is not None and is_linearized(function):
            change = row_dots(function.gradient(theta), steps[known[some]])
        else:
            after = function.values(theta + steps[known[some]], rows)
            change = np.diag(after) - function.value(theta)
        influence[known[some]] = change
    return influence


def _pieces(n, width, verbose):
    """Cover n removals by blocks of so many that ``width`` numbers each fit."""
    pieces = list(blocks(n, max(_NUMBERS_AT_ONCE // max(width, 1), 1)))
    return progress(pieces, "influence", verbose)


def objects_of(removals, n_removals):
    """Return the objects that each removal removes, one each where None is given."""
    return np.arange(n_removals) if removals is None else removals
