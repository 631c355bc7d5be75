"""What the objects are whose removal is attributed, and what it leaves of the data."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from sklinfluence.utils._graphs import graph_of, named_adjacency
from sklinfluence.utils._sklearn import (
    check_method_params,
    num_samples,
    safe_indexing,
)

# Of so many pairs, all are test objects where none are given.
_MOST_PAIRS = 1 << 18
#: Names of kinds of objects.
OBJECTS = ("samples", "queries", "documents", "items", "nodes", "edges")


class RowObjects:
    """The rows of X: samples, queries or documents. Test rows are other rows."""

    are_rows = True
    #: Whether what is removed from the training data leaves the test objects as well.
    are_in_tests = False

    def count(self, X, y):
        """Return the number of objects."""
        return num_samples(X)

    def names(self, X, y):
        """Return the names of the objects."""
        return index_of(X, self.count(X, y))

    def default_tests(self, X, y):
        """Return the test objects that the training data are themselves."""
        return X, y

    def remove(self, removed, X, y, fit_params):
        """Return X, y and the parameters of ``fit`` without some objects."""
        return remove_rows(removed, X, y, fit_params)

    def remove_from_tests(self, removed, X, y):
        """Return X and y of test objects once some objects are gone."""
        return X, y


class ItemObjects(RowObjects):
    """The columns of y: items, of which every row says how relevant they are."""

    are_rows = False
    are_in_tests = True

    def count(self, X, y):
        """Return the number of columns of y."""
        return y.shape[1]

    def names(self, X, y):
        """Return the names of the columns of a DataFrame, else positions."""
        return y.columns if isinstance(y, pd.DataFrame) else np.arange(y.shape[1])

    def remove(self, removed, X, y, fit_params):
        """Return the same rows, with fewer columns in y."""
        X, y = self.remove_from_tests(removed, X, y)
        return X, y, fit_params

    def remove_from_tests(self, removed, X, y):
        """Return the same rows, with fewer columns in y if there is one."""
        if y is None:
            return X, y
        kept = np.delete(np.arange(y.shape[1]), removed)
        return X, safe_indexing(y, kept, axis=1)


@dataclass(frozen=True)
class GroupObjects(RowObjects):
    """Groups of rows, such as the documents of each query.

    Attributes
    ----------
    labels : array-like of shape (n,)
        Group of each row.
    """

    labels: Any
    are_rows = False

    def count(self, X, y):
        """Return the number of groups."""
        return len(np.unique(self.labels))

    def names(self, X, y):
        """Return the labels, sorted."""
        return np.unique(self.labels)

    def remove(self, removed, X, y, fit_params):
        """Return the data without all rows of some groups."""
        gone = np.isin(self.labels, self.names(X, y)[removed])
        return remove_rows(np.flatnonzero(gone), X, y, fit_params)


class NodeObjects(RowObjects):
    """The nodes of a graph X. Test objects are pairs of nodes."""

    are_rows = False
    are_in_tests = True

    def count(self, X, y):
        """Return the number of nodes."""
        return graph_of(X).n_nodes

    def names(self, X, y):
        """Return the names of the nodes."""
        return graph_of(X).names

    def remove(self, removed, X, y, fit_params):
        """Return the graph without some nodes."""
        graph = graph_of(X)
        kept = np.delete(np.arange(graph.n_nodes), removed)
        left = graph.adjacency[kept][:, kept]
        return named_adjacency(left, graph.names[kept]), y, fit_params

    def default_tests(self, X, y):
        """Return all pairs of nodes, by name."""
        names = graph_of(X).names
        n = len(names)
        if n * n > _MOST_PAIRS:
            raise ValueError(
                f"All pairs of {n} nodes are {n * n:.1e} test objects. Pass those that "
                "are to be explained as X, an array of shape (n_pairs, 2)."
            )
        pairs = np.empty((n * n, 2), dtype=names.dtype)
        pairs[:, 0], pairs[:, 1] = np.repeat(names, n), np.tile(names, n)
        return pairs, None


class EdgeObjects(NodeObjects):
    """The edges of a graph X, each with both its directions if it has none."""

    are_in_tests = False

    def count(self, X, y):
        """Return the number of edges."""
        return len(graph_of(X).edges())

    def names(self, X, y):
        """Return the names of both ends of each edge, tuples."""
        return graph_of(X).edge_names()

    def remove(self, removed, X, y, fit_params):
        """Return the graph without some edges."""
        graph = graph_of(X)
        left = graph.without_edges(np.atleast_1d(removed))
        return named_adjacency(left, graph.names), y, fit_params


def resolve_objects(name, y, fit_params):
    """Turn the name of objects into what their removal does.

    Parameters
    ----------
    name : {"auto", "samples", "items", "queries", "documents", "nodes", "edges"}
        ``"auto"`` are the rows.
    y : array-like or None
        Training targets.
    fit_params : dict
        What else ``fit`` was given: ``qid`` makes rows documents.

    Returns
    -------
    RowObjects
        The rows, or another kind.

    Raises
    ------
    ValueError
        If the data have no such objects.
    """
    qid = next((v for k, v in fit_params.items() if k.split("__")[-1] == "qid"), None)
    n_dimensions = len(getattr(y, "shape", ()))
    if name == "items" and (n_dimensions != 2 or y.shape[1] < 2):
        given = "no y" if y is None else f"y of shape {getattr(y, 'shape', None)}"
        raise ValueError(
            f"objects='items' are the columns of a relevance matrix; got {given}. Pass "
            "an array, a sparse matrix or a DataFrame of shape (n_queries, n_items)."
        )
    simple = {"items": ItemObjects, "nodes": NodeObjects, "edges": EdgeObjects}
    if name in simple:
        return simple[name]()
    if name == "documents" and qid is None:
        raise ValueError(
            "objects='documents' are rows with qid=, the query of each, in fit; got "
            "none. Pass qid, or use objects='queries' or 'items'."
        )
    if name == "queries" and qid is not None:
        return GroupObjects(np.asarray(qid))
    if name == "queries" and n_dimensions != 2:
        raise ValueError(
            "objects='queries' are the rows of a relevance matrix, or groups of rows "
            "with the same qid; got neither. Pass qid to fit, or a relevance matrix."
        )
    return RowObjects()


def remove_rows(removed, X, y, fit_params):
    """Leave rows out of the training data.

    Parameters
    ----------
    removed : int or ndarray of int
        Rows to leave out.
    X, y : array-like, DataFrame or sparse matrix
        Training data; ``y`` may be None.
    fit_params : dict
        Parameters of ``fit``; those with one entry a row are subset as well.

    Returns
    -------
    X, y, fit_params
        The training data without the rows, of the same types.
    """
    kept = np.delete(np.arange(num_samples(X)), removed)
    return keep_rows(kept, X, y, fit_params)


def keep_rows(kept, X, y, fit_params):
    """Take some rows of the training data.

    Parameters
    ----------
    kept : ndarray of int
        Rows to take.
    X, y : array-like, DataFrame or sparse matrix
        Training data; ``y`` may be None.
    fit_params : dict
        Parameters of ``fit``; those with one entry a row are subset as well.

    Returns
    -------
    X, y, fit_params
        These rows, of the same types.
    """
    # Numbers of numpy have a shape, and words a length: neither is an entry a row.
    single = {key: v for key, v in fit_params.items() if _is_single(v)}
    per_row = {key: v for key, v in fit_params.items() if key not in single}
    return (
        safe_indexing(X, kept),
        None if y is None else safe_indexing(y, kept),
        check_method_params(X, per_row, indices=kept) | single,
    )


def index_of(X, n_objects):
    """Return the index of a pandas object with name and levels, else positions."""
    named = isinstance(X, (pd.DataFrame, pd.Series))
    return X.index if named else np.arange(n_objects)


def _is_single(value):
    return isinstance(value, str) or getattr(value, "shape", None) == ()
