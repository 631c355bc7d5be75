import numpy as np
import pytest
from autograd import grad, hessian
from numpy.testing import assert_allclose, assert_array_equal
from scipy import sparse

from sklinfluence.utils import _blocks
from sklinfluence.utils._blocks import dense_columns, weighted_gram, weighted_grams
from sklinfluence.utils._sklearn import safe_indexing
from sklinfluence.utils._sparse import (
    block_diagonal,
    canonical,
    dense,
    product,
    row_dots,
    rows_of_objects,
    scaled_rows,
    squared_sums,
    sums_of_objects,
    with_ones,
)

A = sparse.random_array((12, 5), density=0.4, rng=0, format="csr")
RNG = np.random.default_rng(1)
WEIGHT = RNG.normal(size=12)


def test_products_are_differentiated():
    def value(theta):
        return (product(A, theta) ** 3).sum()

    s = A @ (theta := RNG.normal(size=5))
    assert_allclose(grad(value)(theta), A.T @ (3 * s**2))
    expected = A.T @ np.diag(6 * s) @ A.toarray()
    assert_allclose(hessian(value)(theta), expected, atol=1e-13)


def test_canonical_rows_leave_those_given_alone():
    data, columns, start = np.ones(3), np.array([1, 1, 0]), np.array([0, 3])
    given = sparse.csr_matrix((data, columns, start), shape=(1, 2))
    found = canonical(given)
    assert isinstance(found, sparse.csr_array)
    assert_array_equal(found.toarray(), [[1.0, 2.0]])
    assert (found.nnz, given.nnz) == (2, 3)


def test_rows_keep_their_kind_with_ones_behind():
    expected = np.column_stack([A.toarray(), np.ones(12)])
    assert_array_equal(with_ones(A.toarray()), expected)
    assert sparse.issparse(with_ones(A))
    assert_array_equal(with_ones(A).toarray(), expected)


@pytest.mark.parametrize("kind", [dense, canonical])
def test_operations_are_those_of_arrays(kind):
    B, V = RNG.normal(size=(12, 5)), A.toarray()
    J = kind(A)
    assert_allclose(row_dots(J, B), np.sum(V * B, axis=1))
    assert_allclose(dense(scaled_rows(WEIGHT, J)), WEIGHT[:, None] * V)
    assert_allclose(squared_sums(WEIGHT, J), WEIGHT @ V**2)
    expected = V.reshape(4, 3, 5)[[2, 0]]
    assert_array_equal(rows_of_objects(J, np.array([2, 0]), 3), expected)


def test_matrices_of_objects():
    slope, V = RNG.normal(size=(4, 3)), RNG.normal(size=(12, 2))
    expected = np.einsum("ik,ikc->ic", slope, V.reshape(4, 3, 2))
    assert_allclose(sums_of_objects(slope, V), expected)
    found = sums_of_objects(slope, sparse.csr_array(V))
    assert sparse.issparse(found)
    assert_allclose(found.toarray(), expected)
    matrices = RNG.normal(size=(4, 3, 3))
    expected = (matrices @ V.reshape(4, 3, 2)).reshape(12, 2)
    assert_allclose(block_diagonal(matrices) @ V, expected)


@pytest.mark.parametrize("at_once", [1, 11, 1 << 20])
@pytest.mark.parametrize("k", [2, 30])
def test_grams_of_sparse_rows(monkeypatch, at_once, k):
    monkeypatch.setattr(_blocks, "_NUMBERS_AT_ONCE", at_once)
    weights, V = RNG.normal(size=(12, k)), A.toarray()
    expected = [V.T @ (w[:, None] * V) for w in weights.T]
    assert_allclose(weighted_gram(A, weights[:, 0]), expected[0], atol=1e-14)
    assert_allclose(weighted_grams(A, weights), expected, atol=1e-14)


def test_columns_come_a_few_at_a_time(monkeypatch):
    monkeypatch.setattr(_blocks, "_NUMBERS_AT_ONCE", 30)
    found = np.full(A.shape, np.nan)
    for some, part in dense_columns(A):
        assert part.shape[1] <= 2
        found[:, some] = part
    assert_array_equal(found, A.toarray())


@pytest.mark.parametrize("kind", ["csr", "csc", "coo", "bsr", "dia", "lil"])
def test_rows_of_any_format_are_picked(kind):
    found = safe_indexing(A.asformat(kind), np.array([3, 1]))
    assert_array_equal(found.toarray(), A.toarray()[[3, 1]])
