"""Does a conclusion hang on a few training objects? The most influential set."""

from dataclasses import dataclass
from numbers import Integral, Real
from typing import Any

import numpy as np
import pandas as pd

from sklinfluence.attribution._greedy import GreedyRemoval
from sklinfluence.attribution._refit import refit
from sklinfluence.diagnostics._checks import known_objective
from sklinfluence.targets import TARGETS, Parameter, resolve_target
from sklinfluence.utils._progress import progress

_DIRECTIONS = {"up": (1,), "down": (-1,), "either": (1, -1)}


@dataclass(frozen=True)
class InfluentialSet:
    """Training objects whose removal changes a conclusion.

    Attributes
    ----------
    indices : ndarray of int of shape (k,)
        Positions of the objects, in the order in which they were chosen.
    names : ndarray of shape (k,)
        Their names.
    before : float
        The target of the fitted model.
    estimated : float
        The target without the objects, by Newton's method on the objective.
    refitted : float
        The target of the estimator, cloned and refitted without the objects.
    reached : bool
        Whether the refitted model does what was asked for; False where the largest
        change was asked for. The set is found greedily: where it answers the question,
        its size is an upper bound on the smallest possible one; where it does not,
        another set may.
    path : DataFrame of shape (k + 1, 2)
        ``size`` of the set and ``estimated`` target, from no object to all of them.
    model : estimator
        The refitted model.
    """

    indices: np.ndarray
    names: np.ndarray
    before: float
    estimated: float
    refitted: float
    reached: bool
    path: pd.DataFrame
    model: Any

    @property
    def size(self):
        """Number of objects in the set."""
        return len(self.indices)


def most_influential_set(
    explainer,
    target=None,
    X=None,
    y=None,
    *,
    threshold=None,
    change=None,
    size=None,
    direction="either",
    max_share=0.5,
):
    """Find a small set of training objects whose removal changes a conclusion.

    One of three questions is asked. Does the target cross a threshold, by default
    zero: which patients make the sign of a treatment effect? Does it move by a given
    amount? How far can the removal of at most ``size`` objects move it?

    Objects are removed one after the other, each the most influential on the model
    that is left (after the fortieth, up to five percent of what is gone at once), and
    the set is verified by refitting a clone of the estimator without it.

    Parameters
    ----------
    explainer : InfluenceExplainer
        A fitted explainer of a model with a known objective; its method is not used.
    target : str, Target or callable, default=None
        A single number: the name of a parameter, or a target at one test object, by
        name, as an instance or as a callable; None: the target of the explainer.
    X, y : test object, default=None
        One row and, where the target needs it, its y.
    threshold : float, default=None
        The value to cross; zero where neither change nor size is given.
    change : float, default=None
        The amount to move by, upwards if positive and downwards if negative.
    size : int, default=None
        The number of objects that may go, for the largest change.
    direction : {"either", "up", "down"}, default="either"
        With ``size``: which way the target is to move.
    max_share : float, default=0.5
        Largest share of the training objects to remove.

    Returns
    -------
    InfluentialSet
        The set, with the estimated and the refitted target.

    Raises
    ------
    ValueError
        If the model has no known objective, the target is not a single number, or
        more than one question is asked.

    References
    ----------
    T. Broderick, R. Giordano, R. Meager, "An automatic finite-sample robustness
    metric: when can dropping a little data make a big difference?", arXiv:2011.14999
    (2020); N. Kuschnig, G. Zens, J. Crespo Cuaresma, "Hidden in plain sight:
    influential sets in linear regression", CESifo working paper (2021).

    Examples
    --------
    How many of 432 people must one leave out before financial aid seems to raise the
    risk of a new arrest?

    >>> from sklinfluence import CoxRegressor, InfluenceExplainer
    >>> from sklinfluence.datasets import load_rossi
    >>> from sklinfluence.diagnostics import most_influential_set
    >>> explainer = InfluenceExplainer(CoxRegressor()).fit(*load_rossi(return_X_y=True))
    >>> result = most_influential_set(explainer, "fin")
    >>> result.reached, result.before < 0 < result.refitted
    (True, True)
    """
    _check(explainer, threshold, change, size, direction, max_share)
    function = _single(target, explainer, X, y)
    n_objects = explainer.n_objects_
    at_most = size or min(int(max_share * n_objects), n_objects - 1)
    before = float(function.value(explainer.problem_.objective.theta)[0])
    questions = _questions(before, threshold, change, size, direction)
    found = [_search(explainer, function, one, at_most) for one in questions]
    return max(found, key=lambda one: abs(one.refitted - before))


@dataclass(frozen=True)
class _Question:
    """Which way the target is to move, and how far: beyond ``goal``."""

    sign: int
    goal: float

    def answered_by(self, value):
        return bool(self.sign * (value - self.goal) > 0)


def _questions(before, threshold, change, size, direction):
    if size is not None:
        return [_Question(s, s * np.inf) for s in _DIRECTIONS[direction]]
    if change is not None:
        # Moving by exactly the amount counts.
        goal = np.nextafter(before + change, before)
        return [_Question(1 if change > 0 else -1, goal)]
    threshold = 0.0 if threshold is None else threshold
    if before == threshold:
        raise ValueError(
            f"The target is {before:g}, on the threshold; expected a threshold on one "
            "side of it."
        )
    return [_Question(1 if before < threshold else -1, threshold)]


def _search(explainer, function, question, at_most):
    """Remove objects until the question is answered, also by the refitted model."""
    problem = explainer.problem_
    greedy = GreedyRemoval(problem.objective, function, question.sign)
    path, model = [greedy.start], None
    states = _states(greedy, question, at_most)
    for state in progress(states, "steps", problem.verbose):
        path.append(state)
        if question.answered_by(state.value):
            model = _refitted(problem, state)
            if question.answered_by(function.evaluate(model)[0]):
                break
            model = None
    model = _refitted(problem, path[-1]) if model is None else model
    return _result(explainer, function, question, path, model)


def _states(greedy, question, at_most):
    """Yield larger and larger sets; towards the end, one object at a time."""
    state = greedy.start
    while len(state.objects) < at_most:
        larger = greedy(state, at_most - len(state.objects))
        if larger is not None and question.answered_by(larger.value):
            larger = greedy(state, 1)
        if larger is None:
            return
        state = larger
        yield state


def _refitted(problem, state):
    """Clone and refit without the objects; with none, the model that there is."""
    if not state.objects:
        return problem.fitted
    (model,) = refit(problem, [np.array(state.objects)])
    if isinstance(model, Exception):
        raise model
    return model


def _result(explainer, function, question, path, model):
    objects = np.array(path[-1].objects, dtype=int)
    refitted = float(function.evaluate(model)[0])
    sizes, values = zip(*((len(s.objects), s.value) for s in path), strict=True)
    return InfluentialSet(
        indices=objects,
        names=explainer.object_names_[objects],
        before=path[0].value,
        estimated=path[-1].value,
        refitted=refitted,
        reached=question.answered_by(refitted),
        path=pd.DataFrame({"size": sizes, "estimated": values}),
        model=model,
    )


def _single(target, explainer, X, y):
    """Return the target at the test object, which must be a single number."""
    problem, target = explainer.problem_, _resolved(target, explainer)
    if target.is_per_row and X is None:
        raise ValueError(
            f"The target {type(target).__name__} needs a test object, got X=None; pass "
            "one row as X, or the name of a parameter as target, among "
            f"{list(problem.objective.parameter_names)}."
        )
    if target.requires_y and y is None:
        raise ValueError(
            f"The target {type(target).__name__} needs the y of the test object, got "
            "y=None; pass it."
        )
    function = target.prepare(problem).at(X, y)
    numbers = function.value(problem.objective.theta)
    if len(numbers) != 1:
        raise ValueError(
            f"Got a target of {len(numbers)} numbers; expected one. Pass one test row, "
            "or name one parameter."
        )
    return function


def _resolved(target, explainer):
    fitted = explainer.problem_.fitted
    if target is None:
        target = explainer.target
    if isinstance(target, str) and target not in {"auto", *TARGETS}:
        return Parameter([target])
    return resolve_target(target, fitted)


def _check(explainer, threshold, change, size, direction, max_share):
    known_objective(explainer)
    asked = {"threshold": threshold, "change": change, "size": size}
    asked = {name: value for name, value in asked.items() if value is not None}
    if len(asked) > 1:
        raise ValueError(
            f"Got {asked}; expected one question: a threshold to cross, a change to "
            "reach, or a size for the largest change."
        )
    if threshold is not None and not _is_finite(threshold):
        raise ValueError(f"Got threshold={threshold!r}; expected a finite number.")
    if change is not None and not (_is_finite(change) and change != 0):
        raise ValueError(
            f"Got change={change!r}; expected a finite number other than zero."
        )
    if size is not None and not (
        isinstance(size, Integral) and 0 < size < explainer.n_objects_
    ):
        raise ValueError(
            f"Got size={size!r}; expected a number of objects from 1 to "
            f"{explainer.n_objects_ - 1}."
        )
    if direction not in _DIRECTIONS:
        raise ValueError(
            f"Got direction={direction!r}; expected one of {sorted(_DIRECTIONS)}."
        )
    if direction != "either" and size is None:
        raise ValueError(
            f"Got direction={direction!r} without size; a threshold or a change says "
            "by itself which way the target is to move."
        )
    if not (_is_finite(max_share) and 0 < max_share <= 1):
        raise ValueError(
            f"Got max_share={max_share!r}; expected a number above 0 and up to 1."
        )


def _is_finite(value):
    return isinstance(value, Real) and bool(np.isfinite(value))
