"""The page: findings first, then the numbers that they come from."""

from pathlib import Path

from sklinfluence import __version__
from sklinfluence.report._html import Markup, element, join
from sklinfluence.report._look import SCRIPT, STYLE
from sklinfluence.report._row_sections import (
    influential_section,
    row_sections,
    sets_section,
)
from sklinfluence.report._sections import (
    agreement_section,
    findings_section,
    model_section,
    table_section,
)

# The browser itself is told to load nothing from anywhere.
_POLICY = (
    "default-src 'none'; img-src data:; style-src 'unsafe-inline'; "
    "script-src 'unsafe-inline'"
)


def write_page(model, measures, findings, request):
    """Write the report as one HTML page.

    Parameters
    ----------
    model : Model
        The fitted model.
    measures : Measures
        What removal of rows does.
    findings : Findings
        What to check.
    request : Request
        What was asked for.

    Returns
    -------
    str
        The page.
    """
    title = f"Influence report: {Path(request.path).name}"
    sections = [
        ("findings", "What to check in the data", findings_section(findings)),
        ("model", "The model", model_section(model)),
        ("rows", "Most influential rows", influential_section(model, measures)),
        *row_sections(model, measures),
        ("signs", "How many rows hold up each sign", sets_section(model, measures)),
        ("agreement", "Can these numbers be believed?", agreement_section(measures)),
        ("table", "What was done to the table", table_section(model)),
    ]
    links = [
        element("li", element("a", heading, href=f"#{anchor}"))
        for anchor, heading, _ in sections
    ]
    body = [
        element("section", element("h2", heading), content, id=anchor)
        for anchor, heading, content in sections
    ]
    head = element(
        "head",
        Markup('<meta charset="utf-8">'),
        Markup(f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'),
        Markup('<meta name="viewport" content="width=device-width, initial-scale=1">'),
        element("title", title),
        element("style", Markup(STYLE)),
    )
    top = element(
        "header",
        element("h1", title),
        element("p", _lead(model), class_="lead"),
        element("nav", element("ul", *links), aria_label="Sections"),
    )
    page = element(
        "body",
        top,
        element("main", *body),
        element("footer", element("p", f"Made by sklinfluence {__version__}.")),
        element("script", Markup(SCRIPT)),
    )
    return join([Markup("<!DOCTYPE html>\n"), element("html", head, page, lang="en")])


def _lead(model):
    table = model.table
    named = model.name[0].upper() + model.name[1:]
    return (
        f"{named} of the {table.outcome} on {table.X.shape[1]} columns, "
        f"{len(table.X)} rows. Which rows does the result depend on?"
    )
