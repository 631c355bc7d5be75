"""Coordinates in which the Hessian of the fit is the identity."""

from types import SimpleNamespace

import numpy as np
import pytest
from numpy.testing import assert_allclose
from sklearn.datasets import load_iris
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LinearRegression, LogisticRegression

from sklinfluence import CoxRegressor
from sklinfluence.attribution._coordinates import (
    NaturalCoordinates,
    ParameterCoordinates,
    distance_to_optimum,
)
from sklinfluence.datasets import load_rossi
from sklinfluence.objectives import make_objective
from sklinfluence.solvers import Status


def with_hessian(H, gauge=None):
    """An objective of which only the Hessian is known."""
    scale = np.sqrt(np.abs(np.diag(H)))
    return SimpleNamespace(
        hessian=lambda theta: H, curvature_scale=lambda theta: scale, gauge=gauge
    )


def symmetric(*values):
    Q = np.linalg.qr(np.random.default_rng(0).normal(size=(len(values),) * 2))[0]
    return Q, Q * values @ Q.T


@pytest.fixture(scope="module")
def cox():
    X, y = load_rossi(return_X_y=True)
    X = X * 10.0 ** np.arange(-3, 4)  # units of all sizes
    return make_objective(CoxRegressor().fit(X, y), X, y)


@pytest.fixture(scope="module")
def multinomial():
    X, y = load_iris(return_X_y=True)
    return make_objective(LogisticRegression(max_iter=1000).fit(X, y), X, y)


def test_the_hessian_becomes_the_identity(cox):
    coordinates = NaturalCoordinates(cox.objective, cox.theta)
    hessian = cox.objective.hessian(cox.theta)
    found = coordinates.hessians(hessian[None])[0]
    assert_allclose(found, np.eye(7), atol=1e-10)
    assert coordinates.status is Status.SOLVED
    # Its terms are at least as large as it is.
    assert coordinates.size_of_terms > 1


def test_there_and_back(cox):
    coordinates = NaturalCoordinates(cox.objective, cox.theta)
    xi = np.random.default_rng(1).normal(size=(6, 7))
    steps = coordinates.steps(xi)
    assert_allclose(coordinates.of_steps(steps), xi, rtol=1e-9)
    assert_allclose(coordinates.thetas(xi), cox.theta + steps)
    lengths = np.einsum("ij,jk,ik->i", steps, cox.objective.hessian(cox.theta), steps)
    assert_allclose(np.sum(xi**2, axis=1), lengths, rtol=1e-9)


def test_gradients_are_slopes_along_the_coordinates(cox):
    coordinates = NaturalCoordinates(cox.objective, cox.theta)
    theta = coordinates.thetas(np.full((1, 7), 0.2))[0]
    found = coordinates.gradients(cox.objective.gradient(theta)[None])[0]
    h = 1e-5
    values = [
        [cox.objective.value(theta + sign * h * b) for sign in (1, -1)]
        for b in coordinates.basis.T
    ]
    slopes = -np.diff(values, axis=1)[:, 0] / (2 * h)
    assert_allclose(found, slopes, rtol=1e-5)
    removal = coordinates.removal_gradients(cox.objective, None)
    expected = cox.objective.removal_gradients(cox.theta) @ coordinates.basis
    assert_allclose(removal, expected, rtol=1e-9, atol=1e-12)


def test_the_distance_to_the_optimum_is_the_newton_decrement(cox):
    coordinates = NaturalCoordinates(cox.objective, cox.theta)
    gradient = np.arange(7.0) * 10.0 ** np.arange(-3, 4)
    hessian = cox.objective.hessian(cox.theta)
    expected = np.sqrt(gradient @ np.linalg.solve(hessian, gradient))
    found = distance_to_optimum(gradient, coordinates)
    assert found == pytest.approx(expected, rel=1e-9)


def test_a_gauge_is_left_out_and_projected_out(multinomial):
    objective, theta = multinomial.objective, multinomial.theta
    coordinates = NaturalCoordinates(objective, theta)
    assert coordinates.status is Status.SOLVED
    assert coordinates.basis.shape == (15, 14)
    assert_allclose(objective.gauge.T @ coordinates.basis, 0.0, atol=1e-10)
    H = objective.hessian(theta)
    assert_allclose(coordinates.hessians(H[None])[0], np.eye(14), atol=1e-8)
    # A component along the gauge makes no difference.
    step = np.random.default_rng(2).normal(size=15)
    shifted = step + 3.0 * objective.gauge[:, 0]
    assert_allclose(
        coordinates.of_steps(shifted[None]), coordinates.of_steps(step[None])
    )


def test_a_singular_hessian_is_inverted_where_it_has_curvature():
    Q, H = symmetric(0.0, 1.0, 2.0, 5.0)
    coordinates = NaturalCoordinates(with_hessian(H), np.zeros(4))
    assert coordinates.status is Status.SINGULAR
    assert coordinates.basis.shape == (4, 3)
    assert_allclose(coordinates.hessians(H[None])[0], np.eye(3), atol=1e-12)
    xi = np.array([[1.0, -2.0, 0.5]])
    assert_allclose(coordinates.of_steps(coordinates.steps(xi)), xi, rtol=1e-12)
    assert_allclose(coordinates.of_steps(Q[None, :, 0]), 0.0, atol=1e-12)
    with pytest.warns(ConvergenceWarning, match="singular"):
        coordinates.warn()
    gauged = NaturalCoordinates(with_hessian(H, Q[:, :1]), np.zeros(4))
    assert gauged.status is Status.SOLVED


def test_an_indefinite_hessian_keeps_its_signs():
    _, H = symmetric(-2.0, 1.0, 2.0, 5.0)
    coordinates = NaturalCoordinates(with_hessian(H), np.zeros(4))
    assert coordinates.status is Status.INDEFINITE
    found = coordinates.hessians(H[None])[0]
    assert_allclose(np.sort(np.diag(found)), [-1, 1, 1, 1], rtol=1e-12)
    assert_allclose(found - np.diag(np.diag(found)), 0.0, atol=1e-12)
    xi = np.array([[1.0, -2.0, 0.5, 3.0]])
    assert_allclose(coordinates.of_steps(coordinates.steps(xi)), xi, rtol=1e-12)
    with pytest.warns(ConvergenceWarning, match="indefinite"):
        coordinates.warn()


def test_a_collinear_column_is_no_curvature():
    X = np.random.default_rng(3).normal(size=(30, 3))
    X = np.column_stack([X, X @ [1.0, 2.0, 0.0]])
    fitted = make_objective(LinearRegression().fit(X, X[:, 0]), X, X[:, 0])
    coordinates = NaturalCoordinates(fitted.objective, fitted.theta)
    assert coordinates.status is Status.SINGULAR
    assert coordinates.basis.shape == (5, 4)


def test_parameters_as_their_own_coordinates(cox):
    coordinates = ParameterCoordinates(cox.theta)
    xi = np.random.default_rng(4).normal(size=(2, 7))
    assert_allclose(coordinates.thetas(xi), cox.theta + xi)
    for same in (coordinates.steps, coordinates.of_steps, coordinates.gradients):
        assert same(xi) is xi
    assert_allclose(
        coordinates.removal_gradients(cox.objective, None),
        cox.objective.removal_gradients(cox.theta),
    )
