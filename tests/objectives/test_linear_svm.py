import numpy as np
import pytest
from numpy.testing import assert_allclose
from sklearn.base import clone
from sklearn.svm import LinearSVC, LinearSVR

from sklinfluence.objectives import FittedLinearSVC, FittedLinearSVR, make_objective

RNG = np.random.default_rng(0)
X = RNG.normal(size=(30, 2))
SIGNAL = X[:, 0] + RNG.normal(size=30)
TWO, THREE = np.where(SIGNAL > 0, "b", "a"), np.digitize(SIGNAL, [-0.5, 0.5])
TIGHT = {"dual": False, "tol": 1e-10, "max_iter": 10_000}


@pytest.mark.parametrize("y", [TWO, THREE], ids=["two", "three"])
def test_the_objective_is_what_the_documentation_of_liblinear_says(y):
    model = LinearSVC(C=0.3, intercept_scaling=2.0, **TIGHT).fit(X, y)
    fitted = make_objective(model, X, y)
    assert isinstance(fitted, FittedLinearSVC)
    expected = 0.0
    for k, w in enumerate(model.coef_):
        positive = model.classes_[-1] if len(model.coef_) == 1 else model.classes_[k]
        sign = np.where(y == positive, 1.0, -1.0)
        score = X @ w + model.intercept_[k]
        penalty = w @ w + (model.intercept_[k] / 2.0) ** 2
        slack = np.maximum(0.0, 1.0 - sign * score)
        expected += (0.5 * penalty + 0.3 * np.sum(slack**2)) / 0.3
    assert_allclose(fitted.objective.value(fitted.theta), expected, rtol=1e-12)


def test_losses_within_epsilon_are_none():
    model = LinearSVR(loss="squared_epsilon_insensitive", epsilon=0.4, **TIGHT)
    fitted = make_objective(model.fit(X, SIGNAL), X, SIGNAL)
    assert isinstance(fitted, FittedLinearSVR)
    residual = np.abs(SIGNAL - model.predict(X))
    loss = fitted.held_out_loss(X, SIGNAL).value(model.predict(X))
    assert_allclose(loss, np.maximum(0.0, residual - 0.4) ** 2)
    assert (loss == 0.0).any()


def test_a_class_less_of_three_leaves_one_score_and_its_opposite():
    fitted = make_objective(LinearSVC(**TIGHT).fit(X, THREE), X, THREE)
    left = THREE != 1
    two = LinearSVC(**TIGHT).fit(X[left], THREE[left])
    scores, decision = fitted.scores(two, X).reshape(30, 3), two.decision_function(X)
    assert_allclose(scores[:, 2], decision)
    assert_allclose(scores[:, 0], -decision)
    assert np.isneginf(scores[:, 1]).all()


REFUSED = {
    "hinge": (LinearSVC(loss="hinge"), TWO, "loss='hinge': it has no curvature"),
    "absolute": (LinearSVR(), SIGNAL, "loss='epsilon_insensitive': it has no curv"),
    "l1": (LinearSVC(penalty="l1", dual=False), TWO, "an L1 penalty"),
    "joint": (LinearSVC(multi_class="crammer_singer"), THREE, "'crammer_singer'"),
    "weights, three": (
        LinearSVC(class_weight={1: 2.0}),
        THREE,
        "class weights of more than two classes",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_has_no_objective_is_refused_with_a_way_out(name):
    model, y, reason = REFUSED[name]
    model = clone(model).set_params(max_iter=100_000, random_state=0).fit(X, y)
    with pytest.raises(NotImplementedError, match=rf"{reason}.*LeaveOneOut\(\)"):
        make_objective(model, X, y)
