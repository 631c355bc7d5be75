"""Cox problems of every kind, and the exact effect of removal by refitting."""

from itertools import product

import numpy as np
import pytest

from sklinfluence import CoxRegressor
from sklinfluence.utils import survival_target

KINDS = list(product(["breslow", "efron"], *[[False, True]] * 4))


def _name(kind):
    names = ["entry", "strata", "weights", "alpha"]
    return "-".join(
        [kind[0], *(n for n, on in zip(names, kind[1:], strict=True) if on)]
    )


@pytest.fixture(scope="session", params=KINDS, ids=_name)
def cox_problem(request):
    """Return a Cox model with X, y and fit parameters: both ties, with all else."""
    ties, entry, strata, weights, alpha = request.param
    rng = np.random.default_rng(KINDS.index(request.param))
    n = 40
    X = rng.normal(size=(n, 3)) * [1.0, 20.0, 0.3] + [0.0, 100.0, 0.0]
    if strata:
        X = np.column_stack([X, rng.integers(0, 2, size=n)])
    hazard = np.exp(0.5 * X[:, 0] - 0.02 * (X[:, 1] - 100))
    time = np.ceil(8 * rng.exponential(size=n) / hazard) + 1
    y = survival_target(
        rng.random(n) < 0.8, time, np.floor(time * rng.random(n) / 2) if entry else None
    )
    fit_params = {}
    if weights:
        fit_params["sample_weight"] = rng.choice([0.5, 1.0, 2.0], size=n)
    model = CoxRegressor(
        alpha=0.5 if alpha else 0.0, ties=ties, strata=3 if strata else None
    )
    return model, X, y, fit_params
