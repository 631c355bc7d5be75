"""The dual solver against numpy.linalg, and what it refuses."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.sparse.linalg import aslinearoperator

from sklinfluence.solvers import DualSolver, LowRankForm, Status

P, S = 40, 7


def operator_of(diagonal, inner, J):
    found = aslinearoperator(np.diag(diagonal) + J.T @ inner @ J)
    gram = J / diagonal @ J.T if np.all(diagonal > 0) else None
    form = LowRankForm(diagonal, inner, gram, J.__matmul__, J.T.__matmul__)
    found.low_rank_form = lambda: form
    return found


@pytest.fixture(params=["definite", "singular inner", "no inner"])
def operator(request):
    rng = np.random.default_rng(0)
    root = rng.normal(size=(S, S))
    inner = {
        "definite": root @ root.T,
        # As the Hessian of a partial likelihood: shifts of all scores are flat.
        "singular inner": np.eye(S) - 1.0 / S,
        "no inner": np.zeros((S, S)),
    }[request.param]
    return operator_of(rng.uniform(0.5, 3.0, P), inner, rng.normal(size=(S, P)))


@pytest.mark.parametrize("k", [1, 3])
def test_solution(operator, k):
    rhs = np.random.default_rng(1).normal(size=(P, k))
    result = DualSolver().solve(operator, rhs)
    assert result.converged
    assert result.status is Status.SOLVED
    expected = np.linalg.solve(operator @ np.eye(P), rhs)
    assert_allclose(result.x, expected, rtol=1e-10, atol=1e-12)
    assert (result.residual_norm <= 1e-12).all()


def test_scores_of_the_solution_without_the_solution(operator):
    form = operator.low_rank_form()
    rhs = np.random.default_rng(2).normal(size=(P, 3))
    cross = form.jvp(rhs / form.diagonal[:, None])
    result = DualSolver().prepare(operator).scores(cross)
    expected = form.jvp(np.linalg.solve(operator @ np.eye(P), rhs))
    assert_allclose(result.x, expected, rtol=1e-10, atol=1e-12)
    assert (result.residual_norm <= 1e-12).all()


def test_small_damping_loses_no_digits_but_those_of_the_condition():
    rng = np.random.default_rng(3)
    operator = operator_of(np.full(P, 1e-6), np.eye(S), rng.normal(size=(S, P)))
    result = DualSolver().solve(operator, rng.normal(size=(P, 2)))
    assert result.converged
    assert (result.residual_norm <= 1e-8).all()


def test_a_matrix_of_unknown_form_is_refused():
    with pytest.raises(ValueError, match='curvature="gauss_newton"'):
        DualSolver().prepare(aslinearoperator(np.eye(3)))


def test_parameters_without_curvature_of_their_own_are_refused():
    diagonal = np.r_[0.0, np.ones(P - 1)]
    operator = operator_of(diagonal, np.eye(S), np.ones((S, P)))
    with pytest.raises(ValueError, match="Add positive damping"):
        DualSolver().prepare(operator)
