"""Losses that are sums over objects, against their definitions and autograd."""

from types import SimpleNamespace

import autograd.numpy as anp
import numpy as np
import pytest
from autograd import grad, hessian, jacobian
from numpy.testing import assert_allclose, assert_array_equal
from scipy.linalg import block_diag

from sklinfluence.losses import (
    ClippedSquareTerms,
    HingeTerms,
    HuberScaleTerms,
    InsensitiveLoss,
    LogisticLoss,
    MultinomialLoss,
    PointwiseLoss,
    SquaredLoss,
    TweedieLoss,
)

N, P = 12, 4
RNG = np.random.default_rng(0)
Y, Y2 = RNG.normal(size=N), RNG.normal(size=(N, 2))
CODES = np.arange(N) % 3
WEIGHT = RNG.choice([0.0, 0.5, 1.0, 3.0], size=N)
SIGNS = np.where(CODES[:, None] == np.arange(3), 1.0, -1.0)
COUNTS, POSITIVE = np.arange(N) % 4, np.exp(Y)
PRESENCE = (RNG.random(N) < 0.6).astype(float)
TIGHT = {"rtol": 1e-12, "atol": 1e-13}


def _poisson_constant(y):
    return y * np.log(y) - y if y else 0.0


def _half_deviance(y, mean, power):
    a = 2.0 - power
    of_y = y**a / ((1.0 - power) * a)
    return of_y - y * mean ** (1.0 - power) / (1.0 - power) + mean**a / a


def _hinge_loss(*targets, sample_weight):
    return PointwiseLoss(HingeTerms(*targets), sample_weight)


def _positive_scale_loss(y, epsilon, sample_weight):
    return PointwiseLoss(_Shifted(y, epsilon), sample_weight)


class _Shifted(HuberScaleTerms):
    """Huber's loss, of scores whose scale is 4 higher: positive for any in here."""

    def value(self, S):
        return super().value(S + anp.array([0.0, 4.0])[:, None])

    def _clipped(self, S):
        return super()._clipped(S + np.array([0.0, 4.0])[:, None])


def _hinge(y, s, cap):
    t = anp.maximum(0.0, 1.0 - y * s)
    return anp.sum(anp.where(t < cap, t**2, cap * (2.0 * t - cap)))


def _huber(y, s, epsilon):
    z = anp.abs(y - s[0]) / (s[1] + 4.0)
    squared = anp.where(z < epsilon, z**2, 2.0 * epsilon * z - epsilon**2)
    return (s[1] + 4.0) * (1.0 + squared)


# Each with the loss φ of object i at its scores, as a textbook writes it.
KINDS = {
    "squared": (SquaredLoss, (Y,), lambda i, s: (Y[i] - s[0]) ** 2),
    "two targets": (SquaredLoss, (Y2,), lambda i, s: anp.sum((Y2[i] - s) ** 2)),
    "logistic": (
        LogisticLoss,
        (CODES % 2,),
        lambda i, s: anp.log(1 + anp.exp(s[0])) - CODES[i] % 2 * s[0],
    ),
    "multinomial": (
        MultinomialLoss,
        (CODES, 3),
        lambda i, s: anp.log(anp.sum(anp.exp(s))) - s[CODES[i]],
    ),
    "hinge": (_hinge_loss, (SIGNS,), lambda i, s: _hinge(SIGNS[i], s, 1e9)),
    "modified huber": (
        _hinge_loss,
        (SIGNS[:, 0], 0.9),
        lambda i, s: _hinge(SIGNS[i, 0], s, 0.9),
    ),
    "insensitive": (
        InsensitiveLoss,
        (Y, 0.4),
        lambda i, s: anp.maximum(0.0, anp.abs(Y[i] - s[0]) - 0.4) ** 2,
    ),
    "huber": (
        _positive_scale_loss,
        (3.0 * Y, 0.5),
        lambda i, s: _huber(3.0 * Y[i], s, 0.5),
    ),
    "poisson": (
        TweedieLoss,
        (COUNTS, 1.0),
        lambda i, s: anp.exp(s[0]) - COUNTS[i] * s[0] + _poisson_constant(COUNTS[i]),
    ),
    "tweedie": (
        TweedieLoss,
        (COUNTS, 1.3),
        lambda i, s: _half_deviance(COUNTS[i], anp.exp(s[0]), 1.3),
    ),
    "gamma": (
        TweedieLoss,
        (POSITIVE, 2.0),
        lambda i, s: POSITIVE[i] * anp.exp(-s[0]) - 1 - np.log(POSITIVE[i]) + s[0],
    ),
}


@pytest.fixture(params=[None, WEIGHT], ids=["unweighted", "weights"])
def weight(request):
    """Case weights, some of them zero."""
    return request.param


@pytest.fixture(params=KINDS)
def case(request, weight):
    """A loss, its definition, scores, and tangents of them."""
    kind, targets, term = KINDS[request.param]
    loss = kind(*targets, sample_weight=weight)
    K, omega = loss.n_outputs, np.ones(N) if weight is None else weight
    rng = np.random.default_rng(1)
    S = rng.normal(size=N * K)

    def of_objects(fun, S, presence=None):
        """Weighted values of fun(i, scores) of every object, stacked."""
        b = omega if presence is None else omega * presence
        return np.stack([b[i] * fun(i, S[i * K : (i + 1) * K]) for i in range(N)])

    def value(S, presence=None):
        return of_objects(term, S, presence).sum()

    def slope(S, presence=None):
        return of_objects(grad(term, 1), S, presence).ravel()

    def curvature(S, presence=None):
        return block_diag(*of_objects(hessian(term, 1), S, presence))

    return SimpleNamespace(
        loss=loss,
        value=value,
        slope=slope,
        curvature=curvature,
        third=of_objects(jacobian(hessian(term, 1), 1), S),
        weight=omega,
        K=K,
        S=S,
        J=rng.normal(size=(N * K, P)),
    )


@pytest.fixture(params=[None, PRESENCE], ids=["all", "some"])
def presence(request):
    """All objects, or some."""
    return request.param


def test_derivatives_are_those_of_the_definition(case, presence):
    loss, S, J = case.loss, case.S, case.J
    expected = case.value(S, presence)
    assert_allclose(loss.value(S, presence), expected, rtol=1e-13)
    slope = case.slope(S, presence)
    assert_allclose(loss.gradient(S, presence), slope, **TIGHT)
    assert_allclose(grad(loss.value)(S, presence), slope, **TIGHT)
    H = case.curvature(S, presence)
    assert_allclose(loss.hessian_product(S, J, presence), H @ J, **TIGHT)
    assert_allclose(loss.curvature_form(S, J, presence), J.T @ H @ J, **TIGHT)


def test_only_losses_with_kinks_of_the_slope_are_not_self_concordant(case):
    piecewise = isinstance(case.loss.terms, (ClippedSquareTerms, HuberScaleTerms))
    assert case.loss.is_self_concordant == (not piecewise)


def test_an_infinite_loss_that_weighs_nothing_is_none():
    loss = TweedieLoss(np.array([1.0, 1.0]), 1.0, np.array([1.0, 0.0]))
    assert loss.value(np.array([0.0, 1e5])) == 0.0


def test_curvature_bound_is_one(case, presence):
    bound = case.loss.curvature_bound(case.S, presence)
    H = case.curvature(case.S, presence)
    assert np.linalg.eigvalsh(np.diag(bound) - H).min() > -1e-14
    if case.K == 1:
        assert_allclose(bound, np.diag(H), **TIGHT)


@pytest.mark.parametrize("k", [2, 7])
def test_many_reduced_losses_are_each_by_itself(case, k):
    # Fewer and more of them than tangents, which are done differently.
    rng = np.random.default_rng(2)
    S, presence = rng.normal(size=(N * case.K, k)), rng.integers(0, 2, size=(N, k))
    gradients = case.loss.gradients(S, presence)
    forms = case.loss.curvature_forms(S, case.J, presence)
    for c in range(k):
        slope = case.slope(S[:, c], presence[:, c])
        assert_allclose(gradients[:, c], slope, **TIGHT)
        H = case.curvature(S[:, c], presence[:, c])
        assert_allclose(forms[c], case.J.T @ H @ case.J, **TIGHT)


def test_removal_takes_out_the_terms_of_the_object(case):
    loss, S, J = case.loss, case.S, case.J
    objects = np.array([3, 0, 11])
    full, H = case.slope(S), case.curvature(S)
    D = loss.removal_differences(S)
    assert D.shape == (N, N * case.K)
    left = loss.removal_forms(S, J)(objects)
    roots = loss.removal_roots(S, J)(objects)
    for m, i in enumerate(objects):
        without = np.ones(N)
        without[i] = 0.0
        row = full - case.slope(S, without)
        assert_allclose((D @ np.eye(N * case.K))[i], row, **TIGHT)
        assert_allclose((D @ J)[i], row @ J, **TIGHT)
        H_left = case.curvature(S, without)
        assert_allclose(left[m], J.T @ H_left @ J, **TIGHT)
        gone = J.T @ (H - H_left) @ J
        assert_allclose(roots[m] @ roots[m].T, gone, **TIGHT)


def test_loss_without_objects_keeps_the_scores_of_all(case):
    gone = np.array([2, 5])
    presence = np.ones(N)
    presence[gone] = 0.0
    rest = case.loss.without(gone)
    assert rest.value(case.S) == case.loss.value(case.S, presence)
    expected = case.loss.gradient(case.S, presence)
    assert_array_equal(rest.gradient(case.S), expected)
    assert case.loss.value(case.S) == pytest.approx(case.value(case.S), rel=1e-13)


def test_third_derivatives_are_bounded_by_the_range(case):
    if not case.loss.is_self_concordant:
        with pytest.raises(NotImplementedError, match="is not self-concordant"):
            case.loss.range_of(case.J)
        return
    U, V = np.random.default_rng(3).normal(size=(2, N * case.K, 300))
    u, v = (T.reshape(N, case.K, 300) for T in (U, V))
    cubic = np.abs(np.einsum("iabc,icm,iam,ibm->m", case.third, u, v, v))
    quadratic = np.einsum("am,am->m", V, case.curvature(case.S) @ V)
    assert (cubic <= case.loss.range_of(U) * quadratic + 1e-12).all()


def test_largest_range_is_that_of_the_worst_direction(case):
    if not case.loss.is_self_concordant:
        with pytest.raises(NotImplementedError, match="is not self-concordant"):
            case.loss.largest_range(case.J)
        return
    Z = case.J
    largest = case.loss.largest_range(Z)
    rows = Z.reshape(N, case.K, P)[case.weight > 0]
    # The worst direction is along a row, or a difference of two rows of an object.
    pairs = (rows[:, :, None] - rows[:, None]).reshape(-1, P)
    worst = np.concatenate([rows.reshape(-1, P), pairs[pairs.any(axis=1)]]).T
    u = worst / np.linalg.norm(worst, axis=0)
    random = np.random.default_rng(4).normal(size=(P, 500))
    random /= np.linalg.norm(random, axis=0)
    attained = case.loss.range_of(Z @ u).max()
    assert_allclose(largest, attained, rtol=1e-13)
    assert case.loss.range_of(Z @ random).max() <= largest


def test_ranges_are_those_of_the_objects_that_weigh_something():
    T = np.array([[1.0], [-2.0], [9.0]])
    loss = LogisticLoss(np.array([0, 1, 1]), np.array([1.0, 2.0, 0.0]))
    assert_array_equal(loss.range_of(T), [2.0])
    assert loss.largest_range(T) == 2.0
    T = np.array([[1.0], [4.0], [2.0], [0.0], [9.0], [1.0]])
    loss = MultinomialLoss(np.array([0, 2]), 3, np.array([1.0, 0.0]))
    assert_array_equal(loss.range_of(T), [3.0])
    assert loss.largest_range(T) == 3.0
    assert SquaredLoss(np.ones(6)).largest_range(T) == 0.0


@pytest.mark.parametrize("score", [40.0, 300.0, 700.0])
def test_well_classified_objects_keep_their_digits(score):
    tail = np.exp(-np.longdouble(score))
    logistic = LogisticLoss(np.array([0, 1]))
    multinomial = MultinomialLoss(np.array([0, 1]), 2)
    S = score * np.array([-1.0, 1.0])
    assert_allclose(logistic.gradient(S), [tail, -tail], rtol=1e-14)
    assert_allclose(logistic.value(S), 2 * tail, rtol=1e-14)
    S = score * np.array([1.0, 0.0, 0.0, 1.0])
    expected = tail * np.array([-1, 1, 1, -1])
    assert_allclose(multinomial.gradient(S), expected, rtol=1e-14)
    assert_allclose(multinomial.value(S), 2 * tail, rtol=1e-14)


def test_scores_far_off_have_large_losses():
    assert LogisticLoss(np.array([1])).value(np.array([-5000.0])) == 5000.0
    loss = MultinomialLoss(np.array([2]), 3)
    assert loss.value(np.array([5000.0, 0.0, 0.0])) == 5000.0
    assert_array_equal(loss.gradient(np.array([5000.0, 0.0, 0.0])), [1.0, 0.0, -1.0])


def test_a_binary_loss_is_the_multinomial_one_of_its_halves():
    y, s = CODES % 2, RNG.normal(size=N)
    halves = np.column_stack([-s / 2, s / 2]).ravel()
    found = MultinomialLoss(y, 2, WEIGHT).value(halves)
    assert_allclose(found, LogisticLoss(y, WEIGHT).value(s), rtol=1e-13)
