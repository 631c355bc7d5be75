"""What every solver owes, whatever it does."""

import pickle
from functools import partial

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.sparse.linalg import aslinearoperator
from sklearn.base import clone

from sklinfluence.solvers import SOLVERS, LowRankForm

P = 8
Q = np.linalg.qr(np.random.default_rng(0).normal(size=(P, P)))[0]
VALUES = {
    "well posed": np.geomspace(0.1, 10.0, P),
    "indefinite": np.array([-2.0, 0.3, 0.5, 1.0, 2.0, 3.0, 4.0, 5.0]),
}


def operator(condition="well posed"):
    matrix = (Q * VALUES[condition]) @ Q.T
    found = aslinearoperator(matrix)
    # What the dual solver needs: the same matrix as 0.05 I + QᵀCQ.
    turn = aslinearoperator(Q)
    inner = Q @ (matrix - 0.05 * np.eye(P)) @ Q.T
    form = LowRankForm(np.full(P, 0.05), inner, Q @ Q.T / 0.05, turn.dot, turn.T.dot)
    found.low_rank_form = partial(_same, form)
    return found


def _same(form):
    return form


def made(name):
    solver = SOLVERS[name]()
    settings = {"tol": 1e-8, "random_state": 0}
    known = solver.get_params()
    return solver.set_params(**{k: v for k, v in settings.items() if k in known})


@pytest.mark.parametrize("name", SOLVERS)
def test_right_hand_sides_of_zero_and_of_any_size(name):
    rhs = np.random.default_rng(6).normal(size=(P, 1)) * [0.0, 1e-150, 1.0, 1e150]
    result = made(name).solve(operator(), rhs)
    assert result.converged
    assert_allclose(result.x[:, 0], 0.0)
    reference = np.linalg.solve(operator() @ np.eye(P), rhs[:, 2])
    for column, size in ((1, 1e-150), (2, 1.0), (3, 1e150)):
        away = np.linalg.norm(result.x[:, column] / size - reference)
        # The condition number times the tolerance.
        assert away <= 1e-6 * np.linalg.norm(reference)


@pytest.mark.parametrize("name", SOLVERS)
def test_no_right_hand_side(name):
    result = made(name).solve(operator(), np.empty((P, 0)))
    assert result.converged
    assert result.x.shape == (P, 0)


@pytest.mark.parametrize("name", SOLVERS)
@pytest.mark.parametrize("condition", VALUES)
def test_prepared_solver_survives_pickling(condition, name):
    rhs = np.random.default_rng(7).normal(size=(P, 2))
    solve = made(name).prepare(operator(condition))
    again, result = pickle.loads(pickle.dumps(solve))(rhs), solve(rhs)
    assert_allclose(again.x, result.x, rtol=0)
    assert again.status is result.status


@pytest.mark.parametrize("name", SOLVERS)
def test_nothing_given_is_changed_and_the_answer_stays(name):
    rhs = np.random.default_rng(8).normal(size=(P, 2))
    rhs.flags.writeable = False
    solve = made(name).prepare(operator())
    assert_allclose(solve(rhs).x, solve(rhs).x, rtol=0)


@pytest.mark.parametrize("name", SOLVERS)
def test_order_of_right_hand_sides_does_not_matter(name):
    rhs = np.random.default_rng(9).normal(size=(P, 3))
    solve = made(name).prepare(operator())
    forth, back = solve(rhs).x, solve(rhs[:, ::-1]).x[:, ::-1]
    assert np.linalg.norm(forth - back) <= 1e-6 * np.linalg.norm(forth)


@pytest.mark.parametrize("name", SOLVERS)
def test_preparation_leaves_the_settings_alone(name):
    solver = made(name)
    before = clone(solver).get_params()
    solver.prepare(operator())
    assert solver.get_params() == before
