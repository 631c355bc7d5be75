"""Losses of lists without objects for good: as with their presence always zero."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from sklinfluence.losses import (
    DocumentObjects,
    PlackettLuceLoss,
    QueryObjects,
    SoftmaxListLoss,
    lists_of_relevance,
    uniform_targets,
)

RNG = np.random.default_rng(0)
N, K = 5, 4
RELEVANCE = np.where(RNG.random(N * K) < 0.6, RNG.random(N * K), 0.0)
LISTS = lists_of_relevance(np.full(N, K), RELEVANCE)
WEIGHT = RNG.uniform(0.5, 2.0, N)
OBJECTS = {
    "items": DocumentObjects(np.tile(np.arange(K), N), K),
    "documents": DocumentObjects(np.arange(N * K), N * K),
    "queries": QueryObjects(N * K, N),
}
LOSSES = {
    "lists": lambda objects: PlackettLuceLoss(LISTS, objects, 2, WEIGHT),
    "softmax": lambda objects: SoftmaxListLoss(
        LISTS, objects, uniform_targets(LISTS), WEIGHT
    ),
}
S, V = RNG.normal(size=N * K), RNG.normal(size=(N * K, 3))
GONE = np.array([1, 3])


@pytest.fixture(params=OBJECTS)
def objects(request):
    return OBJECTS[request.param]


@pytest.fixture(params=LOSSES)
def loss(request, objects):
    return LOSSES[request.param](objects)


def test_everything_is_that_with_the_objects_absent(loss):
    n = loss.n_objects
    # What was worked out before is not taken for that of the rest.
    loss.gradient(S)
    loss.removal_differences(S)
    rest, some = loss.without(GONE[:1]).without(GONE[1:]), np.arange(n) % 3 > 0
    for presence in (None, some * 1.0):
        b = np.ones(n) if presence is None else presence.copy()
        b[GONE] = 0.0
        assert_allclose(rest.value(S, presence), loss.value(S, b))
        assert_allclose(rest.gradient(S, presence), loss.gradient(S, b))
        product = loss.hessian_product(S, V, b)
        assert_allclose(rest.hessian_product(S, V, presence), product)
        bound = loss.curvature_bound(S, b)
        assert_allclose(rest.curvature_bound(S, presence), bound)
        form = rest.outputs_form(S, np.ones((N, 1)), presence)
        assert_allclose(form, loss.outputs_form(S, np.ones((N, 1)), b), atol=1e-14)


def test_removals_from_what_is_left(loss):
    rest, presences = loss.without(GONE), np.ones((loss.n_objects,) * 2)
    presences -= np.eye(loss.n_objects)
    expected = [rest.gradient(S) - rest.gradient(S, b) for b in presences]
    D = rest.removal_differences(S) @ np.eye(N * K)
    assert_allclose(D, expected, atol=1e-14)
    assert_allclose(D[GONE], 0.0, atol=1e-15)
    forms = rest.removal_forms(S, V)(np.arange(loss.n_objects))
    each = [V.T @ rest.hessian_product(S, V, b) for b in presences]
    assert_allclose(forms, each, rtol=1e-10, atol=1e-12)


def test_ranges_are_those_of_what_is_left(loss):
    rest, b = loss.without(GONE), np.ones(loss.n_objects)
    b[GONE] = 0.0
    present, weight = loss.objects.parts(b, WEIGHT)
    counts = (present * np.repeat(weight, K) > 0).reshape(N, K)
    # A query of whose list nothing is left has no curvature.
    counts &= loss.n_choices(b)[:, None] > 0
    cubes = V.T.reshape(3, N, K)
    expected = [
        max(np.ptp(v[own]) for v, own in zip(cube, counts, strict=True) if own.any())
        for cube in cubes
    ]
    found = rest.range_of(V)
    assert_allclose(found, expected)
    assert (found <= loss.range_of(V)).all()
    directions = np.random.default_rng(1).normal(size=(3, 200))
    directions /= np.linalg.norm(directions, axis=0)
    assert rest.range_of(V @ directions).max() <= rest.largest_range(V)
    assert rest.largest_range(V) <= loss.largest_range(V)
