"""Removal and addition curves against explicit loops of fits."""

import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import load_breast_cancer
from sklearn.exceptions import FitFailedWarning
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.metrics import log_loss
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sklinfluence import CoxRegressor, InfluenceExplainer
from sklinfluence.datasets import load_rossi
from sklinfluence.metrics import addition_curve, removal_curve

MODEL = make_pipeline(StandardScaler(), LogisticRegression(C=0.1, tol=1e-8))


@pytest.fixture(scope="module")
def data():
    X, y = load_breast_cancer(return_X_y=True, as_frame=True)
    return X[:150], y[:150], X[150:], y[150:]


@pytest.fixture(scope="module")
def ranking(data):
    return np.random.default_rng(0).normal(size=len(data[0]))


def score_of(rows, data):
    X, y, X_test, y_test = data
    model = MODEL.fit(X.iloc[rows], y.iloc[rows])
    return -log_loss(y_test, model.predict_proba(X_test))


def curve(function, data, ranking, **options):
    X, y, X_test, y_test = data
    options = {"scoring": "neg_log_loss", "random_state": 3} | options
    return function(MODEL, X, y, ranking, X_test, y_test, **options)


def test_removal_fits_what_is_left(data, ranking):
    fractions = [0, 0.1, 0.55]
    result = curve(removal_curve, data, ranking, fractions=fractions, n_repeats=2)
    np.testing.assert_array_equal(result.n_removed, [0, 15, 82])
    order = np.argsort(-ranking)
    expected = [score_of(np.sort(order[k:]), data) for k in result.n_removed]
    np.testing.assert_allclose(result.score, expected, rtol=1e-9)
    rng = np.random.RandomState(3)
    for scores in result.random:
        order = rng.permutation(150)
        expected = [score_of(np.sort(order[k:]), data) for k in result.n_removed]
        np.testing.assert_allclose(scores, expected, rtol=1e-9)
    np.testing.assert_allclose(result.random_mean, result.random.mean(axis=0))
    np.testing.assert_allclose(result.random_std, result.random.std(axis=0))


def test_addition_fits_what_comes_first(data, ranking):
    fractions = [0.2, 1.0]
    result = curve(addition_curve, data, ranking, fractions=fractions, n_repeats=0)
    order = np.argsort(-ranking)
    expected = [score_of(np.sort(order[:k]), data) for k in result.n_added]
    np.testing.assert_allclose(result.score, expected, rtol=1e-9)
    assert "random" not in result


def test_several_rankings_are_kept_apart_by_name(data, ranking):
    both = curve(
        removal_curve, data, {"a": ranking, "b": -ranking}, fractions=[0.2], n_repeats=1
    )
    assert list(both.score) == ["a", "b"]
    for name, values in {"a": ranking, "b": -ranking}.items():
        alone = curve(removal_curve, data, values, fractions=[0.2], n_repeats=0)
        np.testing.assert_allclose(both.score[name], alone.score, rtol=1e-12)


def test_one_set_is_trained_once(data, ranking, tmp_path):
    options = {"fractions": [0, 0.1], "n_repeats": 3, "memory": str(tmp_path)}
    curve(removal_curve, data, ranking, n_jobs=2, **options)
    # Nothing removed, and one set for each of the four orders.
    assert len(list(tmp_path.rglob("output.pkl"))) == 5


def test_weights_go_with_their_rows():
    X = np.arange(6.0)[:, None]
    y = np.array([0.0, 1, 2, 3, 40, 5])
    weight = np.array([1.0, 2, 3, 4, 5, 6])
    result = removal_curve(
        Ridge(1.0),
        X,
        y,
        y,
        X,
        y,
        fractions=[1 / 6],
        n_repeats=0,
        fit_params={"sample_weight": weight},
    )
    kept = np.delete(np.arange(6), 4)
    model = Ridge(1.0).fit(X[kept], y[kept], sample_weight=weight[kept])
    assert result.score[0] == pytest.approx(model.score(X, y), rel=1e-12)


def test_removing_what_helps_costs_more_than_chance_and_what_hurts_less(data):
    X, y, X_test, y_test = data
    helps = (
        InfluenceExplainer(MODEL, target="loss")
        .fit(X, y)
        .influence(X_test, y_test)
        .mean(axis=0)
    )
    rankings = {"helps": helps, "hurts": -helps}
    result = curve(removal_curve, data, rankings, fractions=[0.2], n_repeats=5)
    assert result.score["helps"] < result.random.min()
    assert result.score["hurts"] > result.random.max()


def test_survival_models_are_scored_by_their_own_score():
    X, y = load_rossi(return_X_y=True)
    result = removal_curve(
        CoxRegressor(), X, y, X["prio"], X, y, fractions=[0.1], n_repeats=0
    )
    kept = np.sort(np.argsort(-X["prio"].to_numpy(), kind="stable")[43:])
    model = CoxRegressor().fit(X.iloc[kept], y[kept])
    assert result.score[0] == pytest.approx(model.score(X, y), rel=1e-12)


def test_models_that_cannot_be_fitted_have_no_score(data):
    X, y, X_test, y_test = data
    with pytest.warns(FitFailedWarning, match="1 of 2 models could not be fitted"):
        result = removal_curve(
            MODEL, X, y, y, X_test, y_test, fractions=[0, y.mean()], n_repeats=0
        )
    np.testing.assert_array_equal(np.isnan(result.score), [False, True])


def test_bad_input_is_named(data, ranking):
    with pytest.raises(ValueError, match=r"fractions=\[0.5, 1.5\]"):
        curve(removal_curve, data, ranking, fractions=[0.5, 1.5])
    with pytest.raises(ValueError, match="fractions that leave none of the 150"):
        curve(removal_curve, data, ranking, fractions=[1.0])
    with pytest.raises(ValueError, match="fractions that leave none of the 150"):
        curve(addition_curve, data, ranking, fractions=[0.001])
    with pytest.raises(ValueError, match="ranking 'short' of 3 values"):
        curve(removal_curve, data, {"short": [1, 2, 3]})
    with pytest.raises(ValueError, match="1 of them nan"):
        curve(removal_curve, data, pd.Series(ranking).where(ranking < ranking.max()))
