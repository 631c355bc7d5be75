"""Bounds beside estimates, and feature values beside bars."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from matplotlib.collections import LineCollection
from scipy.sparse import csr_matrix
from sklearn.compose import make_column_transformer
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from sklinfluence import InfluenceExplainer, NodeEmbedder
from sklinfluence.attribution import NewtonInfluence
from sklinfluence.inspection import AgreementDisplay, TopObjectsDisplay


def texts(display):
    """Return what is written in the table, by line and column."""
    found = {}
    for text in display.features_ax_.texts:
        column, row = text.get_position()
        found[row + 1, column] = text.get_text()
    shape = tuple(np.max(list(found), axis=0) + 1)
    return np.array([found[place] for place in np.ndindex(shape)]).reshape(shape)


def test_bounds_are_bars_that_reach_exact_removal(explained):
    X = explained.problem_.X
    display = AgreementDisplay.from_explainer(explained, X[:2], k=3, return_bound=True)
    exact = InfluenceExplainer(
        explained.estimator, NewtonInfluence("converged"), target="relative_risk"
    )
    exact = exact.fit(X, explained.problem_.y).influence(X[:2])
    (bars,) = (c for c in display.ax_.collections if isinstance(c, LineCollection))
    segments = np.array(bars.get_segments())
    low, high = segments[:, 0, 1], segments[:, 1, 1]
    found = display.retrained.ravel()
    assert ((low <= found + 1e-9) & (found <= high + 1e-9)).all()
    assert np.isin(np.round(found, 6), np.round(exact, 6)).all()


def test_bounds_are_as_many_as_estimates():
    with pytest.raises(ValueError, match=r"bounds of shape \(1,\) for estimates"):
        AgreementDisplay.from_arrays([[1.0, 2.0]], [[1.0, 2.0]], bound=[0.1])


def test_values_of_features_are_written_beside_the_bars(explained):
    X = explained.problem_.X
    display = TopObjectsDisplay.from_explainer(
        explained, X[5:6], k=3, features=["age", "prio"]
    )
    shown = pd.concat([X[5:6], X.loc[display.names]])[["age", "prio"]]
    np.testing.assert_array_equal(texts(display), shown.astype(int).astype(str))
    heads = [label.get_text() for label in display.features_ax_.get_xticklabels()]
    assert heads == ["age", "prio"]
    z = ((shown - X[["age", "prio"]].mean()) / X[["age", "prio"]].std(ddof=0)).clip(
        -3, 3
    )
    np.testing.assert_allclose(display.features_ax_.images[0].get_array(), z)
    lines = [label.get_text() for label in display.ax_.get_yticklabels()]
    assert lines == ["test object", *display.names]
    assert display.ax_.get_ylim() == display.features_ax_.get_ylim()


def test_features_of_words_constants_and_missing_values():
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(
        {
            "town": np.resize(["Ulm", "Llanfairpwllgwyngyll"], 40),
            "one": 1.0,
            "size": rng.normal(size=40),
        }
    )
    model = make_pipeline(
        make_column_transformer(
            (OneHotEncoder(), ["town"]), (StandardScaler(), ["one", "size"])
        ),
        Ridge(),
    )
    explainer = InfluenceExplainer(model, target="score").fit(
        frame, rng.normal(size=40)
    )
    display = TopObjectsDisplay.from_explainer(
        explainer, frame[:1], k=10, features="all"
    )
    written = texts(display)
    assert set(written[:, 0]) == {"Ulm", "Llan…ngyll"}
    assert set(written[:, 1]) == {"1"}
    assert np.isnan(display.features.z[:, :2]).all()
    assert np.isfinite(display.features.z[:, 2]).all()


def test_features_of_sparse_rows_by_position():
    rng = np.random.default_rng(0)
    X = rng.poisson(0.5, size=(30, 4)).astype(float)
    explainer = InfluenceExplainer(Ridge(), target="score").fit(
        csr_matrix(X), rng.normal(size=30)
    )
    display = TopObjectsDisplay.from_explainer(
        explainer, csr_matrix(X[:1]), k=2, features=[3, 0]
    )
    expected = X[np.append(0, display.names)][:, [3, 0]]
    np.testing.assert_array_equal(texts(display).astype(float), expected)


def test_features_divide_the_axes_that_were_given(explained):
    X = explained.problem_.X
    figure, (left, right) = plt.subplots(1, 2)
    display = TopObjectsDisplay.from_explainer(
        explained, X[:1], k=2, features=["age"], ax=right
    )
    assert display.figure_ is figure
    assert figure.axes == [left, display.ax_, display.features_ax_]
    with pytest.raises(ValueError, match="without a place in one"):
        TopObjectsDisplay.from_explainer(
            explained, X[:1], k=2, features=["age"], ax=figure.add_axes((0, 0, 1, 1))
        )


def test_features_that_are_not_there(explained):
    X = explained.problem_.X
    with pytest.raises(ValueError, match="Got the feature 'height'; expected names"):
        TopObjectsDisplay.from_explainer(explained, X[:1], features=["height"])
    path = np.eye(5, k=1) + np.eye(5, k=-1)
    nodes = InfluenceExplainer(NodeEmbedder(random_state=0)).fit(path)
    with pytest.raises(ValueError, match="are columns of training rows"):
        TopObjectsDisplay.from_explainer(nodes, [(0, 1)], features="all")


def test_features_of_a_row_whose_columns_are_in_another_order():
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(rng.normal(size=(30, 2)), columns=["a", "b"])
    scaler = make_column_transformer((StandardScaler(), ["a", "b"]))
    explainer = InfluenceExplainer(make_pipeline(scaler, Ridge()), target="score")
    explainer.fit(frame, rng.normal(size=30))
    row = frame.loc[:0, ["b", "a"]]
    display = TopObjectsDisplay.from_explainer(explainer, row, k=2, features="all")
    expected = [f"{frame.loc[0, name]:.3g}" for name in ("a", "b")]
    assert texts(display)[0].tolist() == expected


def test_features_of_texts():
    texts_ = ["good tea", "bad tea", "good milk", "bad milk", "good jam", "bad jam"]
    model = make_pipeline(CountVectorizer(), Ridge())
    explainer = InfluenceExplainer(model, target="score")
    explainer.fit(texts_, [1.0, 0.0] * 3)
    display = TopObjectsDisplay.from_explainer(
        explainer, texts_[:1], k=2, features="all"
    )
    expected = [texts_[i] for i in [0, *display.names]]
    assert texts(display)[:, 0].tolist() == expected
    assert display.features_ax_.get_xlabel() == ""
