"""The direct solver: form the Hessian and factorise it."""

from dataclasses import dataclass
from functools import cached_property
from numbers import Real

import numpy as np
from scipy import linalg

from sklinfluence.solvers._base import (
    Solver,
    SolverResult,
    Status,
    relative_residual,
)
from sklinfluence.utils._blocks import fill_lower
from sklinfluence.utils._sklearn import Interval

# The matrix, its scaled copy, and its eigenvectors with their workspace.
_MATRICES_AT_ONCE = 4
_VANISHING = 1e-150
# From this share of all columns on, the whole inverse costs less than solving for them.
_FEW_COLUMNS = 1 / 3


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
    max_memory : float, default=4e9
        Bytes that may be used. A larger matrix raises ``MemoryError`` before anything
        is allocated.

    Examples
    --------
    >>> import numpy as np
    >>> from scipy.sparse.linalg import aslinearoperator
    >>> from sklinfluence.solvers import ExplicitSolver
    >>> H = aslinearoperator(np.diag([1.0, 4.0]))
    >>> ExplicitSolver().solve(H, np.array([[1.0], [1.0]])).x.ravel()
    array([1.  , 0.25])

    Negative eigenvalues are counted:

    >>> result = ExplicitSolver().solve(
    ...     aslinearoperator(np.diag([1.0, -4.0])), np.array([[1.0], [1.0]])
    ... )
    >>> result.status.name, result.n_negative
    ('INDEFINITE', 1)
    """

    _parameter_constraints = {
        "rcond": [Interval(Real, 0, 1, closed="left")],
        "max_memory": [Interval(Real, 0, None, closed="neither")],
    }

    def __init__(self, rcond=1e-11, max_memory=4e9):
        self.rcond = rcond
        self.max_memory = max_memory

    def prepare(self, operator):
        """Form and factorise the matrix; see :class:`Solver`."""
        self._validate_params()
        self.check_size(operator.shape[0])
        matrix = _dense(operator)
        scaled, scale = _scaled(matrix, getattr(operator, "scale", None))
        factor = _cholesky(scaled, self.rcond) or _spectrum(scaled, self.rcond)
        return _Factorised(matrix, scale, factor)

    def fits(self, p):
        """Say whether a matrix of p columns fits ``max_memory``."""
        return _bytes(p) <= self.max_memory

    def check_size(self, p):
        """Refuse a matrix of p columns that takes more than ``max_memory``."""
        if not self.fits(p):
            needed = _bytes(p)
            raise MemoryError(
                f"The Hessian of {p} parameters is a matrix of {8e-9 * p**2:.3g} GB, "
                f"and to factorise it takes {needed / 1e9:.3g} GB, more than "
                f"max_memory = {self.max_memory / 1e9:.3g} GB. Use "
                'solver="auto" or "cg", which never form it, or raise max_memory with '
                "ExplicitSolver(max_memory=...)."
            )


def _bytes(p):
    return _MATRICES_AT_ONCE * 8.0 * p**2


def natural_basis(matrix, scale=None, rcond=1e-11):
    """Return B with Bᵀ A B = ±I: coordinates in which every direction is alike.

    Parameters
    ----------
    matrix : ndarray of shape (p, p)
        Symmetric matrix A.
    scale : ndarray of shape (p,), default=None
        Units of the parameters; None: square roots of the diagonal.
    rcond : float, default=1e-11
        As for :class:`ExplicitSolver`.

    Returns
    -------
    basis : ndarray of shape (p, q)
        The matrix B; directions without curvature are left out.
    status : Status
        Whether A is definite, singular or indefinite.
    """
    scaled, scale = _scaled(matrix, scale)
    spectrum = _spectrum(scaled, rcond)
    basis = spectrum.vectors / np.sqrt(np.abs(spectrum.values)) / scale[:, None]
    complete = len(spectrum.values) == len(matrix) and (spectrum.values > 0).all()
    return basis, Status.SOLVED if complete else spectrum.status


@dataclass(frozen=True)
class Product:
    """What a preconditioner returns in the place of a ``SolverResult``."""

    x: np.ndarray


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
        solved, n_negative = status is Status.SOLVED, self.factor.n_negative
        detail = f"Number of negative eigenvalues: {n_negative}." if n_negative else ""
        return SolverResult(x, solved, 0, residual, status, n_negative, detail)

    def inverse_product(self, rhs):
        """Return the product with the inverse and no more, as a preconditioner does."""
        scale = self.scale[:, None]
        return Product(self.factor.invert(rhs / scale) / scale)

    def inverse_columns(self, places):
        """Return columns of the inverse, of shape (p, len(places))."""
        columns = self.factor.inverse_columns(places)
        columns /= self.scale[:, None]
        columns /= self.scale[places]
        return columns


@dataclass(frozen=True)
class _Cholesky:
    factor: tuple
    status = Status.SOLVED
    n_negative = 0

    def invert(self, v):
        return linalg.cho_solve(self.factor, v)

    def inverse_columns(self, places):
        if len(places) < _FEW_COLUMNS * len(self.factor[0]):
            return self.invert(_unit_vectors(len(self.factor[0]), places))
        return self._inverse[:, places]

    @cached_property
    def _inverse(self):
        inverse, _ = linalg.lapack.dpotri(*self.factor)
        fill_lower(inverse)
        return inverse


@dataclass(frozen=True)
class _Spectrum:
    values: np.ndarray
    vectors: np.ndarray
    status: Status

    @property
    def n_negative(self):
        return int((self.values < 0).sum())

    def invert(self, v):
        return self.vectors @ ((self.vectors.T @ v) / self.values[:, None])

    def inverse_columns(self, places):
        return self.vectors @ (self.vectors[places].T / self.values[:, None])


def _unit_vectors(p, places):
    units = np.zeros((p, len(places)))
    units[places, np.arange(len(places))] = 1.0
    return units


def _scaled(matrix, scale):
    """Return the matrix in units of ``scale``, by default to a unit diagonal."""
    if scale is None:
        scale = np.sqrt(np.abs(np.diag(matrix)))
    # Squares of smaller scales are zero.
    scale = np.where(scale > _VANISHING, scale, 0.0)
    scale = np.where(scale > 0, scale, scale.max(initial=0.0) or 1.0)
    return matrix / np.outer(scale, scale), scale


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
