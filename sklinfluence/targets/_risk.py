"""Predicted risk of survival models: log-risk and relative risk."""

import numpy as np
from sklearn.frozen import FrozenEstimator
from sklearn.pipeline import Pipeline

from sklinfluence.targets._base import Target, TargetFunction


class LogRisk(Target):
    r"""Log-risk of a subject, relative to the average training subject.

    .. math:: f(z; \theta) = s(z; \theta) - \sum_j \bar\omega_j\, s(x_j; \theta)

    A Cox model determines its scores only up to a constant, so only differences mean
    something: this one compares with the weighted mean of the training subjects,
    *all* of them, also when the model is retrained without some. It depends neither
    on the units nor on the origin of the columns.

    Examples
    --------
    >>> from sklinfluence import CoxRegressor, InfluenceExplainer
    >>> from sklinfluence.datasets import load_rossi
    >>> X, y = load_rossi(return_X_y=True)
    >>> explainer = InfluenceExplainer(CoxRegressor(), target="log_risk").fit(X, y)
    >>> explainer.influence(X[:3]).shape
    (3, 432)
    """

    def prepare(self, problem):
        """Check that the model predicts risks; see :class:`Target`.

        Parameters
        ----------
        problem : Problem
            The fitted model.

        Returns
        -------
        self
            The target.
        """
        if not predicts_survival(problem.fitted):
            raise ValueError(
                f"The target {type(self).__name__} needs a survival model, with a "
                f"predict_survival_function; got {type(problem.fitted).__name__}. Use "
                "target='score' for what it predicts."
            )
        return super().prepare(problem)

    def at(self, X, y=None):
        """Return the log-risk of rows X."""
        return _RiskFunction(self.problem_, X)


class RelativeRisk(LogRisk):
    """Relative risk of a subject: the exponential of :class:`LogRisk`.

    How many times the hazard of the average training subject. The target of the
    paper's Cox experiments (section 4.1).

    Examples
    --------
    >>> from sklinfluence import CoxRegressor, InfluenceExplainer
    >>> from sklinfluence.datasets import load_rossi
    >>> X, y = load_rossi(return_X_y=True)
    >>> explainer = InfluenceExplainer(CoxRegressor(), target="relative_risk").fit(X, y)
    >>> explainer.influence(X[:3]).shape
    (3, 432)
    """

    def at(self, X, y=None):
        """Return the relative risk of rows X."""
        return _RelativeRiskFunction(self.problem_, X)


def predicts_survival(model):
    """Say whether a model, or the last step of a Pipeline, predicts survival.

    Parameters
    ----------
    model : fitted estimator
        The model; a ``FrozenEstimator`` is looked through.

    Returns
    -------
    bool
        Whether it has a ``predict_survival_function``.
    """
    if isinstance(model, Pipeline):
        return predicts_survival(model[-1])
    if isinstance(model, FrozenEstimator):
        return predicts_survival(model.estimator)
    return hasattr(model, "predict_survival_function")


class _RiskFunction(TargetFunction):
    def __init__(self, problem, X):
        self.problem, self.X = problem, X
        self.fitted = problem.objective
        if self.fitted is not None:
            train = self.fitted.objective.model
            self.model = train.at(self.fitted.features(X))
            self.reference = train.averaged(self.fitted.object_weight)

    def evaluate(self, estimator):
        scores = self._scores(estimator, self.X)
        weight = None if self.fitted is None else self.fitted.object_weight
        reference = np.average(self._scores(estimator, self.problem.X), weights=weight)
        return self._link(scores - reference)

    def _scores(self, estimator, X):
        if self.fitted is not None:
            return self.fitted.scores(estimator, X)
        return estimator.predict(X)

    def value(self, theta):
        return self._link(self.model.scores(theta) - self.reference.scores(theta))

    def values(self, thetas, removals):
        scores = self.model.scores_at_each(thetas)
        return self._link(scores - self.reference.scores_at_each(thetas))

    def directions(self):
        new, reference = self.model.directions(), self.reference.directions()
        return None if new is None else new - reference

    def of_projections(self, projections):
        return self._link(projections, out=projections)

    def bounds(self, around):
        return around.reach(self.directions())

    def gradient(self, theta):
        return self.model.jacobian(theta) - self.reference.jacobian(theta)

    def score_gradient(self, theta):
        slope = self._slope(theta)
        return [(self.model, np.diag(slope)), (self.reference, -slope[None])]

    def _slope(self, theta):
        """Return how fast the target changes with the log-risk."""
        return np.ones(len(self.model.scores(theta)))

    @staticmethod
    def _link(log_risk, out=None):
        return log_risk


class _RelativeRiskFunction(_RiskFunction):
    def bounds(self, around):
        at_centre = np.exp(around.thetas @ self.directions())
        return at_centre * np.expm1(super().bounds(around))

    def gradient(self, theta):
        return self._slope(theta)[:, None] * super().gradient(theta)

    def _slope(self, theta):
        return self.value(theta)

    @staticmethod
    def _link(log_risk, out=None):
        return np.exp(log_risk, out=out)
