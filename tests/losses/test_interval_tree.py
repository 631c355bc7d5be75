import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from sklinfluence.losses._interval_tree import IntervalTree


def leaves_below(tree, node):
    low = high = node
    while low < tree.size:
        low, high = 2 * low, 2 * high + 1
    return range(low - tree.size, high - tree.size + 1)


def all_runs(n):
    runs = [(first, last) for first in range(n + 1) for last in range(n + 1)]
    return np.array(runs).T


@pytest.mark.parametrize("n", [1, 2, 3, 7, 8, 9, 21])
def test_cover_partitions_every_run(n):
    tree = IntervalTree(n)
    first, last = all_runs(n)
    subjects, nodes = tree.cover(first, last)
    covered = [[] for _ in first]
    for subject, node in zip(subjects, nodes, strict=True):
        covered[subject] += leaves_below(tree, node)
    for found, start, stop in zip(covered, first, last, strict=True):
        # As sorted lists: a leaf that two nodes share would be there twice.
        assert sorted(found) == list(range(start, stop))


@pytest.mark.parametrize("n", [1, 8, 21, 64])
def test_cover_has_at_most_two_nodes_a_level(n):
    tree = IntervalTree(n)
    subjects, nodes = tree.cover(*all_runs(n))
    level = np.floor(np.log2(nodes)).astype(int)
    _, count = np.unique(np.stack([subjects, level]), axis=1, return_counts=True)
    assert count.max() <= 2


def test_cover_of_empty_runs_is_empty():
    subjects, nodes = IntervalTree(4).cover(np.array([2, 3]), np.array([2, 1]))
    assert len(subjects) == len(nodes) == 0


@pytest.mark.parametrize("n", [1, 5, 8])
def test_node_sums_are_sums_over_the_leaves_below(n):
    tree = IntervalTree(n)
    c = np.random.default_rng(0).normal(size=(n, 2))
    sums = tree.node_sums(c)
    for node in range(1, tree.n_nodes):
        inside = [leaf for leaf in leaves_below(tree, node) if leaf < n]
        assert_allclose(sums[node], c[inside].sum(axis=0), atol=1e-15)


@pytest.mark.parametrize("n", [1, 5, 8])
def test_leaf_sums_are_the_adjoint_of_node_sums(n):
    tree = IntervalTree(n)
    rng = np.random.default_rng(1)
    nodes, c = rng.normal(size=tree.n_nodes), rng.normal(size=n)
    up, down = tree.node_sums(c)[1:], tree.leaf_sums(nodes)
    assert_allclose(nodes[1:] @ up, down @ c, rtol=1e-13)


def test_reduce_takes_the_minimum_of_the_leaves_below():
    tree = IntervalTree(5)
    c = np.array([3.0, -1.0, 4.0, 1.0, 5.0])
    nodes = tree.reduce(c, np.minimum, np.inf)
    assert_array_equal(nodes[1:4], [-1.0, -1.0, 5.0])


def test_leaf_sums_leave_their_argument_alone():
    nodes = np.ones(8)
    IntervalTree(4).leaf_sums(nodes)
    assert_array_equal(nodes, 1.0)
