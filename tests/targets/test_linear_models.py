"""Losses and scores of linear models with a known objective."""

from types import SimpleNamespace

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sklinfluence import CoxRegressor, InfluenceExplainer
from sklinfluence.targets._estimator import EstimatorTargetFunction

RNG = np.random.default_rng(0)
X = RNG.normal(size=(60, 3))
SCORE = X @ [1.0, -2.0, 0.5] + RNG.normal(size=60)
TIGHT = {"tol": 1e-12, "max_iter": 10_000}
LABELS = np.array(["a", "b", "c"])
CLASSES = LABELS[np.digitize(SCORE, [-1.0, 1.0])]

MODELS = {
    "least squares": (LinearRegression(), SCORE),
    "ridge": (Ridge(), SCORE),
    "two targets": (Ridge(), np.column_stack([SCORE, SCORE**2])),
    "binary": (LogisticRegression(**TIGHT), np.where(SCORE > 0, "yes", "no")),
    "multinomial": (LogisticRegression(**TIGHT), CLASSES),
    "pipeline": (make_pipeline(StandardScaler(), Ridge()), SCORE),
}


def prepare(name, target):
    """Fit a model on the first 50 rows; return its target at the others."""
    model, y = MODELS[name]
    explainer = InfluenceExplainer(model, target=target).fit(X[:50], y[:50])
    return SimpleNamespace(
        f=explainer.target_.at(X[50:], y[50:]),
        fitted=explainer.estimator_,
        theta=explainer.problem_.objective.theta,
        objective=explainer.problem_.objective,
        y=y[50:],
    )


CASES = [
    (name, target)
    for name in MODELS
    for target in ("loss", "score")
    if target == "loss" or name not in ("two targets", "multinomial")
]


@pytest.fixture(params=CASES, ids=" ".join)
def case(request):
    """A target of a model, at new rows."""
    return prepare(*request.param)


def test_evaluation_of_the_model_is_the_value_at_its_parameters(case):
    expected = case.f.evaluate(case.fitted)
    assert expected.shape == (10,)
    assert_allclose(case.f.value(case.theta), expected, rtol=1e-9)


def test_value_is_that_of_a_model_with_these_parameters(case):
    theta = case.theta + 0.1
    expected = case.f.evaluate(case.objective.with_parameters(theta))
    assert_allclose(case.f.value(theta), expected, rtol=1e-9)


def test_gradient_is_the_derivative_of_value(case, central_differences):
    theta = case.theta + 0.1
    expected = central_differences(case.f.value, theta)
    assert_allclose(case.f.gradient(theta), expected, rtol=1e-7, atol=1e-8)


def test_values_and_projections_are_the_value_of_each(case):
    steps = 0.1 * np.random.default_rng(2).normal(size=(4, len(case.theta)))
    thetas = case.theta + steps
    expected = [case.f.value(theta) for theta in thetas]
    found = case.f.values(thetas, [[k] for k in range(4)])
    assert_allclose(found, expected, rtol=1e-12)
    directions = case.f.model.directions()
    found = case.f.of_projections(thetas @ directions)
    assert_allclose(found, expected, rtol=1e-12)


def test_losses_are_those_of_predictions():
    for name in ("least squares", "ridge", "two targets", "pipeline"):
        case = prepare(name, "loss")
        error = (case.y - case.fitted.predict(X[50:])).reshape(10, -1)
        assert_allclose(case.f.value(case.theta), np.sum(error**2, axis=1), rtol=1e-9)
    for name in ("binary", "multinomial"):
        case = prepare(name, "loss")
        places = np.searchsorted(case.fitted.classes_, case.y)
        log_probability = case.fitted.predict_log_proba(X[50:])[np.arange(10), places]
        assert_allclose(case.f.value(case.theta), -log_probability, rtol=1e-9)


def test_scores_of_a_multinomial_model_are_those_of_the_class_given():
    case = prepare("multinomial", "score")
    theta = case.theta + 0.1
    other = case.objective.with_parameters(theta)
    places = np.searchsorted(LABELS, case.y)
    expected = other.decision_function(X[50:])[np.arange(10), places]
    assert_allclose(case.f.value(theta), expected, rtol=1e-12)


def test_a_class_whose_last_member_is_gone_has_an_infinite_loss():
    y = CLASSES.copy()
    y[y == "c"] = "b"
    y[7] = "c"
    explainer = InfluenceExplainer(
        LogisticRegression(**TIGHT), method="loo", target="loss"
    ).fit(X[:12], y[:12])
    influence = explainer.influence(X[:12], y[:12])
    assert influence[7, 7] == np.inf
    assert np.isfinite(np.delete(influence.ravel(), 7 * 12 + 7)).all()


def test_scores_that_depend_on_more_than_parameters_are_those_of_models():
    # A Cox model centres its scores by its training subjects, who change.
    time = np.exp(-SCORE) + 0.1
    explainer = InfluenceExplainer(CoxRegressor(), target="score").fit(X, time)
    f, theta = explainer.target_.at(X[:4]), explainer.problem_.objective.theta
    assert type(f) is EstimatorTargetFunction
    found = f.values(theta[None], [[0]])
    refit = CoxRegressor().fit(X[1:], time[1:])
    refit.coef_ = theta
    assert_allclose(found, [refit.predict(X[:4])], rtol=1e-10)


def test_labels_that_the_model_does_not_know():
    model, y = MODELS["binary"]
    explainer = InfluenceExplainer(model, target="loss").fit(X, y)
    with pytest.raises(ValueError, match=r"labels \['maybe'\], which the model does"):
        explainer.influence(X[:2], ["maybe", "yes"])


def test_score_of_a_binary_model_needs_no_class():
    model, y = MODELS["binary"]
    explainer = InfluenceExplainer(model, target="score").fit(X, y)
    assert_array_equal(explainer.influence(X[:2]), explainer.influence(X[:2], y[:2]))
