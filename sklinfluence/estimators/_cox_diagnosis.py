"""What may be wrong with a fitted Cox model, with cause and remedy."""

import numpy as np
from sklearn.exceptions import ConvergenceWarning

from sklinfluence.utils._warnings import warn_user

_ENDLESS = 200.0


def diagnose(estimator, data, result):
    """Warn about data that do not determine the coefficients.

    Parameters
    ----------
    estimator : CoxRegressor
        For its names and parameters.
    data : CoxTrainingData
        Training data.
    result : NewtonResult
        Where Newton's method stopped.

    Warns
    -----
    UserWarning
        If a stratum has no events, or there is a single event.
    ConvergenceWarning
        If coefficients are not determined, or Newton's method did not converge.
    """
    _few_events(data)
    names, scores = estimator.covariate_names_, data.X @ result.theta
    # A hazard ratio of e^200 says the same where round-off hides the rest.
    endless = np.ptp(scores) > _ENDLESS and not (result.converged or estimator.alpha)
    constant = ~data.X.any(axis=0)
    if estimator.alpha == 0:
        _constant(names[constant])
        _collinear(names, result.flat, constant, data)
    if result.monotone or endless:
        _separated(names, result, data)
    elif not result.converged:
        _warn(
            f"Newton's method did not converge in max_iter={estimator.max_iter} steps: "
            f"max|gradient| = {np.abs(result.gradient).max():.2g}. Increase max_iter "
            "or alpha.",
        )


def _few_events(data):
    present = data.event & (data.weight > 0)
    if present.sum() == 1:
        warn_user(
            "y has 1 event; the coefficients rest on how that one subject compares "
            "with those at risk. Collect more events, or set alpha > 0.",
            UserWarning,
        )
    if data.stratum is None:
        return
    size = np.bincount(data.stratum, minlength=len(data.strata))
    events = np.bincount(data.stratum[present], minlength=len(data.strata))
    empty = np.flatnonzero(events == 0)
    if len(empty):
        some = empty[:10]
        which = dict(zip(data.strata[some].tolist(), size[some].tolist(), strict=True))
        warn_user(
            f"{len(empty)} of {len(events)} strata have no events (stratum: number of "
            f"subjects, all censored: {which}{' and others' * (len(empty) > 10)}); "
            "they contribute nothing to the fit. Merge them with others, or drop them.",
            UserWarning,
        )


def _constant(names):
    if len(names):
        _warn(
            f"The columns {names.tolist()} of X have no variance (in any stratum), so "
            "their coefficients are not determined and were set to 0. Drop them, or "
            "set alpha > 0."
        )


def _collinear(names, flat, constant, data):
    involved = undetermined(flat, data) & ~constant
    if involved.any():
        _warn(
            f"The columns {names[involved].tolist()} of X are constant or collinear on "
            f"the subjects at risk ({len(names)} columns, {int(data.event.sum())} "
            "events): their coefficients are not determined, and the solution without "
            "a component along the undetermined directions was taken. Drop columns, "
            "or set alpha > 0."
        )


def undetermined(flat, data):
    """Say which coefficients take part in a direction without curvature.

    Parameters
    ----------
    flat : ndarray of shape (n_flat, p)
        Directions without curvature.
    data : CoxTrainingData
        Training data, for the units of the columns.

    Returns
    -------
    ndarray of shape (p,), bool
        True where the data do not determine the coefficient.
    """
    spread = data.X.std(axis=0)
    size = np.abs(flat * np.where(spread > 0, spread, 1.0))
    return (size > 1e-6 * size.max(axis=1, keepdims=True, initial=0.0)).any(axis=0)


def _separated(names, result, data):
    along = result.step if result.monotone else result.theta
    effect = np.abs(along) * data.X.std(axis=0)
    involved = effect > 0.1 * effect.max()
    reached = dict(
        zip(names[involved], result.theta[involved].round(2).tolist(), strict=True)
    )
    _warn(
        "The partial likelihood is monotone (separation): the columns "
        f"{names[involved].tolist()} predict the order of the events perfectly, so "
        f"their coefficients grow without bound (stopped at {reached}; standard errors "
        "mean nothing). Set alpha > 0, such as alpha=1, or merge or drop the columns."
    )


def _warn(message):
    warn_user(message, ConvergenceWarning)
