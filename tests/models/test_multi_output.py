import numpy as np
import pytest
from autograd import jacobian
from numpy.testing import assert_allclose, assert_array_equal

from sklinfluence.models import LinearModel, MultiOutputLinearModel, ScoreModel

N, D, K = 7, 3, 4
RNG = np.random.default_rng(0)
X, W = RNG.normal(size=(N, D)), RNG.normal(size=(K, D))
THETA, MODEL = W.ravel(), MultiOutputLinearModel(X, K)


def test_scores_of_a_row_follow_one_another():
    assert (MODEL.n_params, MODEL.n_outputs) == (K * D, K)
    expected = [W[k] @ X[i] for i in range(N) for k in range(K)]
    assert_allclose(MODEL.scores(THETA), expected, rtol=1e-13)


def test_products_are_those_of_the_jacobian(rng):
    J = jacobian(MODEL.scores)(THETA)
    V, U = rng.normal(size=(K * D, 5)), rng.normal(size=(N * K, 5))
    assert_allclose(MODEL.jacobian(THETA), J)
    assert_allclose(MODEL.jvp(THETA, V), J @ V, rtol=1e-12, atol=1e-14)
    assert_allclose(MODEL.vjp(THETA, U), J.T @ U, rtol=1e-12, atol=1e-14)
    assert_allclose(MODEL.vjp(THETA, U[:, 0]), J.T @ U[:, 0], rtol=1e-12, atol=1e-14)
    product = MODEL.curvature_product(THETA, U[:, 0], V)
    assert_array_equal(product + np.zeros(V.shape), 0.0)


@pytest.mark.parametrize("m", [1, 6])
def test_many_parameters_are_each_by_itself(rng, m):
    thetas, U = rng.normal(size=(m, K * D)), rng.normal(size=(N * K, m))
    scores = [MODEL.scores(theta) for theta in thetas]
    assert_allclose(MODEL.scores_at_each(thetas), scores, rtol=1e-12)
    expected = ScoreModel.vjp_each(MODEL, thetas, U)
    assert_allclose(MODEL.vjp_each(thetas, U), expected, rtol=1e-12)


def test_scores_depend_on_parameters_through_directions():
    assert MODEL.is_linear
    assert_allclose(THETA @ MODEL.directions(), MODEL.scores(THETA), rtol=1e-12)


def test_at_and_averaged_are_the_model_at_other_rows(rng):
    other, weight = rng.normal(size=(2, D)), rng.random(N)
    assert_allclose(MODEL.at(other).scores(THETA), (other @ W.T).ravel(), rtol=1e-12)
    mean = np.average(X @ W.T, axis=0, weights=weight)
    assert_allclose(MODEL.averaged(weight).scores(THETA), mean, rtol=1e-12)


def test_one_output_is_the_linear_model():
    one = MultiOutputLinearModel(X, 1)
    assert_allclose(one.scores(W[0]), LinearModel(X).scores(W[0]), rtol=1e-13)
    assert_allclose(one.jacobian(W[0]), X)


def test_no_parameters_have_no_scores():
    assert MODEL.scores_at_each(np.zeros((0, K * D))).shape == (0, N * K)
    assert MODEL.vjp_each(np.zeros((0, K * D)), np.zeros((N * K, 0))).shape == (0, 12)
