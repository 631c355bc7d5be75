"""Targets prepared for fitted Cox models of several kinds."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sklinfluence import CoxRegressor, InfluenceExplainer
from sklinfluence.utils import survival_target

MODELS = {
    "plain": lambda: CoxRegressor(),
    "breslow": lambda: CoxRegressor(ties="breslow"),
    "penalty": lambda: CoxRegressor(alpha=2.0),
    "strata": lambda: CoxRegressor(strata="group"),
    "pipeline": lambda: make_pipeline(StandardScaler(), CoxRegressor()),
}


@pytest.fixture(scope="session")
def data():
    """Training rows and six new ones, with targets and weights."""
    rng = np.random.default_rng(0)
    n = 46
    X = pd.DataFrame(
        rng.normal(size=(n, 3)) * [1.0, 5.0, 0.2] + 2.0,
        columns=["a", "b", "c"],
        index=[f"subject {k}" for k in range(n)],
    )
    X["group"] = rng.integers(0, 2, size=n).astype(float)
    time = rng.integers(1, 10, size=n)
    y = survival_target(rng.random(n) < 0.75, time, np.floor(time * rng.random(n)))
    return SimpleNamespace(
        X=X[:40],
        y=y[:40],
        weight=rng.choice([0.5, 1.0, 2.0], size=40),
        X_new=X[40:],
        y_new=y[40:],
    )


@pytest.fixture(scope="session")
def prepare(data):
    """Fit a model and prepare a target for it; keyword arguments go to ``fit``."""

    def fit(target, model="plain", **fit_params):
        model = MODELS[model]() if isinstance(model, str) else model
        explainer = InfluenceExplainer(model, target=target)
        return explainer.fit(data.X, data.y, **fit_params).target_

    return fit


@pytest.fixture(params=[*MODELS, "weights"])
def prepared(request, data, prepare):
    """Prepare a target for a Cox model of every kind."""
    if request.param == "weights":
        return lambda target: prepare(target, sample_weight=data.weight)
    return lambda target: prepare(target, request.param)


@pytest.fixture(scope="session")
def central_differences():
    """Return the Jacobian of a function of θ by central differences."""

    def jacobian(fun, theta, h=1e-5):
        steps = h * np.eye(len(theta))
        slopes = [(fun(theta + s) - fun(theta - s)) / (2 * h) for s in steps]
        return np.stack(slopes, axis=1)

    return jacobian
