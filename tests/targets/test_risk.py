import numpy as np
import pytest
from numpy.testing import assert_allclose
from sklearn.base import clone
from sklearn.linear_model import LinearRegression
from sksurv.linear_model import CoxPHSurvivalAnalysis

from sklinfluence import CoxRegressor, InfluenceExplainer
from sklinfluence.targets import LogRisk, RelativeRisk
from sklinfluence.utils import survival_target
from sklinfluence.utils._problem import Problem

TARGETS = [LogRisk(), RelativeRisk()]


@pytest.fixture
def theta(prepared):
    """Parameters near those of the model, but not at them."""
    fitted = prepared("log_risk").problem_.objective.theta
    return fitted + 0.1 * np.random.default_rng(1).normal(size=len(fitted))


def test_log_risk_is_relative_to_the_weighted_mean_subject(data, prepare):
    target = prepare("log_risk", sample_weight=data.weight)
    theta = np.array([0.3, -0.1, 2.0, 0.5])
    mean = np.average(data.X, axis=0, weights=data.weight)
    expected = (data.X_new.to_numpy() - mean) @ theta
    assert_allclose(target.value(theta, data.X_new), expected, rtol=1e-12)


def test_log_risk_of_training_subjects_averages_to_zero(data, prepared, theta):
    risk = prepared("log_risk").value(theta, data.X)
    weight = prepared("log_risk").problem_.objective.object_weight
    assert_allclose(np.average(risk, weights=weight), 0.0, atol=1e-14)


def test_relative_risk_is_the_exponential(data, prepared, theta):
    log_risk = prepared("log_risk").value(theta, data.X_new)
    found = prepared("relative_risk").value(theta, data.X_new)
    assert_allclose(found, np.exp(log_risk), rtol=1e-13)


@pytest.mark.parametrize("target", TARGETS)
def test_gradient_is_the_derivative_of_value(
    data, prepared, theta, target, central_differences
):
    f = prepared(target).at(data.X_new)
    expected = central_differences(f.value, theta)
    assert_allclose(f.gradient(theta), expected, rtol=1e-8, atol=1e-9)


@pytest.mark.parametrize("target", TARGETS)
def test_values_stack_the_value_of_each(data, prepared, theta, target):
    f = prepared(target).at(data.X_new)
    thetas = theta + 0.1 * np.random.default_rng(2).normal(size=(4, len(theta)))
    expected = [f.value(t) for t in thetas]
    assert_allclose(f.values(thetas, [[k] for k in range(4)]), expected, rtol=1e-12)


@pytest.mark.parametrize("target", TARGETS)
def test_value_depends_on_parameters_through_directions(data, prepared, theta, target):
    f = prepared(target).at(data.X_new)
    thetas = theta + 0.1 * np.random.default_rng(3).normal(size=(4, len(theta)))
    found = f.of_projections(thetas @ f.directions())
    expected = [f.value(t) for t in thetas]
    assert_allclose(found, expected, rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize("target", TARGETS)
def test_evaluation_of_the_model_is_the_value_at_its_parameters(data, prepared, target):
    target = prepared(target)
    f = target.at(data.X_new)
    expected = f.value(target.problem_.objective.theta)
    assert_allclose(f.evaluate(target.problem_.fitted), expected, rtol=1e-10)


@pytest.mark.parametrize("target", TARGETS)
def test_evaluation_of_a_retrained_model_compares_with_all_subjects(
    data, prepare, target
):
    f = prepare(target).at(data.X_new)
    retrained = CoxRegressor().fit(data.X[:30], data.y[:30])
    assert_allclose(f.evaluate(retrained), f.value(retrained.coef_), rtol=1e-10)


@pytest.mark.parametrize("target", TARGETS)
def test_origin_of_columns_does_not_matter(data, target):
    theta = np.array([0.3, -0.1, 2.0, 0.5])
    values, gradients = [], []
    for shift in (0.0, 1000.0):
        explainer = InfluenceExplainer(CoxRegressor(), target=target)
        f = explainer.fit(data.X + shift, data.y).target_.at(data.X_new + shift)
        values.append(f.value(theta))
        gradients.append(f.gradient(theta))
    # Adding 1000 takes three digits from the columns.
    assert_allclose(values[1], values[0], rtol=1e-11, atol=1e-12)
    assert_allclose(gradients[1], gradients[0], rtol=1e-10, atol=1e-11)


@pytest.mark.parametrize("target", TARGETS)
def test_models_that_are_no_survival_models(data, target):
    problem = Problem(None, LinearRegression(), data.X, np.arange(40.0))
    message = rf"{type(target).__name__} needs a survival model.*got LinearReg.*Use tar"
    with pytest.raises(ValueError, match=message):
        clone(target).prepare(problem)


@pytest.mark.parametrize("target", TARGETS)
def test_models_without_objective_are_evaluated_by_their_predictions(data, target):
    y = survival_target(data.y["event"], data.y["time"])
    explainer = InfluenceExplainer(
        CoxPHSurvivalAnalysis(), method="loo", target=target
    ).fit(data.X, y)
    model = explainer.estimator_
    log_risk = model.predict(data.X_new) - model.predict(data.X).mean()
    expected = np.exp(log_risk) if isinstance(target, RelativeRisk) else log_risk
    found = explainer.target_.at(data.X_new).evaluate(model)
    assert_allclose(found, expected, rtol=1e-12)
