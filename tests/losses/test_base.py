import numpy as np
from numpy.testing import assert_allclose

from sklinfluence.losses import Loss, RowOperator


def test_row_operator_multiplies_blocks_and_vectors():
    A = np.random.default_rng(0).normal(size=(4, 3))
    operator = RowOperator((4, 3), lambda V: A @ V)
    assert operator.shape == (4, 3)
    assert_allclose(operator @ np.eye(3), A)
    assert_allclose(operator @ np.arange(3.0), A @ np.arange(3.0))


def test_curvature_form_follows_from_the_hessian_product():
    H = np.array([[2.0, 1.0], [1.0, 3.0]])

    class Quadratic(Loss):
        def value(self, S, presence=None):
            return 0.5 * S @ H @ S

        def gradient(self, S, presence=None):
            return H @ S

        def hessian_product(self, S, V, presence=None):
            return H @ V

        def curvature_bound(self, S, presence=None):
            return np.full(2, 4.0)

        def removal_differences(self, S):
            raise NotImplementedError

    J = np.array([[1.0, 2.0, 0.5], [-1.0, 0.0, 3.0]])
    assert_allclose(Quadratic().curvature_form(np.ones(2), J), J.T @ H @ J)
