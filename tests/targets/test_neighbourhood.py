"""Bounds of targets over ellipsoids of parameters, against thousands of points."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sklinfluence import CoxRegressor, InfluenceExplainer
from sklinfluence.targets import Neighbourhood, ParameterFunction
from sklinfluence.utils import survival_target

RNG = np.random.default_rng(0)
N, N_TEST, POINTS = 40, 6, 4000
TIGHT = {"tol": 1e-9, "max_iter": 9999}
X = RNG.normal(size=(N, 2)) * [1.0, 20.0] + [0.0, 100.0]
SCORE = X @ [1.0, 0.05] + RNG.normal(size=N)
SURVIVAL = survival_target(RNG.random(N) < 0.7, RNG.integers(1, 12, size=N))
STRATA = np.column_stack([X, RNG.integers(0, 2, size=N)])

MODELS = {
    "cox": (CoxRegressor(), X, SURVIVAL),
    "strata": (CoxRegressor(strata=2, ties="efron"), STRATA, SURVIVAL),
    "cox pipeline": (make_pipeline(StandardScaler(), CoxRegressor()), X, SURVIVAL),
    "least squares": (LinearRegression(), X, SCORE),
    "two targets": (Ridge(), X, np.column_stack([SCORE, SCORE**2])),
    "binary": (LogisticRegression(**TIGHT), X, np.median(SCORE) < SCORE),
    "multinomial": (
        LogisticRegression(**TIGHT),
        X,
        np.digitize(SCORE, np.quantile(SCORE, [0.3, 0.6])),
    ),
}
#: Model, target, and the share of the bound that some point must reach.
CASES = [
    ("cox", "log_risk", 0.99),
    ("cox", "relative_risk", 0.99),
    ("cox", "parameter", 0.99),
    ("cox", "loss", 0.25),
    ("strata", "log_risk", 0.99),
    ("strata", "loss", 0.25),
    ("cox pipeline", "relative_risk", 0.99),
    ("cox pipeline", "loss", 0.25),
    ("least squares", "score", 0.97),
    ("least squares", "loss", 0.97),
    ("least squares", "parameter", 0.97),
    ("two targets", "loss", 0.5),
    ("binary", "score", 0.97),
    ("binary", "loss", 0.97),
    ("binary", "parameter", 0.97),
    ("multinomial", "loss", 0.5),
]


def prepared(model, target):
    model, X, y = MODELS[model]
    explainer = InfluenceExplainer(model, target=target).fit(X, y)
    return explainer.problem_.objective, explainer.target_.at(X[:N_TEST], y[:N_TEST])


def ellipsoids(fitted, size, m=3):
    """Ellipsoids θ_c + A_c u, |u| ≤ 1, around some parameters, and points in them."""
    theta, p = fitted.theta, len(fitted.theta)
    rng = np.random.default_rng(1)
    units = size / fitted.objective.curvature_scale(theta)
    A = units[:, None] * rng.normal(size=(m, p, p))
    thetas = theta + units * rng.normal(size=(m, p))

    def reach(directions):
        return np.linalg.norm(A.transpose(0, 2, 1) @ directions, axis=1)

    u = rng.normal(size=(POINTS, p))
    u /= np.linalg.norm(u, axis=1, keepdims=True)
    u[::4] *= rng.random((len(u[::4]), 1))  # some inside
    points = thetas[:, None] + u @ A.transpose(0, 2, 1)
    return _around(thetas, reach), points


def _around(thetas, reach):
    def part(row):
        return _around(thetas[[row]], lambda A: reach(A)[[row]])

    return Neighbourhood(thetas, reach, part)


@pytest.mark.parametrize("size", [0.01, 1.0])
@pytest.mark.parametrize(("model", "target", "share"), CASES)
def test_no_point_is_further_than_the_bound(model, target, share, size):
    fitted, function = prepared(model, target)
    around, points = ellipsoids(fitted, size)
    bounds = function.bounds(around)
    for theta, inside, bound in zip(around.thetas, points, bounds, strict=True):
        moved = function.values(inside, [[]] * POINTS) - function.value(theta)
        furthest = np.abs(moved).max(axis=0)
        assert (furthest <= bound * (1 + 1e-9) + 1e-13).all()
        # Censored subjects have no loss.
        some = bound > 0
        assert some.any()
        assert np.median(furthest[some] / bound[some]) >= share


@pytest.mark.parametrize(("model", "target", "share"), CASES)
def test_bounds_of_a_point_are_zero(model, target, share):
    fitted, function = prepared(model, target)

    def reach(directions):
        return np.zeros((1, directions.shape[1]))

    bounds = function.bounds(_around(fitted.theta[None], reach))
    assert bounds.shape == (1, len(function.value(fitted.theta)))
    assert_array_equal(bounds, 0.0)


@pytest.mark.parametrize(("model", "target", "share"), CASES)
def test_what_is_not_known_stays_unknown(model, target, share):
    fitted, function = prepared(model, target)
    known = function.bounds(_around(fitted.theta[None], _unit))

    def reach(directions):
        return np.vstack([_unit(directions), np.full((1, directions.shape[1]), np.nan)])

    thetas = np.stack([fitted.theta] * 2)
    bounds = function.bounds(_around(thetas, reach))
    assert_allclose(bounds[:1], known, rtol=1e-12)
    changeable = known[0] > 0
    assert np.isnan(bounds[1, changeable]).all()


def _unit(directions):
    return 0.01 * np.linalg.norm(directions, axis=0)[None]


@pytest.mark.parametrize(
    "target",
    [
        lambda model, X, y: model.predict(X),
        ParameterFunction(lambda theta, X, y: X @ theta),
    ],
    ids=["callable", "ParameterFunction"],
)
def test_functions_of_a_user_have_no_bound(target):
    fitted, function = prepared("cox", target)
    around, _ = ellipsoids(fitted, 0.1)
    with pytest.raises(ValueError, match=r"return_bound=True: no bound is known for"):
        function.bounds(around)
