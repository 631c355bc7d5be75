import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from sklinfluence.losses import CoxHeldOutLoss


def as_defined(loss_args, S_new, S_train):
    """δ [log(e^s + Σ_{at risk} ω e^S) − s], subject by subject."""
    n = len(loss_args["time"])
    entry = loss_args["entry"]
    entry = np.full(n, -np.inf) if entry is None else entry
    weight = loss_args["sample_weight"]
    risk = (np.ones(n) if weight is None else weight) * np.exp(S_train)
    losses = []
    for k, s in enumerate(S_new):
        t = loss_args["new_time"][k]
        at_risk = (entry < t) & (t <= loss_args["time"])
        if loss_args["stratum"] is not None:
            at_risk &= loss_args["stratum"] == loss_args["new_stratum"][k]
        loss = np.log(np.exp(s) + risk[at_risk].sum()) - s
        losses.append(loss if loss_args["new_event"][k] else 0.0)
    return np.array(losses)


@pytest.fixture
def problem(cohort, scores):
    """Arguments of the loss of 12 new subjects, with scores of all."""
    rng = np.random.default_rng(1)
    train = {k: x for k, x in cohort.items() if k != "event"}
    new = {
        "new_event": rng.random(12) < 0.75,
        # Ties with training times, times between them, and one after all.
        "new_time": np.r_[train["time"][:6], rng.exponential(size=5), 99.0],
        "new_stratum": None if train["stratum"] is None else np.arange(12) % 3,
    }
    return {**train, **new}, rng.normal(size=12), scores


def test_loss_is_that_of_a_subject_who_joins_the_risk_set(problem):
    args, S_new, S_train = problem
    found = CoxHeldOutLoss(**args).value(S_new, S_train)
    assert_allclose(found, as_defined(args, S_new, S_train), rtol=1e-13, atol=1e-15)


def test_loss_of_a_subject_does_not_depend_on_the_batch(problem):
    args, S_new, S_train = problem
    together = CoxHeldOutLoss(**args).value(S_new, S_train)
    for k in range(12):
        alone = {
            key: x[k : k + 1] if key.startswith("new") and x is not None else x
            for key, x in args.items()
        }
        found = CoxHeldOutLoss(**alone).value(S_new[k : k + 1], S_train)
        assert_allclose(found, together[k : k + 1], rtol=1e-14)


def test_columns_of_scores_are_models(problem):
    args, S_new, S_train = problem
    loss = CoxHeldOutLoss(**args)
    scale = np.array([1.0, -2.0, 30.0])
    many = loss.value(S_new[:, None] * scale, S_train[:, None] * scale)
    one_by_one = [loss.value(S_new * x, S_train * x) for x in scale]
    assert_allclose(many, np.transpose(one_by_one), rtol=1e-14)


def test_product_is_the_derivative_of_value(problem):
    args, S_new, S_train = problem
    loss = CoxHeldOutLoss(**args)
    rng = np.random.default_rng(2)
    V_new, V_train = rng.normal(size=(12, 3)), rng.normal(size=(30, 3))

    def slope(u, v, h=1e-4):
        ends = [loss.value(S_new + x * u, S_train + x * v) for x in (-h, h)]
        return (ends[1] - ends[0]) / (2 * h)

    expected = [slope(u, v) for u, v in zip(V_new.T, V_train.T, strict=True)]
    found = loss.product(S_new, S_train, V_new, V_train)
    # Central differences: h² / 6 of a third derivative, and round-off / h.
    assert_allclose(found, np.transpose(expected), rtol=1e-7, atol=1e-8)


def test_shift_of_all_scores_changes_nothing(problem):
    args, S_new, S_train = problem
    loss = CoxHeldOutLoss(**args)
    found = loss.value(S_new + 1000, S_train + 1000)
    assert_allclose(found, loss.value(S_new, S_train), rtol=1e-10, atol=1e-12)


def test_location_of_scores_of_a_stratum_does_not_matter(scores):
    rng = np.random.default_rng(3)
    stratum, new_stratum = rng.integers(0, 3, size=30), np.arange(6) % 3
    event, new_time = np.ones(6, dtype=bool), rng.exponential(size=6)
    time = rng.exponential(size=30)
    loss = CoxHeldOutLoss(event, new_time, time, None, stratum, None, new_stratum)
    S_new, V_new, V = rng.normal(size=6), rng.normal(size=(6, 2)), np.ones((30, 2))
    moved = S_new + 1000.0 * new_stratum, scores + 1000.0 * stratum
    found = loss.value(*moved)
    assert_allclose(found, loss.value(S_new, scores), rtol=1e-10, atol=1e-12)
    found = loss.product(*moved, V_new, V)
    expected = loss.product(S_new, scores, V_new, V)
    assert_allclose(found, expected, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("score", [-900.0, 900.0])
def test_scores_far_from_the_others_have_derivatives(score):
    loss = CoxHeldOutLoss(np.array([True]), np.array([0.5]), np.array([1.0, 2.0]))
    V_new, V = np.array([[1.0]]), np.array([[2.0], [4.0]])
    found = loss.product(np.array([score]), np.zeros(2), V_new, V)
    # All weight on the subject itself, or on the mean of the others.
    assert_allclose(found, [[0.0 if score > 0 else 3.0 - 1.0]], atol=1e-14)


def test_subject_with_nobody_at_risk_has_no_loss():
    loss = CoxHeldOutLoss(np.array([True]), np.array([9.0]), np.array([1.0, 2.0]))
    assert_array_equal(loss.value(np.array([0.3]), np.zeros(2)), [0.0])
    V = np.ones((2, 1))
    assert_array_equal(loss.product(np.array([0.3]), np.zeros(2), V[:1], V), [[0.0]])


def test_censored_subjects_have_no_loss():
    loss = CoxHeldOutLoss(np.array([False]), np.array([0.5]), np.array([1.0, 2.0]))
    assert_array_equal(loss.value(np.array([0.3]), np.zeros(2)), [0.0])


def test_subject_of_low_risk_at_an_early_event_has_a_large_loss():
    # Scores far apart: e^s vanishes beside those at risk, the loss does not.
    loss = CoxHeldOutLoss(np.array([True]), np.array([0.5]), np.array([1.0, 2.0]))
    found = loss.value(np.array([-900.0]), np.array([100.0, 100.0]))
    assert_allclose(found, 1000.0 + np.log(2.0), rtol=1e-14)


@pytest.mark.parametrize("size", [1e-6, 0.3, 4.0])
def test_change_bound_holds_and_is_attained(problem, size):
    args, S_new, S_train = problem
    loss, rng = CoxHeldOutLoss(**args), np.random.default_rng(4)
    apart = size * rng.random(12)
    columns = S_new[:, None], S_train[:, None]
    bound = loss.change_bound(*columns, apart[:, None])[:, 0]
    before = loss.value(S_new, S_train)
    for _ in range(300):
        # Differences of scores move by at most `apart`: half of it on either side.
        own = rng.uniform(-1, 1, size=12) * apart / 2
        others = rng.uniform(-1, 1, size=(12, 30)) * apart[:, None] / 2
        after = np.array(
            [loss.value(S_new + own, S_train + row)[k] for k, row in enumerate(others)]
        )
        assert (np.abs(after - before) <= bound * (1 + 1e-9) + 1e-14).all()
    # All others move up by as much as they may.
    ends = [loss.value(S_new, S_train + r)[k] for k, r in enumerate(apart)]
    assert_allclose(bound, np.array(ends) - before, rtol=1e-8, atol=1e-14)


def test_change_bound_of_nothing_and_of_the_unknown():
    loss = CoxHeldOutLoss(
        np.array([True, False]), np.array([0.5, 0.5]), np.array([1.0, 2.0])
    )
    S, S_train = np.zeros((2, 1)), np.zeros((2, 1))
    assert_array_equal(loss.change_bound(S, S_train, np.zeros((2, 1))), 0.0)
    unknown = loss.change_bound(S, S_train, np.full((2, 1), np.nan))
    assert np.isnan(unknown[0, 0])
    far = loss.change_bound(S, S_train, np.full((2, 1), 2000.0))
    # log(1/3 + 2/3 e^2000); a censored subject has no loss to change.
    assert_allclose(far[:, 0], [2000.0 + np.log(2 / 3), 0.0])
