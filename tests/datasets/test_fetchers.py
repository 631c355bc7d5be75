import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_array_equal

from sklinfluence.datasets import fetch_metabric, fetch_support

# Fetcher, covariates, rows (train, test), events, as the source's description says.
TABLES = [
    pytest.param(fetch_metabric, 9, (1523, 381), 1103, id="metabric"),
    pytest.param(fetch_support, 14, (7098, 1775), 6036, id="support"),
]
FETCHERS = [
    pytest.param(fetch_metabric, id="metabric"),
    pytest.param(fetch_support, id="support"),
]


@pytest.fixture
def local(data_folder):
    """Options that read from the data folder and never download."""
    return {"data_home": data_folder, "download_if_missing": False}


@pytest.mark.parametrize(("fetch", "p", "rows", "events"), TABLES)
def test_shapes_and_types(local, fetch, p, rows, events):
    bunch = fetch(**local)
    assert bunch.data.shape == (sum(rows), p)
    assert (bunch.data.dtypes == np.float64).all()
    assert not bunch.data.isna().any(axis=None)
    assert bunch.target.dtype == np.dtype([("event", "?"), ("time", "<f8")])
    assert bunch.target["event"].sum() == events
    assert bunch.feature_names == [f"x{j}" for j in range(p)]
    assert list(bunch.frame) == [*bunch.feature_names, "event", "time"]
    for column in bunch.feature_names:
        assert_array_equal(bunch.data[column], bunch.data[column].astype("float32"))
    assert_array_equal(bunch.target["time"], bunch.target["time"].astype("float32"))


@pytest.mark.parametrize(("fetch", "p", "rows", "events"), TABLES)
def test_subsets_are_the_published_split(local, fetch, p, rows, events):
    both = fetch(**local)
    train, test = (fetch(subset=name, **local) for name in ("train", "test"))
    assert_array_equal(both.split, np.repeat(["train", "test"], rows))
    assert_array_equal(train.split, "train")
    assert_array_equal(test.split, "test")
    assert (len(train.data), len(test.data)) == rows
    pd.testing.assert_index_equal(test.data.index, pd.RangeIndex(rows[1]))
    joined = pd.concat([train.frame, test.frame], ignore_index=True)
    pd.testing.assert_frame_equal(joined, both.frame)


@pytest.mark.parametrize("fetch", FETCHERS)
def test_forms_of_the_result(local, fetch):
    bunch = fetch(**local)
    arrays = fetch(as_frame=False, **local)
    X, y = fetch(return_X_y=True, **local)
    assert type(arrays.data) is np.ndarray
    assert arrays.frame is None
    assert_array_equal(arrays.data, bunch.data)
    pd.testing.assert_frame_equal(X, bunch.data)
    assert_array_equal(y, bunch.target)
    assert f":Rows: {len(X)}\n" in bunch.DESCR


def test_description_of_support_is_right_about_ties(local):
    bunch = fetch_support(**local)
    events = pd.Series(bunch.target["time"][bunch.target["event"]]).value_counts()
    assert f"up to {events.max()} on one day" in bunch.DESCR
    assert events[events > 1].sum() > events.sum() / 2


def test_environment_variable_names_the_folder(data_folder, monkeypatch):
    monkeypatch.setenv("SKLINFLUENCE_DATA", str(data_folder))
    assert len(fetch_metabric(download_if_missing=False).data) == 1904


@pytest.mark.parametrize("fetch", FETCHERS)
def test_unknown_subset(fetch, tmp_path):
    with pytest.raises(ValueError, match="Got subset='valid'; expected one of"):
        fetch(subset="valid", data_home=tmp_path)
