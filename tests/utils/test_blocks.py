import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from sklinfluence.utils import _blocks
from sklinfluence.utils._blocks import blocks, weighted_gram, weighted_grams


@pytest.mark.parametrize(
    ("n", "size", "lengths"),
    [(0, 3, []), (2, 3, [2]), (3, 3, [3]), (7, 3, [3, 3, 1]), (4, 1, [1, 1, 1, 1])],
)
def test_blocks_cover_the_range_in_order(n, size, lengths):
    pieces = [np.arange(n)[block] for block in blocks(n, size)]
    assert [len(piece) for piece in pieces] == lengths
    assert_array_equal(np.concatenate([np.zeros(0), *pieces]), np.arange(n))


@pytest.mark.parametrize("rows_at_once", [1, 4, 10, 100])
def test_weighted_gram_is_the_weighted_sum_of_outer_products(monkeypatch, rows_at_once):
    monkeypatch.setattr(_blocks, "_ROWS_AT_ONCE", rows_at_once)
    rng = np.random.default_rng(0)
    A, weight = rng.normal(size=(10, 3)), rng.normal(size=10)
    expected = sum(w * np.outer(a, a) for w, a in zip(weight, A, strict=True))
    assert_allclose(weighted_gram(A, weight), expected, rtol=1e-13, atol=1e-14)


@pytest.mark.parametrize("k", [1, 7, 8, 30])
def test_weighted_grams_are_weighted_grams(k):
    rng = np.random.default_rng(1)
    A, weights = rng.normal(size=(20, 4)), rng.normal(size=(20, k))
    expected = [weighted_gram(A, weight) for weight in weights.T]
    assert_allclose(weighted_grams(A, weights), expected, rtol=1e-12, atol=1e-13)
