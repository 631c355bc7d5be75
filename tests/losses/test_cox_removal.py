import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from sklinfluence.losses import CoxPartialLikelihood

# Error of a row, relative to its size or to that of a typical row.
TOLERANCE = 1e-12


def relative_errors(found, expected):
    size = np.linalg.norm(expected.astype(float), axis=1)
    unit = np.maximum(size, np.median(size[size > 0]))
    return np.linalg.norm((found - expected).astype(float), axis=1) / unit


def check(cohort, ties, S, deletion):
    loss = CoxPartialLikelihood(**cohort, ties=ties)
    found = loss.removal_differences(S) @ np.eye(len(S))
    assert relative_errors(found, deletion(S, ties, cohort)).max() <= TOLERANCE


def test_every_row_is_explicit_deletion(cohort, ties, scores, deletion):
    check(cohort, ties, scores, deletion)


@pytest.mark.parametrize("times", ["continuous", "integer", "tied"])
@pytest.mark.parametrize("entry", [False, True])
@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("scale", [5, 20])
def test_heavy_tailed_scores(make_cohort, ties, times, entry, seed, scale, deletion):
    # Some have 10^6 times the risk of all others at risk: Z − w has no digit left.
    cohort = make_cohort(seed, n=80, times=times, entry=entry)
    S = scale * np.random.default_rng(seed + 2).normal(size=80)
    check(cohort, ties, S, deletion)


@pytest.mark.parametrize("entry", [False, True])
@pytest.mark.parametrize("weights", ["unweighted", "weights", "zeros"])
def test_two_hundred_tied_events(make_cohort, ties, entry, weights, deletion):
    cohort = make_cohort(n=250, times="continuous", weights=weights)
    cohort["time"][:200], cohort["event"][:200] = 1.0, True
    if entry:
        cohort["entry"] = np.zeros(250) - 1.0
    S = np.random.default_rng(3).normal(size=250)
    check(cohort, ties, S, deletion)


@pytest.mark.parametrize("kind", ["entry", "stratum"])
@pytest.mark.parametrize("times", ["continuous", "integer", "tied"])
@pytest.mark.parametrize("weights", ["unweighted", "weights", "zeros"])
def test_nested_and_interval_paths_agree(make_cohort, ties, kind, times, weights):
    nested = make_cohort(n=300, times=times, weights=weights)
    interval = {**nested, "entry": np.full(300, -1.0)}
    if kind == "stratum":
        stratum = np.random.default_rng(5).integers(0, 4, size=300)
        nested, interval = ({**c, "stratum": stratum} for c in (nested, interval))
    S = 2 * np.random.default_rng(4).normal(size=300)
    losses = [CoxPartialLikelihood(**c, ties=ties) for c in (nested, interval)]
    assert [loss.risk_sets.nested for loss in losses] == [True, False]
    first, second = (loss.removal_differences(S) @ np.eye(300) for loss in losses)
    assert relative_errors(first, second).max() <= TOLERANCE


def test_subjects_never_at_risk_change_nothing(ties, scores):
    rng = np.random.default_rng(5)
    time = rng.integers(3, 8, size=30).astype(float)
    entry, event = np.zeros(30), rng.random(30) < 0.7
    time[:3], event[:3] = 1.0, False  # censored before the first event
    entry[3:5], time[3:5], event[3:5] = 8.0, 9.0, False  # enter after the last
    for kind in (None, entry):
        # Without entry times, those who entered late are at risk.
        never = slice(0, 3 if kind is None else 5)
        loss = CoxPartialLikelihood(event, time, kind, ties=ties)
        D = loss.removal_differences(scores) @ np.eye(30)
        assert_array_equal(D[never], 0.0)
        assert (np.abs(D[5:]).sum(axis=1) > 0).all()


@pytest.mark.parametrize("size", [-5.0, 0.0, 5.0])
def test_last_risk_set_of_one_subject(ties, size, deletion):
    # The last event has nobody beside it: its term is constant.
    cohort = {
        "event": np.array([True, True, False, True]),
        "time": np.array([1.0, 2.0, 2.0, 3.0]),
    }
    S = np.array([0.3, -0.2, 0.1, size])
    check(cohort, ties, S, deletion)


def test_only_event_among_many(ties, deletion):
    cohort = {"event": np.arange(6) == 2, "time": np.array([3.0, 1, 2, 4, 2, 2])}
    check(cohort, ties, np.linspace(-1, 1, 6), deletion)


def test_all_events_at_one_time(ties, deletion):
    cohort = {"event": np.ones(50, dtype=bool), "time": np.ones(50)}
    S = np.random.default_rng(6).normal(size=50)
    check(cohort, ties, S, deletion)


def test_subject_that_outweighs_its_risk_sets(ties, deletion):
    # Z − w cancels: what is left of Z without the subject has few digits.
    cohort = {"event": np.ones(20, dtype=bool), "time": np.arange(20.0) % 7}
    S = np.random.default_rng(7).normal(size=20)
    S[[6, 13]] = 10.0
    check(cohort, ties, S, deletion)


def test_rows_sum_to_zero(cohort, ties, scores):
    D = CoxPartialLikelihood(**cohort, ties=ties).removal_differences(scores)
    assert_allclose(D @ np.ones((30, 1)), 0.0, atol=1e-14)


@pytest.mark.parametrize("k", [1, 2, 9])
def test_product_with_columns_is_that_of_the_matrix(cohort, ties, scores, k):
    D = CoxPartialLikelihood(**cohort, ties=ties).removal_differences(scores)
    V = np.random.default_rng(8).normal(size=(30, k))
    dense = D @ np.eye(30)
    assert_allclose(D @ V, dense @ V, rtol=1e-11, atol=1e-12)


def test_constant_added_to_tangents_costs_no_digits(make_cohort, ties, scores):
    D = CoxPartialLikelihood(**make_cohort(), ties=ties).removal_differences(scores)
    v = np.random.default_rng(9).integers(-8, 8, size=(30, 1)) / 8.0
    # The sum is exact in floating point; uncentred, it would cost 12 digits.
    assert_allclose(D @ (v + 2.0**40), D @ v, rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize("ties", ["breslow", "efron"])
@pytest.mark.parametrize("spread", [20.0, 50.0])
def test_subjects_who_make_up_a_whole_risk_set_are_removed_exactly(ties, spread):
    for seed in range(5):
        rng = np.random.default_rng(seed)
        event, time = rng.random(40) < 0.7, rng.integers(1, 15, 40).astype(float)
        loss = CoxPartialLikelihood(event, time, ties=ties)
        S, V = spread * rng.normal(size=40), rng.normal(size=(40, 3))
        full = loss.gradient(S)
        gone = np.stack(
            [full - loss.gradient(S, 1.0 * (np.arange(40) != i)) for i in range(40)]
        )
        difference = loss.removal_differences(S) @ V - gone @ V
        assert np.abs(difference).max() < 1e-12 * np.abs(gone @ V).max()


def test_few_and_many_strata_are_done_alike(ties):
    rng = np.random.default_rng(6)
    event, time = rng.random(600) < 0.7, rng.integers(1, 9, 600).astype(float)
    S, V = rng.normal(size=600), rng.normal(size=(600, 2))
    for n_strata, nested in ((40, True), (200, False)):
        stratum = rng.integers(0, n_strata, size=600)
        loss = CoxPartialLikelihood(event, time, stratum=stratum, ties=ties)
        assert loss.risk_sets.nested == nested
        some = rng.permutation(600)[:50]
        full = loss.gradient(S)
        gone = [full - loss.gradient(S, 1.0 * (np.arange(600) != i)) for i in some]
        found = (loss.removal_differences(S) @ V)[some]
        assert_allclose(found, np.stack(gone) @ V, rtol=1e-11, atol=1e-12)
