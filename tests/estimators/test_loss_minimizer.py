"""Losses that no sum over rows can express, against retraining."""

import autograd.numpy as anp
import numpy as np
import pytest
from numpy.testing import assert_allclose
from sklearn.datasets import load_breast_cancer, load_diabetes, load_iris
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import Ridge
from sklearn.preprocessing import scale

from sklinfluence import InfluenceExplainer, LossMinimizer
from sklinfluence.attribution import NewtonInfluence
from sklinfluence.diagnostics import leverage, loo_predictions, most_influential_set
from sklinfluence.objectives import check_objective, make_objective


def linear(theta, X):
    return X @ theta


def squared(theta, X, y, presence):
    return anp.sum(presence * (y - X @ theta) ** 2)


def pairs_in_wrong_order(theta, X, y, presence):
    """A smooth area under the ROC curve: a loss of all pairs of a 1 and a 0."""
    score, present = X @ theta, anp.outer(presence[y == 1], presence[y == 0])
    margin = score[y == 1][:, None] - score[y == 0][None, :]
    return anp.sum(present * anp.logaddexp(0.0, -margin)) / 50


def contrastive(theta, X, y, presence):
    """Each row is to recognise the next of its class among all rows present."""
    similarity = X @ theta.reshape(X.shape[1], -1) @ X.T
    others = presence * (1 - np.eye(len(X)))
    total = anp.log(anp.sum(others * anp.exp(similarity), axis=1) + 1e-300)
    partner = np.array(
        [next(j for j in _following(i, y) if presence[j]) for i in range(len(y))]
    )
    return anp.sum(presence * (total - similarity[np.arange(len(y)), partner]))


def _following(i, y):
    same = np.flatnonzero(y == y[i])
    return [*same[same > i], *same[same < i]]


def auc():
    X, y = load_breast_cancer(return_X_y=True)
    return (
        LossMinimizer(pairs_in_wrong_order, linear, alpha=1.0),
        scale(X[:60, :4]),
        y[:60],
    )


def embedding():
    X, y = load_iris(return_X_y=True)
    rows = np.r_[:12, 50:62, 100:112]
    X = scale(X)[rows][:, :2]
    model = LossMinimizer(
        contrastive, lambda theta, X: X @ theta[:2], n_params=4, alpha=5.0
    )
    return model, X, y[rows]


@pytest.mark.parametrize("problem", [auc, embedding])
def test_influence_is_that_of_retraining(problem):
    model, X, y = problem()
    found = {
        method: InfluenceExplainer(model, method, target="score").fit(X, y)
        for method in ("loo", "vif", "newton")
    }
    exact = found["loo"].influence(X)
    for method, most in [("vif", 0.3), ("newton", 0.05)]:
        error = found[method].influence(X) - exact
        assert np.linalg.norm(error) < most * np.linalg.norm(exact)
    converged = InfluenceExplainer(model, NewtonInfluence("converged"), target="score")
    assert_allclose(converged.fit(X, y).influence(X), exact, rtol=1e-5, atol=1e-8)


@pytest.mark.parametrize("problem", [auc, embedding])
def test_the_objective_is_the_loss(problem):
    model, X, y = problem()
    fitted = make_objective(model.fit(X, y), X, y)
    assert np.abs(fitted.objective.gradient(fitted.theta)).max() < 1e-7
    check_objective(fitted.objective, fitted.theta + 0.1)


def test_a_sum_over_rows_is_what_it_is_elsewhere():
    X, y = load_diabetes(return_X_y=True)
    X, y = 20 * X[:60], y[:60] - y.mean()
    own = InfluenceExplainer(
        LossMinimizer(squared, linear, alpha=2.0), "newton", "score"
    )
    ridge = InfluenceExplainer(Ridge(alpha=1.0, fit_intercept=False), "newton", "score")
    assert_allclose(
        own.fit(X, y).influence(X), ridge.fit(X, y).influence(X), rtol=1e-6, atol=1e-8
    )
    assert_allclose(leverage(own), leverage(ridge), rtol=1e-6)
    assert_allclose(loo_predictions(own), loo_predictions(ridge), rtol=1e-6)


def test_a_set_that_turns_a_parameter_around():
    model, X, y = auc()
    explainer = InfluenceExplainer(model, target="score").fit(X, y)
    found = most_influential_set(explainer, "theta1")
    assert found.reached
    assert found.before * found.refitted < 0


def test_no_minimum_is_said():
    X = np.arange(8.0)[:, None]
    separable = LossMinimizer(pairs_in_wrong_order)
    with pytest.warns(ConvergenceWarning, match="No minimum of the loss"):
        separable.fit(X, X[:, 0] > 4)


def test_what_there_is_not():
    model, X, y = auc()
    with pytest.raises(ValueError, match="'auto' has no meaning for LossMinimizer"):
        InfluenceExplainer(model).fit(X, y)
    explainer = InfluenceExplainer(model, target="loss").fit(X, y)
    with pytest.raises(ValueError, match=r"no loss of a single test row.*'score'"):
        explainer.influence(X, y)
    assert not hasattr(LossMinimizer(squared), "predict")
    explainer = InfluenceExplainer(model, target="score").fit(X, y)
    with pytest.raises(ValueError, match="return_bound=True: no bound is known for"):
        explainer.influence(X, return_bound=True)
