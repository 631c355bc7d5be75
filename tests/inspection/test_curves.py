"""Heatmaps and curves draw the numbers that they are given."""

import numpy as np
import pandas as pd
import pytest
from lifelines import CoxPHFitter
from matplotlib.colors import Normalize
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.metrics import average_precision_score, log_loss
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sksurv.linear_model import CoxPHSurvivalAnalysis

from sklinfluence import CoxRegressor, InfluenceExplainer, NodeEmbedder
from sklinfluence.datasets import load_rossi
from sklinfluence.diagnostics import most_influential_set
from sklinfluence.inspection import (
    DetectionCurveDisplay,
    InfluenceHeatmapDisplay,
    RemovalCurveDisplay,
    SurvivalCurvesDisplay,
)
from sklinfluence.metrics import addition_curve


def labels(axis):
    return [label.get_text() for label in axis.get_ticklabels()]


def test_heatmap_shows_the_strongest_objects(explained):
    X = explained.problem_.X
    display = InfluenceHeatmapDisplay.from_explainer(explained, X[3:9], k=12)
    influence = explained.influence(X[3:9], as_frame=True)
    strongest = (influence**2).sum().nlargest(12).index
    assert set(display.object_names) == set(strongest)
    shown = influence[list(display.object_names)]
    np.testing.assert_allclose(display.image_.get_array(), shown)
    assert (np.diff(shown.mean()) <= 1e-15).all()
    low, high = display.image_.get_clim()
    assert high == -low == pytest.approx(shown.abs().to_numpy().max())
    assert labels(display.ax_.yaxis) == list(X.index[3:9])
    assert labels(display.ax_.xaxis) == list(display.object_names)
    assert "strongest 12 of 432" in display.ax_.get_xlabel()
    assert display.figure_.axes[1].get_ylabel() == "change of the relative risk"


def test_heatmap_of_zeros_and_of_what_is_unknown():
    display = InfluenceHeatmapDisplay.from_arrays([[0.0, np.nan]], unit="loss")
    assert display.image_.get_clim() == (-1.0, 1.0)
    assert display.ax_.get_xlabel() == "training object removed"
    with pytest.raises(ValueError, match=r"shape \(2,\); expected \(n_test, n_obj"):
        InfluenceHeatmapDisplay.from_arrays([0.0, 1.0])
    with pytest.raises(ValueError, match="Got 1 names of 2 objects"):
        InfluenceHeatmapDisplay.from_arrays([[0.0, 1.0]], object_names=["a"])


def test_heatmap_of_objects_that_leave_no_pair():
    path = np.eye(5, k=1) + np.eye(5, k=-1)
    nodes = InfluenceExplainer(NodeEmbedder(random_state=0)).fit(path)
    display = InfluenceHeatmapDisplay.from_explainer(nodes, [(0, 1)])
    influence = nodes.influence([(0, 1)])[0]
    order = display.object_names.astype(int)
    colored = display.image_.get_array().filled(np.nan)[0]
    np.testing.assert_array_equal(colored, influence[order])
    assert labels(display.ax_.yaxis) == ["0, 1"]
    label = display.figure_.axes[1].get_ylabel()
    assert label == "change of the loss of the pair\n(grey: unknown)"


def test_heatmap_keeps_names_of_a_frame_and_none_that_cannot_be_read():
    rows, columns = ["a test object of many words"], [(1, 2), (2, 3)]
    frame = pd.DataFrame([[1.0, -2.0]], rows, columns)
    display = InfluenceHeatmapDisplay.from_arrays(frame)
    assert labels(display.ax_.xaxis) == ["1, 2", "2, 3"]
    assert labels(display.ax_.yaxis) == ["a test ob…many words"]
    wide = InfluenceHeatmapDisplay.from_arrays(np.zeros((2, 500)))
    assert labels(wide.ax_.xaxis) == []


def test_detection_curves_are_added_to_axes():
    wrong = [1, 0, 0, 1, 0]
    first = DetectionCurveDisplay.from_arrays(wrong, {"a": [5, 4, 3, 2, 1]})
    again = DetectionCurveDisplay.from_arrays(
        wrong, {"b": [1, 2, 3, 4, 5]}, ax=first.ax_
    )
    names = [text.get_text().split(" (")[0] for text in again.ax_.get_legend().texts]
    assert names == ["random order", "wrong ones first", "a", "b"]
    assert first.lines_[0].get_color() != again.lines_[0].get_color()


def test_detection_curves_by_hand():
    wrong = np.array([1, 0, 0, 1, 0])
    rankings = {"a": [5, 4, 3, 2, 1], "b": [1, 2, 3, 4, 5]}
    display = DetectionCurveDisplay.from_arrays(wrong, rankings)
    first, second = display.lines_
    np.testing.assert_allclose(first.get_xdata(), np.arange(6) * 20)
    np.testing.assert_allclose(first.get_ydata(), [0, 50, 50, 50, 100, 100])
    np.testing.assert_allclose(second.get_ydata(), [0, 0, 50, 50, 50, 100])
    precision = average_precision_score(wrong, rankings["a"])
    assert first.get_label() == f"a (AP = {precision:.2f})"
    ideal = display.ax_.lines[1]
    np.testing.assert_allclose(ideal.get_xdata(), [0, 40, 100])
    one = DetectionCurveDisplay.from_arrays(wrong, rankings["a"], color="k")
    assert one.lines_[0].get_color() == "k"


def test_detection_curve_of_an_explainer():
    X, y = load_iris(return_X_y=True)
    wrong = np.arange(150) % 10 == 0
    y = np.where(wrong, (y + 1) % 3, y)
    explainer = InfluenceExplainer(LogisticRegression(), target="loss").fit(X, y)
    display = DetectionCurveDisplay.from_explainer(explainer, wrong)
    precision = average_precision_score(wrong, explainer.self_influence())
    assert f"{precision:.2f}" in display.lines_[0].get_label()


def test_removal_curve_of_an_explainer():
    X, y = load_iris(return_X_y=True)
    train, test = (X[::2], y[::2]), (X[1::2], y[1::2])
    explainer = InfluenceExplainer(LogisticRegression(), target="loss").fit(*train)
    display = RemovalCurveDisplay.from_explainer(
        explainer, *test, fractions=[0, 0.4], n_repeats=3, random_state=0
    )
    helps = explainer.influence(*test).mean(axis=0)
    for line, ranking in zip(display.lines_, (helps, -helps), strict=True):
        kept = np.sort(np.argsort(-ranking, kind="stable")[30:])
        without = LogisticRegression().fit(train[0][kept], train[1][kept])
        expected = [explainer.estimator_.score(*test), without.score(*test)]
        np.testing.assert_allclose(line.get_ydata(), expected)
        np.testing.assert_allclose(line.get_xdata(), [0, 40])
    (band,) = display.ax_.collections
    (vertices,) = (path.vertices for path in band.get_paths())
    random = display.curve.random[:, 1]
    low, high = random.mean() - random.std(), random.mean() + random.std()
    heights = vertices[vertices[:, 0] == 40, 1]
    assert (heights.min(), heights.max()) == pytest.approx((low, high))


def test_addition_curve_without_random_orders():
    X, y = [[0.0], [1.0], [2.0], [3.0]], [0.0, 1.0, 2.0, 9.0]
    curve = addition_curve(
        Ridge(), X, y, [4, 3, 2, 1], X, y, fractions=[0.5, 1.0], n_repeats=0
    )
    display = RemovalCurveDisplay.from_curve(curve, score_name="R²")
    np.testing.assert_allclose(display.lines_[0].get_ydata(), curve.score)
    assert display.ax_.get_ylabel() == "R²"
    assert display.ax_.get_xlabel() == "training objects trained on, the first (%)"
    assert not display.ax_.collections


def test_survival_curves_are_those_of_a_refit(explained):
    X, y = explained.problem_.X, explained.problem_.y
    flip = most_influential_set(explained, "fin")
    display = SurvivalCurvesDisplay.from_explainer(
        explained, flip, X[:4], time_unit="weeks"
    )
    kept = np.delete(np.arange(len(X)), flip.indices)
    without = CoxRegressor().fit(X.iloc[kept], y[kept])
    before, after = display.lines_
    times = np.append(0.0, explained.estimator_.event_times_)
    for line, model in ((before, explained.estimator_), (after, without)):
        expected = model.predict_survival_function(X[:4], times).mean(axis=0)
        np.testing.assert_allclose(line.get_ydata(), expected)
        assert line.get_drawstyle() == "steps-post"
    assert before.get_ydata()[0] == after.get_ydata()[0] == 1.0
    assert after.get_label() == f"without {flip.size} of them"
    assert display.ax_.get_xlabel() == "time (weeks)"


def _lifelines(X, y):
    frame = X.assign(week=y["time"], arrest=y["event"])
    return CoxPHFitter().fit(frame, "week", "arrest"), (frame,), frame[:2]


def _sksurv(X, y):
    return CoxPHSurvivalAnalysis(ties="efron", tol=1e-12), (X, y), X[:2]


@pytest.mark.parametrize("make", [_lifelines, _sksurv], ids=["lifelines", "sksurv"])
def test_survival_curves_of_other_packages(make):
    X, y = load_rossi(return_X_y=True)
    model, data, rows = make(X, y)
    explainer = InfluenceExplainer(model).fit(*data)
    display = SurvivalCurvesDisplay.from_explainer(explainer, [3, 5, 8], rows)
    frame = X.assign(week=y["time"], arrest=y["event"])
    left = (frame, frame.drop(index=[3, 5, 8]))
    for line, data in zip(display.lines_, left, strict=True):
        fitter = CoxPHFitter().fit(data, "week", "arrest")
        times, survival = line.get_data()
        expected = fitter.predict_survival_function(frame[:2], times=times[1:])
        np.testing.assert_allclose(survival[1:], expected.mean(axis=1), rtol=1e-6)
        assert (times[0], survival[0]) == (0, 1)


def test_survival_curves_of_a_pipeline():
    X, y = load_rossi(return_X_y=True)
    plain = InfluenceExplainer(CoxRegressor()).fit(X, y)
    scaled = InfluenceExplainer(make_pipeline(StandardScaler(), CoxRegressor()))
    first, second = (
        SurvivalCurvesDisplay.from_explainer(one, [3, 5], X[:2])
        for one in (plain, scaled.fit(X, y))
    )
    np.testing.assert_allclose(second.before, first.before, rtol=1e-8)
    np.testing.assert_allclose(second.after, first.after, rtol=1e-8)


def test_survival_curves_of_what_has_none():
    X, y = load_rossi(return_X_y=True)
    explainer = InfluenceExplainer(Ridge()).fit(X, y["time"])
    with pytest.raises(TypeError, match="Got a fitted Ridge, which has no"):
        SurvivalCurvesDisplay.from_explainer(explainer, [0], X[:1])
    with pytest.raises(ValueError, match=r"Got after of shape \(1,\) at times"):
        SurvivalCurvesDisplay.from_arrays([0, 1], [1, 0.5], [1], n_removed=1)


def test_removal_curve_is_of_rows():
    names = list("abcde")
    path = pd.DataFrame(np.eye(5, k=1) + np.eye(5, k=-1), names, names)
    nodes = InfluenceExplainer(NodeEmbedder(random_state=0)).fit(path)
    with pytest.raises(ValueError, match="A removal curve is of training rows"):
        RemovalCurveDisplay.from_explainer(nodes, [("a", "b")], None)


def test_removal_curve_needs_to_know_what_helps(explained):
    X, y = explained.problem_.X, explained.problem_.y
    with pytest.raises(ValueError, match="RelativeRisk, which does not say what helps"):
        RemovalCurveDisplay.from_explainer(explained, X, y)


def test_wrong_ones_come_first_by_the_share_of_each_display():
    frame = pd.DataFrame({"wrong": [1, 0, 0, 1, 0]})
    first = DetectionCurveDisplay.from_arrays(frame, {"a": [5, 4, 3, 2, 1]})
    assert first.share == 0.4
    DetectionCurveDisplay.from_arrays(frame, {"b": [1, 2, 3, 4, 5]}, ax=first.ax_)
    wrong = [1, 0, 0, 0, 0]
    DetectionCurveDisplay.from_arrays(wrong, {"c": [1, 2, 3, 4, 5]}, ax=first.ax_)
    best = {
        line.get_label(): line.get_xdata()[1]
        for line in first.ax_.lines
        if line.get_label().startswith("wrong")
    }
    assert best == {"wrong ones first": 40, "wrong ones first (20% wrong)": 20}
    labels = [line.get_label() for line in first.ax_.lines]
    assert labels.count("random order") == 1


def test_removal_curves_of_arrays():
    rng = np.random.default_rng(0)
    shares, random = [0.0, 0.25, 0.5], rng.normal(size=(4, 3))
    display = RemovalCurveDisplay.from_arrays(
        shares,
        {"one": [3.0, 2.0, 1.0], "two": [3.0, 4.0, 5.0]},
        random=random,
        score_name="C",
        lw=3,
    )
    one, two = display.lines_
    np.testing.assert_array_equal(one.get_xdata(), [0, 25, 50])
    np.testing.assert_array_equal(two.get_ydata(), [3, 4, 5])
    assert one.get_linewidth() == 3
    np.testing.assert_allclose(display.ax_.lines[0].get_ydata(), random.mean(axis=0))
    (vertices,) = (path.vertices for path in display.ax_.collections[0].get_paths())
    top = vertices[vertices[:, 0] == 25, 1].max()
    assert top == pytest.approx(random[:, 1].mean() + random[:, 1].std())
    assert display.ax_.get_xlabel() == "training objects removed (%)"
    assert display.ax_.get_ylabel() == "C"
    single = RemovalCurveDisplay.from_arrays(shares, [3.0, 2.0, 1.0])
    assert single.lines_[0].get_label() == "ranking"
    assert not single.ax_.collections


@pytest.mark.parametrize(
    ("shares", "score", "random", "message"),
    [
        ([0, 10], [1, 2], None, "expected a list of shares, from 0 to"),
        ([], [], None, r"Got fractions=\[\]; expected a list of shares"),
        ([0, 0.1], {"a": [1]}, None, r"scores 'a' of shape \(1,\); expected \(2,\)"),
        ([0, 0.1], [1, 2], [1, 2], r"random of shape \(2,\); expected \(n_repeats, 2"),
    ],
    ids=["percent", "none", "score", "random"],
)
def test_removal_curves_of_arrays_that_do_not_fit(shares, score, random, message):
    with pytest.raises(ValueError, match=message):
        RemovalCurveDisplay.from_arrays(shares, score, random=random)


def test_rows_of_unknown_influence_are_removed_last(monkeypatch):
    X, y = load_iris(return_X_y=True)
    train, test = (X[::2], y[::2]), (X[1::2], y[1::2])
    explainer = InfluenceExplainer(LogisticRegression(), target="loss").fit(*train)
    influence = explainer.influence(*test)
    helps = influence.mean(axis=0)
    first, last = np.argmax(helps), np.argmin(helps)
    influence[:, [first, last]] = np.nan
    monkeypatch.setattr(explainer, "influence", lambda *args: influence)
    display = RemovalCurveDisplay.from_explainer(
        explainer, *test, fractions=[0.4], scoring="neg_log_loss", n_repeats=0
    )
    known = np.delete(np.arange(75), [first, last])
    for line, ranking in zip(display.lines_, (helps, -helps), strict=True):
        order = known[np.argsort(-ranking[known], kind="stable")]
        kept = np.sort([*order[30:], first, last])
        model = LogisticRegression().fit(train[0][kept], train[1][kept])
        loss = log_loss(test[1], model.predict_proba(test[0]))
        np.testing.assert_allclose(line.get_ydata(), [-loss])
    influence[:] = np.nan
    with pytest.raises(ValueError, match="is nan of every training row"):
        RemovalCurveDisplay.from_explainer(explainer, *test)


def test_survival_curves_take_positions_once_or_a_mask(explained):
    X = explained.problem_.X
    mask = np.isin(np.arange(len(X)), [3, 5])
    by_mask, repeated, expected = (
        SurvivalCurvesDisplay.from_explainer(explained, removed, X[:2])
        for removed in (mask, [5, 3, 3], [3, 5])
    )
    assert by_mask.n_removed == repeated.n_removed == 2
    np.testing.assert_array_equal(by_mask.after, expected.after)
    np.testing.assert_array_equal(repeated.after, expected.after)
    assert np.abs(by_mask.after - by_mask.before).max() > 0
    none = SurvivalCurvesDisplay.from_explainer(explained, [], X[:2])
    np.testing.assert_allclose(none.after, none.before, rtol=1e-10)


@pytest.mark.parametrize(
    ("removed", "message"),
    [
        ([0, -1], r"with \[-1\]; expected positions of training objects, from 0 to"),
        ([432, 1], r"with \[432\]; expected positions .* from 0 to 431"),
        ([True, False], r"type bool and shape \(2,\); expected a 1-D array .*\(432,\)"),
        ([0.5], r"type float64 and shape \(1,\); expected"),
    ],
    ids=["negative", "beyond", "short-mask", "floats"],
)
def test_survival_curves_without_what_is_not_there(explained, removed, message):
    with pytest.raises(ValueError, match=message):
        SurvivalCurvesDisplay.from_explainer(explained, removed)


def test_heatmap_of_groups(explained):
    X = explained.problem_.X
    groups = {"young": np.flatnonzero(X["age"] < 20), "one": [3], ("a", "b"): [4, 7]}
    display = InfluenceHeatmapDisplay.from_explainer(
        explained, X[:3], k=2, groups=groups
    )
    influence = explained.influence(X[:3], groups=groups)
    columns = [list(groups).index(name) for name in display.object_names]
    strongest = np.argsort(-(influence**2).sum(axis=0))[:2]
    assert sorted(columns) == sorted(strongest)
    np.testing.assert_allclose(display.image_.get_array(), influence[:, columns])
    assert display.ax_.get_xlabel() == (
        "group of training objects removed (strongest 2 of 3)"
    )


def test_heatmap_takes_a_norm_and_refuses_nothing_to_draw():
    norm = Normalize(-3, 5)
    display = InfluenceHeatmapDisplay.from_arrays([[1.0, 2.0]], norm=norm)
    assert display.image_.get_clim() == (-3, 5)
    plain = InfluenceHeatmapDisplay.from_arrays([[1.0, 2.0]], norm=None)
    assert plain.image_.get_clim() == (-2, 2)
    for shape in ((0, 3), (3, 0)):
        with pytest.raises(ValueError, match="at least one of each"):
            InfluenceHeatmapDisplay.from_arrays(np.zeros(shape))
