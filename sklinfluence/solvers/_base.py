"""What a solver can do: x = (H + λI)⁻¹ v, once prepared, for blocks of v."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from enum import Enum

import numpy as np
from sklearn.base import BaseEstimator


class Status(Enum):
    """How a solve ended; the value is the diagnosis, with what to do.

    ``SOLVED``; ``SINGULAR`` where some directions have no curvature and were left out;
    ``INDEFINITE`` where the parameters are not at a minimum.
    """

    SOLVED = "The system was solved."
    SINGULAR = (
        "The Hessian is singular: some directions of the parameters have no curvature "
        "(constant or collinear columns, more parameters than objects, or an optimum "
        "at infinity). The system was solved in the other directions. Add a penalty "
        "(alpha) or damping, or drop the redundant columns."
    )
    INDEFINITE = (
        "The Hessian is indefinite: the parameters are not at a minimum of the "
        "objective. The system was solved as it is, but influence is not the effect "
        "of removal there. Train to convergence, or add damping above the size of the "
        "most negative eigenvalue."
    )


@dataclass(frozen=True)
class SolverResult:
    """Solution of (H + λI) x = v, and what is known about it.

    Attributes
    ----------
    x : ndarray of shape (p, k)
        Solutions.
    converged : bool
        Whether every right-hand side was solved to tolerance.
    n_iter : int
        Iterations used, 0 for a direct solve.
    residual_norm : ndarray of shape (k,)
        Relative residuals ‖(H + λI) x − v‖ / ‖v‖.
    status : Status
        How the solve ended.
    """

    x: np.ndarray
    converged: bool
    n_iter: int
    residual_norm: np.ndarray
    status: Status


class Solver(BaseEstimator, ABC):
    """A way to solve linear systems with a Hessian."""

    @abstractmethod
    def prepare(self, operator):
        """Factorise or sketch once.

        Parameters
        ----------
        operator : scipy.sparse.linalg.LinearOperator of shape (p, p)
            Symmetric; H + λI.

        Returns
        -------
        callable
            ``solve(rhs) -> SolverResult`` for ``rhs`` of shape (p, k).
        """

    def solve(self, operator, rhs):
        """Prepare and solve once; see :meth:`prepare`."""
        return self.prepare(operator)(rhs)


def relative_residual(operator, x, rhs):
    """Return ‖A x − v‖ / ‖v‖ for every column, 0 where v is 0.

    Parameters
    ----------
    operator : LinearOperator or ndarray of shape (p, p)
        The matrix A.
    x, rhs : ndarray of shape (p, k)
        Solutions and right-hand sides v.

    Returns
    -------
    ndarray of shape (k,)
        Relative residuals.
    """
    size = np.linalg.norm(rhs, axis=0)
    residual = np.linalg.norm(operator @ x - rhs, axis=0)
    return np.divide(residual, size, out=np.zeros_like(size), where=size > 0)
