"""The cross-entropy of lists against its definition, autograd and differences."""

import numpy as np
import pytest
from autograd import grad
from numpy.testing import assert_allclose

from sklinfluence.losses import (
    DocumentObjects,
    QueryObjects,
    SoftmaxListLoss,
    lists_of_relevance,
    softmax_targets,
    uniform_targets,
)

SIZES = np.array([3, 2, 1, 5])
RELEVANCE = np.array([1.0, 0, 2, 0, 0, 3, 4, 1, 5, 2, 3])
LISTS = lists_of_relevance(SIZES, RELEVANCE)
DOCUMENTS = DocumentObjects(np.arange(11), 11)
SCORES = np.random.default_rng(0).normal(size=11)
PARTS = np.split(np.arange(11), np.cumsum(SIZES)[:-1])


@pytest.fixture(params=["uniform", "softmax"])
def target(request):
    if request.param == "uniform":
        return uniform_targets(LISTS)
    return softmax_targets(LISTS, RELEVANCE)


def by_definition(target, S, present, weight=(1, 1, 1, 1)):
    """Sum the terms of the definition, query by query."""
    total = 0.0
    for own, w in zip(PARTS, weight, strict=True):
        own = own[present[own] > 0]
        if target[own].sum() > 0:
            t = target[own] / target[own].sum()
            total += w * (np.log(np.sum(np.exp(S[own]))) - t @ S[own])
    return total


PRESENCES = [None, np.zeros(11), np.arange(11) % 2.0] + [
    1.0 - np.eye(11)[i] for i in range(11)
]


def test_value_is_the_definition(target):
    loss = SoftmaxListLoss(LISTS, DOCUMENTS, target)
    for presence in PRESENCES:
        present = np.ones(11) if presence is None else presence
        expected = by_definition(target, SCORES, present)
        assert_allclose(loss.value(SCORES, presence), expected, atol=1e-13)


def test_derivatives_are_those_of_the_value(target):
    loss = SoftmaxListLoss(LISTS, DOCUMENTS, target)
    V = np.random.default_rng(1).normal(size=(11, 2))
    for presence in PRESENCES:
        slope = loss.gradient(SCORES, presence)
        assert_allclose(slope, grad(loss.value)(SCORES, presence), atol=1e-13)
        product = loss.hessian_product(SCORES, V, presence)
        for v, found in zip(V.T, product.T, strict=True):
            ahead, behind = (
                loss.gradient(SCORES + sign * 1e-5 * v, presence) for sign in (1, -1)
            )
            assert_allclose(found, (ahead - behind) / 2e-5, atol=1e-9)


def test_weights_and_removal_of_queries(target):
    weight = np.arange(1.0, 5.0)
    loss = SoftmaxListLoss(LISTS, QueryObjects(11, 4), target, weight)
    assert_allclose(
        loss.value(SCORES), by_definition(target, SCORES, np.ones(11), weight)
    )
    D = loss.removal_differences(SCORES) @ np.eye(11)
    for q, row in enumerate(D):
        presence = 1.0 - np.eye(4)[q]
        expected = loss.gradient(SCORES) - loss.gradient(SCORES, presence)
        assert_allclose(row, expected, atol=1e-14)


def test_targets():
    assert uniform_targets(LISTS).tolist() == [1, 0, 1, 0, 0, 1, 1, 1, 1, 1, 1]
    target = softmax_targets(LISTS, RELEVANCE)
    first = np.exp([1.0, 0, 2]) / np.exp([1.0, 0, 2]).sum()
    assert_allclose(target[:3], first)
    assert_allclose(target[3:5], 0.0)
