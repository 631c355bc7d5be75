"""Fitted embedders: removal of nodes and of edges, and the losses of pairs."""

import numpy as np
import pandas as pd
import pytest
from autograd import grad
from numpy.testing import assert_allclose, assert_array_equal
from scipy.optimize import minimize
from scipy.special import logsumexp

from sklinfluence import NodeEmbedder
from sklinfluence.estimators import _embedding_newton as newton
from sklinfluence.objectives import check_objective, make_objective


@pytest.fixture(scope="module")
def removals():
    """A fitted embedder of a small graph with a bridge."""
    A = np.zeros((8, 8))
    A[[0, 0, 1, 2, 3, 3, 4, 5, 6], [1, 2, 2, 3, 4, 5, 5, 6, 7]] = 1.0
    A[2, 3] = 2.0
    A = A + A.T
    model = NodeEmbedder(2, alpha=0.16, random_state=0, tol=1e-10).fit(A)
    return A, make_objective(model, A, None)


def test_fitted_parameters_are_a_minimum(removals):
    _, fitted = removals
    objective, theta = fitted.objective, fitted.theta
    assert np.abs(objective.gradient(theta)).max() < 1e-9
    assert_allclose(fitted.objective.gauge, objective.model.gauge(theta))
    H = objective.hessian(theta)
    assert_allclose(H @ objective.gauge, 0.0, atol=1e-8)
    values = np.linalg.eigvalsh(H)
    assert abs(values[0]) < 1e-9
    assert values[1] > 1e-4
    check_objective(objective, theta + 0.1)
    check_objective(fitted.with_objects("edges").objective, theta + 0.1)


@pytest.mark.parametrize("objects", ["nodes", "edges"])
@pytest.mark.parametrize("dense", [True, False])
def test_exact_removal_against_a_general_optimiser(
    removals, objects, dense, monkeypatch
):
    _, fitted = removals
    fitted = fitted.with_objects(objects)
    objective = fitted.objective
    if not dense:
        monkeypatch.setattr(newton, "_DENSE_PARAMS", 1)
    for gone in ([0], [3], [2, 5]):
        presence = objective.presence_without(gone)
        result = fitted.minimize(fitted.theta, presence)
        assert result.converged
        free = objective.free(presence)
        assert_array_equal(result.theta[~free], 0.0)
        assert np.abs(objective.gradient(result.theta, presence)).max() < 1e-9
        start = objective.value(np.where(free, fitted.theta, 0.0), presence)
        assert objective.value(result.theta, presence) < start
        general = minimize(
            lambda t, b=presence: objective.value_and_gradient(t, b),
            np.where(free, fitted.theta, 0.0),
            jac=True,
            options={"gtol": 1e-9},
        )
        found = objective.value(result.theta, presence)
        assert_allclose(found, general.fun, rtol=1e-9)


def test_steps_never_go_up_and_end_at_the_minimum(removals):
    _, fitted = removals
    presence = fitted.objective.presence_without([3])
    exact = fitted.minimize(fitted.theta, presence).theta
    theta, value = fitted.theta, np.inf
    for _ in range(8):
        theta = fitted.damped_step(theta, presence)
        assert fitted.objective.value(theta, presence) <= value + 1e-14
        value = fitted.objective.value(theta, presence)
    model = fitted.objective.model
    assert_allclose(model.canonical(theta), model.canonical(exact), atol=1e-7)


def test_exact_removal_is_a_fit_on_the_smaller_graph(removals):
    A, fitted = removals
    stay = np.delete(np.arange(8), 4)
    presence = fitted.objective.presence_without([4])
    smaller = NodeEmbedder(2, alpha=0.16, random_state=1, tol=1e-10)
    smaller.fit(A[np.ix_(stay, stay)])
    for result in (
        fitted.minimize(fitted.theta, presence),
        fitted.retrain(presence, random_state=2),
    ):
        phi, psi = fitted.objective.model.factors(result.theta)
        assert_allclose(
            phi[stay] @ psi[stay].T,
            smaller.embedding_ @ smaller.context_.T,
            atol=1e-6,
        )


def test_a_default_penalty_fits_removal(removals):
    A, _ = removals
    whole = NodeEmbedder(2, random_state=0).fit(A)
    stay = np.delete(np.arange(8), 0)
    smaller = NodeEmbedder(2, random_state=0).fit(A[np.ix_(stay, stay)])
    fitted = make_objective(whole, A, None)
    result = fitted.minimize(
        whole._parameters(), fitted.objective.presence_without([0])
    )
    phi, psi = fitted.objective.model.factors(result.theta)
    scores = smaller.embedding_ @ smaller.context_.T
    assert_allclose(phi[stay] @ psi[stay].T, scores, atol=1e-5)


def test_losses_of_pairs(removals):
    _, fitted = removals
    pairs = np.array([[0, 1], [1, 0], [6, 2], [3, 3], [2, 4]])
    phi, psi = fitted.objective.model.factors(fitted.theta)
    scores = phi @ psi.T
    a, b = pairs.T
    expected = logsumexp(scores, axis=1)[a] - scores[a, b]
    assert_allclose(fitted.pair_losses(fitted.theta, pairs), expected)
    stay = np.delete(np.arange(8), 2)
    presence = fitted.objective.presence_without([2])
    left = logsumexp(scores[:, stay], axis=1)[a] - scores[a, b]
    left[(pairs == 2).any(axis=1)] = np.nan
    assert_allclose(fitted.pair_losses(fitted.theta, pairs, presence), left)
    edges = fitted.with_objects("edges")
    presence = edges.objective.presence_without([2])
    assert_allclose(edges.pair_losses(fitted.theta, pairs, presence), expected)


@pytest.mark.parametrize("gone", [[], [5]])
def test_gradients_of_pair_losses(removals, gone):
    import autograd.numpy as anp

    _, fitted = removals
    stay = np.setdiff1d(np.arange(8), gone)
    presence = fitted.objective.presence_without(gone)
    pairs = np.array([[0, 1], [3, 3], [0, 7]])

    def loss(theta, a, b):
        phi, psi = theta.reshape((2, 8, 2))
        scores = anp.dot(psi, phi[a])
        return anp.log(anp.sum(anp.exp(scores[stay]))) - scores[b]

    expected = [grad(loss)(fitted.theta, a, b) for a, b in pairs]
    found = fitted.pair_loss_gradients(fitted.theta, pairs, presence)
    assert_allclose(found, expected, atol=1e-13)
    absent = fitted.pair_loss_gradients(
        fitted.theta, pairs, fitted.objective.presence_without([7])
    )
    assert np.isnan(absent).all(axis=1).tolist() == [False, False, True]


def test_pairs_by_name_and_the_way_back():
    names = list("abc")
    frame = pd.DataFrame([[0, 1, 0], [1, 0, 1], [0, 1, 0]], names, names)
    model = NodeEmbedder(random_state=0).fit(frame)
    fitted = make_objective(model, frame, None)
    assert list(fitted.object_names) == names
    assert fitted.with_objects("edges").object_names.tolist() == [
        ("a", "b"),
        ("b", "c"),
    ]
    assert fitted.parameter_names[0] == "a: centre 0"
    pairs = [["a", "c"], ["b", "b"]]
    assert_array_equal(fitted.features(pairs), [[0, 2], [1, 1]])
    expected = np.sum(model.embedding_[[0, 1]] * model.context_[[2, 1]], axis=1)
    assert_allclose(fitted.scores(model, pairs), expected)
    again = fitted.with_parameters(2 * fitted.theta)
    assert_allclose(again.embedding_, 2 * model.embedding_)
    assert_allclose(fitted.parameters(again), 2 * fitted.theta)
    assert not hasattr(again, "loss_")


def test_bad_input(removals):
    A, fitted = removals
    with pytest.raises(ValueError, match="fitted on 8"):
        make_objective(fitted.estimator, A[:5, :5], None)
    with pytest.raises(ValueError, match="'nodes' or 'edges'"):
        fitted.with_objects("walks")
    alone = np.zeros((3, 3))
    with pytest.raises(ValueError, match="a graph that has none"):
        make_objective(NodeEmbedder().fit(alone), alone, None).with_objects("edges")
    with pytest.raises(ValueError, match="pairs of nodes"):
        fitted.features([0, 1])
    with pytest.raises(ValueError, match="node_names_"):
        fitted.features([["z", 0]])
    with pytest.raises(NotImplementedError, match="pair_losses"):
        fitted.held_out_loss(None, None)
