"""Cox objectives of every kind: as composed in closed form, and as one function."""

from itertools import product

import autograd.numpy as anp
import numpy as np
import pytest

from sklinfluence.losses import CoxPartialLikelihood
from sklinfluence.models import LinearModel
from sklinfluence.objectives import AutogradObjective, ComposedObjective

N, P = 24, 3
KINDS = list(product(["breslow", "efron"], *[[False, True]] * 4))


def _name(kind):
    names = ["entry", "strata", "weights", "alpha"]
    return "-".join(
        [kind[0], *(n for n, on in zip(names, kind[1:], strict=True) if on)]
    )


def _cohort(ties, entry, strata, weights, alpha, seed=0):
    rng = np.random.default_rng(seed)
    time = rng.integers(1, 6, size=N).astype(float)
    return {
        "X": rng.normal(size=(N, P)) * [1.0, 0.2, 3.0],
        "event": rng.random(N) < 0.7,
        "time": time,
        "entry": np.floor(time * rng.random(N)) if entry else None,
        "stratum": rng.integers(0, 2, size=N) if strata else None,
        "sample_weight": rng.choice([0.5, 1.0, 2.5], size=N) if weights else None,
        "ties": ties,
        "alpha": 1.5 if alpha else 0.0,
    }


def _composed(X, alpha=0.0, **cohort):
    return ComposedObjective(CoxPartialLikelihood(**cohort), LinearModel(X), alpha)


def _plain(X, event, time, entry, stratum, sample_weight, ties, alpha):
    """The same as one function of θ and presence, by loops and autograd."""
    n = len(time)
    entry = np.full(n, -np.inf) if entry is None else entry
    stratum = np.zeros(n) if stratum is None else stratum
    case = np.ones(n) if sample_weight is None else sample_weight

    def fun(theta, presence):
        weight = case * presence
        S, total = X @ theta, alpha / 2 * anp.sum(theta**2)
        for g, t in sorted(set(zip(stratum[event], time[event], strict=True))):
            at_risk = (stratum == g) & (entry < t) & (t <= time)
            dead = at_risk & event & (time == t) & (weight > 0)
            d = dead.sum()
            for r in range(d):
                gone = r / d if ties == "efron" else 0.0
                Z = anp.sum((at_risk - gone * dead) * weight * anp.exp(S))
                total = total + weight[dead].mean() * anp.log(Z)
        return total - anp.sum(weight * event * S)

    return AutogradObjective(fun, X.shape[1], n)


@pytest.fixture(scope="session")
def make_cox():
    """Make a Cox objective in closed form from columns."""
    return _composed


@pytest.fixture(scope="session")
def one():
    """One Cox objective, with all that there may be."""
    return _composed(**_cohort("efron", True, True, True, True))


@pytest.fixture(scope="session", params=KINDS, ids=_name)
def kind(request):
    """Columns of a cohort: both ties, with and without all else."""
    return _cohort(*request.param)


@pytest.fixture(scope="session")
def composed(kind):
    """The objective of the cohort, in closed form."""
    return _composed(**kind)


@pytest.fixture(scope="session")
def plain(kind):
    """The objective of the cohort, by loops and autograd."""
    return _plain(**kind)


@pytest.fixture(scope="session")
def theta():
    """Parameters that are not special."""
    return np.array([0.4, -0.8, 0.2])


@pytest.fixture
def rng():
    """A generator that no other test draws from."""
    return np.random.default_rng(7)
