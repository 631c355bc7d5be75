import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from sklinfluence.losses import (
    HeldOutLoss,
    HingeTerms,
    InsensitiveLoss,
    InsensitiveTerms,
    LogisticLoss,
    LogisticTerms,
    MultinomialLoss,
    MultinomialTerms,
    PointwiseHeldOutLoss,
    PointwiseLoss,
    SquaredLoss,
    SquaredTerms,
    TweedieLoss,
    TweedieTerms,
)

N, M = 10, 3
RNG = np.random.default_rng(0)
CODES = np.arange(N) % 3
SIGNS = np.where(CODES[:, None] == np.arange(3), 1.0, -1.0)


def _hinge_loss(*targets):
    return PointwiseLoss(HingeTerms(*targets))


KINDS = {
    "squared": (SquaredLoss, SquaredTerms, (RNG.normal(size=N),)),
    "two targets": (SquaredLoss, SquaredTerms, (RNG.normal(size=(N, 2)),)),
    "logistic": (LogisticLoss, LogisticTerms, (CODES % 2,)),
    "multinomial": (MultinomialLoss, MultinomialTerms, (CODES, 3)),
    "poisson": (TweedieLoss, TweedieTerms, (CODES, 1.0)),
    "tweedie": (TweedieLoss, TweedieTerms, (CODES, 1.6)),
    "hinge": (_hinge_loss, HingeTerms, (2.0 * (CODES > 0) - 1.0,)),
    "hinge, three": (_hinge_loss, HingeTerms, (SIGNS,)),
    "modified huber": (_hinge_loss, HingeTerms, (2.0 * (CODES > 0) - 1.0, 0.7)),
    "insensitive": (InsensitiveLoss, InsensitiveTerms, (RNG.normal(size=N), 0.3)),
    "huber": (InsensitiveLoss, InsensitiveTerms, (RNG.normal(size=N), 0.0, 0.8)),
    "gamma": (TweedieLoss, TweedieTerms, (CODES + 0.5, 2.0)),
}


@pytest.fixture(params=KINDS)
def kind(request):
    """Name of a loss."""
    return request.param


@pytest.fixture
def loss(kind):
    """The loss of new rows."""
    _, terms, targets = KINDS[kind]
    return PointwiseHeldOutLoss(terms(*targets))


@pytest.fixture
def scores(loss):
    """Scores of the rows, a column a model."""
    return np.random.default_rng(1).normal(size=(N * loss.n_outputs, M))


def test_losses_add_up_to_the_training_loss(kind, loss, scores):
    train, _, targets = KINDS[kind]
    found = loss.value(scores, None)
    assert found.shape == (N, M)
    expected = [train(*targets).value(s) for s in scores.T]
    assert_allclose(found.sum(axis=0), expected, rtol=1e-13)
    assert_array_equal(loss.value(scores[:, 1], None), found[:, 1])


def test_losses_of_rows_do_not_depend_on_training_scores(loss, scores):
    assert HeldOutLoss.uses_training_scores
    assert not loss.uses_training_scores
    assert_array_equal(loss.value(scores, np.ones(4)), loss.value(scores, None))


def test_product_is_the_derivative_of_value(loss, scores):
    S, V = scores[:, 0], np.random.default_rng(2).normal(size=scores.shape)
    h = 1e-5
    ends = (loss.value(S[:, None] + x * V, None) for x in (h, -h))
    expected = np.subtract(*ends) / (2 * h)
    found = loss.product(S, None, V, None)
    assert found.shape == (N, M)
    assert_allclose(found, expected, rtol=1e-8, atol=1e-9)


def test_a_class_that_is_gone_has_an_infinite_loss():
    loss = PointwiseHeldOutLoss(MultinomialTerms([0, 1], 3))
    S = np.array([-np.inf, 0.0, 0.0, -np.inf, 1.0, 1.0])
    assert_allclose(loss.value(S, None), [np.inf, np.log(2.0)], rtol=1e-15)


def moves(loss, radius, rng, n_samples):
    """Moves of scores within a radius: random ones, and corners of the box."""
    inside = rng.uniform(-1.0, 1.0, size=(n_samples, *radius.shape))
    corners = rng.choice([-1.0, 1.0], size=(n_samples, *radius.shape))
    every = np.stack([np.ones_like(radius), -np.ones_like(radius)])
    return np.concatenate([inside, corners, every]) * radius


@pytest.mark.parametrize("size", [1e-9, 1e-3, 0.5, 20.0])
def test_change_bound_holds_and_is_attained(kind, loss, scores, size):
    rng = np.random.default_rng(3)
    radius = size * rng.random(scores.shape)
    if kind == "multinomial":
        # Radii are of differences to the score of the class of the row.
        radius[np.arange(N) * 3 + CODES] = 0.0
    bound = loss.change_bound(scores, radius)
    before = loss.value(scores, None)
    changes = np.stack(
        [
            np.abs(loss.value(scores + move, None) - before)
            for move in moves(loss, radius, rng, 400)
        ]
    )
    round_off = 8 * np.finfo(float).eps * (1 + before)
    assert (changes <= bound * (1 + 1e-12) + round_off).all()
    # Corners of the box are among the moves: the bound is the worst of them.
    assert_allclose(changes.max(axis=0), bound, rtol=1e-12, atol=round_off.max())


@pytest.mark.parametrize("size", [1e-14, 1e-10])
def test_tiny_radii_keep_their_digits(kind, loss, scores, size):
    S = scores[:, :1]
    radius = np.full(S.shape, size)
    if kind == "multinomial":
        radius[np.arange(N) * 3 + CODES] = 0.0
    # To first order, the bound is the radius times the slope.
    slope = np.abs(loss.terms.gradient(S.reshape(N, loss.n_outputs, 1)))
    if kind == "multinomial":
        slope[np.arange(N), CODES] = 0.0
    expected = size * slope.sum(axis=1)
    assert_allclose(loss.change_bound(S, radius), expected, rtol=1e-8)


@pytest.mark.parametrize("radius", [600.0, 800.0, 1e6])
def test_huge_radii_overflow_nothing(radius):
    logistic = PointwiseHeldOutLoss(LogisticTerms([1, 1, 0]))
    S, r = np.array([[0.0], [900.0], [2.0]]), np.full((3, 1), radius)
    bound = logistic.change_bound(S, r)
    change = logistic.value(S + [[-radius], [-radius], [radius]]) - logistic.value(S)
    assert (change <= bound).all()
    assert (bound <= radius).all()
    multinomial = PointwiseHeldOutLoss(MultinomialTerms([0], 2))
    bound = multinomial.change_bound(np.zeros((2, 1)), np.array([[0.0], [radius]]))
    assert radius - 1 < bound.item() <= radius


def test_what_is_not_known_bounds_nothing(loss, scores):
    radius = np.full(scores.shape, 0.1)
    radius[:, 1], radius[:, 2] = np.nan, np.inf
    bound = loss.change_bound(scores, radius)
    assert np.isfinite(bound[:, 0]).all()
    assert np.isnan(bound[:, 1]).all()
    assert_array_equal(bound[:, 2], np.full(N, np.inf))


def test_no_radius_is_no_change(loss, scores):
    found = loss.change_bound(scores, np.zeros_like(scores))
    assert_array_equal(found, np.zeros((N, M)))


def test_the_loss_depends_on_contrasts_only(kind, loss, scores):
    contrasts = loss.contrasts(scores)
    assert_allclose(loss.value(contrasts), loss.value(scores), rtol=1e-13)
    if kind == "multinomial":
        assert_array_equal(contrasts[np.arange(N) * 3 + CODES], 0.0)
    else:
        assert_array_equal(contrasts, scores)


def test_small_changes_of_the_logistic_loss_lose_no_digits():
    rng = np.random.default_rng(0)
    y = rng.integers(0, 2, 50)
    S = 5.0 * rng.normal(size=50)
    exact = np.longdouble(1.0)
    for size in (1e-9, 1e-3, 0.5, 3.0, 1e3):
        T = size * rng.normal(size=(50, 4))
        sign = np.where(y == 1, exact, -exact)[:, None]
        before, after = (
            np.logaddexp(0.0, -sign * scores) for scores in (S[:, None], S[:, None] + T)
        )
        # Of the change to first order, in extended precision, where that loses digits.
        expected = after - before
        if size < 1e-6:
            p = 1.0 / (1.0 + np.exp(sign * S[:, None]))
            expected = np.log1p(p * np.expm1(-sign * T))
        found = PointwiseHeldOutLoss(LogisticTerms(y)).change(S, T)
        assert found.shape == (50, 4)
        assert_allclose(found, expected.astype(float), rtol=1e-9, atol=1e-300)
