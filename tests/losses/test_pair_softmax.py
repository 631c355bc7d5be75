"""The loss of pairs, and the best embeddings of centres."""

import numpy as np
import pytest
from autograd import grad
from numpy.testing import assert_allclose
from scipy.optimize import minimize
from scipy.sparse import csr_array

from sklinfluence.losses import PairSoftmaxLoss, best_centres
from sklinfluence.losses import _centre_embeddings as centres
from sklinfluence.losses import _pair_softmax as module


@pytest.fixture
def weight():
    rng = np.random.default_rng(0)
    weight = rng.random((7, 7)) * (rng.random((7, 7)) < 0.5)
    weight[3] = 0.0  # a centre that no pair has
    return weight


def embeddings(seed=1, scale=1.0):
    return scale * np.random.default_rng(seed).normal(size=(2, 7, 3))


def definition(weight, phi, psi):
    total = 0.0
    for a, b in np.ndindex(weight.shape):
        chances = np.exp(psi @ phi[a])
        total -= weight[a, b] * np.log(chances[b] / chances.sum())
    return total


def test_value_is_that_of_the_pairs_one_by_one(weight):
    phi, psi = embeddings()
    expected = definition(weight, phi, psi)
    for form in (np.asarray, csr_array):
        loss = PairSoftmaxLoss(form(weight))
        assert_allclose(loss.value(phi, psi), expected, rtol=1e-12)
        assert_allclose(loss.at(phi, psi).value, expected, rtol=1e-12)


def test_far_scores_neither_overflow_nor_vanish(weight):
    phi, psi = embeddings(scale=60.0)
    point = PairSoftmaxLoss(weight).at(phi, psi)
    assert np.isfinite(point.value)
    assert_allclose(point.value, PairSoftmaxLoss(weight).value(phi, psi), rtol=1e-12)
    assert all(np.isfinite(part).all() for part in point.gradient)


@pytest.mark.parametrize("form", [np.asarray, csr_array])
@pytest.mark.parametrize("numbers", [1 << 20, 15, 1])
def test_derivatives_a_few_rows_at_a_time(weight, form, numbers, monkeypatch):
    phi, psi = embeddings()
    U, V = np.random.default_rng(2).normal(size=(2, 4, 7, 3))
    plain = PairSoftmaxLoss(weight)

    def of(both):
        return plain.value(both[0], both[1])

    def along(both, u, v):
        slope = grad(of)(both)
        return (slope[0] * u + slope[1] * v).sum()

    both = np.array([phi, psi])
    products = [grad(along)(both, u, v) for u, v in zip(U, V, strict=True)]
    monkeypatch.setattr(module, "NUMBERS_AT_ONCE", numbers)
    monkeypatch.setattr(module, "KEPT", numbers)
    point = PairSoftmaxLoss(form(weight)).at(phi, psi)
    assert_allclose(np.array(point.gradient), grad(of)(both), atol=1e-13)
    found = np.stack(point.product(U, V), axis=1)
    assert_allclose(found, products, atol=1e-13)
    H = point.hessian()
    columns = np.stack([U, V], axis=1).reshape(4, -1).T
    assert_allclose((H @ columns).T.reshape(found.shape), found, atol=1e-13)
    six = H.reshape(2, 7, 3, 2, 7, 3)
    each = np.arange(7)
    assert_allclose(point.centre_blocks, six[0, each, :, 0, each], atol=1e-13)
    assert_allclose(point.context_blocks, six[1, each, :, 1, each], atol=1e-13)


@pytest.mark.parametrize("scale", [0.5, 5.0])
@pytest.mark.parametrize("numbers", [1 << 20, 15])
def test_best_centres_against_a_general_optimiser(weight, scale, numbers, monkeypatch):
    monkeypatch.setattr(centres, "_NUMBERS_AT_ONCE", numbers)
    loss, alpha = PairSoftmaxLoss(weight), 0.01
    start, psi = embeddings(scale=scale)
    phi = best_centres(loss, start, psi, alpha)

    def of(flat):
        rows = flat.reshape(phi.shape)
        return loss.value(rows, psi) + 0.5 * alpha * np.sum(flat**2)

    assert np.abs(grad(of)(phi.ravel())).max() <= 1e-10
    options = {"gtol": 1e-9, "maxiter": 5000}
    general = minimize(
        of, np.zeros(phi.size), jac=grad(of), method="BFGS", options=options
    )
    assert_allclose(phi.ravel(), general.x, atol=1e-5)
    assert of(phi.ravel()) <= general.fun + 1e-12
    assert_allclose(phi[3], 0.0, atol=1e-10)


def test_best_centres_from_far_away(weight):
    phi, psi = embeddings()
    loss = PairSoftmaxLoss(weight)
    near = best_centres(loss, phi, psi, 0.01)
    assert_allclose(best_centres(loss, 100 * phi, psi, 0.01), near, atol=1e-9)
