"""Ranks, overlaps and missing entries, against scipy and counting by hand."""

import numpy as np
import pytest
from scipy.stats import spearmanr

from sklinfluence.metrics import agreement, top_overlap


@pytest.fixture
def pair():
    rng = np.random.default_rng(1)
    retrained = rng.normal(size=(4, 30)).round(1)  # with ties
    return (retrained + 0.5 * rng.normal(size=(4, 30))).round(1), retrained


def test_rank_correlations_are_scipys(pair):
    estimate, retrained = pair
    result = agreement(estimate, retrained)
    both = estimate.ravel(), retrained.ravel()
    assert result.spearman == pytest.approx(spearmanr(*both).statistic, rel=1e-12)
    rows = [spearmanr(a, b).statistic for a, b in zip(*pair, strict=True)]
    np.testing.assert_allclose(result.spearman_per_test, rows, rtol=1e-12)


def test_errors_per_test_are_those_of_each_row(pair):
    result = agreement(*pair)
    rows = [
        agreement(a[None], b[None]).relative_error for a, b in zip(*pair, strict=True)
    ]
    np.testing.assert_allclose(result.relative_error_per_test, rows, rtol=1e-12)
    assert result.n_pairs == 120


def test_entries_that_are_missing_in_either_are_left_out_of_both(pair):
    estimate, retrained = (array.copy() for array in pair)
    estimate[0, 3], retrained[0, 5], retrained[2, :7] = np.nan, np.inf, np.nan
    result = agreement(estimate, retrained, k=3, nan_policy="omit")
    columns = [np.delete(np.arange(30), [3, 5]), np.arange(30), np.arange(7, 30)]
    for t, kept in enumerate(columns):
        alone = agreement(estimate[t : t + 1, kept], retrained[t : t + 1, kept], k=3)
        for name in ("pearson", "spearman", "relative_error", "overlap"):
            assert result[f"{name}_per_test"][t] == pytest.approx(alone[name])
    usable = np.isfinite(estimate) & np.isfinite(retrained)
    pooled = agreement(estimate[usable][None], retrained[usable][None])
    for name in ("pearson", "spearman", "slope", "relative_error"):
        assert result[name] == pytest.approx(pooled[name])
    assert result.n_pairs == 120 - 9


def test_a_row_without_any_number_has_no_agreement(pair):
    estimate, retrained = pair
    retrained = retrained.copy()
    retrained[1] = np.nan
    result = agreement(estimate, retrained, k=2, nan_policy="omit")
    for name in ("pearson", "spearman", "relative_error", "overlap"):
        found = np.isfinite(result[f"{name}_per_test"])
        np.testing.assert_array_equal(found, [True, False, True, True])
        assert np.isfinite(result[name])


@pytest.mark.parametrize("scale", [1e-200, 1e-10, 1e200], ids=str)
def test_correlations_depend_on_no_unit(pair, scale):
    estimate, retrained = pair
    ordinary = agreement(estimate, retrained)
    with np.errstate(over="ignore"):
        result = agreement(scale * estimate, scale * retrained)
    for name in ("pearson_per_test", "spearman_per_test"):
        np.testing.assert_allclose(result[name], ordinary[name], rtol=1e-12)


def test_a_row_that_is_constant_up_to_rounding_has_no_correlation():
    constant = np.full((1, 7), 0.1) + np.array([[0, 1, 0, 0, -1, 0, 0]]) * 1e-17
    result = agreement(constant, np.arange(7.0)[None])
    assert np.isnan(result.pearson)
    assert np.isnan(result.spearman)


def test_overlap_counts_the_strongest_of_both_signs():
    estimate = [[5.0, -4.0, 3.0, 0.1, 0.0], [1.0, 2.0, 3.0, 4.0, 5.0]]
    retrained = [[-5.0, 0.2, 3.0, 0.0, 9.0], [1.0, 2.0, 3.0, 4.0, 5.0]]
    np.testing.assert_allclose(top_overlap(estimate, retrained, 3), [2 / 3, 1])
    result = agreement(estimate, retrained, k=3)
    assert result.overlap == pytest.approx(5 / 6)


def test_of_tied_objects_each_may_be_taken():
    # Strongest two: 0, and one of 1, 2 and 3 by the estimate; 0 and 3 by retraining.
    found = top_overlap([[2.0, 1.0, -1.0, 1.0]], [[5.0, 0.0, 0.0, 5.0]], 2)
    np.testing.assert_allclose(found, (1 + 1 / 3) / 2)
    nothing = np.zeros((1, 4))
    for truth in ([[5.0, 4.0, 0.0, 0.0]], [[0.0, 0.0, 4.0, 5.0]]):
        np.testing.assert_allclose(top_overlap(nothing, truth, 2), 0.5)


def test_overlap_of_unrelated_influence_is_the_share_of_k():
    rng = np.random.default_rng(0)
    shares = top_overlap(*rng.normal(size=(2, 2000, 20)), 5)
    # Hypergeometric: variance of the count is 5 · ¼ · ¾ · 15/19.
    error = np.sqrt(5 * 0.25 * 0.75 * 15 / 19) / 5 / np.sqrt(2000)
    assert abs(shares.mean() - 0.25) < 4 * error


def test_bad_arguments_are_named(pair):
    with pytest.raises(ValueError, match="k=30; expected a number of objects from 1"):
        top_overlap(*pair, 30)
    with pytest.raises(ValueError, match="nan_policy='drop'; expected one of"):
        agreement(*pair, nan_policy="drop")
