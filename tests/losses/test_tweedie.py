"""Half the unit deviances, against scikit-learn and against deletion."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.metrics import mean_tweedie_deviance

from sklinfluence.losses import TweedieLoss, TweedieTerms

N = 14
RNG = np.random.default_rng(0)
S, J = RNG.normal(size=N), RNG.normal(size=(N, 2))
WEIGHT = RNG.choice([0.0, 0.5, 2.0], size=N)


@pytest.fixture(params=[1.0, 1.01, 1.5, 2.0])
def power(request):
    """A power of the variance function."""
    return request.param


@pytest.fixture
def y(power):
    """Targets, zeros among them where there may be."""
    return np.arange(N) % 5 + (0.25 if power == 2 else 0.0)


def test_the_loss_is_half_the_deviance(y, power):
    found = TweedieLoss(y, power, WEIGHT).value(S)
    deviance = mean_tweedie_deviance(y, np.exp(S), power=power, sample_weight=WEIGHT)
    assert_allclose(found, 0.5 * deviance * WEIGHT.sum(), rtol=1e-11)


def test_scores_beyond_all_numbers_have_an_infinite_loss(y, power):
    terms = TweedieTerms(y, power)
    cube = np.full((N, 1, 1), 5000.0 if power < 2 else -5000.0)
    if power == 1.01:
        cube *= 2
    assert_array_equal(terms.value(cube), np.inf)


def test_a_radius_without_end_has_no_bound(y, power):
    bound = TweedieTerms(y, power).change_bound(
        S[:, None, None], np.full((N, 1, 1), np.inf)
    )
    assert_array_equal(bound, np.inf)


def test_dispersion_is_that_of_pearson(y, power):
    loss = TweedieLoss(y, power, WEIGHT)
    mean = np.exp(S)
    pearson = WEIGHT @ ((y - mean) ** 2 / mean**power)
    expected = 1.0 if power == 1 else pearson / (np.count_nonzero(WEIGHT) - 2.5)
    assert loss.dispersion(S, 2.5) == pytest.approx(expected, rel=1e-12)
    none_left = loss.dispersion(S, float(np.count_nonzero(WEIGHT)))
    assert none_left == 1.0 if power == 1 else np.isnan(none_left)


def test_dispersion_without_an_object_is_that_of_the_others(y, power):
    steps = 0.1 * RNG.normal(size=(N, 2))
    found = TweedieLoss(y, power, WEIGHT).dispersion_without(S, J, steps, 2.5)
    for i in range(N):
        kept = np.arange(N) != i
        rest = TweedieLoss(y[kept], power, WEIGHT[kept])
        expected = rest.dispersion((S + J @ steps[i])[kept], 2.5)
        assert found[i] == pytest.approx(expected, rel=1e-12)


def test_zeros_have_no_loss_where_predictions_vanish():
    for power in (1.0, 1.5):
        terms = TweedieTerms(np.zeros(1), power)
        S = np.full((1, 1, 1), -5000.0)
        for found in (terms.value(S), terms.gradient(S), terms.curvature(S)):
            assert_array_equal(found, 0.0)
