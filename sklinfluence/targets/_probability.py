"""The probability that a classifier gives a class."""

from functools import partial

import numpy as np
from scipy.special import expit, softmax

from sklinfluence.losses import LogisticTerms, MultinomialTerms
from sklinfluence.targets._base import Target, TargetFunction, sparse_directions
from sklinfluence.targets._estimator import (
    EstimatorTargetFunction,
    ScoreFunction,
    codes_of,
)
from sklinfluence.utils._sparse import scaled_rows, sums_of_objects


class Probability(Target):
    """Probability of a class: of the one given as y, or of the second of two.

    Examples
    --------
    >>> from sklearn.datasets import load_breast_cancer
    >>> from sklearn.linear_model import LogisticRegression
    >>> from sklearn.preprocessing import scale
    >>> from sklinfluence import InfluenceExplainer
    >>> X, y = load_breast_cancer(return_X_y=True)
    >>> model = LogisticRegression(C=0.1, solver="newton-cholesky", tol=1e-10)
    >>> explainer = InfluenceExplainer(model, target="probability").fit(scale(X), y)
    >>> explainer.influence(scale(X)[:3]).shape
    (3, 569)
    """

    def prepare(self, problem):
        """Check that the model gives probabilities; see :class:`Target`.

        Parameters
        ----------
        problem : Problem
            The fitted model.

        Returns
        -------
        self
            The target.
        """
        if not hasattr(problem.fitted, "predict_proba"):
            raise ValueError(
                "target='probability' needs a classifier with predict_proba; got "
                f"{type(problem.fitted).__name__}. Use target='score' for what it says "
                "before it decides."
            )
        return super().prepare(problem)

    def at(self, X, y=None):
        """Return the probabilities of rows X."""
        problem = self.problem_
        function = partial(_probability, known=problem.fitted.classes_)
        fitted = problem.objective
        loss = None if fitted is None else getattr(fitted.objective, "loss", None)
        terms, codes = getattr(loss, "terms", None), codes_of(problem.fitted, y)
        is_binary = isinstance(terms, LogisticTerms)
        if not is_binary and (codes is None or not isinstance(terms, MultinomialTerms)):
            return EstimatorTargetFunction(problem, function, X, y)
        model = fitted.objective.model.at(fitted.features(X))
        if is_binary:
            return _LogisticProbability(problem, function, X, y, model)
        return _SoftmaxProbability(problem, function, X, y, model, codes)


class _LogisticProbability(ScoreFunction):
    """Probability 1 / (1 + e^(−s)) of the second class, or e^(−s) of the first."""

    def __init__(self, problem, function, X, y, model):
        super().__init__(problem, function, X, y, model)
        second = True if y is None else np.asarray(y) == problem.fitted.classes_[1]
        self.sign = np.where(second, 1.0, -1.0)

    def value(self, theta):
        return expit(self.sign * self.model.scores(theta))

    def values(self, thetas, removals):
        return expit(self.sign * self.model.scores_at_each(thetas))

    def of_projections(self, projections):
        projections *= self.sign
        return expit(projections, out=projections)

    def bounds(self, around):
        scores = self.sign * self.model.scores_at_each(around.thetas)
        reach, here = around.reach(self.directions()), expit(scores)
        ends = (np.abs(expit(scores + side * reach) - here) for side in (1, -1))
        return np.maximum(*ends)

    def gradient(self, theta):
        return scaled_rows(self._slope(theta), super().gradient(theta))

    def score_gradient(self, theta):
        return [(self.model, np.diag(self._slope(theta)))]

    def _slope(self, theta):
        p = self.value(theta)
        return self.sign * p * (1.0 - p)


class _SoftmaxProbability(ScoreFunction):
    """Probability e^(s_y) / Σ_k e^(s_k) of one class of several a row."""

    bounds = TargetFunction.bounds

    def __init__(self, problem, function, X, y, model, codes):
        super().__init__(problem, function, X, y, model)
        self.codes = codes
        self.width = len(codes) * model.n_outputs

    def value(self, theta):
        return self.of_projections(self.model.scores(theta)[None])[0]

    def values(self, thetas, removals):
        return self.of_projections(self.model.scores_at_each(thetas))

    def directions(self):
        return sparse_directions(self.model)

    def of_projections(self, projections):
        scores = projections.reshape(len(projections), len(self.codes), -1)
        rows = np.arange(len(self.codes))
        return softmax(scores, axis=2)[:, rows, self.codes]

    def gradient(self, theta):
        return sums_of_objects(self._slope(theta), super().gradient(theta))

    def score_gradient(self, theta):
        slope = self._slope(theta)
        identity = np.eye(len(slope))
        outer = slope[:, :, None] * identity[:, None, :]
        return [(self.model, outer.reshape(-1, len(slope)))]

    def _slope(self, theta):
        """Return the derivatives in the scores of each row, of shape (n_test, K)."""
        p = softmax(self.model.scores(theta).reshape(len(self.codes), -1), axis=1)
        own = np.arange(p.shape[1]) == self.codes[:, None]
        return p[own][:, None] * (own - p)


def _probability(classifier, X, y, known):
    wanted = known[1] if y is None and len(known) == 2 else y
    if wanted is None:
        raise ValueError(
            f"{type(classifier).__name__} gives {len(known)} probabilities a row; pass "
            "y to say the probability of which class is wanted."
        )
    # A retrained model may have lost a class with its last member.
    hit = np.asarray(wanted)[..., None] == classifier.classes_
    return np.where(hit, classifier.predict_proba(X), 0.0).sum(axis=1)
