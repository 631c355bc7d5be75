"""From a file to a table of texts, with rows and columns named."""

import csv
import warnings
from io import StringIO
from pathlib import Path

import pandas as pd

from sklinfluence.report._request import ReportError, listed, nearest

_SEPARATORS = {",": "commas", ";": "semicolons", "\t": "tabs"}


def read_texts(request):
    """Read the file without interpreting it.

    Parameters
    ----------
    request : Request
        What was asked for.

    Returns
    -------
    frame : DataFrame of str
        All columns but those that are to be dropped, texts without surrounding
        blanks, missing values as nan; the index names the rows.
    notes : list of str
        What was done, for the reader.

    Raises
    ------
    ReportError
        If the file cannot be read, or a column that was named is not in it.
    """
    text = _text(Path(request.path))
    first = text.lstrip("\n").split("\n", 1)[0]
    separator = max(_SEPARATORS, key=first.count)
    _check_header(next(csv.reader([first], delimiter=separator), []), request.path)
    frame = _parsed(text, separator, request.path)
    if not len(frame):
        raise ReportError(f"{request.path!r} has a header but no rows below it.")
    nameless = [name for name in frame.columns if name.startswith("Unnamed: ")]
    notes = []
    if nameless:
        notes.append(
            f"{len(nameless)} column(s) without a name in the header were left out."
        )
    frame = frame.drop(columns=nameless)
    _check_names(request, list(frame.columns))
    frame.index = _row_names(frame, request)
    left_out = [*request.drop, *([request.id] if request.id is not None else [])]
    if request.drop:
        notes.append(f"Left out as asked: {listed(request.drop, 20)}.")
    return frame.drop(columns=left_out), notes


def _text(path):
    if path.is_dir():
        raise ReportError(f"{str(path)!r} is a folder; expected a file of a table.")
    if not path.exists():
        beside = [one.name for one in path.parent.glob("*")] if path.parent else []
        raise ReportError(
            f"There is no file {str(path)!r}.{nearest(path.name, beside)} Check the "
            "name and the folder."
        )
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise ReportError(
            f"{str(path)!r} is no text in UTF-8 (byte {error.start}); expected a table "
            "as text. In a spreadsheet, save it as 'CSV UTF-8'."
        ) from error
    except OSError as error:
        raise ReportError(f"{str(path)!r} cannot be read: {error}.") from error
    if "\0" in text or not text.strip():
        raise ReportError(
            f"{str(path)!r} is empty or no text; expected a header and rows of values "
            "separated by commas, semicolons or tabs."
        )
    return text


def _check_header(header, path):
    names = [name.strip() for name in header]
    twice = sorted({name for name in names if name and names.count(name) > 1})
    if twice:
        raise ReportError(
            f"The header of {path!r} names columns twice: {listed(twice)}. Expected a "
            "name of its own for every column; rename or remove one of each."
        )


def _parsed(text, separator, path):
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", pd.errors.ParserWarning)
            frame = pd.read_csv(
                StringIO(text),
                sep=separator,
                dtype=str,
                index_col=False,
                skipinitialspace=True,
            )
    except (pd.errors.ParserError, pd.errors.ParserWarning) as error:
        raise ReportError(
            f"{path!r} is no table with values separated by {_SEPARATORS[separator]}: "
            f"rows differ in length ({str(error).strip().splitlines()[0]}). Expected "
            "one value a column in every row; put texts that contain the separator "
            "in quotes."
        ) from error
    frame.columns = [str(name).strip() for name in frame.columns]
    frame = frame.apply(lambda column: column.str.strip())
    return frame.where(frame != "")


def _check_names(request, names):
    asked = {"--time": request.time, "--event": request.event}
    asked |= {"--target": request.target, "--id": request.id}
    asked = [(option, name) for option, name in asked.items() if name is not None]
    asked += [("--drop", name) for name in request.drop]
    asked += [("--categorical", name) for name in request.categorical]
    for option, name in asked:
        if name not in names:
            raise ReportError(
                f"{option} names {name!r}, which is no column of the file."
                f"{nearest(name, names)} The columns are {listed(names, 30)}."
            )
    used = [name for option, name in asked if option != "--categorical"]
    for name in used:
        if used.count(name) > 1:
            raise ReportError(
                f"The column {name!r} is named for two purposes at once; expected "
                "different columns for --time, --event, --target, --id and --drop."
            )


def _row_names(frame, request):
    if request.id is None:
        return pd.Index([f"row {i + 1}" for i in range(len(frame))])
    missing = frame[request.id].isna().to_numpy()
    if missing.any():
        places = [f"row {i + 1}" for i in missing.nonzero()[0]]
        raise ReportError(
            f"The column {request.id!r} of --id is empty in {listed(places)}; expected "
            "a name for every row. Rows are counted from 1 below the header."
        )
    return pd.Index(frame[request.id], name=request.id)


def chosen_rows(request, names):
    """Return the positions of the rows that are to be described.

    Parameters
    ----------
    request : Request
        What was asked for.
    names : Index
        Names of the rows.

    Returns
    -------
    list of int
        Positions, all of them where several rows share a name.
    """
    places = []
    for asked in request.rows:
        name = asked if request.id is not None else f"row {asked.removeprefix('row ')}"
        found = [i for i, one in enumerate(names) if one == name]
        if not found:
            raise ReportError(
                f"--rows names {asked!r}, which is "
                + (
                    f"no value of the column {request.id!r}, or a row that was left "
                    f"out.{nearest(asked, list(names))}"
                    if request.id is not None
                    else f"no row, or one that was left out; expected a number from 1 "
                    f"(the first row below the header) to {len(names)}."
                )
            )
        places += found
    return list(dict.fromkeys(places))
