"""The solver for few scores of many parameters: a system of the size of the scores."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from scipy import linalg

from sklinfluence.solvers._base import Solver, Status, iterated

_ACCURACY = 1e-8


@dataclass(frozen=True)
class LowRankForm:
    r"""A matrix D + Jᵀ C J with a diagonal D, by the parts of it that are small.

    Attributes
    ----------
    diagonal : ndarray of shape (p,)
        D, positive.
    inner : ndarray of shape (s, s)
        C, symmetric.
    gram : ndarray of shape (s, s)
        J D⁻¹ Jᵀ; None where D is not positive.
    jvp, vjp : callable
        Products of J with (p, k), and of Jᵀ with (s, k).
    """

    diagonal: np.ndarray
    inner: np.ndarray
    gram: np.ndarray
    jvp: Callable
    vjp: Callable


class DualSolver(Solver):
    r"""Solve in the space of the scores, whose number decides the cost.

    For a matrix :math:`D + J^\top C J` with s scores, as the damped Gauss–Newton
    matrix of a network is, and the Gram matrix :math:`G = J D^{-1} J^\top`,

    .. math:: (D + J^\top C J)^{-1} v = D^{-1} v
              - D^{-1} J^\top C\, (I + G C)^{-1} J D^{-1} v .

    It is exact, takes s² numbers and s³ operations, and where right-hand sides are
    combinations of gradients of scores, it never meets the p parameters. The operator
    must offer a ``low_rank_form()``; that of ``curvature="gauss_newton"`` does.

    References
    ----------
    M. A. Woodbury, "Inverting modified matrices", Memorandum Report 42, Princeton
    (1950); for networks, the neural tangent kernel: A. Jacot, F. Gabriel and
    C. Hongler, arXiv:1806.07572 (2018).

    Examples
    --------
    >>> import numpy as np
    >>> from scipy.sparse.linalg import aslinearoperator
    >>> from sklinfluence.solvers import DualSolver, LowRankForm
    >>> J = np.array([[1.0, 2.0, 3.0]])
    >>> H = aslinearoperator(np.eye(3) + J.T @ J)
    >>> H.low_rank_form = lambda: LowRankForm(
    ...     np.ones(3), np.eye(1), J @ J.T, J.__matmul__, J.T.__matmul__
    ... )
    >>> DualSolver().solve(H, J.T).x.ravel().round(3)
    array([0.067, 0.133, 0.2  ])
    """

    _parameter_constraints: dict = {}

    def prepare(self, operator):
        """Factorise the system of the scores; see :class:`Solver`."""
        self._validate_params()
        if not hasattr(operator, "low_rank_form"):
            raise ValueError(
                'solver="dual" needs a matrix that is a diagonal plus one of the rank '
                f"of the scores; got a {type(operator).__name__}, which says nothing "
                'of that. Use it with curvature="gauss_newton", or take solver="auto".'
            )
        form = operator.low_rank_form()
        if not (form.diagonal > 0).all():
            raise ValueError(
                f'solver="dual" needs a positive diagonal, got {form.diagonal.min():g} '
                "for some parameters: intercepts and biases have no penalty of their "
                "own. Add positive damping, such as VersatileInfluence(damping=1.0); "
                'damping="auto" is 0 where the matrix is definite without.'
            )
        return DualInverse(operator, form)


@dataclass(frozen=True)
class DualInverse:
    """The inverse of a matrix D + Jᵀ C J.

    Parameters
    ----------
    operator : LinearOperator of shape (p, p)
        The matrix, for residuals.
    form : LowRankForm
        Its parts.
    """

    operator: Any
    form: LowRankForm

    def __call__(self, rhs):
        """Solve for a block of right-hand sides, of shape (p, k)."""
        rhs = np.asarray(rhs, dtype=float)
        x = self._invert(rhs)
        # One step of refinement, against round-off where D is small.
        x = x + self._invert(rhs - self.operator @ x)
        return iterated(
            self.operator, x, rhs, 0, _ACCURACY, Status.SINGULAR, self._detail
        )

    def scores(self, cross):
        """Return J x without x, of right-hand sides v given by J D⁻¹ v.

        Parameters
        ----------
        cross : ndarray of shape (s, k)
            J D⁻¹ v: the Gram matrix with what v is the gradient of.

        Returns
        -------
        SolverResult
            Its ``x`` is J x, of shape (s, k), and its residuals are those of the
            system of the scores.
        """
        solution = linalg.lu_solve(self._factor, cross)
        solution += linalg.lu_solve(self._factor, cross - self._system @ solution)
        return iterated(
            self._system,
            solution,
            cross,
            0,
            _ACCURACY,
            Status.SINGULAR,
            self._detail,
        )

    def _invert(self, rhs):
        scaled = rhs / self.form.diagonal[:, None]
        inner = self.form.inner @ linalg.lu_solve(self._factor, self.form.jvp(scaled))
        return scaled - self.form.vjp(inner) / self.form.diagonal[:, None]

    @cached_property
    def _system(self):
        return np.eye(len(self.form.gram)) + self.form.gram @ self.form.inner

    @cached_property
    def _factor(self):
        return linalg.lu_factor(self._system)

    @property
    def _detail(self):
        return f"Solved in the space of {len(self.form.gram)} scores."
