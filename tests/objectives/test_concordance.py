"""The bound on third derivatives of objectives, by finite differences and at random."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression, Ridge

from sklinfluence import CoxRegressor
from sklinfluence.attribution._coordinates import NaturalCoordinates
from sklinfluence.objectives import AutogradObjective, make_objective
from sklinfluence.utils import survival_target

N = 40


def cox(ties):
    rng = np.random.default_rng(0)
    X = np.column_stack([rng.normal(size=(N, 3)), rng.integers(0, 2, size=N)])
    y = survival_target(rng.random(N) < 0.7, np.ceil(6 * rng.exponential(size=N)))
    return CoxRegressor(alpha=0.3, ties=ties, strata=3), X, y


def logistic(n_classes):
    X, y = load_iris(return_X_y=True)
    rows = np.arange(50, 150) if n_classes == 2 else np.arange(0, 150, 2)
    return LogisticRegression(max_iter=5000), X[rows], y[rows]


CASES = {
    "breslow": lambda: cox("breslow"),
    "efron": lambda: cox("efron"),
    "logistic": lambda: logistic(2),
    "multinomial": lambda: logistic(3),
}


@pytest.fixture(params=CASES)
def case(request):
    """An objective, fitted parameters, their natural basis and the concordance."""
    model, X, y = CASES[request.param]()
    weight = np.random.default_rng(1).choice([0.0, 0.5, 1.0, 2.0], size=len(X))
    weight[y == y[0]] = 1.0
    fitted = make_objective(model.fit(X, y, weight), X, y, sample_weight=weight)
    basis = NaturalCoordinates(fitted.objective, fitted.theta).basis
    concordance = fitted.objective.concordance(fitted.theta, basis)
    return fitted.objective, fitted.theta, basis, concordance


def unit_vectors(m, q):
    u = np.random.default_rng(2).normal(size=(m, q))
    return u / np.linalg.norm(u, axis=1, keepdims=True)


def climbed(rho, q):
    """The largest value of a seminorm on the sphere, from random starts."""
    best = unit_vectors(20_000, q)
    values = rho(best)
    rng = np.random.default_rng(3)
    u = best[np.argsort(-values)[:50]]
    for size in 0.5 ** np.arange(1, 12):
        near = np.concatenate(
            [u, np.repeat(u, 40, 0) + size * rng.normal(size=(2000, q))]
        )
        near /= np.linalg.norm(near, axis=1, keepdims=True)
        u = near[np.argsort(-rho(near))[:50]]
    return rho(u).max()


def test_third_derivatives_are_bounded(case):
    objective, theta, basis, rho = case
    rng, h = np.random.default_rng(4), 1e-4
    tightest = 0.0
    for _ in range(40):
        # Anywhere, with any objects present, along any directions.
        at = theta + basis @ rng.normal(size=basis.shape[1])
        presence = (rng.random(objective.n_objects) < 0.8).astype(float)
        u, v = rng.normal(size=(2, basis.shape[1]))
        v, ahead = basis @ v, h * (basis @ u)
        second, up, down = (
            v @ objective.hessian(at + step, presence) @ v
            for step in (0, ahead, -ahead)
        )
        third, bound = abs(up - down) / (2 * h), rho(u[None])[0] * second
        assert third <= bound * (1 + 1e-6)
        tightest = max(tightest, third / bound)
    assert tightest > 0.05


def test_the_largest_is_attained(case):
    *_, basis, rho = case
    found = climbed(rho, basis.shape[1])
    assert 0.98 * rho.largest <= found <= rho.largest * (1 + 1e-12)


def test_the_largest_without_some_objects(case):
    objective, theta, basis, rho = case
    q = basis.shape[1]
    root = np.linalg.qr(np.random.default_rng(5).normal(size=(q, q)))[0]
    root *= np.linspace(0.5, 1.5, q)
    for objects in (3, np.arange(0, objective.n_objects, 3)):
        largest = rho.largest_without(objects, root)
        rest = objective.without(np.atleast_1d(objects))
        without = rest.concordance(theta, basis @ root)
        found = climbed(without, q)
        assert 0.98 * largest <= found <= largest * (1 + 1e-12)
        assert_allclose(without.largest, largest, rtol=1e-12)
    # Nothing moves apart where nobody is left.
    assert rho.largest_without(np.arange(objective.n_objects), root) == 0.0


def test_a_quadratic_objective_has_no_third_derivative():
    X, y = load_iris(return_X_y=True)
    fitted = make_objective(Ridge().fit(X, y), X, y)
    rho = fitted.objective.concordance(fitted.theta, np.eye(5))
    assert rho.largest == 0.0
    assert not rho(np.ones((3, 5))).any()


def test_nothing_is_known_of_any_function():
    objective = AutogradObjective(lambda theta, b: theta @ theta, 2, 3)
    assert objective.concordance(np.zeros(2), np.eye(2)) is None
