import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_array_equal

from sklinfluence.utils._groups import parse_groups


def as_lists(removals):
    return [list(removal) for removal in removals]


@pytest.mark.parametrize("form", [list, np.array, pd.Series, pd.Categorical])
def test_labels_are_groups_in_sorted_order(form):
    removals, names = parse_groups(form(["b", "a", "b", "c"]), 4)
    assert as_lists(removals) == [[1], [0, 2], [3]]
    assert list(names) == ["a", "b", "c"]


def test_numbers_are_labels():
    removals, names = parse_groups([1.5, 0.0, 1.5], 3)
    assert as_lists(removals) == [[1], [0, 2]]
    assert list(names) == [0.0, 1.5]


@pytest.mark.parametrize("kind", [list, tuple])
def test_a_list_of_index_sets_is_named_by_position(kind):
    removals, names = parse_groups(kind([[0, 2], np.array([2])]), 4)
    assert as_lists(removals) == [[0, 2], [2]]
    assert_array_equal(names, [0, 1])


def test_a_dict_of_index_sets_is_named_by_its_keys():
    removals, names = parse_groups({"late": [3], ("a", 1): [0, 1]}, 4)
    assert as_lists(removals) == [[3], [0, 1]]
    assert list(names) == ["late", ("a", 1)]


def test_masks_are_index_sets():
    removals, _ = parse_groups([np.array([True, False, True, False])], 4)
    assert as_lists(removals) == [[0, 2]]


@pytest.mark.parametrize("groups", [[], (), {}])
def test_no_groups(groups):
    with pytest.raises(ValueError, match="Got no groups; expected at least one set"):
        parse_groups(groups, 4)


def test_a_single_label_leaves_nothing_to_fit():
    with pytest.raises(ValueError, match="single label 'a'; expected at least two"):
        parse_groups(["a", "a", "a"], 3)


@pytest.mark.parametrize("groups", [[[0], [2, 0, 1]], {0: [0], 1: [2, 0, 1]}])
def test_a_group_of_all_objects_leaves_nothing_to_fit(groups):
    with pytest.raises(ValueError, match="Group 1 holds all 3 training objects; exp"):
        parse_groups(groups, 3)


def test_labels_of_categories_keep_their_order():
    labels = pd.Categorical(["low", "high", "low"], categories=["low", "high"])
    removals, names = parse_groups(labels, 3)
    assert as_lists(removals) == [[0, 2], [1]]
    assert list(names) == ["low", "high"]


def test_labels_for_another_number_of_objects():
    with pytest.raises(ValueError, match=r"shape \(3,\); expected a label .* 4 train"):
        parse_groups(["a", "b", "a"], 4)


@pytest.mark.parametrize("missing", [None, np.nan])
def test_missing_labels(missing):
    groups = np.array(["a", missing, "b"], dtype=object)
    with pytest.raises(
        ValueError, match="1 missing labels; expected a label for every"
    ):
        parse_groups(groups, 3)


@pytest.mark.parametrize("group", [[], [[0]], [0.5], ["a"], [True, False]])
def test_groups_that_are_no_index_sets(group):
    with pytest.raises(
        ValueError, match=r"Group 0 is .*expected a non-empty 1-D array"
    ):
        parse_groups({"g": group}, 4)


@pytest.mark.parametrize("group", [[-1, 0], [3, 4]])
def test_positions_that_do_not_exist(group):
    with pytest.raises(ValueError, match="expected positions from 0 to 3"):
        parse_groups([[0], group], 4)


def test_objects_that_are_repeated():
    with pytest.raises(ValueError, match="Group 1 repeats an object; expected each"):
        parse_groups([[0], [2, 2]], 4)
