"""What a report is asked for, and what keeps it from being written."""

from dataclasses import dataclass
from difflib import get_close_matches


class ReportError(ValueError):
    """What keeps a report from being written, in words for the person who asked.

    Examples
    --------
    >>> from sklinfluence.report import ReportError, write_report
    >>> try:
    ...     write_report("nowhere.csv", "report.html", target="y")
    ... except ReportError as error:
    ...     print(error)
    There is no file 'nowhere.csv'. ...
    """


@dataclass(frozen=True)
class Request:
    """What :func:`~sklinfluence.report.write_report` was asked for.

    Attributes
    ----------
    path : str
        File of the table.
    time, event, target, id : str or None
        Names of columns: times and events, or the target; and the names of rows.
    event_value, positive : str or None
        Value of the event column that is the event; of the target, the class.
    rows : tuple of str
        Rows to describe: values of ``id``, or numbers of rows.
    drop, categorical : tuple of str
        Columns to leave out, and columns of numbers that are codes of categories.
    drop_missing : bool
        Whether to leave out rows with missing values.
    alpha : float
        Ridge penalty, on columns in standard deviations; zero for none.
    decimal : str
        Decimal separator.
    verbose : int
        Whether to show progress bars.
    """

    path: str
    time: str | None = None
    event: str | None = None
    target: str | None = None
    id: str | None = None
    event_value: str | None = None
    positive: str | None = None
    rows: tuple = ()
    drop: tuple = ()
    categorical: tuple = ()
    drop_missing: bool = False
    alpha: float = 0.0
    decimal: str = "."
    verbose: int = 0

    def __post_init__(self):
        survival = self.time is not None or self.event is not None
        if survival == (self.target is not None):
            raise ReportError(
                "What is to be explained? Give --time and --event for survival data, "
                "or --target for a number or two classes, and not both."
            )
        if survival and (self.time is None or self.event is None):
            raise ReportError(
                "Survival data need two columns: --time, how long each row was "
                "followed, and --event, 1 where the event happened and 0 where the "
                "row was censored. One of them is not given."
            )
        if not 0 <= self.alpha < float("inf"):
            raise ReportError(
                f"--alpha is {self.alpha:g}; expected zero for no penalty, or a "
                "positive number."
            )

    @property
    def outcome_columns(self):
        """Names of the columns that hold the outcome."""
        if self.target is not None:
            return [self.target]
        return [self.time, self.event]


def nearest(name, names):
    """Return a hint at the name that was probably meant.

    Parameters
    ----------
    name : str
        What was given.
    names : list of str
        What there is.

    Returns
    -------
    str
        A sentence, or nothing where no name is near.
    """
    lower = {one.lower(): one for one in reversed(names)}
    found = get_close_matches(name.lower(), list(lower), n=1, cutoff=0.5)
    return f" Did you mean {lower[found[0]]!r}?" if found else ""


def listed(items, most=8):
    """Join items with commas, with a count of those that are left out.

    Parameters
    ----------
    items : iterable
        What to list.
    most : int, default=8
        How many to name.

    Returns
    -------
    str
        The list.
    """
    items = [str(item) for item in items]
    more = f" and {len(items) - most} more" if len(items) > most else ""
    return ", ".join(items[:most]) + more
