"""What a solver can do: x = (H + λI)⁻¹ v, once prepared, for blocks of v."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from enum import Enum

import numpy as np
from sklearn.base import BaseEstimator


class Status(Enum):
    """How a solve ended; the value is the diagnosis, with what to do.

    ``SOLVED``; ``SINGULAR`` where some directions have no curvature and were left out;
    ``INDEFINITE`` where the parameters are not at a minimum; ``NEGATIVE_CURVATURE``
    where that stopped an iteration; ``NOT_CONVERGED`` where the iterations did not
    suffice; ``DIVERGED`` where they grew; ``TRUNCATED`` where a subspace did not.
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
    NEGATIVE_CURVATURE = (
        "The Hessian has negative curvature: the parameters are not at a minimum of "
        "the objective, and the system was not solved. Train to convergence, add "
        "damping above the size of the most negative eigenvalue, or use "
        'solver="explicit", which solves the system as it is.'
    )
    NOT_CONVERGED = (
        "The residual did not reach its tolerance within the iterations, or stalled at "
        "round-off: the Hessian is ill-conditioned or singular. Allow more iterations "
        "(max_iter, depth), precondition, standardise the columns, add a penalty "
        '(alpha) or damping, or use solver="explicit".'
    )
    DIVERGED = (
        "The iteration diverged: its numbers grew beyond what positive curvature below "
        "twice the scale allows. Raise scale above the largest eigenvalue (of the "
        "batches, where there are such), enlarge the batches, add damping where the "
        'Hessian is not positive definite, or use solver="cg" or "explicit".'
    )
    TRUNCATED = (
        "The subspace of the solver leaves out too much: the residual is the share of "
        "the right-hand side that was not solved for. Raise rank, add damping, or use "
        'solver="cg", which needs no subspace.'
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
    n_negative : int or None
        Number of negative eigenvalues; of those that were computed, where only some
        were; None where none were.
    detail : str
        What is particular to this solve, in a sentence; may be empty.
    """

    x: np.ndarray
    converged: bool
    n_iter: int
    residual_norm: np.ndarray
    status: Status
    n_negative: int | None = None
    detail: str = ""

    @property
    def message(self):
        """The diagnosis with its remedy, and what is particular to this solve."""
        return f"{self.status.value} {self.detail}".strip()


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


def iterated(operator, x, rhs, n_iter, tol, failure, detail=""):
    """Return the result of an iteration, judged by its true residual.

    Parameters
    ----------
    operator : LinearOperator of shape (p, p)
        The matrix A.
    x, rhs : ndarray of shape (p, k)
        Solutions and right-hand sides v.
    n_iter : int
        Iterations used.
    tol : float
        Largest relative residual of what counts as solved.
    failure : Status
        What is wrong where a residual is larger.
    detail : str, default=""
        As in :class:`SolverResult`.

    Returns
    -------
    SolverResult
        Converged exactly where every relative residual is at most ``tol``.
    """
    residual = relative_residual(operator, x, rhs)
    if (residual <= tol).all():
        return SolverResult(x, True, n_iter, residual, Status.SOLVED, detail=detail)
    said = f"Largest relative residual: {residual.max():.2g} after {n_iter} iterations."
    detail = f"{said} {detail}".strip()
    return SolverResult(x, False, n_iter, residual, failure, detail=detail)


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
    return np.divide(residual, size, out=np.zeros_like(size), where=size != 0)
