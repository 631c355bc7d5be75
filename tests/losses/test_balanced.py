"""Balanced classes, against weights made by scikit-learn for those who are left."""

import numpy as np
import pytest
from autograd import grad
from numpy.testing import assert_allclose
from sklearn.utils.class_weight import compute_sample_weight

from sklinfluence.losses import (
    BalancedLoss,
    LogisticLoss,
    MultinomialLoss,
    SquaredLoss,
)

N, P = 14, 3
RNG = np.random.default_rng(0)
# The last class has a single member.
CODES = np.array([0, 0, 1, 0, 1, 1, 0, 0, 1, 0, 0, 1, 0, 2])
WEIGHT = RNG.choice([0.5, 1.0, 2.0], size=N)
Y, STEPS = RNG.normal(size=N), 0.1 * RNG.normal(size=(N, P))
TIGHT = {"rtol": 1e-12, "atol": 1e-13}
KINDS = {
    "squared": lambda weight: SquaredLoss(Y, weight),
    "logistic": lambda weight: LogisticLoss(CODES > 0, weight),
    "multinomial": lambda weight: MultinomialLoss(CODES, 3, weight),
}


@pytest.fixture(params=KINDS)
def make(request):
    """A function that makes a loss of weights."""
    return KINDS[request.param]


@pytest.fixture
def loss(make):
    """A balanced loss in which rows are counted."""
    return BalancedLoss(make(WEIGHT), CODES)


@pytest.fixture(name="S")
def scores(loss):
    """Scores."""
    return np.random.default_rng(1).normal(size=N * loss.n_outputs)


@pytest.fixture(name="J")
def tangents(loss):
    """Tangents of scores."""
    return np.random.default_rng(2).normal(size=(N * loss.n_outputs, P))


def left(make, presence):
    """The loss with weights that scikit-learn balances for those present."""
    weight, there = np.zeros(N), presence > 0
    weight[there] = compute_sample_weight("balanced", CODES[there])
    return make(weight * WEIGHT)


def without(i):
    presence = np.ones(N)
    presence[i] = 0.0
    return presence


@pytest.mark.parametrize("gone", [[], [3], [13], [0, 2, 4, 8], [13, 2]])
def test_derivatives_are_those_with_the_weights_of_scikit_learn(make, loss, S, J, gone):
    presence = without(gone)
    expected = left(make, presence)
    assert_allclose(loss.value(S, presence), expected.value(S), rtol=1e-13)
    assert_allclose(loss.gradient(S, presence), expected.gradient(S), **TIGHT)
    assert_allclose(grad(loss.value)(S, presence), expected.gradient(S), **TIGHT)
    form = expected.curvature_form(S, J)
    assert_allclose(loss.curvature_form(S, J, presence), form, **TIGHT)
    product = expected.hessian_product(S, J)
    assert_allclose(loss.hessian_product(S, J, presence), product, **TIGHT)
    rest = loss.without(np.array(gone, dtype=int))
    assert_allclose(rest.value(S), expected.value(S), rtol=1e-13)
    assert_allclose(rest.gradient(S), expected.gradient(S), **TIGHT)


@pytest.mark.parametrize("k", [2, 6])
def test_many_reduced_losses_are_each_by_itself(make, loss, J, k):
    rng = np.random.default_rng(3)
    S, presence = rng.normal(size=(len(J), k)), rng.integers(0, 2, size=(N, k))
    gradients, forms = loss.gradients(S, presence), loss.curvature_forms(S, J, presence)
    for c in range(k):
        expected = left(make, presence[:, c])
        assert_allclose(gradients[:, c], expected.gradient(S[:, c]), **TIGHT)
        assert_allclose(forms[c], expected.curvature_form(S[:, c], J), **TIGHT)


def test_removal_differences_are_deletion(make, loss, S, J):
    D, full = loss.removal_differences(S), loss.gradient(S)
    expected = [full - left(make, without(i)).gradient(S) for i in range(N)]
    assert_allclose(D @ np.eye(len(S)), expected, **TIGHT)
    assert_allclose(D @ J, np.array(expected) @ J, **TIGHT)


def test_removal_forms_are_deletion(make, loss, S, J):
    objects = np.array([5, 13, 0])
    found = loss.removal_forms(S, J)(objects)
    expected = [left(make, without(i)).curvature_form(S, J) for i in objects]
    assert_allclose(found, expected, rtol=1e-11, atol=1e-12)
    assert loss.removal_roots(S, J) is None


def test_removal_of_what_is_gone_changes_nothing(loss, S):
    rest = loss.without(np.array([13, 4]))
    D = rest.removal_differences(S) @ np.eye(len(S))
    assert_allclose(D[[13, 4]], 0.0, atol=1e-14)
    full = rest.gradient(S)
    expected = full - loss.without(np.array([13, 4, 1])).gradient(S)
    assert_allclose(D[1], expected, **TIGHT)


def test_weights_may_count(make, S):
    by_weight = BalancedLoss(make(WEIGHT), CODES, WEIGHT)
    totals = np.bincount(CODES, weights=by_weight.object_weight)
    assert_allclose(totals, WEIGHT.sum() / 3, rtol=1e-13)
    presence = without([2, 13])
    rest = by_weight.without(np.array([2, 13]))
    totals = np.bincount(CODES, weights=rest.object_weight)
    assert_allclose(totals, [(WEIGHT @ presence) / 2] * 2 + [0.0], rtol=1e-13)


def test_dispersions_are_those_of_the_weights(make, loss, S, J):
    dispersion = left(make, np.ones(N)).dispersion(S, 2.5)
    assert loss.dispersion(S, 2.5) == pytest.approx(dispersion, rel=1e-12)
    found = loss.dispersion_without(S, J, STEPS, 2.5)
    for i in range(N):
        rest = left(make, without(i))
        expected = rest.dispersion(S + J @ STEPS[i], 2.5)
        assert found[i] == pytest.approx(expected, rel=1e-12)
