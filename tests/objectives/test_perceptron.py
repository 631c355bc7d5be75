"""scikit-learn's perceptrons minimise the objective that is made of them."""

import warnings

import numpy as np
import pytest
from numpy.testing import assert_allclose
from sklearn.base import clone
from sklearn.datasets import load_breast_cancer, load_diabetes, load_iris
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.preprocessing import scale

from sklinfluence import InfluenceExplainer
from sklinfluence.attribution import NewtonInfluence, VersatileInfluence
from sklinfluence.objectives import check_objective, make_objective, minimize_newton

OPTIONS = {
    "hidden_layer_sizes": (3,),
    "activation": "tanh",
    "solver": "lbfgs",
    "tol": 1e-14,
    "max_iter": 50000,
    "max_fun": 100000,
    "random_state": 0,
}


def regression():
    X, y = load_diabetes(return_X_y=True)
    return MLPRegressor(alpha=8.0, **OPTIONS), scale(X[:80, :3]), scale(y[:80])


def two_classes():
    X, y = load_breast_cancer(return_X_y=True)
    return MLPClassifier(alpha=3.0, **OPTIONS), scale(X[:80, :3]), y[:80]


def three_classes():
    X, y = load_iris(return_X_y=True)
    labels = np.array(["a", "b", "c"])[y]
    return MLPClassifier(alpha=3.0, **OPTIONS), scale(X)[::2], labels[::2]


PROBLEMS = {
    "regression": regression,
    "two classes": two_classes,
    "three classes": three_classes,
}


@pytest.fixture(params=PROBLEMS)
def problem(request):
    return PROBLEMS[request.param]()


def quietly(estimator, X, y):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        return estimator.fit(X, y)


def assert_near_a_minimum(objective, theta, presence=None):
    """Check the loss that is left: L-BFGS stops where it falls by 2e-9 of itself."""
    value = objective.value(theta, presence)
    minimum = minimize_newton(objective, theta, presence).theta
    assert objective.value(minimum, presence) >= value * (1 - 1e-5)


def test_training_ends_near_a_minimum(problem):
    model, X, y = problem
    fitted = make_objective(quietly(model, X, y), X, y)
    assert_near_a_minimum(fitted.objective, fitted.theta)
    value = fitted.objective.value(fitted.theta)
    factor = 2 if isinstance(model, MLPRegressor) else 1
    assert_allclose(value, factor * len(X) * model.loss_, rtol=1e-6)


def test_every_derivative(problem):
    model, X, y = problem
    fitted = make_objective(quietly(model, X, y), X, y)
    # Away from the minimum, where the gradient is more than rounding errors.
    check_objective(fitted.objective, 1.1 * fitted.theta)


def test_refitting_ends_near_a_minimum_without_the_row(problem):
    model, X, y = problem
    fitted = make_objective(quietly(model, X, y), X, y)
    for i in (0, 31):
        rest = np.delete(np.arange(len(X)), i)
        refitted = quietly(clone(model), X[rest], y[rest])
        presence = fitted.objective.presence_without([i])
        assert_near_a_minimum(fitted.objective, fitted.parameters(refitted), presence)


def test_a_weight_of_two_is_two_rows(problem):
    model, X, y = problem
    weight = 1.0 + (np.arange(len(X)) % 3 == 0)
    quietly(model, X, y)
    weighted = make_objective(model, X, y, sample_weight=weight).objective
    twice = np.repeat(np.arange(len(X)), weight.astype(int))
    repeated = make_objective(model, X[twice], y[twice]).objective
    theta = np.linspace(-1, 1, weighted.n_params)
    assert_allclose(weighted.value(theta), repeated.value(theta), rtol=1e-12)
    assert_allclose(weighted.hessian(theta), repeated.hessian(theta), rtol=1e-9)


def test_copies_predict_with_their_parameters(problem):
    model, X, y = problem
    fitted = make_objective(quietly(model, X, y), X, y)
    other = fitted.with_parameters(1.1 * fitted.theta)
    assert_allclose(fitted.parameters(other), 1.1 * fitted.theta)
    assert_allclose(fitted.parameters(model), fitted.theta)
    scores = fitted.objective.model.scores(1.1 * fitted.theta)
    assert_allclose(fitted.scores(other, X), scores)
    if isinstance(model, MLPRegressor):
        assert_allclose(other.predict(X).ravel(), scores)


@pytest.mark.parametrize("make", [regression, two_classes])
def test_influence_at_a_minimum_is_that_of_warm_removal(make):
    model, X, y = make()
    quietly(model, X, y)
    fitted = make_objective(model, X, y)
    # On to the minimum itself: scikit-learn stops where the loss no longer falls.
    theta = minimize_newton(fitted.objective, fitted.theta).theta
    explainer = InfluenceExplainer(model, target="score")
    quietly(explainer, X, y)
    problem = explainer.problem_
    problem.objective.theta = theta
    exact = [
        minimize_newton(problem.objective.objective, theta, b).theta - theta
        for b in (problem.objective.objective.presence_without([i]) for i in range(20))
    ]
    errors = []
    for method in (VersatileInfluence(), NewtonInfluence(), NewtonInfluence(3)):
        steps = method.prepare(problem, explainer.target_).parameter_influence()[:20]
        errors.append(np.linalg.norm(steps - exact) / np.linalg.norm(exact))
    assert errors[1] < errors[0] < 0.3
    assert errors[2] < 1e-4


def test_what_is_refused():
    X, y = scale(load_diabetes().data[:40, :3]), np.arange(40) % 2
    for batch_size, message in [
        (20, r"minibatches.*expected solver='lbfgs'"),
        (40, "holds rows back"),
    ]:
        model = quietly(MLPClassifier(batch_size=batch_size, max_iter=5), X, y)
        model.early_stopping = True
        with pytest.raises(NotImplementedError, match=message):
            make_objective(model, X, y)
    model = quietly(MLPClassifier(solver="lbfgs", max_iter=5), X, y)
    two = MLPRegressor(solver="lbfgs", max_iter=5)
    two = quietly(two, X, X[:, :2])
    with pytest.raises(NotImplementedError, match="averages over targets"):
        make_objective(two, X, X[:, :2])
    with pytest.raises(ValueError, match=r"labels \[7\].*does not know"):
        make_objective(model, X, y).held_out_loss(X[:1], [7])
