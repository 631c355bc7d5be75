"""Solvers of x = (H + λI)⁻¹ v. They know linear algebra only."""

from sklearn.base import clone

from sklinfluence.solvers._base import Solver, SolverResult, Status, relative_residual
from sklinfluence.solvers._explicit import ExplicitSolver, natural_basis

#: Solvers by name.
SOLVERS = {"explicit": ExplicitSolver}


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
    "ExplicitSolver",
    "Solver",
    "SolverResult",
    "Status",
    "natural_basis",
    "relative_residual",
    "resolve_solver",
]
