"""The objective of embeddings: derivatives, and what removal of nodes and edges is."""

import pickle

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy.special import logsumexp

from sklinfluence.estimators import _graph_objects as module
from sklinfluence.estimators import expected_counts
from sklinfluence.estimators._graph_objects import OBJECTS, Walks
from sklinfluence.objectives import EmbeddingObjective, check_objective
from sklinfluence.utils._graphs import make_graph

GRAPHS = ["isolated node", "weighted with a loop", "directed", "disconnected"]
ALPHA = 0.03


def objective_of(A, objects="nodes", dimension=2, seed=None):
    made = OBJECTS[objects](make_graph(A), Walks(5, 2, 10, seed))
    return EmbeddingObjective(made, dimension, ALPHA)


def somewhere(objective, seed=0):
    return np.random.default_rng(seed).normal(size=objective.n_params)


@pytest.mark.parametrize("name", GRAPHS)
@pytest.mark.parametrize("objects", ["nodes", "edges"])
@pytest.mark.parametrize("kind", ["expected", "sampled", "sparse"])
def test_derivatives(graphs, name, objects, kind, monkeypatch):
    if kind == "sparse":
        monkeypatch.setattr(module, "_DENSE_NODES", 0)
    seed = 3 if kind == "sampled" else None
    objective = objective_of(graphs[name], objects, seed=seed)
    errors = check_objective(objective, somewhere(objective))
    assert max(errors.values()) < 1e-7


@pytest.mark.parametrize("dimension", [1, 3])
def test_derivatives_in_other_dimensions(graphs, dimension):
    objective = objective_of(graphs["directed"], dimension=dimension)
    check_objective(objective, somewhere(objective))


def by_hand(A, theta, stay, n_pairs):
    """Return the loss of the nodes that stay, over the number of pairs there were."""
    C = expected_counts(A[np.ix_(stay, stay)], 5, 2)
    phi, psi = theta.reshape(2, len(A), -1)
    scores = phi[stay] @ psi[stay].T
    loss = np.sum(C * (logsumexp(scores, axis=1, keepdims=True) - scores))
    return loss / n_pairs + 0.5 * ALPHA * theta @ theta


@pytest.mark.parametrize("name", GRAPHS)
def test_removal_of_nodes_is_that_of_the_smaller_graph(graphs, name):
    A = graphs[name]
    objective = objective_of(A)
    theta, total = somewhere(objective), expected_counts(A, 5, 2).sum()
    for gone in ([], [1], [0, 2], [0, 1, 2, 3]):
        stay = np.setdiff1d(np.arange(len(A)), gone)
        found = objective.value(theta, objective.presence_without(gone))
        assert_allclose(found, by_hand(A, theta, stay, total), rtol=1e-12)


@pytest.mark.parametrize("name", GRAPHS)
def test_removal_of_edges_is_that_of_their_weight(graphs, name):
    A = graphs[name]
    objective = objective_of(A, "edges")
    edges = objective.objects.edges
    directed = name == "directed"
    assert len(edges) == (A > 0).sum() if directed else (np.triu(A) > 0).sum()
    theta, total = somewhere(objective), expected_counts(A, 5, 2).sum()
    for gone in ([0], [1, 2], range(len(edges))):
        B = A.copy()
        for a, b in edges[list(gone)]:
            B[a, b] = 0.0
            if not directed:
                B[b, a] = 0.0
        found = objective.value(theta, objective.presence_without(list(gone)))
        expected = by_hand(B, theta, np.arange(len(A)), total)
        assert_allclose(found, expected, rtol=1e-12)


def test_own_parameters_are_in_the_penalty_only(graphs):
    objective = objective_of(graphs["weighted with a loop"])
    theta = somewhere(objective)
    own = objective.owned[2]
    assert_array_equal(own, [4, 5, 14, 15])
    presence = objective.presence_without([2])
    gradient = objective.gradient(theta, presence)
    assert_allclose(gradient[own], ALPHA * theta[own], rtol=1e-14)
    H = objective.hessian(theta, presence)
    assert_allclose(H[own], ALPHA * np.eye(objective.n_params)[own], atol=1e-16)
    assert not objective.free(presence)[own].any()
    assert objective.free(presence).sum() == objective.n_params - 4
    edges = objective_of(graphs["weighted with a loop"], "edges")
    assert edges.owned is None
    assert edges.free(edges.presence_without([0])).all()


def test_gauge_changes_nothing(graphs):
    objective = objective_of(graphs["disconnected"], dimension=3)
    theta = somewhere(objective)
    gauge = objective.gauge_at(theta)
    for presence in (None, objective.presence_without([1])):
        slope = objective.gradient(theta, presence) @ gauge
        assert_allclose(slope, 0.0, atol=1e-13)


@pytest.mark.parametrize("gone", [[], [3], [0, 4]])
def test_centres_are_resolved(graphs, gone):
    objective = objective_of(graphs["weighted with a loop"])
    presence = objective.presence_without(gone)
    theta = somewhere(objective)
    found = objective.resolve_centres(theta, presence)
    free = objective.free(presence)
    assert_allclose(found[10:], np.where(free, theta, 0.0)[10:])
    assert np.abs(objective.gradient(found, presence)[:10]).max() < 1e-12
    assert objective.value(found, presence) < objective.value(theta, presence)


def test_walks_that_pass_nothing_removed_stay(graphs):
    objective = objective_of(graphs["disconnected"], seed=5)
    _, whole = objective.objects.pairs()
    nodes, left = objective.objects.pairs(objective.presence_without([0]))
    assert_allclose(left[np.ix_(nodes >= 3, nodes >= 3)], whole[3:, 3:])


def test_last_pairs_are_remembered_and_not_pickled(graphs, monkeypatch):
    objective = objective_of(graphs["directed"])
    first = objective.objects.pairs()[1]
    assert objective.objects.pairs(np.ones(5))[1] is first
    monkeypatch.setattr(module, "_REMEMBERED", 1)
    for node in range(4):
        objective.objects.pairs(objective.presence_without([node]))
    assert len(objective.objects._last) == 2
    theta = somewhere(objective)
    again = pickle.loads(pickle.dumps(objective))
    assert not again.objects._last
    assert again.value(theta) == objective.value(theta)
