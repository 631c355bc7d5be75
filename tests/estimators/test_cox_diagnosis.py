"""A warning for every data set that has no optimum, or more than one, and no other."""

import warnings

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose
from scipy.optimize import linprog
from sklearn.exceptions import ConvergenceWarning

from sklinfluence import CoxRegressor
from sklinfluence.utils import survival_target

N = 30
RNG = np.random.default_rng(0)
X = pd.DataFrame(RNG.normal(size=(N, 3)), columns=["a", "b", "c"])
Y = survival_target(RNG.random(N) < 0.7, RNG.integers(1, 12, size=N))
REGION = np.where(np.arange(N) % 2, "north", "south")


def test_column_without_variance():
    message = (
        r"columns \['k'\] of X have no variance .*set to 0\. Drop them, or set alpha"
    )
    with pytest.warns(ConvergenceWarning, match=message):
        model = CoxRegressor().fit(X.assign(k=3.0), Y)
    assert model.coef_[3] == 0.0
    assert np.isnan(model.standard_errors_[3])
    expected = CoxRegressor().fit(X, Y)
    assert_allclose(model.coef_[:3], expected.coef_, rtol=1e-10)
    assert_allclose(model.standard_errors_[:3], expected.standard_errors_)


def test_column_without_variance_within_strata():
    table = X.assign(region=REGION, k=np.where(REGION == "north", 1.0, 7.0))
    with pytest.warns(ConvergenceWarning, match=r"\['k'\] .* no variance \(in any str"):
        CoxRegressor(strata="region").fit(table, Y)


def test_collinear_columns():
    table = X.assign(d=X["a"] - 2 * X["b"])
    message = (
        r"\['a', 'b', 'd'\] .*collinear.* not determined.*Drop columns, or set alpha"
    )
    with pytest.warns(ConvergenceWarning, match=message):
        model = CoxRegressor().fit(table, Y)
    assert list(np.isnan(model.standard_errors_)) == [True, True, False, True]
    # What is determined, the risk, is that of the other columns.
    expected = CoxRegressor().fit(X, Y).predict(X)
    assert_allclose(model.predict(table), expected, rtol=1e-7, atol=1e-9)


def test_separation():
    table = pd.DataFrame({"s": -np.arange(N, dtype=float), "a": X["a"]})
    message = (
        r"monotone \(separation\): the columns \['s'\] predict the order .*"
        r"stopped at {'s': .*}; .*Set alpha > 0, such as alpha=1, or merge or drop"
    )
    with pytest.warns(ConvergenceWarning, match=message):
        CoxRegressor().fit(table, np.arange(float(N)))


def test_more_columns_than_rows(rng):
    wide = rng.normal(size=(N, 50))
    message = (
        r"\(50 columns, \d+ events\).* not determined.*Drop columns, or set alpha > 0"
    )
    with (
        pytest.warns(ConvergenceWarning, match=message),
        pytest.warns(ConvergenceWarning, match=r"separation.*Set alpha > 0"),
    ):
        CoxRegressor().fit(wide, Y)


def test_penalty_is_the_remedy_that_the_warnings_name(rng):
    # Warnings are errors here: a penalty leaves none of them.
    model = CoxRegressor(alpha=1.0)
    model.fit(X.assign(k=3.0, d=X["a"] - 2 * X["b"]), Y)
    model.fit(rng.normal(size=(N, 50)), Y)
    model.fit(-np.arange(N, dtype=float)[:, None], np.arange(float(N)))


def test_too_few_steps():
    message = (
        r"did not converge in max_iter=1 steps: max\|gradient\| = .*Increase max_iter"
    )
    with pytest.warns(ConvergenceWarning, match=message):
        CoxRegressor(max_iter=1).fit(X, Y)


@pytest.mark.parametrize(
    ("table", "y", "params"),
    [
        (X.assign(k=3.0), Y, {}),
        (X.assign(d=X["a"]), Y, {}),
        (-np.arange(N, dtype=float)[:, None], np.arange(float(N)), {}),
        (X, Y, {"max_iter": 1}),
        (X, survival_target(np.arange(N) == np.argmin(Y["time"]), Y["time"]), {}),
    ],
    ids=["constant", "collinear", "separated", "cut short", "one event"],
)
def test_warnings_point_to_the_line_that_fits(table, y, params):
    with pytest.warns(Warning, match="alpha") as caught:
        CoxRegressor(**params).fit(table, y)
    assert {warning.filename for warning in caught} == {__file__}


def random_data(seed):
    """Small data of few values, many of them separated or collinear."""
    rng = np.random.default_rng(seed)
    n, p = rng.integers(3, [25, 6][seed % 4 == 0]), rng.integers(1, 4)
    X = [
        rng.normal(size=(n, p)),
        rng.integers(0, 3, size=(n, p)).astype(float),
        rng.integers(-1, 2, size=(n, p)) * 10.0 ** rng.integers(-6, 7, size=p),
    ][seed % 3]
    if seed % 10 == 9:
        X = np.column_stack([X, 3 * X[:, 0]])
    event = rng.random(n) < rng.choice([0.3, 0.7, 1.0])
    event[:2] = True
    return X, event, rng.integers(1, [4, 30][seed % 2], size=n)


def geometry(X, event, time):
    """Say by linear algebra whether the optimum is not unique, and whether at infinity.

    The loss falls forever along v where no one at risk at an event has a larger
    v'x than the subject of the event, and someone has a smaller one.
    """
    spread = X.std(axis=0)
    X = X / np.where(spread > 0, spread, 1.0)
    pairs = [
        (i, j) for i in np.flatnonzero(event) for j in np.flatnonzero(time >= time[i])
    ]
    A = np.array([X[i] - X[j] for i, j in pairs])
    flat = np.linalg.matrix_rank(A) < X.shape[1]
    best = linprog(
        -A.sum(axis=0),
        A_ub=np.vstack([-A, A]),
        b_ub=np.repeat([0.0, 1.0], len(A)),
        bounds=(None, None),
    )
    return flat, -best.fun > 1e-6


def said(X, y, sample_weight=None, **params):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        CoxRegressor(**params).fit(X, y, sample_weight)
    text = " ".join(str(warning.message) for warning in caught)
    assert "did not converge" not in text
    return "collinear" in text or "no variance" in text, "separation" in text


@pytest.mark.parametrize("ties", ["breslow", "efron"])
@pytest.mark.parametrize("seed", range(90))
def test_warnings_are_those_that_the_geometry_calls_for(seed, ties):
    X, event, time = random_data(seed)
    found = said(X, survival_target(event, time), ties=ties)
    assert found == geometry(X, event, time)


def test_the_random_data_are_of_every_kind():
    kinds = [geometry(*random_data(seed)) for seed in range(90)]
    for kind in [(False, False), (False, True), (True, False), (True, True)]:
        assert kinds.count(kind) >= 1


@pytest.mark.parametrize("seed", range(30))
def test_penalty_leaves_no_warning(seed):
    X, event, time = random_data(seed)
    X = X / np.maximum(X.std(axis=0), 1e-12)
    assert said(X, survival_target(event, time), alpha=0.1) == (False, False)


def test_separated_column_is_told_from_the_others():
    rng = np.random.default_rng(0)
    treated = np.repeat([1.0, 0.0], 20)
    X = pd.DataFrame({"age": rng.normal(60, 9, size=40), "treated": treated})
    # Only the treated have events.
    y = survival_target(treated == 1, rng.integers(1, 9, size=40))
    with pytest.warns(ConvergenceWarning, match=r"columns \['treated'\] predict"):
        CoxRegressor().fit(X, y)


def test_collinear_columns_are_told_from_the_others():
    rng = np.random.default_rng(1)
    X = pd.DataFrame(rng.normal(size=(40, 2)), columns=["age", "dose"])
    X["grams"] = 1e-6 * X["dose"] + 5.0
    y = survival_target(rng.random(40) < 0.8, rng.integers(1, 9, size=40))
    with pytest.warns(ConvergenceWarning, match=r"columns \['dose', 'grams'\] of X"):
        CoxRegressor().fit(X, y)


def test_nearly_collinear_columns_are_fitted():
    rng = np.random.default_rng(2)
    x = rng.normal(size=200)
    X = np.column_stack([x, x + 1e-4 * rng.normal(size=200)])
    y = survival_target(rng.random(200) < 0.8, rng.integers(1, 50, size=200))
    assert said(X, y) == (False, False)


def test_no_warning_for_the_origin_of_columns():
    # Calendar years, and seconds since 1970.
    rng = np.random.default_rng(3)
    X = np.column_stack(
        [rng.integers(1990, 2020, size=90), rng.uniform(1.6e9, 1.7e9, 90)]
    )
    y = survival_target(rng.random(90) < 0.8, rng.integers(1, 50, size=90))
    assert said(X, y) == (False, False)


@pytest.mark.parametrize("tol", [1e-12, 1e-14, 1e-16])
def test_tol_at_round_off_is_not_taken_for_separation(tol):
    for seed in range(60):
        rng = np.random.default_rng(seed)
        X = rng.normal(size=(60, 3))
        y = survival_target(rng.random(60) < 0.7, rng.exponential(size=60))
        assert said(X, y, tol=tol) == (False, False)


@pytest.mark.parametrize("weight", [1e-2, 1e-4, 1e-5])
def test_large_finite_coefficient_is_not_taken_for_separation(weight):
    # One event of little weight in the other group: its optimum is finite.
    group = np.repeat([1.0, 0.0], [10, 11])
    time = np.r_[np.arange(1.0, 11), np.arange(20.0, 30), 5.5]
    y = survival_target(np.r_[group[:10], np.zeros(10), 1.0], time)
    weights = np.r_[np.ones(20), weight]
    assert said(group[:, None], y, sample_weight=weights) == (False, False)


@pytest.mark.parametrize("alpha", [1e-8, 1e-3, 1.0])
def test_a_penalty_leaves_no_separation_to_speak_of(alpha):
    rng = np.random.default_rng(0)
    X = rng.normal(size=(30, 60))
    y = survival_target(np.ones(30, dtype=bool), rng.exponential(size=30))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        model = CoxRegressor(alpha=alpha, max_iter=200).fit(X, y)
    assert model.max_gradient_ < 1e-6


def test_curvature_that_vanishes_on_the_way_is_not_taken_for_collinearity():
    # Every column separates; the Hessian is of full rank only at the start.
    X = np.array(
        [[-1, 0, -1], [-1, -1, -1], [0, 1, 0], [0, -1, 1], [1, 0, 0], [0, 0, 0]]
    )
    event, time = np.arange(6) == 0, np.array([1, 2, 1, 3, 1, 2])
    assert geometry(X, event, time) == (False, True)
    assert said(X * [1e-6, 1.0, 1e-4], survival_target(event, time)) == (False, True)


def test_penalised_fit_that_is_cut_short_is_not_taken_for_separation():
    X = -np.arange(30.0)[:, None]
    model = CoxRegressor(alpha=1e-6, max_iter=15)
    with pytest.warns(ConvergenceWarning, match="did not converge in max_iter=15"):
        model.fit(X, np.arange(30.0))
    # Hazard ratios beyond e^200, which without a penalty would say separation.
    assert np.ptp(model.predict(X)) > 200
