import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_array_equal
from sklearn.exceptions import DataConversionWarning
from sksurv.util import Surv

from sklinfluence.utils import parse_survival_target, survival_target

EVENT = np.array([True, False, True])
TIME = np.array([3.0, 5.0, 2.5])
ENTRY = np.array([0.0, 1.0, 2.0])
TABLE = pd.DataFrame({"event": EVENT, "time": TIME, "entry": ENTRY})
STRUCTURED = survival_target(EVENT, TIME, ENTRY)

WITHOUT_ENTRY = {
    "structured": survival_target(EVENT, TIME),
    "scikit-survival": Surv.from_arrays(EVENT, TIME),
    "other names of fields": Surv.from_arrays(EVENT, TIME, "dead", "months"),
    "time before event": STRUCTURED[["time", "event"]],
    "array": np.column_stack([EVENT, TIME]),
    "list": [[1, 3.0], [0, 5.0], [1, 2.5]],
    "frame": TABLE[["event", "time"]],
    "frame in another order": TABLE[["time", "event"]],
    "frame with capitals": TABLE[["time", "event"]].rename(columns=str.title),
    "frame without these names": TABLE[["event", "time"]].set_axis(["d", "t"], axis=1),
    "frame with integers": TABLE[["event", "time"]].astype({"event": int}),
}
WITH_ENTRY = {
    "structured": STRUCTURED,
    "structured in another order": STRUCTURED[["entry", "time", "event"]],
    "array": np.column_stack([EVENT, TIME, ENTRY]),
    "frame": TABLE,
    "frame in another order": TABLE[["entry", "event", "time"]],
    "frame with more columns": TABLE.assign(age=[50, 60, 70]),
    "frame without these names": TABLE.set_axis(["d", "t", "s"], axis=1),
}


@pytest.mark.parametrize("y", WITHOUT_ENTRY.values(), ids=WITHOUT_ENTRY)
def test_forms_without_entry_times(y):
    target = parse_survival_target(y)
    assert_array_equal(target.event, EVENT)
    assert_array_equal(target.time, TIME)
    assert target.entry is None


@pytest.mark.parametrize("y", WITH_ENTRY.values(), ids=WITH_ENTRY)
def test_forms_with_entry_times(y):
    target = parse_survival_target(y)
    assert_array_equal(target.event, EVENT)
    assert_array_equal(target.time, TIME)
    assert_array_equal(target.entry, ENTRY)


@pytest.mark.parametrize("y", [TIME, list(TIME), pd.Series(TIME)])
def test_times_alone_are_all_observed(y):
    target = parse_survival_target(y)
    assert target.event.all()
    assert_array_equal(target.time, TIME)


def test_a_column_of_times_is_taken_as_one_with_a_warning():
    with pytest.warns(DataConversionWarning, match="column-vector y was passed"):
        target = parse_survival_target(TIME[:, None])
    assert_array_equal(target.time, TIME)


def test_types_of_the_result_do_not_depend_on_those_given():
    target = parse_survival_target(np.array([[1, 3], [0, 5]], dtype=np.int32))
    assert target.event.dtype == bool
    assert target.time.dtype == np.float64


@pytest.mark.parametrize("event", [[1, 0, 1], [1.0, 0.0, 1.0], EVENT.tolist()])
def test_events_may_be_booleans_or_zero_and_one(event):
    assert_array_equal(survival_target(event, TIME)["event"], EVENT)


def test_survival_target_is_a_target_of_scikit_survival():
    expected = Surv.from_arrays(EVENT, TIME)
    found = survival_target(EVENT, TIME)
    assert found.dtype == expected.dtype
    assert_array_equal(found, expected)


def test_result_does_not_share_memory_with_the_arguments():
    time = TIME.copy()
    target = survival_target(EVENT, time)
    time[0] = 99.0
    assert target["time"][0] == 3.0


@pytest.mark.parametrize(
    "event", [["dead", "alive", "dead"], [1, 2, 1], [1.0, 0, np.nan]]
)
def test_events_that_are_not_binary(event):
    with pytest.raises(ValueError, match=r"values such as .*expected booleans or 0"):
        survival_target(event, TIME)


@pytest.mark.parametrize("column", ["time", "entry"])
def test_negative_times(column):
    wrong = {"event": EVENT, "time": TIME, "entry": ENTRY, column: [3.0, -2.0, 1.0]}
    message = rf"Got {column}\[1\] = -2; expected times that are not negative"
    with pytest.raises(ValueError, match=message):
        survival_target(**wrong)


@pytest.mark.parametrize("value", [np.nan, np.inf])
@pytest.mark.parametrize("column", ["time", "entry"])
def test_times_that_are_not_finite(column, value):
    wrong = {"event": EVENT, "time": TIME, "entry": ENTRY, column: [3.0, value, 1.0]}
    message = (
        r"Input y contains (NaN|infinity).* in the "
        rf"{column} column, rows \[1\]; expected finite times\. Drop or complete"
    )
    with pytest.raises(ValueError, match=message):
        survival_target(**wrong)


@pytest.mark.parametrize("column", ["time", "entry"])
def test_times_that_are_not_numbers(column):
    wrong = {"event": EVENT, "time": TIME, "entry": ENTRY, column: ["a", "b", "c"]}
    message = rf"Got a {column} column of dtype .* not numeric .*expected numbers"
    with pytest.raises(ValueError, match=message):
        survival_target(**wrong)


@pytest.mark.parametrize("entry", [[0.0, 5.0, 1.0], [0.0, 6.0, 1.0]])
def test_entry_that_is_not_before_its_time(entry):
    message = (
        r"entry >= time in 1 rows, the first being row 1 .*time 5\).*Drop subjects"
    )
    with pytest.raises(ValueError, match=message):
        survival_target(EVENT, TIME, entry)


def test_columns_of_different_length():
    message = r"different length, {'event': 3, 'time': 2}; expected one"
    with pytest.raises(ValueError, match=message):
        survival_target(EVENT, TIME[:2])


@pytest.mark.parametrize("form", [np.asarray, lambda y: pd.DataFrame(y)])
def test_swapped_columns(form):
    y = form(np.column_stack([TIME, EVENT]))
    with pytest.raises(
        ValueError, match=r"second column of y is 0/1.*swap the columns"
    ):
        parse_survival_target(y)


@pytest.mark.parametrize(
    "y",
    [
        np.zeros((3, 4)),
        np.zeros((3, 2, 2)),
        TABLE.assign(z=1.0).set_axis(list("abcd"), axis=1),
    ],
)
def test_unknown_forms(y):
    with pytest.raises(ValueError, match="expected a structured array with the fields"):
        parse_survival_target(y)


def test_events_alone_are_no_target():
    with pytest.raises(ValueError, match="dtype bool, which can only be events"):
        parse_survival_target(EVENT)


@pytest.mark.parametrize(
    "fields",
    [
        [("a", "?"), ("b", "?"), ("time", "<f8")],
        [("event", "<f8"), ("time", "<f8")],
        [("event", "?"), ("start", "<f8"), ("stop", "<f8")],
        [("event", "?")],
    ],
)
def test_structured_arrays_with_other_fields(fields):
    y = np.zeros(3, dtype=fields)
    with pytest.raises(ValueError, match=r"Got y with the fields .*one boolean field"):
        parse_survival_target(y)
