import numpy as np
import pytest
from numpy.testing import assert_allclose
from sklearn.cluster import KMeans
from sklearn.linear_model import LinearRegression
from sklearn.naive_bayes import GaussianNB
from sklearn.svm import LinearSVC

from sklinfluence import CoxRegressor, InfluenceExplainer
from sklinfluence.targets import Loss


def joined_risk_set(data, scores_new, scores_train, weight, group=None):
    """δ [log(e^s + Σ_{at risk} ω e^S) − s] by a loop over new subjects."""
    losses = []
    for k, (event, t, _) in enumerate(data.y_new):
        at_risk = (data.y["entry"] < t) & (t <= data.y["time"])
        if group is not None:
            at_risk &= (data.X[group] == data.X_new[group].iloc[k]).to_numpy()
        Z = np.exp(scores_new[k]) + (weight * np.exp(scores_train))[at_risk].sum()
        losses.append(event * (np.log(Z) - scores_new[k]))
    return np.array(losses)


@pytest.mark.parametrize("kind", ["plain", "strata", "weights"])
def test_cox_loss_is_that_of_subjects_who_join_the_risk_sets(data, prepare, kind):
    weights = {"sample_weight": data.weight} if kind == "weights" else {}
    target = prepare("loss", "strata" if kind == "strata" else "plain", **weights)
    model, weight = target.problem_.fitted, weights.get("sample_weight", np.ones(40))
    group = "group" if kind == "strata" else None
    scores = model.predict(data.X_new), model.predict(data.X)
    expected = joined_risk_set(data, *scores, weight, group)
    found = target.value(model.coef_, data.X_new, data.y_new)
    assert (expected > 0).sum() >= 3
    assert_allclose(found, expected, rtol=1e-11)


def test_gradient_is_the_derivative_of_value(data, prepared, central_differences):
    target = prepared("loss")
    f, theta = target.at(data.X_new, data.y_new), target.problem_.objective.theta
    expected = central_differences(f.value, theta + 0.1)
    assert_allclose(f.gradient(theta + 0.1), expected, rtol=1e-7, atol=1e-9)


def test_values_stack_the_value_of_each(data, prepared):
    target = prepared("loss")
    f, theta = target.at(data.X_new, data.y_new), target.problem_.objective.theta
    thetas = theta + 0.1 * np.random.default_rng(2).normal(size=(4, len(theta)))
    expected = [f.value(t) for t in thetas]
    assert_allclose(f.values(thetas, [[k] for k in range(4)]), expected, rtol=1e-12)


def test_evaluation_of_the_model_is_the_value_at_its_parameters(data, prepared):
    target = prepared("loss")
    f = target.at(data.X_new, data.y_new)
    expected = f.value(target.problem_.objective.theta)
    assert_allclose(f.evaluate(target.problem_.fitted), expected, rtol=1e-10)


def test_evaluation_of_a_retrained_model_keeps_the_risk_sets(data, prepare):
    f = prepare("loss").at(data.X_new, data.y_new)
    retrained = CoxRegressor().fit(data.X[:30], data.y[:30])
    assert_allclose(f.evaluate(retrained), f.value(retrained.coef_), rtol=1e-10)


def test_origin_of_columns_does_not_matter(data):
    values = []
    for shift in (0.0, 1000.0):
        explainer = InfluenceExplainer(CoxRegressor(), target="loss")
        target = explainer.fit(data.X + shift, data.y).target_
        theta = np.array([0.3, -0.1, 2.0, 0.5])
        values.append(target.value(theta, data.X_new + shift, data.y_new))
    assert_allclose(values[1], values[0], rtol=1e-11)


def by_retraining(model, X, y):
    return InfluenceExplainer(model, method="loo", target=Loss()).fit(X, y)


def test_classifiers_have_the_log_loss_of_the_true_class(data):
    y = np.arange(40) % 3
    explainer = by_retraining(GaussianNB(), data.X, y)
    found = explainer.target_.at(data.X, y).evaluate(explainer.estimator_)
    probability = explainer.estimator_.predict_proba(data.X)
    assert_allclose(found, -np.log(probability[np.arange(40), y]), rtol=1e-12)


def test_class_that_the_model_never_saw_has_a_large_finite_loss(data):
    y = np.arange(40) % 3
    explainer = by_retraining(GaussianNB(), data.X, y)
    f = explainer.target_.at(data.X[:3], y[:3])
    other = GaussianNB().fit(data.X[y < 2], y[y < 2])
    found = f.evaluate(other)
    assert_allclose(found[2], -np.log(np.finfo(float).eps))
    assert_allclose(found[:2], -np.log(other.predict_proba(data.X[:2])[[0, 1], [0, 1]]))


def test_regressors_have_the_squared_error(data):
    y = np.random.default_rng(3).normal(size=40)
    explainer = by_retraining(LinearRegression(), data.X, y)
    found = explainer.target_.at(data.X_new, y[:6]).evaluate(explainer.estimator_)
    expected = (y[:6] - explainer.estimator_.predict(data.X_new)) ** 2
    assert_allclose(found, expected, rtol=1e-13)


def test_classifiers_without_probabilities_have_no_loss(data):
    y = np.arange(40) % 2
    explainer = by_retraining(LinearSVC(loss="hinge", max_iter=100_000), data.X, y)
    f = explainer.target_.at(data.X, y)
    with pytest.raises(
        ValueError, match=r"LinearSVC does not give; use target='score'"
    ):
        f.evaluate(explainer.estimator_)


def test_clusterers_have_no_loss(data):
    explainer = by_retraining(KMeans(2, n_init=1, random_state=0), data.X, None)
    message = r"not defined for KMeans, .* give a callable target\(estimator, X, y\)"
    with pytest.raises(ValueError, match=message):
        explainer.target_.at(data.X, None)


def test_loss_needs_y():
    assert Loss.requires_y
