"""Displays draw what they are given, with units and without a window."""

from functools import partial

import matplotlib.pyplot as plt
import numpy as np
import pytest
from sklearn.datasets import load_breast_cancer
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import scale

from sklinfluence import CoxRegressor, InfluenceExplainer, inspection
from sklinfluence.datasets import load_rossi
from sklinfluence.inspection import AgreementDisplay, TopObjectsDisplay
from sklinfluence.inspection._style import unit_of
from sklinfluence.targets import Parameter


def test_agreement_draws_a_point_a_pair(explained):
    estimate = np.arange(6.0).reshape(2, 3)
    display = AgreementDisplay.from_arrays(estimate, estimate + 0.1, unit="loss")
    points = display.ax_.collections[0].get_offsets()
    np.testing.assert_allclose(points[:, 1], estimate.ravel())
    np.testing.assert_allclose(points[:, 0], estimate.ravel() + 0.1)
    assert display.ax_.get_ylabel() == "estimated influence (loss)"
    assert display.figure_ is display.ax_.figure


def test_agreement_of_an_audit(explained):
    X = explained.problem_.X
    _, ax = plt.subplots()
    display = AgreementDisplay.from_explainer(explained, X[:2], k=2, ax=ax, color="k")
    assert display.ax_ is ax
    assert display.estimate.shape == (2, 6)
    assert "relative risk" in ax.get_xlabel()
    assert f"{display.agreement.relative_error:.1%}" in ax.get_title()


def test_failed_refits_are_left_out_of_the_agreement():
    display = AgreementDisplay.from_arrays([[1.0, 2.0, 9.0]], [[1.0, 2.0, np.nan]])
    assert display.agreement.relative_error == 0.0


def test_agreement_where_nothing_is_known_or_changes():
    estimate = [[1.0, np.nan, 3.0], [1.0, 2.0, 3.0]]
    retrained = [[1.0, 2.0, 3.5], [np.nan, 2.0, 2.5]]
    display = AgreementDisplay.from_arrays(estimate, retrained)
    error = np.sqrt(0.5) / np.linalg.norm([1.0, 3.5, 2.0, 2.5])
    assert display.agreement.relative_error == pytest.approx(error)
    zeros = AgreementDisplay.from_arrays(np.zeros((1, 3)), np.zeros((1, 3)))
    assert zeros.ax_.get_title() == "relative error –, correlation –"


def survival_at_week_26(model, X, y):
    return model.predict_survival_function(X, times=[26])[:, 0]


@pytest.mark.parametrize(
    ("target", "unit"),
    [
        ("log_risk", "log-risk"),
        ("parameter", "coefficient"),
        (Parameter(["age"]), "coefficient of age"),
        (Parameter([1]), "coefficient of age"),
        (survival_at_week_26, "survival at week 26"),
        (partial(survival_at_week_26), "survival at week 26"),
        (lambda model, X, y: model.predict(X), "target"),
    ],
    ids=["log_risk", "parameters", "name", "place", "function", "partial", "lambda"],
)
def test_axes_say_what_is_attributed(target, unit):
    X, y = load_rossi(return_X_y=True)
    explainer = InfluenceExplainer(CoxRegressor(), target=target).fit(X, y)
    assert unit_of(explainer) == unit


@pytest.mark.parametrize("target", ["probability", "score", "loss"])
def test_axes_say_what_is_attributed_of_classifiers(target):
    X, y = load_breast_cancer(return_X_y=True)
    model = LogisticRegression(tol=1e-8)
    explainer = InfluenceExplainer(model, target=target).fit(scale(X), y)
    assert unit_of(explainer) == target


def test_top_objects_are_bars_from_proponents_to_opponents(explained):
    row = explained.problem_.X[:1]
    display = TopObjectsDisplay.from_explainer(explained, row, k=3)
    top = explained.top_objects(row, k=3)
    widths = [bar.get_width() for bar in display.ax_.patches]
    expected = [*top.proponents.influence[0], *top.opponents.influence[0][::-1]]
    np.testing.assert_allclose(widths, expected)
    labels = [label.get_text() for label in display.ax_.get_yticklabels()]
    assert labels == [*top.proponents.names[0], *top.opponents.names[0][::-1]]
    assert display.ax_.get_xlabel() == "change of the relative risk"


def test_retrained_effects_are_dots(explained):
    row = explained.problem_.X[:1]
    retrained = np.arange(432.0)
    display = TopObjectsDisplay.from_explainer(explained, row, k=2, retrained=retrained)
    top = explained.top_objects(row, k=2)
    dots = display.ax_.collections[0].get_offsets()[:, 0]
    expected = [*top.proponents.indices[0], *top.opponents.indices[0][::-1]]
    np.testing.assert_allclose(dots, expected)


def test_few_training_objects_are_shown_once():
    X, y = load_rossi(return_X_y=True)
    small = InfluenceExplainer(CoxRegressor(alpha=5.0)).fit(X[:40], y[:40])
    display = TopObjectsDisplay.from_explainer(small, X[:1], k=30)
    assert len(display.ax_.patches) == 40


def test_top_objects_are_those_of_one_row(explained):
    with pytest.raises(ValueError, match="Got 2 test objects; expected one row"):
        TopObjectsDisplay.from_explainer(explained, explained.problem_.X[:2])


def test_points_have_the_colours_that_are_asked_for():
    values = [[1.0, 2.0, 3.0]]
    display = AgreementDisplay.from_arrays(values, values, c=[0.0, 0.5, 1.0])
    np.testing.assert_array_equal(display.ax_.collections[0].get_array(), [0, 0.5, 1])
    wide = AgreementDisplay.from_arrays(values, values, linewidths=2)
    assert wide.ax_.collections[0].get_linewidths() == [2]


def test_top_objects_of_arrays_are_drawn_in_their_order():
    names, values = [("a", "b"), ("b", "c"), ("c", "d")], [0.5, -0.2, 0.1]
    display = TopObjectsDisplay.from_arrays(
        names, values, retrained=[0.4, -0.1, 0.2], unit="loss", height=0.5
    )
    assert [bar.get_width() for bar in display.ax_.patches] == values
    assert {bar.get_height() for bar in display.ax_.patches} == {0.5}
    written = [label.get_text() for label in display.ax_.get_yticklabels()]
    assert written == ["a, b", "b, c", "c, d"]
    assert display.ax_.get_ylim()[0] > display.ax_.get_ylim()[1]
    dots = display.ax_.collections[0].get_offsets()
    np.testing.assert_allclose(dots, [[0.4, 0], [-0.1, 1], [0.2, 2]])
    assert display.ax_.get_xlabel() == "change of the loss"


def test_top_objects_have_a_value_each(explained):
    with pytest.raises(ValueError, match=r"Got values of shape \(1,\) for 2 training"):
        TopObjectsDisplay.from_arrays(["a", "b"], [1.0])
    with pytest.raises(ValueError, match=r"retrained of shape \(1,\) for 2 training"):
        TopObjectsDisplay.from_arrays(["a", "b"], [1.0, 2.0], retrained=[1.0])
    row = explained.problem_.X[:1]
    for shape in ((3,), (1, 432)):
        with pytest.raises(ValueError, match=r"for 432 training objects; expected a"):
            TopObjectsDisplay.from_explainer(explained, row, retrained=np.zeros(shape))


def test_top_objects_move_one_number():
    X, y = load_rossi(return_X_y=True)
    explainer = InfluenceExplainer(CoxRegressor(), target="parameter").fit(X, y)
    with pytest.raises(ValueError, match=r"of 7 numbers.* as Parameter\(\['fin'\]\)"):
        TopObjectsDisplay.from_explainer(explainer, X[:1])
    one = InfluenceExplainer(CoxRegressor(), target=Parameter(["age"])).fit(X, y)
    display = TopObjectsDisplay.from_explainer(one, X[:1], k=2)
    influence = np.sort(one.influence()[0])[::-1]
    np.testing.assert_allclose(display.values, influence[[0, 1, -2, -1]])


@pytest.mark.parametrize("name", inspection.__all__)
def test_displays_can_be_made_of_explainers_and_of_arrays(name):
    display = getattr(inspection, name)
    for method in ("from_explainer", "from_arrays", "plot"):
        assert callable(getattr(display, method))
