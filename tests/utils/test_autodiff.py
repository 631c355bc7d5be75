import autograd.numpy as anp
import numpy as np
from autograd import grad, hessian, jacobian
from numpy.testing import assert_allclose

from sklinfluence.utils._autodiff import linear_map

A = np.random.default_rng(0).normal(size=(3, 4))
X = np.random.default_rng(1).normal(size=4)


def opaque(matrix):
    """A product that autograd cannot look into."""
    return lambda v: matrix @ np.asarray(v, dtype=float)


def apply(v):
    return linear_map(v, opaque(A), opaque(A.T))


def test_value_is_the_map():
    assert_allclose(apply(X), A @ X)


def test_jacobian_is_the_matrix():
    assert_allclose(jacobian(apply)(X), A)


def test_second_derivatives_go_through():
    found = hessian(lambda v: anp.sum(apply(v) ** 3))(X)
    assert_allclose(found, (A.T * (6 * A @ X)) @ A, rtol=1e-13)


def test_third_derivatives_go_through():
    direction = np.array([0.3, -1.0, 0.5, 2.0])

    def along(t):
        return anp.sum(anp.exp(apply(X + t * direction)))

    expected = np.exp(A @ X) @ (A @ direction) ** 3
    assert_allclose(grad(grad(grad(along)))(0.0), expected, rtol=1e-12)


def test_blocks_of_columns_are_mapped_at_once():
    V = np.random.default_rng(2).normal(size=(4, 2))
    found = grad(lambda v: anp.sum(apply(v) ** 2))(V)
    assert_allclose(found, 2 * A.T @ A @ V, rtol=1e-13)
