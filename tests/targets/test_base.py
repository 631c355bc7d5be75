import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_array_equal
from sklearn.base import clone

from sklinfluence.targets import Target, TargetFunction


class Product(Target):
    """Row times parameters, times a factor."""

    def __init__(self, factor=1.0):
        self.factor = factor

    def at(self, X, y=None):
        return ProductFunction(self.factor * np.asarray(X))


class ProductFunction(TargetFunction):
    def __init__(self, X):
        self.X = X

    def evaluate(self, estimator):
        return self.X @ estimator.coef_

    def value(self, theta):
        return self.X @ theta

    def gradient(self, theta):
        return self.X


X = np.arange(6.0).reshape(3, 2)


def test_value_and_gradient_are_those_at_the_rows():
    target, theta = Product(2.0), np.array([1.0, -1.0])
    assert_array_equal(target.value(theta, X), 2 * X @ theta)
    assert_array_equal(target.gradient(theta, X), 2 * X)


def test_values_stack_the_value_of_each():
    thetas = np.array([[1.0, 0.0], [0.0, 2.0]])
    found = Product().at(X).values(thetas, [[0], [1]])
    assert_array_equal(found, thetas @ X.T)


def test_functions_have_no_directions_of_their_own():
    f = Product().at(X)
    assert f.directions() is None
    with pytest.raises(NotImplementedError):
        f.of_projections(np.zeros((1, 3)))


def test_preparation_returns_the_target_and_keeps_the_problem():
    target = Product()
    assert target.prepare("problem") is target
    assert target.problem_ == "problem"


def test_clone_is_not_prepared():
    again = clone(Product(3.0).prepare("problem"))
    assert again.factor == 3.0
    assert not hasattr(again, "problem_")


@pytest.mark.parametrize("rows", [X, X.tolist()])
def test_names_of_rows_without_index_are_positions(rows):
    assert_array_equal(Product().test_names(rows), [0, 1, 2])


def test_names_of_a_frame_are_its_index():
    frame = pd.DataFrame(X, index=["u", "v", "w"])
    assert list(Product().test_names(frame)) == ["u", "v", "w"]
