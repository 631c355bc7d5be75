"""Colours that colour-blind readers tell apart, words for units, and axes."""

from functools import partial

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.cbook import normalize_kwargs

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
        A word for an axis label: that of the target, the name of the only parameter,
        or that of a user's function.
    """
    target = explainer.target_
    word = _UNITS.get(type(target).__name__) or _name_of(target)
    names = getattr(target, "names", None)
    if word == "coefficient" and names is not None and len(names) == 1:
        return f"coefficient of {target.test_names(None)[0]}"
    are_pairs = hasattr(explainer.problem_.objective, "graph")
    return f"{word} of the pair" if are_pairs and word in {"loss", "score"} else word


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


def styled(defaults, kwargs, artist):
    """Return how to draw: a user's arguments, under any alias, before defaults.

    Parameters
    ----------
    defaults : dict
        Arguments of matplotlib, none by an alias.
    kwargs : dict
        Arguments of the user, such as ``c`` or ``color``.
    artist : type
        What is drawn, which knows the aliases.

    Returns
    -------
    dict
        Arguments of matplotlib.
    """
    return defaults | normalize_kwargs(kwargs, artist)


def names_of(names, n):
    """Return names of n objects as an array, positions where there are none.

    Parameters
    ----------
    names : array-like of shape (n,) or None
        Names; tuples stay tuples.
    n : int
        Number of objects.

    Returns
    -------
    ndarray of shape (n,)
        Names.

    Raises
    ------
    ValueError
        If there is not a name for each.
    """
    names = range(n) if names is None else names
    if len(names) != n:
        raise ValueError(
            f"Got {len(names)} names of {n} objects; expected one for each."
        )
    if isinstance(names, np.ndarray) and names.ndim == 1:
        return names
    out = np.empty(n, dtype=object)
    out[:] = list(names)
    return out


def ink(color):
    """Return black or white, whichever is read more easily on a colour.

    Parameters
    ----------
    color : sequence of float
        Red, green and blue, from 0 to 1.

    Returns
    -------
    str
        ``"black"`` or ``"white"``.
    """
    linear = np.asarray(color[:3], dtype=float) ** 2.2
    luminance = linear @ [0.2126, 0.7152, 0.0722]
    # Where the contrasts with black and with white are the same (WCAG 2.1).
    return "black" if luminance > 0.179 else "white"


def short(name, length=28):
    """Return a name as text of a bounded length, cut in the middle."""
    # Single quotes and brackets of tuples would only be in the way.
    text = ", ".join(map(str, name)) if isinstance(name, tuple) else str(name)
    text = " ".join(text.split())
    if len(text) <= length:
        return text
    head = (length - 1) // 2
    return f"{text[:head]}…{text[len(text) - (length - 1 - head) :]}"


def _name_of(target):
    """Return the name of a user's function in words, ``target`` where it has none."""
    function = getattr(target, "function", None)
    while isinstance(function, partial):
        function = function.func
    name = getattr(function, "__name__", "<lambda>")
    return "target" if name == "<lambda>" else name.strip("_").replace("_", " ")
