"""Graphs as users give them."""

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_array_equal
from scipy.sparse import coo_matrix, csr_array

from sklinfluence.utils._graphs import adjacency_of, is_graph, make_graph, positions

A = np.array([[0.0, 2.0, 0.0], [2.0, 1.0, 1.0], [0.0, 1.0, 0.0]])


class Listed:
    """A graph with the few methods of networkx that are used."""

    def __init__(self, nodes, edges, directed):
        self.listed, self.weighted, self.directed = nodes, edges, directed

    def nodes(self):
        return self.listed

    def edges(self, data, default):
        assert (data, default) == ("weight", 1.0)
        return [(*edge, default)[:3] for edge in self.weighted]

    def is_directed(self):
        return self.directed

    def number_of_nodes(self):
        return len(self.listed)


@pytest.mark.parametrize("form", [np.asarray, csr_array, coo_matrix])
def test_matrices(form):
    graph = make_graph(form(A))
    assert_array_equal(graph.adjacency.toarray(), A)
    assert not graph.directed
    assert_array_equal(graph.edges(), [[0, 1], [1, 1], [1, 2]])
    assert_array_equal(graph.names, [0, 1, 2])


def test_direction_is_seen():
    B = A.copy()
    B[0, 1] = 3.0
    graph = make_graph(B)
    assert graph.directed
    assert_array_equal(graph.edges(), [[0, 1], [1, 0], [1, 1], [1, 2], [2, 1]])


def test_stored_zeros_are_no_edges_and_the_users_stay():
    stored = csr_array(A)
    stored.data[0] = 0.0
    graph = make_graph(stored)
    assert graph.adjacency.nnz == 4
    assert stored.nnz == 5


@pytest.mark.parametrize("directed", [True, False])
def test_graphs_with_named_nodes(directed):
    edges = [("b", "a", 2.0), ("b", "b"), ("b", "c"), ("b", "c", None)]
    given = Listed(["a", "b", "c"], edges, directed)
    assert is_graph(given)
    matrix, names, found = adjacency_of(given)
    assert found is directed
    assert list(names) == ["a", "b", "c"]
    expected = np.array([[0.0, 0, 0], [2, 1, 2], [0, 0, 0]])
    if not directed:
        expected = np.maximum(expected, expected.T)
    assert_array_equal(matrix.toarray(), expected)


def test_graphs_of_networkx():
    networkx = pytest.importorskip("networkx")
    graph = networkx.les_miserables_graph()
    matrix, names, directed = adjacency_of(graph)
    assert_array_equal(matrix.toarray(), networkx.to_numpy_array(graph))
    assert list(names) == list(graph)
    assert not directed
    assert adjacency_of(networkx.DiGraph([(1, 0)]))[2]


def test_names_of_frames():
    names = ["x", "y", "z"]
    frame = pd.DataFrame(A, names, names)
    assert list(adjacency_of(frame)[1]) == names
    assert list(adjacency_of(pd.DataFrame(A, columns=names))[1]) == names
    with pytest.raises(ValueError, match="different names"):
        adjacency_of(pd.DataFrame(A, names, names[::-1]))
    assert adjacency_of(A)[1:] == (None, None)


def test_positions_of_nodes():
    names = np.array(["a", "b", ("c", 1)], dtype=object)
    assert_array_equal(positions(names, ["b", 0]), [1, 0])
    numbers = np.array([10, 1, 0])
    assert_array_equal(positions(numbers, [[10, 1], [0, 0]]), [[0, 1], [2, 2]])
    with pytest.raises(ValueError, match=r"node 2; expected one of node_names_\."):
        positions(numbers, [2])
    with pytest.raises(ValueError, match="node_names_"):
        positions(names, ["d"])
    with pytest.raises(ValueError, match="from 0 to 2"):
        positions(names, [3])


def test_bad_graphs():
    with pytest.raises(ValueError, match="square"):
        make_graph(np.ones((2, 3)))
    with pytest.raises(ValueError, match="Negative values"):
        make_graph(-A)
