import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import clone

from sklinfluence import CoxRegressor
from sklinfluence.datasets import fetch_metabric, fetch_support
from sklinfluence.objectives import check_objective, make_objective, minimize_newton
from sklinfluence.utils import survival_target


def cohort(kind, n=40, seed=0):
    """Return X, y and fit parameters with heavy ties, as ``kind`` says."""
    rng = np.random.default_rng(seed)
    X = pd.DataFrame(rng.normal(size=(n, 3)) * [1, 5, 0.2] + 2, columns=["a", "b", "c"])
    X["group"] = rng.choice(["high", "low", "none"], size=n)
    if "strata" not in kind:
        X["group"] = (X["group"] == "low").astype(float)
    time = rng.integers(1, 10, size=n)
    entry = np.floor(time * rng.random(n)) if "entry" in kind else None
    y = survival_target(rng.random(n) < 0.75, time, entry)
    weight = rng.choice([0.0, 0.5, 1.0, 2.0], size=n)
    return X, y, {"sample_weight": weight} if "weights" in kind else {}


KINDS = ["plain", "entry", "strata", "weights", "entry strata weights"]


@pytest.fixture(params=KINDS)
def kind(request):
    """What there is beside covariates, times and events."""
    return request.param


@pytest.fixture(params=["breslow", "efron"])
def ties(request):
    """Both treatments of tied events."""
    return request.param


@pytest.fixture(params=[0.0, 1.5])
def model(request, kind, ties):
    """A specification of a model for that data."""
    strata = "group" if "strata" in kind else None
    return CoxRegressor(alpha=request.param, ties=ties, strata=strata)


@pytest.fixture
def fitted(model, kind):
    """The fitted model with its data and objective."""
    X, y, params = cohort(kind)
    estimator = clone(model).fit(X, y, **params)
    return estimator, X, y, params, make_objective(estimator, X, y, **params)


REMOVALS = [[0], [17], [39], [3, 4, 5, 30]]


def refit(model, X, y, params, removed):
    kept = np.delete(np.arange(len(X)), removed)
    subset = {key: value[kept] for key, value in params.items()}
    return clone(model).fit(X.iloc[kept], y[kept], **subset)


@pytest.mark.parametrize("removed", REMOVALS, ids=str)
def test_minimum_without_objects_is_the_model_refitted_without_them(
    model, fitted, removed
):
    _, X, y, params, objective = fitted
    presence = objective.objective.presence_without(removed)
    found = minimize_newton(objective.objective, objective.theta, presence)
    expected = refit(model, X, y, params, removed).coef_
    assert found.converged
    assert_allclose(found.theta, expected, rtol=1e-9, atol=1e-10)


@pytest.mark.parametrize("removed", REMOVALS, ids=str)
def test_copy_with_parameters_of_a_refit_predicts_as_the_refit(model, fitted, removed):
    _, X, y, params, objective = fitted
    other = refit(model, X, y, params, removed)
    copy = objective.with_parameters(other.coef_, removed)
    times = [0.5, 2.0, 5.0, 8.5, 20.0]
    found = copy.predict_survival_function(X, times)
    assert_allclose(found, other.predict_survival_function(X, times), atol=1e-13)
    assert_allclose(copy.predict(X), other.predict(X), atol=1e-12)
    assert_array_equal(copy.event_times_, other.event_times_)
    assert_allclose(copy.log_likelihood_, other.log_likelihood_, rtol=1e-12)


def test_copy_does_not_claim_what_does_not_follow_from_parameters(fitted):
    copy = fitted[-1].with_parameters(fitted[-1].theta, [0])
    for name in ("standard_errors_", "covariance_", "max_gradient_", "n_iter_"):
        assert hasattr(fitted[0], name)
        assert not hasattr(copy, name)


def test_copy_of_a_copy_can_be_made():
    X, y, _ = cohort("plain")
    objective = make_objective(CoxRegressor().fit(X, y), X, y)
    copy = objective.with_parameters(objective.theta)
    again = make_objective(copy, X, y).with_parameters(objective.theta)
    assert_array_equal(again.predict(X), copy.predict(X))


def test_copy_with_parameters_leaves_the_model_alone(fitted):
    estimator, X, _, _, objective = fitted
    before = estimator.predict(X), estimator.predict_survival_function(X)
    objective.with_parameters(objective.theta + 1.0, [0, 1])
    assert_array_equal(estimator.predict(X), before[0])
    assert_array_equal(estimator.predict_survival_function(X), before[1])


def test_gradient_vanishes_at_the_fitted_parameters(fitted):
    estimator, _, _, _, objective = fitted
    gradient = objective.objective.gradient(objective.theta)
    assert np.abs(gradient).max() < 1e-9
    assert_allclose(gradient, 0.0, atol=2 * estimator.max_gradient_ + 1e-13)


def test_hessian_is_the_inverse_of_the_covariance(fitted):
    estimator, _, _, _, objective = fitted
    hessian = objective.objective.hessian(objective.theta)
    assert_allclose(hessian @ estimator.covariance_, np.eye(len(hessian)), atol=1e-9)


def test_derivatives_agree_with_the_value(fitted):
    objective = fitted[-1]
    check_objective(objective.objective, objective.theta + 0.1)


def test_value_is_the_penalised_log_likelihood(fitted):
    estimator, _, _, _, objective = fitted
    penalty = estimator.alpha / 2 * np.sum(estimator.coef_**2)
    found = objective.objective.value(objective.theta)
    assert_allclose(found, penalty - estimator.log_likelihood_, rtol=1e-13)


def test_features_are_centred_covariates(fitted):
    _, X, _, params, objective = fitted
    columns = list(objective.parameter_names)
    mean = np.average(X[columns], axis=0, weights=params.get("sample_weight"))
    found = objective.features(X[:5])
    assert_allclose(found, (X[columns][:5] - mean).astype(float), rtol=1e-12)
    assert_allclose(
        objective.objective.model.at(found).scores(objective.theta),
        objective.scores(fitted[0], X[:5]),
        rtol=1e-12,
    )


def test_weights_of_objects_are_sample_weights(fitted):
    _, X, _, params, objective = fitted
    expected = params.get("sample_weight", np.ones(len(X)))
    assert_array_equal(objective.object_weight, expected)


def test_held_out_loss_refuses_strata_without_training_data():
    X, y, _ = cohort("strata")
    estimator = CoxRegressor(strata="group").fit(X, y)
    objective = make_objective(estimator, X, y)
    message = (
        r"strata \['other'\].*expected those of the training data, \['high', 'low'"
    )
    with pytest.raises(ValueError, match=message):
        objective.held_out_loss(X[:3].assign(group="other"), y[:3])


def gradient_in_long_doubles(X, y, theta, ties):
    """Gradient of the Cox loss without entry times, strata and weights."""
    order = np.argsort(-y["time"], kind="stable")
    X, y = X[order].astype(np.longdouble), y[order]
    w = np.exp((X * theta).sum(axis=1))
    wX = np.column_stack([w, w[:, None] * X])
    event = y["event"]
    times, instant, d = np.unique(
        y["time"][event], return_inverse=True, return_counts=True
    )
    at_risk = np.searchsorted(-y["time"], -times, side="right") - 1
    at_risk = np.cumsum(wX, axis=0)[at_risk]
    dead = np.zeros_like(at_risk)
    np.add.at(dead, instant, wX[event])
    rank = np.arange(event.sum()) - np.repeat(np.cumsum(d) - d, d)
    gone = (rank / np.repeat(d, d).astype(np.longdouble))[:, None]
    gone = gone if ties == "efron" else 0 * gone
    sums = np.repeat(at_risk, d, axis=0) - gone * np.repeat(dead, d, axis=0)
    return (sums[:, 1:] / sums[:, :1]).sum(axis=0) - X[event].sum(axis=0)


@pytest.mark.parametrize(
    ("fetch", "n_removed"), [(fetch_metabric, 1904), (fetch_support, 300)]
)
def test_removal_gradients_on_real_data_are_explicit_deletion(
    data_folder, fetch, n_removed, ties
):
    X, y = fetch(return_X_y=True, data_home=data_folder, download_if_missing=False)
    model = CoxRegressor(ties=ties).fit(X, y)
    fitted = make_objective(model, X, y)
    found = fitted.objective.removal_gradients(fitted.theta)
    X, n = X.to_numpy(), len(X)
    removed = np.random.default_rng(0).permutation(n)[:n_removed]
    full = gradient_in_long_doubles(X, y, model.coef_, ties)
    rest = (np.delete(np.arange(n), i) for i in removed)
    without = [gradient_in_long_doubles(X[k], y[k], model.coef_, ties) for k in rest]
    expected = (full - np.array(without)).astype(float)
    # In standard units, so that no covariate hides behind another.
    error = (found[removed] - expected) / X.std(axis=0)
    size = np.linalg.norm(expected / X.std(axis=0), axis=1)
    relative = np.linalg.norm(error, axis=1) / np.maximum(size, np.median(size))
    assert relative.max() <= 1e-12
