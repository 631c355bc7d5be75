import numpy as np
import pytest
from numpy.testing import assert_allclose

from sklinfluence.solvers import Status, natural_basis

Q = np.linalg.qr(np.random.default_rng(0).normal(size=(6, 6)))[0]


def with_eigenvalues(*values):
    return (Q * np.array(values)) @ Q.T


def test_natural_basis_makes_a_matrix_the_identity():
    units = 10.0 ** np.array([-5.0, -3, 0, 1, 3, 5])
    H = with_eigenvalues(1, 2, 3, 4, 5, 6) * np.outer(units, units)
    for scale in (None, units):
        basis, status = natural_basis(H, scale)
        assert_allclose(basis.T @ H @ basis, np.eye(6), atol=1e-12)
        assert_allclose(basis @ basis.T, np.linalg.inv(H), rtol=1e-9)
        assert status is Status.SOLVED


@pytest.mark.parametrize(
    ("values", "signs", "status"),
    [
        ((0, 0, 3, 4, 5, 6), [1, 1, 1, 1], Status.SINGULAR),
        ((-1, 2, 3, 4, 5, 6), [-1, 1, 1, 1, 1, 1], Status.INDEFINITE),
        ((-1, 0, 3, 4, 5, 6), [-1, 1, 1, 1, 1], Status.INDEFINITE),
        ((1e-13, 2, 3, 4, 5, 6), [1, 1, 1, 1, 1], Status.SINGULAR),
        ((1e-7, 2, 3, 4, 5, 6), [1, 1, 1, 1, 1, 1], Status.SOLVED),
    ],
)
def test_natural_basis_leaves_out_what_has_no_curvature(values, signs, status):
    H = with_eigenvalues(*values)
    basis, found = natural_basis(H, np.ones(6))
    assert found is status
    product = basis.T @ H @ basis
    assert_allclose(np.sort(np.diag(product)), signs, atol=1e-6)
    assert_allclose(product, np.diag(np.diag(product)), atol=1e-6)


def test_natural_basis_counts_as_flat_what_the_caller_says():
    H = with_eigenvalues(1e-9, 2, 3, 4, 5, 6)
    basis, status = natural_basis(H, np.ones(6), rcond=1e-8)
    assert basis.shape == (6, 5)
    assert status is Status.SINGULAR


def test_natural_basis_of_nothing():
    for H in (np.zeros((3, 3)), np.zeros((0, 0))):
        basis, status = natural_basis(H)
        assert basis.shape == (len(H), 0)
        assert status is (Status.SINGULAR if len(H) else Status.SOLVED)
