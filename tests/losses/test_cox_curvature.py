"""The Hessian without each subject against deletion of its row."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from sklinfluence.losses import CoxPartialLikelihood, _cox


def by_deletion(S, J, ties, cohort, definition, rows_of):
    forms = []
    for i in range(len(S)):
        kept = np.delete(np.arange(len(S)), i)
        hessian = definition(S[kept], ties, **rows_of(cohort, kept)).hessian
        forms.append(np.asarray(J[kept].T @ hessian @ J[kept], dtype=float))
    return np.stack(forms)


@pytest.fixture
def tangents():
    return np.random.default_rng(8).normal(size=(30, 3)) + [0.0, 5.0, -1.0]


def test_removal_forms_are_those_of_deletion(
    cohort, ties, scores, tangents, definition, rows_of
):
    loss = CoxPartialLikelihood(**cohort, ties=ties)
    forms = loss.removal_forms(scores, tangents)(np.arange(30))
    truth = by_deletion(scores, tangents, ties, cohort, definition, rows_of)
    assert_allclose(forms, truth, rtol=1e-9, atol=1e-10 * np.abs(truth).max())


def test_some_objects_in_any_order(make_cohort, ties, scores, tangents):
    loss = CoxPartialLikelihood(**make_cohort(2, strata=True), ties=ties)
    every = loss.removal_forms(scores, tangents)(np.arange(30))
    some = np.array([17, 3, 3, 29])
    forms = loss.removal_forms(scores, tangents)(some)
    assert_allclose(forms, every[some], rtol=1e-12)


def test_who_is_almost_a_whole_risk_set(make_cohort, ties, scores, tangents):
    loss = CoxPartialLikelihood(**make_cohort(1), ties=ties)
    S = scores.copy()
    S[4] += 25.0
    forms = loss.removal_forms(S, tangents)(np.arange(30))
    one_by_one = super(CoxPartialLikelihood, loss).removal_forms(S, tangents)(
        np.arange(30)
    )
    assert_allclose(forms, one_by_one, rtol=1e-7, atol=1e-9)


def test_many_columns_do_without_the_closed_form(
    make_cohort, ties, scores, tangents, monkeypatch
):
    loss = CoxPartialLikelihood(**make_cohort(0, entry=True), ties=ties)
    closed = loss.removal_forms(scores, tangents)(np.arange(30))
    monkeypatch.setattr(_cox, "_LARGEST_CLOSED_FORM", 0)
    swept = loss.removal_forms(scores, tangents)(np.arange(30))
    assert_allclose(closed, swept, rtol=1e-10, atol=1e-12)


def test_third_derivatives_are_bounded_by_the_range(cohort, ties, scores):
    loss, rng = CoxPartialLikelihood(**cohort, ties=ties), np.random.default_rng(9)
    step = 1e-4
    for _ in range(5):
        u, v = rng.normal(size=(2, 30))
        up, down = (
            v @ loss.hessian_product(scores + s * u, v[:, None])[:, 0]
            for s in (step, -step)
        )
        second = v @ loss.hessian_product(scores, v[:, None])[:, 0]
        third = (up - down) / (2 * step)
        assert abs(third) <= loss.range_of(u[:, None])[0] * second * (1 + 1e-6) + 1e-9


def test_the_largest_range_is_attained(cohort):
    loss, rng = CoxPartialLikelihood(**cohort), np.random.default_rng(10)
    Z = rng.normal(size=(30, 3))
    largest = loss.largest_range(Z)
    u = rng.normal(size=(3, 20000))
    found = loss.range_of(Z @ (u / np.linalg.norm(u, axis=0)))
    assert found.max() <= largest * (1 + 1e-12)
    assert found.max() >= 0.98 * largest
