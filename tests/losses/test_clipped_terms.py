import numpy as np
import pytest
from numpy.testing import assert_allclose

from sklinfluence.losses import HingeTerms, InsensitiveLoss, InsensitiveTerms

RNG = np.random.default_rng(0)
Y, S = RNG.normal(size=12), RNG.normal(size=12)
WEIGHT = RNG.choice([0.0, 0.5, 2.0], size=12)


def test_beyond_the_cap_the_loss_is_linear():
    terms = HingeTerms(np.ones(4), cap=2.0)
    # scikit-learn's modified Huber loss: −4 y s below a margin of −1.
    S = np.array([-3.0, -1.0, 0.5, 2.0])[:, None, None]
    assert_allclose(terms.value(S)[:, 0], [12.0, 4.0, 0.25, 0.0])
    assert_allclose(terms.gradient(S).ravel(), [-4.0, -4.0, -1.0, 0.0])


def test_a_capped_residual_is_hubers_loss():
    S = np.array([0.0, 0.5, -2.0])[:, None, None]
    terms = InsensitiveTerms(np.zeros(3), cap=1.0)
    assert_allclose(terms.value(S)[:, 0], [0.0, 0.25, 3.0])


def test_dispersion_of_squares_is_twice_the_residual_variance():
    loss = InsensitiveLoss(Y, sample_weight=WEIGHT)
    left = np.count_nonzero(WEIGHT) - 2.5
    expected = 2.0 * (WEIGHT @ (Y - S) ** 2) / left
    assert loss.dispersion(S, 2.5) == pytest.approx(expected, rel=1e-13)
    assert np.isnan(loss.dispersion(S, float(np.count_nonzero(WEIGHT))))


def test_dispersion_without_an_object_is_that_of_the_others():
    J, steps = RNG.normal(size=(12, 2)), RNG.normal(size=(12, 2))
    loss = InsensitiveLoss(Y, 0.2, 1.0, WEIGHT)
    found = loss.dispersion_without(S, J, steps, 2.5)
    for i in range(12):
        kept = np.arange(12) != i
        rest = InsensitiveLoss(Y[kept], 0.2, 1.0, WEIGHT[kept])
        expected = rest.dispersion((S + J @ steps[i])[kept], 2.5)
        assert found[i] == pytest.approx(expected, rel=1e-12)
