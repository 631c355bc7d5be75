"""Where the nodes of a graph are drawn, and their names."""

import numpy as np

from sklinfluence.inspection._style import ink, short

# Characters of a name that fit into a node.
_INSIDE = 3


def import_networkx():
    """Return networkx, which need not be installed for anything else."""
    try:
        import networkx
    except ImportError as error:
        raise ImportError(
            "Drawing a graph needs networkx. Install it, for instance by "
            "pip install networkx."
        ) from error
    return networkx


def places_of(layout, graph, networkx, drawn):
    """Return where to draw the nodes.

    Parameters
    ----------
    layout : array-like of shape (n_nodes, 2), dict or None
        Places by position or by name; None: a spring layout of a fixed seed.
    graph : Graph
        The graph.
    networkx : module
        What makes the spring layout.
    drawn : networkx graph
        The graph, with positions for names.

    Returns
    -------
    ndarray of shape (n_nodes, 2)
        Places.

    Raises
    ------
    ValueError
        If there is not a place for every node.
    """
    names = graph.names.tolist()
    if layout is None:
        places = networkx.spring_layout(drawn, seed=0)
        return np.array([places[i] for i in range(graph.n_nodes)])
    if isinstance(layout, dict):
        missing = [name for name in names if name not in layout]
        if missing:
            raise ValueError(
                f"Got a layout without a place for {missing[:5]}; expected one for "
                "every node."
            )
        layout = [layout[name] for name in names]
    layout = np.asarray(layout, dtype=float)
    if layout.shape != (len(names), 2):
        raise ValueError(
            f"Got a layout of shape {layout.shape}; expected ({len(names)}, 2), a "
            "place for every node."
        )
    return layout


def write_names(ax, names, places, colors):
    """Write short names into the nodes, and long ones above them.

    Parameters
    ----------
    ax : matplotlib Axes
        Where to draw.
    names : ndarray of shape (n_nodes,)
        Names.
    places : ndarray of shape (n_nodes, 2)
        Where the nodes are.
    colors : ndarray of shape (n_nodes, 4)
        Their colours, on which names must be readable.
    """
    texts = [short(name, 18) for name in names]
    inside = max(map(len, texts)) <= _INSIDE
    for place, text, color in zip(places, texts, colors, strict=True):
        ax.annotate(
            text,
            place,
            xytext=(0, 0 if inside else 8),
            textcoords="offset points",
            ha="center",
            va="center" if inside else "bottom",
            fontsize=7,
            color=ink(color) if inside else "black",
            zorder=5,
        )
