"""Retraining without each object: the ground truth, for any estimator."""

from functools import partial
from numbers import Integral, Real

import numpy as np

from sklinfluence.attribution._base import Attributor
from sklinfluence.attribution._coordinates import NaturalCoordinates
from sklinfluence.attribution._evaluation import objects_of
from sklinfluence.attribution._failures import ill_posed, is_checked, report
from sklinfluence.attribution._refit import refit, seeded
from sklinfluence.solvers import Status
from sklinfluence.utils._sklearn import Interval, StrOptions, safe_indexing


class LeaveOneOut(Attributor):
    r"""Clone and refit without each object, and look at the difference.

    .. math:: I(i, z) = f(z; \hat\theta_{-i}) - f(z; \hat\theta)

    The definition of influence itself, for any scikit-learn estimator. Models are
    refitted when they are first needed, ``n_jobs`` at a time, and kept. With
    ``memory`` set on the explainer, every finished refit is stored, and a run that was
    interrupted resumes.

    Parameters
    ----------
    error_score : "raise" or float, default=np.nan
        Influence of an object without which the estimator cannot be fitted (such as
        the only event of a survival model) or its parameters are not determined (such
        as a whole level of a column), or ``"raise"``.
    n_repeats : int, default=1
        How often everything is retrained, with another seed each time, of an estimator
        whose training is random. The influence is the mean over repeats; in each, the
        model of all objects is retrained as well, with the same seed.

    Attributes
    ----------
    standard_error_ : ndarray of shape (n_test, n_removals) or None
        Standard error of the influence that was computed last, over repeats; None where
        there is one only.

    References
    ----------
    Equation 8 of Hammoudeh & Lowd, "Training Data Influence Analysis and Estimation:
    A Survey", Machine Learning 113 (2024).

    Examples
    --------
    >>> from sklearn.linear_model import LogisticRegression
    >>> from sklearn.datasets import load_iris
    >>> from sklinfluence import InfluenceExplainer
    >>> from sklinfluence.attribution import LeaveOneOut
    >>> X, y = load_iris(return_X_y=True)
    >>> explainer = InfluenceExplainer(LogisticRegression(), method=LeaveOneOut())
    >>> explainer.fit(X[40:60], y[40:60]).influence(X[:2], y[:2]).shape
    (2, 20)
    """

    gives_parameters = True

    _parameter_constraints = {
        "error_score": [StrOptions({"raise"}), Real],
        "n_repeats": [Interval(Integral, 1, None, closed="left")],
    }

    def __init__(self, error_score=np.nan, n_repeats=1):
        self.error_score = error_score
        self.n_repeats = n_repeats

    def prepare(self, problem, target):
        """Take note of the problem; nothing is refitted yet."""
        self._validate_params()
        self.problem_, self.target_ = problem, target
        self.runs_ = [problem]
        if self.n_repeats > 1:
            self.runs_ = [seeded(problem, seed) for seed in range(self.n_repeats)]
        self._kept = [None] * len(self.runs_)
        return self

    def attribute(self, X, y=None, removals=None):
        """Return the change of the target; see :meth:`Attributor.attribute`."""
        function = self.target_.at(X, y)

        def change_from(whole):
            before = function.evaluate(whole)
            return lambda gone, left: function.without(gone).evaluate(left) - before

        like = function.evaluate(self.problem_.fitted)
        influence, self.standard_error_ = self._mean(removals, change_from, like)
        return influence.T

    def self_influence(self):
        """Return the diagonal only; see :meth:`Attributor.self_influence`."""
        problem = self.problem_

        def change(i, model, whole):
            y = None if problem.y is None else safe_indexing(problem.y, [i])
            function = self.target_.at(safe_indexing(problem.X, [i]), y)
            return function.evaluate(model) - function.evaluate(whole)

        def change_from(whole):
            return partial(change, whole=whole)

        return self._mean(None, change_from, np.zeros(1))[0][:, 0]

    def parameter_influence(self, removals=None):
        """Return θ̂₋ᵢ − θ̂; see :meth:`Attributor.parameter_influence`."""
        fitted = self.problem_.objective
        if fitted is None:
            raise NotImplementedError(
                "It is not known which attributes of "
                f"{type(self.problem_.fitted).__name__} are its parameters. Use a "
                "callable target(estimator, X, y) that returns them, or register the "
                "model with make_objective.register."
            )

        def change_from(whole):
            before = fitted.parameters(whole)
            return lambda gone, left: fitted.all_parameters(left, gone) - before

        return self._mean(removals, change_from, fitted.theta)[0]

    def _mean(self, removals, change_from, like):
        """Return the mean change of every removal over runs, and its standard error.

        ``change_from(whole)(removed, model)`` is the change from the model of all
        objects to one without some.
        """
        runs = [
            np.stack(self._of_each(run, removals, change_from(problem.fitted), like))
            for run, problem in enumerate(self.runs_)
        ]
        if len(runs) == 1:
            return runs[0], None
        error = np.std(runs, axis=0, ddof=1) / np.sqrt(len(runs))
        return np.mean(runs, axis=0), error.T

    def _of_each(self, run, removals, change, like):
        """Return change(removed, model), ``error_score`` where a refit fails."""
        changes, models, errors = [], self._models(run, removals), {}
        sets = objects_of(removals, len(models))
        for i, (removed, model) in enumerate(zip(sets, models, strict=True)):
            try:
                if isinstance(model, Exception):
                    raise model
                changes.append(change(removed, model))
            except Exception as error:
                if self.error_score == "raise":
                    raise
                errors[i] = error
                changes.append(np.full(np.shape(like), self.error_score))
        report(errors, len(models), self.error_score, "refits")
        return changes

    @property
    def models_(self):
        """Models without each object, of the first run, where they are kept."""
        return self._kept[0]

    def _models(self, run, removals):
        """Return the refitted models of a run, or why there is none."""
        if removals is not None:
            return self._refitted(run, removals)
        if self._kept[run] is None:
            self._kept[run] = self._refitted(run, None)
        return self._kept[run]

    def _refitted(self, run, removals):
        """Refit without each set, but where that leaves parameters undetermined.

        What an estimator makes of a column that has become constant is a matter of its
        solver, and no effect of the objects.
        """
        models = self._ill_posed(removals)
        sets = range(self.problem_.n_objects) if removals is None else removals
        posed = [i for i in range(len(sets)) if i not in models]
        refits = refit(self.runs_[run], [sets[i] for i in posed])
        models |= dict(zip(posed, refits, strict=True))
        return [models[i] for i in range(len(sets))]

    def _ill_posed(self, removals):
        fitted = self.problem_.objective
        if fitted is None or not is_checked(fitted):
            return {}
        coordinates = NaturalCoordinates(fitted.objective, fitted.theta)
        # A model that is not determined to begin with is determined by its solver.
        if coordinates.status is not Status.SOLVED:
            return {}
        return ill_posed(fitted, coordinates, removals)
