"""Read and validate the table: numbers, an outcome, and what was done to get them."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from sklinfluence.report._columns import as_numbers, encode, number_column
from sklinfluence.report._file import chosen_rows, read_texts
from sklinfluence.report._request import ReportError, listed
from sklinfluence.utils import survival_target


@dataclass(frozen=True)
class Table:
    """A table that a model can be fitted to.

    Attributes
    ----------
    X : DataFrame of shape (n, p), float64
        Covariates; the index names the rows.
    y : ndarray of shape (n,)
        Survival target; 0 and 1 for classes, 1 for the class of ``outcome``; numbers.
    kind : {"survival", "classes", "number"}
        What y is.
    outcome : str
        What is modelled, in words.
    shown : Series of str
        The outcome of each row, in words.
    rows : list of int
        Positions of the rows to describe.
    notes : list of str
        What was done to the table, for the reader.
    """

    X: pd.DataFrame
    y: np.ndarray
    kind: str
    outcome: str
    shown: pd.Series
    rows: list
    notes: list

    @property
    def n_informative(self):
        """Number of events, of rows in the smaller class, or of rows."""
        if self.kind == "survival":
            return int(self.y["event"].sum())
        if self.kind == "classes":
            return int(min(self.y.sum(), (1 - self.y).sum()))
        return len(self.y)


def read_table(request):
    """Read and validate the table.

    Parameters
    ----------
    request : Request
        What was asked for.

    Returns
    -------
    Table
        The table.

    Raises
    ------
    ReportError
        If the table is not what the request says.
    """
    texts, notes = read_texts(request)
    texts, more = _complete(texts, request)
    notes += more
    covariates = texts.drop(columns=request.outcome_columns)
    if not covariates.shape[1]:
        raise ReportError("No column is left to explain the outcome with.")
    kind, y, outcome, shown = _outcome(texts, request)
    X, more = encode(covariates, request)
    rows = chosen_rows(request, X.index)
    table = Table(X, y, kind, outcome, shown, rows, notes + more)
    _check_size(table, request)
    return table


def _complete(texts, request):
    """Refuse missing values, or leave out their rows where that was asked for."""
    missing = texts.isna()
    incomplete = missing.any(axis=1).to_numpy()
    if not incomplete.any():
        return texts, []
    rows = listed(texts.index[incomplete])
    counts = missing.sum()
    counts = listed(f"{name} ({k})" for name, k in counts[counts > 0].items())
    if not request.drop_missing:
        raise ReportError(
            f"Values are missing in {int(incomplete.sum())} of {len(texts)} rows: "
            f"{rows}. By column: {counts}. Complete them, leave columns out with "
            "--drop, or leave these rows out with --drop-missing (if whether a value "
            "is missing says something about the outcome, that biases the result)."
        )
    note = (
        f"{int(incomplete.sum())} of {len(texts)} rows were left out because values "
        f"are missing ({rows}); by column: {counts}. If whether a value is missing "
        "says something about the outcome, this biases the result."
    )
    return texts[~incomplete], [note]


def _outcome(texts, request):
    if request.target is None:
        return _survival(texts[request.time], texts[request.event], request)
    column = texts[request.target]
    numbers = as_numbers(column, request.decimal)
    levels = column.unique() if numbers.isna().any() else numbers.unique()
    if request.positive is not None or len(levels) <= 2:
        return _classes(column, numbers, request)
    if numbers.isna().mean() > 0.5:
        raise ReportError(
            f"The target {request.target!r} has {len(levels)} classes: "
            f"{listed(sorted(levels))}. Expected numbers or two classes; choose the "
            f"class to compare with all others, such as --positive {levels[0]!r}."
        )
    y = number_column(column, request.decimal)
    shown = y.map("{:.4g}".format)
    return "number", y.to_numpy(), f"mean of {request.target}", shown


def _classes(column, numbers, request):
    values = column if numbers.isna().any() else numbers.map("{:g}".format)
    levels = sorted(values.unique())
    positive = request.positive
    if positive is None:
        positive = levels[-1]
    if positive not in levels or len(levels) < 2:
        raise ReportError(
            f"The target {request.target!r} has the value(s) {listed(levels)}; "
            f"expected {positive!r} and at least one other."
        )
    outcome = f"probability of {request.target} = {positive}"
    return "classes", (values == positive).to_numpy(int), outcome, values


def _survival(time, event, request):
    event = _events(event, request)
    times = number_column(time, request.decimal)
    negative = times < 0
    if negative.any():
        first = [f"{t:g} in {row}" for row, t in times[negative].head(5).items()]
        raise ReportError(
            f"The column {time.name!r} has {int(negative.sum())} negative times: "
            f"{listed(first)}. Expected how long each row was followed, zero or more."
        )
    words = np.where(event, "event at ", "censored at ")
    shown = pd.Series(words, index=times.index) + times.map("{:.4g}".format)
    y = survival_target(event, times.to_numpy())
    return "survival", y, f"hazard of {request.event}", shown


def _events(event, request):
    values = event.str.lower().replace({"true": "1", "false": "0"})
    if request.event_value is not None:
        values, wanted = event, request.event_value
        if wanted not in set(values):
            raise ReportError(
                f"--event-value is {wanted!r}, but the column {event.name!r} holds "
                f"{listed(sorted(values.unique()))}."
            )
        return (values == wanted).to_numpy()
    numbers = as_numbers(values)
    wrong = ~numbers.isin([0, 1])
    if wrong.any():
        first = [f"{t!r} in {row}" for row, t in event[wrong].head(3).items()]
        raise ReportError(
            f"The event column {event.name!r} should hold 1 (event) and 0 (censored), "
            f"but has {listed(first)}. Its values are "
            f"{listed(sorted(event.unique()))}; say which one is the event, such as "
            f"--event-value {event[wrong].iloc[0]!r}."
        )
    return numbers.to_numpy() == 1


def _check_size(table, request):
    """Refuse a fit that has as many coefficients as there is information."""
    n_columns = table.X.shape[1]
    what = {
        "survival": "events",
        "classes": "rows in the smaller class",
        "number": "rows",
    }[table.kind]
    needed = 2 if request.alpha else n_columns + 1 + (table.kind != "survival")
    if table.n_informative < needed:
        raise ReportError(
            f"There are too few {what}: {table.n_informative} for {n_columns} columns; "
            f"expected at least {needed}, and ten a column for results to rely on. "
            "Leave columns out with --drop, collect more, or add a ridge penalty, such "
            "as --alpha 1."
        )
