"""The sections of the page on single rows and sets of rows."""

import numpy as np

from sklinfluence.report import _pictures
from sklinfluence.report._find_in_rows import reasons
from sklinfluence.report._html import element, join, picture, table
from sklinfluence.report._numbers import number, plain, probability, signed
from sklinfluence.report._request import listed

_SHOWN = 15


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
                "errors of the coefficient: the model without the row minus with it. "
                f"Leverage: {_leverage(model)}.",
                [*heads, "what is unusual about it"],
                rows,
                numeric=[False, True, False, True, False, False],
            ),
        ]
    )


def _leverage(model):
    share = "the share of what the data say about the coefficients that the row says"
    if model.table.kind != "survival":
        return share
    # A row that is at risk blurs the comparisons at the events of others.
    return f"{share}, below zero where others would say more without it"


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
