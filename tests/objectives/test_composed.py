import autograd.numpy as anp
import numpy as np
import pytest
from autograd import grad, jacobian
from numpy.testing import assert_allclose

from sklinfluence.losses import CoxPartialLikelihood
from sklinfluence.models import ScoreModel
from sklinfluence.objectives import ComposedObjective, Objective, minimize_newton

PRESENCES = [None, (np.random.default_rng(1).random(24) < 0.6).astype(float)]
GROUPS = [np.array([0, 1, 2, 3]), np.array([7]), np.arange(5, 20)]
TIGHT = {"rtol": 1e-11, "atol": 1e-12}


@pytest.mark.parametrize("presence", PRESENCES)
def test_value_is_that_of_autograd_objective(composed, plain, theta, presence):
    expected = plain.value(theta, presence)
    assert_allclose(composed.value(theta, presence), expected, rtol=1e-13)


@pytest.mark.parametrize("presence", PRESENCES)
def test_gradient_is_that_of_autograd_objective(composed, plain, theta, presence):
    expected = plain.gradient(theta, presence)
    assert_allclose(composed.gradient(theta, presence), expected, **TIGHT)


@pytest.mark.parametrize("presence", PRESENCES)
def test_hessian_is_that_of_autograd_objective(composed, plain, theta, presence):
    expected = plain.hessian(theta, presence)
    assert_allclose(composed.hessian(theta, presence), expected, **TIGHT)
    V = np.random.default_rng(2).normal(size=(3, 11))
    product = composed.hessian_product(theta, V, presence)
    assert_allclose(product, expected @ V, **TIGHT)


@pytest.mark.parametrize("removals", [None, GROUPS])
def test_removal_gradients_are_those_of_autograd_objective(
    composed, plain, theta, removals
):
    expected = plain.removal_gradients(theta, removals)
    assert_allclose(composed.removal_gradients(theta, removals), expected, **TIGHT)


@pytest.mark.parametrize("removals", [None, GROUPS])
def test_removal_products_are_those_of_autograd_objective(
    composed, plain, theta, removals
):
    # More columns than are pushed through the scores at once.
    V = np.random.default_rng(3).normal(size=(3, 11))
    expected = plain.removal_products(theta, V, removals)
    assert_allclose(composed.removal_products(theta, V, removals), expected, **TIGHT)


@pytest.mark.parametrize("presence", PRESENCES)
def test_natural_units_bound_the_curvature(composed, theta, presence):
    scale = composed.curvature_scale(theta, presence)
    diagonal = np.diag(composed.hessian(theta, presence))
    assert (diagonal <= scale**2 * (1 + 1e-12)).all()
    # Not any bound: the hazard of a single risk set leaves it a few times larger.
    assert (diagonal > 0.01 * scale**2).all()


def test_natural_units_follow_units_of_columns(make_cox, kind, theta):
    units = np.array([1e-4, 1.0, 1e5])
    other = make_cox(**{**kind, "X": kind["X"] * units, "alpha": 0.0})
    here = make_cox(**{**kind, "alpha": 0.0})
    found = other.curvature_scale(theta / units)
    assert_allclose(found, here.curvature_scale(theta) * units, rtol=1e-12)


@pytest.mark.parametrize("alpha", [0.0, 1.5])
def test_a_penalty_makes_the_objective_grow_in_every_direction(make_cox, kind, alpha):
    assert make_cox(**{**kind, "alpha": alpha}).is_coercive == (alpha > 0)


class Curved(ScoreModel):
    """Scores Σ_k sin(x_k θ_k): the second derivative of the scores counts."""

    def __init__(self, X):
        self.X, self.n_params = X, X.shape[1]

    def scores(self, theta):
        return anp.sum(anp.sin(self.X * theta), axis=1)

    def jvp(self, theta, V):
        return (self.X * np.cos(self.X * theta)) @ V

    def vjp(self, theta, U):
        return (self.X * np.cos(self.X * theta)).T @ U

    def curvature_product(self, theta, u, V):
        return -(u @ (self.X**2 * np.sin(self.X * theta)))[:, None] * V

    def at(self, X):
        return Curved(X)


@pytest.mark.parametrize("presence", PRESENCES)
def test_curved_scores_follow_the_chain_rule(kind, theta, presence):
    columns = {k: x for k, x in kind.items() if k not in ("X", "alpha")}
    loss = CoxPartialLikelihood(**columns)
    objective = ComposedObjective(loss, Curved(kind["X"]), kind["alpha"])
    V = np.random.default_rng(4).normal(size=(3, 2))
    gradient = Objective.gradient(objective, theta, presence)
    product = Objective.hessian_product(objective, theta, V, presence)
    assert_allclose(objective.gradient(theta, presence), gradient, **TIGHT)
    found = objective.hessian_product(theta, V, presence)
    assert_allclose(found, product, **TIGHT)
    hessian = jacobian(grad(objective.value))(theta, presence)
    assert_allclose(objective.hessian(theta, presence), hessian, **TIGHT)
    each = Objective.removal_gradients(objective, theta)
    assert_allclose(objective.removal_gradients(theta), each, **TIGHT)


def test_objective_without_objects_is_that_of_the_other_rows(kind, make_cox, theta):
    gone, kept = np.array([2, 9, 17]), np.delete(np.arange(24), [2, 9, 17])
    rows = {key: x[kept] if isinstance(x, np.ndarray) else x for key, x in kind.items()}
    fewer, rest = make_cox(**rows), make_cox(**kind).without(gone)
    assert_allclose(rest.value(theta), fewer.value(theta), rtol=1e-12)
    assert_allclose(rest.gradient(theta), fewer.gradient(theta), **TIGHT)
    assert_allclose(rest.hessian(theta), fewer.hessian(theta), **TIGHT)
    removal = rest.removal_gradients(theta)
    assert_allclose(removal[kept], fewer.removal_gradients(theta), **TIGHT)
    assert_allclose(removal[gone], 0.0, atol=1e-13)
    optimum = minimize_newton(fewer, theta, tol=1e-12).theta
    found = minimize_newton(rest, theta, tol=1e-12).theta
    assert_allclose(found, optimum, rtol=1e-8)
