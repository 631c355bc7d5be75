"""Bounds beside estimates, and feature values beside bars."""

from itertools import pairwise

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


def table_of(frame, **kwargs):
    """Return the display of the first row of a frame, ranked by its column x."""
    model = make_pipeline(make_column_transformer(("passthrough", ["x"])), Ridge())
    y = np.sin(np.arange(len(frame)))
    explainer = InfluenceExplainer(model, target="score").fit(frame, y)
    row = kwargs.pop("row", frame[:1])
    return TopObjectsDisplay.from_explainer(explainer, row, k=4, **kwargs)


def test_constant_columns_have_no_colour():
    frame = pd.DataFrame({"x": np.arange(30.0), "one": 0.1, "gone": np.nan})
    assert np.std(frame["one"].to_numpy()) > 0
    display = table_of(frame, features="all")
    assert np.isfinite(display.features.z[:, 0]).all()
    assert np.isnan(display.features.z[:, 1:]).all()
    # A small spread that is no rounding error.
    frame["one"] = 0.1 + 1e-12 * (np.arange(30) % 2)
    z = table_of(frame, features=["one"]).features.z
    assert set(np.unique(np.sign(z))) <= {-1, 1}


def test_rows_need_only_the_columns_that_are_shown():
    frame = pd.DataFrame({"spare": 1.0, "x": np.arange(20.0)})
    display = table_of(frame, row=frame.loc[3:3, ["x"]], features=["x"])
    assert texts(display)[0].tolist() == ["3"]
    with pytest.raises(ValueError, match=r"without the columns \['spare'\]"):
        table_of(frame, row=frame.loc[3:3, ["x"]], features="all")


@pytest.mark.parametrize("format_", ["coo", "dia", "bsr"])
def test_features_of_sparse_formats(format_):
    rng = np.random.default_rng(0)
    X = csr_matrix(rng.poisson(0.5, size=(30, 4)).astype(float)).asformat(format_)
    explainer = InfluenceExplainer(Ridge(), target="score")
    explainer.fit(X, rng.normal(size=30))
    row = X.tocsr()[:1].asformat(format_)
    display = TopObjectsDisplay.from_explainer(explainer, row, k=2, features="all")
    expected = X.toarray()[np.append(0, display.names)]
    np.testing.assert_array_equal(texts(display).astype(float), expected)


def test_dates_and_large_numbers_are_written_in_full():
    n = 20
    frame = pd.DataFrame(
        {
            "x": np.arange(float(n)),
            "day": pd.date_range("2020-02-27", periods=n),
            "moment": pd.date_range("2020-02-27 12:30", periods=n, freq="D"),
            "zoned": pd.date_range("2020-02-27", periods=n, tz="Europe/Berlin"),
            "number": 1_000_000_000 + np.arange(n),
            "whole": 1e12 + np.arange(n),
            "huge": 1e15 + np.arange(n),
            "part": 0.123456 + np.arange(n),
        }
    )
    frame.loc[:n, "late"] = frame["day"].where(frame["x"] != 0)
    display = table_of(frame, features="all")
    assert texts(display)[0].tolist() == [
        "0",
        "2020-02-27",
        "2020-02-27\n12:30:00",
        "2020-02-27",
        "1000000000",
        "1000000000000",
        "1e+15",
        "0.123",
        "NaT",
    ]
    assert len(set(texts(display)[1:, 5])) == 8
    # A missing date is not a very early one.
    assert np.isnan(display.features.z[0, 8])
    expected = (frame["day"] - frame["day"].mean()) / frame["day"].std(ddof=0)
    np.testing.assert_allclose(
        display.features.z[:, 1], expected[np.append(0, display.names)]
    )
    few = table_of(frame, features=["moment"])
    assert texts(few)[0, 0] == "2020-02-27 12:30:00"


def test_features_by_position_in_a_frame():
    frame = pd.DataFrame({"spare": 1.0, "x": np.arange(20.0)})
    display = table_of(frame, features=[np.int64(1), "x"])
    assert display.features.names == ["x"]
    for features, message in (
        ([2], "Got the feature 2; .* or positions from 0 to 1"),
        ([-1], "Got the feature -1; expected names"),
        ([], "Got no features; expected at least one"),
        ("height", "Got the feature 'height'; expected names"),
    ):
        with pytest.raises(ValueError, match=message):
            table_of(frame, features=features)
    numbered = pd.DataFrame({2: np.arange(20.0), 7: np.ones(20)})
    explainer = InfluenceExplainer(Ridge(), target="score")
    explainer.fit(numbered, np.arange(20.0) ** 2)
    draw = TopObjectsDisplay.from_explainer
    assert draw(explainer, numbered[:1], features=[7]).features.names == [7]
    with pytest.raises(ValueError, match=r"Got the feature 1; .* among 2, 7\.$"):
        draw(explainer, numbered[:1], features=[1])


def test_large_numbers_do_not_run_into_each_other():
    numbers = 1e14 + np.arange(20)
    frame = pd.DataFrame({"x": np.arange(20.0), **dict.fromkeys("abcde", numbers)})
    display = table_of(frame, features=list("abcde"))
    display.figure_.canvas.draw()
    boxes = [text.get_window_extent() for text in display.features_ax_.texts[:5]]
    assert all(a.x1 < b.x0 for a, b in pairwise(boxes))
