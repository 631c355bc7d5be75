"""Detection against scikit-learn, and chance against enumeration."""

from itertools import combinations

import numpy as np
import pytest
from sklearn.metrics import average_precision_score

from sklinfluence.metrics import (
    chance_average_precision,
    detection_average_precision,
    detection_curve,
)


@pytest.fixture
def ranked():
    rng = np.random.default_rng(0)
    is_wrong = rng.random(80) < 0.2
    return is_wrong, (rng.normal(size=80) + is_wrong).round(1)  # with ties


def test_average_precision_is_scikit_learns(ranked):
    expected = average_precision_score(*ranked)
    assert detection_average_precision(*ranked) == pytest.approx(expected, rel=1e-12)
    assert detection_curve(*ranked).average_precision == pytest.approx(expected)


def test_the_curve_counts_what_lies_above_each_threshold(ranked):
    is_wrong, suspicion = ranked
    curve = detection_curve(is_wrong, suspicion)
    levels = np.unique(suspicion)[::-1]
    inspected = [np.mean(suspicion >= level) for level in levels]
    found = [np.mean(suspicion[is_wrong] >= level) for level in levels]
    np.testing.assert_allclose(curve.inspected, [0, *inspected], rtol=1e-12)
    np.testing.assert_allclose(curve.found, [0, *found], rtol=1e-12)


def test_lines_between_points_are_means_over_orders_of_ties():
    curve = detection_curve([1, 0, 0, 1], [1, 1, 1, 0])
    # After one of the three tied objects, a third of one wrong one of two is found.
    assert np.interp(0.25, curve.inspected, curve.found) == pytest.approx(1 / 6)


@pytest.mark.parametrize(("n", "m"), [(1, 1), (5, 1), (7, 3), (8, 8)], ids=str)
def test_chance_is_the_mean_over_all_orders(n, m):
    scores = [
        average_precision_score(np.isin(np.arange(n), places), -np.arange(n))
        for places in combinations(range(n), m)
    ]
    assert chance_average_precision(n, m) == pytest.approx(np.mean(scores), rel=1e-12)


def test_infinite_suspicions_come_first():
    assert detection_average_precision([0, 1, 0], [5.0, np.inf, 1e300]) == 1.0
    assert detection_average_precision([1, 1, 0], [5.0, 4.0, -np.inf]) == 1.0


def test_bad_input_is_named():
    with pytest.raises(ValueError, match=r"1 suspicions that are nan, at \[1\]"):
        detection_curve([0, 1, 0], [1.0, np.nan, 2.0])
    with pytest.raises(ValueError, match="0 wrong ones among 2 objects"):
        detection_curve([0, 0], [1.0, 2.0])
    with pytest.raises(ValueError, match=r"values such as \[-1, 1\]"):
        detection_average_precision([-1, 1], [1.0, 2.0])
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        detection_curve([0, 1], [1.0])
    with pytest.raises(ValueError, match="n_wrong=0 of n_objects=5"):
        chance_average_precision(5, 0)
