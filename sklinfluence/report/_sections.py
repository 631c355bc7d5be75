"""The sections of the page on the model, what to check and how far to believe it."""

import numpy as np

from sklinfluence.report import _pictures
from sklinfluence.report._html import element, join, picture, table
from sklinfluence.report._numbers import number, probability


def findings_section(findings):
    """Write what to check, and what was found to be in order.

    Parameters
    ----------
    findings : Findings
        What was found.

    Returns
    -------
    Markup
        A list.
    """
    items = [
        element(
            "li",
            element("h3", element("span", one.level, class_="level"), one.title),
            element("p", one.text),
            class_=one.level,
        )
        for one in findings.found
    ]
    parts = [element("ul", *items, class_="findings")] if items else []
    if findings.passed:
        text = (
            f"Looked for and not found to be a problem: {', '.join(findings.passed)}."
        )
        parts.append(element("p", text, class_="small"))
    return join(parts)


def model_section(model):
    """Write how good the fit is, and its coefficients.

    Parameters
    ----------
    model : Model
        The fitted model.

    Returns
    -------
    Markup
        Facts, a table and a picture.
    """
    kind, coefficients = model.table.kind, model.coefficients
    ratio = {"survival": "hazard ratio", "classes": "odds ratio"}.get(kind)
    heads = ["column", "coefficient", "SE"]
    heads += [ratio, "95 % interval"] if ratio else ["95 % interval"]
    heads += ["p", "SD of column", "VIF"]
    rows = [
        [
            name,
            number(one.coefficient, 4),
            number(one.error),
            *_interval(one, ratio),
            probability(one.p),
            number(one.scale),
            number(one.inflation),
        ]
        for name, one in coefficients.iterrows()
    ]
    caption = (
        "Coefficients per unit of the column, with standard errors (SE); VIF: how many "
        "times collinearity inflates the variance. Click on a head to sort."
    )
    if ratio:
        caption += f" The interval is that of the {ratio}."
    if model.alpha:
        caption += (
            " Standard errors include the penalty; penalised coefficients have no "
            "p-values."
        )
    numeric = [False] + [True] * (len(heads) - 1)
    alt = "Coefficients with confidence intervals: " + "; ".join(
        f"{name} {one.coefficient * one.scale:+.2f}"
        for name, one in coefficients.iterrows()
    )
    note = "Effects of one standard deviation of each column, to compare columns."
    return join(
        [
            element("dl", *_facts(model), class_="facts"),
            table(caption, heads, rows, numeric=numeric),
            picture(_pictures.effects(model), alt, note),
        ]
    )


def _interval(one, ratio):
    if not ratio:
        ends = f"{number(one.lower)[1]} to {number(one.upper)[1]}"
        return [(one.lower, ends)]
    with np.errstate(over="ignore"):
        middle, low, high = np.exp([one.coefficient, one.lower, one.upper])
    return [number(middle), (low, f"{number(low)[1]} to {number(high)[1]}")]


def _facts(model):
    kind, informative = model.table.kind, model.table.n_informative
    n_columns, facts = model.table.X.shape[1], model.facts
    what = {"survival": "events", "classes": "rows in the smaller class"}.get(kind)
    pairs = [("rows", f"{len(model.table.X)}")]
    pairs += [(what, f"{informative}")] if what else []
    per = {"survival": "events per variable", "number": "rows per variable"}
    pairs += [
        (per.get(kind, "smaller class per variable"), f"{informative / n_columns:.1f}")
    ]
    quality = "R² (on the same data)" if kind == "number" else "concordance (same data)"
    pairs += [
        (quality, f"{facts['fit']:.3f}"),
        ("largest gradient", f"{facts['gradient']:.1e}"),
        ("distance to the best fit", f"{facts['distance']:.1e} SE"),
        ("condition of the columns", f"{facts['condition']:.1f}"),
    ]
    if np.isfinite(facts["iterations"]):
        pairs.append(("steps to convergence", f"{facts['iterations']:.0f}"))
    return [
        element("div", element("dt", name), element("dd", value))
        for name, value in pairs
    ]


def agreement_section(measures):
    """Write how exact removal was checked, and how good the estimate is.

    Parameters
    ----------
    measures : Measures
        What removal of rows does.

    Returns
    -------
    Markup
        Sentences and a picture.
    """
    audit, estimate = measures.audit, measures.estimate_agreement
    checked = (
        "The effects of single rows on this page are exact: Newton's method was run to "
        "convergence without each row. To be sure, the model was also fitted from "
        f"scratch without {len(audit.objects)} rows (the most influential, the least, "
        "and random ones). Relative difference of the coefficients' changes: "
        f"{audit.relative_error:.1e}, correlation {audit.pearson:.6f}."
    )
    picked = (
        "The picture compares exact removal with the usual first-order estimate "
        f"(influence function): relative error {estimate.relative_error:.1%}, slope "
        f"{estimate.slope:.3f}. Points off the line are mostly rows of high leverage, "
        "whose influence that estimate, which other programs print, understates."
    )
    return join(
        [
            element("p", checked),
            element("p", picked),
            picture(
                _pictures.agreement(measures),
                "Scatter of estimated against exact effects of removal, one point for "
                f"a row and a coefficient; correlation {estimate.pearson:.4f}.",
                "One point for each row and coefficient, in standard errors.",
            ),
        ]
    )


def table_section(model):
    """Write how the table was read.

    Parameters
    ----------
    model : Model
        The fitted model.

    Returns
    -------
    Markup
        A list.
    """
    notes = [
        f"{len(model.table.X)} rows and {model.table.X.shape[1]} columns entered the "
        f"model of the {model.table.outcome}.",
        *model.table.notes,
        "Columns enter as they are, with straight effects and no interactions.",
    ]
    return element("ul", *(element("li", one) for one in notes))
