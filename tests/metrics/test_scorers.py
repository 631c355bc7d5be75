"""Scorers against explicit refits, and in a grid search."""

import pickle

import numpy as np
import pytest
from scipy.stats import pearsonr, spearmanr
from sklearn.base import clone
from sklearn.datasets import load_diabetes
from sklearn.linear_model import Ridge
from sklearn.model_selection import GridSearchCV

from sklinfluence import CoxRegressor, InfluenceExplainer
from sklinfluence.attribution import VersatileInfluence
from sklinfluence.datasets import load_rossi
from sklinfluence.metrics import (
    datamodeling_audit,
    make_agreement_scorer,
    make_datamodeling_scorer,
)


@pytest.fixture(scope="module")
def diabetes():
    X, y = load_diabetes(return_X_y=True)
    return X[:90], y[:90], X[90:120], y[90:120]


@pytest.fixture(scope="module")
def pair(diabetes):
    """Estimate and explicit refits without the objects that seed 4 draws."""
    X, y, X_test, _ = diabetes
    explainer = InfluenceExplainer(Ridge(0.1), target="score").fit(X, y)
    objects = np.random.RandomState(4).permutation(90)[:7]
    before = explainer.predict(X_test)
    refits = [
        clone(Ridge(0.1)).fit(np.delete(X, i, 0), np.delete(y, i)) for i in objects
    ]
    exact = np.stack([model.predict(X_test) - before for model in refits], axis=1)
    return explainer, explainer.influence(X_test)[:, objects], exact


def mean_correlation(correlate):
    def mean(estimate, exact):
        rows = zip(estimate, exact, strict=True)
        return np.mean([correlate(a, b).statistic for a, b in rows])

    return mean


def minus_relative_error(estimate, exact):
    return -np.linalg.norm(estimate - exact) / np.linalg.norm(exact)


@pytest.mark.parametrize(
    ("metric", "definition"),
    [
        pytest.param("neg_relative_error", minus_relative_error, id="error"),
        pytest.param("pearson", mean_correlation(pearsonr), id="pearson"),
        pytest.param("spearman", mean_correlation(spearmanr), id="spearman"),
    ],
)
def test_scores_are_those_of_explicit_refits(pair, diabetes, metric, definition):
    explainer, estimate, exact = pair
    scorer = make_agreement_scorer(metric, n_objects=7, random_state=4)
    expected = definition(estimate, exact)
    assert scorer(explainer, *diabetes[2:]) == pytest.approx(expected, rel=1e-7)


def test_a_method_that_retrains_agrees_with_itself(diabetes):
    X, y, X_test, y_test = diabetes
    explainer = InfluenceExplainer(Ridge(), method="loo").fit(X, y)
    assert make_agreement_scorer()(explainer, X_test, y_test) == 0
    pearson = make_agreement_scorer("pearson")(explainer, X_test, y_test)
    assert pearson == pytest.approx(1.0)


@pytest.mark.parametrize("metric", ["neg_relative_error", "pearson"])
def test_a_grid_search_picks_the_damping_that_agrees_best(metric, tmp_path):
    X, y = load_rossi(return_X_y=True)
    explainer = InfluenceExplainer(
        CoxRegressor(), method=VersatileInfluence(), memory=str(tmp_path)
    )
    dampings = [0.0, 30.0, 1e4]
    scorer = make_agreement_scorer(metric, n_objects=6)
    search = GridSearchCV(
        explainer, {"method__damping": dampings}, scoring=scorer, cv=2, n_jobs=2
    ).fit(X, y)
    assert search.best_params_["method__damping"] == 0.0
    scores = search.cv_results_["mean_test_score"]
    assert (np.diff(scores) < 0).all()
    # Candidates share refits: six for each of two folds, whatever the damping.
    assert len(list(tmp_path.rglob("output.pkl"))) == 12


def test_the_datamodeling_scorer_is_the_audits_score(pair, diabetes):
    explainer, _, _ = pair
    scorer = make_datamodeling_scorer(n_subsets=8, share=0.6, random_state=1)
    audit = datamodeling_audit(
        explainer, *diabetes[2:], n_subsets=8, share=0.6, random_state=1
    )
    assert scorer(explainer, *diabetes[2:]) == audit.score


@pytest.mark.parametrize("make", [make_agreement_scorer, make_datamodeling_scorer])
def test_scorers_can_be_sent_to_workers(make):
    scorer = make(random_state=2)
    assert pickle.loads(pickle.dumps(scorer)) == scorer


def test_bad_arguments_are_named():
    with pytest.raises(ValueError, match="metric='r2'; expected one of"):
        make_agreement_scorer("r2")
    with pytest.raises(ValueError, match="n_objects=1; expected at least 2"):
        make_agreement_scorer("pearson", n_objects=1)
