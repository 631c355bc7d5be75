"""Outcomes that the model did not expect, and hazards that are not proportional."""

import numpy as np
import pandas as pd
from scipy import stats

from sklinfluence.diagnostics import leverage


def residuals(model):
    """Return how far each outcome is from what the model expects.

    Deviance residuals of Cox and logistic models, standardised residuals of linear
    ones: roughly standard normal where the model holds (of survival models, apart from
    censored rows).

    Parameters
    ----------
    model : Model
        The fitted model.

    Returns
    -------
    Series of shape (n,)
        Residuals; positive: an earlier event, a class 1 or a larger number than
        expected.

    References
    ----------
    T. M. Therneau, P. M. Grambsch, T. R. Fleming, "Martingale-based residuals for
    survival models", Biometrika 77 (1990).
    """
    table, X = model.table, model.explainer.problem_.X
    values = {"survival": _cox, "classes": _logistic, "number": _linear}[table.kind](
        model, X, table.y
    )
    return pd.Series(values, index=table.X.index, name="residual")


def _cox(model, X, y):
    estimator = model.explainer.estimator_
    # All rows are of one stratum.
    (hazard,) = estimator.baseline_.cumulative_at(y["time"], np.zeros(1, dtype=int))
    expected = hazard * np.exp(estimator.predict(X))
    event = y["event"].astype(float)
    martingale = event - expected
    inside = martingale + event * np.log(np.where(event > 0, expected, 1.0))
    return np.sign(martingale) * np.sqrt(-2 * np.minimum(inside, 0.0))


def _logistic(model, X, y):
    sign = np.where(y == 1, 1.0, -1.0)
    score = model.explainer.decision_function(X)
    return sign * np.sqrt(2 * np.logaddexp(0.0, -sign * score))


def _linear(model, X, y):
    error, share = y - model.explainer.predict(X), leverage(model.explainer)
    spread = np.sqrt(np.sum(error**2) / (len(y) - share.sum()))
    return error / (spread * np.sqrt(1 - np.clip(share, 0.0, 1 - 1e-9)))


def proportionality(model):
    """Test for each coefficient whether it stays the same over time.

    The correlation of scaled Schoenfeld residuals with the rank of the event times.

    Parameters
    ----------
    model : Model
        A fitted Cox model.

    Returns
    -------
    DataFrame of shape (p, 2)
        ``trend``, the correlation of a coefficient with time (negative: the effect
        fades from positive to negative), and ``p``.

    References
    ----------
    P. M. Grambsch and T. M. Therneau, "Proportional hazards tests and diagnostics
    based on weighted residuals", Biometrika 81 (1994).
    """
    estimator, X = model.explainer.estimator_, model.explainer.problem_.X
    event, time = model.table.y["event"], model.table.y["time"]
    at_events = schoenfeld(X.to_numpy(), event, time, estimator.predict(X))
    scaled = at_events @ estimator.covariance_ * len(at_events)
    rank = stats.rankdata(time[event])
    rank = rank - rank.mean()
    variance = len(at_events) * np.diag(estimator.covariance_) * np.sum(rank**2)
    spread = np.linalg.norm(rank) * np.linalg.norm(scaled - scaled.mean(0), axis=0)
    # Where all events are at one time, nothing can change over time.
    with np.errstate(invalid="ignore"):
        statistic, trend = (rank @ scaled) ** 2 / variance, rank @ scaled / spread
    return pd.DataFrame(
        {"trend": trend, "p": stats.chi2.sf(statistic, 1)}, index=X.columns
    )


def schoenfeld(X, event, time, score):
    """Return covariates of events minus their mean over those at risk (Efron).

    Parameters
    ----------
    X : ndarray of shape (n, p)
        Covariates.
    event : ndarray of shape (n,), bool
        Whether the event was observed.
    time : ndarray of shape (n,)
        Times.
    score : ndarray of shape (n,)
        Log-risks.

    Returns
    -------
    ndarray of shape (n_events, p)
        Residuals, in the order of the rows.
    """
    order = np.argsort(-time, kind="stable")
    weight = np.exp(score - score.max())
    # All with an equal time are at risk: the last of them in descending order.
    at = np.unique(time[event])
    last = np.searchsorted(-time[order], -at, side="right") - 1
    total = np.cumsum(weight[order])[last]
    sums = np.cumsum((weight[:, None] * X)[order], axis=0)[last]
    out = np.zeros((len(time), X.shape[1]))
    for instant, all_weight, all_sum in zip(at, total, sums, strict=True):
        tied = np.flatnonzero(event & (time == instant))
        # The first of tied events has all of them at risk, the last only itself.
        gone = np.arange(len(tied)) / len(tied)
        left = all_weight - gone * weight[tied].sum()
        means = (all_sum - gone[:, None] * (weight[tied] @ X[tied])) / left[:, None]
        out[tied] = X[tied] - means.mean(axis=0)
    return out[event]
