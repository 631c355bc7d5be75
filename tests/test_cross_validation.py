"""Out-of-fold attribution against an explicit loop over folds."""

import tracemalloc
import warnings

import numpy as np
import pandas as pd
import pytest
from scipy import sparse
from sklearn.compose import make_column_transformer
from sklearn.datasets import load_breast_cancer, load_diabetes
from sklearn.exceptions import FitFailedWarning
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.model_selection import (
    GroupKFold,
    KFold,
    LeaveOneOut,
    RepeatedKFold,
    ShuffleSplit,
    StratifiedKFold,
)
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from sklinfluence import (
    CoxRegressor,
    InfluenceExplainer,
    ListMLERanker,
    _cross_validation,
    cross_val_influence,
)
from sklinfluence.datasets import load_rossi, make_ranking

RIDGE = InfluenceExplainer(Ridge(0.1), target="score")


@pytest.fixture(scope="module")
def rossi():
    X, y = load_rossi(return_X_y=True)
    X.index = [f"p{i}" for i in range(len(X))]
    return X.iloc[:150], y[:150]


@pytest.fixture(scope="module")
def diabetes():
    X, y = load_diabetes(return_X_y=True)
    return X[:60], y[:60]


def loop(explain, n, splits):
    """Return one matrix a fold, nan where a row was not tested or not trained on."""
    folds = []
    for train, test in splits:
        matrix = np.full((n, n), np.nan)
        matrix[np.ix_(test, train)] = explain(train, test)
        folds.append(matrix)
    return np.stack(folds)


def check(result, folds):
    """Hold the result against plain means of the matrices."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Mean of empty slice")  # of held-out rows
        means = np.nanmean(folds, axis=1)
    np.testing.assert_allclose(result.mean, np.nanmean(folds, axis=(0, 1)), rtol=1e-9)
    np.testing.assert_array_equal(result.n_folds, np.isfinite(means).sum(axis=0))
    enough = result.n_folds > 1
    expected = np.nanstd(means[:, enough], axis=0, ddof=1)
    np.testing.assert_allclose(result.std[enough], expected, rtol=1e-7)
    assert np.isnan(result.std[~enough]).all()


def explain_with(explainer, X, y):
    def explain(train, test):
        X_train, X_test = (
            (X.iloc[rows] if hasattr(X, "iloc") else X[rows]) for rows in (train, test)
        )
        return explainer.fit(X_train, y[train]).influence(X_test, y[test])

    return explain


@pytest.mark.parametrize("n_jobs", [None, 2])
def test_it_is_the_loop_over_folds(diabetes, n_jobs):
    X, y = diabetes
    cv = KFold(4, shuffle=True, random_state=0)
    result = cross_val_influence(RIDGE, X, y, cv=cv, return_matrix=True, n_jobs=n_jobs)
    splits = list(cv.split(X))
    folds = loop(explain_with(RIDGE, X, y), len(X), splits)
    check(result, folds)
    for k, (train, test) in enumerate(splits):
        block = result.matrix.toarray()[np.ix_(test, train)]
        np.testing.assert_allclose(block, folds[k][np.ix_(test, train)], rtol=1e-12)
        assert (result.test_fold[test] == k).all()


def test_rows_of_one_fold_have_no_entry(diabetes):
    X, y = diabetes
    result = cross_val_influence(RIDGE, X, y, cv=3, return_matrix=True)
    entries = result.matrix.copy()
    entries.data = np.ones_like(entries.data)
    apart = result.test_fold[:, None] != result.test_fold
    np.testing.assert_array_equal(entries.toarray(), apart)
    assert isinstance(result.matrix, sparse.csr_array)
    assert result.matrix.has_canonical_format


def test_folds_of_unequal_size_count_by_their_rows(diabetes):
    X, y = diabetes
    labels = np.repeat([0, 1, 2], [5, 15, 40])
    result = cross_val_influence(RIDGE, X, y, cv=GroupKFold(3), groups=labels)
    splits = [np.flatnonzero(labels == k) for k in (2, 1, 0)]
    splits = [(np.setdiff1d(np.arange(60), test), test) for test in splits]
    check(result, loop(explain_with(RIDGE, X, y), 60, splits))
    assert len(set(result.test_fold[labels == 1])) == 1


@pytest.mark.parametrize(
    "cv",
    [
        pytest.param(RepeatedKFold(n_splits=3, n_repeats=2, random_state=0), id="rep"),
        pytest.param(ShuffleSplit(4, train_size=0.3, random_state=0), id="shuffle"),
    ],
)
def test_splits_that_are_no_partition_have_means_and_no_matrix(diabetes, cv):
    X, y = diabetes
    result = cross_val_influence(RIDGE, X, y, cv=cv)
    seen = result.n_folds > 0
    folds = loop(explain_with(RIDGE, X, y), 60, cv.split(X))
    with np.errstate(all="ignore"):
        means = np.nansum(folds, axis=(0, 1)) / np.isfinite(folds).sum(axis=(0, 1))
    np.testing.assert_allclose(result.mean[seen], means[seen], rtol=1e-9)
    assert np.isnan(result.mean[~seen]).all()
    assert result.test_fold is None
    with pytest.raises(ValueError, match="hold out each of the 60 rows just once"):
        cross_val_influence(RIDGE, X, y, cv=cv, return_matrix=True)


def test_survival_targets_are_stratified_by_event(rossi):
    X, y = rossi
    explainer = InfluenceExplainer(CoxRegressor(alpha=1.0), target="loss")
    result = cross_val_influence(explainer, X, y, cv=3)
    splits = list(StratifiedKFold(3).split(X, y["event"]))
    events = [y["event"][test].sum() for _, test in splits]
    assert max(events) - min(events) <= 1
    check(result, loop(explain_with(explainer, X, y), len(X), splits))
    for form in (
        np.column_stack([y["event"], y["time"]]),
        pd.DataFrame({"time": y["time"], "event": y["event"]}),
    ):
        again = cross_val_influence(explainer, X, form, cv=StratifiedKFold(3))
        np.testing.assert_allclose(again.mean, result.mean, rtol=1e-9)


def test_classes_are_stratified():
    X, y = load_breast_cancer(return_X_y=True)
    X, y = X[:90, :3], np.sort(y[:90])  # folds in order would have one class only
    explainer = InfluenceExplainer(LogisticRegression(tol=1e-8, max_iter=500))
    result = cross_val_influence(explainer, X, y, cv=3)
    splits = StratifiedKFold(3).split(X, y)
    check(result, loop(explain_with(explainer, X, y), 90, splits))


def test_labels_are_kept(rossi):
    X, y = rossi
    result = cross_val_influence(
        InfluenceExplainer(CoxRegressor(alpha=1.0)), X, y, cv=2, as_frame=True
    )
    assert result.frame.index.equals(X.index)
    np.testing.assert_array_equal(result.frame["mean"], result.mean)
    assert result.frame["std"].isna().all()  # one fold each
    assert cross_val_influence(RIDGE, X.to_numpy(), y["time"], cv=2).frame is None


def test_pipelines_are_fitted_in_each_fold(rossi):
    X, y = rossi
    ridge = CoxRegressor(alpha=20.0)
    encode = make_column_transformer(
        (OneHotEncoder(drop="first"), ["race"]), (StandardScaler(), ["age", "prio"])
    )
    inside = make_pipeline(encode, InfluenceExplainer(ridge))
    around = InfluenceExplainer(make_pipeline(encode, ridge))
    splits = list(StratifiedKFold(3).split(X, y["event"]))
    folds = loop(explain_with(around, X, y), len(X), splits)
    for explainer in (inside, around):
        check(cross_val_influence(explainer, X, y, cv=3), folds)


def test_weights_are_split_with_the_rows(diabetes):
    X, y = diabetes
    weight = np.random.default_rng(0).uniform(0.5, 2, len(y))
    result = cross_val_influence(RIDGE, X, y, cv=3, params={"sample_weight": weight})

    def explain(train, test):
        RIDGE.fit(X[train], y[train], sample_weight=weight[train])
        return RIDGE.influence(X[test], y[test])

    check(result, loop(explain, len(X), KFold(3).split(X)))


def test_blocks_of_held_out_rows_change_nothing(diabetes, monkeypatch):
    X, y = sparse.csr_array(diabetes[0]), diabetes[1]
    whole = cross_val_influence(RIDGE, X, y, cv=3, return_matrix=True)
    monkeypatch.setattr(_cross_validation, "_NUMBERS_AT_ONCE", 7 * 40)
    parts = cross_val_influence(RIDGE, X, y, cv=3, return_matrix=True)
    np.testing.assert_allclose(parts.mean, whole.mean, rtol=1e-9)
    np.testing.assert_allclose(parts.matrix.data, whole.matrix.data, rtol=1e-9)


def test_no_square_array_is_held():
    n = 3000
    X = np.random.default_rng(0).normal(size=(n, 3))
    tracemalloc.start()
    cross_val_influence(RIDGE, X, X[:, 0], cv=100)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < n * n * 8 / 10


def test_one_row_a_fold(diabetes):
    X, y = diabetes[0][:12], diabetes[1][:12]
    result = cross_val_influence(RIDGE, X, y, cv=LeaveOneOut())
    check(result, loop(explain_with(RIDGE, X, y), 12, LeaveOneOut().split(X)))


def test_folds_without_a_model_are_left_out():
    # Row 0 is the only one of class 1 in training when fold 1 or 2 is held out.
    X = np.arange(9.0)[:, None]
    y = np.array([1, 0, 0, 1, 0, 0, 0, 0, 0])
    explainer = InfluenceExplainer(LogisticRegression(), "loo", target="score")
    splits = [([0, 1, 2, 3, 4, 5], [6, 7, 8]), ([0, 1, 2, 6, 7, 8], [3, 4, 5])]
    with pytest.warns(FitFailedWarning):
        result = cross_val_influence(explainer, X, y, cv=splits)
    assert result.n_folds[0] == 1
    assert np.isfinite(result.mean[0])
    np.testing.assert_array_equal(result.n_folds[1:3], 2)


def test_progress_is_shown(diabetes, capsys):
    cross_val_influence(RIDGE, *diabetes, cv=2, verbose=1)
    assert "folds: 100%" in capsys.readouterr().err


def test_bad_input_is_named(rossi, diabetes):
    X, y = rossi
    fitted = CoxRegressor().fit(X, y)
    for frozen in (
        FrozenEstimator(fitted),
        make_pipeline(StandardScaler(), FrozenEstimator(fitted)),
    ):
        with pytest.raises(ValueError, match="may have seen the held-out rows"):
            cross_val_influence(InfluenceExplainer(frozen), X, y)
    with pytest.raises(TypeError, match="Got Ridge; expected an InfluenceExplainer"):
        cross_val_influence(Ridge(), *diabetes)
    with pytest.raises(ValueError, match="needs a target of rows, got Parameter"):
        cross_val_influence(
            InfluenceExplainer(CoxRegressor(alpha=1.0), target="parameter"), X, y
        )
    lists = make_ranking(n_queries=20, n_items=6, random_state=0)
    items = InfluenceExplainer(ListMLERanker(), target="loss", objects="items")
    with pytest.raises(ValueError, match="attributes to rows; got objects='items'"):
        cross_val_influence(items, lists.data, lists.target)
    twice = [([0, 0, 1, 2, 3, 4, 5], [6, 7])]
    with pytest.raises(ValueError, match="Split 0 has a row more than once"):
        cross_val_influence(RIDGE, *diabetes, cv=twice)
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        cross_val_influence(RIDGE, diabetes[0], diabetes[1][:5])
