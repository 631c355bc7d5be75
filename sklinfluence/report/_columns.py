"""From texts to numbers: what is a number, what is a category, what is neither."""

import numpy as np
import pandas as pd

from sklinfluence.report._request import ReportError, listed

# Most levels of a column that is taken as categorical, and fewest rows a level.
_MOST_LEVELS, _ROWS_A_LEVEL = 20, 5


def as_numbers(texts, decimal="."):
    """Convert texts to numbers, nan where they are none.

    Parameters
    ----------
    texts : Series of str
        A column.
    decimal : str, default="."
        Decimal separator.

    Returns
    -------
    Series of float64
        The numbers.
    """
    if decimal != ".":
        texts = texts.str.replace(decimal, ".", regex=False)
    return pd.to_numeric(texts, errors="coerce").astype(np.float64)


def number_column(texts, decimal="."):
    """Convert a column that must hold numbers.

    Parameters
    ----------
    texts : Series of str
        A column without missing values.
    decimal : str, default="."
        Decimal separator.

    Returns
    -------
    Series of float64
        The numbers.

    Raises
    ------
    ReportError
        If some are texts, or infinite; it names the first rows.
    """
    numbers = as_numbers(texts, decimal)
    wrong = ~np.isfinite(numbers.to_numpy())
    if not wrong.any():
        return numbers
    first = [f"{t!r} in {row}" for row, t in texts[wrong].head(3).items()]
    hint = ""
    if as_numbers(texts[wrong], ",").notna().all():
        hint = " If the comma is the decimal separator, add --decimal ','."
    raise ReportError(
        f"The column {texts.name!r} should hold numbers, but {int(wrong.sum())} of "
        f"{len(texts)} values are text: {listed(first)}. Correct or empty them, or "
        f"leave the column out with --drop.{hint}"
    )


def encode(frame, request):
    """Turn the covariates into numbers.

    A column of texts with few levels becomes one 0/1 column for every level but the
    first (treatment coding, as in R).

    Parameters
    ----------
    frame : DataFrame of str
        Covariates without missing values.
    request : Request
        What was asked for.

    Returns
    -------
    X : DataFrame of float64
        The columns of the model.
    notes : list of str
        What was done, for the reader.
    """
    parts, notes = [], []
    for name in frame.columns:
        if name in request.categorical or _is_categorical(frame[name], request.decimal):
            levels = _levels(frame[name])
            parts.append(_indicators(frame[name], levels))
            notes.append(
                f"{name} holds categories ({listed(levels, 6)}): one 0/1 column for "
                f"each but {levels[0]}, which the others are compared with."
            )
        else:
            parts.append(number_column(frame[name], request.decimal))
    X = pd.concat(parts, axis=1)
    twice = X.columns[X.columns.duplicated()]
    if len(twice):
        raise ReportError(
            f"The categories of a column would be named as another column is: "
            f"{listed(twice)}; rename one of them."
        )
    _check_constant(X)
    return X, notes


def _is_categorical(texts, decimal):
    """Say whether most values are no numbers."""
    return as_numbers(texts, decimal).isna().mean() > 0.5


def _levels(texts):
    levels = sorted(texts.unique(), key=_in_order)
    if len(levels) > min(_MOST_LEVELS, max(2, len(texts) / _ROWS_A_LEVEL)):
        first = [f"{t!r} in {row}" for row, t in texts.head(3).items()]
        raise ReportError(
            f"The column {texts.name!r} holds {len(levels)} different texts in "
            f"{len(texts)} rows ({listed(first)}), too many for categories; expected "
            f"numbers, or at most {_MOST_LEVELS} categories of {_ROWS_A_LEVEL} rows "
            "on average. Leave it out with --drop; if it names the rows, use --id."
        )
    return levels


def _in_order(level):
    try:
        return (0, float(level), level)
    except ValueError:
        return (1, 0.0, level)


def _indicators(texts, levels):
    columns = {f"{texts.name}={level}": texts == level for level in levels[1:]}
    if not columns:
        raise _constant([f"{texts.name} (always {levels[0]})"])
    return pd.DataFrame(columns, index=texts.index).astype(np.float64)


def _check_constant(X):
    constant = X.columns[np.ptp(X.to_numpy(), axis=0) == 0]
    if len(constant):
        raise _constant([f"{name} (always {X[name].iloc[0]:g})" for name in constant])


def _constant(described):
    return ReportError(
        f"Columns have the same value in every row: {listed(described)}. They have no "
        "effect that could be estimated; leave them out with --drop."
    )
