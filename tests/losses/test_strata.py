import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from sklinfluence.losses._strata import centred, largest_of

S = np.array([3.0, -1.0, 7.0, 2.0, -5.0])
STRATUM = np.array([0, 1, 0, 3, 1])


def test_largest_score_of_every_stratum():
    # Nobody is in stratum 2.
    assert_array_equal(largest_of(S, STRATUM), [7.0, -1.0, 0.0, 2.0])


def test_largest_score_of_those_present():
    present = np.array([True, False, False, False, True])
    assert_array_equal(largest_of(S, STRATUM, present), [3.0, -5.0, 0.0, 0.0])
    assert_array_equal(largest_of(S, None, present), [3.0])


@pytest.mark.parametrize("stratum", [None, STRATUM])
def test_largest_score_of_nobody_is_zero(stratum):
    nobody = np.zeros(5, dtype=bool)
    assert_array_equal(largest_of(S, stratum, nobody), 0.0)


@pytest.mark.parametrize("stratum", [None, STRATUM])
def test_largest_scores_of_many_models(stratum):
    many = np.stack([S, -S], axis=1)
    found = largest_of(many, stratum)
    expected = [largest_of(column, stratum) for column in (S, -S)]
    assert_array_equal(found, np.transpose(expected))


def test_centred_tangents_average_to_zero_in_every_stratum():
    V = np.random.default_rng(0).normal(size=(5, 2)) + 100.0
    found = centred(V, STRATUM)
    for g in (0, 1, 3):
        members = g == STRATUM
        assert_allclose(found[members], V[members] - V[members].mean(axis=0))


def test_tangents_without_strata_are_left_alone():
    V = np.ones((5, 2))
    assert centred(V, None) is V
