import warnings

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.linear_model import LogisticRegression, LogisticRegressionCV

from sklinfluence.objectives import FittedLogistic, make_objective

RNG = np.random.default_rng(0)
X = RNG.normal(size=(30, 2))
Y = np.array(["a", "b", "c"])[np.arange(30) % 3]
TWO = np.where(Y == "c", "a", Y)


def fit(y, **params):
    # Until scikit-learn 1.10, parameters on their way out warn.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return LogisticRegression(**params).fit(X, y)


def test_the_objective_is_what_the_documentation_says():
    for y in (TWO, Y):
        model = fit(y, C=0.2)
        fitted = make_objective(model, X, y)
        assert isinstance(fitted, FittedLogistic)
        columns = np.searchsorted(model.classes_, y)
        log_probability = model.predict_log_proba(X)[np.arange(30), columns]
        penalty = np.sum(model.coef_**2) / (2 * 0.2)
        expected = penalty - log_probability.sum()
        assert_allclose(fitted.objective.value(fitted.theta), expected, rtol=1e-12)


def test_parameters_are_named_by_class():
    fitted = make_objective(fit(Y), X, Y)
    names = ["x0", "x1", "intercept"]
    by_class = [f"{label}: {name}" for label in "abc" for name in names]
    assert fitted.parameter_names.tolist() == by_class
    fitted = make_objective(fit(TWO), X, TWO)
    assert fitted.parameter_names.tolist() == names


ALPHAS = {
    "default": ({}, 1.0),
    "C": ({"C": 4.0}, 0.25),
    "no penalty": ({"C": np.inf}, 0.0),
    "penalty of before": ({"penalty": "l2", "C": 4.0}, 0.25),
    "no penalty of before": ({"penalty": None, "C": 4.0}, 0.0),
    "mixed, all ridge": (
        {"penalty": "elasticnet", "l1_ratio": 0.0, "C": 4.0, "solver": "saga"},
        0.25,
    ),
    "a share that is ignored": ({"penalty": "l2", "l1_ratio": 0.5}, 1.0),
}


@pytest.mark.parametrize("name", ALPHAS)
def test_the_penalty_is_that_of_the_estimator(name):
    params, alpha = ALPHAS[name]
    fitted = make_objective(fit(TWO, **params), X, TWO)
    assert_allclose(fitted.objective.alpha, [alpha, alpha, 0.0])


REFUSED = {
    "l1": ({"l1_ratio": 1.0, "solver": "saga"}, "an L1 penalty: it is not differ"),
    "elastic net": ({"l1_ratio": 0.5, "solver": "saga"}, "an L1 penalty"),
    "l1 of before": ({"penalty": "l1", "solver": "liblinear"}, "an L1 penalty"),
    "mixed of before": (
        {"penalty": "elasticnet", "l1_ratio": 0.5, "solver": "saga"},
        "an L1 penalty",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_has_no_objective_is_refused_with_a_way_out(name):
    params, setting = REFUSED[name]
    model = fit(TWO, **params)
    message = rf"LogisticRegression with {setting}.*LeaveOneOut\(\)"
    with pytest.raises(NotImplementedError, match=message):
        make_objective(model, X, TWO)


def test_a_choice_of_the_penalty_by_cross_validation_is_refused():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = LogisticRegressionCV(Cs=2, cv=2).fit(X, TWO)
    with pytest.raises(NotImplementedError, match=r"LogisticRegressionCV with cross-"):
        make_objective(model, X, TWO)


@pytest.mark.parametrize(
    ("y", "kind", "setting"),
    [
        (Y, "ovr", "one binary model a class"),
        (TWO, "multinomial", "multi_class='multinomial' and two classes"),
    ],
)
def test_kinds_of_older_releases_are_refused(y, kind, setting):
    model = fit(y)
    # scikit-learn 1.6 and 1.7 have this parameter, later ones do not.
    model.multi_class = kind
    with pytest.raises(NotImplementedError, match=setting):
        make_objective(model, X, y)


def test_labels_that_the_model_does_not_know():
    for y, known in ((Y, r"\['a', 'b', 'c'\]"), (TWO, r"\['a', 'b'\]")):
        fitted = make_objective(fit(y), X, y)
        message = rf"labels \['x', 'z'\], which the model .*some of {known}"
        with pytest.raises(ValueError, match=message):
            fitted.held_out_loss(X[:4], ["a", "z", "x", "z"])


@pytest.mark.parametrize("labels", [[2, 5, 7], [1.0, 3.0, 4.0], [False, True, True]])
def test_labels_of_any_kind(labels):
    y = np.array(labels)[np.arange(30) % 3]
    model = LogisticRegression().fit(X, y)
    fitted = make_objective(model, X, y)
    loss = fitted.held_out_loss(X, y).value(fitted.objective.model.scores(fitted.theta))
    columns = np.searchsorted(model.classes_, y)
    expected = -model.predict_log_proba(X)[np.arange(30), columns]
    assert_allclose(loss, expected, rtol=1e-10)


def test_a_retrained_model_that_lost_a_class_scores_it_minus_infinity():
    fitted = make_objective(fit(Y), X, Y)
    left = Y != "b"
    two = LogisticRegression().fit(X[left], Y[left])
    scores = fitted.scores(two, X).reshape(30, 3)
    assert_array_equal(scores[:, 1], np.full(30, -np.inf))
    difference = scores[:, 2] - scores[:, 0]
    assert_allclose(difference, two.decision_function(X), rtol=1e-13)
    loss = fitted.held_out_loss(X, Y).value(scores.ravel())
    columns = np.searchsorted(two.classes_, Y[left])
    expected = -two.predict_log_proba(X[left])[np.arange(left.sum()), columns]
    assert_allclose(loss[left], expected, rtol=1e-10)
    assert np.isinf(loss[~left]).all()


def test_one_class_less_of_four_leaves_the_others_in_place():
    four = np.array(["a", "b", "c", "d"])[np.arange(30) % 4]
    fitted = make_objective(fit(four), X, four)
    left = four != "c"
    three = LogisticRegression().fit(X[left], four[left])
    scores = fitted.scores(three, X).reshape(30, 4)
    assert_array_equal(scores[:, [0, 1, 3]], three.decision_function(X))
    assert_array_equal(scores[:, 2], np.full(30, -np.inf))


def test_a_model_that_lost_a_class_has_no_comparable_parameters():
    fitted = make_objective(fit(Y), X, Y)
    two = LogisticRegression().fit(X[Y != "b"], Y[Y != "b"])
    with pytest.raises(ValueError, match=r"without the classes \['b'\]"):
        fitted.parameters(two)
