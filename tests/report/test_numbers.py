import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from numpy.testing import assert_allclose
from sklearn.metrics import roc_auc_score

from sklinfluence import CoxRegressor, InfluenceExplainer
from sklinfluence.attribution import NewtonInfluence
from sklinfluence.diagnostics import cooks_distance, dfbetas, most_influential_set
from sklinfluence.report._measures import rows_needed
from sklinfluence.report._residuals import proportionality, schoenfeld
from sklinfluence.report._separation import aliased, separating
from sklinfluence.utils import survival_target


@pytest.fixture(scope="module")
def cox(rossi_frame):
    """A fit of the package on the columns as they are."""
    X = rossi_frame.drop(columns=["time", "event"])
    y = survival_target(rossi_frame["event"], rossi_frame["time"])
    return CoxRegressor(ties="efron").fit(X, y), X, y


def test_cox_model_is_that_of_the_package(rossi, cox):
    model, X, y = cox
    table = rossi.model.coefficients
    assert_allclose(table["coefficient"], model.coef_, rtol=1e-7)
    assert_allclose(table["error"], model.standard_errors_, rtol=1e-7)
    assert_allclose(rossi.model.facts["fit"], model.score(X, y), rtol=1e-12)


def test_cox_model_is_that_of_lifelines(rossi, rossi_frame):
    from lifelines import CoxPHFitter

    summary = CoxPHFitter().fit(rossi_frame, "time", "event").summary
    table = rossi.model.coefficients
    assert_allclose(table["coefficient"], summary["coef"], rtol=1e-5)
    assert_allclose(table["p"], summary["p"], rtol=1e-4)
    assert_allclose(table["upper"], summary["coef upper 95%"], rtol=1e-4)


@pytest.fixture(scope="module")
def untied(rossi_frame, make_report):
    """The same without ties, and the fit of lifelines."""
    from lifelines import CoxPHFitter

    later = np.random.default_rng(0).random(len(rossi_frame))
    frame = rossi_frame.assign(time=rossi_frame["time"] + later)
    report = make_report(frame, time="time", event="event")
    return report, CoxPHFitter().fit(frame, "time", "event")


def test_proportionality_is_that_of_lifelines(untied):
    from lifelines.statistics import proportional_hazard_test

    report, fitted = untied
    test = proportional_hazard_test(fitted, report.frame, time_transform="rank")
    found = proportionality(report.model)
    assert_allclose(found["p"], test.summary.loc[list(found.index), "p"], rtol=1e-5)


def test_schoenfeld_residuals_are_those_of_lifelines(rossi, rossi_frame):
    from lifelines import CoxPHFitter

    fitted = CoxPHFitter().fit(rossi_frame, "time", "event")
    expected = fitted.compute_residuals(rossi_frame, "schoenfeld").sort_index()
    model = rossi.model
    X = rossi_frame.drop(columns=["time", "event"]).to_numpy()
    score = X @ model.coefficients["coefficient"].to_numpy()
    event, time = rossi.table.y["event"], rossi.table.y["time"]
    found = schoenfeld(X, event, time, score)
    assert_allclose(found, expected[model.coefficients.index], rtol=1e-5, atol=1e-6)


def test_residuals_are_those_of_lifelines(untied):
    report, fitted = untied
    expected = fitted.compute_residuals(report.frame, "deviance")["deviance"]
    residual = report.measures.rows["residual"].to_numpy()
    assert_allclose(residual, expected.sort_index(), rtol=1e-5, atol=1e-6)


def test_moves_are_those_of_refits(rossi, cox):
    model, X, y = cox
    keep = np.arange(len(X)) != 100
    without = CoxRegressor(ties="efron").fit(X[keep], y[keep])
    expected = (without.coef_ - model.coef_) / model.standard_errors_
    assert_allclose(rossi.measures.moves.loc["row 101"], expected, rtol=1e-6)
    assert rossi.measures.audit.relative_error < 1e-6


def test_distances_and_sets_are_those_of_the_package(rossi, cox):
    method = NewtonInfluence(n_steps="converged")
    explainer = InfluenceExplainer(CoxRegressor(ties="efron"), method=method)
    explainer.fit(*cox[1:])
    assert_allclose(
        rossi.measures.rows["distance"], cooks_distance(explainer), rtol=1e-6
    )
    assert_allclose(rossi.measures.moves, -dfbetas(explainer), rtol=1e-5, atol=1e-9)
    expected = most_influential_set(explainer, "fin")
    assert rossi.measures.sets["fin"].indices.tolist() == expected.indices.tolist()


def test_logistic_model_is_that_of_statsmodels(breast):
    X = sm.add_constant(breast.frame.drop(columns="diagnosis"))
    y = (breast.frame["diagnosis"] == "malignant").astype(float)
    expected = sm.Logit(y, X).fit(disp=0)
    table = breast.model.coefficients
    assert_allclose(table["coefficient"], expected.params[1:], rtol=1e-6)
    assert_allclose(table["error"], expected.bse[1:], rtol=1e-6)
    assert_allclose(table["p"], expected.pvalues[1:], rtol=1e-5)
    area = roc_auc_score(y, expected.predict(X))
    assert_allclose(breast.model.facts["fit"], area, rtol=1e-12)
    deviance = sm.GLM(y, X, sm.families.Binomial()).fit().resid_deviance
    assert_allclose(breast.measures.rows["residual"], deviance, rtol=1e-5)


def test_linear_model_is_that_of_statsmodels(diabetes):
    X = sm.add_constant(diabetes.frame.drop(columns="target"))
    expected = sm.OLS(diabetes.frame["target"], X).fit()
    table = diabetes.model.coefficients
    assert_allclose(table["coefficient"], expected.params[1:], rtol=1e-6)
    assert_allclose(table["error"], expected.bse[1:], rtol=1e-6)
    assert_allclose(table["p"], expected.pvalues[1:], rtol=1e-5)
    assert_allclose(table["lower"], expected.conf_int()[0][1:], rtol=1e-5)
    assert_allclose(diabetes.model.facts["fit"], expected.rsquared, rtol=1e-9)
    influence = expected.get_influence()
    rows = diabetes.measures.rows
    assert_allclose(rows["distance"], influence.cooks_distance[0], rtol=1e-6)
    assert_allclose(rows["leverage"], influence.hat_matrix_diag, rtol=1e-6)
    assert_allclose(rows["residual"], influence.resid_studentized_internal, rtol=1e-6)


def test_variance_inflation_is_that_of_statsmodels(diabetes):
    from statsmodels.stats.outliers_influence import variance_inflation_factor

    X = sm.add_constant(diabetes.frame.drop(columns="target")).to_numpy()
    expected = [variance_inflation_factor(X, j) for j in range(1, X.shape[1])]
    assert_allclose(diabetes.model.coefficients["inflation"], expected, rtol=1e-6)


def test_rows_needed_adds_up_moves():
    moves = pd.DataFrame({"a": [-0.5, 0.4, -1.0, -0.1], "b": [0.1, 0.1, 0.1, -0.9]})
    # a: 1.0 + 0.5 exceeds 1.4; b is negative and the rises sum to 0.3 only.
    needed = rows_needed(moves, pd.Series({"a": 1.4, "b": -0.5}))
    assert needed["a"] == 2
    assert np.isnan(needed["b"])


def test_aliased_columns_are_found_in_order():
    rng = np.random.default_rng(0)
    X = pd.DataFrame(rng.normal(size=(30, 3)), columns=["a", "b", "c"])
    X["sum"] = X["a"] + 2 * X["b"] + 5
    assert aliased(X) == {"sum": ["a", "b"]}
    # A near relation is none.
    X["sum"] += 1e-3 * rng.normal(size=30)
    assert aliased(X) == {}


def test_separation_is_found_where_and_only_where_it_is():
    rng = np.random.default_rng(0)
    X = pd.DataFrame(rng.normal(size=(60, 2)), columns=["a", "b"])
    y = (X["a"] > 0).to_numpy(int)
    assert "a" in separating(X, y)
    y[X["a"].argmax()] = 0
    y[X["a"].argmin()] = 1
    assert separating(X, y) == []
    # Quasi-complete: one value of a 0/1 column has one class only.
    X["rare"] = (np.arange(60) < 5).astype(float)
    y[:5] = 1
    assert separating(X, y) == ["rare"]
