import lifelines.datasets
import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_array_equal

from sklinfluence import datasets

# Data set, shape of its data, event column and time column in lifelines.
TABLES = [
    ("rossi", (432, 7), "arrest", "week"),
    ("gbsg2", (686, 9), "cens", "time"),
    ("lung", (167, 8), "status", "time"),
    ("larynx", (90, 4), "death", "time"),
    ("kidney_transplant", (863, 4), "death", "time"),
]
NAMES = [table[0] for table in TABLES]


def load(name, **options):
    return getattr(datasets, f"load_{name}")(**options)


@pytest.mark.parametrize(("name", "shape", "event", "time"), TABLES)
def test_target_is_that_of_the_complete_rows_in_lifelines(name, shape, event, time):
    source = getattr(lifelines.datasets, f"load_{name}")().dropna()
    y = load(name).target
    assert y.dtype == np.dtype([("event", "?"), ("time", "<f8")])
    assert y.shape == shape[:1]
    assert_array_equal(y["event"], source[event] == 1)
    assert_array_equal(y["time"], source[time])


@pytest.mark.parametrize(("name", "shape", "event", "time"), TABLES)
def test_data_holds_every_numeric_covariate_of_lifelines(name, shape, event, time):
    source = getattr(lifelines.datasets, f"load_{name}")().dropna()
    X = load(name).data
    assert X.shape == shape
    assert (X.dtypes == np.float64).all()
    assert not X.isna().any(axis=None)
    pd.testing.assert_index_equal(X.index, pd.RangeIndex(len(X)))
    covariates = source.select_dtypes("number").columns.drop([event, time])
    assert_array_equal(X[covariates], source[covariates])


@pytest.mark.parametrize("name", NAMES)
def test_frame_is_data_with_target(name):
    bunch = load(name)
    assert list(bunch.frame) == [*bunch.feature_names, "event", "time"]
    pd.testing.assert_frame_equal(bunch.frame[bunch.feature_names], bunch.data)
    for field in ("event", "time"):
        assert_array_equal(bunch.frame[field], bunch.target[field])


@pytest.mark.parametrize("name", NAMES)
def test_description_names_counts_and_columns(name):
    bunch = load(name)
    assert f":Rows: {len(bunch.data)}\n" in bunch.DESCR
    assert f":Events observed: {bunch.target['event'].sum()}\n" in bunch.DESCR
    for column in bunch.feature_names:
        assert column in bunch.DESCR


@pytest.mark.parametrize("name", NAMES)
def test_pair_is_data_and_target(name):
    bunch = load(name)
    X, y = load(name, return_X_y=True)
    pd.testing.assert_frame_equal(X, bunch.data)
    assert_array_equal(y, bunch.target)


@pytest.mark.parametrize("name", NAMES)
def test_without_frames_data_is_an_array(name):
    bunch, arrays = load(name), load(name, as_frame=False)
    assert type(arrays.data) is np.ndarray
    assert arrays.data.dtype == np.float64
    assert_array_equal(arrays.data, bunch.data)
    assert arrays.frame is None
    assert arrays.feature_names == bunch.feature_names
    assert type(load(name, as_frame=False, return_X_y=True)[0]) is np.ndarray


def test_gbsg2_text_is_encoded_without_the_first_level():
    source = lifelines.datasets.load_gbsg2()
    X = datasets.load_gbsg2().data
    encoded = {
        "horTh_yes": source["horTh"] == "yes",
        "menostat_Pre": source["menostat"] == "Pre",
        "tgrade_II": source["tgrade"] == "II",
        "tgrade_III": source["tgrade"] == "III",
    }
    assert set(encoded) < set(X)
    for column, expected in encoded.items():
        assert_array_equal(X[column], expected)


def test_lung_says_how_many_rows_are_left_out():
    rows = len(lifelines.datasets.load_lung())
    bunch = datasets.load_lung()
    assert f"{len(bunch.data)} of the {rows} patients" in bunch.DESCR
    assert f"{rows - len(bunch.data)} have a missing" in bunch.DESCR
