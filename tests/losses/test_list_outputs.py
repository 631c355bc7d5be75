"""Closed forms in the weights of items, against the scores of all queries and items."""

import pickle

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.sparse import csr_array

from sklinfluence.losses import (
    DocumentObjects,
    PlackettLuceLoss,
    QueryObjects,
    SoftmaxListLoss,
    lists_of_relevance,
    softmax_targets,
    uniform_targets,
)
from sklinfluence.models import MultiOutputLinearModel

N, K, D = 30, 7, 3
RNG = np.random.default_rng(0)
X = RNG.normal(size=(N, D))
RELEVANCE = RNG.integers(1, 6, size=(N, K)) * (RNG.random((N, K)) < 0.5)
# An empty list, one of everything, one of a single item, and an item nobody lists.
RELEVANCE[3] = 0
RELEVANCE[4] = [1, 2, 3, 4, 5, 6, 7]
RELEVANCE[5] = [0, 0, 4, 0, 0, 0, 0]
RELEVANCE[:, 6] *= np.arange(N) == 4
LISTS = lists_of_relevance(np.full(N, K), csr_array(RELEVANCE))
ITEMS = DocumentObjects(np.tile(np.arange(K), N), K)
WEIGHT = np.where(np.arange(N) == 7, 0.0, RNG.random(N) + 0.5)
MODEL = MultiOutputLinearModel(X, K)
THETA = RNG.normal(size=K * D)
LOSSES = {
    "all": PlackettLuceLoss(LISTS, ITEMS, None, WEIGHT),
    "top_1": PlackettLuceLoss(LISTS, ITEMS, 1, WEIGHT),
    "top_3": PlackettLuceLoss(LISTS, ITEMS, 3),
    "softmax": SoftmaxListLoss(LISTS, ITEMS, uniform_targets(LISTS), WEIGHT),
    "list_net": SoftmaxListLoss(
        LISTS, ITEMS, softmax_targets(LISTS, RELEVANCE.ravel() / 2.0), WEIGHT
    ),
}


@pytest.fixture(params=list(LOSSES))
def loss(request):
    return LOSSES[request.param]


def without(*items):
    return (~np.isin(np.arange(K), items)).astype(float)


@pytest.mark.parametrize("presence", [None, without(2), without(1, 5)], ids=str)
@pytest.mark.parametrize("scale", [1.0, 20.0])
def test_hessian_in_weights(loss, presence, scale):
    S, J = MODEL.scores(scale * THETA), MODEL.jacobian(None)
    expected = loss.curvature_form(S, J, presence)
    found = loss.outputs_form(S, X, presence)
    assert_allclose(found, expected, atol=1e-13 * abs(expected).max())
    V = RNG.normal(size=(K * D, 2))
    product = loss.outputs_product(S, X, V, presence)
    assert_allclose(product, expected @ V, atol=1e-12 * abs(expected).max())


def test_hessian_in_pieces(loss, monkeypatch):
    S = MODEL.scores(THETA)
    expected = loss.outputs_form(S, X)
    monkeypatch.setattr("sklinfluence.losses._list_outputs._NUMBERS_AT_ONCE", 50)
    assert_allclose(loss.outputs_form(S, X), expected, atol=1e-13)


@pytest.mark.parametrize("scale", [1.0, 25.0])
def test_gradients_without_each_item(loss, scale):
    S = MODEL.scores(scale * THETA)
    assert not np.allclose(np.ptp(S.reshape(N, K), axis=1), 0)
    found = loss.outputs_gradients(S, X, np.arange(K))
    full = MODEL.vjp(None, loss.gradient(S))
    for item in range(K):
        expected = MODEL.vjp(None, loss.gradient(S, without(item)))
        assert_allclose(found[item], expected, atol=1e-12 * abs(full - expected).max())


def test_gradients_where_one_item_takes_nearly_all():
    # 1 - p is round-off where p is the probability of an item that is gone.
    S = MODEL.scores(THETA).reshape(N, K).copy()
    S[:, 1] += 45.0
    S = S.ravel()
    for loss in LOSSES.values():
        found = loss.outputs_gradients(S, X, np.array([1]))[0]
        expected = MODEL.vjp(None, loss.gradient(S, without(1)))
        assert_allclose(found, expected, atol=1e-12 * abs(expected).max())


@pytest.mark.parametrize("removals", [None, [[0], [6]], [[1, 2], [6, 0, 3]]], ids=str)
@pytest.mark.parametrize("kind", ["items", "queries"])
def test_removals(loss, kind, removals):
    if kind == "queries":
        loss = pickle.loads(pickle.dumps(loss))
        loss.objects, loss.n_objects = QueryObjects(N * K, N), N
    S = MODEL.scores(THETA)
    found = loss.outputs_removals(S, X, removals)
    full = loss.gradient(S)
    for row, removed in enumerate(removals or np.arange(loss.n_objects)):
        presence = np.ones(loss.n_objects)
        presence[removed] = 0.0
        expected = MODEL.vjp(None, full - loss.gradient(S, presence))
        assert_allclose(found[row], expected, atol=1e-12)


def test_new_weights_or_another_presence_are_noticed(loss):
    V = RNG.normal(size=(K * D, 1))
    for theta in (THETA, 2 * THETA):
        for presence in (None, without(0)):
            S = MODEL.scores(theta)
            expected = loss.curvature_form(S, MODEL.jacobian(None), presence) @ V
            found = loss.outputs_product(S, X, V, presence)
            assert_allclose(found, expected, atol=1e-12)


@pytest.mark.parametrize("removed", [[2], [0, 5]], ids=str)
def test_a_loss_without_some_items_for_good(loss, removed):
    rest, S = loss.without(np.array(removed)), MODEL.scores(THETA)
    gone = without(*removed)
    assert rest.value(S) == pytest.approx(loss.value(S, gone), rel=1e-14)
    assert_allclose(rest.gradient(S), loss.gradient(S, gone))
    T = RNG.normal(size=(N * K, 2))
    assert (rest.range_of(T) <= loss.range_of(T)).all()
    # The range bounds the third derivative by the second: at the present items only.
    moved = T.copy()
    moved.reshape(N, K, 2)[:, removed] = 1e3
    assert_allclose(rest.range_of(moved), rest.range_of(T))
