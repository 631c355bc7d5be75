import numpy as np
from autograd import jacobian
from numpy.testing import assert_allclose, assert_array_equal

from sklinfluence.models import LinearModel, ScoreModel

RNG = np.random.default_rng(0)
X, THETA = RNG.normal(size=(12, 4)), RNG.normal(size=4)
MODEL = LinearModel(X)


def test_scores_are_x_theta():
    assert MODEL.n_params == 4
    assert_allclose(MODEL.scores(THETA), X @ THETA)


def test_jvp_is_the_jacobian(rng):
    V = rng.normal(size=(4, 3))
    expected = jacobian(MODEL.scores)(THETA) @ V
    assert_allclose(MODEL.jvp(THETA, V), expected, rtol=1e-13)


def test_vjp_is_its_transpose(rng):
    U = rng.normal(size=(12, 3))
    expected = jacobian(MODEL.scores)(THETA).T @ U
    assert_allclose(MODEL.vjp(THETA, U), expected, rtol=1e-13)


def test_vjp_takes_a_single_tangent(rng):
    u = rng.normal(size=12)
    assert_allclose(MODEL.vjp(THETA, u), X.T @ u)


def test_scores_have_no_curvature():
    product = MODEL.curvature_product(THETA, np.ones(12), np.eye(4))
    assert_array_equal(product + np.zeros((4, 4)), 0.0)


def test_at_is_the_model_at_other_rows(rng):
    other = rng.normal(size=(5, 4))
    assert_allclose(MODEL.at(other).scores(THETA), other @ THETA)


def test_scores_at_each_has_a_row_a_parameter_vector(rng):
    thetas = rng.normal(size=(3, 4))
    expected = [MODEL.scores(theta) for theta in thetas]
    assert_allclose(MODEL.scores_at_each(thetas), expected, rtol=1e-13)


def test_vjp_each_has_a_row_a_parameter_vector(rng):
    thetas, U = rng.normal(size=(3, 4)), rng.normal(size=(12, 3))
    expected = ScoreModel.vjp_each(MODEL, thetas, U)
    assert_allclose(MODEL.vjp_each(thetas, U), expected, rtol=1e-13)
    assert MODEL.is_linear


def test_jacobian_is_x():
    assert_array_equal(MODEL.jacobian(THETA), ScoreModel.jacobian(MODEL, THETA))
    assert_array_equal(MODEL.jacobian(THETA), X)


def test_scores_depend_on_parameters_through_directions():
    assert_allclose(THETA @ MODEL.directions(), MODEL.scores(THETA), rtol=1e-13)
    averaged = MODEL.averaged(np.ones(12))
    assert_allclose(THETA @ averaged.directions(), averaged.scores(THETA), rtol=1e-13)


def test_average_agrees_with_that_of_any_model(rng):
    weight = rng.random(12)
    expected = ScoreModel.averaged(MODEL, weight).scores(THETA)
    assert_allclose(MODEL.averaged(weight).scores(THETA), expected, rtol=1e-13)
