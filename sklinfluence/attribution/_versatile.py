"""The versatile influence function: one linear solve instead of retraining."""

from numbers import Real

import numpy as np
from sklearn.exceptions import ConvergenceWarning

from sklinfluence.attribution._base import Attributor
from sklinfluence.attribution._bounds import gather, of_parameters
from sklinfluence.attribution._certificate import certified_at
from sklinfluence.attribution._coordinates import NaturalCoordinates
from sklinfluence.attribution._evaluation import (
    along,
    changes,
    objects_of,
    own_changes,
)
from sklinfluence.attribution._failures import ill_posed, is_checked, report
from sklinfluence.attribution._hessian import HessianOperator, check_stationary
from sklinfluence.attribution._reduced import ReducedProblems
from sklinfluence.solvers import (
    SOLVERS,
    ExplicitSolver,
    definite_damping,
    resolve_solver,
)
from sklinfluence.utils._named import NamedParametersMixin
from sklinfluence.utils._sklearn import HasMethods, Interval, StrOptions
from sklinfluence.utils._warnings import warn_user


class VersatileInfluence(NamedParametersMixin, Attributor):
    r"""Versatile influence function (VIF), for losses that need not be sums.

    .. math:: \hat\theta_{-i} - \hat\theta \approx H^{-1} r_i, \qquad
              r_i = \nabla L(\hat\theta, 1) - \nabla L(\hat\theta, 1_{-i}),

    with the removal gradient r as an exact finite difference of the presence vector.
    For a loss that is a sum over objects this is the influence function.

    Parameters
    ----------
    solver : Solver or str, default="explicit"
        How H⁻¹ is applied: a solver, or the name of one in
        ``sklinfluence.solvers.SOLVERS``. ``"auto"`` chooses by size.
    damping : float or "auto", default=0.0
        λ added to the diagonal of H, in the units of the summed loss. ``"auto"``: the
        least that makes H safely positive definite, by
        :func:`~sklinfluence.solvers.definite_damping`; 0 where it already is.
    linearize : bool, default=False
        Estimate the change of the target by its gradient, ∇f(z)ᵀ H⁻¹ rᵢ (the chain
        rule, equation 11), instead of evaluating it at θ̂ + H⁻¹ rᵢ. Cheaper for
        targets that depend on the whole training set.

    Attributes
    ----------
    damping_ : float
        The damping λ that was used.
    solver_ : Solver
        The solver that was used.

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
    gives_bounds = True

    _parameter_constraints = {
        "solver": [StrOptions(set(SOLVERS)), HasMethods(["prepare", "solve"])],
        "damping": [Interval(Real, 0, None, closed="left"), StrOptions({"auto"})],
        "linearize": ["boolean"],
    }
    _named = {"solver": SOLVERS}

    def __init__(self, solver="explicit", damping=0.0, linearize=False):
        self.solver = solver
        self.damping = damping
        self.linearize = linearize

    def prepare(self, problem, target):
        """Factorise the Hessian; see :meth:`Attributor.prepare`.

        Warns where a system is not solved, as where it is singular or indefinite, and
        where the model is not at a stationary point of its objective
        (``ConvergenceWarning``).
        """
        self._validate_params()
        self.problem_, self.target_ = problem, target
        fitted = problem.objective
        self.solver_ = resolve_solver(self.solver)
        self.damping_ = self.damping
        if self.damping == "auto":
            bare = HessianOperator(fitted.objective, fitted.theta)
            self.damping_ = definite_damping(bare)
        operator = HessianOperator(fitted.objective, fitted.theta, self.damping_)
        self.solve_, self._coordinates = self.solver_.prepare(operator), None
        self._told = set()
        gradient = fitted.objective.gradient(fitted.theta)
        step = self._solved(gradient[:, None])[:, 0]
        check_stationary(fitted, np.sqrt(abs(gradient @ step)))
        return self

    def _solved(self, rhs):
        """Return H⁻¹ v for columns v; each diagnosis is told once."""
        result = self.solve_(rhs)
        if not result.converged and result.status not in self._told:
            self._told.add(result.status)
            warn_user(result.message, ConvergenceWarning)
        return result.x

    def attribute(self, X, y=None, removals=None, return_bound=False):
        """Estimate the change of the target; see :meth:`Attributor.attribute`."""
        function = self.target_.at(X, y)
        influence = self._changes(function, removals)
        influence[:, self._refused(removals)] = np.nan
        if not return_bound:
            return influence
        steps, bounds = self._certified(removals, function.bounds, len(influence))
        if self.linearize:
            bounds += np.abs(influence - self._evaluated(function, steps, removals)).T
        return influence, bounds.T

    def _changes(self, function, removals):
        theta = self.problem_.objective.theta
        if self.linearize:
            return self._products(function.gradient(theta).T, removals).T
        directions = function.directions()
        if directions is not None and directions.shape[1] < directions.shape[0]:
            products = self._products(directions, removals)
            return along(function, theta, directions, products)
        return self._evaluated(function, self._steps(removals), removals)

    def _evaluated(self, function, steps, removals):
        problem, gone = self.problem_, objects_of(removals, len(steps))
        return changes(function, problem.objective.theta, steps, gone, problem.verbose)

    def _products(self, directions, removals):
        """Change of θᵀA for every removal: rᵀ H⁻¹ A, without forming H⁻¹ r."""
        fitted, ascent = self.problem_.objective, self._solved(directions)
        return fitted.objective.removal_products(fitted.theta, ascent, removals)

    def self_influence(self):
        """Estimate the diagonal only; see :meth:`Attributor.self_influence`."""
        return own_changes(
            self.problem_, self.target_, self._steps(None), self.linearize
        )

    def parameter_influence(self, removals=None, return_bound=False):
        """Return H⁻¹ r; see :meth:`Attributor.parameter_influence`."""
        steps = self._steps(removals)
        steps[self._refused(removals)] = np.nan
        if not return_bound:
            return steps
        return steps, self._certified(removals, of_parameters, steps.shape[1])[1]

    def _steps(self, removals):
        fitted = self.problem_.objective
        n_removals = fitted.objective.n_objects if removals is None else len(removals)
        if fitted.objective.n_params <= n_removals:
            return self._products(np.eye(fitted.objective.n_params), removals)
        gradients = fitted.objective.removal_gradients(fitted.theta, removals)
        return self._solved(gradients.T).T

    def _refused(self, removals):
        """Return the groups without which the model is not determined."""
        if removals is None or not is_checked(self.problem_.objective):
            return []
        failures = ill_posed(self.problem_.objective, self.coordinates_, removals)
        report(failures, len(removals), np.nan, "groups")
        return list(failures)

    def _certified(self, removals, bound, width):
        """Return steps and bounds on the distance of what they lead to."""
        coordinates = self.coordinates_
        reduced = ReducedProblems(self.problem_.objective, coordinates, removals)
        xi = coordinates.of_steps(self._steps(removals))
        pieces = certified_at(reduced, xi, self.problem_.verbose)
        return gather(pieces, coordinates, len(reduced), bound, width)

    @property
    def coordinates_(self):
        """Natural coordinates of the fit, made when they are first needed."""
        if self._coordinates is None:
            fitted, solver = self.problem_.objective, self.solver_
            self._coordinates = NaturalCoordinates(
                fitted.objective,
                fitted.theta,
                solver if isinstance(solver, ExplicitSolver) else None,
            )
        return self._coordinates
