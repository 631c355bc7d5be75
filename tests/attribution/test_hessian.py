import numpy as np
import pytest
from numpy.testing import assert_allclose
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression

from sklinfluence.attribution._hessian import HessianOperator
from sklinfluence.objectives import AutogradObjective, make_objective


@pytest.fixture(scope="module")
def fitted():
    X, y = load_iris(return_X_y=True)
    return make_objective(LogisticRegression(max_iter=1000).fit(X, y), X, y)


@pytest.mark.parametrize("damping", [0.0, 2.0])
def test_products_are_those_of_the_matrix(fitted, damping):
    operator = HessianOperator(fitted.objective, fitted.theta, damping)
    V = np.random.default_rng(0).normal(size=(15, 3))
    assert_allclose(operator @ V, operator.to_dense() @ V, rtol=1e-9, atol=1e-10)


def test_the_gauge_has_curvature_and_nothing_else_changes(fitted):
    objective, theta = fitted.objective, fitted.theta
    matrix = HessianOperator(objective, theta).to_dense()
    added = matrix - objective.hessian(theta)
    basis, _ = np.linalg.qr(objective.gauge)
    assert_allclose(added, basis @ (basis.T @ added), atol=1e-12)
    along = (basis.T @ matrix @ basis).item()
    diagonal = objective.curvature_scale(theta)[4::5] ** 2
    assert diagonal.min() < along < diagonal.max()


def test_without_a_gauge_it_is_the_hessian():
    objective = AutogradObjective(lambda t, b: b @ (t[0] - t[1] * b) ** 2, 2, 3)
    theta = np.array([0.3, 0.7])
    found = HessianOperator(objective, theta, 0.5).to_dense()
    assert_allclose(found, objective.hessian(theta) + 0.5 * np.eye(2))
