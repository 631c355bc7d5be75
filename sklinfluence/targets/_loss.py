"""The loss of test objects, and the scores of models of any kind."""

from copy import copy

import numpy as np
from sklearn.base import is_classifier, is_regressor

from sklinfluence.targets._base import Target, TargetFunction, sparse_directions
from sklinfluence.targets._changing import at_tests
from sklinfluence.targets._estimator import EstimatorTargetFunction

_SMALLEST = np.finfo(float).eps


class Loss(Target):
    """Loss of a test object: positive influence means that a training object helps.

    For a model with a known objective it is the loss that the model trains on (for
    Cox models, the partial-likelihood loss of a subject who joins the training risk
    set, see :class:`~sklinfluence.losses.CoxHeldOutLoss`; it costs a pass over the
    training set for every object, unless the method linearises it). A class whose last
    member is gone has an infinite loss then. For any other
    classifier it is the negative log of the probability of the true class, for any
    other regressor the squared error.

    Examples
    --------
    >>> from sklinfluence import CoxRegressor, InfluenceExplainer
    >>> from sklinfluence.datasets import load_rossi
    >>> X, y = load_rossi(return_X_y=True)
    >>> explainer = InfluenceExplainer(CoxRegressor(), target="loss").fit(X, y)
    >>> explainer.influence(X[:3], y[:3]).shape
    (3, 432)
    """

    requires_y = True

    def at(self, X, y=None):
        """Return the losses of rows X with targets y."""
        problem = self.problem_
        if problem.objective is not None:
            own = problem.objective.loss_function(X, y)
            if own is not None:
                return at_tests(problem, own, own.without_objects, X, y)
            loss = problem.objective.held_out_loss(X, y)
            if loss.uses_training_scores:
                return _JoiningLossFunction(problem.objective, loss, problem.X, X)
            whole = _RowLossFunction(problem.objective, loss, X)
            return at_tests(problem, whole, whole.without_objects, X, y)
        if is_classifier(problem.fitted):
            return EstimatorTargetFunction(problem, _log_loss, X, y)
        if is_regressor(problem.fitted):
            return EstimatorTargetFunction(problem, _squared_error, X, y)
        raise ValueError(
            f"target='loss' is not defined for {type(problem.fitted).__name__}, which "
            "is neither a classifier nor a regressor; give a callable "
            "target(estimator, X, y) that returns one number a row."
        )


class _RowLossFunction(TargetFunction):
    """Loss of every row by itself, given its own scores."""

    def __init__(self, fitted, loss, X):
        self.fitted, self.loss, self.X = fitted, loss, X
        self.model = fitted.objective.model.at(fitted.features(X))
        self.width = self.model.n_outputs

    def evaluate(self, estimator):
        return self._of(self.loss.of_all(self.fitted.scores(estimator, self.X)))

    def value(self, theta):
        return self._of(self.model.scores(theta))

    def values(self, thetas, removals):
        return self.of_projections(self.model.scores_at_each(thetas))

    def without_objects(self, removed, X, y):
        rest = copy(self)
        rest.loss = self.loss.without(removed)
        return rest

    def directions(self):
        return sparse_directions(self.model)

    def of_projections(self, projections):
        return self._of(projections.T).T

    def change_of_projections(self, before, moves):
        if not hasattr(self.loss, "change"):
            return super().change_of_projections(before, moves)
        return self.loss.change(before, moves.T).T

    def gradient(self, theta):
        S = self.model.scores(theta)
        if hasattr(self.loss, "slopes"):
            return self.model.row_vjp(theta, self.loss.slopes(S))
        return self.loss.product(S, None, self.model.jacobian(theta), None)

    def score_gradient(self, theta):
        S = self.model.scores(theta)
        return [(self.model, self.loss.product(S, None, np.eye(len(S)), None).T)]

    def bounds(self, around):
        scores = self.model.scores_at_each(around.thetas).T
        contrasts = self.loss.contrasts(self.model.directions().T)
        reach = around.reach(contrasts.T).T
        bounds = self.loss.change_bound(scores, reach).T
        if not hasattr(self.loss, "remainder_bound"):
            return bounds
        # The slope says more where little moves.
        slopes = around.slopes(self.gradient(theta) for theta in around.thetas)
        return np.minimum(bounds, slopes + self.loss.remainder_bound(reach).T)

    def _of(self, scores):
        return self.loss.value(scores, None)


class _JoiningLossFunction(TargetFunction):
    """Loss of rows that join the training objects, given the scores of all."""

    def __init__(self, fitted, loss, X_train, X):
        self.fitted, self.loss, self.X_train, self.X = fitted, loss, X_train, X
        self.train = fitted.objective.model
        self.new = self.train.at(fitted.features(X))
        self.width = fitted.objective.n_objects

    def evaluate(self, estimator):
        scores = (self.fitted.scores(estimator, X) for X in (self.X, self.X_train))
        return self.loss.value(*scores)

    def value(self, theta):
        return self.loss.value(self.new.scores(theta), self.train.scores(theta))

    def values(self, thetas, removals):
        return self.loss.value(*self._scores(thetas)).T

    def bounds(self, around):
        new, train = (around.reach(m.directions()) for m in (self.new, self.train))
        # How far a new score and one of the training objects move apart at most.
        apart = new + train.max(axis=1, keepdims=True)
        bounds = self.loss.change_bound(*self._scores(around.thetas), apart.T).T
        # The slope says more where little moves: what it leaves out is an eighth of a
        # squared range at most (Hoeffding), and differences range from −apart to apart.
        slopes = around.slopes(self.gradient(theta) for theta in around.thetas)
        return np.minimum(bounds, slopes + apart**2 / 2)

    def _scores(self, thetas):
        return (model.scores_at_each(thetas).T for model in (self.new, self.train))

    def gradient(self, theta):
        models = (self.new, self.train)
        scores = [model.scores(theta) for model in models]
        tangents = [model.jacobian(theta) for model in models]
        return self.loss.product(*scores, *tangents)

    def score_gradient(self, theta):
        models = (self.new, self.train)
        S = [model.scores(theta) for model in models]
        n_new, n_train = map(len, S)
        of_new = np.eye(n_new), np.zeros((n_train, n_new))
        of_train = np.zeros((n_new, n_train)), np.eye(n_train)
        return [
            (model, self.loss.product(*S, *tangents).T)
            for model, tangents in zip(models, (of_new, of_train), strict=True)
        ]


def _log_loss(classifier, X, y):
    if not hasattr(classifier, "predict_proba"):
        raise ValueError(
            f"target='loss' needs probabilities, which {type(classifier).__name__} "
            "does not give; use target='score', or a callable target(estimator, X, y)."
        )
    probability = classifier.predict_proba(X)
    # A class that the retrained model never saw has probability zero.
    hit = np.asarray(y)[:, None] == classifier.classes_
    true = np.where(hit, probability, 0.0).sum(axis=1)
    return -np.log(np.clip(true, _SMALLEST, None))


def _squared_error(regressor, X, y):
    return (np.asarray(y, dtype=float) - regressor.predict(X)) ** 2
