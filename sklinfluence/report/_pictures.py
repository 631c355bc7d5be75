"""The pictures of the report, as PNG in base64."""

import base64
from io import BytesIO
from typing import NamedTuple

import numpy as np
from matplotlib.figure import Figure

from sklinfluence.inspection import AgreementDisplay
from sklinfluence.inspection._style import BLUE, GREY, ORANGE

_LABELLED, _SOFT = 5, "#52606d"


class Picture(NamedTuple):
    """A picture.

    Attributes
    ----------
    data : str
        PNG, in base64.
    width : int
        How wide it is shown, in pixels of the page.
    """

    data: str
    width: int


def effects(model):
    """Draw coefficients a standard deviation, with confidence intervals.

    Parameters
    ----------
    model : Model
        The fitted model.

    Returns
    -------
    Picture
        The picture.
    """
    table = model.coefficients
    figure, ax = _figure(7.2, 1.0 + 0.24 * len(table))
    places = np.arange(len(table))
    middle, low, high = (
        (table[name] * table["scale"]).to_numpy()
        for name in ("coefficient", "lower", "upper")
    )
    ax.axvline(0, color=GREY, linewidth=1)
    ax.errorbar(
        middle, places, xerr=[middle - low, high - middle], fmt="o", color=BLUE, ms=4
    )
    ax.set_yticks(places, [_plain(name) for name in table.index])
    ax.invert_yaxis()
    scale = {"survival": "log hazard ratio", "classes": "log odds ratio"}
    unit = scale.get(model.table.kind, "coefficient")
    ax.set_xlabel(f"{unit} per standard deviation, 95 % confidence interval")
    return _encoded(figure)


def distances(measures):
    """Draw Cook's distance of every row, with the names of the largest.

    Parameters
    ----------
    measures : Measures
        What removal of rows does.

    Returns
    -------
    Picture
        The picture.
    """
    distance = measures.rows["distance"].to_numpy()
    figure, ax = _figure(7.2, 2.9)
    places = np.arange(1, len(distance) + 1)
    top = np.argsort(-np.nan_to_num(distance), kind="stable")[:_LABELLED]
    ax.vlines(places, 0, distance, color=BLUE, linewidth=0.8)
    ax.scatter(places[top], distance[top], color=ORANGE, s=14, zorder=3)
    for i in _apart(places[top] / len(places), distance[top] / distance[top[0]], top):
        right = places[i] > 0.85 * len(distance)
        ax.annotate(
            _plain(measures.rows.index[i]),
            (places[i], distance[i]),
            xytext=(-5 if right else 5, 0),
            textcoords="offset points",
            fontsize="small",
            ha="right" if right else "left",
            va="center",
        )
    ax.set_xlabel("row, in the order of the table")
    ax.set_ylabel("Cook's distance")
    ax.set_ylim(0, None)
    return _encoded(figure)


def _apart(across, up, rows):
    """Return the rows whose labels do not cover one another, the highest first."""
    shown = []
    for k in range(len(rows)):
        near = [
            abs(across[k] - across[j]) < 0.12 and abs(up[k] - up[j]) < 0.1
            for j in shown
        ]
        if not any(near):
            shown.append(k)
    return [rows[k] for k in shown]


def agreement(measures):
    """Draw the estimate by influence functions against exact removal.

    Parameters
    ----------
    measures : Measures
        What removal of rows does.

    Returns
    -------
    Picture
        The picture.
    """
    exact = measures.moves.to_numpy()
    usable = np.isfinite(exact).all(axis=1)
    figure, ax = _figure(4.8, 4.4)
    AgreementDisplay.from_arrays(
        measures.estimated[usable].T, exact[usable].T, unit="standard errors", ax=ax
    )
    ax.set_xlabel("effect of removal, exact (standard errors)")
    return _encoded(figure)


def _figure(width, height):
    figure = Figure(figsize=(width, height), layout="constrained")
    ax = figure.subplots()
    ax.spines[["top", "right"]].set_visible(False)
    return figure, ax


def _plain(name):
    """Return a short name without the signs of mathematics."""
    name = str(name)
    name = name if len(name) <= 32 else name[:31] + "…"
    return name.replace("$", r"\$")


def _encoded(figure):
    (ax,) = figure.axes
    ax.tick_params(labelsize=8, color=GREY, labelcolor=_SOFT)
    for text in (ax.xaxis.label, ax.yaxis.label, ax.title):
        text.set(size=9, color=_SOFT)
    for spine in ax.spines.values():
        spine.set_color(GREY)
    file = BytesIO()
    figure.savefig(file, format="png", dpi=160, metadata={"Software": None})
    data = base64.b64encode(file.getvalue()).decode("ascii")
    return Picture(data, round(100 * figure.get_figwidth()))
