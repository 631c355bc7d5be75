"""The versatile influence function: one linear solve instead of retraining."""

from functools import partial
from numbers import Real

import numpy as np
from scipy.sparse import issparse
from sklearn.exceptions import ConvergenceWarning

from sklinfluence.attribution._base import Attributor
from sklinfluence.attribution._bounds import gather, of_parameters, of_target
from sklinfluence.attribution._certificate import certified_at
from sklinfluence.attribution._chain_rule import in_scores
from sklinfluence.attribution._clamped import clamped_steps
from sklinfluence.attribution._coordinates import NaturalCoordinates
from sklinfluence.attribution._descent import goes_down, projected
from sklinfluence.attribution._evaluation import (
    along,
    changes,
    direct_changes,
    objects_of,
    own_changes,
)
from sklinfluence.attribution._failures import ill_posed, is_checked, report
from sklinfluence.attribution._hessian import CURVATURES, check_stationary
from sklinfluence.attribution._reduced import ReducedProblems
from sklinfluence.solvers import (
    SOLVERS,
    ExplicitSolver,
    definite_damping,
    resolve_solver,
)
from sklinfluence.targets import ChangingFunction
from sklinfluence.utils._blocks import blocks, dense_columns
from sklinfluence.utils._named import NamedParametersMixin
from sklinfluence.utils._sklearn import HasMethods, Interval, StrOptions
from sklinfluence.utils._warnings import warn_user

# Of steps that are needed only once.
_NUMBERS_AT_ONCE = 1 << 21


class VersatileInfluence(NamedParametersMixin, Attributor):
    r"""Versatile influence function (VIF), for losses that need not be sums.

    .. math:: \hat\theta_{-i} - \hat\theta \approx H^{-1} r_i, \qquad
              r_i = \nabla L(\hat\theta, 1) - \nabla L(\hat\theta, 1_{-i}),

    with the removal gradient r as an exact finite difference of the presence vector.
    For a loss that is a sum over objects this is the influence function. Parameters
    that exist only for object i, as an item's output, are clamped to zero, and H is
    that of the others.

    Parameters
    ----------
    solver : Solver or str, default="explicit"
        How H⁻¹ is applied: a solver, or the name of one in
        ``sklinfluence.solvers.SOLVERS``. ``"auto"`` chooses by size.
    damping : float or "auto", default=0.0
        λ added to the diagonal of H, in the units of the summed loss. ``"auto"``: the
        least that makes H safely positive definite, by
        :func:`~sklinfluence.solvers.definite_damping`; 0 where it already is.
    linearize : bool or "auto", default="auto"
        Estimate the change of the target by its gradient, ∇f(z)ᵀ H⁻¹ rᵢ (the chain
        rule, equation 11), instead of evaluating it at θ̂ + H⁻¹ rᵢ. Cheaper for
        targets that depend on the whole training set. ``"auto"``: only where scores
        are not linear in the parameters and these outnumber the objects.
    curvature : {"hessian", "gauss_newton"}, default="hessian"
        What H is: the Hessian, or the Gauss–Newton matrix, which leaves out the
        curvature of the scores. That is positive semidefinite wherever training
        stopped, and another matrix than the Hessian unless scores are linear.
    reduced : bool, default=True
        Whether objects take their own parameters with them. False is the formula of
        the paper as it stands, whose full H lets parameters that are gone absorb the
        change.
    project : bool, default=False
        After the step, minimise exactly over the parameters for which that is easy
        given the others (variable projection): the centres of node embeddings. Of
        models that know how.

    Attributes
    ----------
    damping_ : float
        The damping λ that was used.
    solver_ : Solver
        The solver that was used.
    residual_norm_ : ndarray
        Relative residuals of the systems that were solved last, one a right-hand side:
        one a test object where the target is linearised.

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
        "linearize": ["boolean", StrOptions({"auto"})],
        "curvature": [StrOptions(set(CURVATURES))],
        "reduced": ["boolean"],
        "project": ["boolean"],
    }
    _named = {"solver": SOLVERS}

    def __init__(
        self,
        solver="explicit",
        damping=0.0,
        linearize="auto",
        curvature="hessian",
        reduced=True,
        project=False,
    ):
        self.solver = solver
        self.damping = damping
        self.linearize = linearize
        self.curvature = curvature
        self.reduced = reduced
        self.project = project

    def prepare(self, problem, target):
        """Factorise the Hessian; see :meth:`Attributor.prepare`.

        Warns where a system is not solved, as where it is singular or indefinite, and
        where the model is not at a stationary point of its objective
        (``ConvergenceWarning``).
        """
        self._validate_params()
        self.problem_, self.target_ = problem, target
        fitted = problem.objective
        if self.project and not goes_down(fitted):
            raise ValueError(
                f"project=True: {type(problem.fitted).__name__} has no parameters that "
                "are easily minimised over given the others. Use project=False."
            )
        self.solver_ = resolve_solver(self.solver)
        self.damping_ = self.damping
        curvature = partial(CURVATURES[self.curvature], fitted.objective, fitted.theta)
        if self.damping == "auto":
            self.damping_ = definite_damping(curvature())
        self.operator_ = curvature(self.damping_)
        if self._clamps:
            self.operator_.n_systems = problem.n_objects
        self.solve_, self._coordinates = self.solver_.prepare(self.operator_), None
        self._told = set()
        gradient = fitted.objective.gradient(fitted.theta)
        result = self.solve_(gradient[:, None])
        if result.n_iter == 0:
            # A direct solver speaks of the matrix. An iteration may fail for this
            # right-hand side alone, which near an optimum is all round-off.
            self._told_once(result)
        check_stationary(fitted, np.sqrt(abs(gradient @ result.x[:, 0])))
        return self

    @property
    def _clamps(self):
        """Whether objects own parameters, which leave with them."""
        return self.reduced and self.problem_.objective.objective.owned is not None

    def _is_linearized(self, function):
        if self.linearize != "auto":
            return self.linearize
        if self._clamps:
            return False
        objective = self.problem_.objective.objective
        model = getattr(objective, "model", None)
        many = objective.n_params > objective.n_objects
        bent = not getattr(model, "is_linear", True)
        return many and bent and function.is_differentiable

    def _solved(self, rhs):
        """Return H⁻¹ v for columns v."""
        return self._told_once(self.solve_(rhs)).x

    def _told_once(self, result):
        """Return a result after telling its diagnosis, if that is new."""
        self.residual_norm_ = result.residual_norm
        if not result.converged and result.status not in self._told:
            self._told.add(result.status)
            warn_user(result.message, ConvergenceWarning)
        return result

    def attribute(self, X, y=None, removals=None, return_bound=False):
        """Estimate the change of the target; see :meth:`Attributor.attribute`."""
        function = self.target_.at(X, y)
        influence = self._changes(function, removals)
        influence[:, self._refused(removals)] = np.nan
        if not return_bound:
            return influence
        gone = objects_of(removals, self._count(removals))
        bound = of_target(function, gone)
        steps, bounds = self._certified(removals, bound, len(influence))
        if self._is_linearized(function):
            bounds += np.abs(influence - self._evaluated(function, steps, removals)).T
        return influence, bounds.T

    def _changes(self, function, removals):
        theta = self.problem_.objective.theta
        if self._clamps or self.project or isinstance(function, ChangingFunction):
            return self._changes_of_reduced(function, removals)
        if self._is_linearized(function):
            return self._linear_changes(function, removals).T
        directions = function.directions()
        if directions is not None and directions.shape[1] < directions.shape[0]:
            products = self._products(directions, removals)
            return along(function, theta, directions, products)
        return self._evaluated(function, self._steps(removals), removals)

    def _changes_of_reduced(self, function, removals):
        """Return changes where objects take parameters, or test objects, along."""
        steps, theta = self._steps(removals), self.problem_.objective.theta
        if not self._is_linearized(function):
            return self._evaluated(function, steps, removals)
        shape = len(function.value(theta)), len(steps)
        influence = direct_changes(self.problem_, function, removals, shape)
        for row, removed in enumerate(objects_of(removals, len(steps))):
            influence[:, row] += function.without(removed).gradient(theta) @ steps[row]
        return influence

    def _linear_changes(self, function, removals):
        """Return ∇f(z)ᵀ H⁻¹ rᵢ, of shape (n_removals, n_test)."""
        fitted = self.problem_.objective
        found = in_scores(self.solve_, fitted, function, removals)
        if found is None:
            return self._products(function.gradient(fitted.theta).T, removals)
        products, result = found
        self._told_once(result)
        return products

    def _evaluated(self, function, steps, removals):
        problem, gone = self.problem_, objects_of(removals, len(steps))
        return changes(function, problem.objective.theta, steps, gone, problem.verbose)

    def _products(self, directions, removals):
        """Change of θᵀA for every removal: rᵀ H⁻¹ A, without forming H⁻¹ r."""
        fitted = self.problem_.objective
        if issparse(directions):
            return self._products_of_sparse(directions, removals)
        ascent = self._solved(directions)
        return fitted.objective.removal_products(fitted.theta, ascent, removals)

    def _products_of_sparse(self, directions, removals):
        """Return the same of a sparse A, whose solutions are dense: a few at a time."""
        n_removals = self._count(removals)
        products = np.empty((n_removals, directions.shape[1]))
        for some, part in dense_columns(directions):
            products[:, some] = self._products(part, removals)
        return products

    def self_influence(self):
        """Estimate the diagonal only; see :meth:`Attributor.self_influence`."""
        problem, target, linear = self.problem_, self.target_, self._is_linearized
        n, p = problem.n_objects, problem.objective.objective.n_params
        if p <= n:
            return own_changes(problem, target, self._steps(None), linear)
        # Steps are more numbers than the influence of all on all: some at a time.
        influence, everyone = np.empty(n), np.arange(n)
        for some in blocks(n, max(_NUMBERS_AT_ONCE // p, 1)):
            steps = self._steps(list(everyone[some, None]))
            influence[some] = own_changes(
                problem, target, steps, linear, everyone[some]
            )
        return influence

    def parameter_influence(self, removals=None, return_bound=False):
        """Return H⁻¹ r; see :meth:`Attributor.parameter_influence`."""
        steps = self._steps(removals)
        steps[self._refused(removals)] = np.nan
        if not return_bound:
            return steps
        return steps, self._certified(removals, of_parameters, steps.shape[1])[1]

    def _steps(self, removals):
        steps, fitted = self._newton_steps(removals), self.problem_.objective
        if not self.project:
            return steps
        gone = objects_of(removals, len(steps))
        return projected(fitted, steps, gone, self.problem_.verbose)

    def _newton_steps(self, removals):
        fitted = self.problem_.objective
        if self._clamps:
            return clamped_steps(
                self.solver_,
                self.operator_,
                self.solve_,
                fitted,
                objects_of(removals, self._count(removals)),
                self._told_once,
                self.problem_.verbose,
            )
        if fitted.objective.n_params <= self._count(removals):
            return self._products(np.eye(fitted.objective.n_params), removals)
        gradients = fitted.objective.removal_gradients(fitted.theta, removals)
        return self._solved(gradients.T).T

    def _count(self, removals):
        n_objects = self.problem_.objective.objective.n_objects
        return n_objects if removals is None else len(removals)

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
