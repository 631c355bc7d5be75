import pytest
from sklearn.datasets import load_breast_cancer, load_diabetes

from sklinfluence.datasets import load_rossi
from sklinfluence.report._findings import find
from sklinfluence.report._measures import measure
from sklinfluence.report._model import fit_model
from sklinfluence.report._page import write_page
from sklinfluence.report._read import read_table
from sklinfluence.report._request import Request


class Report:
    """A report with everything that it was made from."""

    def __init__(self, frame, folder, **options):
        self.frame = frame
        self.path = folder / "table.csv"
        frame.to_csv(self.path, index=False)
        self.request = Request(str(self.path), **options)
        self.table = read_table(self.request)
        self.model = fit_model(self.table, self.request)
        self.measures = measure(self.model)
        self.findings = find(self.model, self.measures)
        self.page = write_page(self.model, self.measures, self.findings, self.request)

    def finding(self, title):
        (one,) = [one for one in self.findings.found if one.title == title]
        return one


@pytest.fixture(scope="session")
def rossi_frame():
    frame = load_rossi().frame
    return frame.assign(event=frame["event"].astype(int))


@pytest.fixture(scope="session")
def make_report(tmp_path_factory):
    """Make a report of a frame."""
    return lambda frame, **options: Report(
        frame, tmp_path_factory.mktemp("report"), **options
    )


@pytest.fixture(scope="session")
def rossi(rossi_frame, make_report):
    return make_report(rossi_frame, time="time", event="event", rows=("3", "101"))


@pytest.fixture(scope="session")
def breast(make_report):
    data = load_breast_cancer(as_frame=True)
    names = ["mean texture", "mean smoothness", "mean symmetry"]
    frame = data.data[names].assign(diagnosis=data.target)
    frame["diagnosis"] = frame["diagnosis"].map({0: "malignant", 1: "benign"})
    return make_report(frame[:200], target="diagnosis", positive="malignant")


@pytest.fixture(scope="session")
def diabetes(make_report):
    frame = load_diabetes(as_frame=True, scaled=False).frame
    return make_report(frame, target="target")
