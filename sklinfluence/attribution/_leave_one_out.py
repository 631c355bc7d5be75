"""Retraining without each object: the ground truth, for any estimator."""

from numbers import Real

import numpy as np

from sklinfluence.attribution._base import Attributor
from sklinfluence.attribution._coordinates import NaturalCoordinates
from sklinfluence.attribution._evaluation import objects_of
from sklinfluence.attribution._failures import ill_posed, is_checked, report
from sklinfluence.attribution._refit import refit
from sklinfluence.solvers import Status
from sklinfluence.utils._sklearn import StrOptions, safe_indexing


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

    _parameter_constraints = {"error_score": [StrOptions({"raise"}), Real]}

    def __init__(self, error_score=np.nan):
        self.error_score = error_score

    def prepare(self, problem, target):
        """Take note of the problem; nothing is refitted yet."""
        self._validate_params()
        self.problem_, self.target_ = problem, target
        self.models_ = None
        return self

    def attribute(self, X, y=None, removals=None):
        """Return the change of the target; see :meth:`Attributor.attribute`."""
        function = self.target_.at(X, y)
        before = function.evaluate(self.problem_.fitted)

        def change(removed, model):
            return function.without(removed).evaluate(model) - before

        return np.stack(self._of_each(removals, change, before), axis=1)

    def self_influence(self):
        """Return the diagonal only; see :meth:`Attributor.self_influence`."""
        problem = self.problem_

        def change(i, model):
            y = None if problem.y is None else safe_indexing(problem.y, [i])
            function = self.target_.at(safe_indexing(problem.X, [i]), y)
            return function.evaluate(model) - function.evaluate(problem.fitted)

        return np.concatenate(self._of_each(None, change, np.zeros(1)))

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

        def change(removed, model):
            return fitted.all_parameters(model, removed) - fitted.theta

        return np.stack(self._of_each(removals, change, fitted.theta))

    def _of_each(self, removals, change, like):
        """Return change(removed, model), ``error_score`` where a refit fails."""
        changes, models, errors = [], self._models(removals), {}
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

    def _models(self, removals):
        """Return the refitted models, or why there is none."""
        if removals is not None:
            return self._refitted(removals)
        if self.models_ is None:
            self.models_ = self._refitted(None)
        return self.models_

    def _refitted(self, removals):
        """Refit without each set, but where that leaves parameters undetermined.

        What an estimator makes of a column that has become constant is a matter of its
        solver, and no effect of the objects.
        """
        models = self._ill_posed(removals)
        sets = range(self.problem_.n_objects) if removals is None else removals
        posed = [i for i in range(len(sets)) if i not in models]
        refits = refit(self.problem_, [sets[i] for i in posed])
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
