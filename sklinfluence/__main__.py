"""The command line: ``python -m sklinfluence report table.csv ...``."""

import argparse
import sys
import time

from sklinfluence.report import ReportError, write_report


def main(arguments=None):
    """Run a command.

    Parameters
    ----------
    arguments : list of str, default=None
        The words after the name of the program; None: those it was started with.

    Returns
    -------
    int
        0, or 2 where the report could not be written.
    """
    options = vars(_parser().parse_args(arguments))
    del options["command"]
    path, out, quiet = (options.pop(name) for name in ("path", "out", "quiet"))
    start = time.perf_counter()
    try:
        found = write_report(path, out, verbose=not quiet, **options)
    except ReportError as error:
        print(f"sklinfluence: {error}", file=sys.stderr)
        return 2
    took = time.perf_counter() - start
    n_checks = sum(one.level == "check" for one in found)
    print(f"{out}: {n_checks} to check, {len(found) - n_checks} to note ({took:.0f} s)")
    for one in found:
        print(f"  {one.level}: {one.title}")
    return 0


def _parser():
    parser = argparse.ArgumentParser(
        prog="python -m sklinfluence",
        description="Which rows of the data does a result depend on?",
    )
    commands = parser.add_subparsers(dest="command", required=True)
    report = commands.add_parser(
        "report",
        help="write a page about a table",
        description="Fit a Cox, logistic or linear regression to a table and write a "
        "page about which rows it depends on, and what to check.",
    )
    report.add_argument("path", metavar="TABLE", help="a CSV file with a header")
    report.add_argument("--out", default="report.html", help="the page to write")
    for name, text in _COLUMNS.items():
        report.add_argument(f"--{name}", help=text)
    for name, text in _LISTS.items():
        report.add_argument(f"--{name}", nargs="+", default=(), metavar="X", help=text)
    report.add_argument(
        "--drop-missing",
        action="store_true",
        help="leave out rows with missing values",
    )
    report.add_argument(
        "--alpha",
        type=float,
        default=0.0,
        help="ridge penalty on columns in standard deviations (default: none)",
    )
    report.add_argument("--decimal", default=".", choices=[".", ","])
    report.add_argument("--quiet", action="store_true", help="no progress bars")
    return parser


_COLUMNS = {
    "time": "survival data: column of how long each row was followed",
    "event": "survival data: column of 1 (event) and 0 (censored)",
    "event-value": "which value of the event column is the event",
    "target": "column to explain: numbers, or two classes",
    "positive": "which class of the target to model, against all others",
    "id": "column that names the rows",
}
_LISTS = {
    "rows": "rows to describe: values of --id, or numbers counted from 1",
    "drop": "columns to leave out",
    "categorical": "columns of numbers that are codes of categories",
}

if __name__ == "__main__":
    sys.exit(main())
