"""Cox data of every kind, and the partial likelihood as its definition says it."""

from itertools import product
from types import SimpleNamespace

import numpy as np
import pytest

# Times: all different; a few ties at each; most events tied.
TIMES = {"continuous": None, "integer": 8, "tied": 2}
WEIGHTS = {"unweighted": None, "weights": [0.5, 1.0, 2.0, 3.25], "zeros": [0, 0.5, 2]}


def _cohort(seed=0, n=30, times="integer", entry=False, strata=False, weights=None):
    rng = np.random.default_rng(seed)
    if TIMES[times] is None:
        time = rng.exponential(size=n)
        start = time * rng.random(n)
    else:
        time = rng.integers(1, TIMES[times] + 1, size=n).astype(float)
        start = np.floor(time * rng.random(n))
    values = WEIGHTS[weights or "unweighted"]
    return {
        "event": rng.random(n) < 0.7,
        "time": time,
        "entry": start if entry else None,
        "stratum": rng.integers(0, 3, size=n) if strata else None,
        "sample_weight": None if values is None else rng.choice(values, size=n),
    }


def _terms(ties, event, time, entry=None, stratum=None, sample_weight=None):
    """Yield (instant, weight c, multiplicity of each subject) of every c log Z."""
    n = len(time)
    entry = np.full(n, -np.inf) if entry is None else entry
    stratum = np.zeros(n, dtype=int) if stratum is None else stratum
    weight = np.ones(n) if sample_weight is None else sample_weight
    weight = weight.astype(np.longdouble)
    instants = sorted(set(zip(stratum[event], time[event], strict=True)))
    for instant, (g, t) in enumerate(instants):
        at_risk = (stratum == g) & (entry < t) & (t <= time)
        dead = at_risk & event & (time == t) & (weight > 0)
        d = dead.sum()
        for r in range(d):
            gone = np.longdouble(r) / d if ties == "efron" else 0
            yield instant, weight[dead].mean(), weight * (at_risk - gone * dead)


def _definition(S, ties, **cohort):
    """Value, gradient, Hessian and hazards by a loop over terms, in long doubles."""
    n, S = len(S), np.asarray(S, dtype=np.longdouble)
    weight = cohort.get("sample_weight")
    observed = (np.ones(n) if weight is None else weight) * cohort["event"]
    value, gradient = -np.sum(observed * S), -observed.astype(np.longdouble)
    hessian = np.zeros((n, n), dtype=np.longdouble)
    hazard = {}
    for instant, c, multiplicity in _terms(ties, **cohort):
        risk = multiplicity * np.exp(S)
        share = risk / risk.sum()
        value += c * np.log(risk.sum())
        gradient += c * share
        hessian += c * (np.diag(share) - np.outer(share, share))
        hazard[instant] = hazard.get(instant, 0) + c / risk.sum()
    return SimpleNamespace(
        value=value, gradient=gradient, hessian=hessian, hazard=hazard
    )


def _gradient(S, ties, cohort):
    weight = cohort.get("sample_weight")
    observed = (np.ones(len(S)) if weight is None else weight) * cohort["event"]
    gradient, w = -observed.astype(np.longdouble), np.exp(S.astype(np.longdouble))
    for _, c, multiplicity in _terms(ties, **cohort):
        risk = multiplicity * w
        gradient += c * risk / risk.sum()
    return gradient


def _rows(cohort, kept):
    return {key: None if x is None else x[kept] for key, x in cohort.items()}


def _deletion(S, ties, cohort):
    """The rows ∂ℓ(S, 1) − ∂ℓ(S, 1₋ᵢ), each by taking subject i out of the data."""
    n = len(S)
    out = np.tile(_gradient(S, ties, cohort), (n, 1))
    for i in range(n):
        kept = np.delete(np.arange(n), i)
        out[i, kept] -= _gradient(S[kept], ties, _rows(cohort, kept))
    return out


@pytest.fixture(scope="session")
def make_cohort():
    """Make a random cohort: keyword arguments of a Cox loss."""
    return _cohort


@pytest.fixture(scope="session")
def definition():
    """Return value, gradient, Hessian and hazards of the partial likelihood."""
    return _definition


@pytest.fixture(scope="session")
def deletion():
    """Return the removal differences by deleting one subject after the other."""
    return _deletion


@pytest.fixture(scope="session")
def rows_of():
    """Take rows of a cohort."""
    return _rows


KINDS = list(product(TIMES, [False, True], [False, True], WEIGHTS))


def _name(kind):
    times, entry, strata, weights = kind
    return "-".join([times, *["entry"] * entry, *["strata"] * strata, weights])


@pytest.fixture(scope="session", params=KINDS, ids=_name)
def cohort(request):
    """Every combination of ties, entry times, strata and weights."""
    return _cohort(KINDS.index(request.param), 30, *request.param)


@pytest.fixture(scope="session", params=["breslow", "efron"])
def ties(request):
    """Both treatments of tied events."""
    return request.param


@pytest.fixture(scope="session")
def scores():
    """Scores of the 30 subjects of a cohort."""
    return np.random.default_rng(100).normal(size=30)


@pytest.fixture(scope="session")
def presence():
    """A random two thirds of the 30 subjects of a cohort."""
    return (np.random.default_rng(101).random(30) < 0.67).astype(float)
