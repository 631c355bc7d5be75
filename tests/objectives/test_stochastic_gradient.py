"""SGD models against exact solvers of what they minimise, and against their refits."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from sklearn.base import clone
from sklearn.linear_model import (
    LogisticRegression,
    Ridge,
    SGDClassifier,
    SGDRegressor,
)

from sklinfluence import InfluenceExplainer
from sklinfluence.objectives import check_objective, make_objective, minimize_newton

N = 40
RNG = np.random.default_rng(0)
X = RNG.normal(size=(N, 2))
SIGNAL = X @ [1.0, -0.5] + 0.3 + RNG.normal(size=N)
TWO, THREE = np.where(SIGNAL > 0, "yes", "no"), np.digitize(SIGNAL, [-0.5, 0.8])
# Small steps, for long, and their average: as close to the minimum as SGD comes.
LONG = {
    "alpha": 0.1,
    "learning_rate": "invscaling",
    "eta0": 0.2,
    "power_t": 0.5,
    "max_iter": 4000,
    "tol": None,
    "average": 2000 * N,
    "random_state": 0,
}
CASES = {
    "logistic": (SGDClassifier(loss="log_loss", **LONG), TWO),
    "logistic, class weights": (
        SGDClassifier(loss="log_loss", class_weight={"yes": 3.0}, **LONG),
        TWO,
    ),
    "hinge": (SGDClassifier(loss="squared_hinge", **LONG), TWO),
    "hinge, three": (SGDClassifier(loss="squared_hinge", **LONG), THREE),
    "modified huber": (SGDClassifier(loss="modified_huber", **LONG), TWO),
    "squares of labels": (SGDClassifier(loss="squared_error", **LONG), TWO),
    "squares, three": (SGDClassifier(loss="squared_error", **LONG), THREE),
    "squares": (SGDRegressor(**LONG), SIGNAL),
    "squares, origin": (SGDRegressor(fit_intercept=False, **LONG), SIGNAL),
    "no penalty": (SGDRegressor(penalty=None, **LONG), SIGNAL),
    "huber": (SGDRegressor(loss="huber", epsilon=0.5, **LONG), SIGNAL),
    "insensitive": (
        SGDRegressor(loss="squared_epsilon_insensitive", epsilon=0.3, **LONG),
        SIGNAL,
    ),
}


@pytest.fixture(params=CASES, scope="module")
def case(request):
    """A model fitted with weights, its labels and the weights."""
    model, y = CASES[request.param]
    weight = np.random.default_rng(1).choice([0.5, 1.0, 2.0], size=N)
    return clone(model).fit(X, y, sample_weight=weight), y, weight


def test_every_derivative_agrees_with_the_value(case):
    model, y, weight = case
    fitted = make_objective(model, X, y, sample_weight=weight)
    check_objective(fitted.objective, fitted.theta + 0.01)


def test_the_minimum_is_where_long_descents_end(case):
    model, y, weight = case
    fitted = make_objective(model, X, y, sample_weight=weight)
    best = minimize_newton(fitted.objective, fitted.theta).theta
    assert_allclose(fitted.theta, best, rtol=0, atol=2e-3 * np.abs(best).max())


def test_the_minimum_without_a_row_is_where_its_descent_ends(case):
    model, y, weight = case
    fitted = make_objective(model, X, y, sample_weight=weight)
    loss = fitted.held_out_loss(X, y).value(fitted.scores(model, X))
    i = int(np.argmax(weight * loss))
    kept = np.arange(N) != i
    refit = clone(model).fit(X[kept], y[kept], sample_weight=weight[kept])
    presence = fitted.objective.presence_without([i])
    best = minimize_newton(fitted.objective, fitted.theta, presence).theta
    found, scale = fitted.parameters(refit), np.abs(best).max()
    assert_allclose(found, best, rtol=0, atol=2e-3 * scale)
    # Which is not for want of an effect.
    assert np.abs(found - fitted.theta).max() > 1e-2 * scale


def test_losses_of_rows_add_up_to_the_objective(case):
    model, y, weight = case
    fitted = make_objective(model, X, y, sample_weight=weight)
    values = fitted.held_out_loss(X, y).value(fitted.scores(model, X))
    penalty = 0.5 * np.sum(fitted.objective.alpha * fitted.theta**2)
    expected = fitted.objective.value(fitted.theta) - penalty
    assert_allclose(fitted.object_weight @ values, expected, rtol=1e-10)


def test_the_minimum_is_that_of_exact_solvers_with_the_penalty_of_all_rows():
    sgd, y = CASES["logistic"]
    fitted = make_objective(clone(sgd).fit(X, y), X, y)
    best = minimize_newton(fitted.objective, fitted.theta).theta
    exact = LogisticRegression(C=1.0 / (N * 0.1), tol=1e-12, max_iter=1000).fit(X, y)
    assert_allclose(best, np.r_[exact.coef_[0], exact.intercept_], rtol=1e-6)
    sgd, y = CASES["squares"]
    fitted = make_objective(clone(sgd).fit(X, y), X, y)
    best = minimize_newton(fitted.objective, fitted.theta).theta
    exact = Ridge(alpha=N * 0.1).fit(X, y)
    assert_allclose(best, np.r_[exact.coef_, exact.intercept_], rtol=1e-9)


REFUSED = {
    "hinge": (SGDClassifier(), TWO, "loss='hinge': it has no curvature"),
    "absolute": (SGDRegressor(loss="epsilon_insensitive"), SIGNAL, "has no curvature"),
    "l1": (SGDRegressor(penalty="l1"), SIGNAL, "an L1 penalty"),
    "mixed": (SGDRegressor(penalty="elasticnet"), SIGNAL, "an L1 penalty"),
    "stopped": (SGDRegressor(early_stopping=True), SIGNAL, "early_stopping=True"),
    "balanced": (
        SGDClassifier(loss="log_loss", class_weight="balanced"),
        TWO,
        "class_weight='balanced'",
    ),
    "logistic, three": (SGDClassifier(loss="log_loss"), THREE, "more than two classes"),
    "weights, three": (
        SGDClassifier(loss="squared_hinge", class_weight={0: 2.0}),
        THREE,
        "more than two classes",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_has_no_objective_is_refused_with_a_way_out(name):
    model, y, reason = REFUSED[name]
    model = clone(model).fit(X, y)
    with pytest.raises(NotImplementedError, match=rf"{reason}.*LeaveOneOut\(\)"):
        make_objective(model, X, y)


def test_passive_aggressive_steps_are_refused():
    model = SGDRegressor().fit(X, SIGNAL)
    # scikit-learn before 1.8 does not know them.
    model.learning_rate = "pa1"
    with pytest.raises(NotImplementedError, match="learning_rate='pa1'"):
        make_objective(model, X, SIGNAL)


def test_a_descent_that_stops_early_is_warned_of():
    model = SGDClassifier(loss="log_loss", alpha=0.1, random_state=0)
    with pytest.warns(UserWarning, match="not at a stationary point"):
        InfluenceExplainer(model).fit(X, TWO)
