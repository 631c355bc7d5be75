"""The penalty of standardised columns, against its definition."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from sklinfluence.objectives._variance_penalty import VariancePenalty

RNG = np.random.default_rng(0)
COLUMNS = RNG.normal(size=(12, 3)) * [1.0, 100.0, 0.01] + [1e6, 0.0, 3.0]
FACTOR = np.array([0.5, 2.0, 0.0])
PENALTY = VariancePenalty(FACTOR, COLUMNS)


def _expected(kept):
    return FACTOR * len(kept) * COLUMNS[kept].var(axis=0, ddof=1)


def _kept(removed):
    return np.delete(np.arange(12), removed)


def test_strength_is_that_of_the_rows_present():
    removals = [[], [3], [0, 5, 11]]
    presence = np.ones((3, 12))
    for row, removed in zip(presence, removals, strict=True):
        row[removed] = 0.0
    expected = [_expected(_kept(removed)) for removed in removals]
    assert_allclose(PENALTY.strength(presence), expected, rtol=1e-9)
    assert_allclose(PENALTY.strength(presence[1]), expected[1], rtol=1e-9)
    assert_allclose(PENALTY.strength(), expected[0], rtol=1e-9)


@pytest.mark.parametrize("removals", [None, [np.array([1]), np.array([0, 2, 9])]])
def test_shares_are_differences(removals):
    sets = range(12) if removals is None else removals
    expected = [PENALTY.strength() - _expected(_kept(removed)) for removed in sets]
    assert_allclose(PENALTY.shares(removals), expected, rtol=1e-6, atol=1e-9)
    theta, V = RNG.normal(size=3), RNG.normal(size=(3, 2))
    along = PENALTY.shares_along(theta, V, removals)
    assert_allclose(along, (np.array(expected) * theta) @ V, rtol=1e-6)


def test_without_objects_it_is_the_penalty_of_the_others():
    rest = PENALTY.without([2, 7])
    assert_allclose(rest.strength(), _expected(_kept([2, 7])), rtol=1e-9)
    shares = rest.shares()
    assert_allclose(shares[[2, 7]], 0.0, atol=1e-9)
    expected = rest.strength() - _expected(_kept([2, 7, 4]))
    assert_allclose(shares[4], expected, rtol=1e-6)


def test_a_column_that_becomes_constant_has_no_penalty():
    penalty = VariancePenalty(1.0, np.eye(40)[:, :1] * 0.3 + 0.7)
    assert penalty.strength() > 0
    assert_allclose(penalty.shares()[0], penalty.strength(), rtol=0, atol=0)
    alone = np.eye(40)[1]
    assert penalty.strength(alone) == 0.0


def test_a_factor_of_zero_depends_on_nobody():
    assert not VariancePenalty(0.0, COLUMNS).depends_on_presence
    assert PENALTY.depends_on_presence
