"""What is removed from a graph, nodes or edges, and the pairs that are left."""

from abc import ABC, abstractmethod
from collections import OrderedDict
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array, issparse

from sklinfluence.estimators._walks import (
    counts_of_draws,
    mean_counts,
    pairs_of_walk,
)

# Graphs of so many nodes are cheaper as dense matrices.
_DENSE_NODES = 400
# Numbers of the weights of pairs that are remembered.
_REMEMBERED = 1 << 22


@dataclass(frozen=True)
class Walks:
    """How the pairs of a graph are counted.

    Attributes
    ----------
    length : int
        Nodes on a walk.
    window : int
        As in ``expected_counts``.
    number : int
        Walks from every node.
    seed : int or None
        Of simulated walks; None: expected counts.
    """

    length: int
    window: int
    number: int
    seed: int | None = None

    def shares(self, adjacency, nodes, n_nodes):
        """Return the pairs of a graph as shares of those of the whole graph.

        Parameters
        ----------
        adjacency : csr_array of shape (m, m)
            The graph, or what is left of it.
        nodes : ndarray of int of shape (m,)
            Which of the nodes of the whole graph those are.
        n_nodes : int
            Nodes of the whole graph.

        Returns
        -------
        ndarray or csr_array of shape (m, m)
            Counts divided by the number of pairs of the whole graph.
        """
        few = len(nodes) <= _DENSE_NODES
        total = n_nodes * pairs_of_walk(self.length, self.window)
        if self.seed is None:
            A = adjacency.toarray() if few else adjacency
            # The number of walks cancels.
            return mean_counts(A, self.length, self.window) / total
        # Every node has random numbers of its own: walks that do not come by what is
        # removed stay as they are.
        shape = n_nodes, self.number, self.length - 1
        drawn = np.random.default_rng(self.seed).random(shape)[nodes]
        counts = counts_of_draws(adjacency, drawn, self.window) / (total * self.number)
        return counts.toarray() if few else counts


class GraphObjects(ABC):
    """The objects of a graph, and the weights of pairs where some are removed.

    Parameters
    ----------
    graph : Graph
        The whole graph.
    walks : Walks
        How pairs are counted.
    """

    #: Number of objects.
    n_objects: int
    #: Whether an object has embeddings of its own.
    own_embeddings: bool

    def __init__(self, graph, walks):
        self.graph, self.walks = graph, walks
        self.n_nodes = graph.n_nodes
        self._last = OrderedDict()

    def pairs(self, presence=None):
        """Return the pairs of the objects present.

        Parameters
        ----------
        presence : ndarray of shape (n_objects,), default=None
            Which objects are present; None: all.

        Returns
        -------
        nodes : ndarray of int of shape (m,)
            Nodes that are present.
        weight : ndarray or csr_array of shape (m, m)
            Their pairs, as shares of the number of pairs of the whole graph.
        """
        present = np.ones(self.n_objects, bool) if presence is None else presence > 0
        key = present.tobytes()
        if key in self._last:
            self._last.move_to_end(key)
            return self._last[key]
        nodes, adjacency = self.left(present)
        found = nodes, self.walks.shares(adjacency, nodes, self.n_nodes)
        self._remember(key, found)
        return found

    def _remember(self, key, found):
        """Keep the last pairs, as many as are small together, but always some."""
        self._last[key] = found
        sizes = [_size(weight) for _, weight in self._last.values()]
        while len(self._last) > 2 and sum(sizes) > _REMEMBERED:
            self._last.popitem(last=False)
            sizes.pop(0)

    @abstractmethod
    def left(self, present):
        """Return the nodes and the adjacency matrix that are left.

        Parameters
        ----------
        present : ndarray of bool of shape (n_objects,)
            Which objects are present.

        Returns
        -------
        nodes : ndarray of int of shape (m,)
            Nodes that are present.
        adjacency : csr_array of shape (m, m)
            Edges among them.
        """

    @abstractmethod
    def names(self):
        """Return what to call each object, an array of shape (n_objects,)."""

    def __getstate__(self):
        return self.__dict__ | {"_last": OrderedDict()}


class NodeObjects(GraphObjects):
    """Nodes: one that is removed takes its edges and its embeddings with it."""

    own_embeddings = True

    def __init__(self, graph, walks):
        super().__init__(graph, walks)
        self.n_objects = graph.n_nodes

    def left(self, present):
        """Return what is left without some nodes."""
        nodes = np.flatnonzero(present)
        A = self.graph.adjacency
        return nodes, A if present.all() else A[nodes][:, nodes]

    def names(self):
        """Return the names of the nodes."""
        return self.graph.names


class EdgeObjects(GraphObjects):
    """Edges: one that is removed has no weight; its ends stay."""

    own_embeddings = False

    def __init__(self, graph, walks):
        super().__init__(graph, walks)
        self.edges = graph.edges()
        self.n_objects = len(self.edges)
        self._edge_of_entry = _edge_of_entry(graph, self.edges)

    def left(self, present):
        """Return what is left without some edges."""
        A = self.graph.adjacency
        stay = A.data * present[self._edge_of_entry]
        left = csr_array((stay, A.indices, A.indptr), shape=A.shape, copy=True)
        left.eliminate_zeros()
        return np.arange(self.n_nodes), left

    def names(self):
        """Return the names of both ends of each edge, tuples."""
        return self.graph.edge_names()


#: Objects by name.
OBJECTS = {"nodes": NodeObjects, "edges": EdgeObjects}


def _edge_of_entry(graph, edges):
    """Return which edge each entry of the matrix stands for, (nnz,)."""
    row, column = graph.adjacency.tocoo().coords
    if not graph.directed:
        row, column = np.minimum(row, column), np.maximum(row, column)
    n = graph.n_nodes
    key = edges[:, 0] * n + edges[:, 1]
    order = np.argsort(key)
    wanted = row.astype(np.intp) * n + column
    return order[np.searchsorted(key, wanted, sorter=order)]


def _size(weight):
    return weight.nnz if issparse(weight) else weight.size
