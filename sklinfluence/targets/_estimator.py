"""Targets given by what a fitted estimator predicts: any estimator, any callable."""

from functools import partial

import numpy as np
import pandas as pd
from scipy.sparse import issparse
from sklearn.base import is_classifier

from sklinfluence.targets._base import Target, TargetFunction
from sklinfluence.targets._changing import at_tests
from sklinfluence.utils._sklearn import num_samples


class EstimatorFunction(Target):
    """A user's function of a fitted estimator and test rows.

    A bare callable given as ``target`` is taken as this. It works with every method:
    retraining evaluates it on retrained models, gradient methods on copies of the
    model with changed parameters.

    Parameters
    ----------
    function : callable
        ``function(estimator, X, y) -> array of shape (n_test,)``.

    Examples
    --------
    Probability of surviving week 26:

    >>> from sklinfluence import CoxRegressor, InfluenceExplainer
    >>> from sklinfluence.datasets import load_rossi
    >>> def survival(model, X, y):
    ...     return model.predict_survival_function(X, times=[26])[:, 0]
    >>> X, y = load_rossi(return_X_y=True)
    >>> explainer = InfluenceExplainer(CoxRegressor(), target=survival).fit(X, y)
    >>> explainer.influence(X[:3]).shape
    (3, 432)
    """

    def __init__(self, function):
        self.function = function

    def at(self, X, y=None):
        """Return the function at rows X."""
        problem, function = self.problem_, self.function

        def make(removed, X, y):
            return _WithoutObjects(problem, function, X, y, removed)

        whole = EstimatorTargetFunction(problem, function, X, y)
        return at_tests(problem, whole, make, X, y)


class Score(Target):
    """Score of a test object: what the model says before it decides.

    The prediction of a regressor; the decision value of a classifier, or its
    probability where it has no decision value. With more than two classes, those of
    the class given as y.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.neighbors import KNeighborsClassifier
    >>> from sklinfluence import InfluenceExplainer
    >>> X, y = load_iris(return_X_y=True)
    >>> explainer = InfluenceExplainer(
    ...     KNeighborsClassifier(), method="loo", target="score"
    ... )
    >>> explainer.fit(X[40:60], y[40:60]).influence(X[:2]).shape
    (2, 20)
    """

    def at(self, X, y=None):
        """Return the scores of rows X."""
        problem = self.problem_
        function = partial(_score, known=getattr(problem.fitted, "classes_", None))
        fitted = problem.objective
        own = None if fitted is None else fitted.score_function(X, y)
        if own is not None:
            return at_tests(problem, own, own.without_objects, X, y)
        if fitted is None or not fitted.scores_follow_parameters:
            return EstimatorTargetFunction(problem, function, X, y)
        model = fitted.objective.model.at(fitted.features(X))
        if model.n_outputs == 1:
            return ScoreFunction(problem, function, X, y, model)
        codes = codes_of(problem.fitted, y)
        if codes is None:
            return EstimatorTargetFunction(problem, function, X, y)
        return ClassScoreFunction(problem, function, X, y, model, codes)


class EstimatorTargetFunction(TargetFunction):
    """A function of a fitted estimator at fixed rows.

    Parameters
    ----------
    problem : Problem
        The fitted model, whose objective turns parameters into estimators.
    function : callable
        ``function(estimator, X, y) -> array of shape (n_test,)``.
    X, y : test rows
        What the function is given.
    """

    is_differentiable = False

    def __init__(self, problem, function, X, y):
        self.problem, self.function = problem, function
        self.X, self.y = X, y

    def evaluate(self, estimator):
        """Return the function of a fitted estimator."""
        values = np.asarray(self.function(estimator, self.X, self.y), dtype=float)
        expected = (num_samples(self.X),)
        if values.shape != expected:
            raise ValueError(
                f"The target function returned an array of shape {values.shape}; "
                f"expected one number a test row, shape {expected}."
            )
        return values

    def value(self, theta):
        """Return the function of a copy of the model with parameters θ."""
        return self.evaluate(self.problem.objective.with_parameters(theta))

    def values(self, thetas, removals):
        """Return the function of copies of the model trained without the removals."""
        copy = self.problem.objective.with_parameters
        models = (copy(t, r) for t, r in zip(thetas, removals, strict=True))
        return np.stack([self.evaluate(model) for model in models])

    def gradient(self, theta):
        """Refuse: an arbitrary function of an estimator has no known gradient."""
        raise ValueError(
            "A target that is a function of the estimator has no gradient in the "
            "parameters; use linearize=False, or ParameterFunction with a function "
            "f(theta, X, y) written with autograd.numpy."
        )


class _WithoutObjects(EstimatorTargetFunction):
    """The function of models that know nothing of some objects."""

    def __init__(self, problem, function, X, y, removed):
        super().__init__(problem, function, X, y)
        self.removed = removed

    def value(self, theta):
        return self.evaluate(
            self.problem.objective.with_parameters(theta, self.removed)
        )


class ScoreFunction(EstimatorTargetFunction):
    """Scores of rows, one each, that a score model gives."""

    is_differentiable = True

    def __init__(self, problem, function, X, y, model):
        super().__init__(problem, function, X, y)
        self.model = model

    def value(self, theta):
        return self.model.scores(theta)

    def values(self, thetas, removals):
        return self.model.scores_at_each(thetas)

    def directions(self):
        return self.model.directions()

    def of_projections(self, projections):
        return projections

    def bounds(self, around):
        return around.reach(self.directions())

    def gradient(self, theta):
        return self.model.jacobian(theta)

    def score_gradient(self, theta):
        return [(self.model, np.eye(len(self.model.scores(theta))))]


class ClassScoreFunction(ScoreFunction):
    """Scores of rows, each that of one class of several."""

    def __init__(self, problem, function, X, y, model, codes):
        super().__init__(problem, function, X, y, model)
        self.places = np.arange(len(codes)) * model.n_outputs + codes

    def value(self, theta):
        return super().value(theta)[self.places]

    def values(self, thetas, removals):
        return super().values(thetas, removals)[:, self.places]

    def directions(self):
        if issparse(self.model.X):
            return super().directions()[:, self.places]
        return self.gradient(None).T

    def gradient(self, theta):
        if not self.model.is_linear or issparse(self.model.X):
            return super().gradient(theta)[self.places]
        # Of all rows of J only those of one class a row, each with its own block.
        n, K = len(self.places), self.model.n_outputs
        gradient = np.zeros((n, K, self.model.X.shape[1]))
        gradient[np.arange(n), self.places % K] = self.model.X
        return gradient.reshape(n, -1)

    def score_gradient(self, theta):
        [(model, outer)] = super().score_gradient(theta)
        return [(model, outer[:, self.places])]


def codes_of(classifier, y):
    """Return the positions of labels among the classes of a fitted model.

    Parameters
    ----------
    classifier : fitted estimator
        The model.
    y : array-like of shape (n,) or None
        Labels.

    Returns
    -------
    ndarray of shape (n,), int, or None
        Positions; None where there are no labels, or some that it does not know.
    """
    if y is None or not is_classifier(classifier):
        return None
    codes = pd.Index(classifier.classes_).get_indexer(np.asarray(y))
    return None if (codes < 0).any() else codes


def _score(estimator, X, y, known):
    """Return predictions, or the scores of the class that ``known`` and y say."""
    if not is_classifier(estimator):
        return estimator.predict(X)
    wanted = known[1] if len(known) == 2 else y
    if wanted is None:
        raise ValueError(
            f"{type(estimator).__name__} gives {len(known)} scores a row; pass y to "
            "say the score of which class is wanted."
        )
    scores, absent = _scores_of_classes(estimator, X)
    # A retrained model may have lost a class with its last member.
    hit = np.asarray(wanted)[..., None] == estimator.classes_
    found = np.where(hit, scores, 0.0).sum(axis=1)
    return np.where(hit.any(axis=-1), found, absent)


def _scores_of_classes(classifier, X):
    """Return a score a class, and the score of a class that there is not."""
    if not hasattr(classifier, "decision_function"):
        return classifier.predict_proba(X), 0.0
    scores = classifier.decision_function(X)
    if scores.ndim == 1:
        scores = np.column_stack([-scores, scores])
    return scores, np.nan
