"""Solvers of x = (H + λI)⁻¹ v. They know linear algebra only."""

from sklinfluence.solvers._base import Solver, SolverResult, Status, relative_residual
from sklinfluence.solvers._explicit import ExplicitSolver

#: Solvers by name.
SOLVERS = {"explicit": ExplicitSolver}

__all__ = [
    "SOLVERS",
    "ExplicitSolver",
    "Solver",
    "SolverResult",
    "Status",
    "relative_residual",
]
