"""Many reduced likelihoods at once against one after the other, and by definition."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from sklinfluence.losses import CoxPartialLikelihood, _cox_reduced


@pytest.fixture(params=[1 << 18, 1])
def pieces(request, monkeypatch):
    """All at once, and in the smallest pieces."""
    monkeypatch.setattr(_cox_reduced, "_NUMBERS_AT_ONCE", request.param)


@pytest.fixture
def sets():
    """Six sets of scores and of subjects present: all, two thirds, all but one."""
    rng = np.random.default_rng(5)
    present = np.ones((30, 6))
    present[:, 1:3] = rng.random((30, 2)) < 0.67
    present[rng.integers(0, 30, size=3), [3, 4, 5]] = 0.0
    return rng.normal(size=(30, 6)), present


@pytest.mark.usefixtures("pieces")
def test_gradients_are_those_of_the_definition(cohort, ties, sets, definition, rows_of):
    loss, (S, present) = CoxPartialLikelihood(**cohort, ties=ties), sets
    gradients = loss.gradients(S, present)
    for column in range(S.shape[1]):
        kept = np.flatnonzero(present[:, column])
        expected = np.zeros(30)
        truth = definition(S[kept, column], ties, **rows_of(cohort, kept))
        expected[kept] = truth.gradient
        assert_allclose(gradients[:, column], expected, rtol=1e-11, atol=1e-12)


@pytest.mark.usefixtures("pieces")
def test_curvature_forms_are_those_of_the_definition(
    cohort, ties, sets, definition, rows_of
):
    loss, (S, present) = CoxPartialLikelihood(**cohort, ties=ties), sets
    J = np.random.default_rng(6).normal(size=(30, 3)) + 2.0
    forms = loss.curvature_forms(S, J, present)
    for column in range(S.shape[1]):
        kept = np.flatnonzero(present[:, column])
        truth = definition(S[kept, column], ties, **rows_of(cohort, kept))
        expected = np.asarray(J[kept].T @ truth.hessian @ J[kept], dtype=float)
        assert_allclose(forms[column], expected, rtol=1e-9, atol=1e-10)


def test_scores_far_apart_do_not_overflow(make_cohort):
    cohort = make_cohort(3)
    loss, S = CoxPartialLikelihood(**cohort), np.zeros((30, 2))
    S[:, 1] = 400.0
    S[0, 0] = 2000.0
    present = np.ones((30, 2))
    present[0, 0] = 0.0
    gradients = loss.gradients(S, present)
    for column in range(2):
        alone = loss.gradient(S[:, column], present[:, column])
        assert_allclose(gradients[:, column], alone, rtol=1e-12, atol=1e-12)


def test_nobody_present_has_no_gradient_and_no_curvature(make_cohort):
    loss, none = CoxPartialLikelihood(**make_cohort(4)), np.zeros((30, 1))
    assert not loss.gradients(none, none).any()
    assert not loss.curvature_forms(none, np.ones((30, 2)), none).any()


def test_the_loss_without_some_is_the_loss_of_the_others(cohort, ties, rows_of, scores):
    gone = np.array([0, 7, 8])
    kept = np.delete(np.arange(30), gone)
    rest = CoxPartialLikelihood(**cohort, ties=ties).without(gone)
    alone = CoxPartialLikelihood(**rows_of(cohort, kept), ties=ties)
    assert_allclose(rest.value(scores), alone.value(scores[kept]), rtol=1e-12)
    expected = np.zeros(30)
    expected[kept] = alone.gradient(scores[kept])
    assert_allclose(rest.gradient(scores), expected, rtol=1e-10, atol=1e-12)
    D, expected = rest.removal_differences(scores) @ np.eye(30), np.zeros((30, 30))
    expected[np.ix_(kept, kept)] = alone.removal_differences(scores[kept]) @ np.eye(27)
    # What only the others carry: entries of those gone are a matter of bookkeeping.
    assert_allclose(
        D[np.ix_(kept, kept)], expected[np.ix_(kept, kept)], rtol=1e-9, atol=1e-11
    )
