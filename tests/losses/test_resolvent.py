import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from sklinfluence.losses import _resolvent
from sklinfluence.losses._resolvent import IntervalResolvent, NestedResolvent


def exact(Z, w, first, last, C, derivative=False):
    Z, w, C = (x.astype(np.longdouble) for x in (Z, w, C))
    rows = [
        (C[f:t] / (Z[f:t] - x)[:, None] * _factor(Z[f:t], x, derivative)).sum(axis=0)
        for x, f, t in zip(w, first, last, strict=True)
    ]
    return np.array(rows).astype(float)


def _factor(Z, x, derivative):
    return (x / (Z - x))[:, None] if derivative else 1.0


def nested_problem(seed, n=40, n_terms=60, decades=2.0):
    """Decreasing totals, and subjects smaller than every total of their run."""
    rng = np.random.default_rng(seed)
    Z = np.sort(10.0 ** rng.uniform(0, decades, size=n_terms))[::-1]
    last = rng.integers(0, n_terms + 1, size=n)
    smallest = np.where(last > 0, Z[last - 1], 1.0)
    w = smallest * rng.uniform(0, 0.9, size=n) ** 3
    return Z, w, last, rng.random((n_terms, 3))


@pytest.mark.parametrize("derivative", [False, True])
@pytest.mark.parametrize("decades", [0.5, 2.0, 14.0, 40.0, 200.0])
def test_nested_sums_are_exact(decades, derivative):
    Z, w, last, C = nested_problem(0, decades=decades)
    found = NestedResolvent(Z, w, last)(C, derivative)
    # Subjects of up to 0.9 Z: Z − w loses one digit.
    expected = exact(Z, w, np.zeros_like(last), last, C, derivative)
    assert_allclose(found, expected, rtol=2e-14)


@pytest.mark.parametrize("derivative", [False, True])
@pytest.mark.parametrize("decades", [0.5, 2.0, 14.0, 40.0, 200.0])
def test_interval_sums_are_exact_for_totals_in_any_order(decades, derivative):
    rng = np.random.default_rng(1)
    Z = 10.0 ** rng.uniform(0, decades, size=60)
    first, last = rng.integers(0, 61, size=(2, 40))
    runs = zip(first, last, strict=True)
    smallest = np.array([Z[f:t].min(initial=np.inf) for f, t in runs])
    w = np.where(np.isfinite(smallest), smallest, 1.0) * rng.uniform(0, 0.9, 40) ** 3
    C = rng.random((60, 3))
    found = IntervalResolvent(Z, w, first, last)(C, derivative)
    expected = exact(Z, w, first, last, C, derivative)
    assert_allclose(found, expected, rtol=2e-14)


def test_nested_and_interval_sums_agree():
    Z, w, last, C = nested_problem(2, n=300, n_terms=500)
    nested = NestedResolvent(Z, w, last)(C)
    interval = IntervalResolvent(Z, w, np.zeros_like(last), last)(C)
    assert_allclose(nested, interval, rtol=2e-14)


@pytest.mark.parametrize("at_once", [1, 7, 64])
def test_pairs_in_pieces_are_pairs_at_once(monkeypatch, at_once):
    Z, w, last, C = nested_problem(3)
    first = np.zeros_like(last)
    whole = [NestedResolvent(Z, w, last)(C), IntervalResolvent(Z, w, first, last)(C)]
    monkeypatch.setattr(_resolvent, "_PAIRS_AT_ONCE", at_once)
    pieces = [NestedResolvent(Z, w, last)(C), IntervalResolvent(Z, w, first, last)(C)]
    assert_allclose(pieces, whole, rtol=1e-15)


def test_no_subject_takes_part():
    Z, _, _, C = nested_problem(4)
    zero = np.zeros(5, dtype=int)
    for resolvent in (
        NestedResolvent(Z, np.ones(5), zero),
        IntervalResolvent(Z, np.ones(5), zero, zero),
    ):
        assert_array_equal(resolvent(C), np.zeros((5, 3)))


def test_subjects_without_risk_sum_to_the_plain_quotients():
    Z, _, last, C = nested_problem(5)
    expected = exact(Z, np.zeros(40), np.zeros_like(last), last, C)
    assert_allclose(NestedResolvent(Z, np.zeros(40), last)(C), expected, rtol=1e-14)


def test_equal_totals():
    Z, w, C = np.full(20, 4.0), np.array([0.1, 3.0]), np.ones((20, 1))
    last = np.array([20, 20])
    for resolvent in (
        NestedResolvent(Z, w, last),
        IntervalResolvent(Z, w, np.zeros(2, dtype=int), last),
    ):
        assert_allclose(resolvent(C).ravel(), 20 / (4.0 - w), rtol=1e-14)
