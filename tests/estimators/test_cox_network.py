"""Networks for the log-risk: what they minimise, and what removal does to them."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.optimize import minimize
from sklearn.exceptions import ConvergenceWarning
from sklearn.frozen import FrozenEstimator
from sklearn.neural_network import MLPRegressor

from sklinfluence import CoxRegressor, InfluenceExplainer
from sklinfluence.attribution import NewtonInfluence, VersatileInfluence
from sklinfluence.datasets import load_rossi
from sklinfluence.estimators._network import initial_parameters
from sklinfluence.models import PerceptronModel, flat_parameters
from sklinfluence.objectives import check_objective, make_objective
from sklinfluence.utils import survival_target


@pytest.fixture(scope="module")
def data():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(150, 3)) + [0.0, 5.0, 0.0]
    hazard = np.exp(np.sin(2 * X[:, 0]) + 0.5 * X[:, 2] ** 2)
    time = np.ceil(20 * rng.exponential(size=150) / hazard)
    return X, survival_target(rng.random(150) < 0.7, time)


def network(**settings):
    defaults = {
        "alpha": 3.0,
        "hidden_layer_sizes": (4, 3),
        "activation": "tanh",
        "random_state": 0,
    }
    return CoxRegressor(**(defaults | settings))


@pytest.fixture(scope="module", params=["tanh", "logistic", "identity"])
def fitted(request, data):
    return network(activation=request.param).fit(*data)


def test_training_ends_at_a_minimum(fitted, data):
    problem = make_objective(fitted, *data)
    gradient = problem.objective.gradient(problem.theta)
    assert np.abs(gradient).max() <= 1e-7
    assert fitted.max_gradient_ == np.abs(gradient).max()
    assert np.linalg.eigvalsh(problem.objective.hessian(problem.theta)).min() > -1e-6


def test_objective_agrees_with_autograd(fitted, data):
    problem = make_objective(fitted, *data)
    rng = np.random.default_rng(1)
    check_objective(problem.objective, problem.theta + 0.1 * rng.normal(size=34))


def test_log_risk_is_zero_on_average(fitted, data):
    X, y = data
    assert abs(fitted.predict(X).mean()) <= 1e-12
    assert_allclose(fitted.predict_relative_risk(X), np.exp(fitted.predict(X)))
    curves = fitted.predict_survival_function(X[:4])
    assert (np.diff(curves) <= 0).all()
    assert ((curves >= 0) & (curves <= 1)).all()
    if fitted.activation == "tanh":
        assert fitted.score(X, y) > 0.65


def test_identity_network_has_the_scores_of_a_linear_model(data):
    X, y = data
    deep = network(activation="identity", hidden_layer_sizes=2, alpha=1e-8).fit(X, y)
    assert_allclose(deep.predict(X), CoxRegressor().fit(X, y).predict(X), atol=1e-4)


def test_weight_of_two_is_a_row_twice(data):
    X, y = data
    weight = np.where(np.arange(150) < 20, 2.0, 1.0)
    weighted = network().fit(X, y, sample_weight=weight)
    rows = np.repeat(np.arange(150), weight.astype(int))
    twice = network().fit(X[rows], y[rows])
    assert_allclose(weighted.predict(X), twice.predict(X), atol=1e-6)


def test_layers_are_those_of_scikit_learn(data):
    X, _ = data
    model = network(activation="relu", max_iter=1)
    with pytest.warns(ConvergenceWarning, match="max_iter"):
        model.fit(*data)
    twin = MLPRegressor(
        hidden_layer_sizes=(4, 3), activation="relu", solver="lbfgs", max_iter=1
    )
    with pytest.warns(ConvergenceWarning):
        twin.fit(X, X[:, 0])
    twin.coefs_ = model.coefs_
    twin.intercepts_ = [*model.intercepts_, np.array([-model.offset_])]
    assert [W.shape for W in model.coefs_] == [(3, 4), (4, 3), (3, 1)]
    assert_allclose(model.predict(X), twin.predict(X), rtol=1e-10)


def test_parameters_there_and_back(rng):
    model = PerceptronModel(rng.normal(size=(5, 2)), (3,), output_bias=False)
    theta = initial_parameters(model, np.random.RandomState(0))
    W, V = model.layers(theta)
    assert_allclose(flat_parameters([W[0], V[0]], [W[1]]), theta)


def test_names_of_parameters_follow_columns():
    X, y = load_rossi(return_X_y=True)
    model = network(hidden_layer_sizes=2, alpha=50.0).fit(X[["age", "prio"]], y)
    explainer = InfluenceExplainer(FrozenEstimator(model)).fit(X[["age", "prio"]], y)
    frame = explainer.parameter_influence(groups={"first": [0]}, as_frame=True)
    assert list(frame.columns[:4]) == [
        f"coefs_[0][{name}, {unit}]" for name in ("age", "prio") for unit in (0, 1)
    ]
    assert frame.shape == (1, 2 * 2 + 2 + 2)


def test_adam_approaches_the_same_minimum(data):
    X, y = data
    settings = {"hidden_layer_sizes": 2, "alpha": 10.0}
    exact = network(**settings).fit(X, y)
    adam = network(**settings, solver="adam", learning_rate_init=0.01, max_iter=3000)
    assert_allclose(adam.fit(X, y).predict(X), exact.predict(X), atol=1e-4)
    assert adam.n_iter_ == 3000
    with pytest.warns(ConvergenceWarning, match="solver='lbfgs'"):
        adam.set_params(max_iter=20).fit(X, y)


def test_same_seed_same_network(data):
    first, again = network().fit(*data), network().fit(*data)
    assert_allclose(first.predict(data[0]), again.predict(data[0]), rtol=0)


@pytest.mark.parametrize(
    "settings",
    [
        {"hidden_layer_sizes": -1},
        {"activation": "swish"},
        {"solver": "sgd"},
        {"learning_rate_init": 0.0},
    ],
    ids=str,
)
def test_bad_parameters(data, settings):
    with pytest.raises(ValueError, match=next(iter(settings))):
        network(**settings).fit(*data)


@pytest.mark.parametrize("sizes", [(0,), (3, -2), (2.5,)], ids=str)
def test_layers_without_units(data, sizes):
    with pytest.raises(ValueError, match="hidden_layer_sizes"):
        network(hidden_layer_sizes=sizes).fit(*data)


def refitted(problem, i):
    """Return the minimum without object i that lies nearest to the fit."""
    objective, presence = problem.objective, problem.objective.presence_without([i])
    found = minimize(
        objective.value,
        problem.theta,
        args=(presence,),
        jac=objective.gradient,
        hess=objective.hessian,
        method="trust-exact",
        options={"gtol": 1e-8},
    )
    return found.x


@pytest.mark.parametrize("strata", [False, True], ids=["plain", "strata"])
def test_influence_is_that_of_exact_removal(data, strata):
    X, y = data
    settings = {"hidden_layer_sizes": 3}
    if strata:
        X = np.column_stack([X, np.arange(150) % 2])
        settings["strata"] = 3
    model = network(**settings).fit(X, y)
    problem = make_objective(model, X, y)
    objects = list(range(0, 150, 6))
    removals = [np.array([i]) for i in objects]
    thetas = np.stack([refitted(problem, i) for i in objects])
    # The effect of removal as refitted models predict it, not as parameters say it.
    copies = [problem.with_parameters(t, r) for t, r in zip(thetas, removals, strict=1)]
    scores = np.stack([copy.predict(X) for copy in copies])
    truth = scores - scores.mean(axis=1, keepdims=True) - model.predict(X)
    errors = {}
    for name, method in {
        "linear": VersatileInfluence(linearize=True),
        "evaluated": VersatileInfluence(linearize=False),
        "newton": NewtonInfluence(3),
    }.items():
        explainer = InfluenceExplainer(FrozenEstimator(model), method, "log_risk")
        found = explainer.fit(X, y).influence(X)[:, objects].T
        errors[name] = np.linalg.norm(found - truth) / np.linalg.norm(truth)
        assert np.corrcoef(found.ravel(), truth.ravel())[0, 1] > 0.99
    # Three units of 150 subjects: far from linear in the presence of one.
    assert errors["linear"] < 0.2
    assert errors["evaluated"] < 0.2
    assert errors["newton"] < 1e-4


def test_a_copy_predicts_as_a_model_trained_without_some(data):
    X, y = data
    model = network(hidden_layer_sizes=2, alpha=20.0).fit(X, y)
    problem = make_objective(model, X, y)
    kept = np.arange(10, 150)
    copy = problem.with_parameters(problem.theta, np.arange(10))
    assert abs(copy.predict(X[kept]).mean()) <= 1e-12
    assert copy.event_times_.max() <= model.event_times_.max()
    assert not hasattr(copy, "n_iter_")


def test_a_fit_leaves_nothing_of_one_of_the_other_kind(data):
    X, y = data
    model = network(hidden_layer_sizes=2, alpha=20.0).fit(X, y)
    scores = model.predict(X)
    # What was fitted decides, not what is to be fitted next.
    model.set_params(hidden_layer_sizes=())
    assert_allclose(model.predict(X), scores, rtol=0)
    model.fit(X, y)
    assert not any(hasattr(model, name) for name in ("coefs_", "offset_"))
    model.set_params(hidden_layer_sizes=2).fit(X, y)
    assert not any(hasattr(model, name) for name in ("coef_", "covariance_", "mean_"))
