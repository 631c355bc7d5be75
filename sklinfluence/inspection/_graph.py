"""Influence of nodes or edges, drawn on the graph."""

import numpy as np
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize

from sklinfluence.inspection._graph_layout import (
    import_networkx,
    places_of,
    write_names,
)
from sklinfluence.inspection._style import (
    DIVERGING,
    axes_of,
    change_of,
    symmetric,
    unit_of,
)
from sklinfluence.utils._graphs import graph_of, positions

# Not the darkest colours, on which no name can be read.
_ROOM = 1.4
_MOST_NAMES = 60


class GraphInfluenceDisplay:
    """A graph whose nodes, or edges, have the colour of their influence on one pair.

    Red: without the node, or the edge, the target would be higher; blue: lower; grey:
    unknown. The pair has thick borders. Make it by :meth:`from_explainer` or
    :meth:`from_arrays`; drawing needs networkx.

    Parameters
    ----------
    graph : Graph
        Nodes, names and edges.
    values : ndarray of shape (n_nodes,) or (n_edges,)
        Influence.
    pair : tuple, default=None
        Names of the two nodes whose target is attributed.
    of_edges : bool, default=False
        Whether the values are those of edges.
    unit : str, default=""
        What influence is measured in.

    Attributes
    ----------
    layout_ : ndarray of shape (n_nodes, 2)
        Where the nodes are drawn.
    colors_ : matplotlib ScalarMappable
        What has the colours.
    ax_ : matplotlib Axes
        Where it was drawn.
    figure_ : matplotlib Figure
        Figure of ``ax_``.

    Examples
    --------
    >>> import networkx as nx
    >>> from sklinfluence import InfluenceExplainer, NodeEmbedder
    >>> from sklinfluence.inspection import GraphInfluenceDisplay
    >>> club = nx.karate_club_graph()
    >>> explainer = InfluenceExplainer(NodeEmbedder(random_state=0)).fit(club)
    >>> display = GraphInfluenceDisplay.from_explainer(explainer, (12, 10))
    >>> display.values.shape
    (34,)
    """

    def __init__(self, graph, values, pair=None, of_edges=False, unit=""):
        self.graph = graph
        self.values = np.asarray(values, dtype=float)
        self.pair = pair
        self.of_edges = of_edges
        self.unit = unit
        self._pair = [] if pair is None else positions(graph.names, list(pair))
        expected = len(graph.edges()) if of_edges else graph.n_nodes
        if self.values.shape != (expected,):
            kind = "edges" if of_edges else "nodes"
            raise ValueError(
                f"Got values of shape {self.values.shape} for a graph of {expected} "
                f"{kind}; expected one for each."
            )

    @classmethod
    def from_explainer(cls, explainer, pair, *, layout=None, ax=None, **kwargs):
        """Draw the influence of all nodes, or edges, on one pair of nodes.

        Parameters
        ----------
        explainer : InfluenceExplainer
            Fitted explainer of nodes or of edges.
        pair : tuple of two names
            Centre and context.
        layout : array-like of shape (n_nodes, 2) or dict, default=None
            As for :meth:`plot`.
        ax : matplotlib Axes, default=None
            Where to draw; None: a new figure.
        **kwargs : dict
            Passed to :meth:`plot`.

        Returns
        -------
        GraphInfluenceDisplay
            The display, drawn.

        Raises
        ------
        ValueError
            If the explainer is of other objects.
        """
        kind = type(explainer.problem_.objects).__name__
        if kind not in ("NodeObjects", "EdgeObjects"):
            raise ValueError(
                f"Got an explainer of objects={explainer.objects!r}; expected one of "
                "the nodes or edges of a graph."
            )
        names = np.empty((1, 2), dtype=object)
        names[0] = list(pair)
        display = cls(
            graph_of(explainer.problem_.X),
            explainer.influence(names)[0],
            tuple(pair),
            kind == "EdgeObjects",
            unit_of(explainer),
        )
        return display.plot(layout=layout, ax=ax, **kwargs)

    @classmethod
    def from_arrays(
        cls,
        graph,
        values,
        *,
        pair=None,
        objects="nodes",
        unit="",
        layout=None,
        ax=None,
        **kwargs,
    ):
        """Draw values on a graph.

        Parameters
        ----------
        graph : array-like, sparse matrix, DataFrame or networkx graph
            The graph, as :class:`~sklinfluence.NodeEmbedder` takes it.
        values : array-like of shape (n_nodes,) or (n_edges,)
            Influence, in the order of the nodes, or of the edges of
            ``InfluenceExplainer.object_names_``.
        pair : tuple of two names, default=None
            Nodes to mark.
        objects : {"nodes", "edges"}, default="nodes"
            What the values are of.
        unit : str, default=""
            What influence is measured in.
        layout : array-like of shape (n_nodes, 2) or dict, default=None
            As for :meth:`plot`.
        ax : matplotlib Axes, default=None
            Where to draw; None: a new figure.
        **kwargs : dict
            Passed to :meth:`plot`.

        Returns
        -------
        GraphInfluenceDisplay
            The display, drawn.

        Raises
        ------
        ValueError
            If there is not a value for every object, or objects are neither nodes nor
            edges.
        """
        if objects not in ("nodes", "edges"):
            raise ValueError(
                f"Got objects={objects!r}; expected 'nodes' or 'edges', what the "
                "values are of."
            )
        display = cls(graph_of(graph), values, pair, objects == "edges", unit)
        return display.plot(layout=layout, ax=ax, **kwargs)

    def plot(self, layout=None, ax=None, *, colorbar=True, **kwargs):
        """Draw the graph.

        Parameters
        ----------
        layout : array-like of shape (n_nodes, 2) or dict, default=None
            Places of the nodes, by position or by name; None: a spring layout.
        ax : matplotlib Axes, default=None
            Where to draw; None: a new figure.
        colorbar : bool, default=True
            Whether to draw a colour bar.
        **kwargs : dict
            Passed to ``networkx.draw_networkx_nodes``, or for edges to
            ``networkx.draw_networkx_edges``, such as ``vmin`` and ``vmax``.

        Returns
        -------
        GraphInfluenceDisplay
            The display.

        Raises
        ------
        ImportError
            If networkx is not installed.
        """
        nx = import_networkx()
        drawn = nx.DiGraph() if self.graph.directed else nx.Graph()
        drawn.add_nodes_from(range(self.graph.n_nodes))
        drawn.add_edges_from(self.graph.edges().tolist())
        self.layout_ = places_of(layout, self.graph, nx, drawn)
        ax = axes_of(ax, 5.6, 4.6)
        places = dict(enumerate(self.layout_))
        style = {"cmap": DIVERGING} | symmetric(self.values, _ROOM) | kwargs
        draw = self._draw_edges if self.of_edges else self._draw_nodes
        self.colors_ = draw(nx, drawn, places, ax, style)
        if self.graph.n_nodes <= _MOST_NAMES:
            write_names(ax, self.graph.names, self.layout_, self._colors)
        ax.set_axis_off()
        if colorbar:
            removed = "edge" if self.of_edges else "node"
            label = f"{change_of(self.unit)}\nwithout the {removed}"
            ax.figure.colorbar(self.colors_, ax=ax, label=label, shrink=0.8)
        self.ax_, self.figure_ = ax, ax.figure
        return self

    @property
    def _borders(self):
        marked = np.zeros(self.graph.n_nodes, dtype=bool)
        marked[self._pair] = True
        return {
            "edgecolors": np.where(marked, "black", "0.6").tolist(),
            "linewidths": np.where(marked, 2.2, 0.6),
            "node_size": 190 if self.graph.n_nodes <= _MOST_NAMES else 40,
        }

    def _draw_nodes(self, nx, drawn, places, ax, style):
        nx.draw_networkx_edges(drawn, places, ax=ax, edge_color="0.8")
        known = np.isfinite(self.values)
        style = self._borders | {"node_color": np.nan_to_num(self.values)} | style
        dots = nx.draw_networkx_nodes(drawn, places, ax=ax, **style)
        colors = dots.to_rgba(np.nan_to_num(self.values))
        colors[~known] = (0.8, 0.8, 0.8, 1.0)
        dots.set_array(None)
        dots.set_facecolor(colors)
        self._colors = colors
        return _scale(style)

    def _draw_edges(self, nx, drawn, places, ax, style):
        scale = _scale(style)
        self._colors = np.ones((self.graph.n_nodes, 4))
        known = np.isfinite(self.values)
        colors = scale.to_rgba(np.where(known, self.values, 0.0))
        colors[~known] = (0.5, 0.5, 0.5, 1.0)
        edges = self.graph.edges().tolist()
        # Influence near zero is white, and of no width: the edge is grey below.
        nx.draw_networkx_edges(drawn, places, ax=ax, edge_color="0.8")
        sizes = np.abs(np.where(known, self.values, 0.0)) / scale.norm.vmax
        sizes[~known] = 0.2
        more = {k: v for k, v in style.items() if k not in ("cmap", "vmin", "vmax")}
        widths = (5.0 * np.clip(sizes, 0, 1)).tolist()
        more = {"edge_color": colors, "width": widths} | more
        nx.draw_networkx_edges(drawn, places, edgelist=edges, ax=ax, **more)
        nx.draw_networkx_nodes(
            drawn, places, ax=ax, node_color="white", **self._borders
        )
        return scale


def _scale(style):
    """Return the scale of colours, apart from what is drawn in them."""
    return ScalarMappable(Normalize(style["vmin"], style["vmax"]), style["cmap"])
