import numpy as np
import pandas as pd
import pytest

from sklinfluence.report._find_in_rows import reasons


@pytest.fixture
def frame():
    """Two covariates with effects, a number, and nothing wrong."""
    rng = np.random.default_rng(1)
    X = pd.DataFrame(rng.normal(size=(120, 2)), columns=["a", "b"])
    return X.assign(y=X["a"] - X["b"] + rng.normal(size=120))


@pytest.fixture
def survival():
    rng = np.random.default_rng(2)
    X = pd.DataFrame(rng.normal(size=(150, 2)), columns=["a", "b"])
    time = rng.exponential(np.exp(-X["a"].to_numpy()))
    return X.assign(time=time.round(4), event=1)


SURVIVAL = {"time": "time", "event": "event"}


def titles(report):
    return {one.title for one in report.findings.found}


def test_clean_data_have_nothing_to_check(make_report, frame):
    report = make_report(frame, target="y")
    assert [one for one in report.findings.found if one.level == "check"] == []
    assert "collinear columns" in report.findings.passed
    assert "proportional hazards" not in report.findings.passed


def test_clean_survival_data_have_nothing_to_check(make_report, survival):
    report = make_report(survival, **SURVIVAL)
    assert [one for one in report.findings.found if one.level == "check"] == []
    assert "proportional hazards" in report.findings.passed


def test_few_events(make_report, survival):
    few = survival.assign(event=(np.arange(150) < 12).astype(int))
    said = make_report(few, **SURVIVAL).finding("Few events per variable").text
    assert "12 events for 2 coefficients, 6.0 for each" in said


def test_collinear_columns(make_report, frame):
    rng = np.random.default_rng(0)
    frame.insert(0, "a again", frame["a"] + 0.05 * rng.normal(size=120))
    report = make_report(frame, target="y")
    said = report.finding("Collinear columns").text
    assert "a again and a (r = +0.99" in said
    inflation = report.model.coefficients["inflation"]
    assert f"a ({inflation['a']:.0f}×)" in said
    assert inflation["b"] < 1.2


def test_redundant_column(make_report, frame):
    frame.insert(2, "sum", frame["a"] + frame["b"])
    report = make_report(frame, target="y")
    assert "exactly from a, b" in report.finding("sum was left out").text
    assert list(report.model.coefficients.index) == ["a", "b"]


def test_separated_classes(make_report, frame):
    frame["y"] = np.where(frame["a"] > 0, "ill", "well")
    report = make_report(frame, target="y", positive="ill")
    assert "a" in report.finding("The model has no best fit").text
    assert report.model.alpha == 1
    assert report.model.coefficients["p"].isna().all()
    assert np.isfinite(report.measures.moves.to_numpy()).all()
    assert "ridge penalty of 1" in report.page


def test_separated_survival(make_report, survival):
    # All of the group have their event before everybody else.
    group = (survival["time"].rank() <= 20).astype(float)
    report = make_report(survival.assign(group=group), **SURVIVAL)
    said = report.finding("The model has no best fit").text
    assert "separation" in said
    assert "group" in said


def test_row_that_moves_a_coefficient(make_report, frame):
    frame.loc[17, ["a", "b", "y"]] = [8.0, 8.0, 40.0]
    report = make_report(frame, target="y")
    said = report.finding(
        "Single rows move coefficients by more than one standard error"
    )
    moves = report.measures.moves.loc["row 18"]
    assert f"row 18 (a by {moves['a']:+.2f}, b by {moves['b']:+.2f})" in said.text
    assert abs(moves["a"]) > 1
    assert "row 18" in report.finding("Extreme values").text
    assert "row 18" in report.finding("Outcomes that the model did not expect").text


def test_sign_that_few_rows_hold_up(make_report, frame):
    frame["c"] = np.random.default_rng(5).normal(size=120)
    # Two far rows turn the effect of c that the others have.
    frame["y"] -= 0.15 * frame["c"]
    frame.loc[[3, 4], "c"] = [9.0, 10.0]
    frame.loc[[3, 4], "y"] += 9.0
    report = make_report(frame[["a", "b", "c", "y"]], target="y")
    (said,) = [
        one for one in report.findings.found if one.title.startswith("The sign of c")
    ]
    assert report.model.coefficients["p"]["c"] < 0.05
    found = report.measures.sets["c"]
    assert found.size <= 5
    assert {"row 4", "row 5"} <= set(found.names)
    assert f"rests on {found.size} row" in said.title
    assert "row 4" in said.text


def test_row_that_the_model_cannot_do_without(make_report, frame):
    frame.insert(0, "only", (np.arange(120) == 8).astype(float))
    report = make_report(frame, target="y")
    assert "row 9" in report.finding("Rows that the model cannot do without").text
    assert "only = 1 in 1 row" in report.finding("Rare values").text
    assert "no model without it" in report.page


def test_events_with_few_at_risk_are_named(make_report, survival):
    survival = survival.sort_values("time", ignore_index=True)
    report = make_report(survival, **SURVIVAL)
    said = [reasons(report.model, report.measures, i) for i in range(150)]
    assert said[149].endswith("an event with 1 row at risk")
    assert said[140].endswith("an event with 10 rows at risk")
    assert "at risk" not in said[139]


def test_duplicates(make_report, frame):
    report = make_report(pd.concat([frame, frame[4:6]]), target="y")
    said = report.finding("Duplicate rows").text
    assert "2 rows equal another one" in said
    assert "row 5 = row 121, row 6 = row 122" in said


def test_names_that_occur_twice(make_report, frame):
    frame["id"] = [f"P{i // 2}" for i in range(120)]
    report = make_report(frame, target="y", id="id", rows=("P3",))
    assert "60 names in 'id'" in report.finding("Names that occur twice").text
    assert report.table.rows == [6, 7]


def test_hazards_that_are_not_proportional(make_report):
    rng = np.random.default_rng(0)
    a = rng.integers(0, 2, 400).astype(float)
    # The hazard ratio is large before time one, and below one after it.
    early = rng.exponential(np.where(a == 1, 0.7, 5.0))
    time = np.where(early < 1, early, 1 + rng.exponential(np.where(a == 1, 3.0, 1.0)))
    frame = pd.DataFrame({"a": a, "b": rng.normal(size=400), "time": time, "event": 1})
    said = make_report(frame, **SURVIVAL).finding("Hazards are not proportional").text
    assert "a (fading, p < 0.001)" in said
    assert "b (" not in said


def test_a_column_that_knows_the_outcome(make_report, frame):
    frame["a"] = frame["y"] + 0.01 * np.random.default_rng(0).normal(size=120)
    said = make_report(frame, target="y").finding("The fit is very good").text
    assert "first of all a" in said


def test_codes_identifiers_tails_and_zero_times(make_report, survival):
    rng = np.random.default_rng(0)
    survival.insert(0, "grade", rng.integers(1, 5, 150))
    survival.insert(0, "number", np.arange(1001, 1151))
    survival.insert(0, "tail", np.exp(1.5 * rng.normal(size=150)).round(3))
    survival.loc[30, "time"] = 0.0
    report = make_report(survival, **SURVIVAL)
    assert "grade (1, 2, 3, 4)" in report.finding("Numbers that may be codes").text
    assert "number rises" in report.finding("A column that numbers the rows").text
    assert report.finding("Long tails").text.startswith("tail (median")
    assert "row 31" in report.finding("Times of zero").text


def test_categories_are_compared_with_the_first(make_report, frame):
    site = np.resize(["Oslo", "Bergen", "Tromsø"], 120)
    stage = np.resize([3, 1, 2], 120)
    report = make_report(
        frame.assign(site=site, stage=stage), target="y", categorical=("stage",)
    )
    names = ["site=Oslo", "site=Tromsø", "stage=2", "stage=3"]
    assert list(report.table.X.columns[-4:]) == names
    assert report.table.X["site=Oslo"].to_numpy().tolist() == (site == "Oslo").tolist()
    assert "site holds categories (Bergen, Oslo, Tromsø)" in report.page


def test_rows_with_missing_values_are_left_out_if_asked(make_report, frame):
    frame.loc[[3, 90], "a"] = np.nan
    report = make_report(frame, target="y", drop_missing=True)
    assert len(report.table.X) == 118
    assert "2 of 120 rows were left out" in report.page
    # Rows keep the number that they have in the file.
    assert report.table.X.index[3] == "row 5"


def test_events_by_their_value(make_report, survival):
    status = np.where(np.arange(150) % 3 == 0, "alive", "dead")
    report = make_report(survival.assign(event=status), **SURVIVAL, event_value="dead")
    assert report.table.y["event"].tolist() == (status == "dead").tolist()
    yes = np.where(status == "dead", True, False)
    report = make_report(survival.assign(event=yes), **SURVIVAL)
    assert report.table.y["event"].tolist() == yes.tolist()


def test_large_numbers_with_small_steps(make_report, frame):
    report = make_report(frame.assign(y=(frame["y"] > 0).astype(int)), target="y")
    frame["a"] += 1e6
    far = make_report(frame.assign(y=(frame["y"] > 0).astype(int)), target="y")
    for name in ("coefficient", "error", "p"):
        expected = report.model.coefficients[name]
        np.testing.assert_allclose(far.model.coefficients[name], expected, rtol=1e-6)
    assert far.model.facts["distance"] < 1e-6


def test_events_at_one_time_have_no_trend(make_report, survival):
    survival["time"] = np.where(np.arange(150) % 2 == 0, 1.0, 2.0)
    survival["event"] = (survival["time"] == 1.0).astype(int)
    report = make_report(survival, **SURVIVAL)
    assert "proportional hazards" in report.findings.passed


def test_removals_that_fail_do_not_end_the_audit(make_report, frame):
    # Two rows of a group, one in each class: without either, the group is separated.
    frame.insert(0, "group", np.isin(np.arange(120), [3, 8]).astype(float))
    frame["y"] = np.arange(120) % 2
    frame.loc[[3, 8], "y"] = [0, 1]
    report = make_report(frame[:30], target="y")
    assert (
        "row 4, row 9" in report.finding("Rows that the model cannot do without").text
    )
    assert report.model.alpha == 0
    # Refits stop at some finite coefficient, where Newton's method says that none is.
    audit = report.measures.audit
    lost = np.isnan(audit.estimate).all(axis=0)
    assert lost.any()
    assert np.isfinite(audit.retrained[:, lost]).all()
    assert audit.relative_error < 1e-6
    assert report.measures.said == []


def test_columns_may_have_any_name(make_report, frame):
    expected = make_report(frame, target="y")
    names = {"a": "intercept", "b": "score", "y": "p"}
    report = make_report(frame.rename(columns=names), target="p")
    assert list(report.measures.sets) == ["intercept", "score"]
    for old, new in (("a", "intercept"), ("b", "score")):
        before = expected.measures.sets[old]
        assert report.measures.sets[new].indices.tolist() == before.indices.tolist()
        assert report.measures.sets[new].before == pytest.approx(before.before)
    np.testing.assert_allclose(report.measures.moves, expected.measures.moves)
