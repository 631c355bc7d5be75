"""Every bad input is answered by a message with its value and what was expected."""

import numpy as np
import pandas as pd
import pytest
from scipy import sparse

from sklinfluence import CoxRegressor
from sklinfluence.utils import survival_target

N = 30
RNG = np.random.default_rng(0)
X = pd.DataFrame(RNG.normal(size=(N, 3)), columns=["a", "b", "c"])
REGION = np.where(np.arange(N) % 2, "north", "south")
WITH_REGION = X.assign(region=REGION)
TIME = RNG.integers(1, 12, size=N).astype(float)
EVENT = RNG.random(N) < 0.7
Y = survival_target(EVENT, TIME)
PENALISED = CoxRegressor(alpha=1.0)


def replaced(values, row, value):
    values = np.array(values, dtype=float)
    values[row] = value
    return values


def test_no_events():
    y = survival_target(np.zeros(N, dtype=bool), TIME)
    message = (
        r"y has no events: all 30 subjects are censored .*; expected at least one "
        r"observed event\. Check the coding of the event column"
    )
    with pytest.raises(ValueError, match=message):
        CoxRegressor().fit(X, y)


def test_no_events_but_of_weight_zero():
    with pytest.raises(ValueError, match=r"no events: .*\(or of weight zero\)"):
        CoxRegressor().fit(X, Y, sample_weight=np.where(EVENT, 0.0, 1.0))


def test_stratum_without_events():
    y = survival_target(EVENT & (REGION == "north"), TIME)
    message = (
        r"1 of 2 strata have no events \(stratum: number of subjects, all censored: "
        r"{'south': 15}\); they contribute nothing .*Merge them with others, or drop"
    )
    with pytest.warns(UserWarning, match=message):
        CoxRegressor(strata="region").fit(WITH_REGION, y)


def test_stratum_without_events_does_not_change_the_others():
    y = survival_target(EVENT & (REGION == "north"), TIME)
    north = REGION == "north"
    with pytest.warns(UserWarning, match="1 of 2 strata have no events"):
        found = CoxRegressor(strata="region").fit(WITH_REGION, y)
    expected = CoxRegressor().fit(X[north], y[north])
    np.testing.assert_allclose(found.coef_, expected.coef_, rtol=1e-9)


def test_one_event():
    one = np.zeros(N, dtype=bool)
    one[np.argmin(TIME)] = True
    message = r"y has 1 event; .*Collect more events, or set alpha > 0"
    with pytest.warns(UserWarning, match=message):
        PENALISED.fit(X, survival_target(one, TIME))


def test_one_event_of_positive_weight():
    weight = np.where(EVENT, 0.0, 1.0)
    weight[np.flatnonzero(EVENT)[0]] = 1.0
    with pytest.warns(UserWarning, match="y has 1 event"):
        PENALISED.fit(X, Y, sample_weight=weight)


@pytest.mark.parametrize("column", ["time", "entry"])
def test_negative_times(column):
    y = pd.DataFrame({"event": EVENT, "time": TIME, "entry": 0.0})
    y.loc[3, column] = -2.0
    message = rf"Got {column}\[3\] = -2; expected times that are not negative\. Count"
    with pytest.raises(ValueError, match=message):
        CoxRegressor().fit(X, y)


@pytest.mark.parametrize(("value", "name"), [(np.nan, "NaN"), (np.inf, "infinity")])
@pytest.mark.parametrize("column", ["time", "entry"])
def test_times_that_are_not_finite(column, value, name):
    y = pd.DataFrame({"event": EVENT, "time": TIME, "entry": 0.0})
    y.loc[3, column] = value
    message = rf"y contains {name}.*{column} column, rows \[3\]; expected finite .*Drop"
    with pytest.raises(ValueError, match=message):
        CoxRegressor().fit(X, y)


@pytest.mark.parametrize("late", [0.0, 1.5])
def test_entry_at_or_after_the_exit(late):
    entry = replaced(np.zeros(N), 7, TIME[7] + late)
    message = (
        rf"entry >= time in 1 rows, the first being row 7 \(entry {TIME[7] + late:g}, "
        rf"time {TIME[7]:g}\); expected entry < time\. Drop subjects"
    )
    with pytest.raises(ValueError, match=message):
        CoxRegressor().fit(X, np.column_stack([EVENT, TIME, entry]))


def test_missing_values_in_x():
    message = r"(?s)Input X contains NaN.*CoxRegressor does not accept.*an imputer"
    with pytest.raises(ValueError, match=message):
        CoxRegressor().fit(replaced(X, (4, 1), np.nan), Y)


def test_infinite_values_in_x():
    with pytest.raises(ValueError, match="Input X contains infinity or a value too"):
        CoxRegressor().fit(replaced(X, (4, 1), np.inf), Y)


@pytest.mark.parametrize(
    ("event", "values"),
    [
        (np.where(EVENT, "dead", "alive"), "'dead'"),
        (np.where(EVENT, 2, 1), r"\[[12], [12]\]"),
        (np.where(EVENT, 1.0, np.nan), "nan"),
    ],
    ids=["text", "1 and 2", "missing"],
)
def test_event_of_another_type(event, values):
    message = (
        rf"event column of dtype .* with values such as .*{values}.*; expected "
        r"booleans or 0 \(censored\) and 1 \(event observed\)\. Recode it"
    )
    with pytest.raises(ValueError, match=message):
        CoxRegressor().fit(X, pd.DataFrame({"event": event, "time": TIME}))


def test_event_field_of_another_type():
    y = np.zeros(N, dtype=[("event", "<i4"), ("time", "<f8")])
    message = (
        r"fields {'event': 'int32', 'time': 'float64'}; expected one boolean field"
    )
    with pytest.raises(ValueError, match=message):
        CoxRegressor().fit(X, y)


def test_x_and_y_of_different_length():
    with pytest.raises(
        ValueError, match=r"X has 30 rows and y 20; expected one target.*Select"
    ):
        CoxRegressor().fit(X, Y[:20])


METHODS = ["predict", "predict_relative_risk", "predict_survival_function"]


@pytest.mark.parametrize("method", METHODS)
def test_rows_with_features_of_other_names(method):
    model = CoxRegressor().fit(X, Y)
    message = r"(?s)names should match .*unseen at fit time:\n- q\n.*now missing:\n- a"
    with pytest.raises(ValueError, match=message):
        getattr(model, method)(X.rename(columns={"a": "q"}))


@pytest.mark.parametrize("method", METHODS)
def test_rows_with_another_number_of_features(method):
    model = CoxRegressor().fit(X.to_numpy(), Y)
    with pytest.raises(
        ValueError, match="X has 2 features, but CoxRegressor is expect"
    ):
        getattr(model, method)(X.to_numpy()[:, :2])


@pytest.mark.parametrize("method", METHODS)
def test_rows_without_the_strata_column(method):
    model = CoxRegressor(strata="region").fit(WITH_REGION, Y)
    with pytest.raises(ValueError, match=r"(?s)now missing:\n- region"):
        getattr(model, method)(X)


@pytest.mark.parametrize(
    ("rows", "strata", "message"),
    [
        (
            X,
            "region",
            r"strata='region', .*\(columns: \['a', 'b', 'c'\]\); expected a co",
        ),
        (X.to_numpy(), "a", r"strata='a', .*X is not a DataFrame\); .*or a position"),
        (X, 3, "strata=3; expected a column name or a position from 0 to 2"),
        (X, [0, 5], "strata=5; expected a column name or a position from 0 to 2"),
        (X, [-1], "strata=-1; expected a column name or a position from 0 to 2"),
        (X, [1.5], r"strata=1\.5; expected a column name or a position from 0 to 2"),
        (X, ["a", "b", "c"], r"All 3 columns of X are strata .*at least one covariate"),
    ],
)
def test_unknown_strata_columns(rows, strata, message):
    with pytest.raises(ValueError, match=message):
        CoxRegressor(strata=strata).fit(rows, Y)


def test_stratum_that_the_training_data_do_not_have():
    model = CoxRegressor(strata="region").fit(WITH_REGION, Y)
    message = (
        r"rows with the strata \['west'\] in the columns \['region'\]; expected those "
        r"of the training data, \['north', 'south'\]\. A stratum without training data"
    )
    with pytest.raises(ValueError, match=message):
        model.predict_survival_function(WITH_REGION.assign(region="west"))


@pytest.mark.parametrize("value", [None, np.nan])
def test_missing_strata(value):
    table = WITH_REGION.copy()
    table.loc[3, "region"] = value
    message = (
        r"columns \['region'\] contain missing .*expected a stratum .*Drop the rows"
    )
    with pytest.raises(ValueError, match=message):
        CoxRegressor(strata="region").fit(table, Y)
    with pytest.raises(ValueError, match=message):
        CoxRegressor(strata="region").fit(WITH_REGION, Y).predict(table)


def test_negative_weights():
    with pytest.raises(
        ValueError, match=r"sample_weight\[4\] = -1; expected weights th"
    ):
        CoxRegressor().fit(X, Y, sample_weight=replaced(np.ones(N), 4, -1.0))


@pytest.mark.parametrize("form", [np.asarray, pd.DataFrame])
def test_swapped_columns_of_y(form):
    message = (
        r"second column of y is 0/1 .*expected the order \(event, time\), swap the"
    )
    with pytest.raises(ValueError, match=message):
        CoxRegressor().fit(X, form(np.column_stack([TIME, EVENT])))


@pytest.mark.parametrize("strata", [None, 2])
def test_sparse_rows(strata):
    message = r"Sparse data was passed for X, but dense data is required.*toarray\(\)"
    with pytest.raises(TypeError, match=message):
        CoxRegressor(strata=strata).fit(sparse.csr_array(X.to_numpy()), Y)


def test_missing_target():
    with pytest.raises(
        ValueError, match="requires y to be passed, but the target y is N"
    ):
        CoxRegressor().fit(X, None)


@pytest.mark.parametrize(
    ("times", "message"),
    [
        ([1.0, np.nan], "Input times contains NaN"),
        ([np.inf], "Input times contains infinity"),
        ([[1.0, 2.0], [3.0, 4.0]], "should be a 1d array"),
        (["soon"], "could not convert string to float"),
    ],
)
def test_times_at_which_survival_is_not_defined(times, message):
    model = CoxRegressor().fit(X, Y)
    with pytest.raises(ValueError, match=message):
        model.predict_survival_function(X, times)


def test_score_without_a_pair_to_compare():
    model = CoxRegressor().fit(X, Y)
    message = (
        r"concordance of 30 subjects with 0 events has no pair to compare; expected at "
        r"least one event .*Score more subjects"
    )
    with pytest.raises(ValueError, match=message):
        model.score(X, survival_target(np.zeros(N, dtype=bool), TIME))
