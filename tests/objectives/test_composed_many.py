"""Many reduced objectives at once, penalties of each parameter, and gauges."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from sklinfluence.losses import LogisticLoss, MultinomialLoss, SquaredLoss
from sklinfluence.models import LinearModel, MultiOutputLinearModel, ScoreModel
from sklinfluence.objectives import (
    ComposedObjective,
    Objective,
    RidgePenalty,
    check_objective,
)

N, D, M = 15, 3, 6
RNG = np.random.default_rng(0)
X, CODES = RNG.normal(size=(N, D)), np.arange(N) % 3
WEIGHT = RNG.choice([0.5, 1.0, 2.0], size=N)
ALPHAS = np.array([2.0, 0.5, 0.0])
TIGHT = {"rtol": 1e-11, "atol": 1e-12}


class Tilted(ScoreModel):
    """Scores x θ + (x θ)²: curved, with the defaults of the base class."""

    n_params = D

    def __init__(self, X):
        self.X = X

    def scores(self, theta):
        return self.X @ theta + (self.X @ theta) ** 2

    def _slope(self, theta):
        return (1.0 + 2.0 * self.X @ theta)[:, None]

    def jvp(self, theta, V):
        return self._slope(theta) * (self.X @ V)

    def vjp(self, theta, U):
        slope = self._slope(theta)
        return self.X.T @ (slope[:, 0] * U if U.ndim == 1 else slope * U)

    def curvature_product(self, theta, u, V):
        return 2.0 * (self.X.T * u) @ self.X @ V

    def at(self, X):
        return Tilted(X)


OBJECTIVES = {
    "squared": ComposedObjective(SquaredLoss(X[:, 0]), LinearModel(X), 1.0),
    "logistic": ComposedObjective(
        LogisticLoss(CODES % 2, WEIGHT), LinearModel(X), ALPHAS
    ),
    "multinomial": ComposedObjective(
        MultinomialLoss(CODES, 3, WEIGHT),
        MultiOutputLinearModel(X, 3),
        np.tile(ALPHAS, 3),
    ),
    "curved": ComposedObjective(LogisticLoss(CODES % 2), Tilted(X), ALPHAS),
    "shared penalty": ComposedObjective(
        LogisticLoss(CODES % 2, WEIGHT),
        LinearModel(X),
        RidgePenalty(0.3, ALPHAS, WEIGHT),
    ),
    "shared penalty, curved": ComposedObjective(
        LogisticLoss(CODES % 2, WEIGHT),
        Tilted(X),
        RidgePenalty(ALPHAS[::-1], ALPHAS, WEIGHT),
    ),
}


@pytest.fixture(params=OBJECTIVES)
def objective(request):
    """A composed objective of each kind."""
    return OBJECTIVES[request.param]


@pytest.fixture
def thetas(objective, rng):
    """Parameters that are not special."""
    return rng.normal(size=(M, objective.n_params))


def test_every_derivative_agrees_with_the_value(objective, thetas):
    check_objective(objective, thetas[0])


@pytest.mark.parametrize("m", [2, M])
def test_reduced_objectives_are_each_by_itself(objective, thetas, rng, m):
    thetas, presences = thetas[:m], rng.integers(0, 2, size=(m, N)).astype(float)
    rows = list(zip(thetas, presences, strict=True))
    gradients = [Objective.gradient(objective, *row) for row in rows]
    assert_allclose(objective.gradients(thetas, presences), gradients, **TIGHT)
    hessians = [Objective.hessian(objective, *row) for row in rows]
    assert_allclose(objective.hessians(thetas, presences), hessians, **TIGHT)


def test_removal_hessians_are_those_without_the_object(objective, thetas):
    objects = np.array([4, 0, N - 1])
    presences = [objective.presence_without([i]) for i in objects]
    expected = [Objective.hessian(objective, thetas[0], b) for b in presences]
    found = objective.removal_hessians(thetas[0])(objects)
    assert_allclose(found, expected, **TIGHT)


def test_objective_without_objects_is_that_of_the_others(objective, thetas):
    gone = np.array([1, 7])
    rest, presence = objective.without(gone), objective.presence_without(gone)
    expected = objective.value(thetas[0], presence)
    assert_allclose(rest.value(thetas[0]), expected, rtol=1e-13)
    assert_allclose(rest.gradient(thetas[0]), objective.gradient(thetas[0], presence))
    assert_allclose(rest.alpha, objective.penalty.strength(presence), rtol=1e-14)
    assert rest.gauge is objective.gauge


def test_a_penalty_may_differ_between_parameters():
    free, ridge = (
        ComposedObjective(SquaredLoss(X[:, 0]), LinearModel(X), alpha)
        for alpha in (0.0, ALPHAS)
    )
    theta = np.array([1.0, -2.0, 3.0])
    added = ridge.value(theta) - free.value(theta)
    assert_allclose(added, (2.0 * 1 + 0.5 * 4) / 2)
    change = ridge.curvature_scale(theta) ** 2 - free.curvature_scale(theta) ** 2
    assert_allclose(change, ALPHAS, atol=1e-13)


def test_only_a_penalty_on_every_parameter_is_coercive():
    kinds = [0.0, 1.0, ALPHAS, ALPHAS + 1.0]
    found = [
        ComposedObjective(SquaredLoss(X[:, 0]), LinearModel(X), alpha).is_coercive
        for alpha in kinds
    ]
    assert found == [False, True, False, True]
