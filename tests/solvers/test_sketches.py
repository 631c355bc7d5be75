"""Arnoldi and Nyström: the solvers that keep a subspace."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.sparse.linalg import LinearOperator

from sklinfluence.solvers import ArnoldiSolver, NystroemSolver, Status

P, RANK = 60, 12
RNG = np.random.default_rng(0)
Q = np.linalg.qr(RNG.normal(size=(P, P)))[0]
RHS = RNG.normal(size=(P, 3))
SOLVERS = {
    "arnoldi": ArnoldiSolver(rank=RANK, random_state=0),
    "nystroem": NystroemSolver(rank=RANK, random_state=0),
}


class Damped(LinearOperator):
    """H + λI that says its λ, as the Hessian of an objective does."""

    def __init__(self, values, damping=0.0):
        super().__init__(np.dtype(float), (P, P))
        self.damping, self.n_products = damping, 0
        self.matrix = (Q * (values + damping)) @ Q.T

    def _matmat(self, V):
        self.n_products += V.shape[1]
        return self.matrix @ V


def low_rank(rank=RANK):
    return np.where(np.arange(P) < rank, np.geomspace(100.0, 1.0, P), 0.0)


@pytest.mark.parametrize("name", SOLVERS)
@pytest.mark.parametrize("damping", [1e-6, 0.1, 10.0])
def test_low_rank_with_damping_is_solved_exactly(name, damping):
    H = Damped(low_rank(), damping)
    result = SOLVERS[name].solve(H, RHS)
    assert result.status is Status.SOLVED
    expected = np.linalg.solve(H.matrix, RHS)
    assert np.linalg.norm(result.x - expected) <= 1e-6 * np.linalg.norm(expected)


@pytest.mark.parametrize("name", SOLVERS)
def test_what_is_left_out_is_the_residual(name):
    # Without damping, only what lies in the subspace is solved for.
    H = Damped(np.where(np.arange(P) < RANK, 1e8, 1.0))
    result = SOLVERS[name].solve(H, RHS)
    assert result.status is Status.TRUNCATED
    outside = RHS - Q[:, :RANK] @ (Q[:, :RANK].T @ RHS)
    share = np.linalg.norm(outside, axis=0) / np.linalg.norm(RHS, axis=0)
    assert_allclose(result.residual_norm, share, rtol=1e-5)
    assert f"rank {RANK} of {P}, up to {share.max():.2g}" in result.message


@pytest.mark.parametrize("name", SOLVERS)
def test_more_rank_leaves_less_out(name):
    H = Damped(np.geomspace(100.0, 1e-3, P), 0.01)
    left = [
        SOLVERS[name].set_params(rank=rank).solve(H, RHS).residual_norm.max()
        for rank in (5, 30, 55, 60)
    ]
    SOLVERS[name].set_params(rank=RANK)
    assert (np.diff(left) < 0).all()
    assert left[-1] < 1e-9


@pytest.mark.parametrize("name", SOLVERS)
def test_preparation_is_what_takes_products(name):
    H = Damped(low_rank(), 1.0)
    solve = SOLVERS[name].prepare(H)
    n_products = H.n_products
    assert n_products >= RANK
    solve(RHS)
    assert H.n_products - n_products <= 9  # residuals, and refinement


@pytest.mark.parametrize("solver", [ArnoldiSolver, NystroemSolver])
def test_random_state_makes_it_reproducible(solver):
    H = Damped(np.geomspace(100.0, 1e-3, P), 0.01)
    found = [solver(rank=5, random_state=3).solve(H, RHS).x for _ in range(2)]
    assert_allclose(*found, rtol=0)


def test_a_sketch_takes_rank_products():
    H = Damped(low_rank(), 1.0)
    SOLVERS["nystroem"].prepare(H)
    assert H.n_products == RANK


def test_dominant_eigenvalues_are_of_either_sign():
    values = np.where(np.arange(P) < 3, [-100.0] * P, 1.0)
    result = ArnoldiSolver(rank=5, random_state=0).solve(Damped(values), RHS)
    assert result.status is Status.INDEFINITE
    assert result.n_negative == 3
    assert not result.converged


def test_eigenpairs_that_are_not_found_are_left_out():
    H = Damped(np.linspace(1.0, 1.001, P))
    result = ArnoldiSolver(rank=RANK, max_iter=1, random_state=0).solve(H, RHS)
    assert not result.converged
    assert result.status is Status.TRUNCATED
    assert np.isfinite(result.x).all()


def test_eigenvalues_of_a_sketch_are_from_below():
    values = np.geomspace(100.0, 1e-10, P)
    solve = NystroemSolver(rank=20, random_state=0).prepare(Damped(values))
    found = np.sort(solve.values)[::-1]
    assert (found <= values[:20] * (1 + 1e-10)).all()
    assert_allclose(found[:5], values[:5], rtol=1e-2)
    gram = solve.vectors.T @ solve.vectors
    assert_allclose(gram, np.eye(20), atol=1e-10)


def test_damping_that_makes_an_indefinite_matrix_definite():
    values = np.geomspace(10.0, 0.1, P)
    values[0] = -5.0
    H = Damped(values, damping=6.0)
    result = NystroemSolver(rank=P, random_state=0).solve(H, RHS)
    assert result.status is Status.SOLVED
    assert_allclose(result.x, np.linalg.solve(H.matrix, RHS), rtol=1e-8, atol=1e-10)


@pytest.mark.parametrize("damping", [0.0, 1.0])
def test_a_sketch_that_meets_negative_curvature_says_so(damping):
    values = np.geomspace(10.0, 0.1, P)
    values[:20] *= -1
    result = NystroemSolver(rank=40, random_state=0).solve(Damped(values, damping), RHS)
    assert result.status is Status.NEGATIVE_CURVATURE
    assert result.n_negative is None


@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_a_preconditioner_is_positive_definite(sign):
    values = sign * np.geomspace(10.0, 1e-9, P)
    precondition = NystroemSolver(rank=RANK, random_state=0).preconditioner(
        Damped(values, 1e-3)
    )
    inverse = precondition(np.eye(P))
    assert np.linalg.eigvalsh((inverse + inverse.T) / 2).min() > 0


@pytest.mark.parametrize("solver", [ArnoldiSolver, NystroemSolver])
@pytest.mark.parametrize("settings", [{"rank": 0}, {"tol": -1.0}])
def test_settings_are_checked(solver, settings):
    with pytest.raises(ValueError, match=next(iter(settings))):
        solver(**settings).prepare(Damped(low_rank()))
