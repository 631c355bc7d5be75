"""Embeddings: what they minimise, and which graphs they take."""

import pickle

import networkx
import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy.optimize import minimize
from scipy.sparse import coo_matrix, csr_array
from scipy.special import logsumexp
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning

from sklinfluence import NodeEmbedder
from sklinfluence.estimators import _embedding_newton as newton
from sklinfluence.estimators import expected_counts, sampled_counts

GRAPHS = ["isolated node", "weighted with a loop", "directed", "disconnected"]


def definition(C, theta, alpha):
    """Return the loss of shares of pairs, and its gradient."""
    phi, psi = theta.reshape(2, len(C), -1)
    scores = phi @ psi.T
    sums = logsumexp(scores, axis=1, keepdims=True)
    slope = C.sum(axis=1, keepdims=True) * np.exp(scores - sums) - C
    gradient = np.concatenate([slope @ psi, slope.T @ phi]).ravel() + alpha * theta
    return np.sum(C * (sums - scores)) + 0.5 * alpha * theta @ theta, gradient


def shares(A):
    C = expected_counts(A, 6, 3)
    return C / C.sum()


@pytest.mark.parametrize("name", [*GRAPHS, "karate"])
@pytest.mark.parametrize("dense", [True, False])
def test_minimum_of_the_definition(graphs, karate, name, dense, monkeypatch):
    A = karate if name == "karate" else graphs[name]
    if not dense:
        monkeypatch.setattr(newton, "_DENSE_PARAMS", 1)
    model = NodeEmbedder(alpha=0.01 * len(A), random_state=0).fit(A)
    theta = np.concatenate([model.embedding_, model.context_]).ravel()
    value, gradient = definition(shares(A), theta, 0.01)
    assert np.abs(gradient).max() <= 1e-9
    assert_allclose(model.loss_, value, rtol=1e-12)
    for seed in range(3):
        found = minimize(
            lambda t: definition(shares(A), t, 0.01),
            np.random.default_rng(seed).normal(size=theta.size),
            jac=True,
            options={"gtol": 1e-8},
        )
        assert value <= found.fun + 1e-9


def test_six_seeds_have_the_same_embeddings(karate):
    models = [
        NodeEmbedder(n_restarts=1, random_state=seed).fit(karate) for seed in range(6)
    ]
    for model in models[1:]:
        assert_allclose(model.loss_, models[0].loss_, rtol=1e-12)
        assert_allclose(model.embedding_, models[0].embedding_, atol=1e-6)
        assert_allclose(model.context_, models[0].context_, atol=1e-6)
    # Both embeddings have the same moments at a minimum, about their principal axes.
    phi, psi = models[0].embedding_, models[0].context_
    assert_allclose(phi.T @ phi, psi.T @ psi, atol=1e-6)
    assert abs((phi.T @ phi)[0, 1]) < 1e-6


def test_value_of_the_default_penalty(karate):
    model = NodeEmbedder(random_state=0).fit(karate)
    assert model.alpha_ == 0.1 / 34
    # The loss of the pairs and the penalty, by hand, at what scipy finds as well.
    assert_allclose(model.loss_, 2.915094906905727, rtol=1e-12)


@pytest.mark.parametrize("form", [csr_array, coo_matrix, np.ndarray.tolist])
def test_forms_of_the_graph(graphs, form):
    A = graphs["weighted with a loop"]
    expected = NodeEmbedder(random_state=0).fit(A)
    found = NodeEmbedder(random_state=0).fit(form(A))
    assert_allclose(found.embedding_, expected.embedding_, atol=1e-9)
    assert_array_equal(found.node_names_, np.arange(5))
    assert not found.directed_


def test_names_and_direction(graphs):
    names = list("abcde")
    frame = pd.DataFrame(graphs["directed"], names, names)
    model = NodeEmbedder(random_state=0)
    assert_allclose(model.fit_transform(frame), model.embedding_)
    assert list(model.node_names_) == names
    assert list(model.feature_names_in_) == names
    assert model.directed_
    assert not hasattr(clone(model), "embedding_")
    assert_array_equal(pickle.loads(pickle.dumps(model)).context_, model.context_)


def test_graphs_of_networkx():
    networkx = pytest.importorskip("networkx")
    graph = networkx.relabel_nodes(networkx.path_graph(4), str)
    model = NodeEmbedder(random_state=0).fit(graph)
    assert list(model.node_names_) == list("0123")
    A = networkx.to_numpy_array(graph)
    assert_allclose(NodeEmbedder(random_state=0).fit_transform(A), model.embedding_)


def test_simulated_walks(karate):
    model = NodeEmbedder(counts="sampled", n_walks=40, alpha=0.34, random_state=0)
    first = model.fit(karate).embedding_
    assert_array_equal(model.fit(karate).embedding_, first)
    exact = NodeEmbedder(alpha=0.34, random_state=0).fit(karate)
    assert 0 < np.abs(first - exact.embedding_).max() < 0.5
    # Many walks are nearly what is expected of them.
    many = clone(model).set_params(n_walks=20_000).fit(karate)
    assert np.abs(many.embedding_ - exact.embedding_).max() < 0.02
    assert sampled_counts(karate, 6, 3, 40).sum() == 34 * 40 * 27


def test_restarts_never_end_higher(karate):
    model = NodeEmbedder(4, alpha=0.034, random_state=0)
    one = clone(model).set_params(n_restarts=1).fit(karate)
    many = clone(model).set_params(n_restarts=5).fit(karate)
    assert many.loss_ <= one.loss_ + 1e-12


def test_a_saddle_is_left(karate):
    from sklinfluence.estimators._graph_objects import NodeObjects, Walks
    from sklinfluence.objectives import EmbeddingObjective
    from sklinfluence.utils._graphs import make_graph

    made = NodeObjects(make_graph(karate), Walks(6, 3, 1))
    objective = EmbeddingObjective(made, 2, 0.1 / 34)
    # All embeddings zero: stationary, and the highest of all such points.
    for dense in (1200, 1):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(newton, "_DENSE_PARAMS", dense)
            found = newton.minimize_embedding(objective, np.zeros(136))
        assert found.converged
        assert_allclose(objective.value(found.theta), 2.915094906905727, rtol=1e-9)


def test_too_few_iterations_are_told(karate):
    with pytest.warns(ConvergenceWarning, match="max_iter"):
        NodeEmbedder(max_iter=1, random_state=0).fit(karate)


def test_progress_is_printed(karate, capsys):
    NodeEmbedder(random_state=0, n_restarts=2, verbose=1).fit(karate)
    assert capsys.readouterr().out.count("[NodeEmbedder] start") == 2


@pytest.mark.parametrize(
    ("params", "A", "error", "message"),
    [
        ({"alpha": 0.0}, np.ones((3, 3)), ValueError, "'alpha' parameter"),
        ({"alpha": -1.0}, np.ones((3, 3)), ValueError, "'alpha' parameter"),
        ({"dimension": 0}, np.ones((3, 3)), ValueError, "'dimension' parameter"),
        ({"counts": "all"}, np.ones((3, 3)), ValueError, "'counts' parameter"),
        ({}, np.ones((3, 4)), ValueError, "square"),
        ({}, -np.ones((3, 3)), ValueError, "Negative values"),
        ({}, np.full((3, 3), np.inf), ValueError, "infinity"),
        ({"max_memory": 1e5}, np.ones((40, 40)), MemoryError, "max_memory"),
    ],
    ids=[
        "no alpha",
        "negative alpha",
        "dimension",
        "counts",
        "not square",
        "negative",
        "infinite",
        "memory",
    ],
)
def test_bad_input(params, A, error, message):
    with pytest.raises(error, match=message):
        NodeEmbedder(**params).fit(A)


def test_frames_of_embeddings_have_names():
    names = list("abcd")
    path = pd.DataFrame(np.eye(4, k=1) + np.eye(4, k=-1), names, names)
    embedder = NodeEmbedder(random_state=0).set_output(transform="pandas")
    frame = embedder.fit_transform(path)
    assert frame.index.tolist() == names
    assert frame.columns.tolist() == ["nodeembedder0", "nodeembedder1"]
    np.testing.assert_array_equal(frame, embedder.embedding_)


def test_names_that_cannot_be():
    twice = pd.DataFrame(np.ones((2, 2)), ["a", "a"], ["a", "a"])
    with pytest.raises(ValueError, match="the node 'a' more than once"):
        NodeEmbedder().fit(twice)
    rows = pd.DataFrame(np.ones((2, 2)), ["a", "b"])
    assert NodeEmbedder(random_state=0).fit(rows).node_names_.tolist() == ["a", "b"]
    graph = networkx.Graph()
    graph.add_edge(0, 1, weight="far")
    with pytest.raises(ValueError, match="Got the weight 'far' of the edge from 0"):
        NodeEmbedder().fit(graph)
