"""Inverse of a matrix that is known on a subspace, and a multiple of I elsewhere."""

from dataclasses import dataclass

import numpy as np
from scipy.sparse.linalg import LinearOperator

from sklinfluence.solvers._base import SolverResult, Status, relative_residual

# Each step of refinement multiplies round-off by the condition number times eps.
_REFINEMENTS = 3


@dataclass(frozen=True)
class LowRankInverse:
    """The map v ↦ U Λ⁻¹ Uᵀ v + (v − U Uᵀ v) / λ, the second part where λ > 0.

    Parameters
    ----------
    operator : LinearOperator of shape (p, p)
        The matrix A that this is an inverse of, for residuals.
    values : ndarray of shape (r,)
        Eigenvalues Λ, none of them zero.
    vectors : ndarray of shape (p, r)
        Orthonormal eigenvectors U.
    damping : float
        λ, the eigenvalue of A everywhere else.
    tol : float
        Largest relative residual of what counts as solved.
    failure : Status
        What is wrong where a residual is larger.
    """

    operator: LinearOperator
    values: np.ndarray
    vectors: np.ndarray
    damping: float
    tol: float
    failure: Status

    def __call__(self, rhs):
        """Solve for a block of right-hand sides."""
        x, residual = self._refined(np.asarray(rhs, dtype=float))
        n_negative = int((self.values < 0).sum())
        if self.failure is Status.NEGATIVE_CURVATURE:
            n_negative = None  # known to be there, and not among the values
        solved = bool((residual <= self.tol).all())
        if n_negative:
            status, detail = Status.INDEFINITE, f"{n_negative} negative eigenvalues."
        else:
            status = Status.SOLVED if solved else self.failure
            detail = "" if solved else self._left_out(residual)
        converged = status is Status.SOLVED
        return SolverResult(x, converged, 0, residual, status, n_negative, detail)

    def invert(self, V):
        """Return the product of the inverse with V, of shape (p, k)."""
        along = self.vectors.T @ V
        x = self.vectors @ (along / self.values[:, None])
        # Without damping nothing is known about the rest: it is left out.
        rest = V - self.vectors @ along
        return x + rest / self.damping if self.damping > 0 else x

    def _refined(self, rhs):
        """Return solutions, and residuals after refinement against round-off."""
        x = self.invert(rhs)
        residual = relative_residual(self.operator, x, rhs)
        for _ in range(_REFINEMENTS):
            if (residual <= self.tol).all():
                break
            again = x + self.invert(rhs - self.operator @ x)
            found = relative_residual(self.operator, again, rhs)
            better = found < residual
            x, residual = np.where(better, again, x), np.minimum(found, residual)
        return x, residual

    def _left_out(self, residual):
        rank, p = len(self.values), self.operator.shape[0]
        return (
            f"With rank {rank} of {p}, up to {residual.max():.2g} of a right-hand side "
            "is left out."
        )
