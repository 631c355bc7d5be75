import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from sklinfluence import CoxRegressor
from sklinfluence.estimators._cox_data import Covariates, cox_training_data
from sklinfluence.utils import survival_target

RNG = np.random.default_rng(0)
TABLE = pd.DataFrame(
    {
        "age": RNG.integers(40, 80, size=20),
        "region": RNG.choice(["north", "south"], size=20),
        "dose": RNG.normal(size=20),
        "arm": RNG.choice(["placebo", "drug"], size=20),
    }
)
Y = survival_target(RNG.random(20) < 0.8, RNG.integers(1, 9, size=20))


def training_data(X=TABLE, y=Y, weight=None, strata=None):
    return cox_training_data(CoxRegressor(strata=strata), X, y, weight)


def test_covariates_are_the_columns_that_are_no_strata():
    covariates = Covariates(CoxRegressor(strata=["arm", 1]), TABLE, reset=True)
    assert_array_equal(covariates.values, TABLE[["age", "dose"]])
    assert covariates.values.dtype == np.float64
    assert list(covariates.names(TABLE.columns)) == ["age", "dose"]


def test_rows_may_be_lists():
    X = TABLE[["age", "dose"]].assign(g=TABLE["arm"] == "drug").to_numpy(float)
    found = CoxRegressor(strata=2).fit(X.tolist(), Y)
    assert_array_equal(found.coef_, CoxRegressor(strata=2).fit(X, Y).coef_)


@pytest.mark.parametrize("columns", [None, range(4)])
def test_covariates_without_names_are_numbered_by_column(columns):
    X = TABLE.assign(region=0.0, arm=1.0).to_numpy(float)
    X = X if columns is None else pd.DataFrame(X, columns=columns)
    model = CoxRegressor(strata=[1, 3]).fit(X, Y)
    assert list(model.covariate_names_) == ["x0", "x2"]


def test_codes_are_positions_among_known_strata():
    model = CoxRegressor(strata="region").fit(TABLE.drop(columns="arm"), Y)
    rows = TABLE.drop(columns="arm").assign(region=["south", "north"] * 10)
    found = Covariates(model, rows).codes(model.strata_)
    assert_array_equal(found, [1, 0] * 10)


def test_codes_without_strata_are_zero():
    X = TABLE[["age", "dose"]]
    model = CoxRegressor().fit(X, Y)
    assert_array_equal(Covariates(model, X[:3]).codes(None), [0, 0, 0])


def test_strata_are_numbered_in_sorted_order():
    data = training_data(TABLE.drop(columns="arm"), strata="region")
    assert list(data.strata) == ["north", "south"]
    assert_array_equal(data.stratum, TABLE["region"] == "south")


def test_combinations_of_strata_are_numbered_in_sorted_order():
    data = training_data(strata=["region", "arm"])
    assert_array_equal(data.stratum, TABLE.groupby(["region", "arm"]).ngroup())
    pairs = zip(TABLE["region"], TABLE["arm"], strict=True)
    assert list(data.strata) == sorted(set(pairs))


def test_covariates_are_centred_at_their_weighted_mean(rng):
    X, weight = TABLE[["age", "dose"]], rng.choice([0.0, 1.0, 3.0], size=20)
    data = training_data(X, weight=weight)
    assert_allclose(data.mean, np.average(X, axis=0, weights=weight))
    assert_allclose(data.X, X - data.mean, atol=1e-14)
    assert_allclose(weight @ data.X, 0.0, atol=1e-11)


def test_columns_constant_in_every_stratum_are_zero():
    X = TABLE[["age", "region"]].assign(
        k=np.where(TABLE["region"] == "north", 0.1, 0.7), one=0.1
    )
    data = training_data(X, strata="region")
    assert_array_equal(data.X[:, 1:], 0.0)
    assert np.abs(data.X[:, 0]).max() > 1


def test_target_is_taken_apart():
    data = training_data(TABLE[["age"]])
    assert_array_equal(data.event, Y["event"])
    assert_array_equal(data.time, Y["time"])
    assert data.entry is None
    assert data.stratum is None
    assert data.strata is None
    assert_array_equal(data.weight, np.ones(20))


def test_rows_of_the_user_are_not_changed():
    X = TABLE[["age", "dose"]].to_numpy(float)
    before = X.copy()
    CoxRegressor().fit(X, Y)
    assert_array_equal(X, before)
