import autograd.numpy as anp
import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from sklinfluence.objectives import AutogradObjective, Objective, minimize_newton

RNG = np.random.default_rng(0)
X, Y = RNG.normal(size=(7, 2)), RNG.normal(size=7)


def squares(theta, presence):
    """½ Σ b (x θ − y)² + ½ θ⁴ summed: every derivative is known."""
    residual = anp.dot(X, theta) - Y
    return 0.5 * anp.sum(presence * residual**2) + 0.5 * anp.sum(theta**4)


OBJECTIVE = AutogradObjective(squares, n_params=2, n_objects=7)
THETA = np.array([0.7, -0.3])
HALF = np.array([1.0, 0, 1, 0, 1, 0, 1])


@pytest.mark.parametrize("presence", [None, HALF])
def test_gradient_is_that_of_value(presence):
    b = np.ones(7) if presence is None else presence
    expected = X.T @ (b * (X @ THETA - Y)) + 2 * THETA**3
    assert_allclose(OBJECTIVE.gradient(THETA, presence), expected, rtol=1e-13)


@pytest.mark.parametrize("presence", [None, HALF])
def test_hessian_and_its_product_are_those_of_value(presence, rng):
    b = np.ones(7) if presence is None else presence
    expected = (X.T * b) @ X + np.diag(6 * THETA**2)
    V = rng.normal(size=(2, 3))
    assert_allclose(OBJECTIVE.hessian(THETA, presence), expected, rtol=1e-13)
    found = OBJECTIVE.hessian_product(THETA, V, presence)
    assert_allclose(found, expected @ V, rtol=1e-13)


def test_hessian_is_symmetric_whatever_the_product():
    class Skewed(AutogradObjective):
        def hessian_product(self, theta, V, presence=None):
            return np.array([[1.0, 2.0], [0.0, 1.0]]) @ V

    hessian = Skewed(squares, 2, 7).hessian(THETA)
    assert_array_equal(hessian, [[1.0, 1.0], [1.0, 1.0]])


def test_removal_gradients_are_those_of_the_terms():
    # For a sum over objects, the removal gradient is the gradient of the term.
    expected = (X @ THETA - Y)[:, None] * X
    assert_allclose(OBJECTIVE.removal_gradients(THETA), expected, atol=1e-14)


def test_removal_of_a_group_is_the_sum_for_a_sum_over_objects():
    each = OBJECTIVE.removal_gradients(THETA)
    found = OBJECTIVE.removal_gradients(THETA, [np.array([0, 3]), np.array([5])])
    assert_allclose(found, [each[0] + each[3], each[5]], atol=1e-14)


@pytest.mark.parametrize("removals", [None, [np.array([0, 3]), np.array([5])]])
def test_removal_products_multiply_removal_gradients(removals, rng):
    V = rng.normal(size=(2, 3))
    expected = OBJECTIVE.removal_gradients(THETA, removals) @ V
    found = OBJECTIVE.removal_products(THETA, V, removals)
    assert_allclose(found, expected, rtol=1e-13)


def test_natural_unit_of_curvature_is_the_root_of_the_diagonal():
    expected = np.sqrt((X**2).sum(axis=0) + 6 * THETA**2)
    assert_allclose(OBJECTIVE.curvature_scale(THETA), expected, rtol=1e-13)


def test_presence_without_objects():
    assert_array_equal(OBJECTIVE.presence_without([1, 4]), [1, 0, 1, 1, 0, 1, 1])
    assert_array_equal(OBJECTIVE.presence_without(2), [1, 1, 0, 1, 1, 1, 1])
    assert_array_equal(OBJECTIVE.presence_without([]), np.ones(7))


def test_function_gets_ones_where_all_are_present():
    seen = []
    objective = AutogradObjective(lambda theta, b: seen.append(b) or 0.0, 2, 7)
    objective.value(THETA)
    assert_array_equal(seen[0], np.ones(7))


def test_value_is_all_that_a_subclass_must_give():
    class Mine(Objective):
        n_params, n_objects = 2, 7

        def value(self, theta, presence=None):
            return squares(theta, np.ones(7) if presence is None else presence)

    found = Mine().removal_gradients(THETA)
    assert_allclose(found, OBJECTIVE.removal_gradients(THETA))


def test_an_objective_without_objects_is_that_of_the_other_rows(rng):
    gone, kept = np.array([1, 4]), np.array([0, 2, 3, 5, 6])

    def of_the_rest(theta, presence):
        residual = anp.dot(X[kept], theta) - Y[kept]
        return 0.5 * anp.sum(presence * residual**2) + 0.5 * anp.sum(theta**4)

    fewer = AutogradObjective(of_the_rest, n_params=2, n_objects=5)
    rest = OBJECTIVE.without(gone)
    assert rest.n_objects == 7
    V = rng.normal(size=(2, 3))
    # Who is gone stays gone, whatever the presence says.
    for b, of_kept in ((None, None), (HALF, HALF[kept]), (np.ones(7), np.ones(5))):
        assert_allclose(rest.value(THETA, b), fewer.value(THETA, of_kept))
        assert_allclose(rest.gradient(THETA, b), fewer.gradient(THETA, of_kept))
        assert_allclose(rest.hessian(THETA, b), fewer.hessian(THETA, of_kept))
        found = rest.hessian_product(THETA, V, b)
        assert_allclose(found, fewer.hessian_product(THETA, V, of_kept))
    optimum = minimize_newton(fewer, THETA).theta
    assert_allclose(minimize_newton(rest, THETA).theta, optimum, rtol=1e-9)
    removal = rest.removal_gradients(THETA)
    assert_allclose(removal[kept], fewer.removal_gradients(THETA), rtol=1e-12)
    assert not removal[gone].any()
    twice = OBJECTIVE.without([1]).without([4])
    assert_allclose(twice.gradient(THETA), fewer.gradient(THETA), rtol=1e-12)
