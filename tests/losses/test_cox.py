import numpy as np
import pytest
from autograd import grad, make_hvp
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from sklinfluence.losses import CoxPartialLikelihood


def test_value_is_the_partial_likelihood(cohort, ties, scores, definition):
    expected = definition(scores, ties, **cohort).value
    loss = CoxPartialLikelihood(**cohort, ties=ties)
    assert_allclose(loss.value(scores), float(expected), rtol=1e-13)


def test_value_with_absent_subjects_is_that_of_the_others(
    cohort, ties, scores, presence, definition, rows_of
):
    kept = presence > 0
    expected = definition(scores[kept], ties, **rows_of(cohort, kept)).value
    loss = CoxPartialLikelihood(**cohort, ties=ties)
    assert_allclose(loss.value(scores, presence), float(expected), rtol=1e-13)


def test_gradient_is_that_of_the_definition(cohort, ties, scores, definition):
    expected = definition(scores, ties, **cohort).gradient.astype(float)
    loss = CoxPartialLikelihood(**cohort, ties=ties)
    assert_allclose(loss.gradient(scores), expected, rtol=1e-12, atol=1e-14)


def test_gradient_with_absent_subjects_is_that_of_the_others(
    cohort, ties, scores, presence, definition, rows_of
):
    kept = presence > 0
    expected = np.zeros(30)
    expected[kept] = definition(scores[kept], ties, **rows_of(cohort, kept)).gradient
    found = CoxPartialLikelihood(**cohort, ties=ties).gradient(scores, presence)
    assert_allclose(found, expected, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("some_absent", [False, True])
def test_gradient_is_the_derivative_of_value(
    cohort, ties, scores, presence, some_absent
):
    loss = CoxPartialLikelihood(**cohort, ties=ties)
    b = presence if some_absent else None
    expected = grad(loss.value)(scores, b)
    assert_allclose(loss.gradient(scores, b), expected, rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize("some_absent", [False, True])
def test_hessian_product_is_the_derivative_of_gradient(
    cohort, ties, scores, presence, some_absent
):
    loss = CoxPartialLikelihood(**cohort, ties=ties)
    b = presence if some_absent else None
    V = np.random.default_rng(1).normal(size=(30, 3))
    product = make_hvp(loss.value)(scores, b)[0]
    expected = np.stack([product(v) for v in V.T], axis=1)
    found = loss.hessian_product(scores, V, b)
    assert_allclose(found, expected, rtol=1e-11, atol=1e-13)


def test_hessian_product_is_that_of_the_definition(cohort, ties, scores, definition):
    expected = definition(scores, ties, **cohort).hessian.astype(float)
    loss = CoxPartialLikelihood(**cohort, ties=ties)
    found = loss.hessian_product(scores, np.eye(30))
    assert_allclose(found, expected, rtol=1e-11, atol=1e-14)


@pytest.mark.parametrize("some_absent", [False, True])
@pytest.mark.parametrize("p", [1, 4, 9])
def test_curvature_form_is_the_hessian_between_columns(
    cohort, ties, scores, presence, some_absent, p
):
    # p below, at and above the number of columns at once.
    loss = CoxPartialLikelihood(**cohort, ties=ties)
    b = presence if some_absent else None
    J = np.random.default_rng(1).normal(size=(30, p))
    expected = J.T @ loss.hessian_product(scores, np.eye(30), b) @ J
    found = loss.curvature_form(scores, J, b)
    assert_allclose(found, expected, rtol=1e-11, atol=1e-12)


@pytest.mark.parametrize("some_absent", [False, True])
def test_curvature_bound_is_above_the_hessian(
    cohort, ties, scores, presence, some_absent
):
    loss = CoxPartialLikelihood(**cohort, ties=ties)
    b = presence if some_absent else None
    bound = loss.curvature_bound(scores, b)
    gap = np.diag(bound) - loss.hessian_product(scores, np.eye(30), b)
    # A sum of squares of means, so zero is the smallest eigenvalue up to round-off.
    assert np.linalg.eigvalsh(gap).min() >= -1e-14 * bound.max()


def test_curvature_bound_is_the_diagonal_and_squares_of_means(
    cohort, ties, scores, definition
):
    # Not any bound, but Σ c E[v²]: the part of the curvature that only adds.
    truth = definition(scores, ties, **cohort)
    bound = CoxPartialLikelihood(**cohort, ties=ties).curvature_bound(scores)
    event = cohort["event"].astype(float)
    weight = cohort["sample_weight"]
    observed = event if weight is None else weight * event
    expected = truth.gradient + observed
    assert_allclose(bound, expected.astype(float), rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("some_absent", [False, True])
def test_curvature_size_is_above_the_curvature(
    cohort, ties, scores, presence, some_absent
):
    loss = CoxPartialLikelihood(**cohort, ties=ties)
    b = presence if some_absent else None
    J = np.random.default_rng(1).normal(size=(30, 4))
    curvature = np.diag(loss.curvature_form(scores, J, b))
    assert (curvature <= loss.curvature_size(scores, J, b) * (1 + 1e-12)).all()


def test_location_of_a_stratum_is_lost_on_derivatives(make_cohort, ties, scores):
    cohort = make_cohort(times="integer", strata=True)
    loss = CoxPartialLikelihood(**cohort, ties=ties)
    J = np.random.default_rng(1).integers(-8, 8, size=(30, 4)) / 8.0
    # The sum is exact in floating point, but a square of it has no digit of J left.
    moved = J + 2.0**30 * cohort["stratum"][:, None]
    D = loss.removal_differences(scores)
    for function in (
        lambda V: loss.curvature_form(scores, V),
        lambda V: loss.curvature_size(scores, V),
        lambda V: loss.hessian_product(scores, V),
        lambda V: D @ V,
    ):
        # Means of a stratum are off by 2^30 · 2^-53.
        assert_allclose(function(moved), function(J), rtol=1e-5, atol=1e-5)


def test_location_of_scores_of_a_stratum_is_lost_on_the_loss(make_cohort, ties, scores):
    cohort = make_cohort(times="integer", strata=True)
    loss = CoxPartialLikelihood(**cohort, ties=ties)
    moved = scores + 1000.0 * cohort["stratum"]
    assert_allclose(loss.value(moved), loss.value(scores), rtol=1e-11)
    found, expected = loss.gradient(moved), loss.gradient(scores)
    assert_allclose(found, expected, rtol=1e-10, atol=1e-11)
    found = loss.removal_differences(moved) @ np.eye(30)
    expected = loss.removal_differences(scores) @ np.eye(30)
    assert_allclose(found, expected, rtol=1e-9, atol=1e-10)


def test_baseline_hazard_is_that_of_the_definition(cohort, ties, scores, definition):
    hazard = definition(scores, ties, **cohort).hazard
    found = CoxPartialLikelihood(**cohort, ties=ties).baseline_hazard(scores)
    # Zero where all events at an instant have weight zero.
    expected = [float(hazard.get(instant, 0)) for instant in range(len(found))]
    assert_allclose(found, expected, rtol=1e-13)


def test_baseline_hazard_without_absent_subjects(
    cohort, ties, scores, presence, definition
):
    weight = cohort["sample_weight"]
    weight = presence if weight is None else presence * weight
    reduced = {**cohort, "sample_weight": weight}
    hazard = definition(scores, ties, **reduced).hazard
    found = CoxPartialLikelihood(**cohort, ties=ties).baseline_hazard(scores, presence)
    expected = [float(hazard.get(instant, 0)) for instant in range(len(found))]
    assert_allclose(found, expected, rtol=1e-13)


def test_shift_of_all_scores_changes_nothing(cohort, ties, scores):
    loss = CoxPartialLikelihood(**cohort, ties=ties)
    # 1000 is beyond the range of exp; it costs the last 10 bits of the scores.
    assert_allclose(loss.value(scores + 1000), loss.value(scores), rtol=1e-11)
    found, expected = loss.gradient(scores + 1000), loss.gradient(scores)
    assert_allclose(found, expected, rtol=1e-10, atol=1e-11)


@pytest.mark.parametrize("scale", [5, 20])
def test_gradient_of_heavy_tailed_scores(make_cohort, ties, scale, definition):
    cohort = make_cohort(n=80, times="integer", entry=True)
    S = scale * np.random.default_rng(2).normal(size=80)
    expected = definition(S, ties, **cohort).gradient.astype(float)
    found = CoxPartialLikelihood(**cohort, ties=ties).gradient(S)
    assert_allclose(found, expected, rtol=1e-12, atol=1e-13)


def test_gradient_with_two_hundred_tied_events(make_cohort, ties, definition):
    cohort = make_cohort(n=250, times="continuous")
    cohort["time"][:200], cohort["event"][:200] = 1.0, True
    S = np.random.default_rng(3).normal(size=250)
    expected = definition(S, ties, **cohort).gradient.astype(float)
    found = CoxPartialLikelihood(**cohort, ties=ties).gradient(S)
    assert_allclose(found, expected, rtol=1e-12, atol=1e-13)


def test_value_is_infinite_where_risks_vanish(ties):
    loss = CoxPartialLikelihood(np.array([True, True]), np.array([1.0, 2.0]), ties=ties)
    assert loss.value(np.array([0.0, -1000.0])) == np.inf
    assert np.isfinite(loss.value(np.array([0.0, -500.0])))


def test_loss_without_events_is_zero(ties):
    loss = CoxPartialLikelihood(np.zeros(3, dtype=bool), np.arange(3.0), ties=ties)
    S = np.array([1.0, -2.0, 0.5])
    assert loss.value(S) == 0.0
    assert_array_equal(loss.gradient(S), 0.0)
    assert_array_equal(loss.hessian_product(S, np.eye(3)), 0.0)
    assert_array_equal(loss.removal_differences(S) @ np.eye(3), 0.0)


def test_loss_of_nobody_is_zero(ties):
    # What is left where a group of all subjects is removed.
    loss = CoxPartialLikelihood(
        np.array([True, False]), np.array([1.0, 2.0]), ties=ties
    )
    S, nobody = np.array([0.3, -0.1]), np.zeros(2)
    assert loss.value(S, nobody) == 0.0
    assert_array_equal(loss.gradient(S, nobody), 0.0)
    assert_array_equal(loss.hessian_product(S, np.eye(2), nobody), 0.0)


def test_two_breslow_copies_of_a_subject_are_one_of_weight_two(make_cohort, scores):
    cohort = make_cohort(times="integer")
    twice = {k: None if x is None else np.repeat(x, 2) for k, x in cohort.items()}
    weighted = CoxPartialLikelihood(
        **{**cohort, "sample_weight": np.full(30, 2.0)}, ties="breslow"
    )
    doubled = CoxPartialLikelihood(**twice, ties="breslow")
    found, expected = weighted.value(scores), doubled.value(np.repeat(scores, 2))
    assert_allclose(found, expected, rtol=1e-13)


def test_zero_weight_is_absence(make_cohort, ties, scores, presence):
    cohort = make_cohort(times="tied", entry=True, strata=True)
    absent = CoxPartialLikelihood(**cohort, ties=ties).gradient(scores, presence)
    weighted = CoxPartialLikelihood(**{**cohort, "sample_weight": presence}, ties=ties)
    assert_allclose(weighted.gradient(scores), absent, rtol=1e-14)


@st.composite
def small_cohorts(draw):
    n = draw(st.integers(2, 9))

    def column(elements):
        return np.array(draw(st.lists(elements, min_size=n, max_size=n)))

    time = column(st.integers(1, 4)).astype(float)
    cohort = {
        "event": column(st.booleans()),
        "time": time,
        "entry": np.minimum(column(st.integers(-1, 3)), time - 1),
        "stratum": column(st.integers(0, 1)),
        "sample_weight": column(st.sampled_from([0.0, 1.0, 2.5])),
    }
    for name in ("entry", "stratum", "sample_weight"):
        if draw(st.booleans()):
            cohort[name] = None
    weight = cohort["sample_weight"]
    assume(weight is None or weight.any())
    return cohort, column(st.floats(-4, 4))


@settings(deadline=None, max_examples=200, derandomize=True)
@given(drawn=small_cohorts(), ties=st.sampled_from(["breslow", "efron"]))
def test_any_small_cohort_agrees_with_the_definition(drawn, ties, definition, deletion):
    cohort, S = drawn
    truth = definition(S, ties, **cohort)
    loss = CoxPartialLikelihood(**cohort, ties=ties)
    n = len(S)
    tolerance = {"rtol": 1e-12, "atol": 1e-12}
    assert_allclose(loss.value(S), float(truth.value), **tolerance)
    assert_allclose(loss.gradient(S), truth.gradient.astype(float), **tolerance)
    product = loss.hessian_product(S, np.eye(n))
    assert_allclose(product, truth.hessian.astype(float), **tolerance)
    removed = loss.removal_differences(S) @ np.eye(n)
    assert_allclose(removed, deletion(S, ties, cohort).astype(float), **tolerance)


def test_size_of_curvature_is_that_of_its_terms():
    rng = np.random.default_rng(0)
    event, time = rng.random(30) < 0.7, rng.integers(1, 9, 30).astype(float)
    stratum = rng.integers(0, 2, 30)
    loss = CoxPartialLikelihood(event, time, stratum=stratum)
    S, J = rng.normal(size=30), rng.normal(size=(30, 3))
    size = loss.curvature_size(S, J)
    assert (size >= np.diag(loss.curvature_form(S, J)) - 1e-12).all()
    # What a stratum has in common is not curvature.
    moved = J + 1e3 * stratum[:, None]
    np.testing.assert_allclose(loss.curvature_size(S, moved), size, rtol=1e-9)
