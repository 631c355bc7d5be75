"""Removal of documents and queries by copies of queries, against one at a time."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.sparse import csr_array, issparse

from sklinfluence.losses import (
    DocumentObjects,
    Loss,
    PlackettLuceLoss,
    QueryObjects,
    SoftmaxListLoss,
    _list_copies,
    lists_of_relevance,
    softmax_targets,
    uniform_targets,
)

RNG = np.random.default_rng(0)
# Lists of 0, 1, some and all of the documents of a query.
SIZES = np.array([3, 2, 1, 1, 6, 4, 5])
N = SIZES.sum()
RELEVANCE = np.where(RNG.random(N) < 0.6, RNG.integers(1, 4, N), 0).astype(float)
RELEVANCE[3:5] = RELEVANCE[6] = 0.0
RELEVANCE[5] = 1.0
RELEVANCE[13:17] = [2.0, 1.0, 2.0, 3.0]
LISTS = lists_of_relevance(SIZES, RELEVANCE)
WEIGHT = RNG.uniform(0.5, 2.0, len(SIZES))
S = 2 * RNG.normal(size=N)
J = RNG.normal(size=(N, 3))
OBJECTS = {
    "documents": DocumentObjects(RNG.permutation(N), N),
    "queries": QueryObjects(N, len(SIZES)),
}


@pytest.fixture(params=OBJECTS)
def objects(request):
    return OBJECTS[request.param]


@pytest.fixture(params=["all", "top 1", "top 2", "uniform", "softmax"])
def loss(request, objects):
    if request.param == "uniform":
        return SoftmaxListLoss(LISTS, objects, uniform_targets(LISTS), WEIGHT)
    if request.param == "softmax":
        target = softmax_targets(LISTS, RELEVANCE)
        return SoftmaxListLoss(LISTS, objects, target, WEIGHT)
    top_k = {"all": None, "top 1": 1, "top 2": 2}[request.param]
    return PlackettLuceLoss(LISTS, objects, top_k, WEIGHT)


@pytest.fixture(params=[1, 20, 1 << 21], ids="{} numbers at once".format)
def block(request, monkeypatch):
    monkeypatch.setattr(_list_copies, "_NUMBERS_AT_ONCE", request.param)


def test_differences_are_those_one_at_a_time(loss, block):
    D = loss.removal_differences(S)
    presences = 1.0 - np.eye(loss.n_objects)
    expected = [loss.gradient(S) - loss.gradient(S, b) for b in presences]
    assert_allclose(D @ np.eye(N), expected, rtol=1e-10, atol=1e-14)
    if not loss.objects.are_queries:
        assert issparse(D)
        # Documents concern their own query.
        assert D.nnz == np.sum(SIZES**2)


@pytest.mark.parametrize("form", [np.asarray, csr_array], ids=["dense", "sparse"])
def test_curvature_is_that_one_at_a_time(loss, block, form):
    objects = np.random.default_rng(1).permutation(loss.n_objects)
    found = loss.removal_forms(S, form(J))(objects)
    expected = Loss.removal_forms(loss, S, J)(objects)
    assert_allclose(found, expected, rtol=1e-10, atol=1e-12)
    whole = J.T @ loss.hessian_product(S, J)
    assert_allclose(loss.curvature_form(S, form(J)), whole, rtol=1e-12, atol=1e-13)
    assert loss.removal_forms(S, form(J))(objects[:0]).shape == (0, 3, 3)


def test_queries_may_be_taken_several_times(loss):
    queries = np.array([5, 0, 5, 1])
    some, documents = loss.of(queries)
    each = loss.of_queries(S)
    assert_allclose(some.of_queries(S[documents]), each[queries], rtol=1e-13)


def test_blocks_cover_everything(monkeypatch):
    monkeypatch.setattr(_list_copies, "_NUMBERS_AT_ONCE", 10)
    pieces = _list_copies.blocks_of(np.array([4, 6, 1, 30, 2, 8, 1]))
    assert [(b.start, b.stop) for b in pieces] == [
        (0, 2),
        (2, 3),
        (3, 4),
        (4, 6),
        (6, 7),
    ]
