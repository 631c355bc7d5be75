import numpy as np
from autograd import jacobian
from numpy.testing import assert_allclose, assert_array_equal

from sklinfluence.models import ScaledLinearModel

RNG = np.random.default_rng(0)
X, THETA = RNG.normal(size=(5, 2)), np.array([1.0, -2.0, 0.7])
MODEL = ScaledLinearModel(X)


def test_scores_are_linear_with_the_scale_behind_each():
    scores = MODEL.scores(THETA).reshape(5, 2)
    assert_allclose(scores[:, 0], X @ THETA[:2])
    assert_array_equal(scores[:, 1], np.full(5, 0.7))


def test_products_are_those_of_the_jacobian():
    J, V, U = jacobian(MODEL.scores)(THETA), RNG.normal(size=(3, 4)), np.eye(10)
    assert_allclose(MODEL.jacobian(THETA), J)
    assert_allclose(MODEL.jvp(THETA, V), J @ V)
    assert_allclose(MODEL.vjp(THETA, U), J.T)
    assert_allclose(MODEL.vjp(THETA, U[:, 3]), J[3])
    assert_allclose(MODEL.directions(), J.T)
    assert MODEL.is_linear
    assert MODEL.curvature_product(THETA, U[0], V) == 0.0


def test_many_parameters_and_other_rows():
    thetas, U = RNG.normal(size=(4, 3)), RNG.normal(size=(10, 4))
    expected = [MODEL.scores(theta) for theta in thetas]
    assert_allclose(MODEL.scores_at_each(thetas), expected)
    assert_allclose(MODEL.vjp_each(thetas, U), (MODEL.jacobian(THETA).T @ U).T)
    assert_allclose(MODEL.at(X[:2]).scores(THETA), MODEL.scores(THETA)[:4])
