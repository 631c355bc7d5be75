"""Gradient methods on scikit-learn's linear models, against retraining."""

import warnings

import numpy as np
import pytest
from numpy.testing import assert_allclose
from sklearn.base import clone
from sklearn.datasets import load_breast_cancer, load_diabetes, load_iris
from sklearn.frozen import FrozenEstimator
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
from sklearn.preprocessing import StandardScaler, scale
from sklearn.svm import LinearSVC, LinearSVR

from sklinfluence import InfluenceExplainer
from sklinfluence.attribution import NewtonInfluence
from sklinfluence.metrics import agreement


def logistic(C):
    return LogisticRegression(C=C, tol=1e-10, max_iter=1000, solver="newton-cholesky")


# What is left is second order in the leverage of a row: the error grows with it.
CASES = {
    "least squares": (LinearRegression(), load_diabetes, 0.065),
    "ridge": (Ridge(alpha=0.1), load_diabetes, 0.03),
    "binary": (logistic(C=0.01), load_breast_cancer, 0.07),
    "multinomial": (logistic(C=0.1), load_iris, 0.045),
}


@pytest.fixture(scope="module")
def refits(tmp_path_factory):
    return str(tmp_path_factory.mktemp("refits"))


def both(case, target, refits):
    """Influence of every row on some by VIF and by retraining."""
    model, load, _ = CASES[case]
    X, y = load(return_X_y=True)
    X = scale(X) if case == "binary" else X
    return [
        InfluenceExplainer(model, method=method, target=target, memory=refits)
        .fit(X, y)
        .influence(X[::9], y[::9])
        for method in ("vif", "loo")
    ]


@pytest.mark.parametrize("target", ["loss", "score", "parameter"])
@pytest.mark.parametrize("case", CASES)
def test_vif_is_close_to_retraining(case, target, refits):
    result = agreement(*both(case, target, refits))
    assert result.relative_error < CASES[case][2]
    assert result.slope == pytest.approx(1.0, abs=CASES[case][2])
    assert result.pearson > 0.998


@pytest.mark.parametrize("model", [LinearRegression(), Ridge(alpha=0.1)])
def test_vif_of_least_squares_is_retraining_less_the_leverage(model):
    X, y = load_diabetes(return_X_y=True)
    pair = [
        InfluenceExplainer(model, method=method, target="score")
        .fit(X, y)
        .influence(X[:7])
        for method in ("vif", "loo")
    ]
    rows = np.column_stack([X, np.ones(len(X))])
    penalty = np.diag([getattr(model, "alpha", 0.0)] * 10 + [0.0])
    hat = rows @ np.linalg.solve(rows.T @ rows + penalty, rows.T)
    # Sherman and Morrison: both differ by 1 − h, exactly.
    assert_allclose(pair[0], pair[1] * (1.0 - np.diag(hat)), rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize("load", [load_iris, load_breast_cancer])
def test_a_common_shift_of_all_classes_is_no_singularity(load):
    X, y = load(return_X_y=True)
    X = scale(X)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        explainer = InfluenceExplainer(logistic(C=1.0)).fit(X, y)
    steps = explainer.parameter_influence()
    objective = explainer.problem_.objective.objective
    if objective.gauge is not None:
        shift = steps @ objective.gauge
        assert np.abs(shift).max() < 1e-12 * np.abs(steps).max()
    # The pseudo-inverse solves the same system without knowing what is flat.
    theta = explainer.problem_.objective.theta
    flat = 0 if objective.gauge is None else objective.gauge.shape[1]
    values, vectors = np.linalg.eigh(objective.hessian(theta))
    inverse = (vectors[:, flat:] / values[flat:]) @ vectors[:, flat:].T
    expected = objective.removal_gradients(theta) @ inverse
    assert_allclose(steps, expected, rtol=0, atol=1e-9 * np.abs(expected).max())


def test_an_unpenalised_multinomial_model_has_a_gauge_a_column():
    X, y = load_iris(return_X_y=True)
    # Two noisy columns: not separable, so that there is an optimum.
    X = X[:, :2] * [1.0, 1e4] + np.random.default_rng(0).normal(size=(150, 1))
    model = make_pipeline(StandardScaler(), logistic(C=np.inf))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        explainer = InfluenceExplainer(model, target="loss").fit(X, y)
    assert explainer.problem_.objective.objective.gauge.shape == (9, 3)
    assert np.isfinite(explainer.influence()).all()


def test_self_influence_is_the_diagonal():
    X, y = load_iris(return_X_y=True)
    for target in ("loss", "score"):
        explainer = InfluenceExplainer(logistic(C=1.0), target=target).fit(X, y)
        assert_allclose(
            explainer.self_influence(),
            np.diag(explainer.influence()),
            rtol=1e-9,
            atol=1e-12,
        )


def test_frozen_models_and_weights():
    X, y = load_diabetes(return_X_y=True)
    weight = 1.0 + np.arange(len(X)) % 3
    frozen = FrozenEstimator(Ridge().fit(X, y, sample_weight=weight))
    influence = InfluenceExplainer(frozen).fit(X, y, sample_weight=weight)
    expected = InfluenceExplainer(Ridge()).fit(X, y, sample_weight=weight)
    assert_allclose(influence.influence(X[:3], y[:3]), expected.influence(X[:3], y[:3]))


def _counts():
    X, y = load_diabetes(return_X_y=True)
    return scale(X[:150, :4]), np.floor(y[:150] / 50)


def _measures():
    X, y = _counts()
    return X, y + 0.5


def _classes():
    X, y = load_diabetes(return_X_y=True)
    return scale(X[:150, :4]), np.digitize(y[:150], [100.0, 200.0])


TIGHT = {"dual": False, "tol": 1e-11, "max_iter": 10_000, "C": 0.3}
SQUARED = {"loss": "squared_epsilon_insensitive", "epsilon": 0.2}
BALANCED = logistic(0.1).set_params(class_weight="balanced")
NEWTON = {"alpha": 0.1, "solver": "newton-cholesky", "tol": 1e-10}
# How far VIF is from retraining: the leverage of rows, and their share of a penalty.
EXACT = {
    "poisson": (PoissonRegressor(**NEWTON), _counts, 0.08),
    "gamma": (GammaRegressor(**NEWTON), _measures, 0.08),
    "tweedie": (TweedieRegressor(power=1.5, **NEWTON), _counts, 0.08),
    "normal": (TweedieRegressor(power=0, **NEWTON), _measures, 0.08),
    "ridge classifier": (RidgeClassifier(), _classes, 0.08),
    "balanced": (BALANCED, _classes, 0.08),
    "svc": (LinearSVC(**TIGHT), _classes, 0.1),
    "svr": (LinearSVR(**TIGHT, **SQUARED), _measures, 0.08),
}


@pytest.fixture(params=EXACT)
def exact(request):
    """A model, its data, weights, and the parameters without each row, retrained."""
    model, load, error = EXACT[request.param]
    X, y = load()
    weight = np.random.default_rng(0).choice([0.5, 1.0, 2.0], size=len(y))
    effects = (
        InfluenceExplainer(clone(model), method="loo", target="parameter")
        .fit(X, y, sample_weight=weight)
        .influence()
    )
    return model, X, y, weight, effects, error


def test_converged_newton_is_retraining(exact):
    model, X, y, weight, effects, _ = exact
    method = NewtonInfluence("converged")
    explainer = InfluenceExplainer(clone(model), method=method, target="parameter")
    found = explainer.fit(X, y, sample_weight=weight).influence()
    # liblinear stops where the loss falls by less than 1e-12 of itself, which is a
    # distance of its square root.
    rtol = 1e-5 if isinstance(model, (LinearSVC, LinearSVR)) else 1e-6
    assert_allclose(found, effects, rtol=0, atol=rtol * np.abs(effects).max())


def test_vif_of_every_model_is_close_to_retraining(exact):
    model, X, y, weight, effects, error = exact
    explainer = InfluenceExplainer(clone(model), target="parameter")
    found = explainer.fit(X, y, sample_weight=weight).influence()
    assert agreement(found, effects).relative_error < error


@pytest.mark.parametrize("exact", [c for c in EXACT if "sv" not in c], indirect=True)
def test_certificates_hold_for_every_self_concordant_loss(exact):
    model, X, y, weight, effects, _ = exact
    explainer = InfluenceExplainer(clone(model), method="newton", target="parameter")
    explainer.fit(X, y, sample_weight=weight)
    found, bound = explainer.influence(return_bound=True)
    known = np.isfinite(bound)
    assert known.mean() > 0.8
    slack = 1e-9 * np.abs(effects).max()
    assert (np.abs(found - effects) <= bound + slack)[known].all()
