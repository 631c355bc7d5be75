"""Every solver × every kind of operator × what can be wrong, against numpy.linalg."""

import numpy as np
import pytest
from scipy.sparse.linalg import LinearOperator, aslinearoperator

from sklinfluence.attribution._hessian import HessianOperator
from sklinfluence.losses import CoxPartialLikelihood, LogisticLoss
from sklinfluence.models import LinearModel
from sklinfluence.objectives import ComposedObjective
from sklinfluence.solvers import (
    SOLVERS,
    ArnoldiSolver,
    AutoSolver,
    ConjugateGradientSolver,
    DualSolver,
    ExplicitSolver,
    LissaSolver,
    NystroemSolver,
    Status,
)

P, TOL, EPS = 8, 1e-8, np.finfo(float).eps
SPECTRA = {
    "well posed": np.geomspace(0.1, 10.0, P),
    "ill conditioned": np.geomspace(1e-7, 1.0, P),
    "indefinite": np.array([-2.0, 0.3, 0.5, 1.0, 2.0, 3.0, 4.0, 5.0]),
    "singular": np.array([0.0, 0.3, 0.5, 1.0, 2.0, 3.0, 4.0, 5.0]),
}


class MatvecOnly(LinearOperator):
    """An operator that knows products with single vectors and nothing else."""

    def __init__(self, matrix):
        super().__init__(np.dtype(float), matrix.shape)
        self.matrix = matrix

    def _matvec(self, v):
        return self.matrix @ v


def core(condition):
    Q = np.linalg.qr(np.random.default_rng(0).normal(size=(P, P)))[0]
    return (Q * SPECTRA[condition]) @ Q.T


def dense(condition):
    return aslinearoperator(core(condition))


def matvec_only(condition):
    return MatvecOnly(core(condition))


def badly_scaled(condition):
    units = 10.0 ** np.linspace(-3, 3, P)
    return aslinearoperator(core(condition) * np.outer(units, units))


def cox(condition):
    rng = np.random.default_rng(2)
    time, event = rng.exponential(size=120), rng.random(120) < 0.8
    return hessian(condition, CoxPartialLikelihood(event, time))


def logistic(condition):
    y = np.random.default_rng(3).integers(0, 2, 120)
    return hessian(condition, LogisticLoss(y))


def hessian(condition, loss):
    X = np.random.default_rng(1).normal(size=(120, P))
    # Twins: their difference has curvature near or equal to nothing.
    twin = {"ill conditioned": 1e-3, "indefinite": 1e-1, "singular": 0.0}
    if condition in twin:
        X[:, 1] = X[:, 0] + twin[condition] * X[:, 1]
    # A negative penalty bends the flattest direction down, and no other.
    alpha = {"well posed": 1.0, "indefinite": -1.0}.get(condition, 0.0)
    objective = ComposedObjective(loss, LinearModel(X), alpha)
    return HessianOperator(objective, 0.1 * np.ones(P))


OPERATORS = {
    "dense": dense,
    "matvec only": matvec_only,
    "badly scaled": badly_scaled,
    "Cox": cox,
    "logistic": logistic,
}


SETTINGS = {
    "explicit": ExplicitSolver(),
    "cg": ConjugateGradientSolver(),
    "cg, diagonal": ConjugateGradientSolver(preconditioner="diagonal"),
    "cg, nystroem": ConjugateGradientSolver(
        preconditioner=NystroemSolver(rank=3, random_state=0)
    ),
    "lissa": LissaSolver(tol=TOL, random_state=0),
    "arnoldi": ArnoldiSolver(rank=P, tol=TOL),
    "nystroem": NystroemSolver(rank=P, tol=TOL, random_state=0),
    "auto, small": AutoSolver(),
    "auto, large": AutoSolver(max_explicit=0, random_state=0),
}
SOLVES_INDEFINITE = {"explicit", "arnoldi", "auto, small"}


def expected(condition, solver):
    """Return the status that each solver owes to each condition."""
    if condition == "well posed":
        return Status.SOLVED
    if condition == "ill conditioned":
        return Status.NOT_CONVERGED if solver == "lissa" else Status.SOLVED
    if condition == "singular":
        return Status.NOT_CONVERGED if solver == "lissa" else Status.SINGULAR
    if solver == "lissa":
        return Status.DIVERGED
    known = solver in SOLVES_INDEFINITE
    return Status.INDEFINITE if known else Status.NEGATIVE_CURVATURE


# Condition numbers of 1e12 and more in these units, which only what rescales survives.
# With it, the residual of the exact solution is itself above the tolerance. Some end
# one way or the other by round-off.
UNITS = {
    ("well posed", "cg"): (Status.SINGULAR, Status.SOLVED),
    ("well posed", "lissa"): Status.NOT_CONVERGED,
    ("indefinite", "lissa"): (Status.DIVERGED, Status.NOT_CONVERGED),
    ("ill conditioned", "cg"): Status.SINGULAR,
    ("ill conditioned", "cg, diagonal"): Status.NOT_CONVERGED,
    ("ill conditioned", "cg, nystroem"): Status.NOT_CONVERGED,
    ("ill conditioned", "auto, large"): Status.NOT_CONVERGED,
    ("ill conditioned", "arnoldi"): Status.SINGULAR,
    ("ill conditioned", "nystroem"): Status.SINGULAR,
}


def relative_error(x, reference):
    norm = np.linalg.norm
    return (norm(x - reference, axis=0) / norm(reference, axis=0)).max()


@pytest.mark.parametrize("k", [1, 3])
@pytest.mark.parametrize("name", SETTINGS)
@pytest.mark.parametrize("condition", SPECTRA)
@pytest.mark.parametrize("kind", OPERATORS)
def test_answer_or_diagnosis(kind, condition, name, k):
    operator = OPERATORS[kind](condition)
    matrix = operator @ np.eye(P)
    rhs = np.random.default_rng(4).normal(size=(P, k))
    result = SETTINGS[name].prepare(operator)(rhs)

    owed = expected(condition, name)
    if kind == "badly scaled":
        owed = UNITS.get((condition, name), owed)
    status = result.status
    assert status in (owed if isinstance(owed, tuple) else (owed,))
    assert result.converged == (status is Status.SOLVED)
    assert result.x.shape == rhs.shape

    left = np.linalg.norm(matrix @ result.x - rhs, axis=0)
    reported = result.residual_norm * np.linalg.norm(rhs, axis=0)
    round_off = EPS * P * np.linalg.norm(matrix, 2) * np.linalg.norm(result.x, axis=0)
    assert (np.abs(reported - left) <= 1e-12 * left + 4 * round_off).all()

    if status is Status.SOLVED or (status is Status.INDEFINITE):
        error = relative_error(result.x, np.linalg.solve(matrix, rhs))
        direct = name in {"explicit", "auto, small"}
        assert error <= (1e-9 if direct else TOL * 10)
        if not direct:
            assert (result.residual_norm <= TOL).all()


@pytest.mark.parametrize("name", [name for name in SETTINGS if name != "lissa"])
@pytest.mark.parametrize("kind", ["dense", "matvec only", "Cox", "logistic"])
def test_singular_system_that_has_a_solution(kind, name):
    # Removal gradients are of this kind: none has a part in the null space.
    operator = OPERATORS[kind]("singular")
    rhs = operator @ np.random.default_rng(5).normal(size=(P, 3))
    result = SETTINGS[name].solve(operator, rhs)
    assert result.residual_norm.max() <= TOL
    expected = np.linalg.pinv(operator @ np.eye(P), rcond=1e-11, hermitian=True) @ rhs
    if name in {"cg", "arnoldi", "nystroem"}:
        # The smallest solution, in the units of the parameters; others rescale.
        assert relative_error(result.x, expected) <= 10 * TOL


def test_every_solver_is_here():
    # The dual solver needs matrices of a form of their own; see test_dual.py.
    here = {type(solver) for solver in SETTINGS.values()} | {DualSolver}
    assert here == set(SOLVERS.values())
