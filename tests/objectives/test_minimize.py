import autograd.numpy as anp
import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from sklinfluence.objectives import AutogradObjective, minimize_newton

RNG = np.random.default_rng(0)
Q = np.linalg.qr(RNG.normal(size=(4, 4)))[0]
CENTRE = np.array([1.0, -2.0, 0.5, 3.0])


def quadratic(*eigenvalues):
    """½ (θ − c)ᵀ A (θ − c), weighted by the share of objects present."""
    A = (Q * np.array(eigenvalues)) @ Q.T

    def fun(theta, presence):
        away = theta - CENTRE
        return 0.5 * anp.mean(presence) * anp.dot(away, anp.dot(A, away))

    return AutogradObjective(fun, 4, 5), A


@pytest.fixture
def separated(make_cox, rng):
    """Cox data in which the first column orders the events perfectly."""
    x = np.column_stack([-np.arange(20.0), rng.normal(size=20)])
    return make_cox(x, event=np.ones(20, dtype=bool), time=np.arange(20.0))


def test_quadratic_is_solved_in_one_step():
    objective, A = quadratic(1.0, 2.0, 30.0, 400.0)
    result = minimize_newton(objective, np.zeros(4))
    assert_allclose(result.theta, CENTRE, rtol=1e-12)
    assert_allclose(result.inverse_hessian, np.linalg.inv(A), rtol=1e-10)
    assert result.converged
    assert not result.monotone
    assert result.n_iter == 1
    assert result.flat.shape == (0, 4)


def test_start_at_the_optimum_stays_there():
    objective, _ = quadratic(1.0, 2.0, 3.0, 4.0)
    result = minimize_newton(objective, CENTRE)
    assert result.n_iter == 0
    assert_array_equal(result.theta, CENTRE)
    assert_array_equal(result.step, 0.0)


def test_start_is_not_overwritten():
    start = np.zeros(4)
    minimize_newton(quadratic(1.0, 2.0, 3.0, 4.0)[0], start)
    assert_array_equal(start, 0.0)


def test_cox_gradient_vanishes(composed, plain):
    result = minimize_newton(composed, np.zeros(3))
    assert result.converged
    # The gradient by autograd of the plain function, in natural units.
    scale = composed.curvature_scale(result.theta)
    assert np.abs(plain.gradient(result.theta) / scale).max() < 1e-10


def test_inverse_hessian_is_that_at_the_optimum(composed, plain):
    result = minimize_newton(composed, np.zeros(3))
    identity = result.inverse_hessian @ plain.hessian(result.theta)
    assert_allclose(identity, np.eye(3), atol=1e-10)
    assert_allclose(result.gradient, composed.gradient(result.theta))


def test_presence_is_that_of_fewer_objects(composed, make_cox, kind):
    kept = np.random.default_rng(5).random(24) < 0.8
    columns = {
        key: x[kept] if isinstance(x, np.ndarray) else x for key, x in kind.items()
    }
    expected = minimize_newton(make_cox(**columns), np.zeros(3)).theta
    found = minimize_newton(composed, np.zeros(3), kept.astype(float)).theta
    assert_allclose(found, expected, rtol=1e-10)


@pytest.mark.parametrize("size", [1.0, 3.0, 10.0])
def test_a_start_far_away_is_no_obstacle(composed, size):
    here = minimize_newton(composed, np.zeros(3)).theta
    far = minimize_newton(composed, size * np.array([1.0, -1.0, 0.3]), max_iter=200)
    assert far.converged
    assert_allclose(far.theta, here, rtol=1e-8)


def test_units_of_columns_do_not_matter(make_cox, kind):
    kind = {**kind, "alpha": 0.0}
    units = np.array([1e-7, 1.0, 1e7])
    expected = minimize_newton(make_cox(**kind), np.zeros(3))
    scaled = make_cox(**{**kind, "X": kind["X"] * units})
    found = minimize_newton(scaled, np.zeros(3))
    assert found.converged
    assert found.n_iter == expected.n_iter
    assert_allclose(found.theta * units, expected.theta, rtol=1e-9)


def test_value_never_rises(composed):
    values = []
    for max_iter in range(1, 8):
        result = minimize_newton(composed, np.full(3, 2.0), max_iter=max_iter)
        values.append(composed.value(result.theta))
    assert (np.diff(values) <= 1e-12 * np.abs(values[0])).all()


def test_objective_that_no_step_lowers_ends_where_it_is():
    class Contradicting(AutogradObjective):
        def gradient(self, theta, presence=None):
            return -super().gradient(theta, presence)

    objective = Contradicting(quadratic(1.0, 2.0, 3.0, 4.0)[0].fun, 4, 5)
    result = minimize_newton(objective, np.zeros(4))
    assert not result.converged
    assert result.n_iter == 0
    assert_array_equal(result.theta, 0.0)


def test_objective_that_grows_in_every_direction_is_never_monotone(separated):
    # Coercive, as it says: the loss cannot fall forever.
    separated.is_coercive = True
    assert not minimize_newton(separated, np.zeros(2)).monotone


def test_too_few_steps_do_not_converge(composed):
    result = minimize_newton(composed, np.zeros(3), max_iter=1)
    assert not result.converged
    assert not result.monotone
    assert result.n_iter == 1


def test_tol_is_the_gradient_in_natural_units(composed):
    result = minimize_newton(composed, np.zeros(3), tol=0.1)
    size = np.abs(result.gradient / composed.curvature_scale(np.zeros(3)))
    assert result.converged
    assert 1e-10 < size.max() <= 0.1


def test_tol_that_round_off_does_not_allow_is_no_failure(composed):
    result = minimize_newton(composed, np.zeros(3), tol=1e-30)
    assert result.converged
    assert result.n_iter < 20


def test_separation_is_monotone(separated):
    result = minimize_newton(separated, np.zeros(2))
    assert result.monotone
    assert not result.converged
    # The first column grows, and nothing else does.
    assert result.step[0] > 10 * np.abs(result.step[1])


def test_penalty_ends_separation(make_cox, separated):
    loss = separated.loss
    objective = make_cox(
        separated.model.X, alpha=1.0, event=loss.event, time=np.arange(20.0)
    )
    result = minimize_newton(objective, np.zeros(2))
    assert result.converged
    assert not result.monotone


def test_direction_without_curvature_is_left_alone():
    objective, A = quadratic(0.0, 2.0, 3.0, 4.0)
    result = minimize_newton(objective, np.zeros(4))
    assert result.converged
    assert result.flat.shape == (1, 4)
    assert_allclose(A @ result.flat[0], 0.0, atol=1e-12)
    assert_allclose(A @ (result.theta - CENTRE), 0.0, atol=1e-12)


def test_constant_and_repeated_columns_are_flat(make_cox, rng):
    x = rng.normal(size=(30, 2))
    X = np.column_stack([x, np.zeros(30), x[:, 0] - 2 * x[:, 1]])
    event, time = rng.random(30) < 0.8, rng.integers(1, 9, size=30)
    objective = make_cox(X, event=event, time=time)
    result = minimize_newton(objective, np.zeros(4))
    assert result.converged
    assert not result.monotone
    assert result.flat.shape == (2, 4)
    assert_allclose(X @ result.flat.T, 0.0, atol=1e-6 * np.abs(result.flat).max())


def test_flat_solution_has_the_scores_of_the_reduced_one(make_cox, rng):
    x = rng.normal(size=(30, 2))
    X = np.column_stack([x, x @ [1.0, -2.0]])
    columns = {"event": rng.random(30) < 0.8, "time": rng.integers(1, 9, size=30)}
    full = minimize_newton(make_cox(X, **columns), np.zeros(3)).theta
    reduced = minimize_newton(make_cox(x, **columns), np.zeros(2)).theta
    assert_allclose(X @ full, x @ reduced, rtol=1e-8, atol=1e-9)
