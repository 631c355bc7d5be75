import re
from html.parser import HTMLParser
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest

from sklinfluence.__main__ import main
from sklinfluence.report._html import element

VOID = {"meta", "img"}


class Reader(HTMLParser):
    """Elements, attributes and texts of a page; unbalanced elements are an error."""

    def __init__(self, page):
        super().__init__()
        self.open, self.elements, self.texts = [], [], []
        self.feed(page)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.texts.append((self.open[-1] if self.open else "", data))

    def all(self, tag):
        return [attributes for name, attributes in self.elements if name == tag]

    @property
    def text(self):
        seen = [text for tag, text in self.texts if tag not in {"style", "script"}]
        return " ".join(seen)


PAGES = ["rossi", "breast", "diabetes"]


@pytest.fixture(params=PAGES)
def page(request):
    return request.getfixturevalue(request.param).page


def test_page_needs_nothing_else(page):
    reader = Reader(page)
    assert not re.search(r"https?:", page)
    assert "@import" not in page
    assert "url(" not in page
    assert not reader.all("link")
    assert not reader.all("iframe")
    for name, attributes in reader.elements:
        for key in ("src", "href", "srcset", "action", "data"):
            value = attributes.get(key)
            if value is not None:
                assert value.startswith(("data:image/png;base64,", "#")), (name, key)


def test_page_is_accessible(page):
    reader = Reader(page)
    assert reader.all("html") == [{"lang": "en"}]
    assert all(len(image["alt"]) > 20 for image in reader.all("img"))
    assert len(reader.all("img")) == 3
    assert len(reader.all("h1")) == 1
    levels = [int(n[1]) for n, _ in reader.elements if re.fullmatch("h[1-6]", n)]
    assert all(b <= a + 1 for a, b in pairwise(levels))
    assert all(head["scope"] == "col" for head in reader.all("th"))
    assert len(reader.all("caption")) == len(reader.all("table"))
    anchors = {one["id"] for one in reader.all("section")}
    assert anchors == {link["href"][1:] for link in reader.all("a")}


def test_numbers_are_on_the_page(rossi):
    text = Reader(rossi.page).text
    table = rossi.model.coefficients
    assert f"−{-table.coefficient['fin']:.4f}" in text
    assert f"{np.exp(table.coefficient['fin']):.3f}" in text
    assert f"{table.p['fin']:.3f}" in text
    assert "432" in text
    assert "114" in text
    cells = [one["data-value"] for one in Reader(rossi.page).all("td") if len(one) > 1]
    values = np.array([float(value) for value in cells])
    for expected in (
        *table["coefficient"],
        *table["error"],
        rossi.measures.rows["distance"].max(),
        *(one.size for one in rossi.measures.sets.values() if one and one.reached),
    ):
        assert np.any(np.isclose(values, expected, rtol=1e-12)), expected


def test_chosen_rows_have_their_values(rossi):
    text = Reader(rossi.page).text
    for i in (2, 100):
        assert f"Values of row {i + 1}," in text
        moves = rossi.measures.moves.iloc[i]
        assert f"{moves['prio']:+.3f}".replace("-", "−") in text


def test_most_influential_row_comes_first(diabetes):
    first = diabetes.measures.rows["distance"].idxmax()
    listed = diabetes.page.split('id="rows"')[1].split("<tbody>")[1]
    assert listed.startswith(f'<tr><td class="text short">{first}</td>')


def test_everything_is_escaped(make_report):
    rng = np.random.default_rng(0)
    evil = "<script>alert(1)</script>"
    frame = pd.DataFrame(
        {
            evil: rng.normal(size=80),
            'a" onload="x': np.resize(["<b>", "&amp;", "$x$"], 80),
            "name": [f"<i>{i}</i>" for i in range(80)],
            "<y>": rng.normal(size=80),
        }
    )
    frame.loc[7, evil] = 50.0
    report = make_report(frame, target="<y>", id="name", rows=("<i>7</i>",))
    reader = Reader(report.page)
    assert len(reader.all("script")) == 1
    assert not reader.all("b")
    assert not reader.all("i")
    assert not any("onload" in attributes for _, attributes in reader.elements)
    assert evil in reader.text
    assert "<i>7</i>" in reader.text
    assert 'a" onload="x=&amp;' in reader.text


def test_elements_escape_what_is_text():
    inner = element("b", "<")
    assert element("p", "<", inner, title='"') == (
        '<p title="&quot;">&lt;<b>&lt;</b></p>'
    )


def test_command_line_writes_the_page(tmp_path, rossi_frame, capsys):
    table, page = tmp_path / "rossi.csv", tmp_path / "page.html"
    rossi_frame[["fin", "age", "prio", "time", "event"]].to_csv(table, index=False)
    words = ["report", str(table), "--time", "time", "--event", "event"]
    assert main([*words, "--rows", "3", "--out", str(page)]) == 0
    said = capsys.readouterr()
    assert f"{page}:" in said.out
    assert "signs: 100%" in said.err
    assert "Values of row 3," in page.read_text(encoding="utf-8")


def test_report_on_metabric(data_folder, make_report):
    frame = pd.read_csv(data_folder / "metabric.csv.gz").drop(columns="split")
    frame = frame[["x0", "x1", "x7", "x8", "duration", "event"]]
    report = make_report(frame, time="duration", event="event")
    said = report.finding("Hazards are not proportional").text
    assert "x8" in said
    assert "row 1636" in report.finding("Times of zero").text
    assert "x0" in report.finding("Long tails").text
    assert "row 186" in report.finding("Rows that stand out").text
