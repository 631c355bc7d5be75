"""From a file to a report: table, model, measures, findings, page."""

from pathlib import Path

from sklinfluence.report._findings import find
from sklinfluence.report._measures import measure
from sklinfluence.report._model import fit_model
from sklinfluence.report._page import write_page
from sklinfluence.report._read import read_table
from sklinfluence.report._request import ReportError, Request


def write_report(path, out, **options):
    """Write a report on which rows of a table a model depends on.

    A Cox, logistic or linear regression is fitted, every row is removed exactly, and
    what a statistician would check is said in sentences, on one HTML page that needs
    neither a network nor other files. From the command line:
    ``python -m sklinfluence report patients.csv --time T --event E --out report.html``.

    Parameters
    ----------
    path : str
        A table with a header, its values separated by commas, semicolons or tabs.
    out : str
        File to write the page to.
    **options : dict
        ``time`` and ``event``, columns of survival data (1: event, 0: censored; or
        ``event_value``, which value is the event); or ``target``, a column of numbers
        or of two classes (``positive``: the class to model). Further: ``id``, the
        column that names the rows; ``rows``, names or numbers of rows to describe;
        ``drop``, columns to leave out; ``categorical``, columns of numbers that are
        codes; ``drop_missing``, whether to leave out rows with missing values;
        ``alpha``, a ridge penalty on columns in standard deviations; ``decimal``, the
        decimal separator; ``verbose``, whether to show progress.

    Returns
    -------
    list of Finding
        What the page says should be checked, with ``level``, ``title`` and ``text``.

    Raises
    ------
    ReportError
        If the table is not what the options say, or the page cannot be written.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> from sklinfluence.datasets import load_rossi
    >>> from sklinfluence.report import write_report
    >>> with TemporaryDirectory() as folder:
    ...     table, page = Path(folder) / "rossi.csv", Path(folder) / "report.html"
    ...     load_rossi().frame.to_csv(table, index=False)
    ...     found = write_report(table, page, time="time", event="event")
    ...     page.stat().st_size > 10_000
    True
    >>> found[0].title
    'Hazards are not proportional'
    """
    request = Request(str(path), **options)
    _check_writable(Path(out), Path(path))
    table = read_table(request)
    model = fit_model(table, request)
    measures = measure(model, request.verbose)
    findings = find(model, measures)
    try:
        Path(out).write_text(
            write_page(model, measures, findings, request), encoding="utf-8"
        )
    except OSError as error:
        raise ReportError(f"The page cannot be written: {error}.") from error
    return findings.found


def _check_writable(out, path):
    if out.is_dir() or not out.parent.is_dir():
        raise ReportError(
            f"--out is {str(out)!r}; expected the name of a file in a folder that "
            "exists, such as report.html."
        )
    if out.exists() and path.exists() and out.samefile(path):
        raise ReportError(
            f"--out is the table itself, {str(out)!r}; name another file."
        )
