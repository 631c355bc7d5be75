"""Newton removal: the curvature without the object as well, up to exact removal."""

from numbers import Integral, Real

import numpy as np
from sklearn.exceptions import EfficiencyWarning

from sklinfluence.attribution._base import Attributor
from sklinfluence.attribution._bounds import gather, of_parameters, of_target
from sklinfluence.attribution._certificate import Certifier, distance_of
from sklinfluence.attribution._converge import converge, is_certified, refit
from sklinfluence.attribution._coordinates import (
    NaturalCoordinates,
    distance_to_optimum,
)
from sklinfluence.attribution._curvature import SolvedCurvature
from sklinfluence.attribution._descent import descended, exactly, goes_down
from sklinfluence.attribution._evaluation import changes, objects_of, own_changes
from sklinfluence.attribution._failures import (
    no_optimum,
    not_reached,
    report,
    undetermined,
    warn_uncertified,
)
from sklinfluence.attribution._hessian import HessianOperator, check_stationary
from sklinfluence.attribution._newton_steps import first_steps, newton_steps
from sklinfluence.attribution._reduced import ReducedProblems, SolvedProblems
from sklinfluence.attribution._versatile import VersatileInfluence
from sklinfluence.solvers import SOLVERS, ExplicitSolver, resolve_solver
from sklinfluence.utils._named import NamedParametersMixin
from sklinfluence.utils._progress import progress
from sklinfluence.utils._sklearn import HasMethods, Interval, StrOptions
from sklinfluence.utils._warnings import warn_user

# Operations, of which a core does some ten billion a second.
_MUCH_WORK = 1e13


class NewtonInfluence(NamedParametersMixin, Attributor):
    r"""Newton removal, with the curvature that is left without the objects.

    .. math:: \hat\theta_{-i} \approx \hat\theta -
              H_{-i}^{-1} \nabla L(\hat\theta, 1_{-i}), \qquad
              H_{-i} = \nabla^2 L(\hat\theta, 1_{-i}) .

    For a quadratic loss one step is exact; otherwise its error is of second order in
    the leverage of the object, where that of
    :class:`~sklinfluence.attribution.VersatileInfluence` is of first order.
    ``n_steps="converged"`` is exact removal of every object, without retraining.

    Parameters
    ----------
    n_steps : int or "converged", default=1
        Number of Newton steps, each after the first with fresh gradients and Hessians;
        or as many as are needed until the error is certified to be below ``tol`` (for
        a loss without certificates: until the Newton decrement is).
    tol : float, default=1e-8
        Of ``"converged"``: largest error, relative to the size of the effect.
    solver : Solver or str, default="explicit"
        How Hessians without objects are inverted: a solver, or the name of one in
        ``sklinfluence.solvers.SOLVERS``. The explicit solver stands for closed forms of
        all objects at once; any other is prepared for each object by itself, and gives
        no bounds.
    error_score : "raise" or float, default=np.nan
        Influence of objects without which the model is not determined or has no
        optimum, or ``"raise"``.

    References
    ----------
    D. Pregibon, "Logistic regression diagnostics", Annals of Statistics 9 (1981), for
    the step; F. Bach, "Self-concordant analysis for logistic regression", EJS 4
    (2010), for the class of losses with certificates.

    Examples
    --------
    >>> from sklinfluence import CoxRegressor, InfluenceExplainer
    >>> from sklinfluence.attribution import NewtonInfluence
    >>> from sklinfluence.datasets import load_rossi
    >>> X, y = load_rossi(return_X_y=True)
    >>> method = NewtonInfluence(n_steps="converged")
    >>> explainer = InfluenceExplainer(CoxRegressor(), method=method).fit(X, y)
    >>> influence, bound = explainer.influence(X[:3], return_bound=True)
    >>> bool((bound <= 1e-6 * abs(influence).max()).all())
    True
    """

    needs_objective = True
    gives_parameters = True
    gives_bounds = True

    _parameter_constraints = {
        "n_steps": [
            Interval(Integral, 1, None, closed="left"),
            StrOptions({"converged"}),
        ],
        "tol": [Interval(Real, 0, None, closed="neither")],
        "solver": [StrOptions(set(SOLVERS)), HasMethods(["prepare", "solve"])],
        "error_score": [StrOptions({"raise"}), Real],
    }

    _named = {"solver": SOLVERS}

    def __init__(self, n_steps=1, tol=1e-8, solver="explicit", error_score=np.nan):
        self.n_steps = n_steps
        self.tol = tol
        self.solver = solver
        self.error_score = error_score

    def prepare(self, problem, target):
        """Factorise the Hessian of the fit; see :meth:`Attributor.prepare`."""
        self._validate_params()
        self.problem_, self.target_ = problem, target
        fitted = problem.objective
        self.solver_ = resolve_solver(self.solver)
        self.kept_ = None
        if goes_down(fitted):
            # Exact removal starts at the fit, and solves nothing beforehand.
            if self.n_steps != "converged":
                self.start_ = VersatileInfluence(self.solver, project=True)
                self.start_.prepare(problem, target)
            return self
        gradient = fitted.objective.gradient(fitted.theta)
        if not isinstance(self.solver_, ExplicitSolver):
            whole = HessianOperator(fitted.objective, fitted.theta)
            step = SolvedCurvature([self.solver_.prepare(whole)]).solve(gradient[None])
            check_stationary(fitted, np.sqrt(abs(step[0] @ gradient)))
            return self
        self.coordinates_ = NaturalCoordinates(
            fitted.objective, fitted.theta, self.solver_
        )
        self.coordinates_.warn()
        check_stationary(fitted, distance_to_optimum(gradient, self.coordinates_))
        return self

    def attribute(self, X, y=None, removals=None, return_bound=False):
        """Estimate the change of the target; see :meth:`Attributor.attribute`."""
        function = self.target_.at(X, y)
        problem, theta = self.problem_, self.problem_.objective.theta
        gone = objects_of(removals, problem.n_objects)
        bound = of_target(function, gone) if return_bound else None
        steps, bounds = self._steps(removals, bound, len(function.value(theta)))
        influence = changes(function, theta, steps, gone, problem.verbose)
        influence[:, np.isnan(steps).any(axis=1)] = self._score_of_failures
        return (influence, bounds.T) if return_bound else influence

    def self_influence(self):
        """Estimate the diagonal only; see :meth:`Attributor.self_influence`."""
        steps, _ = self._steps(None)
        influence = own_changes(self.problem_, self.target_, steps)
        influence[np.isnan(steps).any(axis=1)] = self._score_of_failures
        return influence

    def parameter_influence(self, removals=None, return_bound=False):
        """Return θ̂₋ᵢ − θ̂; see :meth:`Attributor.parameter_influence`."""
        bound = of_parameters if return_bound else None
        width = len(self.problem_.objective.theta)
        steps, bounds = self._steps(removals, bound, width)
        # Steps are kept for later: the caller may do with a copy what it likes.
        steps = np.where(np.isnan(steps), self._score_of_failures, steps)
        return (steps, bounds) if return_bound else steps

    @property
    def _score_of_failures(self):
        return np.nan if self.error_score == "raise" else self.error_score

    def _steps(self, removals, bound=None, width=0):
        """Return the change of the parameters, and bounds where they are wanted."""
        if removals is None and bound is None and self.kept_ is not None:
            steps, failures = self.kept_
            bounds = None
        elif goes_down(self.problem_.objective):
            steps, failures, bounds = *self._descended(removals, bound), None
        else:
            reduced, failures = self._reduced(removals), {}
            pieces = self._pieces(reduced, failures, certify=bound is not None)
            steps, bounds = gather(
                pieces, reduced.coordinates, len(reduced), bound, width
            )
        if removals is None:
            self.kept_ = steps, failures
        report(failures, len(steps), self.error_score, "removals")
        return steps, bounds

    def _descended(self, removals, bound):
        """Return the changes where the objective has steps of its own, and failures."""
        problem = self.problem_
        if bound is not None:
            raise ValueError(
                "return_bound=True: no bound is known for the objective of "
                f"{type(problem.fitted).__name__}, which is not convex. Use "
                "return_bound=False, and audit() to measure the error."
            )
        gone = objects_of(removals, problem.n_objects)
        if self.n_steps == "converged":
            steps = exactly(problem.objective, gone, problem.verbose)
        else:
            start = self.start_.parameter_influence(removals)
            steps = descended(
                problem.objective, start, gone, self.n_steps, problem.verbose
            )
        lost = np.flatnonzero(np.isnan(steps).any(axis=1))
        return steps, {int(row): not_reached() for row in lost}

    def _reduced(self, removals):
        fitted = self.problem_.objective
        if isinstance(self.solver_, ExplicitSolver):
            reduced = ReducedProblems(fitted, self.coordinates_, removals)
            _warn_of_work(reduced)
            return reduced
        return SolvedProblems(fitted, self.solver_, removals)

    def _pieces(self, reduced, failures, certify):
        """Yield estimates and certified distances, a piece at a time."""
        certifier = Certifier(reduced) if certify else None
        pieces = reduced.pieces()
        for rows in progress(pieces, "removals", self.problem_.verbose):
            first = first_steps(reduced, rows)
            posed = first.curvature.determined
            if not posed.all():
                fitted = self.problem_.objective
                failures |= undetermined(fitted, self.coordinates_, first[~posed])
            first = first[posed]
            if self.n_steps == "converged":
                yield from self._converged(reduced, first, failures)
                continue
            estimates = newton_steps(reduced, first, self.n_steps)
            yield from certifier.certify(estimates) if certify else [(estimates, None)]

    def _converged(self, reduced, first, failures):
        """Yield optima, and their distances; refit where Newton steps do not arrive."""
        distance = distance_of(reduced)
        # Steps that leave the range of numbers are left to a line search, or fail.
        with np.errstate(over="ignore", invalid="ignore"):
            solved, left = converge(reduced, first, distance, self.tol)
        for estimates, reached in solved:
            yield estimates, _promised(distance, reached)
        n_uncertified = 0
        for row in [row for part in left for row in part.rows.tolist()]:
            with np.errstate(over="ignore", invalid="ignore"):
                optimum = refit(reduced, row)
            if optimum is None:
                failures[row] = _unsolved(reduced.objective)
                continue
            close = is_certified(reduced, optimum, distance, self.tol)
            n_uncertified += int(not close.all())
            yield optimum, _promised(distance, distance(optimum))
        warn_uncertified(n_uncertified, self.tol)


def _unsolved(objective):
    """Return why no optimum was found: there is none, or the way is not convex."""
    is_linear = getattr(getattr(objective, "model", None), "is_linear", True)
    return no_optimum() if is_linear and not objective.is_coercive else not_reached()


def _warn_of_work(reduced):
    """Warn where a Hessian is decomposed for every removal, and they are large."""
    m, q = len(reduced), reduced.first_gradients.shape[1]
    if reduced.has_closed_forms or m * q**3 < _MUCH_WORK:
        return
    warn_user(
        f"solver='explicit' decomposes a Hessian of {q} parameters for each of {m} "
        f"removals, about {m * q**3:.0e} operations. Use "
        "NewtonInfluence(solver='auto'), or remove fewer objects by groups=.",
        EfficiencyWarning,
    )


def _promised(distance, reached):
    """Return distances that are certified, nan where they are decrements only."""
    is_bound = isinstance(distance, Certifier)
    return reached if is_bound else np.full(len(reached), np.nan)
