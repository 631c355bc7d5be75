"""Solvers of x = (H + λI)⁻¹ v. They know linear algebra only."""

from sklearn.base import clone

from sklinfluence.solvers._arnoldi import ArnoldiSolver
from sklinfluence.solvers._auto import AutoSolver
from sklinfluence.solvers._base import Solver, SolverResult, Status, relative_residual
from sklinfluence.solvers._conjugate_gradient import ConjugateGradientSolver
from sklinfluence.solvers._dual import DualInverse, DualSolver, LowRankForm
from sklinfluence.solvers._explicit import ExplicitSolver, natural_basis
from sklinfluence.solvers._lissa import LissaSolver
from sklinfluence.solvers._nystroem import NystroemSolver
from sklinfluence.solvers._spectrum import definite_damping, most_negative

#: Solvers by name.
SOLVERS = {
    "auto": AutoSolver,
    "explicit": ExplicitSolver,
    "cg": ConjugateGradientSolver,
    "lissa": LissaSolver,
    "arnoldi": ArnoldiSolver,
    "nystroem": NystroemSolver,
    "dual": DualSolver,
}


def resolve_solver(solver):
    """Turn a solver or its name into a solver of its own.

    Parameters
    ----------
    solver : Solver or str
        The solver, or one of ``SOLVERS``.

    Returns
    -------
    Solver
        A new one, which can be prepared without changing the one given.
    """
    return SOLVERS[solver]() if isinstance(solver, str) else clone(solver)


__all__ = [
    "SOLVERS",
    "ArnoldiSolver",
    "AutoSolver",
    "ConjugateGradientSolver",
    "DualInverse",
    "DualSolver",
    "ExplicitSolver",
    "LissaSolver",
    "LowRankForm",
    "NystroemSolver",
    "Solver",
    "SolverResult",
    "Status",
    "definite_damping",
    "most_negative",
    "natural_basis",
    "relative_residual",
    "resolve_solver",
]
