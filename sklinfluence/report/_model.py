"""Choose a model for the outcome and fit it, so that there is something to look at."""

import warnings
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from scipy import stats
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge
from sklearn.metrics import r2_score, roc_auc_score

from sklinfluence import CoxRegressor, InfluenceExplainer
from sklinfluence.attribution import NewtonInfluence
from sklinfluence.attribution._coordinates import (
    NaturalCoordinates,
    distance_to_optimum,
)
from sklinfluence.report._read import Table
from sklinfluence.report._request import listed
from sklinfluence.report._separation import aliased, separating

NAMES = {
    "survival": "Cox proportional hazards regression (Efron's treatment of ties)",
    "classes": "logistic regression",
    "number": "linear regression",
}


@dataclass(frozen=True)
class Model:
    """A fitted model.

    Attributes
    ----------
    table : Table
        What it was fitted to, without aliased columns.
    explainer : InfluenceExplainer
        Exact removal of every row, of the model of columns in standard deviations.
    alpha : float
        Ridge penalty, on columns in standard deviations.
    coefficients : DataFrame of shape (p, ...)
        Columns ``coefficient``, ``error`` (standard error), ``lower``, ``upper`` (95 %
        confidence), ``p`` (nan under a penalty), all a unit of the column, ``scale``
        (the standard deviation of the column) and ``inflation`` (of the variance, by
        the other columns); the index names the columns of the table.
    facts : dict of str to float
        ``gradient`` and ``distance`` (in standard errors) to the optimum,
        ``condition`` of the columns, ``fit`` (concordance, or R² for numbers),
        ``iterations`` (nan for a closed form).
    aliased : dict of str to list of str
        Columns that were left out, and what they are made of.
    no_maximum : str
        Why the likelihood has no maximum; empty where it has one.
    """

    table: Table
    explainer: InfluenceExplainer
    alpha: float
    coefficients: pd.DataFrame
    facts: dict
    aliased: dict
    no_maximum: str

    @property
    def name(self):
        """What kind of model it is."""
        kind = NAMES[self.table.kind]
        if not self.alpha:
            return kind
        return f"{kind} with a ridge penalty of {self.alpha:g}"


def fit_model(table, request):
    """Fit the model of the outcome.

    Parameters
    ----------
    table : Table
        The table.
    request : Request
        What was asked for.

    Returns
    -------
    Model
        The model; with a penalty of one where the likelihood has no maximum.
    """
    left_out = aliased(table.X)
    table = replace(table, X=table.X.drop(columns=list(left_out)))
    scale = table.X.std(ddof=0)
    # Centred, since Newton's method cannot see small steps of large numbers.
    X, alpha = (table.X - table.X.mean()) / scale, request.alpha
    no_maximum = "" if alpha else _separation(X, table)
    if not no_maximum:
        explainer, no_maximum = _fit(X, table, alpha, request.verbose)
    if no_maximum and not alpha:
        alpha = 1.0
        explainer, _ = _fit(X, table, alpha, request.verbose)
    coefficients = _coefficients(explainer, table, scale, alpha)
    facts = _facts(explainer, X, table)
    return Model(table, explainer, alpha, coefficients, facts, left_out, no_maximum)


def _separation(X, table):
    columns = separating(X, table.y) if table.kind == "classes" else []
    if not columns:
        return ""
    return (
        f"Together, the columns {listed(columns)} separate the two classes perfectly."
    )


def _fit(X, table, alpha, verbose):
    """Fit, and say what was wrong if the fit did not arrive."""
    explainer = InfluenceExplainer(
        _estimator(table.kind, alpha),
        method=NewtonInfluence(n_steps="converged"),
        target="parameter",
        random_state=0,
        verbose=verbose,
    )
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        explainer.fit(X, table.y)
    said = [w for w in caught if issubclass(w.category, ConvergenceWarning)]
    return explainer, " ".join(dict.fromkeys(str(w.message) for w in said))


def _estimator(kind, alpha):
    if kind == "survival":
        return CoxRegressor(alpha=alpha, ties="efron")
    if kind == "classes":
        return LogisticRegression(
            C=1 / alpha if alpha else np.inf,
            solver="newton-cholesky",
            tol=1e-9,
            max_iter=1000,
        )
    return Ridge(alpha, solver="cholesky") if alpha else LinearRegression()


def _coefficients(explainer, table, scale, alpha):
    """Return coefficients a unit of their columns, as Wald's tests have them."""
    fitted, n_columns = explainer.problem_.objective, len(scale)
    basis = NaturalCoordinates(fitted.objective, fitted.theta).basis
    dispersion = fitted.objective.dispersion(fitted.theta)
    error = np.sqrt(dispersion * np.sum(basis**2, axis=1))[:n_columns] / scale
    coefficient = fitted.theta[:n_columns] / scale
    law = stats.norm
    if table.kind == "number":
        law = stats.t(len(table.X) - n_columns - 1)
    p = 2 * law.sf(np.abs(coefficient / error))
    wide = law.ppf(0.975) * error
    return pd.DataFrame(
        {
            "coefficient": coefficient,
            "error": error,
            "lower": coefficient - wide,
            "upper": coefficient + wide,
            "p": np.nan if alpha else p,
            "scale": scale,
            "inflation": _inflation(table.X),
        }
    )


def _inflation(X):
    """Return by how much collinearity inflates the variance of each coefficient."""
    return np.diag(np.linalg.inv(_correlation(X)))


def _correlation(X):
    return np.atleast_2d(np.corrcoef(X.to_numpy(), rowvar=False))


def _facts(explainer, X, table):
    fitted = explainer.problem_.objective
    gradient = fitted.objective.gradient(fitted.theta)
    coordinates = NaturalCoordinates(fitted.objective, fitted.theta)
    iterations = getattr(explainer.estimator_, "n_iter_", None)
    return {
        "gradient": float(np.abs(gradient).max()),
        "distance": float(distance_to_optimum(gradient, coordinates)),
        "condition": float(np.sqrt(np.linalg.cond(_correlation(X)))),
        "fit": _quality(explainer, X, table),
        "iterations": float(np.nan if iterations is None else np.max(iterations)),
    }


def _quality(explainer, X, table):
    if table.kind == "survival":
        return float(explainer.score(X, table.y))
    if table.kind == "classes":
        return float(roc_auc_score(table.y, explainer.decision_function(X)))
    return float(r2_score(table.y, explainer.predict(X)))
