"""Right-hand sides that are combinations of few, and how little is lost by that."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.sparse.linalg import LinearOperator

from sklinfluence.solvers import ConjugateGradientSolver, Status
from sklinfluence.solvers._few_directions import few_directions

P, K, RANK = 60, 30, 5


@pytest.fixture
def rhs():
    rng = np.random.default_rng(0)
    sizes = np.geomspace(1.0, 1e-3, RANK)
    low = (rng.normal(size=(P, RANK)) * sizes) @ rng.normal(size=(RANK, K))
    low += 1e-9 * rng.normal(size=(P, K))
    return low / np.linalg.norm(low, axis=0)


@pytest.mark.parametrize("tol", [1e-2, 1e-4, 1e-6])
def test_combinations_are_close_and_weights_at_most_one(rhs, tol):
    basis, weights = few_directions(rhs, tol)
    assert np.linalg.norm(rhs - basis @ weights, axis=0).max() <= tol
    assert basis.shape[1] <= RANK
    assert_allclose(np.abs(weights).max(axis=1), 1.0)
    gram = basis.T @ basis
    assert_allclose(gram, np.diag(np.diag(gram)), atol=1e-12)


def test_no_fewer_than_half_is_none(rhs):
    assert few_directions(rhs, 1e-14) is None
    assert few_directions(rhs[:, :7], 1e-2) is None


def test_zeros_need_no_direction():
    basis, weights = few_directions(np.zeros((P, K)), 1e-3)
    assert basis.shape == (P, 0)
    assert weights.shape == (0, K)


class Counting(LinearOperator):
    def __init__(self, matrix):
        super().__init__(np.dtype(float), matrix.shape)
        self.matrix, self.columns = matrix, 0

    def _matmat(self, V):
        self.columns += V.shape[1]
        return self.matrix @ V


def definite(rng):
    Q = np.linalg.qr(rng.normal(size=(P, P)))[0]
    return (Q * np.geomspace(0.1, 100.0, P)) @ Q.T


@pytest.mark.parametrize("tol", [1e-4, 1e-8])
def test_conjugate_gradients_solve_every_one(rhs, tol):
    A = definite(np.random.default_rng(1))
    sizes = 10.0 ** np.random.default_rng(2).uniform(-9, 9, K)
    result = ConjugateGradientSolver(tol=tol).solve(Counting(A), rhs * sizes)
    assert result.converged
    residual = np.linalg.norm(A @ result.x - rhs * sizes, axis=0) / sizes
    assert residual.max() <= tol
    assert_allclose(result.residual_norm, residual, rtol=1e-3, atol=1e-14)


def test_products_are_saved(rhs):
    A = definite(np.random.default_rng(1))
    at_once, one_by_one = Counting(A), Counting(A)
    solver = ConjugateGradientSolver(tol=1e-4)
    solver.solve(at_once, rhs)
    solve = solver.prepare(one_by_one)
    for column in rhs.T:
        solve(column[:, None])
    assert at_once.columns < one_by_one.columns / 3


def test_negative_curvature_is_reported(rhs):
    A = definite(np.random.default_rng(1)) - 5.0 * np.eye(P)
    result = ConjugateGradientSolver(tol=1e-4).solve(Counting(A), rhs)
    assert not result.converged
    assert result.status is Status.NEGATIVE_CURVATURE


def test_what_is_no_number_is_not_solved():
    rhs = np.ones((5, 2))
    rhs[0, 0] = np.nan
    result = ConjugateGradientSolver().solve(Counting(np.eye(5)), rhs)
    assert not result.converged
    assert_allclose(result.x[:, 1], 1.0)
