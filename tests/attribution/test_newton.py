"""Newton removal against its formula, against clone-and-refit, and where it is none."""

import warnings
from itertools import pairwise

import autograd.numpy as anp
import numpy as np
import pytest
from numpy.testing import assert_allclose
from sklearn.datasets import load_breast_cancer, load_diabetes, load_iris
from sklearn.exceptions import ConvergenceWarning, FitFailedWarning
from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge
from sklearn.preprocessing import scale

from sklinfluence import CoxRegressor, InfluenceExplainer
from sklinfluence.attribution import LeaveOneOut, NewtonInfluence, VersatileInfluence
from sklinfluence.datasets import load_rossi
from sklinfluence.objectives import AutogradObjective, minimize_newton
from sklinfluence.solvers import ExplicitSolver, Solver, SolverResult, Status
from sklinfluence.utils import survival_target


class OneByOne(Solver):
    """A solver that is not the explicit one."""

    def prepare(self, operator):
        matrix = operator @ np.eye(operator.shape[1])

        def solve(rhs):
            x = np.linalg.solve(matrix, rhs)
            return SolverResult(x, True, 1, np.zeros(rhs.shape[1]), Status.SOLVED)

        return solve


def relative(estimate, truth):
    return np.linalg.norm(estimate - truth) / np.linalg.norm(truth)


def explain(problem, method):
    model, X, y, fit_params = problem
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        return InfluenceExplainer(model, method=method).fit(X, y, **fit_params)


def logistic(C=1.0):
    return LogisticRegression(C=C, tol=1e-12, max_iter=1000, solver="newton-cholesky")


@pytest.fixture(scope="module")
def cancer():
    X, y = load_breast_cancer(return_X_y=True)
    return scale(X), y


@pytest.fixture(scope="module")
def rossi():
    X, y = load_rossi(return_X_y=True)
    return X[:150], y[:150]


@pytest.mark.parametrize("n_steps", [1, 2])
def test_steps_are_those_of_the_formula(cox_problem, n_steps):
    explainer = explain(cox_problem, NewtonInfluence(n_steps=n_steps))
    steps = explainer.parameter_influence()
    fitted = explainer.problem_.objective
    for i in range(0, len(steps), 7):
        theta, presence = fitted.theta, fitted.objective.presence_without([i])
        for _ in range(n_steps):
            gradient = fitted.objective.gradient(theta, presence)
            hessian = fitted.objective.hessian(theta, presence)
            theta = theta - np.linalg.solve(hessian, gradient)
        # Units of the columns differ, so each parameter by itself.
        assert_allclose(fitted.theta + steps[i], theta, rtol=1e-8, atol=1e-12)


def test_converged_is_clone_and_refit(cox_problem):
    explainer = explain(cox_problem, NewtonInfluence(n_steps="converged"))
    steps = explainer.parameter_influence()
    retrained = explain(cox_problem, LeaveOneOut()).parameter_influence()
    assert relative(steps, retrained) < 1e-7


def test_converged_groups_are_clone_and_refit(cox_problem):
    groups = {"few": [0, 3, 17], "a quarter": range(10, 20), "one": [5]}
    converged = explain(cox_problem, NewtonInfluence(n_steps="converged"))
    one, two = (explain(cox_problem, NewtonInfluence(n_steps=k)) for k in (1, 2))
    retrained = explain(cox_problem, LeaveOneOut()).parameter_influence(groups)
    assert relative(converged.parameter_influence(groups), retrained) < 1e-7
    errors = [relative(e.parameter_influence(groups), retrained) for e in (one, two)]
    assert errors[1] < 0.3 * errors[0] < 0.15


def test_a_group_of_one_is_the_object(rossi):
    for n_steps in (1, 2, "converged"):
        model = CoxRegressor(alpha=0.1)
        explainer = explain((model, *rossi, {}), NewtonInfluence(n_steps))
        groups = [[i] for i in range(20)]
        assert_allclose(
            explainer.parameter_influence(groups),
            explainer.parameter_influence()[:20],
            rtol=1e-7,
            atol=1e-12,
        )


@pytest.mark.parametrize("model", [LinearRegression(), Ridge(10.0), Ridge(0.01)])
def test_one_step_is_exact_for_squared_loss(model):
    X, y = load_diabetes(return_X_y=True)
    X, y = 100 * X[:80], y[:80]
    weight = np.random.default_rng(0).choice([0.5, 1.0, 3.0], size=len(X))
    problem = (model, X, y, {"sample_weight": weight})
    one, retrained = (explain(problem, m) for m in (NewtonInfluence(), LeaveOneOut()))
    assert_allclose(
        one.parameter_influence(), retrained.parameter_influence(), rtol=1e-7, atol=1e-8
    )
    assert_allclose(
        one.influence(X, y), retrained.influence(X, y), rtol=1e-7, atol=1e-7
    )
    groups = np.arange(80) % 7
    assert_allclose(
        one.parameter_influence(groups),
        retrained.parameter_influence(groups),
        rtol=1e-7,
        atol=1e-8,
    )


@pytest.mark.parametrize("C", [1.0, 0.01])
def test_high_leverage_does_not_diverge(cancer, C):
    X, y = cancer
    errors = []
    truth = explain((logistic(C), X, y, {}), NewtonInfluence("converged", tol=1e-12))
    truth = truth.parameter_influence()
    for n_steps in (1, 2, 3, 4, 6):
        explainer = explain((logistic(C), X, y, {}), NewtonInfluence(n_steps))
        error = explainer.parameter_influence() - truth
        errors.append(np.linalg.norm(error, axis=1))
    floor = 1e-9 * np.median(np.linalg.norm(truth, axis=1))
    for before, after in pairwise(errors):
        # No row is worse after more steps, and the worst row gets better.
        assert (after <= np.maximum(before, floor)).all()
    assert errors[-1].max() < 1e-6 * np.linalg.norm(truth, axis=1).max()


@pytest.mark.parametrize("data", [load_breast_cancer, load_iris])
def test_converged_logistic_regression_is_clone_and_refit(data):
    X, y = data(return_X_y=True)
    X = scale(X)
    multinomial = LogisticRegression(tol=1e-10, max_iter=10000)
    model = multinomial if len(np.unique(y)) > 2 else logistic()
    explainer = explain((model, X, y, {}), NewtonInfluence("converged"))
    strongest = np.argsort(-np.linalg.norm(explainer.parameter_influence(), axis=1))
    some = [[i] for i in strongest[:6]]
    retrained = explain((model, X, y, {}), LeaveOneOut())
    for attribute in ("influence", "parameter_influence"):
        arguments = (X[:5], y[:5]) if attribute == "influence" else ()
        exact = getattr(retrained, attribute)(*arguments, groups=some)
        found = getattr(explainer, attribute)(*arguments, groups=some)
        assert relative(found, exact) < 1e-5


def test_more_columns_than_rows_with_a_penalty():
    rng = np.random.default_rng(3)
    X = rng.normal(size=(25, 40))
    y = survival_target(rng.random(25) < 0.8, rng.exponential(size=25))
    problem = (CoxRegressor(alpha=2.0), X, y, {})
    exact = explain(problem, LeaveOneOut()).parameter_influence()
    found = explain(problem, NewtonInfluence("converged")).parameter_influence()
    assert relative(found, exact) < 1e-7
    wide = (Ridge(alpha=1.0, tol=1e-12), X, X[:, 0], {})
    exact = explain(wide, LeaveOneOut()).parameter_influence()
    assert (
        relative(explain(wide, NewtonInfluence()).parameter_influence(), exact) < 1e-7
    )


def test_another_solver_takes_the_same_steps(rossi):
    problem = (CoxRegressor(alpha=1.0), rossi[0][:40], rossi[1][:40], {})
    for n_steps in (1, 2, "converged"):
        by_solver = explain(problem, NewtonInfluence(n_steps, solver=OneByOne()))
        explicit = explain(problem, NewtonInfluence(n_steps))
        assert_allclose(
            by_solver.parameter_influence(),
            explicit.parameter_influence(),
            rtol=1e-6,
            atol=1e-10,
        )
    with pytest.raises(ValueError, match="return_bound=True: no bound is known"):
        by_solver.influence(rossi[0][:2], return_bound=True)


def test_what_is_returned_is_the_caller_s_own(rossi):
    explainer = explain((CoxRegressor(), *rossi, {}), NewtonInfluence())
    for ask in ({}, {"return_bound": True}):
        before = explainer.influence(rossi[0][:2])
        steps = explainer.parameter_influence(**ask)
        (steps if isinstance(steps, np.ndarray) else steps[0])[:] = 0.0
        assert_allclose(explainer.influence(rossi[0][:2]), before, rtol=1e-12)


def test_self_influence_is_the_diagonal(rossi):
    explainer = explain((CoxRegressor(), *rossi, {}), NewtonInfluence())
    assert_allclose(
        explainer.self_influence(), np.diag(explainer.influence()), rtol=1e-10
    )


LEVEL = np.array([1] * 8 + [0] * 52)


@pytest.fixture
def level():
    """A column whose ones are the first eight rows, beside a constant-free one."""
    rng = np.random.default_rng(2)
    X = np.column_stack([LEVEL, rng.normal(size=60)])
    return X, survival_target(rng.random(60) < 0.7, rng.exponential(size=60))


METHODS = [VersatileInfluence(), NewtonInfluence(), NewtonInfluence("converged")]


@pytest.mark.parametrize("method", [*METHODS, NewtonInfluence(3), LeaveOneOut()])
def test_removing_a_whole_level_is_refused(level, method):
    explainer = explain((CoxRegressor(), *level, {}), method)
    groups = {"level": np.flatnonzero(LEVEL), "half": [0, 1, 2, 3], "rest": [20, 30]}
    with pytest.warns(FitFailedWarning, match=r"1 of 3.*parameters \['x0'\]"):
        influence = explainer.influence(level[0][:4], groups=groups)
    assert np.isnan(influence[:, 0]).all()
    assert np.isfinite(influence[:, 1:]).all()
    with pytest.warns(FitFailedWarning, match="penalty"):
        steps = explainer.parameter_influence(groups)
    assert np.isnan(steps).all(axis=1).tolist() == [True, False, False]


def test_a_penalty_makes_the_removal_of_a_level_well_posed(level):
    problem = (CoxRegressor(alpha=0.1), *level, {})
    groups = [np.flatnonzero(LEVEL)]
    exact = explain(problem, LeaveOneOut()).parameter_influence(groups)
    found = explain(problem, NewtonInfluence("converged")).parameter_influence(groups)
    assert relative(found, exact) < 1e-7
    assert_allclose(found[0, 0], -explain(problem, "vif").estimator_.coef_[0])


def test_failures_can_be_raised(level):
    for method in (NewtonInfluence(error_score="raise"), LeaveOneOut("raise")):
        explainer = explain((CoxRegressor(), *level, {}), method)
        with pytest.raises(ValueError, match="nothing determines the parameters"):
            explainer.influence(level[0], groups=[np.flatnonzero(LEVEL)])


def test_nothing_to_raise(level):
    problem = (CoxRegressor(), *level, {})
    raising, plain = (
        explain(problem, NewtonInfluence(error_score=score)) for score in ("raise", 0.0)
    )
    for ask in ("influence", "self_influence", "parameter_influence"):
        assert_allclose(getattr(raising, ask)(), getattr(plain, ask)(), rtol=1e-12)


@pytest.mark.parametrize("method", [NewtonInfluence, LeaveOneOut])
def test_failures_are_given_a_score(level, method):
    explainer = explain((CoxRegressor(), *level, {}), method(error_score=-7.0))
    groups = [np.flatnonzero(LEVEL), [20, 30]]
    with pytest.warns(FitFailedWarning, match=r"influence is set to -7\.0"):
        influence = explainer.influence(level[0][:4], groups=groups)
    assert_allclose(influence[:, 0], -7.0)
    assert (np.abs(influence[:, 1]) < 1).all()
    with pytest.warns(FitFailedWarning):
        steps = explainer.parameter_influence(groups)
    assert_allclose(steps[0], -7.0)


def test_failures_of_losses_are_no_warnings_of_numpy():
    X = np.arange(10.0)[:, None]
    y = X[:, 0] > 4
    y[2] = True
    model = LogisticRegression(C=np.inf, tol=1e-10, solver="newton-cholesky")
    explainer = explain((model, X, y, {}), NewtonInfluence("converged"))
    with pytest.warns(FitFailedWarning, match=r"removal 2: .*no minimum"):
        influence = explainer.influence(X, y)
    with pytest.warns(FitFailedWarning, match="removal 2"):
        own = explainer.self_influence()
    for found in (influence, own[None]):
        assert np.isnan(found).all(axis=0).tolist() == [i == 2 for i in range(10)]


def test_the_only_member_of_a_level_cannot_be_removed():
    rng = np.random.default_rng(4)
    X = np.column_stack([np.arange(30) == 3, rng.normal(size=30)]).astype(float)
    y = survival_target(np.ones(30, dtype=bool), rng.permutation(30) + 1.0)
    y["time"][3] = 10.5
    explainer = explain((CoxRegressor(), X, y, {}), NewtonInfluence())
    with pytest.warns(FitFailedWarning, match=r"removal 3: .*\['x0'\]"):
        influence = explainer.influence(X[:2])
    assert np.isnan(influence).all(axis=0).tolist() == [i == 3 for i in range(30)]


def test_the_only_event_cannot_be_removed():
    X = np.array([[0.0], [1.0], [3.0], [2.0], [0.5]])
    y = survival_target([False, True, False, False, False], [1.0, 2.0, 3.0, 4.0, 5.0])
    with pytest.warns(UserWarning, match="1 event"):
        explainer = InfluenceExplainer(
            CoxRegressor(alpha=0.1), method=NewtonInfluence("converged")
        ).fit(X, y)
    steps = explainer.parameter_influence()
    # With a penalty and no event, the coefficient is zero.
    assert_allclose(steps[1], -explainer.estimator_.coef_)


def test_separation_without_an_object_is_no_optimum():
    # Row 4 alone contradicts the order of the events.
    x = np.array([5.0, 4.0, 3.0, 2.0, 4.5, 1.0])
    y = survival_target(np.ones(6, dtype=bool), [1.0, 2.0, 3.0, 4.0, 5.0, 6.0])
    explainer = explain(
        (CoxRegressor(), x[:, None], y, {}), NewtonInfluence("converged")
    )
    with pytest.warns(FitFailedWarning, match=r"removal 4: .*no minimum"):
        steps = explainer.parameter_influence()
    assert np.isnan(steps[4]).all()
    assert np.isfinite(steps[[0, 1, 2, 3, 5]]).all()


class AreaUnderCurve:
    """A smooth loss over pairs: no sum over rows; with what an explainer needs."""

    def __init__(self, X, y):
        better, worse = X[y], X[~y]
        rows = np.flatnonzero(y), np.flatnonzero(~y)

        def fun(theta, presence):
            margin = (better @ theta)[:, None] - (worse @ theta)[None, :]
            pairs = presence[rows[0]][:, None] * presence[rows[1]][None, :]
            loss = anp.sum(pairs * anp.logaddexp(0.0, -margin))
            return loss + 0.5 * anp.sum(theta**2)

        self.objective = AutogradObjective(fun, X.shape[1], len(X))
        self.theta = minimize_newton(self.objective, np.zeros(X.shape[1])).theta
        self.parameter_names = np.array(["a", "b"], dtype=object)


@pytest.mark.parametrize("solver", [ExplicitSolver(), OneByOne()])
def test_any_objective_with_a_hessian(solver):
    rng = np.random.default_rng(5)
    X = rng.normal(size=(20, 2))
    fitted = AreaUnderCurve(X, X[:, 0] + rng.normal(size=20) > 0)
    method = NewtonInfluence("converged", solver=solver)
    problem = explain((CoxRegressor(), X, np.arange(20) + 1.0, {}), "vif").problem_
    object.__setattr__(problem, "objective", fitted)
    steps = method.prepare(problem, None).parameter_influence()
    exact = [
        minimize_newton(
            fitted.objective, fitted.theta, fitted.objective.presence_without([i])
        ).theta
        - fitted.theta
        for i in range(20)
    ]
    assert relative(steps, np.array(exact)) < 1e-7


def test_the_explicit_solver_is_used_with_its_parameters(level):
    # With so high a bar, hardly any direction counts as curved.
    for rcond, n_coordinates in ((1e-11, 2), (0.9999, 1)):
        method = NewtonInfluence(solver=ExplicitSolver(rcond=rcond))
        explainer = explain((CoxRegressor(), *level, {}), method)
        assert explainer.method_.coordinates_.basis.shape[1] == n_coordinates


def test_another_solver_says_where_it_failed():
    X = np.column_stack([np.arange(30) == 3, np.arange(30.0) % 7])
    y = survival_target(np.ones(30, dtype=bool), (np.arange(30) * 7) % 30 + 1.0)
    method = NewtonInfluence(solver=ByFactors())
    explainer = InfluenceExplainer(CoxRegressor(), method=method).fit(X, y)
    with pytest.warns(ConvergenceWarning, match=r"1 of 30 systems.*singular"):
        explainer.parameter_influence()


class ByFactors(Solver):
    """The explicit solver, not known as such."""

    def prepare(self, operator):
        return ExplicitSolver().prepare(operator)
