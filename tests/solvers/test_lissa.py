import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.sparse.linalg import aslinearoperator

from sklinfluence.attribution._hessian import HessianOperator
from sklinfluence.losses import CoxPartialLikelihood, LogisticLoss
from sklinfluence.models import LinearModel
from sklinfluence.objectives import ComposedObjective
from sklinfluence.solvers import LissaSolver, Status

DIAGONAL = np.array([0.5, 1.0, 4.0])
RHS = np.array([[1.0], [-2.0], [3.0]])


def diagonal(values=DIAGONAL):
    return aslinearoperator(np.diag(values))


@pytest.mark.parametrize("depth", [1, 2, 10])
def test_it_is_the_neumann_series(depth):
    solver = LissaSolver(scale=5.0, depth=depth, tol=1e-15)
    shrink = 1.0 - DIAGONAL[:, None] / 5.0
    series = sum(shrink**j * RHS / 5.0 for j in range(depth))
    assert_allclose(solver.solve(diagonal(), RHS).x, series, rtol=1e-12)


def test_it_stops_at_its_tolerance():
    result = LissaSolver(scale=4.0, tol=1e-3).solve(diagonal(), RHS)
    assert result.converged
    assert 1e-5 < result.residual_norm[0] <= 1e-3
    assert result.n_iter < 100


def test_scale_is_above_the_largest_eigenvalue():
    for seed in range(20):
        solve = LissaSolver(random_state=seed).prepare(diagonal())
        assert 4.0 <= solve.scale <= 4.3


def test_depth_that_does_not_suffice_is_said():
    result = LissaSolver(depth=5, random_state=0).solve(diagonal(), RHS)
    assert result.status is Status.NOT_CONVERGED
    assert "after 5 iterations" in result.message


@pytest.mark.parametrize(
    ("values", "scale"),
    [
        (DIAGONAL, 1.5),  # below half of the largest eigenvalue
        ([0.5, -1.0, 4.0], None),
    ],
)
def test_divergence_is_said_before_numbers_overflow(values, scale):
    result = LissaSolver(scale=scale, random_state=0).solve(diagonal(values), RHS)
    assert result.status is Status.DIVERGED
    assert "scale" in result.message.lower()
    assert result.n_iter < 50
    assert np.isfinite(result.x).all()


@pytest.mark.parametrize(
    ("values", "status"),
    [([0.5, 1.0, -4.0], Status.NEGATIVE_CURVATURE), ([0, 0, 0], Status.SINGULAR)],
)
def test_without_a_scale_there_is_no_iteration(values, status):
    result = LissaSolver(random_state=0).solve(diagonal(np.array(values)), RHS)
    assert result.status is status
    assert_allclose(result.x, 0.0)


def test_products_that_are_not_finite_are_said():
    H = diagonal(np.array([1.0, np.nan, 1.0]))
    for scale in (None, 2.0):
        result = LissaSolver(scale=scale, random_state=0).solve(H, RHS)
        assert result.status is Status.DIVERGED
        assert not result.converged


def logistic(n=300, damping=5.0):
    rng = np.random.default_rng(0)
    loss = LogisticLoss(rng.integers(0, 2, n))
    objective = ComposedObjective(loss, LinearModel(rng.normal(size=(n, 3))), 2.0)
    return HessianOperator(objective, np.array([0.3, -0.2, 0.5]), damping)


def test_samples_average_to_the_hessian():
    operator, rng = logistic(), np.random.RandomState(0)
    samples = [operator.sample(rng, 30).to_dense() for _ in range(2000)]
    error = np.mean(samples, axis=0) - operator.to_dense()
    deviation = np.std(samples, axis=0) / np.sqrt(len(samples))
    assert (np.abs(error) <= 4 * deviation).all()


def test_the_sample_of_all_objects_is_the_hessian():
    operator = logistic()
    for n_objects in (300, 1000):
        sample = operator.sample(np.random.RandomState(0), n_objects)
        assert_allclose(sample.to_dense(), operator.to_dense(), rtol=1e-12)


def test_samples_leave_penalty_and_damping_whole():
    # All objects alike: the data part of every sample is that of all.
    loss = LogisticLoss(np.ones(10, dtype=int))
    objective = ComposedObjective(loss, LinearModel(np.ones((10, 2))), 3.0)
    operator = HessianOperator(objective, np.zeros(2), damping=7.0)
    sample = operator.sample(np.random.RandomState(0), 2)
    assert_allclose(sample.to_dense(), operator.to_dense(), rtol=1e-12)
    assert sample.presence.sum() == pytest.approx(10.0)


def test_samples_are_of_the_objects_that_are_present():
    operator = logistic()
    present = np.arange(300) < 100.0
    some = HessianOperator(operator.objective, operator.theta, 0.0, present * 1.0)
    sample = some.sample(np.random.RandomState(0), 25)
    assert np.count_nonzero(sample.presence) == 25
    assert not sample.presence[100:].any()
    assert sample.presence.sum() == pytest.approx(100.0)


def test_samples_of_a_cox_loss_are_biased():
    rng = np.random.default_rng(1)
    loss = CoxPartialLikelihood(np.ones(40, dtype=bool), rng.exponential(size=40))
    objective = ComposedObjective(loss, LinearModel(rng.normal(size=(40, 1))))
    operator, state = HessianOperator(objective, np.zeros(1)), np.random.RandomState(0)
    samples = [operator.sample(state, 4).to_dense().item() for _ in range(2000)]
    # A risk set of four varies less than that of forty.
    assert np.mean(samples) < 0.8 * operator.to_dense().item()


def test_sampled_terms_come_close_and_repeats_come_closer():
    operator = logistic(damping=40.0)
    exact = np.linalg.solve(operator.to_dense(), RHS)
    settings = dict(batch_size=60, depth=60, scale=200.0)

    def error(repeats):
        runs = [
            LissaSolver(**settings, repeats=repeats, random_state=seed).solve(
                operator, RHS
            )
            for seed in range(10)
        ]
        # Each says how far it is from solving the system with all objects.
        left = [operator @ run.x - RHS for run in runs]
        share = np.linalg.norm(left, axis=1) / np.linalg.norm(RHS)
        assert_allclose([run.residual_norm for run in runs], share)
        away = [np.linalg.norm(run.x - exact) for run in runs]
        return np.mean(away) / np.linalg.norm(exact)

    once, often = error(1), error(16)
    assert once < 0.1
    # Independent errors: sixteen of them average to a fourth.
    assert often < 0.5 * once


def test_a_prepared_sampler_is_one_function():
    solve = LissaSolver(batch_size=50, depth=10, random_state=0).prepare(logistic())
    assert_allclose(solve(RHS).x, solve(RHS).x, rtol=0)


def test_batches_with_too_much_curvature_diverge():
    solver = LissaSolver(batch_size=2, scale=40.0, depth=500, random_state=0)
    assert solver.solve(logistic(), RHS).status is Status.DIVERGED


def test_samples_of_an_operator_without_them():
    with pytest.raises(TypeError, match=r"sample\(rng, n_objects\).*batch_size=2"):
        LissaSolver(batch_size=2).prepare(diagonal())
