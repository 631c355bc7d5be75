import numpy as np
import pytest
from numpy.testing import assert_allclose
from sklearn.linear_model import LinearRegression, Ridge

from sklinfluence.objectives import FittedLeastSquares, make_objective

RNG = np.random.default_rng(0)
X, Y = RNG.normal(size=(12, 2)), RNG.normal(size=(12, 3))


@pytest.mark.parametrize("alpha", [0.7, [0.7, 3.0, 0.0]])
def test_the_objective_is_what_the_documentation_of_ridge_says(alpha):
    model = Ridge(alpha=alpha).fit(X, Y)
    fitted = make_objective(model, X, Y)
    assert isinstance(fitted, FittedLeastSquares)
    penalty = np.sum(np.broadcast_to(alpha, 3) * np.sum(model.coef_**2, axis=1))
    expected = np.sum((Y - model.predict(X)) ** 2) + penalty
    assert_allclose(fitted.objective.value(fitted.theta), expected, rtol=1e-13)


def test_a_column_of_targets_is_one_target():
    model = LinearRegression().fit(X, Y[:, :1])
    fitted = make_objective(model, X, Y[:, :1])
    assert_allclose(fitted.theta, [*model.coef_[0], *model.intercept_])
    again = fitted.with_parameters(fitted.theta)
    assert_allclose(again.predict(X), model.predict(X))


def test_parameters_of_several_targets_are_named():
    fitted = make_objective(LinearRegression().fit(X, Y), X, Y)
    names = [f"y{k}: {x}" for k in range(3) for x in ("x0", "x1", "intercept")]
    assert fitted.parameter_names.tolist() == names


def test_new_rows_have_as_many_targets():
    fitted = make_objective(LinearRegression().fit(X, Y), X, Y)
    with pytest.raises(ValueError, match=r"y with 1 targets a row; .* fitted on 3"):
        fitted.held_out_loss(X, Y[:, 0])


@pytest.mark.parametrize("model", [LinearRegression, Ridge])
def test_coefficients_that_must_be_positive_are_refused(model):
    fitted = model(positive=True).fit(X, Y[:, 0])
    message = rf"{model.__name__} with positive=True: .*border.*LeaveOneOut\(\)"
    with pytest.raises(NotImplementedError, match=message):
        make_objective(fitted, X, Y[:, 0])
