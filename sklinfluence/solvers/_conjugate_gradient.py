"""Conjugate gradients on a block of right-hand sides."""

from dataclasses import dataclass
from functools import partial
from numbers import Integral, Real
from typing import Any

import numpy as np

from sklinfluence.solvers._base import Solver, Status, iterated
from sklinfluence.solvers._cg_block import conjugate_gradients
from sklinfluence.solvers._few_directions import few_directions
from sklinfluence.solvers._nystroem import NystroemSolver
from sklinfluence.utils._blocks import blocks
from sklinfluence.utils._sklearn import HasMethods, Interval, StrOptions

_MAX_ITER = 10_000
_COLUMNS_AT_ONCE = 64
# Of a block of right-hand sides; the recursion holds eight of its size.
_NUMBERS_AT_ONCE = 1 << 24
# A restart from the true residual must at least halve it to be followed by another.
_PROGRESS = 0.5
_SEVERITY = (
    Status.NOT_CONVERGED,
    Status.SINGULAR,
    Status.NEGATIVE_CURVATURE,
    Status.DIVERGED,
)


class ConjugateGradientSolver(Solver):
    """Conjugate gradients, which need products with the Hessian only.

    All right-hand sides are iterated at once, each with its own step lengths, so that
    each iteration is one product with a block; those that have converged drop out.
    What counts is the true residual: where round-off has moved it away from that of
    the recursion, the iteration restarts from it. Negative curvature, pᵀAp < 0 for a
    search direction p, stops the iteration; the solution is then the combination of
    its iterates with the smallest residual. Many right-hand sides that are nearly
    combinations of a few are solved by way of those; the residuals reported are their
    own.

    Parameters
    ----------
    tol : float, default=1e-8
        Largest relative residual of what counts as solved.
    max_iter : int, default=None
        Largest number of iterations; None: ten times the number of parameters, and at
        most 10 000.
    preconditioner : None, {"diagonal", "blocks", "nystroem"} or Solver, default=None
        An approximate inverse that is positive definite. ``"diagonal"`` makes units of
        columns harmless; it takes the ``scale`` of the operator where it has one, and
        a product with every unit vector where not. ``"blocks"`` inverts the block of
        each output, for operators that know their ``block_preconditioner``, and is
        ``"diagonal"`` for others. ``"nystroem"`` stands for :class:`NystroemSolver`,
        which removes the largest eigenvalues.

    References
    ----------
    M. R. Hestenes and E. Stiefel, "Methods of conjugate gradients for solving linear
    systems", J. Res. NBS 49 (1952); R. Weiss, "Properties of generalized conjugate
    gradient methods", Numerical Linear Algebra with Applications 1 (1994), for the
    smoothing of residuals; appendix C of J. Deng, W. Tang and J. W. Ma,
    arXiv:2412.01335 (2024).

    Examples
    --------
    >>> import numpy as np
    >>> from scipy.sparse.linalg import aslinearoperator
    >>> from sklinfluence.solvers import ConjugateGradientSolver
    >>> H = aslinearoperator(np.diag([1.0, 4.0]))
    >>> result = ConjugateGradientSolver().solve(H, np.array([[1.0], [1.0]]))
    >>> result.x.ravel(), result.n_iter
    (array([1.  , 0.25]), 2)
    """

    _parameter_constraints = {
        "tol": [Interval(Real, 0, None, closed="neither")],
        "max_iter": [Interval(Integral, 1, None, closed="left"), None],
        "preconditioner": [
            StrOptions({"diagonal", "blocks", "nystroem"}),
            HasMethods(["prepare", "solve"]),
            None,
        ],
    }

    def __init__(self, tol=1e-8, max_iter=None, preconditioner=None):
        self.tol = tol
        self.max_iter = max_iter
        self.preconditioner = preconditioner

    def prepare(self, operator):
        """Make the preconditioner; see :class:`Solver`."""
        self._validate_params()
        max_iter = self.max_iter or min(10 * operator.shape[0], _MAX_ITER)
        precondition = _resolve(self.preconditioner, operator)
        return _Iteration(operator, precondition, self.tol, max_iter)


@dataclass(frozen=True)
class _Iteration:
    operator: Any
    precondition: Any
    tol: float
    max_iter: int

    def __call__(self, rhs):
        rhs = np.asarray(rhs, dtype=float)
        size = np.linalg.norm(rhs, axis=0)
        # Unit right-hand sides: no overflow, and residuals are relative.
        unit = rhs / np.where(size == 0, 1.0, size)
        x, left, n_iter, failures = self._combined(unit)
        todo = np.flatnonzero(~(np.linalg.norm(left, axis=0) <= self.tol))
        rest, more, wrong = self._solve(left[:, todo], self.tol)
        x[:, todo] += rest
        failures |= wrong | {Status.NOT_CONVERGED}
        failure = max(failures, key=_SEVERITY.index)
        return iterated(self.operator, x * size, rhs, n_iter + more, self.tol, failure)

    def _combined(self, rhs):
        """Solve for the few directions that right-hand sides are combined of.

        Gradients of many test objects lie close to a subspace of far fewer
        dimensions. Returns solutions, what is left of the right-hand sides,
        iterations, and a set of what is wrong.
        """
        found = few_directions(rhs, self.tol / 4)
        if found is None:
            return np.zeros_like(rhs), rhs, 0, set()
        basis, weights = found
        tol = self.tol / np.sqrt(max(basis.shape[1], 1))
        x, n_iter, failures = self._solve(basis, tol)
        left = rhs - (self.operator @ x) @ weights
        return x @ weights, left, n_iter, failures

    def _solve(self, rhs, tol):
        """Return solutions, iterations, and a set of what is wrong."""
        x, n_iter, failures = np.zeros_like(rhs), 0, set()
        for some in blocks(rhs.shape[1], max(_NUMBERS_AT_ONCE // len(rhs), 1)):
            x[:, some], iterations, wrong = self._solve_block(rhs[:, some], tol)
            n_iter = max(n_iter, iterations)
            failures |= wrong
        return x, n_iter, failures

    def _solve_block(self, rhs, tol):
        x, n_iter, failures = np.zeros_like(rhs), 0, set()
        todo = np.flatnonzero(~(np.linalg.norm(rhs, axis=0) <= tol))
        left = rhs[:, todo]
        while len(todo) and n_iter < self.max_iter:
            found = conjugate_gradients(
                self.operator, self.precondition, left, tol / 2, self.max_iter - n_iter
            )
            n_iter += found.n_iter
            failures |= set(found.failures.values())
            rest = left - self.operator @ found.x
            before, now = np.linalg.norm(left, axis=0), np.linalg.norm(rest, axis=0)
            better = now < before
            x[:, todo[better]] += found.x[:, better]
            again = (now > tol) & (now < _PROGRESS * before)
            again[list(found.failures)] = False
            todo, left = todo[again], rest[:, again]
        return x, n_iter, failures


def _resolve(preconditioner, operator):
    """Return the product with the inverse of the preconditioner, a function."""
    if preconditioner is None:
        return np.copy
    if preconditioner == "blocks":
        known = getattr(operator, "block_preconditioner", None)
        preconditioner = "diagonal" if known is None else known
    if isinstance(preconditioner, str):
        if preconditioner == "diagonal":
            return partial(np.multiply, 1.0 / _diagonal(operator)[:, None])
        preconditioner = NystroemSolver()
    if isinstance(preconditioner, NystroemSolver):
        return preconditioner.preconditioner(operator)
    return partial(_solution, preconditioner.prepare(operator))


def _solution(solve, R):
    return solve(R).x


def _diagonal(operator):
    """Return the size of the diagonal, 1 where it vanishes."""
    scale = getattr(operator, "scale", None)
    diagonal = _probed(operator) if scale is None else np.square(scale)
    return np.where(diagonal != 0, np.abs(diagonal), 1.0)


def _probed(operator):
    p = operator.shape[0]
    diagonal = np.empty(p)
    for some in blocks(p, _COLUMNS_AT_ONCE):
        columns = np.arange(p)[some]
        units = np.zeros((p, len(columns)))
        units[columns, np.arange(len(columns))] = 1.0
        diagonal[some] = (operator @ units)[columns, np.arange(len(columns))]
    return diagonal
