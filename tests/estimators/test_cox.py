import pickle

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sksurv.metrics import concordance_index_censored
from sksurv.util import Surv

from sklinfluence import CoxRegressor
from sklinfluence.objectives import make_objective
from sklinfluence.utils import survival_target


@pytest.fixture(scope="module")
def data():
    """Covariates, strata, targets with ties and entry times, and weights."""
    rng = np.random.default_rng(0)
    n = 80
    X = pd.DataFrame(rng.normal(size=(n, 3)) + 1.0, columns=["a", "b", "c"])
    X["region"] = rng.choice(["north", "south", "west"], size=n)
    X["grade"] = rng.integers(0, 2, size=n)
    time = rng.integers(1, 15, size=n)
    entry = np.floor(time * rng.random(n))
    y = survival_target(rng.random(n) < 0.7, time, entry)
    return X, y, rng.choice([0.0, 0.5, 1.0, 2.0], size=n)


@pytest.fixture(scope="module")
def rows(data):
    """Covariates and targets without strata and entry times."""
    X, y, _ = data
    return X[["a", "b", "c"]], survival_target(y["event"], y["time"])


def test_breslow_is_the_default(rows):
    X, y = rows
    expected = CoxRegressor(ties="breslow").fit(X, y)
    assert_array_equal(CoxRegressor().fit(X, y).coef_, expected.coef_)
    efron = CoxRegressor(ties="efron").fit(X, y)
    assert not np.allclose(efron.coef_, expected.coef_)


FORMS = {
    "Surv": lambda e, t: Surv.from_arrays(e, t),
    "Surv with other names": lambda e, t: Surv.from_arrays(e, t, "dead", "months"),
    "array": lambda e, t: np.column_stack([e, t]),
    "frame": lambda e, t: pd.DataFrame({"event": e, "time": t}),
    "frame in another order": lambda e, t: pd.DataFrame({"time": t, "event": e}),
    "frame without these names": lambda e, t: pd.DataFrame({"d": e, "weeks": t}),
    "list": lambda e, t: np.column_stack([e, t]).tolist(),
}


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_forms_of_the_target(rows, form):
    X, y = rows
    expected = CoxRegressor().fit(X, y)
    found = CoxRegressor().fit(X, form(y["event"], y["time"]))
    assert_array_equal(found.coef_, expected.coef_)
    assert found.score(X, form(y["event"], y["time"])) == expected.score(X, y)


def test_target_of_times_is_all_events(rows):
    X, y = rows
    expected = CoxRegressor().fit(
        X, survival_target(np.ones(80, dtype=bool), y["time"])
    )
    assert_array_equal(CoxRegressor().fit(X, y["time"]).coef_, expected.coef_)


@pytest.mark.parametrize("form", ["array", "frame"])
def test_entry_times_in_a_third_column(data, rows, form):
    _, y, _ = data
    columns = pd.DataFrame(y)[["event", "time", "entry"]]
    given = columns.to_numpy(float) if form == "array" else columns
    expected = CoxRegressor().fit(rows[0], y)
    assert_array_equal(CoxRegressor().fit(rows[0], given).coef_, expected.coef_)
    assert not np.allclose(expected.coef_, CoxRegressor().fit(*rows).coef_)


def test_strata_by_name_by_position_and_by_code_agree(data):
    X, y, _ = data
    X = X.drop(columns="grade")
    model = CoxRegressor(strata="region").fit(X, y)
    by_position = CoxRegressor(strata=3).fit(X, y)
    codes = X.assign(region=X["region"].astype("category").cat.codes)
    of_array = CoxRegressor(strata=[3]).fit(codes.to_numpy(), y)
    assert_array_equal(by_position.coef_, model.coef_)
    assert_allclose(of_array.coef_, model.coef_, rtol=1e-12)
    assert list(model.strata_) == ["north", "south", "west"]
    assert list(model.covariate_names_) == ["a", "b", "c"]
    assert list(of_array.covariate_names_) == ["x0", "x1", "x2"]
    assert model.n_features_in_ == 4


def test_two_columns_of_strata_are_their_combinations(data):
    X, y, _ = data
    both = X["region"] + X["grade"].astype(str)
    expected = CoxRegressor(strata="both").fit(
        X.assign(both=both)[["a", "b", "c", "both"]], y
    )
    for strata in (["region", "grade"], ["grade", 3], [4, 3]):
        model = CoxRegressor(strata=strata).fit(X, y)
        assert_allclose(model.coef_, expected.coef_, rtol=1e-12)
        assert len(model.strata_) == 6


def test_strata_are_the_sum_of_separate_likelihoods(data):
    X, y, _ = data
    model = CoxRegressor(strata="region").fit(X.drop(columns="grade"), y)
    gradients = []
    for _, part in X.groupby("region"):
        rows = part[["a", "b", "c"]].to_numpy(), y[part.index]
        objective = make_objective(CoxRegressor().fit(*rows), *rows).objective
        gradients.append(objective.gradient(model.coef_))
    assert np.abs(gradients).min() > 1e-3
    assert_allclose(np.sum(gradients, axis=0), 0.0, atol=1e-9)


def test_order_of_rows_does_not_matter(data):
    X, y, weight = data
    order = np.random.default_rng(1).permutation(len(X))
    model = CoxRegressor(strata="region")
    first = clone(model).fit(X, y, sample_weight=weight)
    second = clone(model).fit(X.iloc[order], y[order], sample_weight=weight[order])
    assert_allclose(second.coef_, first.coef_, rtol=1e-10)


@pytest.mark.parametrize("ties", ["breslow", "efron"])
def test_rows_of_weight_zero_are_dropped_rows(data, ties):
    X, y, weight = data
    kept = weight > 0
    model = CoxRegressor(ties=ties, strata="region")
    weighted = clone(model).fit(X, y, sample_weight=weight)
    dropped = clone(model).fit(X[kept], y[kept], sample_weight=weight[kept])
    assert_allclose(weighted.coef_, dropped.coef_, rtol=1e-10)
    assert_allclose(weighted.standard_errors_, dropped.standard_errors_, rtol=1e-10)
    assert_allclose(weighted.mean_, dropped.mean_, rtol=1e-12)
    assert_allclose(weighted.log_likelihood_, dropped.log_likelihood_, rtol=1e-12)
    times = np.arange(16.0)
    curves = [m.predict_survival_function(X, times) for m in (weighted, dropped)]
    assert_allclose(curves[0], curves[1], rtol=1e-10)


def test_breslow_weights_are_duplicates(data):
    X, y, _ = data
    count = np.random.default_rng(2).integers(0, 4, size=len(X))
    model = CoxRegressor(ties="breslow", strata="region")
    weighted = clone(model).fit(X, y, sample_weight=count)
    repeated = clone(model).fit(X.loc[np.repeat(X.index, count)], np.repeat(y, count))
    assert_allclose(weighted.coef_, repeated.coef_, rtol=1e-10)
    assert_allclose(weighted.standard_errors_, repeated.standard_errors_, rtol=1e-10)


def test_predictions_are_relative_to_the_mean(rows):
    X, y = rows
    model = CoxRegressor().fit(X, y)
    expected = (X - X.mean()).to_numpy() @ model.coef_
    assert_allclose(model.predict(X), expected, atol=1e-14)
    assert_allclose(model.predict_relative_risk(X), np.exp(expected), rtol=1e-13)


def test_origin_and_units_of_columns_do_not_matter(rows):
    X, y = rows
    units = np.array([1e-6, 1.0, 1e6])
    model, other = (
        CoxRegressor().fit(X, y),
        CoxRegressor().fit(X * units + 3 * units, y),
    )
    assert_allclose(other.coef_ * units, model.coef_, rtol=1e-9)
    assert_allclose(other.standard_errors_ * units, model.standard_errors_, rtol=1e-9)
    assert_allclose(other.predict(X * units + 3 * units), model.predict(X), atol=1e-9)


@pytest.mark.parametrize("size", [1.0, 1e3, 2e4])
def test_location_of_a_stratum_does_not_matter(rng, size):
    # Risk sets do not cross strata: a constant added in one of them cancels.
    X, stratum = rng.normal(size=(200, 2)), rng.integers(0, 3, size=200)
    y = survival_target(rng.random(200) < 0.7, rng.integers(1, 30, size=200))
    here = np.column_stack([X, stratum])
    moved = np.column_stack([X + size * stratum[:, None], stratum])
    expected = CoxRegressor(strata=2).fit(here, y)
    found = CoxRegressor(strata=2).fit(moved, y)
    assert_allclose(found.coef_, expected.coef_, rtol=1e-7)


def test_survival_functions_fall_from_one(rows):
    X, y = rows
    model = CoxRegressor().fit(X, y)
    survival = model.predict_survival_function(X)
    assert survival.shape == (80, len(model.event_times_))
    assert_array_equal(model.event_times_, np.unique(y["time"][y["event"]]))
    assert (survival > 0).all()
    assert (np.diff(survival, axis=1) < 0).all()
    assert_array_equal(model.predict_survival_function(X[:2], [0.0, 0.9]), 1.0)


def test_survival_at_a_single_time(rows):
    X, y = rows
    model = CoxRegressor().fit(X, y)
    expected = model.predict_survival_function(X, [5.0])
    assert_array_equal(model.predict_survival_function(X, 5), expected)


def test_times_of_events_of_weight_zero_are_no_event_times(rows):
    X, y = rows
    weight = np.where(y["time"] == 4, 0.0, 1.0)
    assert (y["event"] & (y["time"] == 4)).any()
    model = CoxRegressor().fit(X, y, sample_weight=weight)
    expected = np.unique(y["time"][y["event"] & (weight > 0)])
    assert_array_equal(model.event_times_, expected)


def test_survival_functions_of_riskier_subjects_are_lower(rows):
    X, y = rows
    model = CoxRegressor().fit(X, y)
    order = np.argsort(model.predict(X))
    survival = model.predict_survival_function(X)[order]
    assert (np.diff(survival, axis=0) <= 0).all()


def test_score_is_the_concordance_of_scikit_survival():
    # Without ties in time, where all agree on what a pair is.
    rng = np.random.default_rng(3)
    X, time, event = rng.normal(size=(90, 2)), rng.permutation(90) + 1.0, rng.random(90)
    y = survival_target(event < 0.6, time)
    model = CoxRegressor().fit(X, y)
    risk = model.predict(X)
    expected, *_ = concordance_index_censored(y["event"], y["time"], risk)
    assert_allclose(model.score(X, y), expected, rtol=1e-14)


def test_gradient_at_the_coefficients_is_reported(rows):
    model = CoxRegressor().fit(*rows)
    assert model.max_gradient_ < 1e-9
    assert 0 < model.n_iter_ < 10
    assert CoxRegressor(tol=0.5).fit(*rows).n_iter_ < model.n_iter_


def test_pickled_model_predicts_the_same(data):
    X, y, weight = data
    model = CoxRegressor(strata=["region", "grade"], alpha=0.1)
    model.fit(X, y, sample_weight=weight)
    again = pickle.loads(pickle.dumps(model))
    assert_array_equal(again.predict(X), model.predict(X))
    curves = [m.predict_survival_function(X) for m in (again, model)]
    assert_array_equal(*curves)


def test_clone_is_not_fitted(rows):
    model = CoxRegressor(alpha=2.0, strata=None, ties="breslow").fit(*rows)
    again = clone(model)
    assert again.get_params() == model.get_params()
    assert not hasattr(again, "coef_")


def test_refit_forgets_the_first_fit(rows):
    X, y = rows
    model = CoxRegressor().fit(X, y)
    model.fit(X[["a"]], y)
    assert_array_equal(model.coef_, CoxRegressor().fit(X[["a"]], y).coef_)
    assert list(model.feature_names_in_) == ["a"]


def test_cross_validation_scores_structured_targets(data):
    X, y, _ = data
    model = CoxRegressor(strata="region")
    found = cross_val_score(model, X, y, cv=4, error_score="raise")
    folds = np.array_split(np.arange(80), 4)
    expected = [
        clone(model).fit(X.drop(index=k), np.delete(y, k)).score(X.loc[k], y[k])
        for k in folds
    ]
    assert_allclose(found, expected, rtol=1e-12)


def test_grid_search_chooses_the_penalty(rows):
    pipeline = make_pipeline(StandardScaler(), CoxRegressor())
    grid = {"coxregressor__alpha": [0.0, 1.0, 1e6]}
    search = GridSearchCV(pipeline, grid, cv=3, error_score="raise").fit(*rows)
    assert np.isfinite(search.cv_results_["mean_test_score"]).all()
    assert search.best_score_ == search.cv_results_["mean_test_score"].max()
    assert search.predict(rows[0]).shape == (80,)
