"""Gauss–Newton curvature, and the dual solve that costs the same at any width."""

import tracemalloc

import numpy as np
import pytest
from numpy.testing import assert_allclose
from sklearn.datasets import load_diabetes, load_iris
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.preprocessing import scale

from sklinfluence import CoxRegressor, InfluenceExplainer
from sklinfluence.attribution import VersatileInfluence
from sklinfluence.attribution._hessian import GaussNewtonOperator
from sklinfluence.objectives import AutogradObjective, make_objective
from sklinfluence.solvers import ConjugateGradientSolver
from sklinfluence.utils import survival_target

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


def cox_data():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(60, 3))
    time = np.ceil(20 * rng.exponential(size=60) * np.exp(-np.tanh(X[:, 0])))
    return X, survival_target(rng.random(60) < 0.7, time)


def cox():
    model = CoxRegressor(
        alpha=1.0, hidden_layer_sizes=(6, 5), activation="tanh", random_state=0
    )
    return model, *cox_data(), ["log_risk", "relative_risk", "loss"]


def stratified():
    X, y = cox_data()
    model = CoxRegressor(
        strata=3, alpha=1.0, hidden_layer_sizes=7, activation="tanh", random_state=0
    )
    return model, np.column_stack([X, np.arange(60) % 2]), y, ["log_risk", "loss"]


def linear_cox():
    return CoxRegressor(alpha=1.0), *cox_data(), ["log_risk", "loss"]


def regressor():
    X, y = load_diabetes(return_X_y=True)
    X, y = scale(X[:50]), scale(y[:50])
    model = MLPRegressor(
        hidden_layer_sizes=(6, 4),
        activation="tanh",
        solver="lbfgs",
        alpha=1.0,
        random_state=0,
    )
    return model, X, y, ["score", "loss"]


def classifier():
    X, y = load_iris(return_X_y=True)
    model = MLPClassifier(
        hidden_layer_sizes=(5,), solver="lbfgs", alpha=1.0, random_state=0
    )
    return model, scale(X)[::3], y[::3], ["loss", "probability"]


def multinomial():
    X, y = load_iris(return_X_y=True)
    targets = ["loss", "probability", "score"]
    return LogisticRegression(), scale(X)[::3], y[::3], targets


def binary():
    X, y = load_iris(return_X_y=True)
    rows = slice(None, 100, 2)
    targets = ["loss", "probability", "score"]
    return LogisticRegression(), scale(X[rows]), y[rows], targets


MODELS = [cox, stratified, linear_cox, regressor, classifier, multinomial, binary]


@pytest.fixture(scope="module", params=MODELS, ids=lambda make: make.__name__)
def problem(request):
    model, X, y, targets = request.param()
    return FrozenEstimator(model.fit(X, y)), X, y, targets


def explained(problem, target, solver, groups=None, **settings):
    model, X, y, _ = problem
    method = VersatileInfluence(
        solver, damping=0.5, linearize=True, curvature="gauss_newton", **settings
    )
    explainer = InfluenceExplainer(model, method, target).fit(X, y)
    return explainer.influence(X[:9], y[:9], groups=groups)


def test_dual_solve_is_that_of_the_explicit_matrix(problem):
    for target in problem[-1]:
        expected = explained(problem, target, "explicit")
        found = explained(problem, target, "dual")
        assert_allclose(found, expected, rtol=0, atol=1e-9 * np.abs(expected).max())


def test_gradients_of_scores_make_those_of_parameters(problem):
    model, X, y, targets = problem
    for target in targets:
        explainer = InfluenceExplainer(model, target=target).fit(X, y)
        theta = explainer.problem_.objective.theta
        function = explainer.target_.at(X[:9], y[:9])
        parts = function.score_gradient(theta)
        found = sum(outer.T @ part.jacobian(theta) for part, outer in parts)
        assert_allclose(found, function.gradient(theta), atol=1e-12)


def test_parameters_and_diagnosis_without_a_false_alarm(problem):
    model, X, y, targets = problem
    method = VersatileInfluence("dual", damping=0.5, curvature="gauss_newton")
    explainer = InfluenceExplainer(model, method, targets[0]).fit(X, y)
    found = explainer.parameter_influence()
    assert explainer.method_.residual_norm_.max() <= 1e-10
    method.set_params(solver="explicit")
    explicit = InfluenceExplainer(model, method, targets[0]).fit(X, y)
    expected = explicit.parameter_influence()
    assert_allclose(found, expected, atol=1e-9 * np.abs(expected).max())


def test_conjugate_gradients_on_the_same_matrix(problem):
    target = problem[-1][0]
    expected = explained(problem, target, "dual")
    found = explained(problem, target, ConjugateGradientSolver(tol=1e-11))
    assert_allclose(found, expected, rtol=0, atol=1e-8 * np.abs(expected).max())


def test_groups(problem):
    target, groups = problem[-1][0], [np.arange(5), [7], [1, 11]]
    expected = explained(problem, target, "explicit", groups)
    found = explained(problem, target, "dual", groups)
    assert_allclose(found, expected, rtol=0, atol=1e-9 * np.abs(expected).max())


def test_matrix_is_that_of_the_jacobian(problem):
    model, X, y, _ = problem
    fitted = make_objective(model, X, y)
    objective, theta = fitted.objective, fitted.theta
    J, S = objective.model.jacobian(theta), objective.model.scores(theta)
    curvature = objective.loss.hessian_product(S, np.eye(len(S)))
    alpha = np.broadcast_to(objective.alpha, theta.shape) + 0.3
    expected = J.T @ curvature @ J + np.diag(alpha)
    operator = GaussNewtonOperator(objective, theta, 0.3)
    # The same but for what is added along directions that nothing depends on.
    gauge = operator._gauge @ operator._gauge.T
    found = operator.to_dense() - gauge
    assert_allclose(found, expected, atol=1e-9 * np.abs(expected).max())


def test_cost_does_not_depend_on_the_width():
    X, y = cox_data()
    model = CoxRegressor(
        alpha=1.0,
        hidden_layer_sizes=(400, 400),
        activation="tanh",
        random_state=0,
        max_iter=2,
    ).fit(X, y)
    n_params = 400 * 3 + 400 + 400 * 400 + 400 + 400
    tracemalloc.start()
    explained((FrozenEstimator(model), X, y, None), "log_risk", "dual")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    # A few vectors of the parameters, where 60 gradients would be 60 of them.
    assert peak < 25 * 8 * n_params


def test_chain_rule_is_the_default_where_parameters_outnumber_objects():
    X, y = cox_data()
    model = CoxRegressor(
        alpha=5.0, hidden_layer_sizes=(12, 12), activation="tanh", random_state=0
    ).fit(X, y)
    frozen, found = FrozenEstimator(model), {}
    for linearize in ("auto", True, False):
        method = VersatileInfluence(linearize=linearize)
        explainer = InfluenceExplainer(frozen, method).fit(X, y)
        found[linearize] = explainer.influence(X[:5])
    assert_allclose(found["auto"], found[True], rtol=0)
    assert not np.allclose(found["auto"], found[False])
    # A function of the model has no gradient: it is evaluated.
    explainer = InfluenceExplainer(frozen, target=lambda m, X, y: m.predict(X))
    assert explainer.fit(X, y).influence(X[:5]).shape == (5, 60)


def test_loss_of_unknown_form_is_refused():
    objective = AutogradObjective(lambda theta, b: theta @ theta, 2, 3)
    with pytest.raises(ValueError, match='curvature="hessian"'):
        GaussNewtonOperator(objective, np.zeros(2))


def test_the_dual_solver_needs_the_gauss_newton_matrix():
    explainer = InfluenceExplainer(CoxRegressor(), VersatileInfluence("dual"))
    with pytest.raises(ValueError, match='curvature="gauss_newton"'):
        explainer.fit(*cox_data())
