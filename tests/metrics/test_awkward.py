"""Metrics where influence is tied, unknown or constant, and where classes are gone."""

import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import load_diabetes, load_iris
from sklearn.exceptions import FitFailedWarning
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler, scale

from sklinfluence import InfluenceExplainer, cross_val_influence
from sklinfluence.metrics import (
    addition_curve,
    agreement,
    datamodeling_audit,
    linear_datamodeling_score,
    make_agreement_scorer,
    make_datamodeling_scorer,
    removal_curve,
    top_overlap,
)


def scaled_iris():
    X, y = load_iris(return_X_y=True)
    return scale(X), y


def test_overlap_of_ties_is_the_mean_over_choices():
    a = np.array([[3.0, 1.0, 1.0, 0.0, 0.0]])
    b = np.array([[0.0, 2.0, 2.0, 2.0, 0.0]])
    rng, found = np.random.default_rng(0), []
    for _ in range(4000):
        picks = [np.lexsort([rng.random(5), -np.abs(row)])[:2] for row in (a[0], b[0])]
        found.append(len(np.intersect1d(*picks)) / 2)
    error = np.std(found) / np.sqrt(len(found))
    assert abs(top_overlap(a, b, 2)[0] - np.mean(found)) < 4 * error
    zeros = np.zeros((1, 10))
    np.testing.assert_allclose(top_overlap(zeros, zeros, 3), 0.3)


def test_agreement_of_nothing_is_not_known():
    result = agreement([[1.0, np.nan]], [[np.nan, 2.0]], nan_policy="omit")
    assert np.isnan([result.pearson, result.spearman]).all()


@pytest.mark.parametrize("n_test", [1, 3, 5])
def test_score_of_constant_sums_is_not_known(n_test):
    rng = np.random.default_rng(0)
    subsets = np.array([rng.permutation(40) < 20 for _ in range(30)])
    influence, targets = np.full((n_test, 40), 0.1), rng.normal(size=(n_test, 30))
    scores = linear_datamodeling_score(influence, subsets, targets, per_test=True)
    assert np.isnan(scores).all()


def test_score_of_tied_sums_is_one_where_they_are_right():
    rng = np.random.default_rng(0)
    subsets = np.array([rng.permutation(40) < 20 for _ in range(30)])
    influence = np.zeros((2, 40))
    influence[:, [3, 11, 17, 30]] = [0.1, 0.2, 0.3, 0.1]
    targets = np.stack([~subsets @ row for row in np.round(10 * influence)])
    assert linear_datamodeling_score(influence, subsets, targets) == 1.0


def test_audit_needs_the_influence_of_all():
    # Without its last row, the model has one class, and cannot be fitted.
    X, y = np.arange(6.0)[:, None], [0, 0, 0, 0, 0, 1]
    explainer = InfluenceExplainer(LogisticRegression(), "loo", target="score")
    explainer.fit(X, y)
    with (
        pytest.warns(FitFailedWarning),
        pytest.raises(ValueError, match="influence of 1 objects is not finite"),
    ):
        datamodeling_audit(explainer, X, y, n_subsets=3)


@pytest.mark.parametrize("scoring", ["neg_log_loss", "roc_auc_ovr"])
@pytest.mark.parametrize("gone", [0, 1, 2])
def test_scores_of_models_that_lack_a_class_are_nan(gone, scoring):
    X, y = scaled_iris()
    options = {"fractions": [0.0, 0.34], "scoring": scoring, "n_repeats": 0}
    with pytest.warns(FitFailedWarning, match="in no training object"):
        curve = removal_curve(LogisticRegression(), X, y, y == gone, X, y, **options)
    assert np.isfinite(curve.score[0])
    assert np.isnan(curve.score[1])


def test_no_score_is_that_of_other_classes():
    # A model of the classes 0 and 2 has as many columns as the test rows have classes.
    X, y = scaled_iris()
    some = y > 0
    with pytest.warns(FitFailedWarning, match=r"classes \[1\] of y_test"):
        curve = addition_curve(
            LogisticRegression(),
            X,
            y,
            y != 1,
            X[some],
            y[some],
            fractions=[2 / 3],
            scoring="neg_log_loss",
            n_repeats=0,
        )
    assert np.isnan(curve.score[0])
    plain = removal_curve(
        LogisticRegression(), X, y, y == 1, X, y, fractions=[0.34], n_repeats=0
    )
    assert 0.6 < plain.score[0] < 0.7


def test_curves_need_an_order_and_one_score():
    X, y = scaled_iris()
    with pytest.raises(ValueError, match="Got no ranking, and n_repeats=0"):
        removal_curve(LogisticRegression(), X, y, {}, X, y, n_repeats=0)
    with pytest.raises(ValueError, match="one score for a curve"):
        removal_curve(LogisticRegression(), X, y, y, X, y, scoring=["accuracy"])


@pytest.mark.parametrize(
    "scorer",
    [make_agreement_scorer(n_objects=3), make_datamodeling_scorer(n_subsets=5)],
    ids=["agreement", "datamodeling"],
)
def test_scorers_take_pipelines_that_end_in_an_explainer(scorer):
    X, y = load_diabetes(return_X_y=True)
    explainer = InfluenceExplainer(Ridge(), target="score")
    search = GridSearchCV(
        make_pipeline(StandardScaler(), explainer),
        {"influenceexplainer__method__damping": [0.0, 100.0]},
        scoring=scorer,
        cv=2,
        error_score="raise",
    ).fit(X[:100], y[:100])
    assert search.best_params_ == {"influenceexplainer__method__damping": 0.0}
    inside = scorer(explainer.fit(StandardScaler().fit_transform(X[:60]), y[:60]), X)
    assert np.isfinite(inside)


@pytest.mark.parametrize(
    "params",
    [{"n_subsets": 1}, {"share": 2}],
    ids=["subsets", "share"],
)
def test_scorers_are_checked_when_they_are_made(params):
    with pytest.raises(ValueError, match="expected"):
        make_datamodeling_scorer(**params)


def test_folds_as_masks_and_pipelines_of_one_step():
    X, y = load_diabetes(return_X_y=True)
    X, y = pd.DataFrame(X[:60], [f"p{i}" for i in range(60)]), y[:60]
    first = np.arange(60) < 30
    explainer = InfluenceExplainer(Ridge(), target="score")
    masks = cross_val_influence(
        make_pipeline(explainer), X, y, cv=[(~first, first), (first, ~first)]
    )
    places = np.arange(60)
    plain = cross_val_influence(
        explainer, X, y, cv=[(places[30:], places[:30]), (places[:30], places[30:])]
    )
    np.testing.assert_array_equal(masks.mean, plain.mean)
