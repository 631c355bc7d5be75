"""What removal of rows does: exactly, by estimate, by refitting, and in sets."""

import warnings
from dataclasses import dataclass

import numpy as np
import pandas as pd
from sklearn.exceptions import FitFailedWarning

from sklinfluence import InfluenceExplainer
from sklinfluence.diagnostics import (
    cooks_distance,
    dfbetas,
    leverage,
    most_influential_set,
)
from sklinfluence.metrics import agreement
from sklinfluence.report._residuals import residuals
from sklinfluence.targets import Parameter
from sklinfluence.utils._progress import progress
from sklinfluence.utils._warnings import warn_user

# Largest share of the rows that a set may hold: beyond it, a sign stands firm.
MAX_SHARE = 0.05
_REFITS = 5


@dataclass(frozen=True)
class Measures:
    """What removal of rows does to a model.

    Attributes
    ----------
    moves : DataFrame of shape (n, p)
        Coefficient without the row − with it, in standard errors, by exact removal;
        nan where there is no model without the row.
    rows : DataFrame of shape (n, 3)
        ``distance`` (Cook's), ``leverage`` and ``residual`` of every row.
    estimated : ndarray of shape (n, p)
        The same as ``moves`` by the influence function, to compare.
    estimate_agreement : Bunch
        Agreement of ``estimated`` with ``moves``.
    audit : Bunch
        Exact removal against refitting the model from scratch.
    sets : dict of str to InfluentialSet or None
        For every coefficient, rows whose removal flips its sign; None where the search
        failed.
    needed : Series of shape (p,)
        First-order estimate of the size of these sets; nan where all rows would not do.
    most : int
        Largest number of rows that such a set might have had.
    said : list of str
        Warnings of the computation.
    """

    moves: pd.DataFrame
    rows: pd.DataFrame
    estimated: np.ndarray
    estimate_agreement: dict
    audit: dict
    sets: dict
    needed: pd.Series
    most: int
    said: list


def measure(model, verbose=0):
    """Remove every row, and sets of rows.

    Parameters
    ----------
    model : Model
        The fitted model.
    verbose : int, default=0
        Whether to show progress bars.

    Returns
    -------
    Measures
        What changes.
    """
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        measured = _measure(model, verbose)
    # Rows without which there is no model are nan, and become a finding of their own.
    said = dict.fromkeys(
        str(one.message)
        for one in caught
        if not issubclass(one.category, FitFailedWarning)
    )
    return Measures(**measured, said=list(said))


def _measure(model, verbose):
    explainer, X = model.explainer, model.table.X
    names = list(X.columns)
    moves = -dfbetas(explainer)[:, : len(names)]
    moves = pd.DataFrame(moves, index=X.index, columns=X.columns)
    rows = pd.DataFrame(
        {
            "distance": cooks_distance(explainer),
            "leverage": leverage(explainer),
            "residual": residuals(model).to_numpy(),
        },
        index=moves.index,
    )
    quick = _quick(explainer)
    estimated = -dfbetas(quick)[:, : len(names)]
    usable = np.isfinite(moves.to_numpy()).all(axis=1)
    most = max(1, int(MAX_SHARE * len(moves)))
    size = model.coefficients["coefficient"] / model.coefficients["error"]
    needed = rows_needed(moves.fillna(0.0), size)
    return {
        "moves": moves,
        "rows": rows,
        "estimated": estimated,
        "estimate_agreement": agreement(
            estimated[usable].T, moves.to_numpy()[usable].T
        ),
        "audit": explainer.audit(k=_REFITS),
        "sets": _sets(quick, names, verbose),
        "needed": needed,
        "most": most,
    }


def _quick(explainer):
    """Return the same model with influence functions, and without bars."""
    problem = explainer.problem_
    return InfluenceExplainer(explainer.estimator, target="parameter").fit(
        problem.X, problem.y
    )


def rows_needed(moves, size):
    """Estimate how many rows must go before each coefficient changes its sign.

    The moves of single rows are added up, the most helpful first.

    Parameters
    ----------
    moves : DataFrame of shape (n, p)
        Coefficient without the row − with it, in standard errors.
    size : Series of shape (p,)
        Coefficients in standard errors.

    Returns
    -------
    Series of shape (p,)
        Numbers of rows; nan where all helpful rows together are not enough.

    References
    ----------
    T. Broderick, R. Giordano, R. Meager, "An automatic finite-sample robustness
    metric", arXiv:2011.14999 (2020).
    """
    towards = -np.sign(size) * moves
    reached = np.cumsum(-np.sort(-towards.clip(lower=0).to_numpy(), axis=0), axis=0)
    enough = reached > np.abs(size.to_numpy())
    counts = np.where(enough.any(axis=0), enough.argmax(axis=0) + 1, np.nan)
    return pd.Series(counts, index=moves.columns)


def _sets(explainer, names, verbose):
    """Look for sets; a first-order estimate is blind to rows that mask one another."""
    found = {}
    for place, name in enumerate(progress(names, "signs", verbose)):
        # By position: a column may have the name of a target, or of the intercept.
        target = Parameter([place])
        try:
            found[name] = most_influential_set(explainer, target, max_share=MAX_SHARE)
        except (ValueError, np.linalg.LinAlgError) as error:
            # Such as a refit that has one class only, or a coefficient of zero.
            warn_user(f"No set was found for {name}: {error}", UserWarning)
            found[name] = None
    return found
