"""Graphs as users give them: adjacency matrices, sparse or not, and networkx graphs."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.sparse import coo_array, csr_array, issparse

from sklinfluence.utils._sparse import canonical

_GRAPH_METHODS = ("nodes", "edges", "is_directed", "number_of_nodes")


@dataclass(frozen=True)
class Graph:
    """A weighted graph.

    Attributes
    ----------
    adjacency : csr_array of shape (n, n)
        Positive weights of edges from rows to columns, each stored once.
    names : ndarray of shape (n,)
        What the user calls the nodes.
    directed : bool
        Whether an edge goes one way only; if not, ``adjacency`` is symmetric.
    """

    adjacency: csr_array
    names: np.ndarray
    directed: bool

    @property
    def n_nodes(self):
        """Number of nodes."""
        return self.adjacency.shape[0]

    def edges(self):
        """Return the edges, (m, 2) node positions; those of no direction once."""
        entries = self.adjacency.tocoo()
        row, column = entries.coords
        once = np.ones(len(row), bool) if self.directed else row <= column
        return np.column_stack([row, column])[once].astype(np.intp)

    def edge_names(self):
        """Return the names of both ends of each edge, tuples."""
        names = np.empty(len(self.edges()), dtype=object)
        names[:] = [tuple(pair) for pair in self.names[self.edges()].tolist()]
        return names

    def without_edges(self, removed):
        """Return the adjacency matrix without some of the edges, a csr_array."""
        ends, left = self.edges()[removed], self.adjacency.tolil(copy=True)
        for a, b in ends:
            left[a, b] = 0.0
            if not self.directed:
                left[b, a] = 0.0
        return csr_array(left)


def graph_of(X):
    """Return the graph that a user gave, which is known to be valid."""
    matrix, names, directed = adjacency_of(X)
    if isinstance(matrix, pd.DataFrame):
        matrix = matrix.to_numpy(dtype=float)
    elif not issparse(matrix):
        matrix = np.asarray(matrix, dtype=float)
    return make_graph(matrix, names, directed)


def named_adjacency(adjacency, names):
    """Return a matrix with the names of its nodes, a DataFrame of sparse columns."""
    return pd.DataFrame.sparse.from_spmatrix(adjacency, names, names)


def is_graph(X):
    """Say whether X is a graph of networkx, or behaves as one; nothing is imported."""
    return all(callable(getattr(X, name, None)) for name in _GRAPH_METHODS)


def adjacency_of(X):
    """Return what the user gave as a matrix that scikit-learn can validate.

    Parameters
    ----------
    X : array-like, sparse matrix, DataFrame or networkx graph
        The graph.

    Returns
    -------
    adjacency : array-like or csr_array
        Its matrix.
    names : ndarray of shape (n,) or None
        What the nodes are called, None where nothing says.
    directed : bool or None
        None where only the symmetry of the matrix can say.
    """
    if is_graph(X):
        adjacency, names = _of_networkx(X)
        return adjacency, names, bool(X.is_directed())
    if isinstance(X, pd.DataFrame):
        return _with_usual_names(X), _names_of_frame(X), None
    return X, None, None


def make_graph(adjacency, names=None, directed=None):
    """Make the graph of a matrix of numbers.

    Parameters
    ----------
    adjacency : ndarray or sparse array of shape (n, n)
        Weights of edges from rows to columns; zero: no edge.
    names : ndarray of shape (n,), default=None
        Names of the nodes; None: their positions.
    directed : bool, default=None
        Whether edges have a direction; None: where the matrix is not symmetric.

    Returns
    -------
    Graph
        The graph.

    Raises
    ------
    ValueError
        If the matrix is not square, or a weight is negative.
    """
    n_rows, n_columns = adjacency.shape
    if n_rows != n_columns:
        raise ValueError(
            f"Got an adjacency matrix of shape {adjacency.shape}; expected a square "
            "one, with a row and a column for every node."
        )
    A = canonical(adjacency)
    if A.nnz and A.data.min() < 0:
        raise ValueError(
            "Negative values in data passed to X: got an edge of weight "
            f"{A.data.min():g}; expected weights that are not negative, since they are "
            "the chances of a random walk up to a factor."
        )
    if (A.data == 0).any():
        A = A.copy() if issparse(adjacency) else A
        A.eliminate_zeros()
    if directed is None:
        directed = bool((A != A.T).nnz)
    names = np.arange(n_rows) if names is None else names
    return Graph(A, names, directed)


def pairs_of(X):
    """Return pairs of nodes, as a user gave them, as an array of shape (m, 2).

    Parameters
    ----------
    X : array-like or DataFrame
        Pairs of names; names may be tuples, which are no further dimension.

    Returns
    -------
    ndarray of shape (m, 2)
        The pairs.

    Raises
    ------
    ValueError
        If these are no pairs.
    """
    listed = isinstance(X, (list, tuple))
    if listed and all(isinstance(one, (list, tuple)) and len(one) == 2 for one in X):
        pairs = np.empty((len(X), 2), dtype=object)
        for row, (a, b) in zip(pairs, X, strict=True):
            row[0], row[1] = a, b
        X = pairs
    if issparse(X) or np.ndim(X) != 2 or np.shape(X)[1] != 2:
        kind = "sparse" if issparse(X) else f"of shape {np.shape(X)}"
        raise ValueError(
            f"Got test objects that are {kind}; expected pairs of nodes, an array of "
            "shape (n_pairs, 2): centres and contexts, by name, or by position where "
            "no node is called by a number."
        )
    return np.asarray(X)


def positions(names, wanted):
    """Return the positions of nodes given by name.

    Parameters
    ----------
    names : ndarray of shape (n,)
        Names of all nodes.
    wanted : array-like
        Names, or positions where no node is called by a number.

    Returns
    -------
    ndarray of int
        Positions, of the same shape.

    Raises
    ------
    ValueError
        If there is no such node.
    """
    wanted = np.asarray(wanted, dtype=None if names.dtype != object else object)
    place = {name: position for position, name in enumerate(names.tolist())}
    by_number = any(isinstance(name, (int, float)) for name in place)
    found = np.empty(wanted.shape, dtype=np.intp)
    for where, name in np.ndenumerate(wanted):
        name = name.item() if isinstance(name, np.generic) else name
        found[where] = place.get(name, -1)
        if found[where] < 0:
            found[where] = _as_position(name, 0 if by_number else len(names))
    return found


def _as_position(name, n):
    """Return a whole number as a position, one of n."""
    whole = isinstance(name, (int, float)) and not isinstance(name, bool)
    if whole and float(name).is_integer() and 0 <= name < n:
        return int(name)
    raise ValueError(
        f"Got the node {name!r}; expected one of node_names_"
        + (f", or a position from 0 to {n - 1}." if n else ".")
    )


def _of_networkx(graph):
    """Return matrix and names; parallel edges add up."""
    names = np.empty(graph.number_of_nodes(), dtype=object)
    names[:] = list(graph.nodes())
    place = {name: position for position, name in enumerate(names.tolist())}
    edges = [
        (place[a], place[b], _weight_of(a, b, weight))
        for a, b, weight in graph.edges(data="weight", default=1.0)
    ]
    row, column, weight = np.array(edges, dtype=float).reshape(-1, 3).T
    row, column = row.astype(np.intp), column.astype(np.intp)
    if not graph.is_directed():
        back = row != column
        row, column = np.r_[row, column[back]], np.r_[column, row[back]]
        weight = np.r_[weight, weight[back]]
    shape = (len(names),) * 2
    adjacency = csr_array(coo_array((weight, (row, column)), shape=shape))
    return adjacency, _plain(names)


def _weight_of(a, b, weight):
    """Return the weight of an edge as a number; one that has none weighs one."""
    try:
        return 1.0 if weight is None else float(weight)
    except (TypeError, ValueError):
        raise ValueError(
            f"Got the weight {weight!r} of the edge from {a!r} to {b!r}; expected a "
            "number that is not negative."
        ) from None


def _with_usual_names(frame):
    """Return a frame whose names scikit-learn takes, or its numbers without names."""
    are_words = [isinstance(name, str) for name in frame.columns]
    if all(are_words) or not any(are_words):
        return frame
    if all(isinstance(kind, pd.SparseDtype) for kind in frame.dtypes):
        return csr_array(frame.sparse.to_coo())
    return frame.to_numpy()


def _plain(names):
    """Return names as an array of whole numbers where they are such."""
    if all(type(name) is int for name in names.tolist()):
        return np.array(names.tolist(), dtype=np.int64)
    return names


def _names_of_frame(frame):
    """Return the names of rows, which must be those of columns where both are named."""
    if frame.shape[0] != frame.shape[1]:
        return None
    rows, columns = frame.index, frame.columns
    for names in (rows, columns):
        if names.has_duplicates:
            again = names[names.duplicated()].tolist()
            raise ValueError(
                f"Got an adjacency matrix with the node {again[0]!r} more than once; "
                "expected a name of its own for each node."
            )
    if isinstance(rows, pd.RangeIndex) and not rows.equals(columns):
        return columns.to_numpy()
    if isinstance(columns, pd.RangeIndex) and not rows.equals(columns):
        return rows.to_numpy()
    if not rows.equals(columns):
        raise ValueError(
            "Got an adjacency matrix whose rows and columns have different names; "
            "expected the same node at the same place, as after "
            "frame.loc[names, names]."
        )
    return rows.to_numpy()
