import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LinearRegression, LogisticRegression

from sklinfluence import CoxRegressor, InfluenceExplainer


def survival(model, X, y):
    return model.predict_survival_function(X, times=[5])[:, 0]


def test_a_function_is_evaluated_with_model_rows_and_targets(data, prepare):
    seen = []

    def function(model, X, y):
        seen.append((model, X, y))
        return np.zeros(len(X))

    target = prepare(function)
    target.at(data.X_new, data.y_new).evaluate("model")
    model, X, y = seen[0]
    assert model == "model"
    assert X is data.X_new
    assert_array_equal(y, data.y_new)


def test_value_is_that_of_a_copy_with_these_parameters(data, prepared):
    target = prepared(survival)
    f, theta = target.at(data.X_new), target.problem_.objective.theta
    fitted = target.problem_.fitted
    assert_allclose(f.value(theta), survival(fitted, data.X_new, None), rtol=1e-10)
    before = survival(fitted, data.X_new, None)
    assert not np.allclose(f.value(theta + 0.1), before)
    assert_array_equal(survival(fitted, data.X_new, None), before)


def test_values_are_those_of_models_trained_without_the_removals(data, prepare):
    # Survival needs the baseline hazard as well, of the subjects that remain.
    f = prepare(survival).at(data.X_new)
    refits, removals = [], [[3], [0, 7, 20]]
    for removed in removals:
        kept = np.delete(np.arange(40), removed)
        refits.append(CoxRegressor().fit(data.X.iloc[kept], data.y[kept]))
    expected = [survival(refit, data.X_new, None) for refit in refits]
    found = f.values(np.stack([refit.coef_ for refit in refits]), removals)
    assert_allclose(found, expected, rtol=1e-11)


@pytest.mark.parametrize("shape", [(), (6, 1), (2, 3)])
def test_a_function_must_return_a_number_a_row(data, prepare, shape):
    f = prepare(lambda model, X, y: np.zeros(shape)).at(data.X_new)
    message = r"returned an array of shape \(.*\); expected one number a test row"
    with pytest.raises(ValueError, match=message):
        f.evaluate(None)


def test_a_function_has_no_gradient(data, prepare):
    f = prepare(survival).at(data.X_new)
    with pytest.raises(
        ValueError, match=r"no gradient .* use linearize=False, or Para"
    ):
        f.gradient(np.zeros(4))


def score_of(model, data, y, y_new=None):
    explainer = InfluenceExplainer(model, method="loo", target="score").fit(data.X, y)
    found = explainer.target_.at(data.X_new, y_new).evaluate(explainer.estimator_)
    return found, explainer.estimator_


def test_score_of_a_regressor_is_its_prediction(data):
    found, model = score_of(LinearRegression(), data, np.arange(40.0))
    assert_array_equal(found, model.predict(data.X_new))


def test_score_of_a_cox_model_is_its_log_risk(data, prepare):
    target = prepare("score")
    f, model = target.at(data.X_new), target.problem_.fitted
    assert_allclose(f.evaluate(model), model.predict(data.X_new), rtol=0)
    assert_allclose(f.value(model.coef_), model.predict(data.X_new), rtol=1e-12)


def test_score_of_a_classifier_is_its_decision_value(data):
    found, model = score_of(LogisticRegression(), data, np.arange(40) % 2)
    assert_array_equal(found, model.decision_function(data.X_new))


def test_score_of_a_binary_classifier_without_decision_value_is_its_probability(data):
    forest = RandomForestClassifier(5, random_state=0)
    found, model = score_of(forest, data, np.arange(40) % 2)
    assert_array_equal(found, model.predict_proba(data.X_new)[:, 1])


@pytest.mark.parametrize(
    ("model", "method"),
    [
        (LogisticRegression(), "decision_function"),
        (RandomForestClassifier(5, random_state=0), "predict_proba"),
    ],
)
def test_score_with_many_classes_is_that_of_the_class_given(data, model, method):
    names = np.array(["x", "y", "z"])
    y_new = names[[2, 0, 1, 2, 1, 0]]
    found, model = score_of(model, data, names[np.arange(40) % 3], y_new)
    expected = getattr(model, method)(data.X_new)
    assert_array_equal(found, expected[np.arange(6), [2, 0, 1, 2, 1, 0]])


def test_score_of_a_class_that_the_model_never_saw_is_nan(data):
    y_new = np.array([0, 1, 2, 3, 3, 0])
    found, _ = score_of(LogisticRegression(), data, np.arange(40) % 3, y_new)
    assert_array_equal(np.isnan(found), y_new == 3)


def test_probability_of_a_class_that_the_retrained_model_lost_is_zero(data):
    forest, y = RandomForestClassifier(5, random_state=0), np.arange(40) % 3
    explainer = InfluenceExplainer(forest, method="loo", target="score").fit(data.X, y)
    without = RandomForestClassifier(5, random_state=0).fit(data.X[y < 2], y[y < 2])
    f = explainer.target_.at(data.X_new, np.array([0, 1, 2, 2, 1, 0]))
    expected = without.predict_proba(data.X_new)[[0, 1, 4, 5], [0, 1, 1, 0]]
    found = f.evaluate(without)
    assert_array_equal(found[[0, 1, 4, 5]], expected)
    assert_array_equal(found[[2, 3]], 0.0)


def test_score_of_a_binary_classifier_that_lost_a_class_is_still_of_the_second(data):
    forest, y = RandomForestClassifier(5, random_state=0), np.arange(40) % 2
    explainer = InfluenceExplainer(forest, method="loo", target="score").fit(data.X, y)
    for label, score in [(0, 0.0), (1, 1.0)]:
        only = RandomForestClassifier(5, random_state=0).fit(data.X, np.full(40, label))
        found = explainer.target_.at(data.X_new).evaluate(only)
        assert_array_equal(found, np.full(6, score))


def test_score_with_many_classes_needs_y(data):
    message = "LogisticRegression gives 3 scores a row; pass y to say the score of whi"
    with pytest.raises(ValueError, match=message):
        score_of(LogisticRegression(), data, np.arange(40) % 3)
