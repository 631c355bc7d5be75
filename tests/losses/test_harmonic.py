import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from sklinfluence.losses import _harmonic
from sklinfluence.losses._harmonic import harmonic_sum


def exact(a, b, count):
    a, b = np.longdouble(a), np.longdouble(b)
    return float(sum((1 / (a - r * b) for r in range(count)), np.longdouble(0)))


@pytest.mark.parametrize("count", [0, 1, 2, 31, 32, 33, 34, 64, 65, 200, 5000])
@pytest.mark.parametrize("slack", [0.0, 1e-3, 1.0, 1e6])
def test_sum_is_exact_at_any_length(count, slack):
    # With slack 0 the last denominator is as small as it may be: one step.
    b = 0.7
    a = (count + slack) * b + (b if count == 0 else 0.0)
    found = harmonic_sum(np.array([a]), np.array([b]), np.array([count]))
    # Small denominators are differences of numbers up to `count` times as large.
    assert_allclose(found, exact(a, b, count), rtol=1e-14)


@pytest.mark.parametrize("count", [1, 32, 33, 1000])
def test_no_step_is_a_repeated_denominator(count):
    found = harmonic_sum(np.array([0.3]), np.array([0.0]), np.array([count]))
    assert_allclose(found, count / 0.3, rtol=2e-15)


def test_smooth_part_is_off_by_no_more_than_the_first_omitted_term(monkeypatch):
    # With 6 instead of 32 exact terms, the coefficients of the series can be seen.
    monkeypatch.setattr(_harmonic, "_EXACT", 6)
    omitted = 691 / 32760 / 7.0**12
    found = harmonic_sum(np.array([501.0]), np.array([1.0]), np.array([500]))
    error = found[0] - exact(501.0, 1.0, 500)
    assert abs(error) <= omitted


def test_subjects_of_different_length_at_once():
    rng = np.random.default_rng(0)
    count = rng.integers(0, 300, size=50)
    b = 10.0 ** rng.uniform(-8, 8, size=50)
    a = (count + 1) * b * 10.0 ** rng.uniform(0, 4, size=50)
    expected = [exact(*args) for args in zip(a, b, count, strict=True)]
    assert_allclose(harmonic_sum(a, b, count), expected, rtol=3e-15)


def test_no_subjects():
    empty = np.zeros(0)
    assert_array_equal(harmonic_sum(empty, empty, empty.astype(int)), empty)


@settings(deadline=None, derandomize=True)
@given(
    count=st.integers(1, 400),
    log_b=st.floats(-20, 20),
    log_slack=st.floats(-16, 8),
)
def test_any_progression(count, log_b, log_slack):
    b = 10.0**log_b
    # Rounding of a may take a last bit below the least that is allowed.
    a = (count + 1e-12 + 10.0**log_slack) * b
    found = harmonic_sum(np.array([a]), np.array([b]), np.array([count]))
    # The last denominator, one step, is a difference of numbers `count` times larger.
    assert_allclose(found, exact(a, b, count), rtol=1e-13)
