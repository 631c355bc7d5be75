import pickle

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.sparse.linalg import LinearOperator, aslinearoperator
from sklearn.base import clone

from sklinfluence.solvers import ExplicitSolver, Status

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
    settings = {"rcond": 1e-5, "max_memory": 1e6}
    assert clone(ExplicitSolver(**settings)).get_params() == settings


def test_matrix_that_is_too_large_is_refused_before_it_is_formed():
    class Large(LinearOperator):
        def __init__(self):
            super().__init__(float, (200_000, 200_000))

        def _matmat(self, V):
            raise AssertionError("multiplied")

    message = r'200000 parameters.* 320 GB.*max_memory = 4 GB.*"auto" or "cg"'
    with pytest.raises(MemoryError, match=message):
        ExplicitSolver().prepare(Large())


def test_memory_limit_is_the_border():
    H = with_eigenvalues(1, 2, 3, 4, 5, 6)
    needed = 4 * 8 * 6**2  # four matrices
    assert ExplicitSolver(max_memory=needed).solve(H, rhs(1)).converged
    with pytest.raises(MemoryError, match="6 parameters"):
        ExplicitSolver(max_memory=needed - 1).prepare(H)


@pytest.mark.parametrize(
    ("values", "n_negative"),
    [((1, 2, 3, 4, 5, 6), 0), ((-1, -2, 0, 4, 5, 6), 2), ((0, 2, 3, 4, 5, 6), 0)],
)
def test_inertia(values, n_negative):
    result = ExplicitSolver().solve(with_eigenvalues(*values), rhs(1))
    assert result.n_negative == n_negative
    assert (f"negative eigenvalues: {n_negative}." in result.message) == bool(
        n_negative
    )


@pytest.mark.parametrize(
    ("values", "places"),
    [
        ((1, 2, 3, 4, 5, 6), [4]),
        ((1, 2, 3, 4, 5, 6), [5, 0, 2, 1]),
        ((1, -2, 3, 4, -5, 6), [5, 0]),
    ],
    ids=["few", "most", "indefinite"],
)
def test_columns_of_the_inverse(values, places, monkeypatch):
    monkeypatch.setattr("sklinfluence.utils._blocks._COLUMNS_AT_ONCE", 4)
    units = 10.0 ** np.array([-3.0, -2, 0, 1, 2, 3])
    H = with_eigenvalues(*values).matrix * np.outer(units, units)
    found = ExplicitSolver().prepare(WithScale(H, units)).inverse_columns(places)
    expected = np.linalg.inv(H / np.outer(units, units)) / np.outer(units, units)
    assert_allclose(found, expected[:, places], rtol=1e-10)
