"""Influence by every solver is that of the explicit one, or says that it is not."""

import warnings

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from sklearn.exceptions import ConvergenceWarning
from sklearn.preprocessing import StandardScaler

from sklinfluence import CoxRegressor, InfluenceExplainer
from sklinfluence.attribution import NewtonInfluence, VersatileInfluence
from sklinfluence.datasets import load_gbsg2
from sklinfluence.solvers import (
    ArnoldiSolver,
    AutoSolver,
    ConjugateGradientSolver,
    ExplicitSolver,
    LissaSolver,
    NystroemSolver,
)

SOLVERS = {
    "auto": "auto",
    "auto, large": AutoSolver(max_explicit=0, tol=1e-10, random_state=0),
    "cg": ConjugateGradientSolver(tol=1e-10),
    "cg, diagonal": ConjugateGradientSolver(tol=1e-10, preconditioner="diagonal"),
    "cg, nystroem": ConjugateGradientSolver(tol=1e-10, preconditioner="nystroem"),
    "lissa": LissaSolver(tol=1e-10, random_state=0),
    "arnoldi": ArnoldiSolver(random_state=0),
    "nystroem": NystroemSolver(random_state=0),
}


@pytest.fixture(scope="module")
def data():
    # As METABRIC: nine columns or so, breast cancer, half of the times censored.
    X, y = load_gbsg2(return_X_y=True)
    X = StandardScaler().fit_transform(np.asarray(X, dtype=float))
    return X[:600], y[:600], X[600:640]


def influence(data, method, target="relative_risk"):
    X, y, X_test = data
    explainer = InfluenceExplainer(CoxRegressor(), method, target=target).fit(X, y)
    return explainer.influence(X_test), explainer.parameter_influence()


@pytest.fixture(scope="module")
def explicit(data):
    return influence(data, VersatileInfluence())


@pytest.mark.parametrize("name", SOLVERS)
def test_influence_is_that_of_the_explicit_solver(data, explicit, name):
    found = influence(data, VersatileInfluence(solver=SOLVERS[name]))
    for one, other in zip(found, explicit, strict=True):
        # Tolerance times condition number, which is 30 here.
        assert np.linalg.norm(one - other) <= 1e-8 * np.linalg.norm(other)


@pytest.mark.parametrize("name", ["cg, diagonal", "arnoldi"])
def test_newton_influence_is_that_of_the_explicit_solver(data, name):
    X, y, X_test = data
    few = X[:150], y[:150], X_test
    found = influence(few, NewtonInfluence(solver=SOLVERS[name]))
    expected = influence(few, NewtonInfluence())
    for one, other in zip(found, expected, strict=True):
        assert np.linalg.norm(one - other) <= 1e-8 * np.linalg.norm(other)


def test_what_was_chosen_is_told(data):
    X, y, _ = data
    method = VersatileInfluence(solver="auto")
    explainer = InfluenceExplainer(CoxRegressor(), method).fit(X, y)
    assert isinstance(explainer.method_.solver_.chosen_, ExplicitSolver)


def test_a_named_solver_takes_settings(data):
    explainer = InfluenceExplainer(CoxRegressor(), VersatileInfluence())
    explainer.set_params(method__solver="cg", method__solver__tol=1e-3)
    assert explainer.method.solver.tol == 1e-3


def test_iterations_that_do_not_suffice_warn_once(data):
    X, y, X_test = data
    method = VersatileInfluence(solver=ConjugateGradientSolver(max_iter=1))
    explainer = InfluenceExplainer(CoxRegressor(), method)
    with pytest.warns(ConvergenceWarning, match=r"residual.*after 1 iter") as said:
        explainer.fit(X, y).influence(X_test)
    assert len(said) == 1
    # In this suite another warning would be an error.
    explainer.influence(X_test)
    explainer.parameter_influence()


def test_a_subspace_that_leaves_out_much_warns_how_much(data):
    X, y, _ = data
    method = VersatileInfluence(solver=ArnoldiSolver(rank=3, random_state=0))
    with pytest.warns(ConvergenceWarning, match=r"rank 3 of \d+, up to 0\.\d+ of a"):
        InfluenceExplainer(CoxRegressor(), method).fit(X, y)


def test_failure_after_a_first_solve_that_works_warns(data):
    X, y, X_test = data
    method = VersatileInfluence(solver=ConjugateGradientSolver())
    explainer = InfluenceExplainer(CoxRegressor(), method).fit(X, y)
    solve = explainer.method_.solve_
    object.__setattr__(solve, "max_iter", 1)
    with pytest.warns(ConvergenceWarning, match="did not reach its tolerance"):
        explainer.influence(X_test)


def test_automatic_damping_of_a_definite_hessian_is_none(data, explicit):
    X, y, X_test = data
    method = VersatileInfluence(damping="auto")
    explainer = InfluenceExplainer(CoxRegressor(), method, target="relative_risk")
    explainer.fit(X, y)
    assert explainer.method_.damping_ == 0.0
    assert_array_equal(explainer.influence(X_test), explicit[0])


@pytest.mark.parametrize("solver", ["explicit", "cg", "nystroem"])
def test_automatic_damping_of_a_singular_hessian(data, solver):
    X, y, X_test = data
    twins = np.column_stack([X, X[:, 0]]), np.column_stack([X_test, X_test[:, 0]])
    model = CoxRegressor(alpha=1e-9)  # the twins share their coefficient
    method = VersatileInfluence(solver, damping="auto")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        explainer = InfluenceExplainer(model, method).fit(twins[0], y)
        found = explainer.influence(twins[1])
    assert 0 < explainer.method_.damping_ < 1e-2
    # A twin changes nothing but who has the coefficient.
    expected = influence(data, VersatileInfluence(), target="log_risk")[0]
    assert np.linalg.norm(found - expected) <= 1e-4 * np.linalg.norm(expected)
