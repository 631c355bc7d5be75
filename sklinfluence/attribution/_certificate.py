r"""How far an estimate can be from the retrained optimum: a bound, not a guess.

Let f be convex with :math:`|D^3 f[u, v, v]| \le \rho(u) D^2 f[v, v]` for a seminorm ρ,
and K a matrix with :math:`D^2 f(\xi) \succeq e^{-\rho_0} K` at the estimate ξ. With the
gradient g at ξ, :math:`\lambda = \|g\|_{K^{-1}}` and
:math:`\kappa = \sup_u \rho(u) / \|u\|_K`, if :math:`x = \kappa e^{\rho_0} \lambda < 1`,
then f has a unique minimiser, and its distance from ξ in the norm of K is at most
:math:`-\log(1 - x) / \kappa`. The user guide has the proof.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from sklinfluence.attribution._coordinates import NaturalCoordinates
from sklinfluence.solvers import Status
from sklinfluence.utils._progress import progress

# Rounding errors of a gradient, and of a Hessian, for each unit of their terms.
_ROUND_OFF = 2.0 * np.finfo(float).eps
_CURVATURE_ROUND_OFF = 100.0 * np.finfo(float).eps
# So close to one, the condition of the theorem would be decided by rounding errors.
_LARGEST_X = 0.999
# Operations for which objects of a piece get constants of their own.
_WORK = 1 << 33


@dataclass
class Estimates:
    """Estimated optima of some reduced problems, and what is known about them.

    Attributes
    ----------
    rows : ndarray of int of shape (m,)
        Which of the reduced problems.
    xi : ndarray of shape (m, q)
        Estimates, in natural coordinates.
    gradient : ndarray of shape (m, q) or None
        Gradients of the reduced objectives there, where they are known.
    base : ndarray of shape (m, q)
        Where the curvature was taken.
    curvature : StackedCurvature or DowndatedCurvature
        Curvature of the reduced objectives at ``base``.
    """

    rows: np.ndarray
    xi: np.ndarray
    gradient: np.ndarray | None
    base: np.ndarray
    curvature: Any

    def __getitem__(self, some):
        gradient = None if self.gradient is None else self.gradient[some]
        parts = (self.rows[some], self.xi[some], gradient, self.base[some])
        return Estimates(*parts, self.curvature[some])


class Certifier:
    """The theorem, with the constants of one fitted objective.

    Parameters
    ----------
    reduced : ReducedProblems
        The reduced problems.

    Raises
    ------
    ValueError
        If the objective is not known to be self-concordant.
    """

    def __init__(self, reduced):
        self.reduced = reduced
        self._concordance = reduced.concordance
        if not isinstance(reduced.coordinates, NaturalCoordinates):
            raise ValueError(
                "return_bound=True: no bound is known without the Hessians themselves, "
                "and the solver of this method has products with them only. Use "
                "solver='explicit'."
            )
        if self._concordance is None:
            raise ValueError(
                "return_bound=True: no bound is known for the objective "
                f"{type(reduced.objective).__name__} of this model; bounds need a "
                "self-concordant loss (such as that of Cox, logistic, multinomial, "
                "linear or Poisson regression) of linear scores. Use "
                "return_bound=False, and audit() to measure the error."
            )
        self._curvature_rounding = (
            _CURVATURE_ROUND_OFF * reduced.coordinates.size_of_terms
        )
        self._rounding = _ROUND_OFF * self._concordance.size_of_terms
        # No distance below it can be certified.
        self.round_off = 4.0 * self._rounding
        # What was left out as flat need not be: then nothing can be promised.
        self.is_complete = reduced.coordinates.status is Status.SOLVED

    def __call__(self, estimates):
        """Return the distance of each optimum in the norm of its curvature, (m,).

        nan where the condition of the theorem fails: then nothing is promised.
        """
        smallest = np.maximum(estimates.curvature.smallest, 0.0)
        with np.errstate(divide="ignore", invalid="ignore"):
            # Of all objects, in the norm of the fit, which is at most so much larger.
            return self._radius(
                estimates, self._concordance.largest / np.sqrt(smallest)
            )

    def certify(self, estimates):
        """Certify estimates, with constants of their own where the common ones fail.

        Parameters
        ----------
        estimates : Estimates
            Estimates; their gradients are filled in where they are missing.

        Yields
        ------
        Estimates, ndarray of shape (m,)
            Some of the estimates, in whose norms the radii hold, and the radii.
        """
        if estimates.gradient is None:
            estimates.gradient = self.reduced.gradients(estimates.xi, estimates.rows)
        radius = self(estimates)
        again = np.flatnonzero(~np.isfinite(radius) & self.is_complete)
        again = again[: self._most_at_once()]
        rest = np.setdiff1d(np.arange(len(radius)), again)
        yield estimates[rest], radius[rest]
        if len(again):
            yield self._certify_each(estimates[again])

    def _most_at_once(self):
        """Say how many removals of a piece can have constants of their own."""
        q = self.reduced.n_coordinates
        work = (self.reduced.objective.n_objects + q) * q**2
        return max(_WORK // max(work, 1), 1)

    def _certify_each(self, estimates):
        """Take the curvature at the estimates, and κ of the objects that are left."""
        xi, rows = estimates.xi, estimates.rows
        curvature = self.reduced.curvature(xi, rows)
        estimates = Estimates(rows, xi, estimates.gradient, xi, curvature)
        pairs = zip(rows, curvature.roots(), strict=True)
        kappa = [
            self._concordance.largest_without(self.reduced.removals[row], root)
            for row, root in pairs
        ]
        return estimates, self._radius(estimates, np.array(kappa))

    def _radius(self, estimates, kappa):
        curvature = estimates.curvature
        moved = self._concordance(estimates.xi - estimates.base)
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            rounding = self._rounding / np.sqrt(np.maximum(curvature.smallest, 0.0))
            decrement = norms(estimates.gradient, curvature) + rounding
            # The share of the least curvature that rounding errors cannot touch.
            sure = 1.0 - self._curvature_rounding / curvature.smallest
            decrement = np.exp(moved) * decrement / sure
            radius = decrement * _log_ratio(kappa * decrement)
        holds = self.is_complete & _definite(curvature) & (sure > 0.5)
        return np.where(holds, radius, np.nan)


def certified_at(reduced, xi, verbose):
    """Certify estimates that were come by in any way.

    Parameters
    ----------
    reduced : ReducedProblems
        The reduced problems.
    xi : ndarray of shape (m, q)
        Estimates, in natural coordinates.
    verbose : int
        Whether to show progress.

    Yields
    ------
    Estimates, ndarray
        Some of the estimates, and their certified distances.
    """
    certifier = Certifier(reduced)
    for rows in progress(reduced.pieces(), "certificates", verbose):
        base, curvature = np.zeros_like(xi[rows]), reduced.first_curvature(rows)
        yield from certifier.certify(Estimates(rows, xi[rows], None, base, curvature))


def distance_of(reduced):
    """Return what says how far the optima of estimates are.

    The theorem, where it applies; else the Newton decrement, which is no bound but
    tends to the distance.

    Parameters
    ----------
    reduced : ReducedProblems
        The reduced problems.

    Returns
    -------
    callable
        ``distance(estimates)`` of shape (m,).
    """
    if reduced.concordance is None:
        return Decrement()
    certifier = Certifier(reduced)
    return certifier if certifier.is_complete else Decrement()


class Decrement:
    """The Newton decrement: the distance of the optimum, near it."""

    round_off = _ROUND_OFF

    def __call__(self, estimates):
        """Return the Newton decrements, nan where the estimate is no minimum."""
        decrement = norms(estimates.gradient, estimates.curvature)
        return np.where(_definite(estimates.curvature), decrement, np.nan)


def norms(G, curvature):
    """Return √(gᵀ K⁻¹ g), the Newton decrement, for each row g of G."""
    return np.sqrt(np.maximum(np.sum(G * curvature.solve(G), axis=1), 0.0))


def _definite(curvature):
    """Say where there is curvature upwards in every direction: none was left out."""
    return curvature.determined & (curvature.smallest > 0)


def _log_ratio(x):
    """Return −log(1 − x) / x, 1 at 0 and nan towards 1."""
    inside = np.where((x > 0) & (x < _LARGEST_X), x, 0.5)
    ratio = np.where(x < _LARGEST_X, -np.log1p(-inside) / inside, np.nan)
    return np.where(x == 0, 1.0, ratio)
