"""The versatile influence function: one linear solve instead of retraining."""

import math
import warnings
from numbers import Real

import numpy as np
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning

from sklinfluence.attribution._base import Attributor
from sklinfluence.attribution._hessian import HessianOperator, check_stationary
from sklinfluence.solvers import SOLVERS
from sklinfluence.utils._blocks import blocks
from sklinfluence.utils._named import NamedParametersMixin
from sklinfluence.utils._progress import progress
from sklinfluence.utils._sklearn import HasMethods, Interval, StrOptions, safe_indexing

_NUMBERS_AT_ONCE = 1 << 15  # temporaries that fit the cache


class VersatileInfluence(NamedParametersMixin, Attributor):
    r"""Versatile influence function (VIF), for losses that need not be sums.

    .. math:: \hat\theta_{-i} - \hat\theta \approx H^{-1} r_i, \qquad
              r_i = \nabla L(\hat\theta, 1) - \nabla L(\hat\theta, 1_{-i}),

    with the removal gradient r as an exact finite difference of the presence vector.
    For a loss that is a sum over objects this is the influence function.

    Parameters
    ----------
    solver : Solver or {"explicit"}, default="explicit"
        How H⁻¹ is applied.
    damping : float, default=0.0
        λ added to the diagonal of H, in the units of the summed loss.
    linearize : bool, default=False
        Estimate the change of the target by its gradient, ∇f(z)ᵀ H⁻¹ rᵢ (the chain
        rule, equation 11), instead of evaluating it at θ̂ + H⁻¹ rᵢ. Cheaper for
        targets that depend on the whole training set.

    References
    ----------
    Equations 10 and 11 of J. Deng, W. Tang and J. W. Ma, "A Versatile Influence
    Function for Data Attribution with Non-Decomposable Loss", arXiv:2412.01335 (2024).

    Examples
    --------
    >>> from sklinfluence import CoxRegressor, InfluenceExplainer
    >>> from sklinfluence.attribution import VersatileInfluence
    >>> from sklinfluence.datasets import load_rossi
    >>> X, y = load_rossi(return_X_y=True)
    >>> method = VersatileInfluence(damping=1e-3)
    >>> explainer = InfluenceExplainer(CoxRegressor(), method=method).fit(X, y)
    >>> explainer.influence(X[:3]).shape
    (3, 432)
    """

    needs_objective = True
    gives_parameters = True

    _parameter_constraints = {
        "solver": [StrOptions(set(SOLVERS)), HasMethods(["prepare", "solve"])],
        "damping": [Interval(Real, 0, None, closed="left")],
        "linearize": ["boolean"],
    }
    _named = {"solver": SOLVERS}

    def __init__(self, solver="explicit", damping=0.0, linearize=False):
        self.solver = solver
        self.damping = damping
        self.linearize = linearize

    def prepare(self, problem, target):
        """Factorise the Hessian; see :meth:`Attributor.prepare`.

        Warns where it is singular or indefinite, and where the model is not at a
        stationary point of its objective (``ConvergenceWarning``).
        """
        self._validate_params()
        self.problem_, self.target_ = problem, target
        fitted = problem.objective
        named = isinstance(self.solver, str)
        solver = SOLVERS[self.solver]() if named else clone(self.solver)
        operator = HessianOperator(fitted.objective, fitted.theta, self.damping)
        self.solve_ = solver.prepare(operator)
        check = self.solve_(fitted.objective.gradient(fitted.theta)[:, None])
        if not check.converged:
            warnings.warn(check.status.value, ConvergenceWarning, stacklevel=2)
        check_stationary(fitted, self.solve_)
        return self

    def attribute(self, X, y=None, removals=None):
        """Estimate the change of the target; see :meth:`Attributor.attribute`."""
        function = self.target_.at(X, y)
        if self.linearize:
            gradient = function.gradient(self.problem_.objective.theta)
            return self._products(gradient.T, removals).T
        directions = function.directions()
        if directions is None:
            return self._evaluated(function, removals)
        return self._along(function, directions, removals)

    def _products(self, directions, removals):
        """Change of θᵀA for every removal: rᵀ H⁻¹ A, without forming H⁻¹ r."""
        fitted, ascent = self.problem_.objective, self.solve_(directions).x
        return fitted.objective.removal_products(fitted.theta, ascent, removals)

    def _along(self, function, directions, removals):
        """Evaluate a target that depends on θᵀA only, in place: the result is large."""
        theta = self.problem_.objective.theta
        before = theta @ directions
        value = function.of_projections(before.copy())
        if directions.shape[1] < directions.shape[0]:
            influence, steps = self._products(directions, removals), None
        else:
            steps = self.parameter_influence(removals)
            influence = np.empty((len(steps), len(before)))
        for block in self._pieces(*influence.shape):
            part = influence[block]
            if steps is not None:
                np.matmul(steps[block], directions, out=part)
            part += before
            np.subtract(function.of_projections(part), value, out=part)
        return influence.T

    def _evaluated(self, function, removals):
        """Evaluate a target at θ̂ + H⁻¹ r."""
        theta, steps = self.problem_.objective.theta, self.parameter_influence(removals)
        before = function.value(theta)
        influence = np.empty((len(steps), len(before)))
        width = max(len(before), function.width)
        for block in self._pieces(len(steps), width):
            after = function.values(theta + steps[block], _removals_of(block, removals))
            np.subtract(after, before, out=influence[block])
        return influence.T

    def self_influence(self):
        """Estimate the diagonal only; see :meth:`Attributor.self_influence`."""
        problem, theta = self.problem_, self.problem_.objective.theta
        steps = self.parameter_influence()
        influence = np.empty(len(steps))
        # A block of b removals on their own b rows forms b² numbers.
        for block in self._pieces(len(steps), math.isqrt(_NUMBERS_AT_ONCE)):
            rows = _removals_of(block)
            y = None if problem.y is None else safe_indexing(problem.y, rows)
            function = self.target_.at(safe_indexing(problem.X, rows), y)
            if self.linearize:
                change = np.sum(function.gradient(theta) * steps[block], axis=1)
            else:
                after = function.values(theta + steps[block], rows)
                change = np.diag(after) - function.value(theta)
            influence[block] = change
        return influence

    def parameter_influence(self, removals=None):
        """Return H⁻¹ r; see :meth:`Attributor.parameter_influence`."""
        fitted = self.problem_.objective
        n_removals = fitted.objective.n_objects if removals is None else len(removals)
        if fitted.objective.n_params <= n_removals:
            return self._products(np.eye(fitted.objective.n_params), removals)
        gradients = fitted.objective.removal_gradients(fitted.theta, removals)
        return self.solve_(gradients.T).x.T

    def _pieces(self, n, width):
        """Cover n removals by blocks of so many that ``width`` numbers each fit."""
        pieces = list(blocks(n, max(_NUMBERS_AT_ONCE // width, 1)))
        return progress(pieces, "influence", self.problem_.verbose)


def _removals_of(block, removals=None):
    if removals is None:
        return np.arange(block.start, block.stop)
    return removals[block]
