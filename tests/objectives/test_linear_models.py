"""Objectives of scikit-learn's linear models against their own refits."""

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy.sparse import csc_matrix, csr_array, dok_array
from sklearn.base import BaseEstimator, RegressorMixin, clone
from sklearn.datasets import load_breast_cancer, load_diabetes, load_iris
from sklearn.linear_model import (
    GammaRegressor,
    LinearRegression,
    LogisticRegression,
    PoissonRegressor,
    Ridge,
    RidgeClassifier,
    TweedieRegressor,
)
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import scale
from sklearn.svm import LinearSVC, LinearSVR

from sklinfluence import InfluenceExplainer
from sklinfluence.attribution import NewtonInfluence
from sklinfluence.losses import PointwiseHeldOutLoss, TweedieLoss, TweedieTerms
from sklinfluence.objectives import (
    FittedLinearModel,
    check_objective,
    make_objective,
    minimize_newton,
)

TIGHT = {"tol": 1e-12, "max_iter": 20_000}


def _diabetes():
    X, y = load_diabetes(return_X_y=True)
    return scale(X[:80, :5]) + 1.0, y[:80] / 50


def _two_targets():
    X, y = _diabetes()
    return X, np.column_stack([y, np.abs(X[:, 0] + y)])


def _cancer():
    X, y = load_breast_cancer(return_X_y=True)
    # A few other labels, so that no plane separates the classes.
    y[5:90:9] = 1 - y[5:90:9]
    return scale(X[:90, :4]) + 0.5, np.array(["bad", "good"])[y[:90]]


def _iris():
    X, y = load_iris(return_X_y=True)
    # Versicolor and virginica overlap, setosa not: some of each, with noise.
    rows, rng = np.arange(150) % 2 == 0, np.random.default_rng(0)
    return X[rows] + rng.normal(size=(75, 4)), np.array(["s", "ve", "vi"])[y[rows]]


def logistic(**params):
    return LogisticRegression(**(TIGHT | {"solver": "newton-cholesky"} | params))


def _unequal():
    X, y = _cancer()
    # Some rows at both ends, so that rows that are taken out are of both classes.
    rows = np.r_[:20, 20 + np.flatnonzero(y[20:] == "bad")]
    return X[rows], y[rows]


def _unequal_three():
    X, y = _iris()
    return X[18:], y[18:]


def _counts():
    X, y = _diabetes()
    return X, np.floor(y)


def svc(**params):
    return LinearSVC(**(TIGHT | {"dual": False} | params))


def svr(**params):
    squared = {"loss": "squared_epsilon_insensitive", "dual": False}
    return LinearSVR(**(TIGHT | squared | params))


NEWTON = {"solver": "newton-cholesky", "tol": 1e-10}
CASES = {
    "least squares": (LinearRegression(), _diabetes),
    "least squares, origin": (LinearRegression(fit_intercept=False), _diabetes),
    "ridge": (Ridge(alpha=3.0), _diabetes),
    "ridge, origin": (Ridge(alpha=3.0, fit_intercept=False), _diabetes),
    "two targets": (LinearRegression(), _two_targets),
    "ridge, two targets": (Ridge(alpha=[0.5, 20.0]), _two_targets),
    "logistic": (logistic(C=0.3), _cancer),
    "logistic, origin": (logistic(fit_intercept=False), _cancer),
    "logistic, no penalty": (logistic(C=np.inf), _cancer),
    "class weights": (logistic(class_weight={"good": 0.4, "bad": 3.0}), _cancer),
    "a class weight": (logistic(class_weight={"good": 4.0}), _cancer),
    "liblinear": (logistic(solver="liblinear", C=0.3), _cancer),
    "liblinear, scaling": (
        logistic(solver="liblinear", intercept_scaling=5.0, C=0.3),
        _cancer,
    ),
    "liblinear, dual": (logistic(solver="liblinear", dual=True, C=0.3), _cancer),
    "liblinear, origin": (logistic(solver="liblinear", fit_intercept=False), _cancer),
    "multinomial": (logistic(C=0.3), _iris),
    "multinomial, lbfgs": (logistic(C=0.3, solver="lbfgs"), _iris),
    "multinomial, origin": (logistic(fit_intercept=False), _iris),
    "multinomial, no penalty": (logistic(C=np.inf), _iris),
    "multinomial, weights": (logistic(class_weight={"s": 0.5, "vi": 2.0}), _iris),
    "balanced": (logistic(class_weight="balanced"), _unequal),
    "balanced, liblinear": (
        logistic(solver="liblinear", class_weight="balanced"),
        _unequal,
    ),
    "balanced, multinomial": (logistic(class_weight="balanced"), _unequal_three),
    "balanced, ridge": (RidgeClassifier(class_weight="balanced"), _unequal),
    "balanced, ridge, three": (
        RidgeClassifier(class_weight="balanced"),
        _unequal_three,
    ),
    "balanced, svc": (svc(C=0.3, class_weight="balanced"), _unequal),
    "poisson": (PoissonRegressor(alpha=0.1, **NEWTON), _counts),
    "poisson, no penalty": (PoissonRegressor(alpha=0.0, **NEWTON), _counts),
    "gamma": (GammaRegressor(alpha=0.1, **NEWTON), _diabetes),
    "gamma, origin": (GammaRegressor(fit_intercept=False, **NEWTON), _diabetes),
    "tweedie": (TweedieRegressor(power=1.5, alpha=0.1, **NEWTON), _counts),
    "normal": (TweedieRegressor(power=0, alpha=0.1, **NEWTON), _diabetes),
    "ridge classifier": (RidgeClassifier(alpha=3.0), _cancer),
    "ridge classifier, three": (RidgeClassifier(alpha=3.0), _iris),
    "ridge classifier, weights": (
        RidgeClassifier(class_weight={"s": 0.5, "vi": 2.0}),
        _iris,
    ),
    "svc": (svc(C=0.3), _cancer),
    "svc, dual": (svc(C=0.1, dual=True, tol=1e-9, max_iter=100_000), _cancer),
    "svc, scaling": (svc(intercept_scaling=5.0), _cancer),
    "svc, origin": (svc(fit_intercept=False), _cancer),
    "svc, weights": (svc(class_weight={"good": 0.4, "bad": 3.0}), _cancer),
    "svc, three": (svc(C=0.3), _iris),
    "svr": (svr(C=0.3, epsilon=0.1), _diabetes),
    "svr, scaling": (svr(C=3.0, epsilon=0.3, intercept_scaling=3.0), _diabetes),
}


@pytest.fixture(params=CASES, scope="module")
def case(request):
    """A fitted model with its training data."""
    model, load = CASES[request.param]
    X, y = load()
    return clone(model).fit(X, y), X, y


def without_gauge(objective, theta):
    """Take out the directions in which the objective does not change."""
    if objective.gauge is None:
        return theta
    basis, _ = np.linalg.qr(objective.gauge)
    return theta - basis @ (basis.T @ theta)


def assert_same_parameters(objective, found, expected, rtol=1e-6):
    found, expected = (without_gauge(objective, theta) for theta in (found, expected))
    assert_allclose(found, expected, rtol=0, atol=rtol * np.abs(expected).max())


def test_every_derivative_agrees_with_the_value(case):
    fitted = make_objective(*case)
    rng = np.random.default_rng(0)
    theta = fitted.theta + 0.1 * rng.normal(size=len(fitted.theta))
    check_objective(fitted.objective, theta)


def test_the_gradient_vanishes_at_the_fit(case):
    fitted = make_objective(*case)
    gradient = fitted.objective.gradient(fitted.theta)
    scale = fitted.objective.curvature_scale(fitted.theta)
    assert np.abs(gradient / scale).max() < 1e-6


def test_the_optimum_without_an_object_is_its_refit(case):
    model, X, y = case
    fitted, largest = make_objective(*case), 0.0
    for i in (0, 17, len(X) - 1):
        kept = np.delete(np.arange(len(X)), i)
        refit = clone(model).fit(X[kept], y[kept])
        presence = fitted.objective.presence_without([i])
        found = minimize_newton(fitted.objective, fitted.theta, presence)
        expected = fitted.parameters(refit)
        assert_same_parameters(fitted.objective, found.theta, expected)
        largest = max(largest, np.abs(expected - fitted.theta).max())
    # Far more than the difference that is tolerated.
    assert largest > 1e-3 * np.abs(fitted.theta).max()


def test_case_weights_multiply_terms(case):
    model, X, y = case
    weight = np.random.default_rng(1).choice([0.0, 0.5, 1.0, 3.0], size=len(X))
    weighted = clone(model).fit(X, y, sample_weight=weight)
    fitted = make_objective(weighted, X, y, sample_weight=weight)
    found = minimize_newton(fitted.objective, np.zeros_like(fitted.theta))
    assert_same_parameters(fitted.objective, fitted.theta, found.theta)
    kept = np.delete(np.arange(len(X)), 5)
    refit = clone(model).fit(X[kept], y[kept], sample_weight=weight[kept])
    presence = fitted.objective.presence_without([5])
    found = minimize_newton(fitted.objective, fitted.theta, presence)
    expected = fitted.parameters(refit)
    assert_same_parameters(fitted.objective, found.theta, expected)


def test_a_weight_of_two_is_two_rows(case):
    model, X, y = case
    double = np.r_[np.arange(len(X)), [3, 8]]
    weight = np.ones(len(X))
    weight[[3, 8]] = 2.0
    rows = make_objective(model, X[double], y[double])
    weights = make_objective(model, X, y, sample_weight=weight)
    theta = weights.theta + 0.1
    found, expected = weights.objective.value(theta), rows.objective.value(theta)
    if isinstance(model, RidgeClassifier) and model.class_weight == "balanced":
        # It counts rows, not weights, to balance classes.
        assert abs(found - expected) > 1e-3 * expected
        return
    assert_allclose(found, expected, rtol=1e-12)
    assert_allclose(weights.object_weight, weight * rows.object_weight[: len(X)])


def test_the_objective_never_changes_along_its_gauge(case):
    objective = make_objective(*case).objective
    theta = np.random.default_rng(2).normal(size=objective.n_params)
    H = objective.hessian(theta)
    rank = np.linalg.matrix_rank(H, tol=1e-9 * np.abs(H).max())
    if objective.gauge is None:
        assert rank == objective.n_params
    else:
        # And these are all the flat directions that there are.
        assert rank + objective.gauge.shape[1] == objective.n_params
        moved = theta + objective.gauge.sum(axis=1)
        assert_allclose(objective.value(moved), objective.value(theta), rtol=1e-12)
        assert_allclose(H @ objective.gauge, 0.0, atol=1e-10)


def test_parameters_go_into_a_model_and_back(case):
    model, X, _ = case
    fitted = make_objective(*case)
    theta = np.random.default_rng(3).normal(size=len(fitted.theta))
    before = model.predict(X)
    other = fitted.with_parameters(theta)
    assert type(other) is type(model)
    assert_array_equal(fitted.parameters(other), theta)
    assert other.coef_.shape == model.coef_.shape
    assert np.shape(other.intercept_) == np.shape(model.intercept_)
    expected = fitted.objective.model.at(fitted.features(X)).scores(theta)
    assert_allclose(fitted.scores(other, X), expected, rtol=1e-10, atol=1e-12)
    assert_array_equal(model.predict(X), before)
    for stale in ("n_iter_", "rank_", "singular_"):
        assert not hasattr(other, stale)


def test_scores_are_those_of_the_score_model(case):
    model, X, _ = case
    fitted = make_objective(*case)
    expected = fitted.objective.model.scores(fitted.theta)
    assert_allclose(fitted.scores(model, X), expected, rtol=1e-10, atol=1e-10)
    # What models with log link predict is not their scores.
    shown = getattr(model, "decision_function", model.predict)(X)
    same = np.allclose(np.reshape(shown, -1), expected)
    assert fitted.scores_follow_parameters == same


def test_held_out_losses_of_the_training_rows_add_up_to_the_objective(case):
    _, X, y = case
    fitted = make_objective(*case)
    loss = fitted.held_out_loss(X, y)
    assert not loss.uses_training_scores
    values = loss.value(fitted.objective.model.scores(fitted.theta), None)
    theta, alpha = fitted.theta, fitted.objective.alpha
    expected = fitted.objective.value(theta) - 0.5 * np.sum(alpha * theta**2)
    assert_allclose(fitted.object_weight @ values, expected, rtol=1e-11)


def test_names_of_parameters():
    X, y = _diabetes()
    fitted = make_objective(Ridge().fit(X, y), X, y)
    assert fitted.parameter_names.tolist() == [
        *(f"x{j}" for j in range(5)),
        "intercept",
    ]
    frame = pd.DataFrame(X[:, :2], columns=["bmi", "age"])
    fitted = make_objective(LinearRegression().fit(frame, y), frame, y)
    assert fitted.parameter_names.tolist() == ["bmi", "age", "intercept"]
    origin = LinearRegression(fit_intercept=False).fit(frame, y)
    fitted = make_objective(origin, frame, y)
    assert fitted.parameter_names.tolist() == ["bmi", "age"]


def test_rows_of_a_frame_are_checked_by_name():
    X, y = _diabetes()
    frame = pd.DataFrame(X[:, :2], columns=["bmi", "age"])
    fitted = make_objective(Ridge().fit(frame, y), frame, y)
    expected = np.column_stack([X[:3, :2], np.ones(3)])
    assert_array_equal(fitted.features(frame[:3]), expected)
    with pytest.raises(ValueError, match="feature names should match"):
        fitted.features(frame[["age", "bmi"]])


@pytest.mark.parametrize("kind", [csr_array, csc_matrix, dok_array])
@pytest.mark.parametrize("name", ["ridge", "logistic", "multinomial"])
def test_sparse_rows_are_the_same_rows(kind, name):
    model, load = CASES[name]
    X, y = load()
    X = np.where(X > 0.5, X, 0.0)
    dense = make_objective(clone(model).fit(X, y), X, y)
    sparse = make_objective(clone(model).fit(X, y), kind(X), y)
    theta = dense.theta + 0.1
    assert_allclose(
        sparse.objective.gradient(theta),
        dense.objective.gradient(theta),
        rtol=1e-12,
        atol=1e-12,
    )


def test_what_fit_of_a_subclass_adds_is_refused():
    class Noted(Ridge):
        def fit(self, X, y, sample_weight=None, note=None):
            return super().fit(X, y, sample_weight)

    X, y = _diabetes()
    assert make_objective(Noted().fit(X, y), X, y).theta.shape == (6,)
    with pytest.raises(NotImplementedError, match=r"Noted with fit\(note=...\)"):
        make_objective(Noted().fit(X, y, note="n"), X, y, note="n")


def test_a_pipeline_has_the_scores_of_its_last_step():
    X, y = _diabetes()
    fitted = make_objective(make_pipeline(Ridge()).fit(X, y), X, y)
    assert fitted.scores_follow_parameters


class _Exponential(RegressorMixin, BaseEstimator):
    """Gamma regression as a model that the package does not know."""

    def __init__(self, fit_intercept=True):
        self.fit_intercept = fit_intercept

    def fit(self, X, y):
        gamma = GammaRegressor(alpha=0, fit_intercept=self.fit_intercept, **NEWTON)
        gamma.fit(X, y)
        self.n_features_in_ = gamma.n_features_in_
        self.coef_, self.intercept_ = gamma.coef_, gamma.intercept_
        return self

    def predict(self, X):
        return np.exp(X @ self.coef_ + self.intercept_)


class _FittedExponential(FittedLinearModel):
    scores_follow_parameters = False

    def __init__(self, estimator, X, y):
        super().__init__(estimator, X, TweedieLoss(y, 2), 0.0)

    def scores(self, estimator, X):
        return np.log(estimator.predict(X))

    def held_out_loss(self, X, y):
        return PointwiseHeldOutLoss(TweedieTerms(y, 2))


@pytest.mark.parametrize("fit_intercept", [True, False], ids=["intercept", "none"])
def test_a_linear_model_of_your_own_needs_two_methods_only(fit_intercept):
    X, y = _diabetes()
    model = _Exponential(fit_intercept)
    make_objective.register(_Exponential, _FittedExponential)
    exact, retrained = (
        InfluenceExplainer(model, method, target="loss").fit(X, y).influence(X, y)
        for method in (NewtonInfluence("converged"), "loo")
    )
    assert_allclose(exact, retrained, atol=1e-6 * np.abs(retrained).max())
    score = InfluenceExplainer(model, NewtonInfluence("converged"), target="score")
    without = clone(model).fit(X[1:], y[1:]).predict(X)
    moved = without - clone(model).fit(X, y).predict(X)
    found = score.fit(X, y).influence(X, groups=[[0]])[:, 0]
    assert_allclose(found, moved, atol=1e-6 * np.abs(moved).max())
