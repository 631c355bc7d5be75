"""Objectives of scikit-survival's Cox model, against its own refits."""

import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose
from sklearn.base import clone
from sklearn.frozen import FrozenEstimator
from sksurv.linear_model import CoxPHSurvivalAnalysis

from sklinfluence import CoxRegressor, InfluenceExplainer
from sklinfluence.attribution import NewtonInfluence
from sklinfluence.metrics import agreement
from sklinfluence.objectives import check_objective, make_objective, minimize_newton
from sklinfluence.utils import survival_target

N = 60
RNG = np.random.default_rng(0)
X = pd.DataFrame(RNG.normal(size=(N, 3)) * [1, 5, 0.2] + 2, columns=["a", "b", "c"])
# Ties, of events and of censored subjects.
TIME, EVENT = RNG.integers(1, 15, size=N).astype(float), RNG.random(N) < 0.7
Y = survival_target(EVENT, TIME)
ALPHAS = {"none": 0.0, "one": 1.5, "each": np.array([0.5, 20.0, 0.0])}


@pytest.fixture(params=["breslow", "efron"])
def ties(request):
    """Both treatments of tied events."""
    return request.param


@pytest.fixture(params=ALPHAS)
def model(request, ties):
    """A model that is not fitted."""
    alpha = ALPHAS[request.param]
    return CoxPHSurvivalAnalysis(alpha=alpha, ties=ties, tol=1e-14)


def test_every_derivative_agrees_with_the_value(model):
    fitted = make_objective(clone(model).fit(X, Y), X, Y)
    check_objective(fitted.objective, fitted.theta + 0.1)
    gradient = fitted.objective.gradient(fitted.theta)
    scale = fitted.objective.curvature_scale(fitted.theta)
    assert np.abs(gradient / scale).max() < 1e-7
    assert fitted.parameter_names.tolist() == ["a", "b", "c"]


@pytest.mark.parametrize("removed", [[0], [17], [59], [3, 4, 5, 30]], ids=str)
def test_the_optimum_without_objects_is_its_refit(model, removed):
    fitted = make_objective(clone(model).fit(X, Y), X, Y)
    kept = np.delete(np.arange(N), removed)
    refit = clone(model).fit(X.iloc[kept], Y[kept])
    presence = fitted.objective.presence_without(removed)
    found = minimize_newton(fitted.objective, fitted.theta, presence).theta
    assert_allclose(found, refit.coef_, rtol=1e-7, atol=1e-9)
    assert np.abs(refit.coef_ - fitted.theta).max() > 1e-4
    # And so is all that it predicts.
    other = fitted.with_parameters(refit.coef_, removed)
    assert_allclose(other.predict(X), refit.predict(X), rtol=1e-12)
    curves = (
        m.predict_survival_function(X[:3], return_array=True) for m in (other, refit)
    )
    assert_allclose(*curves, rtol=1e-10)


def test_it_is_the_objective_of_our_own_model(ties):
    theirs = CoxPHSurvivalAnalysis(alpha=1.5, ties=ties).fit(X, Y)
    ours = CoxRegressor(alpha=1.5, ties=ties).fit(X, Y)
    theta = ours.coef_ + 0.1
    values = [make_objective(m, X, Y).objective.value(theta) for m in (theirs, ours)]
    assert_allclose(*values, rtol=1e-12)
    fitted = make_objective(theirs, X, Y)
    new = fitted.held_out_loss(X[:9], Y[:9])
    losses = new.value(fitted.scores(theirs, X[:9]), fitted.scores(theirs, X))
    own = make_objective(ours, X, Y)
    expected = own.held_out_loss(X[:9], Y[:9]).value(
        own.scores(ours, X[:9]), own.scores(ours, X)
    )
    assert_allclose(losses, expected, rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize("target", ["loss", "log_risk", "parameter"])
def test_influence_is_that_of_retraining(model, target):
    influence = {}
    methods = {"newton": NewtonInfluence("converged"), "vif": "vif", "loo": "loo"}
    for name, method in methods.items():
        explainer = InfluenceExplainer(clone(model), method=method, target=target)
        influence[name] = explainer.fit(X, Y).influence(X[:6], Y[:6])
    largest = np.abs(influence["loo"]).max()
    difference = influence["newton"] - influence["loo"]
    assert np.abs(difference).max() < 1e-6 * largest
    assert agreement(influence["vif"], influence["loo"]).relative_error < 0.3


def test_frozen_models_and_certificates():
    frozen = FrozenEstimator(CoxPHSurvivalAnalysis(alpha=1.0, tol=1e-14).fit(X, Y))
    explainer = InfluenceExplainer(frozen, method="newton").fit(X, Y)
    found, bound = explainer.influence(X[:4], return_bound=True)
    method = NewtonInfluence("converged")
    exact = InfluenceExplainer(frozen, method=method).fit(X, Y).influence(X[:4])
    known = np.isfinite(bound)
    assert known.mean() > 0.9
    assert (np.abs(found - exact) <= bound + 1e-9)[known].all()


def test_the_package_does_not_import_scikit_survival():
    code = "import sys, sklinfluence.estimators; print('sksurv' in sys.modules)"
    out = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert out.stdout.strip() == "False"
