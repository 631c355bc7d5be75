"""Colours that colour-blind readers tell apart, words for units, and axes."""

import matplotlib.pyplot as plt
import numpy as np

# Okabe and Ito (2008); lines in this order also differ by their dashes.
BLUE, ORANGE, GREY = "#0072B2", "#D55E00", "#999999"
LINES = [
    (BLUE, "-"),
    (ORANGE, "--"),
    ("#009E73", "-."),
    ("#CC79A7", ":"),
    ("#E69F00", (0, (5, 1))),
    ("#56B4E9", (0, (3, 1, 1, 1))),
]
#: From blue, removal lowers the target, to red, removal raises it.
DIVERGING = "RdBu_r"

_UNITS = {
    "LogRisk": "log-risk",
    "Loss": "loss",
    "Parameter": "coefficient",
    "Probability": "probability",
    "RelativeRisk": "relative risk",
    "Score": "score",
}


def unit_of(explainer):
    """Return what the influence of a fitted explainer is measured in.

    Parameters
    ----------
    explainer : InfluenceExplainer
        Fitted explainer.

    Returns
    -------
    str
        A word for an axis label.
    """
    return _UNITS.get(type(explainer.target_).__name__, "target")


def change_of(unit):
    """Return the label of an axis of influence in a unit."""
    return f"change of the {unit or 'target'}"


def axes_of(ax, width, height):
    """Return the axes that were given, or new ones of a size in inches."""
    if ax is not None:
        return ax
    return plt.subplots(figsize=(width, height), layout="constrained")[1]


def symmetric(values, room=1.0):
    """Return limits around zero of a diverging scale, so that zero is its middle.

    Parameters
    ----------
    values : array-like
        What is coloured; nan is passed over.
    room : float, default=1
        How far beyond the largest value the scale goes on.

    Returns
    -------
    dict
        ``vmin`` and ``vmax``.
    """
    sizes = np.abs(np.asarray(values, dtype=float))
    most = sizes[np.isfinite(sizes)].max(initial=0.0) or 1.0
    return {"vmin": -room * most, "vmax": room * most}


def line_style(place):
    """Return the colour and dashes of one of several lines."""
    color, dashes = LINES[place % len(LINES)]
    return {"color": color, "linestyle": dashes}
