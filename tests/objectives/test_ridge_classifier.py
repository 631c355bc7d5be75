import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.linear_model import RidgeClassifier, RidgeClassifierCV

from sklinfluence.objectives import FittedRidgeClassifier, make_objective

RNG = np.random.default_rng(0)
X = RNG.normal(size=(30, 2))
THREE = np.array(["a", "b", "c"])[np.arange(30) % 3]
TWO = np.where(THREE == "c", "a", THREE)


@pytest.mark.parametrize("y", [TWO, THREE], ids=["two", "three"])
def test_the_objective_is_ridge_regression_of_signs(y):
    model = RidgeClassifier(alpha=0.7).fit(X, y)
    fitted = make_objective(model, X, y)
    assert isinstance(fitted, FittedRidgeClassifier)
    signs = np.where(y[:, None] == model.classes_, 1.0, -1.0)
    signs = signs[:, 1] if len(model.classes_) == 2 else signs
    error = np.sum((signs - model.decision_function(X)) ** 2)
    expected = error + 0.7 * np.sum(model.coef_**2)
    assert_allclose(fitted.objective.value(fitted.theta), expected, rtol=1e-12)


def test_a_class_less_of_three_leaves_one_score_and_its_opposite():
    fitted = make_objective(RidgeClassifier().fit(X, THREE), X, THREE)
    left = THREE != "b"
    two = RidgeClassifier().fit(X[left], THREE[left])
    scores = fitted.scores(two, X).reshape(30, 3)
    assert_allclose(scores[:, 2], two.decision_function(X))
    assert_array_equal(scores[:, 0], -scores[:, 2])
    assert np.isneginf(scores[:, 1]).all()
    loss = fitted.held_out_loss(X, THREE).value(scores.ravel())
    assert np.isinf(loss).all()


def test_what_has_no_objective_is_refused_with_a_way_out():
    labels = np.column_stack([TWO == "a", THREE == "a"]).astype(int)
    cases = [
        (RidgeClassifier(positive=True).fit(X, TWO), TWO, "positive=True"),
        (RidgeClassifier().fit(X, labels), labels, "several labels a row"),
        (RidgeClassifierCV().fit(X, TWO), TWO, "cross-validation inside"),
    ]
    for model, y, reason in cases:
        with pytest.raises(NotImplementedError, match=rf"{reason}.*LeaveOneOut\(\)"):
            make_objective(model, X, y)
