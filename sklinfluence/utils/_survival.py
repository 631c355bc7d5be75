"""Survival targets: one structured array, whatever form they were given in."""

from typing import NamedTuple

import numpy as np
import pandas as pd
from sklearn.utils.validation import assert_all_finite, column_or_1d

_ENTRY_TYPE = np.dtype([("event", "?"), ("time", "<f8"), ("entry", "<f8")])
_TYPE = np.dtype([("event", "?"), ("time", "<f8")])
_FORMS = (
    "a structured array with the fields (event, time) or (event, time, entry), an "
    "array or DataFrame with these columns, or a 1-D array of times (all observed)"
)


class SurvivalTarget(NamedTuple):
    """Right-censored, possibly left-truncated times of n subjects.

    Attributes
    ----------
    event : ndarray of shape (n,), bool
        True where the event was observed, False where the subject was censored.
    time : ndarray of shape (n,), float64
        Time of the event or of censoring.
    entry : ndarray of shape (n,) or None
        Time from which the subject is observed; None where all are from the start.
    """

    event: np.ndarray
    time: np.ndarray
    entry: np.ndarray | None


def survival_target(event, time, entry=None):
    """Put event indicators and times into the structured array that models take.

    Parameters
    ----------
    event : array-like of shape (n,), bool or 0/1
        Whether the event was observed.
    time : array-like of shape (n,)
        Time of the event or of censoring, in any unit, not negative.
    entry : array-like of shape (n,), default=None
        Time from which each subject is observed (left truncation).

    Returns
    -------
    ndarray of shape (n,), structured
        Fields ``event`` (bool), ``time`` (float64) and, where given, ``entry``.

    Raises
    ------
    ValueError
        If lengths differ, an event is not 0/1, a time is negative or not finite, or
        an entry is not before its time.

    Examples
    --------
    >>> from sklinfluence.utils import survival_target
    >>> survival_target([True, False], [3, 5])
    array([( True, 3.), (False, 5.)], dtype=[('event', '?'), ('time', '<f8')])
    """
    event, time = _event_column(event), _time_column(time, "time")
    columns = {"event": event, "time": time}
    if entry is not None:
        columns["entry"] = _time_column(entry, "entry")
    lengths = {name: len(column) for name, column in columns.items()}
    if len(set(lengths.values())) > 1:
        raise ValueError(f"Got columns of different length, {lengths}; expected one.")
    target = np.empty(len(time), dtype=_TYPE if entry is None else _ENTRY_TYPE)
    for name, column in columns.items():
        target[name] = column
    _check_order(target)
    return target


def parse_survival_target(y):
    """Read a survival target in any of the accepted forms.

    Parameters
    ----------
    y : structured array, array-like or DataFrame
        Structured array ``(event, time)`` as in scikit-survival, optionally with an
        ``entry`` field; an array or DataFrame with two (event, time) or three (event,
        time, entry) columns, found by name where a DataFrame has these names; or 1-D
        times, all of them observed events.

    Returns
    -------
    SurvivalTarget
        Event indicators, times and entry times.

    Raises
    ------
    ValueError
        If the form is not one of these, or a value is impossible.
    """
    target = survival_target(**_columns(y))
    entry = target["entry"] if "entry" in target.dtype.names else None
    return SurvivalTarget(target["event"], target["time"], entry)


def _columns(y):
    if isinstance(y, pd.DataFrame):
        return _frame_columns(y)
    if not isinstance(y, pd.Series):
        y = np.asarray(y)
    names = getattr(y.dtype, "names", None)
    if names:
        return _structured_columns(y, names)
    if y.ndim == 2 and y.shape[1] in (2, 3):
        return _positional_columns(y)
    if y.ndim > 2 or (y.ndim == 2 and y.shape[1] != 1):
        raise ValueError(f"Got y of shape {y.shape}; expected {_FORMS}.")
    time = column_or_1d(y, warn=True)
    if time.dtype == bool:
        raise ValueError(
            f"Got y of dtype bool, which can only be events; expected {_FORMS}."
        )
    return {"event": np.ones(len(time), dtype=bool), "time": time}


def _frame_columns(frame):
    names = [str(name).lower() for name in frame.columns]
    if {"event", "time"} <= set(names):
        kept = [n for n in ("event", "time", "entry") if n in names]
        return {name: frame.iloc[:, names.index(name)].to_numpy() for name in kept}
    if frame.shape[1] not in (2, 3):
        raise ValueError(f"Got y with the columns {names}; expected {_FORMS}.")
    columns = zip(("event", "time", "entry"), frame.columns, strict=False)
    return _not_swapped({name: frame[column].to_numpy() for name, column in columns})


def _structured_columns(y, names):
    entries = [name for name in names if name.lower() == "entry"]
    events = [name for name in names if y.dtype[name].kind == "b"]
    times = [name for name in names if name not in entries + events]
    if len(events) != 1 or len(times) != 1 or len(entries) > 1:
        fields = {name: str(y.dtype[name]) for name in names}
        raise ValueError(
            f"Got y with the fields {fields}; expected one boolean field for the "
            "event, one numeric field for the time and, for left truncation, one field "
            "named 'entry'."
        )
    fields = {"event": events[0], "time": times[0]}
    if entries:
        fields["entry"] = entries[0]
    return {name: y[field] for name, field in fields.items()}


def _positional_columns(y):
    names = ("event", "time", "entry")[: y.shape[1]]
    return _not_swapped({name: y[:, j] for j, name in enumerate(names)})


def _not_swapped(columns):
    if not _is_binary(columns["event"]) and _is_binary(columns["time"]):
        raise ValueError(
            "The second column of y is 0/1 and the first is not; expected the order "
            "(event, time), swap the columns or name them 'event' and 'time'."
        )
    return columns


def _is_binary(column):
    column = np.asarray(column)
    return column.dtype == bool or np.isin(column, (0, 1)).all()


def _event_column(event):
    event = column_or_1d(event)
    if event.dtype == bool:
        return event
    values = pd.unique(event)
    if not set(values.tolist()) <= {0, 1}:
        raise ValueError(
            f"Got an event column of dtype {event.dtype} with values such as "
            f"{values[:5].tolist()}; expected booleans or 0 (censored) and 1 (event "
            "observed). Recode it, for example with `event == 'dead'`."
        )
    return event.astype(bool)


def _time_column(time, name):
    time = column_or_1d(time)
    try:
        time = time.astype(np.float64)
    except (TypeError, ValueError) as error:
        raise ValueError(
            f"Got a {name} column of dtype {time.dtype} that is not numeric ({error}); "
            "expected numbers in one unit, such as days."
        ) from error
    try:
        assert_all_finite(time, input_name="y")
    except ValueError as error:
        rows = np.flatnonzero(~np.isfinite(time))[:5].tolist()
        raise ValueError(
            f"{error} It is in the {name} column, rows {rows}; expected finite times. "
            "Drop or complete these rows."
        ) from error
    if (time < 0).any():
        row = int(np.argmax(time < 0))
        raise ValueError(
            f"Got {name}[{row}] = {time[row]:g}; expected times that are not negative. "
            "Count time from the start of observation."
        )
    return time


def _check_order(target):
    if "entry" not in target.dtype.names:
        return
    wrong = target["entry"] >= target["time"]
    if wrong.any():
        row = int(np.argmax(wrong))
        raise ValueError(
            f"Got entry >= time in {wrong.sum()} rows, the first being row {row} "
            f"(entry {target['entry'][row]:g}, time {target['time'][row]:g}); expected "
            "entry < time. Drop subjects who were never at risk."
        )
