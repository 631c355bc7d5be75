"""Removals after which there is nothing to estimate, and why."""

import numpy as np
from sklearn.exceptions import ConvergenceWarning, FitFailedWarning

from sklinfluence.attribution._descent import goes_down
from sklinfluence.attribution._newton_steps import first_steps
from sklinfluence.attribution._reduced import ReducedProblems
from sklinfluence.utils._warnings import warn_user

# Hessians of more parameters are not looked at.
_MOST_PARAMETERS = 2000


def report(failures, n_removals, error_score, what):
    """Warn about removals that failed, or raise the first failure.

    Parameters
    ----------
    failures : dict of int to Exception
        Reasons, by position of the removal.
    n_removals : int
        Number of removals.
    error_score : "raise" or float
        What failed removals were given.
    what : str
        What failed, in the plural.
    """
    if not failures:
        return
    first = min(failures)
    if error_score == "raise":
        raise failures[first]
    warn_user(
        f"{len(failures)} of {n_removals} {what} failed; their influence is set to "
        f"{error_score}. The first was removal {first}: {failures[first]!r}. Set "
        "error_score='raise' to stop at failures.",
        FitFailedWarning,
    )


def undetermined(fitted, coordinates, estimates):
    """Explain which parameters nothing determines any more.

    Parameters
    ----------
    fitted : FittedObjective
        Objective, parameters and their names.
    coordinates : NaturalCoordinates
        Coordinates of the fit.
    estimates : Estimates
        Reduced problems without curvature in some direction.

    Returns
    -------
    dict of int to ValueError
        Reasons, by position of the removal.
    """
    scale = fitted.objective.curvature_scale(fitted.theta)
    along = np.abs(estimates.curvature.weakest() @ coordinates.basis.T) * scale
    involved = along > 0.1 * along.max(axis=1, keepdims=True)
    return {
        row: ValueError(
            "without these objects nothing determines the parameters "
            f"{fitted.parameter_names[some].tolist()}: their columns are constant or "
            "collinear on what is left. Keep some of the objects, drop the columns, "
            "or fit with a penalty"
        )
        for row, some in zip(estimates.rows.tolist(), involved, strict=True)
    }


def warn_uncertified(count, tol):
    """Warn about optima that were found but could not be certified.

    Parameters
    ----------
    count : int
        Their number.
    tol : float
        What they were to be certified to.
    """
    if count:
        warn_user(
            f"{count} removals were solved by a line search to a small gradient, but "
            f"not certified to be within tol={tol:g} of their optimum: they leave "
            "hardly any curvature in some direction (near-separation or "
            "near-collinearity). Use return_bound=True to see what is known, or fit "
            "with a penalty.",
            ConvergenceWarning,
        )


def not_reached():
    """Explain that steps down an objective with a minimum did not come to rest."""
    return ValueError(
        "without these objects Newton steps did not come to a minimum, as where it is "
        "nearly flat, or where the fit was not at one. Fit to a smaller tolerance or "
        "with a larger penalty, or train anew with method='loo'"
    )


def no_optimum():
    """Explain that a reduced objective has no minimum, or that it was not reached."""
    return ValueError(
        "without these objects the objective has no minimum that Newton's method "
        "reaches (separation: some parameters grow without bound). Fit with a penalty"
    )


def is_checked(fitted):
    """Say whether removals of groups are checked.

    They are where Hessians are small enough, and where the curvature at the fit says
    what is left: an objective that is not convex, but has steps down, may be curved
    downwards there and have a minimum all the same.
    """
    return fitted.objective.n_params <= _MOST_PARAMETERS and not goes_down(fitted)


def ill_posed(fitted, coordinates, removals):
    """Find sets of objects without which some parameters are not determined.

    Parameters
    ----------
    fitted : FittedObjective
        Objective, parameters and their names.
    coordinates : NaturalCoordinates
        Coordinates of the fit.
    removals : list of ndarray of int or None
        Sets of objects; None: each object by itself.

    Returns
    -------
    dict of int to ValueError
        Reasons, by position of the set.
    """
    reduced = ReducedProblems(fitted, coordinates, removals)
    failures = {}
    if reduced.surely_determined():
        return failures
    for rows in reduced.pieces():
        first = first_steps(reduced, rows)
        lost = ~first.curvature.determined
        if lost.any():
            failures |= undetermined(fitted, coordinates, first[lost])
    return failures
