"""A network's derivatives against autograd of its scores."""

import warnings

import numpy as np
import pytest
from autograd import hessian, jacobian
from numpy.testing import assert_allclose
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPRegressor

from sklinfluence.models import PerceptronModel

RNG = np.random.default_rng(0)
X = RNG.normal(size=(6, 3))


@pytest.fixture(params=["identity", "logistic", "relu", "tanh"])
def activation(request):
    return request.param


@pytest.fixture(params=[((), 1), ((4,), 1), ((4, 3), 2), ((2, 5, 2), 3)], ids=str)
def model(request, activation):
    hidden, n_outputs = request.param
    return PerceptronModel(X, hidden, n_outputs, activation)


@pytest.fixture
def theta(model):
    return np.random.default_rng(1).normal(size=model.n_params)


def test_products_are_those_of_the_jacobian(model, theta, rng):
    J = jacobian(model.scores)(theta)
    V = rng.normal(size=(model.n_params, 5))
    U = rng.normal(size=(6 * model.n_outputs, 4))
    assert_allclose(model.jacobian(theta), J, rtol=1e-11, atol=1e-12)
    assert_allclose(model.jvp(theta, V), J @ V, rtol=1e-11, atol=1e-12)
    assert_allclose(model.vjp(theta, U), J.T @ U, rtol=1e-11, atol=1e-12)
    assert_allclose(model.vjp(theta, U[:, 0]), J.T @ U[:, 0], rtol=1e-11, atol=1e-12)


def test_curvature_is_that_of_the_second_derivatives(model, theta, rng):
    u = rng.normal(size=6 * model.n_outputs)
    V = rng.normal(size=(model.n_params, 4))
    # autograd has no Hessian of a linear function.
    of_scores = hessian(lambda t: model.scores(t) @ u + 0.0 * t @ t)
    expected = of_scores(theta) @ V
    found = model.curvature_product(theta, u, V)
    assert_allclose(found, expected, rtol=1e-10, atol=1e-11)


def test_many_parameters_and_other_rows(model, theta):
    thetas = np.stack([theta, -theta])
    each = model.scores_at_each(thetas)
    assert_allclose(each, [model.scores(t) for t in thetas])
    other = model.at(2 * X[:2]).scores(theta)
    expected = PerceptronModel(
        2 * X[:2], model.hidden_layer_sizes, model.n_outputs, model.activation
    )
    assert_allclose(other, expected.scores(theta))


def test_scores_are_those_of_scikit_learn(activation):
    network = MLPRegressor(
        hidden_layer_sizes=(4, 3), activation=activation, solver="lbfgs", max_iter=5
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        network.fit(X, X[:, 0])
    pairs = zip(network.coefs_, network.intercepts_, strict=True)
    theta = np.concatenate([part.ravel() for pair in pairs for part in pair])
    model = PerceptronModel(X, (4, 3), 1, activation)
    assert_allclose(model.scores(theta), network.predict(X), rtol=1e-10)


def test_gram_and_squares_are_those_of_the_jacobian(model, theta, rng):
    J = model.jacobian(theta)
    other = model.at(rng.normal(size=(4, 3)))
    layers = [np.repeat(rng.uniform(0.5, 2.0, 2), [d * h, h]) for d, h in model.shapes]
    for weight in (np.concatenate(layers), rng.uniform(0.5, 2.0, model.n_params)):
        expected = J * weight @ other.jacobian(theta).T
        found = model.gram(theta, other, weight)
        assert_allclose(found, expected, rtol=1e-11, atol=1e-11)
    u = rng.uniform(size=len(J))
    assert_allclose(model.squared_vjp(theta, u), u @ J**2, rtol=1e-11, atol=1e-12)
    average = model.averaged(np.arange(1.0, 7.0)) if model.n_outputs == 1 else None
    if average is not None:
        assert_allclose(average.jacobian(theta), average.share @ J[None], rtol=1e-11)


@pytest.mark.parametrize("hidden", [(), (4,), (4, 3)], ids=str)
def test_without_an_output_bias(hidden, rng):
    model = PerceptronModel(X, hidden, 2, "tanh", output_bias=False)
    full = PerceptronModel(X, hidden, 2, "tanh")
    theta = rng.normal(size=model.n_params)
    padded = np.r_[theta, 0.0, 0.0]
    assert full.n_params == model.n_params + 2
    assert_allclose(model.scores(theta), full.scores(padded))
    J, V = full.jacobian(padded)[:, :-2], rng.normal(size=(model.n_params, 3))
    U = rng.normal(size=(12, 2))
    assert_allclose(model.jacobian(theta), J, rtol=1e-11)
    assert_allclose(model.jvp(theta, V), J @ V, rtol=1e-10, atol=1e-12)
    assert_allclose(model.vjp(theta, U), J.T @ U, rtol=1e-10, atol=1e-12)
    weight = np.ones(model.n_params)
    assert_allclose(model.gram(theta, model, weight), J @ J.T, rtol=1e-10, atol=1e-12)
    bent = full.curvature_product(padded, U[:, 0], np.r_[V, np.zeros((2, 3))])[:-2]
    found = model.curvature_product(theta, U[:, 0], V)
    assert_allclose(found, bent, rtol=1e-10, atol=1e-12)
