"""The objective of Huber regression, with its scale, against its own refits."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import clone
from sklearn.linear_model import HuberRegressor

from sklinfluence import InfluenceExplainer
from sklinfluence.attribution import NewtonInfluence
from sklinfluence.metrics import agreement
from sklinfluence.objectives import check_objective, make_objective, minimize_newton

N = 60
RNG = np.random.default_rng(0)
X = RNG.normal(size=(N, 3))
Y = X @ [1.0, -2.0, 0.5] + 3.0 + RNG.standard_t(2, size=N)
WEIGHT = RNG.choice([0.0, 0.5, 1.0, 2.0], size=N)
TIGHT = {"tol": 1e-10, "max_iter": 10_000}


@pytest.fixture(params=[True, False], ids=["intercept", "origin"])
def model(request):
    """A fitted model, with weights."""
    model = HuberRegressor(alpha=0.5, fit_intercept=request.param, **TIGHT)
    return model.fit(X, Y, sample_weight=WEIGHT)


@pytest.fixture
def fitted(model):
    """Its objective."""
    return make_objective(model, X, Y, sample_weight=WEIGHT)


def test_every_derivative_agrees_with_the_value(fitted):
    check_objective(fitted.objective, fitted.theta + 0.05)


def test_reduced_objectives_are_each_by_itself(fitted):
    objective, theta = fitted.objective, fitted.theta + 0.05
    objects = np.array([3, 40])
    presences = np.stack([objective.presence_without([i]) for i in objects])
    hessians = [objective.hessian(theta, b) for b in presences]
    found = objective.removal_hessians(theta)(objects)
    assert_allclose(found, hessians, rtol=1e-10, atol=1e-10)
    found = objective.hessians(np.stack([theta, theta]), presences)
    assert_allclose(found, hessians, rtol=1e-10, atol=1e-10)
    gradients = [objective.gradient(theta, b) for b in presences]
    found = objective.gradients(np.stack([theta, theta]), presences)
    assert_allclose(found, gradients, rtol=1e-10, atol=1e-10)


def test_the_optimum_without_an_object_is_its_refit(model, fitted):
    for i in (2, 17, int(np.argmax(model.outliers_ * WEIGHT))):
        kept = np.arange(N) != i
        refit = clone(model).fit(X[kept], Y[kept], sample_weight=WEIGHT[kept])
        presence = fitted.objective.presence_without([i])
        found = minimize_newton(fitted.objective, fitted.theta, presence).theta
        assert_allclose(found, fitted.parameters(refit), rtol=0, atol=1e-5)


def test_scales_that_are_not_positive_have_an_infinite_loss(fitted):
    theta = fitted.theta.copy()
    theta[-1] = 0.0
    assert fitted.objective.value(theta) == np.inf


def test_parameters_go_into_a_model_and_back(model, fitted):
    theta = fitted.theta + 0.1
    other = fitted.with_parameters(theta)
    assert_array_equal(fitted.parameters(other), theta)
    assert not hasattr(other, "outliers_")
    expected = fitted.objective.model.at(fitted.features(X)).scores(theta)
    assert_allclose(fitted.scores(other, X), expected, rtol=1e-12)
    assert fitted.parameter_names[-1] == "scale"
    assert len(fitted.parameter_names) == len(theta)


def test_losses_of_rows_add_up_to_the_objective(model, fitted):
    values = fitted.held_out_loss(X, Y).value(fitted.scores(model, X))
    penalty = 0.5 * np.sum(fitted.objective.alpha * fitted.theta**2)
    expected = fitted.objective.value(fitted.theta) - penalty
    assert_allclose(WEIGHT @ values, expected, rtol=1e-12)


def test_change_of_the_loss_is_bounded_in_a_box(model, fitted):
    loss = fitted.held_out_loss(X, Y)
    S = fitted.scores(model, X)[:, None]
    radius = np.tile([[0.4], [0.1]], (N, 1))
    bound = loss.change_bound(S, radius)[:, 0]
    moves = radius * RNG.uniform(-1.0, 1.0, size=(2 * N, 500))
    change = np.abs(loss.value(S + moves) - loss.value(S))
    assert (change.max(axis=1) <= bound).all()
    assert (change.max(axis=1) > 0.5 * bound).all()
    assert np.isinf(loss.change_bound(S, 100.0 * radius)).all()


@pytest.mark.parametrize("target", ["loss", "score", "parameter"])
def test_influence_is_that_of_retraining(target):
    influence = {}
    for name, method in [("loo", "loo"), ("newton", NewtonInfluence("converged"))]:
        explainer = InfluenceExplainer(
            HuberRegressor(alpha=0.5, **TIGHT), method=method, target=target
        )
        influence[name] = explainer.fit(X, Y).influence(X[:5], Y[:5])
    # HuberRegressor stops where its loss falls by less than 2e-9 of itself, at a
    # distance that is the square root of that.
    error = influence["newton"] - influence["loo"]
    assert np.abs(error).max() < 1e-3 * np.abs(influence["loo"]).max()


def test_converged_newton_goes_below_where_retraining_stops():
    model = HuberRegressor(alpha=0.5, **TIGHT)
    method = NewtonInfluence("converged")
    explainer = InfluenceExplainer(model, method=method).fit(X, Y)
    steps, fitted = explainer.parameter_influence(), explainer.problem_.objective
    for i in range(0, N, 7):
        kept = np.arange(N) != i
        presence = fitted.objective.presence_without([i])
        refit = fitted.parameters(clone(model).fit(X[kept], Y[kept]))
        found, theirs = (
            fitted.objective.value(theta, presence)
            for theta in (fitted.theta + steps[i], refit)
        )
        assert found <= theirs * (1.0 + 1e-14)
        assert theirs - found < 1e-7 * theirs


def test_vif_is_close_to_retraining():
    influence = [
        InfluenceExplainer(HuberRegressor(alpha=0.5, **TIGHT), method, "score")
        .fit(X, Y)
        .influence(X)
        for method in ("vif", "loo")
    ]
    assert agreement(*influence).pearson > 0.98
