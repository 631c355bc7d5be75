import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from sklinfluence.__main__ import main
from sklinfluence.report import ReportError, write_report

ROOT = Path(__file__).parents[2]
SURVIVAL = {"time": "months", "event": "death"}


@pytest.fixture
def frame():
    rng = np.random.default_rng(0)
    n = 60
    return pd.DataFrame(
        {
            "patient": [f"P{i:03d}" for i in range(n)],
            "age": rng.normal(60, 10, n).round(1),
            "marker": rng.normal(size=n).round(3),
            "months": rng.exponential(20, n).round(2) + 0.1,
            "death": rng.integers(0, 2, n),
        }
    )


@pytest.fixture
def refuse(tmp_path):
    """Return what is said of a frame, or of a file of this text."""

    def said(table, **options):
        path = tmp_path / "table.csv"
        if isinstance(table, pd.DataFrame):
            table.to_csv(path, index=False)
        elif isinstance(table, bytes):
            path.write_bytes(table)
        else:
            path.write_text(table, encoding="utf-8")
        with pytest.raises(ReportError) as caught:
            write_report(path, tmp_path / "report.html", **(options or SURVIVAL))
        assert not (tmp_path / "report.html").exists()
        return str(caught.value)

    return said


def changed(frame, column, row, value):
    frame = frame.astype({column: object})
    frame.loc[row, column] = value
    return frame


KEEP = {**SURVIVAL, "id": "patient"}


def test_no_file(tmp_path):
    (tmp_path / "patients.csv").write_text("a\n1\n")
    with pytest.raises(ReportError, match=r"no file.*Did you mean 'patients.csv'"):
        write_report(tmp_path / "patient.csv", tmp_path / "out.html", target="a")


def test_folder(tmp_path):
    with pytest.raises(ReportError, match="is a folder"):
        write_report(tmp_path, tmp_path / "out.html", target="a")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        pytest.param("", "is empty", id="empty"),
        pytest.param(b"age\n\xff\xfe\xe4\n", "no text in UTF-8", id="encoding"),
        pytest.param("PK\0\0", "is empty or no text", id="binary"),
        pytest.param("a,b\n", "no rows below", id="header only"),
        pytest.param("a,a,b\n1,2,3\n", "names columns twice: a", id="column twice"),
        pytest.param("a,b\n1,2\n1,2,3\n", "rows differ in length", id="ragged"),
        pytest.param("y\n1\n2\n3\n", "No column is left", id="no covariate"),
    ],
)
def test_file_that_is_no_table(refuse, text, words):
    assert words in refuse(text, target="y")


def test_wrong_column(refuse, frame):
    said = refuse(frame, time="month", event="death")
    assert "--time names 'month'" in said
    assert "Did you mean 'months'?" in said
    assert "age, marker, months, death" in said
    assert "Did you mean 'death'?" in refuse(frame, time="months", event="DEATHS")
    assert "--drop names 'x'" in refuse(frame, **KEEP, drop=("x",))


def test_column_for_two_purposes(refuse, frame):
    assert "two purposes" in refuse(frame, time="months", event="months")


@pytest.mark.parametrize(
    ("options", "words"),
    [
        pytest.param({}, "Give --time and --event", id="nothing"),
        pytest.param({"time": "months"}, "need two columns", id="no event"),
        pytest.param({**SURVIVAL, "target": "age"}, "not both", id="both"),
        pytest.param({"target": "age", "alpha": -1.0}, "--alpha is -1", id="alpha"),
    ],
)
def test_what_is_asked_for(tmp_path, options, words):
    with pytest.raises(ReportError, match=words):
        write_report("table.csv", tmp_path / "out.html", **options)


def test_text_in_a_number_column(refuse, frame):
    said = refuse(changed(changed(frame, "age", 3, "n/k"), "age", 7, "old"), **KEEP)
    assert "'age' should hold numbers" in said
    assert "2 of 60" in said
    assert "'n/k' in P003, 'old' in P007" in said


def test_decimal_commas(refuse, frame, tmp_path):
    frame.to_csv(tmp_path / "comma.csv", sep=";", decimal=",", index=False)
    text = (tmp_path / "comma.csv").read_text()
    assert "--decimal ','" in refuse(text, **KEEP)
    found = write_report(
        tmp_path / "comma.csv", tmp_path / "out.html", decimal=",", **KEEP
    )
    assert isinstance(found, list)


def test_infinite_value(refuse, frame):
    assert "'inf' in P002" in refuse(changed(frame, "age", 2, "inf"), **KEEP)


def test_names_as_a_covariate(refuse, frame):
    said = refuse(frame, **SURVIVAL)
    assert "'patient' holds 60 different texts" in said
    assert "use --id" in said


def test_missing_values(refuse, frame):
    broken = changed(changed(frame, "age", 3, np.nan), "marker", 59, np.nan)
    said = refuse(broken, **KEEP)
    assert "missing in 2 of 60 rows: P003, P059" in said
    assert "age (1), marker (1)" in said
    assert "row 4, row 60" in refuse(broken.drop(columns="patient"), **SURVIVAL)


def test_missing_name(refuse, frame):
    assert "'patient' of --id is empty in row 5" in refuse(
        changed(frame, "patient", 4, np.nan), **KEEP
    )


def test_event_not_0_or_1(refuse, frame):
    said = refuse(frame.assign(death=frame["death"] + 1), **KEEP)
    assert "'death' should hold 1 (event) and 0 (censored)" in said
    assert "1, 2" in said
    assert "--event-value" in said
    said = refuse(frame, **KEEP, event_value="dead")
    assert "--event-value is 'dead'" in said
    assert "holds 0, 1" in said


def test_negative_times(refuse, frame):
    said = refuse(changed(frame, "months", 8, -2.5), **KEEP)
    assert "1 negative times: -2.5 in P008" in said


def test_too_few_events(refuse, frame):
    death = np.zeros(60, dtype=int)
    death[:2] = 1
    said = refuse(frame.assign(death=death), **KEEP)
    assert "too few events: 2 for 2 columns; expected at least 3" in said


def test_too_few_rows(refuse, frame):
    said = refuse(frame[["age", "marker", "months"]][:3], target="months")
    assert "too few rows: 3 for 2 columns; expected at least 4" in said


def test_small_class(refuse, frame):
    y = np.repeat([0, 1], [58, 2])
    said = refuse(frame[["age", "marker"]].assign(y=y), target="y")
    assert "too few rows in the smaller class: 2 for 2 columns" in said


def test_constant_column(refuse, frame):
    said = refuse(frame.assign(site="Oslo", unit=1.5), **KEEP)
    assert "site (always Oslo)" in said
    assert "unit (always 1.5)" in refuse(frame.assign(unit=1.5), **KEEP)


def test_column_named_as_a_category(refuse, frame):
    site = np.resize(["Bergen", "Oslo"], 60)
    said = refuse(frame.assign(site=site, **{"site=Oslo": frame["age"]}), **KEEP)
    assert "named as another column is: site=Oslo" in said


def test_many_classes(refuse, frame):
    y = np.resize(["a", "b", "c"], 60)
    said = refuse(frame[["age"]].assign(y=y), target="y")
    assert "3 classes: a, b, c" in said
    assert "--positive" in said
    said = refuse(frame[["age"]].assign(y=y), target="y", positive="d")
    assert "expected 'd'" in said


def test_unknown_row(refuse, frame):
    said = refuse(frame, **KEEP, rows=("P00",))
    assert "--rows names 'P00'" in said
    assert "Did you mean 'P0" in said
    said = refuse(frame.drop(columns="patient"), **SURVIVAL, rows=("61",))
    assert "expected a number from 1" in said


def test_page_that_cannot_be_written(frame, tmp_path):
    path = tmp_path / "table.csv"
    frame.to_csv(path, index=False)
    with pytest.raises(ReportError, match="folder that exists"):
        write_report(path, tmp_path / "no" / "report.html", **KEEP)
    with pytest.raises(ReportError, match="the table itself"):
        write_report(path, path, **KEEP)


def test_command_line_says_it_without_a_traceback(frame, tmp_path, capsys):
    path = tmp_path / "table.csv"
    frame.to_csv(path, index=False)
    words = ["report", str(path), "--time", "month", "--event", "death"]
    assert main([*words, "--out", str(tmp_path / "out.html")]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith("sklinfluence: --time names 'month'")
    assert "Traceback" not in said.err


def test_command_line_as_a_program(tmp_path):
    missing = str(tmp_path / "none.csv")
    done = subprocess.run(
        [sys.executable, "-m", "sklinfluence", "report", missing, "--target", "y"],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 2
    assert done.stderr.startswith(f"sklinfluence: There is no file '{missing}'.")
