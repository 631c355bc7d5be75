"""The solver that is chosen by the size and the structure of the matrix."""

from dataclasses import dataclass, field, replace
from numbers import Integral, Real
from typing import Any

from sklinfluence.solvers._base import Solver, Status
from sklinfluence.solvers._conjugate_gradient import ConjugateGradientSolver
from sklinfluence.solvers._explicit import ExplicitSolver
from sklinfluence.solvers._nystroem import NystroemSolver
from sklinfluence.utils._sklearn import Interval

# A matrix that is known by products only takes one with every unit vector to form.
_DEARER_BY_PRODUCTS = 4
# To factorise a matrix takes as long as so many systems by products, a parameter.
_SYSTEMS_A_PARAMETER = 1 / 200


class AutoSolver(Solver):
    """The explicit solver for small matrices, conjugate gradients for large ones.

    Up to ``max_explicit`` parameters the Hessian is factorised, which is exact and
    recognises singular and indefinite matrices; up to a fourth of that where the
    operator has no ``to_dense``; and as far as the memory goes where objects own
    parameters and are many, since each is a system of its own. Beyond, conjugate
    gradients are preconditioned by the blocks of the outputs of a model, where it has
    such, or by a Nyström sketch of ``rank`` columns. What was chosen is the ``detail``
    of every result.

    Parameters
    ----------
    max_explicit : int, default=4000
        Largest number of parameters of a matrix to factorise.
    rank : int, default=100
        Of the sketch.
    tol : float, default=1e-8
        Largest relative residual, of conjugate gradients.
    random_state : int, RandomState instance or None, default=None
        Of the sketch.

    Attributes
    ----------
    chosen_ : Solver
        The solver that was chosen when this one was last prepared.

    Examples
    --------
    >>> import numpy as np
    >>> from scipy.sparse.linalg import aslinearoperator
    >>> from sklinfluence.solvers import AutoSolver
    >>> H = aslinearoperator(np.diag([1.0, 4.0]))
    >>> result = AutoSolver().solve(H, np.array([[1.0], [1.0]]))
    >>> result.detail
    'Chosen for 2 parameters: ExplicitSolver().'
    """

    _parameter_constraints = {
        "max_explicit": [Interval(Integral, 0, None, closed="left")],
        "rank": [Interval(Integral, 1, None, closed="left")],
        "tol": [Interval(Real, 0, None, closed="neither")],
        "random_state": ["random_state"],
    }

    def __init__(self, max_explicit=4000, rank=100, tol=1e-8, random_state=None):
        self.max_explicit = max_explicit
        self.rank = rank
        self.tol = tol
        self.random_state = random_state

    def prepare(self, operator):
        """Choose a solver and prepare it; see :class:`Solver`."""
        self._validate_params()
        self.chosen_ = self._choose(operator)
        name = " ".join(repr(self.chosen_).split())
        said = f"Chosen for {operator.shape[0]} parameters: {name}."
        return _Chosen(self.chosen_.prepare(operator), said)

    def nearby(self, operator):
        """Return a solver for operators that are near this one.

        Parameters
        ----------
        operator : LinearOperator of shape (p, p)
            The Hessian with all objects, where those without some are to be solved.

        Returns
        -------
        Solver
            Conjugate gradients, with the factor of this operator as preconditioner
            where it is small enough for one, which leaves them few iterations.
        """
        solve = self.prepare(operator)
        factor = getattr(solve, "factor", None)
        if factor is None or factor.status is not Status.SOLVED:
            return self.chosen_
        return _Nearby(self.chosen_, solve, self.tol)

    def _choose(self, operator):
        largest = self.max_explicit
        if not hasattr(operator, "to_dense"):
            largest //= _DEARER_BY_PRODUCTS
        explicit, p = ExplicitSolver(), operator.shape[0]
        often = getattr(operator, "n_systems", 0) > _SYSTEMS_A_PARAMETER * p
        if p <= largest or (often and explicit.fits(p)):
            return explicit
        preconditioner = "blocks"
        if getattr(operator, "block_preconditioner", None) is None:
            preconditioner = NystroemSolver(self.rank, random_state=self.random_state)
        return ConjugateGradientSolver(self.tol, preconditioner=preconditioner)


@dataclass(frozen=True)
class _Nearby:
    """A solver of operators near one that is factorised.

    Iterations start from it; where they do not arrive, the operator itself is
    factorised.
    """

    direct: Solver
    solve: Any = field(repr=False)
    tol: float = 1e-8

    def prepare(self, operator):
        near = _Prepared(self.solve.inverse_product)
        iteration = ConjugateGradientSolver(self.tol, preconditioner=near)
        iterate = iteration.prepare(operator)

        def solve(rhs):
            result = iterate(rhs)
            return result if result.converged else self.direct.solve(operator, rhs)

        return solve


@dataclass(frozen=True)
class _Prepared:
    """What is prepared for one operator, in the place of a solver of others."""

    solve: Any = field(repr=False)

    def prepare(self, operator):
        return self.solve


@dataclass(frozen=True)
class _Chosen:
    solve: Any
    said: str

    def __call__(self, rhs):
        result = self.solve(rhs)
        return replace(result, detail=f"{result.detail} {self.said}".strip())

    def __getattr__(self, name):
        # What the chosen solver can do beyond solving, this one can.
        if name.startswith("_"):
            raise AttributeError(name)
        return getattr(self.solve, name)
