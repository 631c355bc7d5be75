"""What every score model gets from its four products, shown on a curved one."""

import autograd.numpy as anp
import numpy as np
import pytest
from autograd import hessian, jacobian
from numpy.testing import assert_allclose

from sklinfluence.models import ScoreModel

RNG = np.random.default_rng(0)
X, THETA = RNG.normal(size=(8, 3)), RNG.normal(size=3)


class Exponential(ScoreModel):
    """Scores Σ_k exp(x_k θ_k)."""

    def __init__(self, X):
        self.X, self.n_params = X, X.shape[1]

    def scores(self, theta):
        return anp.sum(anp.exp(self.X * theta), axis=1)

    def jvp(self, theta, V):
        return (self.X * np.exp(self.X * theta)) @ V

    def vjp(self, theta, U):
        return (self.X * np.exp(self.X * theta)).T @ U

    def curvature_product(self, theta, u, V):
        return (u @ (self.X**2 * np.exp(self.X * theta)))[:, None] * V

    def at(self, X):
        return Exponential(X)


MODEL = Exponential(X)


@pytest.fixture
def averaged(rng):
    """Model of the weighted mean score, and the same as a function."""
    weight = rng.random(8)

    def mean(theta):
        return weight @ MODEL.scores(theta) / weight.sum()

    return MODEL.averaged(weight), mean


def test_jacobian_is_that_of_the_scores():
    expected = jacobian(MODEL.scores)(THETA)
    assert_allclose(MODEL.jacobian(THETA), expected, rtol=1e-13)


def test_curved_scores_have_no_directions():
    assert MODEL.directions() is None
    assert MODEL.averaged(np.ones(8)).directions() is None


def test_scores_at_each_has_a_row_a_parameter_vector(rng):
    thetas = rng.normal(size=(4, 3))
    expected = np.exp(X * thetas[:, None]).sum(axis=2)
    assert_allclose(MODEL.scores_at_each(thetas), expected, rtol=1e-13)


def test_vjp_each_has_a_row_a_parameter_vector(rng):
    thetas, U = rng.normal(size=(4, 3)), rng.normal(size=(8, 4))
    expected = [
        jacobian(MODEL.scores)(t).T @ u for t, u in zip(thetas, U.T, strict=True)
    ]
    assert_allclose(MODEL.vjp_each(thetas, U), expected, rtol=1e-13)
    assert not MODEL.is_linear


def test_averaged_is_the_weighted_mean_score(averaged):
    model, mean = averaged
    assert_allclose(model.scores(THETA), [mean(THETA)], rtol=1e-13)


def test_averaged_has_the_jacobian_of_the_mean(averaged, rng):
    model, mean = averaged
    slope = jacobian(mean)(THETA)
    V, U = rng.normal(size=(3, 2)), rng.normal(size=(1, 2))
    assert_allclose(model.jvp(THETA, V), slope[None] @ V, rtol=1e-13)
    assert_allclose(model.vjp(THETA, U), slope[:, None] @ U, rtol=1e-13)


def test_averaged_has_the_curvature_of_the_mean(averaged, rng):
    model, mean = averaged
    V = rng.normal(size=(3, 2))
    expected = 0.7 * hessian(mean)(THETA) @ V
    found = model.curvature_product(THETA, np.array([0.7]), V)
    assert_allclose(found, expected, rtol=1e-12)


def test_averaged_at_other_rows_is_the_model_there(averaged, rng):
    other = rng.normal(size=(2, 3))
    found = averaged[0].at(other).scores(THETA)
    assert_allclose(found, MODEL.at(other).scores(THETA))
