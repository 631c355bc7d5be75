import numpy as np
from numpy.testing import assert_allclose, assert_array_equal

from sklinfluence.objectives import RidgePenalty

WEIGHT = np.array([1.0, 2.0, 0.5])
PER_WEIGHT = np.array([3.0, 0.0])
SHARED = RidgePenalty([1.0, 5.0], PER_WEIGHT, WEIGHT)


def test_a_number_is_a_penalty_whoever_is_present():
    penalty = RidgePenalty(2.0)
    assert not penalty.depends_on_presence
    assert penalty.strength() == penalty.strength(np.zeros(3)) == 2.0
    assert penalty.without([1]) is penalty


def test_a_share_of_nothing_does_not_depend_on_presence():
    penalty = RidgePenalty(2.0, np.zeros(2), WEIGHT)
    assert not penalty.depends_on_presence


def test_strength_follows_the_weight_of_those_present():
    assert_allclose(SHARED.strength(), [1 + 3 * 3.5, 5.0])
    presences = np.array([[1, 0, 1], [0, 0, 0]])
    assert_allclose(SHARED.strength(presences), [[1 + 3 * 1.5, 5.0], [1.0, 5.0]])
    assert_allclose(SHARED.strength(presences[0]), SHARED.strength(presences)[0])


def test_shares_are_what_removal_takes():
    gone = SHARED.strength() - SHARED.strength(1.0 - np.eye(3))
    assert_allclose(SHARED.shares(), gone)
    group = [np.array([0, 2]), np.array([1])]
    assert_allclose(SHARED.shares(group), [gone[0] + gone[2], gone[1]])


def test_without_objects_it_is_that_of_the_others():
    rest = SHARED.without(np.array([1]))
    assert_allclose(rest.strength(), SHARED.strength(np.array([1, 0, 1])))
    assert_array_equal(WEIGHT, [1.0, 2.0, 0.5])
