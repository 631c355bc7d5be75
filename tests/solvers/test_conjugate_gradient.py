import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.sparse.linalg import LinearOperator, aslinearoperator

from sklinfluence.solvers import (
    ConjugateGradientSolver,
    ExplicitSolver,
    NystroemSolver,
    Solver,
    Status,
)

P = 60
RNG = np.random.default_rng(0)
Q = np.linalg.qr(RNG.normal(size=(P, P)))[0]
RHS = RNG.normal(size=(P, 5))


class Counted(LinearOperator):
    """A matrix that counts products with blocks, and the columns in them."""

    def __init__(self, values):
        super().__init__(np.dtype(float), (P, P))
        self.matrix, self.widths = (Q * values) @ Q.T, []

    def _matmat(self, V):
        self.widths.append(V.shape[1])
        return self.matrix @ V


def test_all_right_hand_sides_share_the_products():
    H = Counted(np.geomspace(1.0, 100.0, P))
    result = ConjugateGradientSolver().solve(H, RHS)
    assert result.converged
    # One product an iteration, and two for the true residual.
    assert len(H.widths) == result.n_iter + 2
    expected = np.linalg.solve(H.matrix, RHS)
    # The condition number times the tolerance.
    assert np.linalg.norm(result.x - expected) <= 1e-6 * np.linalg.norm(expected)


def test_a_block_takes_the_steps_of_its_columns():
    H = Counted(np.geomspace(1.0, 100.0, P))
    # Later on, round-off grows in each of them.
    solver = ConjugateGradientSolver(max_iter=12)
    block = solver.solve(H, RHS)
    alone = [solver.solve(H, RHS[:, [j]]) for j in range(5)]
    assert block.n_iter == max(result.n_iter for result in alone)
    x = np.hstack([result.x for result in alone])
    assert_allclose(block.x, x, rtol=1e-9, atol=1e-12)


def test_many_right_hand_sides_are_solved_in_pieces(monkeypatch):
    H = Counted(np.geomspace(1.0, 100.0, P))
    whole = ConjugateGradientSolver().solve(H, RHS)
    H.widths.clear()
    known = ConjugateGradientSolver.prepare.__globals__
    monkeypatch.setitem(known, "_NUMBERS_AT_ONCE", 2 * P + 1)
    pieces = ConjugateGradientSolver().solve(H, RHS)
    assert H.widths[0] == 2
    assert pieces.n_iter == whole.n_iter
    assert np.linalg.norm(pieces.x - whole.x) <= 1e-7 * np.linalg.norm(whole.x)


def test_columns_that_have_converged_are_not_multiplied_again():
    H = Counted(np.geomspace(1.0, 100.0, P))
    easy = np.column_stack([Q[:, 0], RHS[:, 0]])  # an eigenvector takes one step
    assert ConjugateGradientSolver().solve(H, easy).converged
    assert H.widths[0] == 2
    assert set(H.widths[1:-2]) == {1}


def test_as_many_iterations_as_there_are_eigenvalues():
    H = Counted(np.repeat([1.0, 5.0, 30.0], P // 3))
    assert ConjugateGradientSolver().solve(H, RHS).n_iter == 3


def test_iterations_that_do_not_suffice_are_said():
    H = Counted(np.geomspace(1e-4, 1.0, P))
    result = ConjugateGradientSolver(max_iter=7).solve(H, RHS)
    assert result.status is Status.NOT_CONVERGED
    assert result.n_iter == 7
    assert "after 7 iterations" in result.message
    assert not result.converged
    assert (result.residual_norm > 1e-8).all()


def test_residual_does_not_grow_with_iterations():
    H = Counted(np.geomspace(1e-4, 1.0, P))
    left = [
        ConjugateGradientSolver(max_iter=n).solve(H, RHS).residual_norm
        for n in range(1, 40)
    ]
    assert (np.diff(left, axis=0) <= 1e-12).all()


@pytest.mark.parametrize("n_negative", [1, 5])
def test_negative_curvature_is_said(n_negative):
    values = np.geomspace(0.1, 1.0, P)
    values[:n_negative] *= -1
    result = ConjugateGradientSolver().solve(Counted(values), RHS)
    assert result.status is Status.NEGATIVE_CURVATURE
    assert (result.residual_norm <= 1.0 + 1e-12).all()


def test_one_bad_column_does_not_stop_the_others():
    # In exact eigenvectors the blocks are apart: the first is solved, the second bent.
    H = aslinearoperator(np.diag([1.0, 2.0, -1.0]))
    rhs = np.array([[1.0, 0.0], [1.0, 0.0], [0.0, 1.0]])
    result = ConjugateGradientSolver().solve(H, rhs)
    assert result.status is Status.NEGATIVE_CURVATURE
    assert_allclose(result.x[:, 0], [1.0, 0.5, 0.0], atol=1e-12)
    assert_allclose(result.residual_norm, [0.0, 1.0], atol=1e-12)


def test_products_that_are_not_finite_are_said():
    H = aslinearoperator(np.diag([1.0, np.nan]))
    result = ConjugateGradientSolver().prepare(H)
    assert result(np.array([[1.0], [1.0]])).status is Status.DIVERGED


def units():
    return Counted(np.geomspace(1.0, 10.0, P)), 10.0 ** np.linspace(-3, 3, P)


def test_the_diagonal_makes_units_harmless():
    H, scale = units()
    plain = ConjugateGradientSolver(preconditioner="diagonal").solve(H, RHS)
    scaled = aslinearoperator(H.matrix * np.outer(scale, scale))
    result = ConjugateGradientSolver(preconditioner="diagonal").solve(scaled, RHS)
    assert result.converged
    assert result.n_iter <= 3 * plain.n_iter
    expected = np.linalg.solve(H.matrix, RHS / scale[:, None]) / scale[:, None]
    error = np.linalg.norm(result.x - expected, axis=0)
    assert (error <= 1e-6 * np.linalg.norm(expected, axis=0)).all()


def test_the_diagonal_is_the_scale_of_the_operator_where_it_has_one():
    H, _ = units()
    H.scale = np.sqrt(np.diag(H.matrix))
    solve = ConjugateGradientSolver(preconditioner="diagonal").prepare(H)
    assert H.widths == []
    assert solve(RHS).converged


@pytest.mark.parametrize(
    "preconditioner", ["nystroem", NystroemSolver(rank=30, random_state=1)]
)
def test_a_sketch_removes_large_eigenvalues(preconditioner):
    H = Counted(np.r_[np.geomspace(1.0, 2.0, P - 20), np.geomspace(1e3, 1e6, 20)])
    plain = ConjugateGradientSolver().solve(H, RHS)
    sketched = ConjugateGradientSolver(preconditioner=preconditioner).solve(H, RHS)
    assert sketched.converged
    assert sketched.n_iter < 25 < plain.n_iter
    assert_allclose(sketched.x, np.linalg.solve(H.matrix, RHS), rtol=1e-5, atol=1e-7)


def test_any_solver_may_precondition():
    H = Counted(np.geomspace(1.0, 1e4, P))
    exact = ConjugateGradientSolver(preconditioner=ExplicitSolver())
    assert exact.solve(H, RHS).n_iter <= 2


def test_a_preconditioner_that_is_not_positive_is_said():
    class Negative(Solver):
        def prepare(self, operator):
            return lambda rhs: ExplicitSolver().solve(operator, -rhs)

    H = Counted(np.geomspace(1.0, 10.0, P))
    result = ConjugateGradientSolver(preconditioner=Negative()).solve(H, RHS)
    assert result.status is Status.NEGATIVE_CURVATURE


@pytest.mark.parametrize(
    "settings", [{"tol": 0.0}, {"max_iter": 0}, {"preconditioner": "ilu"}]
)
def test_settings_are_checked(settings):
    with pytest.raises(ValueError, match=next(iter(settings))):
        ConjugateGradientSolver(**settings).prepare(Counted(np.ones(P)))


def test_blocks_of_an_operator_are_inverted():
    operator = aslinearoperator(np.diag(np.geomspace(1.0, 1e4, 30)))
    rhs = np.ones((30, 1))
    plain = ConjugateGradientSolver(preconditioner="blocks").solve(operator, rhs)
    operator.block_preconditioner = ExplicitSolver()
    exact = ConjugateGradientSolver(preconditioner="blocks").solve(operator, rhs)
    # Without blocks it is the diagonal, which is all there is here.
    assert plain.n_iter == 1
    assert exact.n_iter == 1
    dense = np.random.default_rng(0).normal(size=(30, 30))
    operator = aslinearoperator(dense @ dense.T + np.eye(30))
    plain = ConjugateGradientSolver(preconditioner="blocks").solve(operator, rhs)
    operator.block_preconditioner = ExplicitSolver()
    exact = ConjugateGradientSolver(preconditioner="blocks").solve(operator, rhs)
    assert exact.n_iter == 1 < plain.n_iter
