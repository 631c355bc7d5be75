"""The sections of the page."""

import numpy as np

from sklinfluence.report import _pictures
from sklinfluence.report._find_in_rows import reasons
from sklinfluence.report._html import element, join, picture, table
from sklinfluence.report._numbers import number, plain, probability, signed
from sklinfluence.report._request import listed

_SHOWN = 15


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


def influential_section(model, measures):
    """Write the rows that move the coefficients most, and why.

    Parameters
    ----------
    model : Model
        The fitted model.
    measures : Measures
        What removal of rows does.

    Returns
    -------
    Markup
        A picture and a table.
    """
    distance = measures.rows["distance"].fillna(np.inf).to_numpy()
    order = np.argsort(-distance, kind="stable")[:_SHOWN]
    rows = [
        [
            str(measures.rows.index[i]),
            number(measures.rows["distance"].iloc[i]),
            _largest_move(measures, i),
            number(measures.rows["leverage"].iloc[i]),
            str(model.table.shown.iloc[i]),
            reasons(model, measures, i) or "no single value: a combination",
        ]
        for i in order
    ]
    heads = ["row", "Cook's distance", "largest move", "leverage", "outcome"]
    names = listed([measures.rows.index[i] for i in order[:5]])
    return join(
        [
            picture(
                _pictures.distances(measures),
                f"Cook's distance of every row; the largest are {names}.",
                "Cook's distance: how far all coefficients move together when the row "
                "is removed, in squared standard errors for each coefficient.",
            ),
            table(
                "The rows whose removal moves the model most. Moves are in standard "
                "errors of the coefficient: the model without the row minus with it.",
                [*heads, "what is unusual about it"],
                rows,
                numeric=[False, True, False, True, False, False],
            ),
        ]
    )


def _largest_move(measures, i):
    moves = measures.moves.iloc[i]
    if moves.isna().any():
        return np.inf, "no model without it"
    name = moves.abs().idxmax()
    return moves.abs().max(), f"{name} {signed(moves[name])[1]}"


def row_sections(model, measures):
    """Write what each of the rows that were asked for does.

    Parameters
    ----------
    model : Model
        The fitted model.
    measures : Measures
        What removal of rows does.

    Returns
    -------
    list of (str, str, Markup)
        A section, or none.
    """
    parts = [part for i in model.table.rows for part in _about_row(model, measures, i)]
    return [("chosen", "The rows you asked about", join(parts))] if parts else []


def _about_row(model, measures, i):
    row, X = measures.rows.iloc[i], model.table.X
    rank = 1 + int((measures.rows["distance"] > row["distance"]).sum())
    text = (
        f"Outcome: {model.table.shown.iloc[i]}; residual {signed(row['residual'])[1]}. "
        f"Cook's distance {number(row['distance'])[1]}, rank {rank} of {len(X)}."
    )
    unusual = reasons(model, measures, i)
    text += f" Unusual: {unusual}." if unusual else " No value of it is unusual."
    share = X.rank(pct=True).iloc[i]
    rows = [
        [
            name,
            plain(X[name].iloc[i]),
            (share[name], f"{share[name]:.0%}"),
            signed(measures.moves[name].iloc[i], 3),
        ]
        for name in X.columns
    ]
    heads = ["column", "value", "share of rows up to this value"]
    return [
        element("h3", str(X.index[i])),
        element("p", text),
        table(
            f"Values of {X.index[i]}, and what its removal does to each coefficient.",
            [*heads, "move without it (SE)"],
            rows,
            numeric=[False, True, True, True],
        ),
    ]


def sets_section(model, measures):
    """Write the smallest sets that flip the sign of each coefficient.

    Parameters
    ----------
    model : Model
        The fitted model.
    measures : Measures
        What removal of rows does.

    Returns
    -------
    Markup
        A table.
    """
    rows = [
        [
            name,
            number(model.coefficients.coefficient[name], 4),
            probability(model.coefficients.p[name]),
            *_set_cells(one, model, measures, name),
        ]
        for name, one in measures.sets.items()
    ]
    text = (
        "The smallest set of rows that was found whose removal turns the sign of a "
        "coefficient, checked by refitting the model without it. The search is greedy, "
        "so that a smaller set may exist. Some set always exists; one of a few rows is "
        "a reason to look at who is in it."
    )
    heads = ["column", "coefficient", "p", "rows", "share"]
    return join(
        [
            element("p", text),
            table(
                "Number and share of the rows to remove, and the coefficient without "
                f"them. Sets of up to {measures.most} rows were looked for.",
                [*heads, "without them", "which rows"],
                rows,
                numeric=[False, True, True, True, True, True, False],
            ),
        ]
    )


def _set_cells(one, model, measures, name):
    if one is None:
        return [(np.nan, "–"), (np.nan, "–"), (np.nan, "–"), "the search failed"]
    if one.reached:
        after = one.refitted / model.coefficients["scale"][name]
        share = one.size / len(measures.moves)
        rows = listed(one.names, 6)
        return [(one.size, f"{one.size}"), (share, f"{share:.1%}"), number(after), rows]
    needed = measures.needed[name]
    about = (
        f"about {needed:.0f} by a first-order estimate" if needed > 0 else "none found"
    )
    large = (np.inf, f"more than {measures.most}")
    return [large, (np.inf, "–"), (np.nan, "–"), about]


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
