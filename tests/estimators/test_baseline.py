import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from sklinfluence.estimators import BaselineHazard
from sklinfluence.losses import CoxPartialLikelihood

HAZARD = BaselineHazard(
    stratum=np.array([0, 0, 1, 1, 1]),
    time=np.array([1.0, 3.0, 2.0, 3.0, 5.0]),
    hazard=np.array([0.1, 0.2, 0.5, 0.25, 1.0]),
)


@pytest.mark.parametrize(
    ("stratum", "times", "expected"),
    [
        (0, [0.0, 1.0, 2.9, 3.0, 99.0], [0.0, 0.1, 0.1, 0.3, 0.3]),
        (1, [0.0, 1.9, 2.0, 4.0, 5.0], [0.0, 0.0, 0.5, 0.75, 1.75]),
        (7, [0.0, 99.0], [0.0, 0.0]),
    ],
)
def test_cumulative_hazard_includes_the_instant_itself(stratum, times, expected):
    found = HAZARD.cumulative_at(np.array(times), np.array([stratum]))
    assert_allclose(found, [expected], rtol=1e-15)


def test_each_row_has_the_hazard_of_its_stratum():
    found = HAZARD.cumulative_at(np.array([3.0]), np.array([1, 0, 1]))
    assert_allclose(found.ravel(), [0.75, 0.3, 0.75])


def test_times_come_in_any_order():
    found = HAZARD.cumulative_at(np.array([5.0, 1.0, 3.0]), np.array([0]))
    assert_allclose(found, [[0.3, 0.1, 0.3]])


def test_event_times_are_those_at_which_some_hazard_jumps():
    hazard = BaselineHazard(
        stratum=np.array([0, 0, 1, 1]),
        time=np.array([3.0, 4.0, 2.0, 3.0]),
        hazard=np.array([0.1, 0.0, 0.5, 0.0]),
    )
    assert_array_equal(hazard.event_times, [2.0, 3.0])


def test_no_rows_and_no_times():
    assert HAZARD.cumulative_at(np.array([1.0]), np.zeros(0, int)).shape == (0, 1)
    assert HAZARD.cumulative_at(np.zeros(0), np.array([0, 1])).shape == (2, 0)


def test_hazard_of_equal_risks_is_that_of_nelson_and_aalen():
    # Events / at risk; with Efron's ties 1/3 + 1/2 where two of three die at once.
    event, time = np.array([True, True, True, False]), np.array([1.0, 2, 2, 3])
    expected = {"breslow": [1 / 4, 2 / 3], "efron": [1 / 4, 1 / 3 + 1 / 2]}
    for ties, hazard in expected.items():
        loss = CoxPartialLikelihood(event, time, ties=ties)
        found = BaselineHazard.from_loss(loss, np.zeros(4))
        assert_array_equal(found.time, [1.0, 2.0])
        assert_array_equal(found.stratum, [0, 0])
        assert_allclose(found.hazard, hazard, rtol=1e-14)


def test_absent_subjects_have_no_part_in_the_hazard():
    event, time = np.array([True, True, True, False]), np.array([1.0, 2, 2, 3])
    loss = CoxPartialLikelihood(event, time, ties="efron")
    found = BaselineHazard.from_loss(loss, np.zeros(4), np.array([0.0, 1, 1, 0]))
    assert_allclose(found.hazard, [0.0, 1 / 2 + 1], rtol=1e-14)


def test_strata_have_hazards_of_their_own():
    event, time = np.ones(4, dtype=bool), np.array([1.0, 1, 2, 3])
    stratum = np.array([1, 0, 1, 0])
    loss = CoxPartialLikelihood(event, time, stratum=stratum)
    found = BaselineHazard.from_loss(loss, np.zeros(4))
    assert_array_equal(found.stratum, [0, 0, 1, 1])
    assert_array_equal(found.time, [1, 3, 1, 2])
    assert_allclose(found.hazard, [1 / 2, 1, 1 / 2, 1])
