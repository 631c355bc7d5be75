"""Agreement against scipy, and what each number is blind to."""

import numpy as np
import pytest
from scipy.stats import linregress, pearsonr

from sklinfluence.metrics import agreement


@pytest.fixture
def pair():
    rng = np.random.default_rng(0)
    retrained = rng.normal(size=(4, 30))
    return retrained + 0.1 * rng.normal(size=(4, 30)), retrained


def test_correlations_are_scipys(pair):
    estimate, retrained = pair
    result = agreement(estimate, retrained)
    both = estimate.ravel(), retrained.ravel()
    assert result.pearson == pytest.approx(pearsonr(*both).statistic)
    rows = [pearsonr(a, b).statistic for a, b in zip(*pair, strict=True)]
    np.testing.assert_allclose(result.pearson_per_test, rows)


def test_slope_is_that_of_a_regression_through_the_origin(pair):
    # Symmetrised data have mean zero, so scipy's line goes through the origin.
    x, y = (np.concatenate([a.ravel(), -a.ravel()]) for a in pair)
    assert agreement(*pair).slope == pytest.approx(linregress(x, y).slope)


def test_a_wrong_scale_is_seen_by_slope_and_error_only(pair):
    _, retrained = pair
    result = agreement(0.8 * retrained, retrained)
    assert result.pearson == pytest.approx(1.0)
    assert result.slope == pytest.approx(1.25)
    assert result.relative_error == pytest.approx(0.2)


def test_constant_rows_have_no_correlation():
    result = agreement([[1.0, 1.0], [1.0, 2.0]], [[1.0, 2.0], [1.0, 2.0]])
    assert np.isnan(result.pearson_per_test[0])
    assert result.pearson_per_test[1] == pytest.approx(1.0)


def test_shapes_and_values_are_checked(pair):
    estimate, retrained = pair
    with pytest.raises(ValueError, match=r"shape \(4, 30\).*shape \(3, 30\)"):
        agreement(estimate, retrained[:3])
    with pytest.raises(ValueError, match="estimate contains NaN"):
        agreement(np.full((2, 2), np.nan), np.ones((2, 2)))
