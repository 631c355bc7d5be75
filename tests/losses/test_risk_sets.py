import numpy as np
import pytest
from autograd import jacobian
from numpy.testing import assert_allclose, assert_array_equal

from sklinfluence.losses._risk_sets import RiskSets


def membership(risk_sets, time, entry, stratum):
    """Who is at risk at which instant, as a dense 0/1 matrix."""
    entry = np.full(len(time), -np.inf) if entry is None else entry
    stratum = np.zeros(len(time), dtype=int) if stratum is None else stratum
    t, g = risk_sets.instant_time[:, None], risk_sets.instant_stratum[:, None]
    return ((entry < t) & (t <= time) & (stratum == g)).astype(float)


@pytest.fixture
def of_cohort(cohort):
    """Risk sets of a cohort at its events, and the dense matrix of them."""
    time, entry, stratum = (cohort[k] for k in ("time", "entry", "stratum"))
    event = cohort["event"]
    at = None if stratum is None else stratum[event]
    risk_sets = RiskSets(time, time[event], entry, stratum, at)
    return risk_sets, membership(risk_sets, time, entry, stratum)


def test_at_risk_sum_adds_those_at_risk(of_cohort):
    risk_sets, dense = of_cohort
    v = np.random.default_rng(0).normal(size=(30, 2))
    assert_allclose(risk_sets.at_risk_sum(v), dense @ v, rtol=1e-13, atol=1e-14)
    assert_allclose(risk_sets.at_risk_sum(v[:, 0]), dense @ v[:, 0], atol=1e-14)


def test_instant_sum_is_the_adjoint(of_cohort):
    risk_sets, dense = of_cohort
    c = np.random.default_rng(1).normal(size=(len(dense), 2))
    assert_allclose(risk_sets.instant_sum(c), dense.T @ c, rtol=1e-13, atol=1e-14)


def test_runs_are_where_subjects_are_at_risk(of_cohort):
    risk_sets, dense = of_cohort
    instants = np.arange(risk_sets.n_instants)[:, None]
    runs = (risk_sets.first <= instants) & (instants < risk_sets.last)
    assert_array_equal(runs, dense)


def test_at_risk_sum_is_differentiable(of_cohort):
    risk_sets, dense = of_cohort
    slopes = jacobian(lambda v: risk_sets.at_risk_sum(v) ** 2)(np.ones(30))
    assert_allclose(slopes, 2 * dense.sum(axis=1)[:, None] * dense, rtol=1e-13)


def test_instants_are_distinct_and_ordered_by_stratum_then_time(of_cohort, cohort):
    risk_sets, _ = of_cohort
    keys = list(zip(risk_sets.instant_stratum, risk_sets.instant_time, strict=True))
    assert keys == sorted(set(keys))
    times = risk_sets.instant_time[risk_sets.instant_of]
    assert_array_equal(times, cohort["time"][cohort["event"]])


@pytest.mark.parametrize("kind", ["nested", "entry", "stratum"])
def test_sums_of_positive_numbers_keep_all_digits(kind):
    # Late risk sets hold 1e-300 of the total: subtraction would leave nothing.
    n = 60
    time = np.arange(n, dtype=float)
    w = 10.0 ** -np.linspace(0, 300, n)
    zeros = np.zeros(n, dtype=int)
    strata = (zeros, zeros) if kind == "stratum" else (None, None)
    entry = np.full(n, -1.0) if kind == "entry" else None
    risk_sets = RiskSets(time, time, entry, *strata)
    expected = [float(np.sum(w[g:].astype(np.longdouble))) for g in range(n)]
    assert_allclose(risk_sets.at_risk_sum(w), expected, rtol=1e-14)


def test_instants_at_times_that_no_subject_has():
    # As for new subjects: before all, between, and after all.
    risk_sets = RiskSets(np.array([1.0, 2.0, 3.0]), np.array([2.5, 0.0, 9.0, 2.5]))
    assert_array_equal(risk_sets.instant_time, [0.0, 2.5, 9.0])
    assert_array_equal(risk_sets.instant_of, [1, 0, 2, 1])
    assert_array_equal(risk_sets.at_risk_sum(np.ones(3)), [3, 1, 0])


@pytest.mark.parametrize("kind", ["nested", "entry"])
def test_no_instants(kind):
    entry = np.zeros(3) if kind == "entry" else None
    risk_sets = RiskSets(np.array([1.0, 2.0, 3.0]), np.zeros(0), entry)
    assert risk_sets.n_instants == 0
    assert_array_equal(risk_sets.at_risk_sum(np.ones(3)), np.zeros(0))
    assert_array_equal(risk_sets.instant_sum(np.zeros(0)), np.zeros(3))


def test_subject_is_not_at_risk_at_its_entry():
    time, entry = np.array([2.0, 3.0]), np.array([0.0, 2.0])
    risk_sets = RiskSets(time, time, entry)
    assert_array_equal(risk_sets.at_risk_sum(np.array([1.0, 10.0])), [1.0, 10.0])
