import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_array_equal
from scipy import sparse

from sklinfluence.utils._objects import remove_rows
from sklinfluence.utils._problem import Problem

X = np.arange(12.0).reshape(4, 3)
Y = np.array([1, 0, 1, 1])


def test_rows_leave_x_and_y():
    X_kept, y_kept, params = remove_rows(np.array([0, 2]), X, Y, {})
    assert_array_equal(X_kept, X[[1, 3]])
    assert_array_equal(y_kept, Y[[1, 3]])
    assert params == {}


def test_a_single_row_leaves():
    assert_array_equal(remove_rows(1, X, Y, {})[0], X[[0, 2, 3]])


def test_a_frame_stays_a_frame_with_its_types_and_index():
    frame = pd.DataFrame({"a": [1, 2, 3], "b": list("xyz")}, index=[10, 20, 30])
    kept, _, _ = remove_rows(1, frame, None, {})
    pd.testing.assert_frame_equal(kept, frame.loc[[10, 30]])


def test_a_sparse_matrix_stays_sparse():
    kept, _, _ = remove_rows(0, sparse.csr_array(X), Y, {})
    assert sparse.issparse(kept)
    assert_array_equal(kept.toarray(), X[1:])


def test_a_list_stays_a_list():
    kept, _, _ = remove_rows(0, ["a", "b", "c", "d"], Y, {})
    assert kept == ["b", "c", "d"]


def test_structured_targets_keep_their_fields():
    y = np.zeros(4, dtype=[("event", "?"), ("time", "<f8")])
    y["time"] = np.arange(4)
    _, kept, _ = remove_rows(3, X, y, {})
    assert kept.dtype == y.dtype
    assert_array_equal(kept["time"], [0, 1, 2])


def test_no_target_stays_none():
    assert remove_rows(0, X, None, {})[1] is None


def test_parameters_with_an_entry_a_row_lose_theirs():
    given = {"sample_weight": np.arange(4.0), "groups": list("abcd")}
    _, _, kept = remove_rows([1], X, Y, given)
    assert_array_equal(kept["sample_weight"], [0, 2, 3])
    assert kept["groups"] == ["a", "c", "d"]


@pytest.mark.parametrize(
    "value", ["rows", 4, np.float64(4.0), None, [1, 2, 3], {"a": 1}]
)
def test_other_parameters_stay(value):
    _, _, kept = remove_rows([1], X, Y, {"other": value})
    assert kept["other"] == value


def test_the_arguments_stay_as_they_were():
    given = {"sample_weight": np.ones(4)}
    remove_rows([0], X, Y, given)
    assert len(given["sample_weight"]) == len(X) == 4


def test_problem_counts_its_rows():
    assert Problem(None, None, X, Y).n_objects == 4
    assert Problem(None, None, pd.DataFrame(X), Y).n_objects == 4
    assert Problem(None, None, X.tolist(), Y).n_objects == 4
