import autograd.numpy as anp
import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import clone
from sklearn.linear_model import LinearRegression

from sklinfluence import CoxRegressor
from sklinfluence.targets import Parameter, ParameterFunction
from sklinfluence.utils._problem import Problem

THETA = np.array([0.3, -0.1, 2.0, 0.5])


def test_parameters_are_the_test_objects(data, prepare):
    target = prepare("parameter")
    assert list(target.test_names(data.X)) == ["a", "b", "c", "group"]
    assert_array_equal(target.value(THETA, data.X), THETA)
    assert_array_equal(target.gradient(THETA, data.X), np.eye(4))


@pytest.mark.parametrize("names", [["c", "a"], [2, 0], ["c", 0], [np.int64(2), "a"]])
def test_parameters_are_chosen_by_name_or_position(data, prepare, names):
    target = prepare(Parameter(names))
    assert list(target.test_names(None)) == ["c", "a"]
    assert_array_equal(target.value(THETA, None), THETA[[2, 0]])
    assert_array_equal(target.gradient(THETA, None), np.eye(4)[[2, 0]])


def test_strata_are_no_parameters(prepare):
    names = prepare("parameter", "strata").test_names(None)
    assert list(names) == ["a", "b", "c"]


def test_values_are_the_parameters_themselves(prepare):
    thetas = np.random.default_rng(0).normal(size=(5, 4))
    found = prepare(Parameter(["b"])).at().values(thetas, [[k] for k in range(5)])
    assert_array_equal(found, thetas[:, [1]])


def test_values_depend_on_parameters_through_directions(prepare):
    f = prepare(Parameter(["c", "a"])).at()
    thetas = np.random.default_rng(0).normal(size=(5, 4))
    found = f.of_projections(thetas @ f.directions())
    assert_array_equal(found, thetas[:, [2, 0]])


def test_evaluation_is_that_of_the_fitted_coefficients(data, prepared):
    target = prepared("parameter")
    expected = target.problem_.objective.theta
    assert_allclose(target.at().evaluate(target.problem_.fitted), expected, rtol=0)


@pytest.mark.parametrize("name", ["d", 4, -1, 1.0])
def test_unknown_parameters_are_named(prepare, name):
    message = r"Got the parameter .*expected names among \['a', 'b', 'c', 'group'\] or"
    with pytest.raises(ValueError, match=message):
        prepare(Parameter([name])).at()


@pytest.mark.parametrize(
    ("target", "name"),
    [(Parameter(), "'parameter'"), (ParameterFunction(len), "ParameterFunction")],
)
def test_models_without_known_parameters(data, target, name):
    problem = Problem(None, LinearRegression(), data.X, np.arange(40.0))
    with pytest.raises(ValueError, match=rf"{name}.*LinearRegression.*Use a callable"):
        clone(target).prepare(problem).at(data.X)


def hazard_ratios(theta, X, y):
    return anp.exp(anp.dot(X, theta)) * anp.sum(theta**2)


def test_function_gets_rows_as_the_score_model_takes_them(data, prepare):
    f = prepare(ParameterFunction(hazard_ratios)).at(data.X_new)
    centred = (data.X_new - data.X.mean()).to_numpy()
    expected = np.exp(centred @ THETA) * (THETA @ THETA)
    assert_allclose(f.value(THETA), expected, rtol=1e-11)


def test_gradient_of_a_function_is_its_derivative(data, prepared, central_differences):
    target = prepared(ParameterFunction(hazard_ratios))
    f, theta = target.at(data.X_new), target.problem_.objective.theta
    expected = central_differences(f.value, theta)
    assert_allclose(f.gradient(theta), expected, rtol=1e-7, atol=1e-9)


def test_values_of_a_function_stack_the_value_of_each(data, prepare):
    f = prepare(ParameterFunction(hazard_ratios)).at(data.X_new)
    thetas = THETA * np.linspace(0.5, 1.5, 3)[:, None]
    expected = [f.value(theta) for theta in thetas]
    assert_allclose(f.values(thetas, [[0], [1], [2]]), expected, rtol=1e-13)


def test_evaluation_of_a_function_is_its_value_at_the_coefficients(data, prepare):
    f = prepare(ParameterFunction(hazard_ratios)).at(data.X_new)
    retrained = CoxRegressor().fit(data.X[:30], data.y[:30])
    assert_allclose(f.evaluate(retrained), f.value(retrained.coef_), rtol=1e-13)


def test_function_gets_y(data, prepare):
    seen = []
    target = prepare(ParameterFunction(lambda theta, X, y: seen.append(y) or X[:, 0]))
    target.at(data.X_new, data.y_new).value(THETA)
    assert_array_equal(seen[0], data.y_new)
