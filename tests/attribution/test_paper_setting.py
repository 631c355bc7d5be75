"""Newton removal and certificates in the setting of the paper's Cox experiments."""

import importlib.util
from pathlib import Path

import numpy as np
import pytest

from sklinfluence import CoxRegressor, InfluenceExplainer
from sklinfluence.attribution import NewtonInfluence, VersatileInfluence

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"
# Largest relative L2 error of one Newton step.
ONE_STEP = {"METABRIC": 0.008, "SUPPORT": 0.005}


def paper_setting():
    path = BENCHMARKS / "paper_setting.py"
    spec = importlib.util.spec_from_file_location("paper_setting", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module", params=ONE_STEP)
def fitted(request, data_folder):
    """Return the name of the data, an explainer, and exact removal of all objects."""
    split = paper_setting().load(request.param)
    explainer = InfluenceExplainer(CoxRegressor()).fit(split.X_train, split.y_train)
    exact = NewtonInfluence("converged", tol=1e-11)
    return request.param, explainer, influence_of(explainer, exact)


def influence_of(explainer, method, **options):
    method.prepare(explainer.problem_, explainer.target_)
    return method.parameter_influence(**options)


def relative(estimate, truth):
    return np.linalg.norm(estimate - truth) / np.linalg.norm(truth)


def test_newton_steps_are_as_close_as_they_should_be(fitted):
    name, explainer, exact = fitted
    one, two = (influence_of(explainer, NewtonInfluence(k)) for k in (1, 2))
    assert relative(one, exact) <= ONE_STEP[name]
    assert relative(two, exact) <= 1e-5


@pytest.mark.parametrize(
    "method", [VersatileInfluence(), NewtonInfluence(1), NewtonInfluence(2)]
)
def test_every_object_is_certified_and_no_bound_violated(fitted, method):
    _, explainer, exact = fitted
    steps, bounds = influence_of(explainer, method, return_bound=True)
    assert np.isfinite(bounds).all()
    assert (np.abs(steps - exact) <= bounds + 1e-11 * np.abs(exact).max()).all()


@pytest.mark.parametrize("share", [0.02, 0.1, 0.2])
def test_random_groups(fitted, share):
    # Over sixty groups together: a few with rare subjects are further off alone.
    _, explainer, exact = fitted
    rng, n = np.random.default_rng(0), len(exact)
    groups = [rng.choice(n, int(share * n), replace=False) for _ in range(60)]
    one, truth = (
        influence_of(explainer, method, removals=groups)
        for method in (NewtonInfluence(), NewtonInfluence("converged"))
    )
    assert relative(one, truth) <= 0.03
