"""Dispersions against their formulas and against refits."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from sklinfluence.losses import LogisticLoss, MultinomialLoss, SquaredLoss

N = 25
RNG = np.random.default_rng(0)
X = np.column_stack([RNG.normal(size=(N, 2)), np.ones(N)])
Y = X @ RNG.normal(size=(3, 2)) + RNG.normal(size=(N, 2))
WEIGHT = RNG.choice([0.0, 0.5, 1.0, 4.0], size=N)


def least_squares(y, weight):
    """Parameters and residual variance of weighted least squares."""
    root, kept = np.sqrt(weight)[:, None], np.count_nonzero(weight)
    theta, *_ = np.linalg.lstsq(root * X, root * y, rcond=None)
    square = np.sum(weight[:, None] * (y - X @ theta) ** 2)
    return theta, square / (kept * y.shape[1] - theta.size)


@pytest.mark.parametrize("y", [Y[:, :1], Y], ids=["one target", "two targets"])
@pytest.mark.parametrize("weight", [np.ones(N), WEIGHT], ids=["unweighted", "weights"])
def test_squared_loss_has_twice_the_residual_variance(y, weight):
    loss = SquaredLoss(y, weight)
    theta, variance = least_squares(y, weight)
    S, K = (X @ theta).ravel(), y.shape[1]
    assert loss.dispersion(S, 3 * K) == pytest.approx(2 * variance, rel=1e-12)
    # Output k of row i is x_i θ_k, with the parameters output after output.
    J = np.stack([np.kron(np.eye(K)[k], x) for x in X for k in range(K)])
    steps, expected = [], []
    for i in range(N):
        without, variance = least_squares(y, weight * (np.arange(N) != i))
        steps.append((without - theta).T.ravel())
        expected.append(2 * variance)
    found = loss.dispersion_without(S, J, np.array(steps), 3 * K)
    assert_allclose(found, expected, rtol=1e-10)


def test_likelihoods_have_none():
    codes = np.arange(6) % 2
    for loss in (LogisticLoss(codes), MultinomialLoss(codes, 2)):
        S = np.zeros(6 * loss.n_outputs)
        J, steps = np.ones((len(S), 3)), np.ones((6, 3))
        assert loss.dispersion(S, 3) == 1.0
        assert_allclose(loss.dispersion_without(S, J, steps, 3), np.ones(6))
