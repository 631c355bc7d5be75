"""The objectives that are left when objects are removed, many at once."""

from functools import cached_property

import numpy as np

from sklinfluence.attribution._coordinates import ParameterCoordinates
from sklinfluence.attribution._curvature import (
    DowndatedCurvature,
    SolvedCurvature,
    StackedCurvature,
)
from sklinfluence.attribution._hessian import HessianOperator
from sklinfluence.solvers import AutoSolver
from sklinfluence.utils._blocks import blocks

_NUMBERS_AT_ONCE = 1 << 22
_MATRICES_AT_ONCE = 1 << 25
# A group of less leverage leaves curvature in every direction.
_SMALL_LEVERAGE = 0.9
# A penalty with this share of the curvature determines a direction by itself.
_ENOUGH = 1e-6


class ReducedProblems:
    """min L(θ, b) for m sets of objects removed, in natural coordinates of the fit.

    Parameters
    ----------
    fitted : FittedObjective
        Objective and fitted parameters.
    coordinates : NaturalCoordinates
        Coordinates around the fit.
    removals : list of ndarray of int, default=None
        Sets of objects, each removed at once; None: each object by itself.

    Attributes
    ----------
    removals : ndarray of int of shape (m,), or list of ndarray of int
        The removals.
    first_gradients : ndarray of shape (m, q)
        Gradients of the reduced objectives at the fit.
    """

    def __init__(self, fitted, coordinates, removals=None):
        self.objective, self.theta = fitted.objective, fitted.theta
        self.coordinates = coordinates
        self._single = removals is None
        everyone = np.arange(self.objective.n_objects)
        self.removals = everyone if removals is None else removals
        full = coordinates.gradients(self.objective.gradient(self.theta))
        gone = coordinates.removal_gradients(self.objective, removals)
        self.first_gradients = full - gone

    def __len__(self):
        return len(self.removals)

    def pieces(self):
        """Return blocks of removals whose Hessians fit the memory, as index arrays.

        Some blocks at least where there are many removals, for the progress bar; not
        too many, since each has costs of its own.
        """
        size = min(_MATRICES_AT_ONCE // self._numbers, max(len(self) // 16, 512))
        everything = np.arange(len(self))
        return [everything[b] for b in blocks(len(self), max(size, 1))]

    def presences(self, rows):
        """Return which objects are present without each removal, (len(rows), n)."""
        present = np.ones((len(rows), self.objective.n_objects))
        for place, row in enumerate(rows):
            present[place, self.removals[row]] = 0.0
        return present

    def first_curvature(self, rows):
        """Return the curvature that removal leaves at the fit, by closed forms."""
        if not self._single:
            return self.curvature(np.zeros_like(self.first_gradients[rows]), rows)
        objects = self.removals[rows]
        if self._roots is not None:
            return DowndatedCurvature(self.coordinates.basis.T @ self._roots(objects))
        return StackedCurvature(self.coordinates.hessians(self._hessians(objects)))

    @property
    def has_closed_forms(self):
        """Whether the first curvature takes no decomposition of a whole matrix."""
        return self._single and self._roots is not None

    def surely_determined(self):
        """Say whether no removal can leave a direction undetermined.

        A group that takes out less curvature in all than there is in any direction
        leaves some in each. Where removal changes the terms of others, only the
        curvature that is left can tell.
        """
        if self._least_of_penalty > _ENOUGH:
            return True
        if self._single or self._roots is None:
            return False
        everyone = np.arange(self.objective.n_objects)
        leverage = np.empty(len(everyone))
        for some in blocks(len(everyone), _NUMBERS_AT_ONCE // self._numbers + 1):
            taken = self.coordinates.basis.T @ self._roots(everyone[some])
            leverage[some] = np.sum(taken**2, axis=(1, 2))
        return all(leverage[group].sum() < _SMALL_LEVERAGE for group in self.removals)

    @property
    def _least_of_penalty(self):
        """Least share of curvature, in any direction, that is due to the penalty."""
        penalty = getattr(self.objective, "penalty", None)
        if penalty is None or penalty.depends_on_presence:
            return 0.0
        basis = self.coordinates.basis
        alpha = np.broadcast_to(penalty.strength(), len(basis))
        return np.linalg.eigvalsh(basis.T @ (alpha[:, None] * basis)).min(initial=1.0)

    @cached_property
    def _roots(self):
        return self.objective.removal_roots(self.theta)

    @cached_property
    def _hessians(self):
        return self.objective.removal_hessians(self.theta)

    def gradients(self, xi, rows):
        """Return gradients of the reduced objectives at ξ, of shape (len(rows), q)."""
        gradients = np.empty_like(xi)
        for some in self._sweep(rows):
            thetas = self.coordinates.thetas(xi[some])
            found = self.objective.gradients(thetas, self.presences(rows[some]))
            gradients[some] = self.coordinates.gradients(found)
        return gradients

    def curvature(self, xi, rows):
        """Return the curvature of the reduced objectives at ξ."""
        matrices = np.empty((*xi.shape, xi.shape[1]))
        for some in self._sweep(rows):
            thetas = self.coordinates.thetas(xi[some])
            hessians = self.objective.hessians(thetas, self.presences(rows[some]))
            matrices[some] = self.coordinates.hessians(hessians)
        return StackedCurvature(matrices)

    def _sweep(self, rows):
        """Cover removals by blocks of so many that a number an object fits for each."""
        size = _NUMBERS_AT_ONCE // self.objective.n_objects
        return blocks(len(rows), max(size, 1))

    @cached_property
    def concordance(self):
        """What bounds the change of curvature, None where nothing is known."""
        return self.objective.concordance(self.theta, self.coordinates.basis)

    @property
    def n_coordinates(self):
        """Number q of coordinates."""
        return self.first_gradients.shape[1]

    @property
    def _numbers(self):
        """How many numbers the Hessian of a reduced problem takes, with temporaries."""
        return max(4 * self.n_coordinates**2, 1)


class SolvedProblems(ReducedProblems):
    """Reduced problems whose Hessians are solved by products, one after another.

    Parameters
    ----------
    fitted : FittedObjective
        Objective and fitted parameters.
    solver : Solver
        How a system with a Hessian is solved.
    removals : list of ndarray of int, default=None
        As for :class:`ReducedProblems`.
    """

    concordance = None
    _numbers = 1
    _roots = None

    def __init__(self, fitted, solver, removals=None):
        super().__init__(fitted, ParameterCoordinates(fitted.theta), removals)
        if isinstance(solver, AutoSolver):
            self._whole.n_systems = len(self)
            solver = solver.nearby(self._whole)
        self.solver = solver

    def first_curvature(self, rows):
        """Return the Hessians that removal leaves at the fit, as operators."""
        return self.curvature(np.zeros((len(rows), len(self.theta))), rows)

    def curvature(self, xi, rows):
        """Return the Hessians of the reduced objectives at ξ, as operators."""
        thetas, present = self.coordinates.thetas(xi), self.presences(rows)
        operators = [
            HessianOperator(self.objective, theta, presence=b)
            for theta, b in zip(thetas, present, strict=True)
        ]
        for operator in operators:
            # Removal changes little in it, and it costs as much as some products.
            operator.block_preconditioner = self._whole.block_preconditioner
        return SolvedCurvature([self.solver.prepare(op) for op in operators])

    @cached_property
    def _whole(self):
        return HessianOperator(self.objective, self.theta)
