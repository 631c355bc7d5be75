"""Classical diagnostics against statsmodels, scikit-learn and explicit refits."""

import warnings

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import clone
from sklearn.datasets import load_breast_cancer, load_diabetes
from sklearn.exceptions import FitFailedWarning
from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge
from sklearn.model_selection import LeaveOneOut, cross_val_predict
from sklearn.neighbors import KNeighborsRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler, scale
from statsmodels.stats.outliers_influence import OLSInfluence

from sklinfluence import CoxRegressor, InfluenceExplainer
from sklinfluence.attribution import NewtonInfluence
from sklinfluence.datasets import load_rossi
from sklinfluence.diagnostics import (
    cooks_distance,
    dfbeta,
    dfbetas,
    leverage,
    likelihood_displacement,
    loo_predictions,
)

FRAMES = [dfbeta, dfbetas]
SERIES = [cooks_distance, leverage, likelihood_displacement, loo_predictions]


def relative(found, truth):
    return np.linalg.norm(found - truth) / np.linalg.norm(truth)


def with_ones(X):
    return np.column_stack([X, np.ones(len(X))])


def newton(model, X, y, **fit_params):
    return InfluenceExplainer(model, method="newton").fit(X, y, **fit_params)


@pytest.fixture(scope="module")
def diabetes():
    return load_diabetes(return_X_y=True)


@pytest.fixture(scope="module")
def cancer():
    """Two classes that overlap."""
    X, y = load_breast_cancer(return_X_y=True)
    y[5::9] = 1 - y[5::9]
    return scale(X[:, :4]), y


@pytest.fixture(scope="module")
def unpenalised(cancer):
    model = LogisticRegression(C=np.inf, tol=1e-12, solver="newton-cholesky")
    return newton(model, *cancer)


@pytest.fixture(scope="module")
def least_squares(diabetes):
    return newton(LinearRegression(), *diabetes)


@pytest.fixture(scope="module")
def cox():
    X, y = load_rossi(return_X_y=True)
    X.index = [f"p{i}" for i in range(len(X))]
    method = NewtonInfluence("converged", tol=1e-12)
    return InfluenceExplainer(CoxRegressor(), method=method).fit(X, y)


@pytest.mark.parametrize("intercept", [True, False])
def test_least_squares_is_that_of_statsmodels(diabetes, intercept):
    X, y = diabetes
    y = y if intercept else y - y.mean()
    rows = with_ones(X) if intercept else X
    truth = OLSInfluence(sm.OLS(y, rows).fit())
    explainer = newton(LinearRegression(fit_intercept=intercept), X, y)
    assert relative(leverage(explainer), truth.hat_matrix_diag) < 1e-10
    assert relative(dfbeta(explainer), truth.dfbeta) < 1e-8
    assert relative(dfbetas(explainer), truth.dfbetas) < 1e-8
    assert relative(cooks_distance(explainer), truth.cooks_distance[0]) < 1e-10
    assert relative(y - loo_predictions(explainer), truth.resid_press) < 1e-10


def test_weighted_least_squares_is_that_of_statsmodels(diabetes):
    X, y = diabetes
    weight = np.random.default_rng(0).choice([0.25, 1.0, 3.0], size=len(X))
    root = np.sqrt(weight)
    # The same model on rows that are multiplied by the roots of their weights.
    truth = OLSInfluence(sm.OLS(root * y, root[:, None] * with_ones(X)).fit())
    explainer = newton(LinearRegression(), X, y, sample_weight=weight)
    assert relative(leverage(explainer), truth.hat_matrix_diag) < 1e-10
    assert relative(dfbeta(explainer), truth.dfbeta) < 1e-8
    assert relative(dfbetas(explainer), truth.dfbetas) < 1e-8
    assert relative(cooks_distance(explainer), truth.cooks_distance[0]) < 1e-10
    residuals = y - loo_predictions(explainer)
    assert relative(residuals, truth.resid_press / root) < 1e-10


def test_rows_of_weight_zero_change_nothing(diabetes):
    X, y = (part[:60] for part in diabetes)
    weight = (np.arange(60) % 4 > 0).astype(float)
    part = newton(LinearRegression(), X[weight > 0], y[weight > 0])
    whole = newton(LinearRegression(), X, y, sample_weight=weight)
    for diagnostic in (*FRAMES, cooks_distance, leverage, likelihood_displacement):
        found = diagnostic(whole)
        assert relative(found[weight > 0], diagnostic(part)) < 1e-8
        assert np.abs(found[weight == 0]).max() < 1e-10 * np.abs(found).max()
    expected = LinearRegression().fit(X[weight > 0], y[weight > 0]).predict(X)
    assert relative(loo_predictions(whole)[weight == 0], expected[weight == 0]) < 1e-10


def test_logistic_regression_is_that_of_statsmodels(cancer, unpenalised):
    X, y = cancer
    fit = sm.GLM(y, with_ones(X), family=sm.families.Binomial()).fit(tol=1e-14)
    truth = fit.get_influence()
    assert relative(leverage(unpenalised), truth.hat_matrix_diag) < 1e-9
    # Pregibon's single step, with the sign of dfbeta: with minus without.
    assert relative(dfbeta(unpenalised), truth.d_params) < 1e-9
    assert relative(cooks_distance(unpenalised), truth.cooks_distance[0]) < 1e-9
    assert relative(dfbetas(unpenalised), truth.d_params / fit.bse) < 1e-9


@pytest.mark.parametrize(
    "model",
    [
        LinearRegression(),
        LinearRegression(fit_intercept=False),
        Ridge(alpha=0.3),
        Ridge(alpha=100.0, fit_intercept=False),
    ],
    ids=str,
)
def test_loo_predictions_are_those_of_cross_validation(diabetes, model):
    X, y = (part[:120] for part in diabetes)
    truth = cross_val_predict(model, X, y, cv=LeaveOneOut())
    assert relative(loo_predictions(newton(model, X, y)), truth) < 1e-9


def test_loo_decision_values_are_those_of_cross_validation(cancer):
    X, y = (part[:150] for part in cancer)
    model = LogisticRegression(C=0.5, tol=1e-10, solver="newton-cholesky")
    truth = cross_val_predict(model, X, y, cv=LeaveOneOut(), method="decision_function")
    method = NewtonInfluence("converged")
    explainer = InfluenceExplainer(model, method=method).fit(X, y)
    assert relative(loo_predictions(explainer), truth) < 1e-7


@pytest.mark.parametrize("method", ["newton", "loo"])
def test_loo_predictions_of_a_pipeline_are_those_of_cross_validation(diabetes, method):
    X, y = (part[:60] for part in diabetes)
    # Rescaling without a row changes coefficients, but no prediction.
    pipeline = make_pipeline(StandardScaler(), LinearRegression())
    truth = cross_val_predict(pipeline, X, y, cv=LeaveOneOut())
    explainer = InfluenceExplainer(pipeline, method=method).fit(X, y)
    assert relative(loo_predictions(explainer), truth) < 1e-9


def test_loo_predictions_of_a_cox_model(cox):
    X, y = cox.problem_.X, cox.problem_.y
    predictions = loo_predictions(cox)
    for i in (0, 7, 200, 431):
        kept = np.delete(np.arange(432), i)
        truth = CoxRegressor().fit(X.iloc[kept], y[kept]).predict(X.iloc[[i]])
        assert_allclose(predictions[i], truth[0], rtol=1e-7)


def test_likelihood_displacement_is_that_of_refits(cox):
    X, y = cox.problem_.X, cox.problem_.y
    displacement = likelihood_displacement(cox)
    centred = X.to_numpy() - X.to_numpy().mean(axis=0)

    def log_likelihood(theta):
        risk = np.exp(centred @ theta)
        at_risk = y["time"][None, :] >= y["time"][y["event"], None]
        return np.sum(centred[y["event"]] @ theta) - np.sum(np.log(at_risk @ risk))

    largest = np.argsort(-displacement)[:10]
    truth = [
        2
        * (
            log_likelihood(cox.estimator_.coef_)
            - log_likelihood(
                clone(cox.estimator_).fit(X.drop(X.index[i]), np.delete(y, i)).coef_
            )
        )
        for i in largest
    ]
    assert relative(displacement[largest], truth) < 1e-8
    assert (displacement > 0).all()


def test_likelihood_displacement_of_least_squares_is_cooks(least_squares):
    # A quadratic likelihood: LD = p D.
    expected = 11 * cooks_distance(least_squares)
    assert relative(likelihood_displacement(least_squares), expected) < 1e-9


def test_leverages_sum_to_degrees_of_freedom(diabetes, cancer, unpenalised):
    X, y = diabetes
    assert leverage(unpenalised).sum() == pytest.approx(5, rel=1e-10)
    for alpha in (1e-3, 0.1, 5.0):
        centred = X - X.mean(axis=0)
        square = np.linalg.svd(centred, compute_uv=False) ** 2
        dof = 1 + np.sum(square / (square + alpha))
        found = leverage(newton(Ridge(alpha), X, y)).sum()
        assert found == pytest.approx(dof, rel=1e-10)
    twice = np.column_stack([X, X[:, 0]])
    with pytest.warns(UserWarning, match="singular"):
        collinear = newton(LinearRegression(), twice, y)
    assert leverage(collinear).sum() == pytest.approx(11, rel=1e-9)


def test_leverage_does_not_depend_on_the_method(diabetes, least_squares):
    for method in ("vif", "loo"):
        X, y = diabetes
        explainer = InfluenceExplainer(LinearRegression(), method=method).fit(X, y)
        assert_array_equal(leverage(explainer), leverage(least_squares))


def test_leverage_of_a_cox_model_is_the_curvature_that_goes(cox):
    fitted = cox.problem_.objective
    hessian = fitted.objective.hessian(fitted.theta)
    for i in (0, 11, 300):
        without = fitted.objective.presence_without([i])
        left = fitted.objective.hessian(fitted.theta, without)
        share = np.trace(np.linalg.solve(hessian, hessian - left))
        assert leverage(cox)[i] == pytest.approx(share, rel=1e-8)


@pytest.mark.parametrize("alpha", [0.0, 2.0])
def test_standard_errors_of_cox_models(alpha):
    X, y = load_rossi(return_X_y=True)
    explainer = newton(CoxRegressor(alpha=alpha), X, y)
    steps, model = explainer.parameter_influence(), explainer.estimator_
    assert_array_equal(dfbeta(explainer), -steps)
    assert relative(dfbetas(explainer), -steps / model.standard_errors_) < 1e-9
    hessian = np.linalg.inv(model.covariance_)
    distance = np.einsum("ij,jk,ik->i", steps, hessian, steps) / 7
    assert relative(cooks_distance(explainer), distance) < 1e-9


def test_units_of_columns_do_not_matter(diabetes, least_squares):
    X, y = diabetes
    units = 10.0 ** np.random.default_rng(0).integers(-3, 4, size=X.shape[1])
    explainer = newton(LinearRegression(), X * units, 3 * y)
    for diagnostic in (dfbetas, cooks_distance, leverage, likelihood_displacement):
        assert relative(diagnostic(explainer), diagnostic(least_squares)) < 1e-6


def test_frames_have_the_labels_of_the_data(cox):
    X = cox.problem_.X
    for diagnostic in (*FRAMES, *SERIES):
        frame = diagnostic(cox, as_frame=True)
        assert frame.index.tolist() == X.index.tolist()
        assert_array_equal(frame.to_numpy(), diagnostic(cox))
        if diagnostic in FRAMES:
            assert frame.columns.tolist() == X.columns.tolist()
        else:
            assert isinstance(frame, pd.Series)


@pytest.mark.parametrize("diagnostic", [*FRAMES, *SERIES])
def test_objects_that_cannot_be_removed_are_unknown(diagnostic):
    X = np.arange(10.0)[:, None]
    y = X[:, 0] > 4
    y[2] = True  # without this row, a threshold separates the classes
    model = LogisticRegression(C=np.inf, tol=1e-10, solver="newton-cholesky")
    method = NewtonInfluence("converged")
    explainer = InfluenceExplainer(model, method=method).fit(X, y)
    with pytest.warns(FitFailedWarning, match=r"removal 2: .*no minimum"):
        explainer.influence(X[:1], y[:1])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FitFailedWarning)
        values = diagnostic(explainer).reshape(10, -1)
    unknown = np.isnan(values).any(axis=1)
    assert_array_equal(unknown, (np.arange(10) == 2) & (diagnostic is not leverage))


@pytest.mark.parametrize("diagnostic", [*FRAMES, *SERIES])
def test_a_model_without_an_objective_is_refused(diagnostic, diabetes):
    X, y = (part[:20] for part in diabetes)
    explainer = InfluenceExplainer(KNeighborsRegressor(), method="loo").fit(X, y)
    with pytest.raises(
        ValueError, match=r"No objective.*KNeighborsRegressor.*expected"
    ):
        diagnostic(explainer)
