import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.sparse.linalg import aslinearoperator

from sklinfluence.solvers import (
    SOLVERS,
    ExplicitSolver,
    Solver,
    SolverResult,
    Status,
    relative_residual,
    resolve_solver,
)

A = np.array([[2.0, 1.0], [1.0, 3.0]])


def test_residual_is_relative_to_each_right_hand_side():
    rhs = np.array([[1.0, 100.0], [0.0, 100.0]])
    x = np.linalg.solve(A, rhs)
    x[:, 1] += [0.5, 0.0]
    expected = [0.0, np.linalg.norm(A @ [0.5, 0.0]) / np.linalg.norm([100.0, 100.0])]
    assert_allclose(relative_residual(A, x, rhs), expected, atol=1e-15)


def test_residual_of_no_right_hand_side_is_zero():
    zero = np.zeros((2, 1))
    assert_allclose(relative_residual(A, zero, zero), [0.0])


def test_residual_takes_a_linear_operator():
    rhs = np.ones((2, 1))
    found = relative_residual(aslinearoperator(A), np.zeros((2, 1)), rhs)
    assert_allclose(found, [1.0])


def test_solve_prepares_and_solves():
    class Halver(Solver):
        def prepare(self, operator):
            return lambda rhs: (operator, rhs / 2)

    assert Halver().solve("H", 4.0) == ("H", 2.0)


def test_names_of_solvers_are_of_solvers():
    assert all(issubclass(solver, Solver) for solver in SOLVERS.values())


def test_a_solver_is_resolved_to_one_of_its_own():
    given = ExplicitSolver(rcond=1e-6)
    resolved = resolve_solver(given)
    assert resolved is not given
    assert resolved.get_params() == given.get_params()
    for name, kind in SOLVERS.items():
        assert type(resolve_solver(name)) is kind
    assert resolve_solver("explicit") is not resolve_solver("explicit")


@pytest.mark.parametrize("status", [s for s in Status if s is not Status.SOLVED])
def test_diagnosis_names_a_remedy(status):
    assert "add" in status.value.lower()
    assert "damping" in status.value


def test_message_is_the_diagnosis_and_the_detail():
    plain = SolverResult(np.zeros((2, 1)), True, 0, np.zeros(1), Status.SOLVED)
    assert plain.message == Status.SOLVED.value
    told = SolverResult(plain.x, True, 0, plain.x, Status.SOLVED, detail="By hand.")
    assert told.message == f"{Status.SOLVED.value} By hand."
