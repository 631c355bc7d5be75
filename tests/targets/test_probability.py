"""Probabilities of classes, by closed forms and by copies of the model."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from sklearn.datasets import load_breast_cancer, load_iris
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.neighbors import KNeighborsClassifier
from sklearn.preprocessing import scale

from sklinfluence import InfluenceExplainer
from sklinfluence.attribution import NewtonInfluence, VersatileInfluence


@pytest.fixture(scope="module")
def cancer():
    X, y = load_breast_cancer(return_X_y=True)
    return scale(X)[:200], np.where(y == 1, "benign", "malignant")[:200]


def logistic(**params):
    return LogisticRegression(
        solver="newton-cholesky", tol=1e-12, max_iter=1000, **params
    )


def of_given_class(model, X, y):
    known = model.classes_.tolist()
    columns = [1] * len(X) if y is None else [known.index(label) for label in y]
    return model.predict_proba(X)[np.arange(len(X)), columns]


@pytest.mark.parametrize("with_y", [False, True])
@pytest.mark.parametrize("n_test", [5, 60])
def test_it_is_that_of_copies_of_the_model(cancer, with_y, n_test):
    X, y = cancer
    rows, labels = X[:n_test], y[:n_test] if with_y else None
    found, expected = (
        InfluenceExplainer(logistic(C=0.1), target=target).fit(X, y)
        for target in ("probability", of_given_class)
    )
    assert_allclose(
        found.influence(rows, labels),
        expected.influence(rows, labels),
        rtol=1e-8,
        atol=1e-13,
    )


def test_converged_influence_is_that_of_retraining(cancer):
    X, y = cancer
    some = [[3], [50], [10, 11, 12]]
    converged, retrained = (
        InfluenceExplainer(logistic(C=0.1), method, target="probability").fit(X, y)
        for method in (NewtonInfluence("converged"), "loo")
    )
    exact = retrained.influence(X[:20], y[:20], groups=some)
    found, bound = converged.influence(X[:20], y[:20], groups=some, return_bound=True)
    assert_allclose(found, exact, rtol=1e-6, atol=1e-9)
    vif = InfluenceExplainer(logistic(C=0.1), target="probability").fit(X, y)
    estimate, bound = vif.influence(X[:20], y[:20], groups=some, return_bound=True)
    assert (np.abs(estimate - exact) <= bound + 1e-9).all()


def test_the_gradient_is_that_of_the_value(cancer):
    X, y = cancer
    explainer = InfluenceExplainer(logistic(), target="probability").fit(X, y)
    function = explainer.target_.at(X[:7], y[:7])
    theta = explainer.problem_.objective.theta
    steps = 1e-6 * np.eye(len(theta))
    numeric = [
        (function.value(theta + h) - function.value(theta - h)) / 2e-6 for h in steps
    ]
    assert_allclose(function.gradient(theta), np.transpose(numeric), atol=1e-8)
    linear = InfluenceExplainer(
        logistic(), VersatileInfluence(linearize=True), target="probability"
    )
    assert linear.fit(X, y).influence(X[:2]).shape == (2, 200)


def test_more_than_two_classes_need_y():
    X, y = load_iris(return_X_y=True)
    model = LogisticRegression(tol=1e-8, max_iter=10000, C=0.1)
    explainer = InfluenceExplainer(model, "newton", target="probability").fit(X, y)
    of_all = sum(explainer.influence(X[:3], np.full(3, k)) for k in range(3))
    assert_allclose(of_all, 0.0, atol=1e-12)
    with pytest.raises(ValueError, match="3 probabilities a row; pass y"):
        explainer.influence(X[:3])


def test_models_without_probabilities(cancer):
    X, y = cancer
    with pytest.raises(ValueError, match=r"predict_proba; got Ridge.*'score'"):
        InfluenceExplainer(Ridge(), target="probability").fit(X, X[:, 0])
    neighbours = InfluenceExplainer(KNeighborsClassifier(), "loo", "probability")
    assert neighbours.fit(X[:20], y[:20]).influence(X[:3]).shape == (3, 20)
