"""Linear datamodelling score against its definition and explicit refits."""

import numpy as np
import pytest
from scipy.stats import spearmanr
from sklearn.base import clone
from sklearn.datasets import load_breast_cancer
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.preprocessing import scale

from sklinfluence import InfluenceExplainer
from sklinfluence.metrics import datamodeling_audit, linear_datamodeling_score


@pytest.fixture(scope="module")
def cancer():
    X, y = load_breast_cancer(return_X_y=True)
    X = scale(X)[:, :6]
    return X[:80], y[:80], X[80:90], y[80:90]


@pytest.fixture(scope="module")
def explainer(cancer):
    model = LogisticRegression(C=0.1)
    return InfluenceExplainer(model, target="loss").fit(*cancer[:2])


def log_losses(model, X, y):
    return -np.log(model.predict_proba(X)[np.arange(len(X)), y])


@pytest.fixture(scope="module")
def result(explainer, cancer):
    return datamodeling_audit(explainer, *cancer[2:], n_subsets=15, random_state=0)


def test_the_score_is_spearmans_of_sums_over_the_members_of_subsets():
    rng = np.random.default_rng(0)
    influence, retrained = rng.normal(size=(3, 9)), rng.normal(size=(3, 12))
    subsets = rng.random((12, 9)) < 0.5
    expected = [
        # What members add is the opposite of what their removal does.
        spearmanr([-influence[t, s].sum() for s in subsets], retrained[t]).statistic
        for t in range(3)
    ]
    scores = linear_datamodeling_score(influence, subsets, retrained, per_test=True)
    np.testing.assert_allclose(scores, expected, rtol=1e-12)
    score = linear_datamodeling_score(influence, subsets, retrained)
    assert score == pytest.approx(np.mean(expected))


def test_additive_targets_are_ranked_without_error():
    rng = np.random.default_rng(1)
    effects, subsets = rng.normal(size=(2, 7)), rng.random((20, 7)) < 0.5
    assert linear_datamodeling_score(-effects, subsets, effects @ subsets.T) == (
        pytest.approx(1.0)
    )
    assert linear_datamodeling_score(effects, subsets, effects @ subsets.T) == (
        pytest.approx(-1.0)
    )


def test_subsets_without_a_model_are_left_out():
    rng = np.random.default_rng(2)
    influence, retrained = rng.normal(size=(2, 6)), rng.normal(size=(2, 10))
    subsets = rng.random((10, 6)) < 0.5
    missing = retrained.copy()
    missing[:, 4] = np.nan
    others = np.arange(10) != 4
    assert linear_datamodeling_score(influence, subsets, missing) == pytest.approx(
        linear_datamodeling_score(influence, subsets[others], retrained[:, others])
    )


def test_an_audit_is_made_of_explicit_refits(explainer, cancer, result):
    X, y, X_test, y_test = cancer
    full = log_losses(explainer.estimator_, X_test, y_test)
    assert (result.subsets.sum(axis=1) == 40).all()
    for j, subset in enumerate(result.subsets):
        model = clone(explainer.estimator_).fit(X[subset], y[subset])
        change = log_losses(model, X_test, y_test) - full
        np.testing.assert_allclose(result.retrained[:, j], change, rtol=1e-7)
    influence = explainer.influence(X_test, y_test)
    assert result.score == pytest.approx(
        linear_datamodeling_score(influence, result.subsets, result.retrained)
    )
    assert result.score > 0.7


def test_the_standard_error_is_the_jackknifes(result):
    scores = [
        np.mean(
            [
                spearmanr(np.delete(a, j), np.delete(b, j)).statistic
                for a, b in zip(result.estimate, result.retrained, strict=True)
            ]
        )
        for j in range(15)
    ]
    variance = 14 / 15 * np.sum((scores - np.mean(scores)) ** 2)
    assert result.standard_error == pytest.approx(np.sqrt(variance), rel=1e-9)


def test_the_training_data_are_the_default_test_objects(cancer):
    explainer = InfluenceExplainer(Ridge(), target="score").fit(*cancer[:2])
    own = datamodeling_audit(explainer, n_subsets=4, random_state=1)
    given = datamodeling_audit(explainer, *cancer[:2], n_subsets=4, random_state=1)
    np.testing.assert_allclose(own.retrained, given.retrained, rtol=1e-12)
    assert own.estimate.shape == (80, 4)


def test_refits_of_subsets_run_in_parallel_and_are_kept(cancer, tmp_path, result):
    X, y, X_test, y_test = cancer
    explainer = InfluenceExplainer(
        LogisticRegression(C=0.1), target="loss", n_jobs=2, memory=str(tmp_path)
    ).fit(X, y)
    again = datamodeling_audit(explainer, X_test, y_test, n_subsets=15, random_state=0)
    np.testing.assert_allclose(again.retrained, result.retrained, rtol=1e-10)
    assert len(list(tmp_path.rglob("output.pkl"))) == 15


def test_bad_input_is_named(explainer, cancer):
    with pytest.raises(ValueError, match=r"share=1.0; expected a number between"):
        datamodeling_audit(explainer, *cancer[2:], share=1.0)
    with pytest.raises(ValueError, match="n_subsets=2; expected at least 3"):
        datamodeling_audit(explainer, *cancer[2:], n_subsets=2)
    with pytest.raises(ValueError, match=r"retrained of shape \(3, 2\)"):
        linear_datamodeling_score([[1.0, 2.0]], [[1, 0]] * 3, [[1.0, 2.0]] * 3)
    with pytest.raises(ValueError, match="values other than 0 and 1"):
        linear_datamodeling_score([[1.0, 2.0]], [[2, 0]] * 3, [[1.0, 2.0, 3.0]])
