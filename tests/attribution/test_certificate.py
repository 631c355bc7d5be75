"""Bounds against exact removal: never violated, and tight where they should be."""

import warnings

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from sklearn.datasets import load_breast_cancer, load_diabetes, load_iris
from sklearn.exceptions import ConvergenceWarning, FitFailedWarning
from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge
from sklearn.preprocessing import scale

from sklinfluence import CoxRegressor, InfluenceExplainer
from sklinfluence.attribution import (
    NewtonInfluence,
    VersatileInfluence,
    _bounds,
    _curvature,
)
from sklinfluence.attribution._certificate import Certifier, certified_at, norms
from sklinfluence.attribution._coordinates import NaturalCoordinates
from sklinfluence.attribution._reduced import ReducedProblems
from sklinfluence.datasets import load_rossi
from sklinfluence.objectives import minimize_newton
from sklinfluence.targets import ParameterFunction
from sklinfluence.utils import survival_target

METHODS = [VersatileInfluence(), NewtonInfluence(1), NewtonInfluence(2)]
# The same examples at each run: change the number to search on.
SETTINGS = settings(
    max_examples=150,
    deadline=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)
# What is left of a difference of two minima that were both found in floating point.
ROUND_OFF = 1e-9


def quietly(estimator, X, y, **fit_params):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return estimator.fit(X, y, **fit_params)


def exact_removal(fitted, removals):
    """θ̂₋ᵢ − θ̂ by Newton's method, nan where there is no unique optimum."""
    objective, theta = fitted.objective, fitted.theta
    scale = objective.curvature_scale(theta)
    gauge = getattr(objective, "gauge", None)
    gauge = np.zeros((len(theta), 0)) if gauge is None else np.linalg.qr(gauge)[0]
    out = np.full((len(removals), len(theta)), np.nan)
    for row, removed in enumerate(removals):
        presence = objective.presence_without(removed)
        result = minimize_newton(objective, theta, presence, tol=1e-12, max_iter=300)
        if len(result.flat) > gauge.shape[1] or result.monotone or not result.converged:
            continue
        if np.abs(result.gradient / scale).max() < 1e-11:
            out[row] = _polished(objective, result.theta, presence) - theta
    return out - out @ gauge @ gauge.T


def _polished(objective, theta, presence):
    """Take plain Newton steps: a small gradient is not a small distance."""
    for _ in range(3):
        hessian = objective.hessian(theta, presence)
        gradient = objective.gradient(theta, presence)
        theta = theta - np.linalg.pinv(hessian, rcond=1e-14) @ gradient
    return theta


def assert_bounds_hold(fitted, target, methods, X, y):
    """Check every bound of parameters and of the target against exact removal."""
    n = fitted.problem_.n_objects
    exact = exact_removal(fitted.problem_.objective, [[i] for i in range(n)])
    function = fitted.target_.at(X, y)
    theta = fitted.problem_.objective.theta
    before = function.value(theta)
    truth = (function.values(theta + exact, range(n)) - before).T
    n_bounds = 0
    for method in methods:
        method.prepare(fitted.problem_, fitted.target_)
        steps, bounds = method.parameter_influence(return_bound=True)
        influence, target_bounds = method.attribute(X, y, return_bound=True)
        held = np.isfinite(bounds).all(axis=1)
        # A certificate says that an optimum exists: then exact removal finds it.
        assert np.isfinite(exact[held]).all()
        slack = ROUND_OFF * (1 + np.abs(exact[held]))
        assert (np.abs(steps - exact)[held] <= bounds[held] + slack).all()
        # Differences of large targets have the digits of the targets.
        slack = ROUND_OFF * (1 + np.abs(truth[:, held]) + np.abs(before)[:, None])
        error = np.abs(influence - truth)[:, held]
        assert (error <= target_bounds[:, held] + slack).all()
        n_bounds += held.sum()
    return n_bounds


@st.composite
def cox_problems(draw):
    n, p = draw(st.integers(6, 16)), draw(st.integers(1, 3))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    X = rng.normal(size=(n, p)) * draw(st.sampled_from([0.3, 1.0, 4.0]))
    if draw(st.booleans()):
        X[:, 0] = X[:, 0] > 0
    signal = X @ rng.normal(size=p) * draw(st.sampled_from([0.0, 1.0, 5.0]))
    time = rng.exponential(size=n) * np.exp(-signal)
    if draw(st.booleans()):
        # Many ties: ranks in a few classes.
        time = np.ceil(time.argsort().argsort() / draw(st.sampled_from([2, 5]))) + 1
    entry = time * rng.random(n) * 0.5 if draw(st.booleans()) else None
    event = rng.random(n) < draw(st.sampled_from([0.4, 0.8, 1.0]))
    event[0] = True
    strata = None
    if draw(st.booleans()):
        X, strata = np.column_stack([X, rng.integers(0, 2, size=n)]), p
    weight = rng.choice([0.5, 1.0, 3.0], size=n) if draw(st.booleans()) else None
    alpha = draw(st.sampled_from([0.0, 0.01, 1.0]))
    ties = draw(st.sampled_from(["breslow", "efron"]))
    model = CoxRegressor(alpha=alpha, ties=ties, strata=strata)
    return model, X, survival_target(event, time, entry), weight


@pytest.mark.filterwarnings("ignore")
@settings(SETTINGS)
@given(
    cox_problems(), st.sampled_from(["log_risk", "relative_risk", "loss", "parameter"])
)
def test_bounds_of_cox_models_are_never_violated(problem, target):
    model, X, y, weight = problem
    explainer = InfluenceExplainer(model, target=target)
    explainer = quietly(explainer, X, y, sample_weight=weight)
    assume(np.isfinite(explainer.estimator_.standard_errors_).all())
    assert_bounds_hold(explainer, target, METHODS, X[:4], y[:4])


@st.composite
def logistic_problems(draw):
    n, p = draw(st.integers(6, 20)), draw(st.integers(1, 3))
    n_classes = draw(st.sampled_from([2, 2, 3]))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    X = rng.normal(size=(n, p)) * draw(st.sampled_from([0.3, 1.0, 4.0]))
    # Near separation: hardly any noise.
    noise = draw(st.sampled_from([0.01, 0.5, 3.0]))
    score = X[:, 0] + noise * rng.normal(size=n)
    y = np.digitize(score, np.quantile(score, np.arange(1, n_classes) / n_classes))
    weight = rng.choice([0.5, 1.0, 3.0], size=n) if draw(st.booleans()) else None
    C = draw(st.sampled_from([0.01, 1.0, 100.0, 1e4]))
    model = LogisticRegression(
        C=C, tol=1e-12, max_iter=10000, fit_intercept=draw(st.booleans())
    )
    return model, X, y, weight


@pytest.mark.filterwarnings("ignore")
@settings(SETTINGS)
@given(logistic_problems(), st.sampled_from(["loss", "parameter"]))
def test_bounds_of_logistic_models_are_never_violated(problem, target):
    model, X, y, weight = problem
    explainer = InfluenceExplainer(model, target=target)
    explainer = quietly(explainer, X, y, sample_weight=weight)
    assert_bounds_hold(explainer, target, METHODS, X[:4], y[:4])


@pytest.mark.parametrize("ties", ["breslow", "efron"])
@pytest.mark.parametrize("target", ["log_risk", "relative_risk", "loss", "parameter"])
def test_every_object_of_real_data_is_certified(ties, target):
    X, y = load_rossi(return_X_y=True)
    explainer = InfluenceExplainer(CoxRegressor(ties=ties), target=target).fit(X, y)
    n_bounds = assert_bounds_hold(explainer, target, METHODS, X[:20], y[:20])
    assert n_bounds == 3 * len(X)


@pytest.mark.parametrize("C", [1.0, 0.1, 0.01])
def test_logistic_regression_on_real_data(C):
    X, y = load_breast_cancer(return_X_y=True)
    X = scale(X)
    model = LogisticRegression(C=C, tol=1e-12, max_iter=1000, solver="newton-cholesky")
    explainer = InfluenceExplainer(model).fit(X, y)
    n_bounds = assert_bounds_hold(explainer, "loss", METHODS, X[:20], y[:20])
    assert n_bounds > 0.98 * 3 * len(X)


def test_multinomial_regression_on_real_data():
    X, y = load_iris(return_X_y=True)
    model = LogisticRegression(tol=1e-12, max_iter=10000)
    explainer = InfluenceExplainer(model).fit(X, y)
    n_bounds = assert_bounds_hold(explainer, "loss", METHODS, X[::7], y[::7])
    assert n_bounds == 3 * len(X)


@pytest.mark.parametrize("model", [LinearRegression(), Ridge(alpha=3.0)])
def test_squared_loss_is_certified_to_round_off(model):
    X, y = load_diabetes(return_X_y=True)
    X = scale(X)
    explainer = InfluenceExplainer(model, method="newton").fit(X, y)
    influence, bound = explainer.influence(X[:9], y[:9], return_bound=True)
    assert (bound <= 1e-9 * np.abs(influence).max()).all()
    # A bound of the wrong estimate is its distance in the norm of the curvature.
    vif = InfluenceExplainer(model).fit(X, y)
    estimate, bound = vif.parameter_influence(return_bound=True)
    error = np.abs(estimate - explainer.parameter_influence())
    assert (error <= bound * (1 + 1e-9)).all()


@pytest.mark.parametrize("ties", ["breslow", "efron"])
def test_bounds_are_tight_in_the_norm_of_the_curvature(ties):
    X, y = load_rossi(return_X_y=True)
    explainer = InfluenceExplainer(CoxRegressor(ties=ties)).fit(X, y)
    fitted = explainer.problem_.objective
    reduced = ReducedProblems(
        fitted, NaturalCoordinates(fitted.objective, fitted.theta)
    )
    exact = exact_removal(fitted, [[i] for i in range(len(X))])
    exact = reduced.coordinates.of_steps(exact)
    for method, tightest in [(METHODS[0], 1.3), (METHODS[1], 1.15)]:
        steps = method.prepare(explainer.problem_, None).parameter_influence()
        xi = reduced.coordinates.of_steps(steps)
        for estimates, radius in certified_at(reduced, xi, verbose=0):
            error = exact[estimates.rows] - estimates.xi
            # ‖d‖_K is ‖K d‖ in the norm of the inverse.
            hessians = fitted.objective.removal_hessians(fitted.theta)(estimates.rows)
            K = reduced.coordinates.hessians(hessians)
            size = norms(np.einsum("mij,mj->mi", K, error), estimates.curvature)
            tightness = radius / size
            assert (tightness >= 1).all()
            assert np.median(tightness) < tightest


def test_groups_are_certified():
    X, y = load_rossi(return_X_y=True)
    rng = np.random.default_rng(0)
    groups = [rng.choice(432, size, replace=False) for size in (5, 20, 40, 80)]
    groups.append(np.argsort(-X["prio"].to_numpy())[:40])
    for method in METHODS:
        explainer = InfluenceExplainer(CoxRegressor(), method=method).fit(X, y)
        steps, bounds = explainer.parameter_influence(groups, return_bound=True)
        exact = exact_removal(explainer.problem_.objective, groups)
        held = np.isfinite(bounds).all(axis=1)
        assert held[:3].all()
        assert (np.abs(steps - exact)[held] <= bounds[held] + ROUND_OFF).all()


def test_where_the_condition_fails_nothing_is_promised():
    # A step of VIF for a row of leverage near one is far too short.
    X = np.array([[0.0], [0.1], [-0.1], [0.05], [30.0]])
    y = np.array([0, 1, 0, 1, 1])
    model = LogisticRegression(C=1e6, tol=1e-12, max_iter=10000)
    explainer = quietly(InfluenceExplainer(model), X, y)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FitFailedWarning)
        bounds = explainer.parameter_influence(return_bound=True)[1]
    assert np.isnan(bounds).any()


def test_a_monotone_likelihood_is_never_certified():
    x = np.array([[5.0], [4.0], [3.0], [2.0], [4.5], [1.0]])
    y = survival_target(np.ones(6, dtype=bool), np.arange(6) + 1.0)
    for method in [*METHODS, NewtonInfluence("converged")]:
        explainer = InfluenceExplainer(CoxRegressor(), method=method).fit(x, y)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", FitFailedWarning)
            bounds = explainer.parameter_influence(return_bound=True)[1]
        # Without row 4, events come in the order of x.
        assert np.isnan(bounds[4]).all()


def test_linearised_influence_has_bounds_too():
    X, y = load_rossi(return_X_y=True)
    arguments = {"target": "relative_risk"}
    linear = InfluenceExplainer(
        CoxRegressor(), VersatileInfluence(linearize=True), **arguments
    )
    influence, bounds = linear.fit(X, y).influence(X[:5], return_bound=True)
    exact = InfluenceExplainer(
        CoxRegressor(), NewtonInfluence("converged"), **arguments
    )
    exact = exact.fit(X, y).influence(X[:5])
    assert (np.abs(influence - exact) <= bounds + 1e-7 * np.abs(exact)).all()


def test_damped_influence_has_bounds_too():
    X, y = load_rossi(return_X_y=True)
    damped = InfluenceExplainer(CoxRegressor(), VersatileInfluence(damping=5.0))
    steps, bounds = damped.fit(X, y).parameter_influence(return_bound=True)
    exact = exact_removal(damped.problem_.objective, [[i] for i in range(len(X))])
    assert (np.abs(steps - exact) <= bounds + ROUND_OFF).all()


def test_targets_without_a_bound_say_so():
    X, y = load_rossi(return_X_y=True)
    for target in (
        lambda m, X, y: m.predict(X),
        ParameterFunction(lambda t, X, y: X @ t),
    ):
        explainer = InfluenceExplainer(CoxRegressor(), target=target).fit(X, y)
        with pytest.raises(
            ValueError, match="return_bound=True: no bound is known for"
        ):
            explainer.influence(X[:2], return_bound=True)


def test_round_off_is_part_of_the_bound():
    X, y = load_rossi(return_X_y=True)
    explainer = InfluenceExplainer(CoxRegressor()).fit(X, y)
    fitted = explainer.problem_.objective
    reduced = ReducedProblems(
        fitted, NaturalCoordinates(fitted.objective, fitted.theta)
    )
    certifier = Certifier(reduced)
    assert 0 < certifier.round_off < 1e-11
    exact = exact_removal(fitted, [[i] for i in range(30)])
    xi = reduced.coordinates.of_steps(exact)
    xi = np.vstack([xi, np.zeros((len(X) - 30, xi.shape[1]))])
    radius = np.concatenate([r for _, r in certified_at(reduced, xi, verbose=0)])[:30]
    # At the optimum the gradient is round-off, and the radius covers it.
    assert (radius > certifier.round_off / 8).all()
    assert np.median(radius) < certifier.round_off


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_a_fit_that_stopped_early_is_still_certified():
    X, y = load_breast_cancer(return_X_y=True)
    X = scale(X)
    with pytest.warns(ConvergenceWarning, match="not at a stationary point"):
        explainer = InfluenceExplainer(
            LogisticRegression(C=0.1, tol=0.05), method=NewtonInfluence(2)
        ).fit(X, y)
    assert_bounds_hold(explainer, "loss", METHODS[1:], X[:5], y[:5])


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("method", [*METHODS, NewtonInfluence("converged")])
def test_nothing_is_promised_where_directions_were_left_out(method):
    rng = np.random.default_rng(0)
    x = rng.normal(size=40)
    collinear = np.column_stack([x, 10 * x, rng.normal(size=40)])
    seconds = np.column_stack([1.6e9 + 1e3 * x, rng.normal(size=40)])
    for X in (collinear, seconds):
        explainer = InfluenceExplainer(LinearRegression(), method)
        explainer.fit(X, x + rng.normal(size=40))
        assert np.isnan(explainer.parameter_influence(return_bound=True)[1]).all()


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("method", [*METHODS, NewtonInfluence("converged")])
def test_no_curvature_at_all_is_no_error(method):
    X, y = np.ones((6, 2)), np.arange(6.0)
    for model, target in (
        (CoxRegressor(), survival_target(np.ones(6, dtype=bool), y + 1)),
        (LinearRegression(fit_intercept=False), y),
    ):
        explainer = InfluenceExplainer(model, method).fit(0 * X, target)
        steps, bounds = explainer.parameter_influence(return_bound=True)
        assert steps.shape == bounds.shape == (6, 2)
        assert np.isnan(bounds).all()


def test_bounds_in_pieces_are_bounds_at_once(monkeypatch):
    X, y = load_rossi(return_X_y=True)
    explainer = InfluenceExplainer(CoxRegressor(), "newton").fit(X, y)
    at_once = explainer.influence(X, return_bound=True)[1]
    monkeypatch.setattr(_curvature, "_NUMBERS_AT_ONCE", 1)
    monkeypatch.setattr(_bounds, "_ROWS_AT_ONCE", 50)
    assert_allclose(explainer.influence(X, return_bound=True)[1], at_once, rtol=1e-12)
