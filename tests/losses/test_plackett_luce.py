"""The likelihood of lists against its definition, autograd and finite differences."""

import pickle

import numpy as np
import pytest
from autograd import grad
from numpy.testing import assert_allclose
from scipy.sparse import csr_array

from sklinfluence.losses import (
    DocumentObjects,
    Lists,
    PlackettLuceLoss,
    QueryObjects,
    lists_of_relevance,
)


def by_definition(queries, scores, top_k, present):
    """Sum the terms of the definition, document by document."""
    total = 0.0
    for documents, listed in queries:
        left = [d for d in documents if present[d]]
        choices = [d for d in listed if present[d]]
        for best in choices if top_k is None else choices[:top_k]:
            total -= scores[best] - np.log(np.sum(np.exp(scores[left])))
            left.remove(best)
    return total


# Ragged: three, two, one and five documents; lists of 2, 0, 1 and all.
QUERIES = [
    ([0, 1, 2], [2, 0]),
    ([3, 4], []),
    ([5], [5]),
    ([6, 7, 8, 9, 10], [8, 6, 10, 9, 7]),
]
RELEVANCE = np.array([1.0, 0, 2, 0, 0, 3, 4, 1, 5, 2, 3])
SIZES = np.array([3, 2, 1, 5])


@pytest.fixture(params=["ragged", "grid"])
def problem(request):
    """Return lists, queries by definition, and the object of every document."""
    if request.param == "ragged":
        lists = lists_of_relevance(SIZES, RELEVANCE)
        return lists, QUERIES, DocumentObjects(np.arange(11), 11)
    Y = np.array([[0, 2, 1, 0], [3, 4, 1, 2], [0, 0, 0, 0], [0, 0, 0, 1]], dtype=float)
    lists = lists_of_relevance(np.full(4, 4), csr_array(Y))
    queries = [
        ([4 * q + i for i in range(4)], [4 * q + i for i in listed])
        for q, listed in enumerate([[1, 2], [1, 0, 3, 2], [], [3]])
    ]
    return lists, queries, DocumentObjects(np.tile(np.arange(4), 4), 4)


@pytest.fixture(params=[None, 1, 2], ids=["all", "top 1", "top 2"])
def top_k(request):
    return request.param


def scores_of(lists, seed=0):
    return np.random.default_rng(seed).normal(size=lists.n_documents)


def presences(loss):
    """Return presences that lose each object, and several."""
    n = loss.n_objects
    single = [np.where(np.arange(n) == i, 0.0, 1.0) for i in range(n)]
    return [None, *single, np.arange(n) % 2.0, np.zeros(n)]


def test_value_is_the_definition(problem, top_k):
    lists, queries, objects = problem
    loss, S = PlackettLuceLoss(lists, objects, top_k), scores_of(lists)
    for presence in presences(loss):
        present = np.ones(lists.n_documents)
        if presence is not None:
            present = presence[objects.of_document]
        expected = by_definition(queries, S, top_k, present)
        assert_allclose(loss.value(S, presence), expected, rtol=1e-13, atol=1e-13)


def test_derivatives_are_those_of_the_value(problem, top_k):
    lists, _, objects = problem
    loss, S = PlackettLuceLoss(lists, objects, top_k), scores_of(lists)
    V = np.random.default_rng(1).normal(size=(lists.n_documents, 3))
    for presence in presences(loss):
        slope = grad(loss.value)(S, presence)
        assert_allclose(loss.gradient(S, presence), slope, atol=1e-13)
        for v, product in zip(V.T, loss.hessian_product(S, V, presence).T, strict=True):
            ahead, behind = (
                loss.gradient(S + sign * 1e-5 * v, presence) for sign in (1, -1)
            )
            assert_allclose(product, (ahead - behind) / 2e-5, atol=1e-8)


def test_queries_are_a_sum(problem, top_k):
    lists, queries, _ = problem
    weight = np.arange(1.0, 5.0)
    objects = QueryObjects(lists.n_documents, lists.n_queries)
    loss = PlackettLuceLoss(lists, objects, top_k, weight)
    S, present = scores_of(lists), np.ones(lists.n_documents)
    each = [by_definition([query], S, top_k, present) for query in queries]
    assert_allclose(loss.value(S), weight @ each, rtol=1e-13)
    without = loss.value(S, np.array([1.0, 1.0, 1.0, 0.0]))
    assert_allclose(without, weight[:3] @ each[:3], rtol=1e-13)


def test_removal_differences(problem, top_k):
    lists, _, objects = problem
    loss, S = PlackettLuceLoss(lists, objects, top_k), scores_of(lists)
    D = loss.removal_differences(S) @ np.eye(len(S))
    for i, row in enumerate(D):
        presence = np.where(np.arange(loss.n_objects) == i, 0.0, 1.0)
        expected = loss.gradient(S) - loss.gradient(S, presence)
        assert_allclose(row, expected, atol=1e-14)


def test_curvature_is_bounded(problem, top_k):
    lists, _, objects = problem
    loss, S = PlackettLuceLoss(lists, objects, top_k), scores_of(lists)
    H = loss.hessian_product(S, np.eye(len(S)))
    assert_allclose(H, H.T, atol=1e-13)
    assert np.linalg.eigvalsh(H).min() >= -1e-12
    assert np.linalg.eigvalsh(np.diag(loss.curvature_bound(S)) - H).min() >= -1e-12
    # A shift of all scores of a query changes nothing.
    shift = (lists.query == lists.n_queries - 1).astype(float)
    assert_allclose(H @ shift, 0.0, atol=1e-13)
    assert_allclose(loss.range_of(shift[:, None]), 0.0)


def test_curvature_changes_no_faster_than_the_range(problem, top_k):
    lists, _, objects = problem
    loss, S = PlackettLuceLoss(lists, objects, top_k), scores_of(lists)
    rng = np.random.default_rng(3)
    for _ in range(5):
        u, v = rng.normal(size=(2, lists.n_documents))
        ahead, at, behind = (
            v @ loss.hessian_product(S + step * u, v[:, None])[:, 0]
            for step in (1e-4, 0.0, -1e-4)
        )
        third = (ahead - behind) / 2e-4
        assert abs(third) <= loss.range_of(u[:, None])[0] * at * (1 + 1e-6) + 1e-6
    Z = rng.normal(size=(lists.n_documents, 3))
    directions = rng.normal(size=(3, 200))
    directions /= np.linalg.norm(directions, axis=0)
    assert loss.range_of(Z @ directions).max() <= loss.largest_range(Z)


def test_scores_far_apart_do_not_overflow(problem):
    lists, _, objects = problem
    loss, S = PlackettLuceLoss(lists, objects), 1e3 * scores_of(lists)
    assert np.isfinite(loss.value(S))
    assert np.isfinite(loss.gradient(S)).all()
    assert_allclose(loss.value(S + 1e6), loss.value(S), rtol=1e-9)


def test_lists_of_relevance_break_ties_by_position():
    lists = lists_of_relevance(np.array([3, 2]), np.array([1.0, 2.0, 1.0, 0.0, 0.0]))
    assert lists.positions[0].tolist() == [1, 0, 2]
    assert not lists.is_listed[1].any()
    Y = csr_array((np.array([0.0, 1.0]), ([0, 0], [0, 1])), shape=(1, 3))
    assert lists_of_relevance(np.array([3]), Y).positions.tolist() == [[1]]


def test_no_lists_at_all():
    lists = Lists(np.array([2]), np.zeros((1, 0), int), np.zeros((1, 0), bool))
    loss = PlackettLuceLoss(lists, DocumentObjects(np.arange(2), 2))
    assert loss.value(np.zeros(2)) == 0.0
    assert_allclose(loss.gradient(np.ones(2)), 0.0)
    assert_allclose(loss.hessian_product(np.ones(2), np.ones((2, 1))), 0.0)


def test_what_is_kept_of_the_last_scores_is_not_pickled(problem):
    lists, _, objects = problem
    loss = PlackettLuceLoss(lists, objects)
    S = scores_of(lists)
    loss.gradient(S)
    again = pickle.loads(pickle.dumps(loss))
    assert again._last is None
    assert_allclose(again.gradient(S), loss.gradient(S))
    # Scores that change in place are noticed.
    before = loss.gradient(S)
    S += np.arange(len(S))
    assert not np.allclose(before, loss.gradient(S))
