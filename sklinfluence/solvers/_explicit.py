"""The direct solver: form the Hessian and factorise it."""

from dataclasses import dataclass

import numpy as np
from scipy import linalg

from sklinfluence.solvers._base import (
    Solver,
    SolverResult,
    Status,
    relative_residual,
)


class ExplicitSolver(Solver):
    """Cholesky factorisation of the Hessian; eigenvectors where it is not definite.

    The matrix is first scaled, by the ``scale`` of the operator where it has one and
    to a unit diagonal where not, so that units of columns do not decide what counts
    as singular.

    Parameters
    ----------
    rcond : float, default=1e-11
        Eigenvalues of the scaled matrix up to ``rcond`` times the largest count as
        zero; their directions are left out of the solution.

    Examples
    --------
    >>> import numpy as np
    >>> from scipy.sparse.linalg import aslinearoperator
    >>> from sklinfluence.solvers import ExplicitSolver
    >>> H = aslinearoperator(np.diag([1.0, 4.0]))
    >>> ExplicitSolver().solve(H, np.array([[1.0], [1.0]])).x.ravel()
    array([1.  , 0.25])
    """

    def __init__(self, rcond=1e-11):
        self.rcond = rcond

    def prepare(self, operator):
        """Form and factorise the matrix; see :class:`Solver`."""
        matrix = _dense(operator)
        scale = getattr(operator, "scale", None)
        if scale is None:
            scale = np.sqrt(np.abs(np.diag(matrix)))
        scale = np.where(scale > 0, scale, scale.max(initial=0.0) or 1.0)
        scaled = matrix / np.outer(scale, scale)
        factor = _cholesky(scaled, self.rcond) or _spectrum(scaled, self.rcond)
        return _Factorised(matrix, scale, factor)


@dataclass(frozen=True)
class _Factorised:
    matrix: np.ndarray
    scale: np.ndarray
    factor: object

    def __call__(self, rhs):
        scale = self.scale[:, None]
        x = self.factor.invert(rhs / scale) / scale
        residual = relative_residual(self.matrix, x, rhs)
        status = self.factor.status
        return SolverResult(x, status is Status.SOLVED, 0, residual, status)


@dataclass(frozen=True)
class _Cholesky:
    factor: tuple
    status = Status.SOLVED

    def invert(self, v):
        return linalg.cho_solve(self.factor, v)


@dataclass(frozen=True)
class _Spectrum:
    values: np.ndarray
    vectors: np.ndarray
    status: Status

    def invert(self, v):
        return self.vectors @ ((self.vectors.T @ v) / self.values[:, None])


def _cholesky(matrix, rcond):
    """Return the factor, or None where the matrix is not safely definite."""
    try:
        factor, lower = linalg.cho_factor(matrix)
    except linalg.LinAlgError:
        return None
    estimate, _ = linalg.lapack.dpocon(factor, linalg.norm(matrix, 1), uplo="U")
    return _Cholesky((factor, lower)) if estimate > rcond else None


def _spectrum(matrix, rcond):
    values, vectors = linalg.eigh(matrix)
    kept = np.abs(values) > rcond * np.abs(values).max(initial=0.0)
    status = Status.INDEFINITE if (values[kept] < 0).any() else Status.SINGULAR
    return _Spectrum(values[kept], vectors[:, kept], status)


def _dense(operator):
    if hasattr(operator, "to_dense"):
        return operator.to_dense()
    return operator @ np.eye(operator.shape[1])
