import pickle

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.sparse.linalg import LinearOperator, aslinearoperator
from sklearn.base import clone

from sklinfluence.solvers import ExplicitSolver, Status, natural_basis

RNG = np.random.default_rng(0)
Q = np.linalg.qr(RNG.normal(size=(6, 6)))[0]


def with_eigenvalues(*values):
    """Return a symmetric matrix with a unit diagonal as scale, as an operator."""
    return WithScale((Q * np.array(values)) @ Q.T, np.ones(6))


class WithScale(LinearOperator):
    """A matrix that says its natural units, as the Hessian of an objective does."""

    def __init__(self, matrix, scale):
        super().__init__(float, matrix.shape)
        self.matrix, self.scale = matrix, scale

    def _matmat(self, V):
        return self.matrix @ V


def rhs(k):
    return np.random.default_rng(1).normal(size=(6, k))


@pytest.mark.parametrize("k", [1, 3, 10])
def test_well_posed_system_is_solved(k):
    H = with_eigenvalues(1, 2, 3, 4, 5, 6)
    result = ExplicitSolver().solve(H, rhs(k))
    assert_allclose(result.x, np.linalg.solve(H.matrix, rhs(k)), rtol=1e-12)
    assert result.status is Status.SOLVED
    assert result.converged
    assert result.n_iter == 0


def test_preparation_serves_many_right_hand_sides():
    H = with_eigenvalues(1, 2, 3, 4, 5, 6)
    solve = ExplicitSolver().prepare(H)
    for k in (1, 4):
        assert_allclose(H.matrix @ solve(rhs(k)).x, rhs(k), rtol=1e-12)


@pytest.mark.parametrize("given", ["its own", "none"])
def test_units_of_columns_do_not_make_a_system_singular(given):
    # Condition number 1e20 by units alone; the correlations are harmless.
    units = 10.0 ** np.array([-5.0, -3, 0, 1, 3, 5])
    core = with_eigenvalues(1, 2, 3, 4, 5, 6).matrix
    H = core * np.outer(units, units)
    scale = np.sqrt(np.diag(H)) if given == "its own" else None
    result = ExplicitSolver().solve(WithScale(H, scale), rhs(2))
    expected = np.linalg.solve(core, rhs(2) / units[:, None]) / units[:, None]
    assert result.status is Status.SOLVED
    assert_allclose(result.x, expected, rtol=1e-11)


def test_system_with_eigenvalues_just_above_rcond_is_solved():
    H = with_eigenvalues(1e-9, 1, 2, 3, 4, 5)
    result = ExplicitSolver().solve(H, rhs(2))
    assert result.status is Status.SOLVED
    assert_allclose(H.matrix @ result.x, rhs(2), rtol=1e-5)


@pytest.mark.parametrize("smallest", [1e-13, 1e-16, 0.0])
def test_eigenvalues_below_rcond_are_singular(smallest):
    H = with_eigenvalues(smallest, 1, 2, 3, 4, 5)
    result = ExplicitSolver().solve(H, rhs(2))
    assert result.status is Status.SINGULAR
    assert not result.converged


@pytest.mark.parametrize("rank", [1, 3, 5])
def test_singular_system_is_solved_by_the_pseudoinverse(rank):
    values = np.where(np.arange(6) < rank, np.arange(1.0, 7.0), 0.0)
    H = with_eigenvalues(*values)
    result = ExplicitSolver().solve(H, rhs(3))
    expected = np.linalg.pinv(H.matrix, rcond=1e-11, hermitian=True) @ rhs(3)
    assert_allclose(result.x, expected, rtol=1e-11, atol=1e-12)


def test_singular_system_is_solved_by_the_pseudoinverse_in_units_of_its_columns():
    units = 10.0 ** np.arange(-3.0, 3.0)
    core = with_eigenvalues(0, 0, 1, 2, 3, 4).matrix
    H = WithScale(core * np.outer(units, units), units)
    result = ExplicitSolver().solve(H, rhs(2))
    pinv = np.linalg.pinv(core, rcond=1e-11, hermitian=True)
    expected = pinv @ (rhs(2) / units[:, None]) / units[:, None]
    assert result.status is Status.SINGULAR
    assert_allclose(result.x, expected, rtol=1e-9, atol=1e-11)


def test_indefinite_system_is_solved_as_it_is():
    H = with_eigenvalues(-1, 2, 3, 4, 5, 6)
    result = ExplicitSolver().solve(H, rhs(2))
    assert result.status is Status.INDEFINITE
    assert not result.converged
    assert_allclose(H.matrix @ result.x, rhs(2), rtol=1e-12)


def test_indefinite_goes_before_singular():
    H = with_eigenvalues(-1, 0, 3, 4, 5, 6)
    assert ExplicitSolver().solve(H, rhs(1)).status is Status.INDEFINITE


def test_residuals_are_those_of_the_system():
    H = with_eigenvalues(0, 1, 2, 3, 4, 5)
    result = ExplicitSolver().solve(H, rhs(3))
    left = np.linalg.norm(H.matrix @ result.x - rhs(3), axis=0)
    expected = left / np.linalg.norm(rhs(3), axis=0)
    assert expected.min() > 0.01
    assert_allclose(result.residual_norm, expected, rtol=1e-10)


def test_residuals_of_a_solved_system_are_round_off():
    H = with_eigenvalues(1, 2, 3, 4, 5, 6)
    assert ExplicitSolver().solve(H, rhs(3)).residual_norm.max() < 1e-14


def test_zero_matrix_has_the_solution_zero():
    result = ExplicitSolver().solve(aslinearoperator(np.zeros((2, 2))), np.ones((2, 1)))
    assert_allclose(result.x, 0.0)
    assert result.status is Status.SINGULAR


def test_row_and_column_of_zeros_are_left_out():
    H = np.diag([2.0, 0.0, 8.0])
    result = ExplicitSolver().solve(aslinearoperator(H), np.ones((3, 1)))
    assert result.status is Status.SINGULAR
    assert_allclose(result.x.ravel(), [0.5, 0.0, 0.125])


def test_rcond_is_the_border():
    H = with_eigenvalues(1e-6, 1, 1, 1, 1, 1)
    assert ExplicitSolver(rcond=1e-8).solve(H, rhs(1)).status is Status.SOLVED
    assert ExplicitSolver(rcond=1e-4).solve(H, rhs(1)).status is Status.SINGULAR


def test_operator_that_is_dense_is_not_multiplied():
    class Dense(WithScale):
        def _matmat(self, V):
            raise AssertionError("multiplied")

        def to_dense(self):
            return self.matrix

    H = Dense(np.diag([1.0, 4.0]), np.ones(2))
    assert_allclose(ExplicitSolver().solve(H, np.ones((2, 1))).x.ravel(), [1.0, 0.25])


@pytest.mark.parametrize("smallest", [1.0, 0.0, -1.0])
def test_prepared_solver_survives_pickling(smallest):
    solve = ExplicitSolver().prepare(with_eigenvalues(smallest, 1, 2, 3, 4, 5))
    again = pickle.loads(pickle.dumps(solve))(rhs(2))
    assert_allclose(again.x, solve(rhs(2)).x, rtol=0)
    assert again.status is solve(rhs(2)).status


def test_clone_has_the_same_parameters():
    assert clone(ExplicitSolver(rcond=1e-5)).get_params() == {"rcond": 1e-5}


@pytest.mark.parametrize("status", [Status.SINGULAR, Status.INDEFINITE])
def test_diagnosis_names_a_remedy(status):
    assert "add" in status.value.lower()
    assert "damping" in status.value


def test_natural_basis_makes_a_matrix_the_identity():
    units = 10.0 ** np.array([-5.0, -3, 0, 1, 3, 5])
    H = with_eigenvalues(1, 2, 3, 4, 5, 6).matrix * np.outer(units, units)
    for scale in (None, units):
        basis, status = natural_basis(H, scale)
        assert_allclose(basis.T @ H @ basis, np.eye(6), atol=1e-12)
        assert_allclose(basis @ basis.T, np.linalg.inv(H), rtol=1e-9)
        assert status is Status.SOLVED


@pytest.mark.parametrize(
    ("values", "signs", "status"),
    [
        ((0, 0, 3, 4, 5, 6), [1, 1, 1, 1], Status.SINGULAR),
        ((-1, 2, 3, 4, 5, 6), [-1, 1, 1, 1, 1, 1], Status.INDEFINITE),
        ((-1, 0, 3, 4, 5, 6), [-1, 1, 1, 1, 1], Status.INDEFINITE),
        ((1e-13, 2, 3, 4, 5, 6), [1, 1, 1, 1, 1], Status.SINGULAR),
        ((1e-7, 2, 3, 4, 5, 6), [1, 1, 1, 1, 1, 1], Status.SOLVED),
    ],
)
def test_natural_basis_leaves_out_what_has_no_curvature(values, signs, status):
    H = with_eigenvalues(*values)
    basis, found = natural_basis(H.matrix, H.scale)
    assert found is status
    product = basis.T @ H.matrix @ basis
    assert_allclose(np.sort(np.diag(product)), signs, atol=1e-6)
    assert_allclose(product, np.diag(np.diag(product)), atol=1e-6)


def test_natural_basis_counts_as_flat_what_the_caller_says():
    H = with_eigenvalues(1e-9, 2, 3, 4, 5, 6)
    basis, status = natural_basis(H.matrix, H.scale, rcond=1e-8)
    assert basis.shape == (6, 5)
    assert status is Status.SINGULAR


def test_natural_basis_of_nothing():
    for H in (np.zeros((3, 3)), np.zeros((0, 0))):
        basis, status = natural_basis(H)
        assert basis.shape == (len(H), 0)
        assert status is (Status.SINGULAR if len(H) else Status.SOLVED)
