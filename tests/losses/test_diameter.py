import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.spatial.distance import pdist

from sklinfluence.losses import _diameter
from sklinfluence.losses._diameter import diameter


@pytest.mark.parametrize("n", [2, 3, 50, 400])
@pytest.mark.parametrize("kind", ["normal", "heavy tails", "far away", "duplicates"])
def test_the_diameter_is_the_largest_distance(n, kind):
    points = np.random.default_rng(n).normal(size=(n, 4))
    if kind == "heavy tails":
        points = points**5
    if kind == "far away":
        points = points + 1e6
    if kind == "duplicates":
        points = np.repeat(points[: n // 2 + 1], 2, axis=0)
    assert_allclose(diameter(points), pdist(points).max(), rtol=1e-12)


def test_both_ends_are_kept_whatever_rounding_does():
    for seed in range(300):
        line = np.random.default_rng(seed).normal(size=(6, 1)) * 0.3
        assert_allclose(diameter(line), np.ptp(line), rtol=1e-12)


def test_many_points_get_an_upper_bound(monkeypatch):
    points = np.random.default_rng(0).normal(size=(300, 3))
    monkeypatch.setattr(_diameter, "_MOST_POINTS", 10)
    assert pdist(points).max() <= diameter(points) <= 2 * pdist(points).max()


def test_few_points_have_no_diameter():
    assert diameter(np.zeros((0, 2))) == diameter(np.ones((1, 2))) == 0.0


def test_points_that_are_not_finite_are_infinitely_far():
    assert diameter(np.array([[0.0], [np.nan], [1.0]])) == np.inf
