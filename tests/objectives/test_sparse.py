"""Objectives of linear models of sparse rows: those of the same rows, dense."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy import sparse
from sklearn.linear_model import (
    GammaRegressor,
    HuberRegressor,
    LinearRegression,
    LogisticRegression,
    PoissonRegressor,
    Ridge,
    RidgeClassifier,
    SGDClassifier,
    SGDRegressor,
    TweedieRegressor,
)
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MaxAbsScaler
from sklearn.svm import LinearSVC, LinearSVR

from sklinfluence.objectives import check_objective, make_objective

RNG = np.random.default_rng(0)
# With rows and a column of zeros, and a zero that is stored.
X = sparse.random_array((50, 6), density=0.4, rng=0, format="lil")
X[:3], X[:, 4] = 0.0, 0.0
X = sparse.csr_array(X)
X.data[5] = 0.0
SCORE = X @ RNG.normal(size=6) + 0.3 * RNG.normal(size=50)
NUMBER, COUNT = SCORE, RNG.poisson(np.exp(SCORE))
TWO, THREE = (SCORE > 0.1).astype(int), np.digitize(SCORE, [-0.2, 0.4])
WEIGHT = RNG.integers(1, 4, size=50).astype(float)
QUIET = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

MODELS = {
    "least squares": (LinearRegression(), NUMBER),
    "without intercept": (Ridge(0.5, fit_intercept=False), NUMBER),
    "several targets": (Ridge(0.5), np.column_stack([NUMBER, NUMBER**2])),
    "binary": (LogisticRegression(), TWO),
    "balanced": (LogisticRegression(class_weight="balanced"), TWO),
    "multinomial": (LogisticRegression(), THREE),
    "balanced multinomial": (LogisticRegression(class_weight="balanced"), THREE),
    "liblinear": (LogisticRegression(solver="liblinear"), TWO),
    "ridge classifier": (RidgeClassifier(), THREE),
    "poisson": (PoissonRegressor(alpha=0.01), COUNT),
    "gamma": (GammaRegressor(alpha=0.01), COUNT + 0.5),
    "tweedie": (TweedieRegressor(power=1.5, alpha=0.01), COUNT),
    "normal": (TweedieRegressor(power=0, alpha=0.01), NUMBER),
    "svc": (LinearSVC(), TWO),
    "svr": (LinearSVR(loss="squared_epsilon_insensitive", dual=False), NUMBER),
    "sgd": (SGDClassifier("log_loss", random_state=0), TWO),
    "sgd number": (SGDRegressor("huber", random_state=0), NUMBER),
    "huber": (HuberRegressor(alpha=0.01), NUMBER),
    "pipeline": (make_pipeline(MaxAbsScaler(), LogisticRegression()), THREE),
}


def fit_params(model):
    name = "logisticregression__sample_weight"
    return {name if hasattr(model, "steps") else "sample_weight": WEIGHT}


@pytest.fixture(params=MODELS)
def pair(request):
    model, y = MODELS[request.param]
    weight = fit_params(model)
    model.fit(X, y, **weight)
    return [make_objective(model, rows, y, **weight) for rows in (X, X.toarray())]


def close(found, expected):
    size = np.abs(expected).max(initial=1e-300)
    assert_allclose(found, expected, rtol=0, atol=1e-12 * size)


@QUIET
def test_every_part_is_that_of_dense_rows(pair):
    fitted, dense = pair
    # Away from the minimum, where the gradient would be round-off.
    theta, rng = fitted.theta + 0.1, np.random.default_rng(1)
    a, b = fitted.objective, dense.objective
    assert sparse.issparse(a.model.X)
    V, groups = rng.normal(size=(len(theta), 3)), [np.array([1]), np.array([2, 9, 30])]
    for name, *rest in [
        ("gradient",),
        ("hessian",),
        ("hessian_product", V),
        ("curvature_scale",),
        ("removal_gradients",),
        ("removal_gradients", groups),
        ("removal_products", V),
        ("removal_products", V, groups),
        ("dispersion",),
        ("dispersion_without", rng.normal(size=(50, len(theta))) / 100),
    ]:
        found, expected = (getattr(part, name)(theta, *rest) for part in (a, b))
        assert not sparse.issparse(found)
        close(found, expected)


@QUIET
def test_many_at_once_are_those_of_dense_rows(pair):
    fitted, dense = pair
    theta, rng = fitted.theta, np.random.default_rng(2)
    a, b = fitted.objective, dense.objective
    for m in (3, 30):
        thetas = theta + rng.normal(size=(m, len(theta))) / 100
        presences = (rng.random((m, 50)) < 0.9).astype(float)
        close(a.gradients(thetas, presences), b.gradients(thetas, presences))
        close(a.hessians(thetas, presences), b.hessians(thetas, presences))
    some = np.array([7, 0, 21])
    close(a.removal_hessians(theta)(some), b.removal_hessians(theta)(some))
    roots = [part.removal_roots(theta) for part in (a, b)]
    assert (roots[0] is None) == (roots[1] is None)
    if roots[0] is not None:
        close(roots[0](some), roots[1](some))


@QUIET
def test_derivatives_agree_with_autograd(pair):
    fitted, _ = pair
    check_objective(fitted.objective, fitted.theta + 0.01)


def test_features_are_canonical_and_x_is_left_alone():
    data, columns, start = np.ones(4), np.array([1, 1, 0, 1]), np.array([0, 3, 4])
    given = sparse.csr_matrix((data, columns, start), shape=(2, 2))
    model = Ridge(fit_intercept=False).fit(given.toarray(), [0.0, 1.0])
    found = make_objective(model, given, [0.0, 1.0]).objective
    assert given.nnz == 4
    close(found.curvature_scale(np.zeros(2)), np.sqrt([2 * 1 + 2, 2 * 5 + 2]))


def test_a_gauge_forms_no_square_matrix(monkeypatch):
    model = LogisticRegression().fit(X, THREE)
    monkeypatch.setattr(np, "eye", None)
    gauge = make_objective(model, X, THREE).objective.gauge
    assert gauge.shape == (21, 1)
    assert np.flatnonzero(gauge[:, 0]).tolist() == [6, 13, 20]
