"""Losses of new lists: slopes and bounds, against moves of their scores."""

import numpy as np
import pytest
from autograd import jacobian
from numpy.testing import assert_allclose
from scipy.sparse import csr_array

from sklinfluence.losses import (
    DocumentObjects,
    ListHeldOutLoss,
    PlackettLuceLoss,
    SoftmaxListLoss,
    lists_of_relevance,
    softmax_targets,
)

RNG = np.random.default_rng(0)
SIZES = np.array([4, 3, 1, 6])
N = SIZES.sum()
RELEVANCE = np.array([1.0, 0, 2, 1, 0, 0, 0, 3, 4, 1, 5, 2, 3, 0])
LISTS = lists_of_relevance(SIZES, RELEVANCE)
WEIGHT = np.array([1.0, 2.0, 0.5, 1.5])
DOCUMENTS = DocumentObjects(np.arange(N), N)
LOSSES = {
    "all": PlackettLuceLoss(LISTS, DOCUMENTS, None, WEIGHT),
    "top 2": PlackettLuceLoss(LISTS, DOCUMENTS, 2, WEIGHT),
    "softmax": SoftmaxListLoss(
        LISTS, DOCUMENTS, softmax_targets(LISTS, RELEVANCE), WEIGHT
    ),
}
SCORES = RNG.normal(size=N)


@pytest.fixture(params=LOSSES)
def loss(request):
    return ListHeldOutLoss(LOSSES[request.param])


def test_slopes_are_those_of_the_losses(loss):
    each = jacobian(loss.loss.of_queries)(SCORES)
    assert_allclose(loss.slopes(SCORES), each.sum(axis=0), atol=1e-13)
    V = RNG.normal(size=(N, 3))
    assert_allclose(loss.product(SCORES, None, V, None), each @ V, atol=1e-12)


@pytest.mark.parametrize("form", [np.asarray, csr_array], ids=["dense", "sparse"])
def test_contrasts_are_all_that_losses_depend_on(loss, form):
    T = RNG.normal(size=(N, 2))
    found = loss.contrasts(form(T))
    assert_allclose(LISTS.total(found), 0.0, atol=1e-14)
    assert_allclose(loss.value(found, None), loss.value(T, None), rtol=1e-12)


@pytest.mark.parametrize("size", [1e-4, 0.1, 1.0, 10.0], ids="size {}".format)
def test_bounds_hold_for_every_move_within_the_radius(loss, size):
    rng = np.random.default_rng(1)
    moves = loss.contrasts(rng.normal(size=(N, 500)))
    # One document against the rest as well, which is where the loss changes most.
    moves = size * np.column_stack([moves, loss.contrasts(3 * np.eye(N))])
    radius = np.abs(moves)
    S = np.repeat(SCORES[:, None], moves.shape[1], axis=1)
    change = loss.value(S + moves, None) - loss.value(S, None)
    bound = loss.change_bound(S, radius)
    assert (np.abs(change) <= bound * (1 + 1e-12) + 1e-14).all()
    slope = loss.product(SCORES, None, moves, None)
    left, remainder = change - slope, loss.remainder_bound(radius)
    assert (np.abs(left) <= remainder * (1 + 1e-9) + 1e-14).all()
    # Not any bounds: those of these moves are some times larger than what happens.
    concerned = bound > 0
    assert np.abs(change)[concerned].max() > 0.1 * bound[concerned].min()
    assert (bound[1] > 0).all() == (loss.loss.of_queries(SCORES)[1] != 0)


def test_nothing_is_known_where_the_radius_is_not(loss):
    radius = np.zeros((N, 2))
    radius[0, 0] = np.nan
    for bound in (loss.change_bound(radius, radius), loss.remainder_bound(radius)):
        assert np.isnan(bound[0, 0])
        assert (np.delete(bound.ravel(), 0) == 0).all()
