"""Cox models of lifelines, against their own refits on the reduced data frame."""

import subprocess
import sys
from copy import deepcopy

import numpy as np
import pandas as pd
import pytest
from lifelines import CoxPHFitter
from numpy.testing import assert_allclose
from pandas.testing import assert_frame_equal
from sklearn.exceptions import NotFittedError
from sklearn.frozen import FrozenEstimator

from sklinfluence import CoxRegressor, InfluenceExplainer
from sklinfluence.attribution import LeaveOneOut, NewtonInfluence
from sklinfluence.metrics import agreement
from sklinfluence.objectives import check_objective, make_objective, minimize_newton
from sklinfluence.utils import survival_target
from sklinfluence.utils._foreign import as_estimator

N = 70
# Each by itself, to be refitted without.
SOME = [[i] for i in range(0, N, 7)]
EXACT = {"precision": 1e-18, "r_precision": 0.0}


def _frame():
    rng = np.random.default_rng(0)
    values = rng.normal(size=(N, 2)) * [1, 20] + 2
    frame = pd.DataFrame(values, columns=["a", "b"], index=[f"s{i}" for i in range(N)])
    # Ties, of events and of censored subjects.
    frame["T"] = rng.integers(3, 15, size=N).astype(float)
    frame["E"] = rng.random(N) < 0.7
    frame["w"] = rng.integers(1, 4, size=N)
    frame["start"] = np.where(rng.random(N) < 0.4, frame["T"] - 2.5, 0.0)
    frame["site"] = rng.choice(["x", "y", "z"], size=N)
    frame["sex"] = rng.integers(0, 2, size=N)
    return frame


FRAME = _frame()
PLAIN = ["a", "b", "T", "E"]
# Columns, parameters of the model and of its fit.
VARIANTS = {
    "plain": (PLAIN, {}, {}),
    "one": (PLAIN, {"penalizer": 0.1}, {}),
    "each": (PLAIN, {"penalizer": np.array([0.5, 0.0])}, {}),
    "weights": ([*PLAIN, "w"], {"penalizer": 0.1}, {"weights_col": "w"}),
    "entry": ([*PLAIN, "start"], {"penalizer": 0.1}, {"entry_col": "start"}),
    "strata": ([*PLAIN, "site"], {"penalizer": 0.1}, {"strata": "site"}),
    "two strata": ([*PLAIN, "site", "sex"], {"strata": ["site", "sex"]}, {}),
    "formula": (list(FRAME), {"penalizer": 0.2}, {"formula": "a * C(site) + b"}),
    "clusters": ([*PLAIN, "sex"], {}, {"cluster_col": "sex", "robust": True}),
    "all": (
        list(FRAME),
        {"penalizer": np.array([0.1, 0.3, 0.0])},
        {
            "weights_col": "w",
            "entry_col": "start",
            "strata": ["sex"],
            "formula": "a + site",
        },
    ),
}


def _fit(frame, params, fit_params):
    columns = {"duration_col": "T", "event_col": "E", "fit_options": EXACT}
    return CoxPHFitter(**params).fit(frame, **columns, **fit_params)


@pytest.fixture(params=VARIANTS)
def variant(request):
    """A data frame and what to fit to it."""
    columns, params, fit_params = VARIANTS[request.param]
    return FRAME[columns], params, fit_params


@pytest.fixture
def penalised():
    """A data frame, and a model fitted to it."""
    columns, params, fit_params = VARIANTS["one"]
    return FRAME[columns], _fit(FRAME[columns], params, fit_params)


def _objective(fitter, frame):
    return make_objective(as_estimator(fitter), frame, None)


def test_every_derivative_agrees_with_the_value(variant):
    frame, fitter = variant[0], _fit(*variant)
    fitted = _objective(fitter, frame)
    check_objective(fitted.objective, fitted.theta + 0.1 / frame["b"].std())
    gradient = fitted.objective.gradient(fitted.theta)
    scale = fitted.objective.curvature_scale(fitted.theta)
    assert np.abs(gradient / scale).max() < 1e-8
    assert fitted.parameter_names.tolist() == fitter.params_.index.tolist()


@pytest.mark.parametrize("removed", [[0], [17], [69], [3, 4, 5, 30]], ids=str)
def test_the_optimum_without_objects_is_its_refit(variant, removed):
    frame, params, fit_params = variant
    fitter = _fit(*variant)
    fitted = _objective(fitter, frame)
    reduced = frame.drop(frame.index[removed])
    refit = _fit(reduced, params, fit_params)
    presence = fitted.objective.presence_without(removed)
    found = minimize_newton(fitted.objective, fitted.theta, presence).theta
    error = np.abs(found - refit.params_) * frame["a"].std()
    assert error.max() < 1e-8
    assert np.abs(refit.params_ - fitted.theta).max() > 1e-4
    # And so is all that it predicts.
    other = fitted.with_parameters(refit.params_.to_numpy(), removed)
    assert_allclose(other.predict(frame), refit.predict_log_partial_hazard(frame))
    curves = (
        model.predict_survival_function(frame[:3], times=[5.0, 9.0])
        for model in (other, refit)
    )
    assert_frame_equal(*curves)


def test_parameter_influence_is_that_of_explicit_refits(variant):
    frame, params, fit_params = variant
    fitter = _fit(*variant)
    explainer = InfluenceExplainer(fitter, method=NewtonInfluence("converged"))
    found = explainer.fit(frame).parameter_influence(as_frame=True)
    some = frame.index[::9]
    refits = [_fit(frame.drop(name), params, fit_params).params_ for name in some]
    expected = pd.DataFrame(refits, index=some) - fitter.params_
    assert found.index.equals(frame.index)
    assert found.columns.tolist() == fitter.params_.index.tolist()
    difference = found.loc[some] - expected
    assert (difference.abs().max() / expected.abs().max()).max() < 1e-6


@pytest.mark.parametrize("target", ["loss", "log_risk", "relative_risk", "parameter"])
@pytest.mark.parametrize("name", ["one", "all"])
def test_influence_is_that_of_retraining(name, target):
    columns, params, fit_params = VARIANTS[name]
    frame = FRAME[columns]
    fitter = _fit(frame, params, fit_params)
    influence = {}
    methods = {"newton": NewtonInfluence("converged"), "vif": "vif", "loo": "loo"}
    for key, method in methods.items():
        explainer = InfluenceExplainer(fitter, method=method, target=target).fit(frame)
        influence[key] = explainer.influence(frame[:6], groups=SOME)
    largest = np.abs(influence["loo"]).max()
    assert np.abs(influence["newton"] - influence["loo"]).max() < 1e-6 * largest
    assert agreement(influence["vif"], influence["loo"]).relative_error < 0.3


def test_the_loss_takes_targets_from_the_frame_or_from_y(penalised):
    frame, fitter = penalised
    explainer = InfluenceExplainer(fitter, target="loss").fit(frame)
    given = explainer.influence(
        frame[["a", "b"]], survival_target(frame["E"], frame["T"])
    )
    assert_allclose(explainer.influence(), given)
    assert_allclose(explainer.self_influence(), np.diag(given))
    with pytest.raises(ValueError, match="no column 'T'"):
        explainer.influence(frame[["a", "b"]])


def test_frozen_or_not_labels_are_kept_and_the_fitter_is_not_changed(penalised):
    frame, fitter = penalised
    before = deepcopy(vars(fitter._model))
    frames = [
        InfluenceExplainer(model).fit(frame).influence(frame[:4], as_frame=True)
        for model in (fitter, FrozenEstimator(fitter))
    ]
    assert_frame_equal(*frames)
    assert frames[0].index.tolist() == ["s0", "s1", "s2", "s3"]
    assert frames[0].columns.equals(frame.index)
    retraining = InfluenceExplainer(fitter, method=LeaveOneOut()).fit(frame)
    assert np.isfinite(retraining.influence(frame[:1], groups=SOME[:2])).all()
    assert before.keys() == vars(fitter._model).keys()
    assert before["params_"].equals(fitter.params_)
    assert before["baseline_hazard_"].equals(fitter.baseline_hazard_)


def test_bounds_hold(penalised):
    frame, fitter = penalised
    explainer = InfluenceExplainer(fitter, method="newton").fit(frame)
    found, bound = explainer.influence(frame[:4], return_bound=True)
    method = NewtonInfluence("converged")
    exact = InfluenceExplainer(fitter, method=method).fit(frame).influence(frame[:4])
    known = np.isfinite(bound)
    assert known.mean() > 0.9
    assert (np.abs(found - exact) <= bound + 1e-9)[known].all()


def test_the_explainer_predicts_as_the_fitter(penalised):
    frame, fitter = penalised
    explainer = InfluenceExplainer(fitter, target=_median).fit(frame)
    assert_allclose(explainer.predict(frame), fitter.predict_log_partial_hazard(frame))
    assert explainer.score(frame) == fitter.score(frame)
    assert explainer.estimator_.params_.equals(fitter.params_)
    assert np.isfinite(explainer.influence(frame[:2])).all()


def _median(model, frame, y):
    return model.predict_survival_function(frame, times=[9.0]).to_numpy()[0]


def test_without_a_penalty_it_is_the_objective_of_our_own_model():
    frame = FRAME[PLAIN]
    ours = CoxRegressor(ties="efron")
    y = survival_target(frame["E"], frame["T"])
    own = InfluenceExplainer(ours).fit(frame[["a", "b"]], y)
    theirs = InfluenceExplainer(_fit(frame, {}, {})).fit(frame)
    assert_allclose(theirs.influence(), own.influence(), rtol=1e-6, atol=1e-10)


def test_retraining_uses_the_same_arguments():
    columns, params, fit_params = VARIANTS["all"]
    fitter = _fit(FRAME[columns], params | {"alpha": 0.1, "label": "mine"}, fit_params)
    again = as_estimator(fitter).estimator.fit(FRAME[columns]).fitter_
    assert again is not fitter
    assert again._label == "mine"
    assert_frame_equal(again.summary, fitter.summary)


def test_errors_say_what_to_do(penalised):
    frame, fitter = penalised
    with pytest.raises(NotFittedError, match=r"Fit it first.*duration_col"):
        InfluenceExplainer(CoxPHFitter()).fit(frame)
    with pytest.raises(NotFittedError, match="Fit it first"):
        InfluenceExplainer(FrozenEstimator(CoxPHFitter())).fit(frame)
    with pytest.raises(ValueError, match="DataFrame of 70 rows"):
        InfluenceExplainer(fitter).fit(frame[:50])
    explainer = InfluenceExplainer(fitter).fit(frame)
    with pytest.raises(ValueError, match="expected a DataFrame"):
        explainer.influence(frame.to_numpy())


REFUSED = {
    "l1_ratio=0.5": ({"penalizer": 0.1, "l1_ratio": 0.5}, {}),
    "spline": (
        {"baseline_estimation_method": "spline", "n_baseline_knots": 2},
        {"fit_options": {}},
    ),
    r"scale\(a\).*depend on all rows": ({}, {"formula": "scale(a) + b"}),
    r"a.mean.*depend on all rows": ({}, {"formula": "{a - a.mean()} + b"}),
}


@pytest.mark.parametrize("message", REFUSED)
@pytest.mark.filterwarnings("ignore")
def test_what_has_no_objective_is_refused(message):
    params, fit_params = REFUSED[message]
    fitter = CoxPHFitter(**params).fit(FRAME[PLAIN], "T", "E", **fit_params)
    with pytest.raises(NotImplementedError, match=message):
        InfluenceExplainer(fitter).fit(FRAME[PLAIN])
    if message == "spline":
        with pytest.raises(NotImplementedError, match="cannot be retrained"):
            InfluenceExplainer(fitter, method="loo").fit(FRAME[PLAIN])


def test_retraining_does_without_an_objective():
    fitter = CoxPHFitter(penalizer=0.1, l1_ratio=0.5)
    frame = FRAME[PLAIN]
    fitter.fit(frame, "T", "E")
    explainer = InfluenceExplainer(fitter, method="loo").fit(frame)
    refit = CoxPHFitter(penalizer=0.1, l1_ratio=0.5).fit(frame[1:], "T", "E")
    before, after = (m.predict_log_partial_hazard(frame) for m in (fitter, refit))
    expected = (after - after.mean()) - (before - before.mean())
    found = explainer.influence(frame[:3], groups=[[0]])
    assert_allclose(found[:, 0], expected[:3])


def test_a_new_stratum_has_no_loss():
    columns, params, fit_params = VARIANTS["strata"]
    frame = FRAME[columns]
    fitter = _fit(frame, params, fit_params)
    explainer = InfluenceExplainer(fitter, target="loss").fit(frame)
    with pytest.raises(ValueError, match="strata"):
        explainer.influence(frame[:1].assign(site="elsewhere"))


def test_a_column_that_becomes_constant_is_not_determined():
    frame = FRAME[PLAIN].assign(only=np.eye(N)[20])
    frame.loc["s20", "E"] = True
    fitter = _fit(frame, {"penalizer": 0.1}, {})
    explainer = InfluenceExplainer(fitter, method=NewtonInfluence("converged"))
    with pytest.warns(match="only"):
        found = explainer.fit(frame).parameter_influence()
    assert np.isnan(found).all(axis=1).nonzero()[0].tolist() == [20]


def _with_one_of_the_first_level(dtype):
    frame = FRAME[[*PLAIN, "site"]].copy()
    frame["site"] = frame["site"].replace("x", "y")
    frame.loc["s20", ["site", "E"]] = "x", True
    return frame.astype({"site": dtype})


def test_a_lost_reference_level_is_warned_of():
    frame = _with_one_of_the_first_level(object)
    fit_params = {"formula": "a + site"}
    fitter = _fit(frame, {"penalizer": 0.1}, fit_params)
    with pytest.warns(UserWarning, match=r"Rows \['s20'\].*convert"):
        InfluenceExplainer(fitter).fit(frame)
    # Without a penalty, nothing determines such parameters.
    explainer = InfluenceExplainer(_fit(frame, {}, fit_params)).fit(frame)
    with pytest.warns(match="nothing determines"):
        assert np.isnan(explainer.influence(frame[:2], groups=[[20]])).all()


def test_levels_of_a_categorical_column_stay():
    frame = _with_one_of_the_first_level("category")
    params, fit_params = {"penalizer": 0.1}, {"formula": "a + site"}
    fitter = _fit(frame, params, fit_params)
    method = NewtonInfluence("converged")
    explainer = InfluenceExplainer(fitter, method=method).fit(frame)
    found = explainer.parameter_influence(groups=[[20]])[0]
    refit = _fit(frame.drop("s20"), params, fit_params)
    assert_allclose(found, refit.params_ - fitter.params_, rtol=1e-6)


def test_rows_with_missing_values_are_not_dropped():
    frame = FRAME[PLAIN]
    fitter = _fit(frame, {"penalizer": 0.1}, {"formula": "a + b"})
    explainer = InfluenceExplainer(fitter).fit(frame)
    test = frame[:3].assign(a=[1.0, np.nan, 2.0])
    with pytest.raises(ValueError, match=r"Got 1 rows.*impute"):
        explainer.influence(test)


def test_a_missing_column_is_named(penalised):
    frame, fitter = penalised
    explainer = InfluenceExplainer(fitter).fit(frame)
    with pytest.raises(ValueError, match=r"X lacks columns.*'a'"):
        explainer.influence(frame[:2].drop(columns="a"))


@pytest.mark.parametrize("method", ["vif", "loo"])
def test_columns_are_named_at_the_fit_of_the_model(penalised, method):
    frame, fitter = penalised
    with pytest.raises(TypeError, match="expected its data frame only"):
        InfluenceExplainer(fitter, method=method).fit(frame, duration_col="T")


def test_the_package_does_not_import_lifelines():
    code = "import sys, sklinfluence.estimators; print('lifelines' in sys.modules)"
    out = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert out.stdout.strip() == "False"
