"""Changes of targets, a few numbers at a time, against loops over single steps."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from sklearn.linear_model import LogisticRegression

from sklinfluence import CoxRegressor, InfluenceExplainer
from sklinfluence.attribution import _evaluation
from sklinfluence.attribution._evaluation import (
    along,
    changes,
    objects_of,
    own_changes,
)
from sklinfluence.utils import survival_target

N, M, N_TEST = 30, 17, 4
RNG = np.random.default_rng(0)
X = RNG.normal(size=(N, 3)) * [1.0, 10.0, 0.1]
SURVIVAL = survival_target(RNG.random(N) < 0.8, RNG.integers(1, 9, size=N))


def survival(model, X, _):
    return model.predict_survival_function(X, times=[4.0])[:, 0]


TARGETS = ["log_risk", "relative_risk", "loss", survival]


def cox(target):
    return InfluenceExplainer(CoxRegressor(), target=target).fit(X, SURVIVAL)


@pytest.fixture(params=[1, 7, 1 << 15], autouse=True)
def numbers_at_once(request, monkeypatch):
    """Pieces of one step, of a few, and of all of them."""
    monkeypatch.setattr(_evaluation, "_NUMBERS_AT_ONCE", request.param)


@pytest.fixture
def steps():
    return 0.2 * np.random.default_rng(1).normal(size=(M, 3)) / [1.0, 10.0, 0.1]


@pytest.mark.parametrize("target", TARGETS)
def test_changes_are_those_of_single_steps(target, steps):
    explainer = cox(target)
    function = explainer.target_.at(X[:N_TEST], SURVIVAL[:N_TEST])
    theta, removals = explainer.estimator_.coef_, [[i, i + 1] for i in range(M)]
    expected = [
        function.values((theta + step)[None], [removed])[0] - function.value(theta)
        for step, removed in zip(steps, removals, strict=True)
    ]
    found = changes(function, theta, steps, removals)
    assert_allclose(found, np.transpose(expected), rtol=1e-10, atol=1e-14)


@pytest.mark.parametrize("target", TARGETS)
def test_steps_that_are_not_known_change_nothing_else(target, steps):
    explainer = cox(target)
    function = explainer.target_.at(X[:N_TEST], SURVIVAL[:N_TEST])
    theta, whole = explainer.estimator_.coef_, explainer.parameter_influence()
    expected = changes(function, theta, steps, range(M))
    own = own_changes(explainer.problem_, explainer.target_, whole)
    steps[[2, 9]], whole[[0, 5]] = np.nan, np.nan
    found = changes(function, theta, steps, range(M))
    expected[:, [2, 9]], own[[0, 5]] = np.nan, np.nan
    assert_allclose(found, expected, rtol=1e-10)
    again = own_changes(explainer.problem_, explainer.target_, whole)
    assert_allclose(again, own, rtol=1e-10)


def test_changes_of_parameters(steps):
    explainer = cox("parameter")
    found = changes(explainer.target_.at(), explainer.estimator_.coef_, steps, range(M))
    assert_allclose(found, steps.T, rtol=1e-10)


def test_projections_that_are_known_already(steps):
    explainer = cox("relative_risk")
    function, theta = explainer.target_.at(X[:N_TEST]), explainer.estimator_.coef_
    directions = function.directions()
    products = steps @ directions
    found = along(function, theta, directions, products)
    expected = [function.value(theta + s) - function.value(theta) for s in steps]
    assert_allclose(found, np.transpose(expected), rtol=1e-10)
    # In place: the memory of the products.
    assert np.shares_memory(found, products)


@pytest.mark.parametrize(
    ("target", "linearize"),
    [*((t, False) for t in TARGETS), *((t, True) for t in TARGETS[:3])],
)
def test_own_changes_are_a_diagonal(target, linearize):
    explainer = cox(target)
    theta = explainer.estimator_.coef_
    steps = explainer.parameter_influence()
    is_linearized = {True: lambda _: True, False: None}[linearize]
    found = own_changes(explainer.problem_, explainer.target_, steps, is_linearized)
    for i in range(N):
        function = explainer.target_.at(X[i : i + 1], SURVIVAL[i : i + 1])
        if linearize:
            expected = function.gradient(theta)[0] @ steps[i]
        else:
            after = function.values((theta + steps[i])[None], [i])
            expected = after[0, 0] - function.value(theta)[0]
        assert_allclose(found[i], expected, rtol=1e-10, atol=1e-14)


def test_own_changes_without_y():
    explainer = cox("log_risk")
    object.__setattr__(explainer.problem_, "y", None)
    steps = explainer.parameter_influence()
    found = own_changes(explainer.problem_, explainer.target_, steps)
    centred = X - X.mean(axis=0)
    assert_allclose(found, np.sum(centred * steps, axis=1), rtol=1e-10, atol=1e-14)


def test_several_scores_a_row(steps):
    y = np.arange(N) % 3
    explainer = InfluenceExplainer(LogisticRegression()).fit(X, y)
    theta, width = explainer.problem_.objective.theta, 12
    steps = 0.1 * np.random.default_rng(2).normal(size=(M, width))
    function = explainer.target_.at(X[:N_TEST], y[:N_TEST])
    found = changes(function, theta, steps, range(M))
    expected = [function.value(theta + s) - function.value(theta) for s in steps]
    assert_allclose(found, np.transpose(expected), rtol=1e-9, atol=1e-14)


def test_each_object_by_itself_where_no_removals_are_given():
    assert list(objects_of(None, 3)) == [0, 1, 2]
    groups = [np.array([1, 2])]
    assert objects_of(groups, 1) is groups
