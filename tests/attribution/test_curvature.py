"""What removal leaves of the Hessian, against numpy on the same matrices."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from sklinfluence.attribution._curvature import (
    DowndatedCurvature,
    SolvedCurvature,
    StackedCurvature,
)
from sklinfluence.solvers import ExplicitSolver

M, Q = 5, 4


def some_roots(r, seed=0, longest=0.9):
    """Return U (M, Q, r) with the largest singular value given."""
    U = np.random.default_rng(seed).normal(size=(M, Q, r))
    return longest * U / np.linalg.norm(U, 2, axis=(1, 2))[:, None, None]


def identity_less(roots):
    return np.eye(Q) - roots @ roots.transpose(0, 2, 1)


def both(roots):
    matrices = identity_less(roots)
    return matrices, [DowndatedCurvature(roots), StackedCurvature(matrices)]


@pytest.fixture
def columns():
    return np.random.default_rng(1).normal(size=(Q, 3))


@pytest.fixture
def gradients():
    return np.random.default_rng(2).normal(size=(M, Q))


@pytest.mark.parametrize("r", [1, 2, 6])
def test_both_are_numpy_on_the_same_matrices(r, gradients, columns):
    matrices, curvatures = both(some_roots(r))
    for curvature in curvatures:
        expected = np.linalg.solve(matrices, gradients[:, :, None])[:, :, 0]
        assert_allclose(curvature.solve(gradients), expected, rtol=1e-10)
        inverse = np.linalg.inv(matrices)
        square = np.einsum("qk,mqp,pk->mk", columns, inverse, columns)
        assert_allclose(curvature.lengths(columns), np.sqrt(square), rtol=1e-10)
        eigenvalues, vectors = np.linalg.eigh(matrices)
        assert_allclose(curvature.smallest, eigenvalues[:, 0], rtol=1e-10)
        trace = np.trace(np.eye(Q) - matrices, axis1=1, axis2=2)
        assert_allclose(curvature.leverage, trace, rtol=1e-10)
        assert curvature.determined.all()
        weakest = curvature.weakest()
        weakest /= np.linalg.norm(weakest, axis=1, keepdims=True)
        along = np.abs(np.sum(weakest * vectors[:, :, 0], axis=1))
        assert_allclose(along, 1.0, rtol=1e-10)


@pytest.mark.parametrize("rows", [[3, 0], np.array([True, False, True, True, False])])
def test_a_part_is_the_curvature_of_these_rows(rows, gradients, columns):
    for whole in both(some_roots(2))[1]:
        part = whole[rows]
        assert_allclose(
            part.solve(gradients[rows]), whole.solve(gradients)[rows], rtol=1e-12
        )
        assert_allclose(part.lengths(columns), whole.lengths(columns)[rows], rtol=1e-12)
        for name in ("smallest", "leverage", "determined"):
            assert_allclose(getattr(part, name), getattr(whole, name)[rows], rtol=1e-12)


def test_what_is_gone_is_left_out(gradients, columns):
    roots = some_roots(2)
    roots[1] /= np.linalg.norm(roots[1], 2)  # nothing is left in one direction
    matrices, curvatures = both(roots)
    pseudo = np.linalg.pinv(matrices, rcond=1e-9, hermitian=True)
    for curvature in curvatures:
        assert_array_equal(curvature.determined, np.arange(M) != 1)
        assert abs(curvature.smallest[1]) < 1e-14
        weakest = curvature.weakest()[1]
        assert np.abs(matrices[1] @ weakest).max() < 1e-13 * np.abs(weakest).max()
    stacked = curvatures[1]
    expected = np.einsum("mij,mj->mi", pseudo, gradients)
    assert_allclose(stacked.solve(gradients), expected, rtol=1e-9)
    # Sherman–Morrison–Woodbury leaves the identity there.
    expected[1] += np.einsum("i,j,j", weakest, weakest, gradients[1])
    assert_allclose(curvatures[0].solve(gradients)[0], expected[0], rtol=1e-9)


def test_indefinite_matrices(gradients, columns):
    rng = np.random.default_rng(3)
    vectors = np.linalg.qr(rng.normal(size=(M, Q, Q)))[0]
    values = np.array([-0.5, 0.2, 1.0, 3.0])
    matrices = vectors * values @ vectors.transpose(0, 2, 1)
    curvature = StackedCurvature(matrices)
    assert_allclose(curvature.smallest, -0.5)
    assert curvature.determined.all()
    expected = np.linalg.solve(matrices, gradients[:, :, None])[:, :, 0]
    assert_allclose(curvature.solve(gradients), expected, rtol=1e-10)
    # Lengths of the matrix with all its eigenvalues turned positive.
    upright = vectors * np.abs(values) @ vectors.transpose(0, 2, 1)
    square = np.einsum("qk,mqp,pk->mk", columns, np.linalg.inv(upright), columns)
    assert_allclose(curvature.lengths(columns), np.sqrt(square), rtol=1e-10)
    # More is taken out of the identity than there is.
    downdated = DowndatedCurvature(some_roots(2, longest=1.3))
    assert_array_equal(downdated.determined, np.zeros(M, dtype=bool))
    assert_allclose(downdated.smallest, 1 - 1.3**2)
    assert np.isfinite(downdated.solve(gradients)).all()
    assert np.isfinite(downdated.lengths(columns)).all()


def test_roots_of_the_inverse():
    matrices = identity_less(some_roots(3))
    curvature = StackedCurvature(matrices)
    for part, rows in ((curvature, slice(None)), (curvature[[4, 2]], [4, 2])):
        W = part.roots()
        product = W @ W.transpose(0, 2, 1)
        assert_allclose(product, np.linalg.inv(matrices)[rows], rtol=1e-10)


def test_no_parameters_at_all():
    curvature = StackedCurvature(np.zeros((M, 0, 0)))
    assert_array_equal(curvature.smallest, np.full(M, np.inf))
    assert curvature.determined.all()
    assert curvature.solve(np.zeros((M, 0))).shape == (M, 0)


def test_solved_one_by_one(gradients):
    matrices = identity_less(some_roots(2))
    solver = ExplicitSolver()
    curvature = SolvedCurvature([solver.prepare(matrix) for matrix in matrices])
    expected = np.linalg.solve(matrices, gradients[:, :, None])[:, :, 0]
    assert_allclose(curvature.solve(gradients), expected, rtol=1e-10)
    some = np.arange(M) > 2
    assert_allclose(curvature[some].solve(gradients[some]), expected[some], rtol=1e-10)
