"""CoxRegressor gives the numbers of R's survival, scikit-survival and lifelines."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from lifelines import CoxPHFitter
from lifelines import datasets as tables
from numpy.testing import assert_allclose
from sksurv.linear_model import CoxPHSurvivalAnalysis

from sklinfluence import CoxRegressor
from sklinfluence.utils import survival_target

REFERENCE = json.loads((Path(__file__).parent / "reference/coxph.json").read_text())
# The file has all digits of estimates that R iterates until the likelihood stalls.
CLOSE = {"rtol": 1e-10, "atol": 1e-12}


@pytest.fixture(params=["breslow", "efron"])
def ties(request):
    """Both treatments of tied events."""
    return request.param


def rossi():
    frame = tables.load_rossi()
    weight = 1.0 + np.arange(len(frame)) % 3
    return frame, survival_target(frame["arrest"], frame["week"]), weight


def lung():
    frame = tables.load_lung()
    frame = frame[["time", "status", "age", "sex", "ph.ecog", "wt.loss"]].dropna()
    return frame, survival_target(frame["status"], frame["time"]), None


def stanford():
    frame = tables.load_stanford_heart_transplants()
    y = survival_target(frame["event"], frame["stop"], frame["start"])
    return frame, y, None


def tiny():
    frame = pd.DataFrame(REFERENCE["tiny"]["rows"])
    y = survival_target(frame["event"], frame["time"], frame["entry"])
    return frame, y, frame["weight"].to_numpy()


def gbsg2():
    frame = tables.load_gbsg2()
    frame["horTh"] = (frame["horTh"] == "yes").astype(float)
    frame["menostat"] = (frame["menostat"] == "Post").astype(float)
    frame["tgrade"] = frame["tgrade"].str.len()
    return frame, survival_target(frame["cens"], frame["time"]), None


# Name in the file; table; whether entry times and weights count; strata.
FITS = {
    "rossi": (rossi, False, False, None),
    "rossi_weights": (rossi, False, True, None),
    "rossi_strata": (rossi, False, False, "race"),
    "lung": (lung, False, False, None),
    "stanford": (stanford, True, False, None),
    "gbsg2": (gbsg2, False, False, "tgrade"),
    "tiny.plain": (tiny, False, False, None),
    "tiny.weights": (tiny, False, True, None),
    "tiny.entry": (tiny, True, False, None),
    "tiny.entry_weights": (tiny, True, True, None),
    "tiny.entry_strata": (tiny, True, False, "stratum"),
    "tiny.entry_weights_strata": (tiny, True, True, "stratum"),
}


def find(name):
    out = REFERENCE
    for part in name.split("."):
        out = out[part]
    return out


@pytest.fixture(params=FITS)
def fitted(request, ties):
    """A model, and what R says of the same data."""
    table, entry, weighted, strata = FITS[request.param]
    frame, y, weight = table()
    reference = find(request.param)
    y = y if entry else survival_target(y["event"], y["time"])
    columns = [*reference["columns"], *([strata] if strata else [])]
    model = CoxRegressor(ties=ties, strata=strata)
    model.fit(frame[columns], y, sample_weight=weight if weighted else None)
    return model, reference[ties]


def test_coefficients_of_r(fitted):
    model, expected = fitted
    errors = np.abs(model.coef_ - expected["coef"]) / expected["se"]
    # In standard errors: R stops where its likelihood no longer changes.
    assert errors.max() < 1e-10


def test_standard_errors_of_r(fitted):
    model, expected = fitted
    assert_allclose(model.standard_errors_, expected["se"], rtol=1e-10)


def test_log_likelihood_of_r(fitted):
    model, expected = fitted
    assert_allclose(model.log_likelihood_, expected["loglik"][1], rtol=1e-13)


@pytest.mark.parametrize("kind", [k for k in FITS if k.startswith("tiny")])
def test_covariance_of_r(kind, ties):
    _, entry, weighted, strata = FITS[kind]
    frame, y, weight = tiny()
    y = y if entry else survival_target(y["event"], y["time"])
    columns = ["x1", "x2", "x3", *([strata] if strata else [])]
    model = CoxRegressor(ties=ties, strata=strata)
    model.fit(frame[columns], y, sample_weight=weight if weighted else None)
    assert_allclose(model.covariance_, find(kind)[ties]["var"], rtol=1e-10)


@pytest.mark.parametrize("alpha", ["1", "10"])
def test_ridge_coefficients_of_r(alpha, ties):
    frame, y, _ = tiny()
    y = survival_target(y["event"], y["time"])
    model = CoxRegressor(ties=ties, alpha=float(alpha)).fit(
        frame[["x1", "x2", "x3"]], y
    )
    assert_allclose(model.coef_, find("tiny.ridge")[alpha][ties], **CLOSE)


def test_leave_one_out_coefficients_of_r(ties):
    frame, y, _ = tiny()
    X, y = frame[["x1", "x2", "x3"]], survival_target(y["event"], y["time"])
    found = [
        CoxRegressor(ties=ties).fit(X.drop(index=i), np.delete(y, i)).coef_
        for i in range(len(X))
    ]
    assert_allclose(found, find("tiny.leave_one_out")[ties], **CLOSE)


@pytest.mark.parametrize("weighted", [False, True])
def test_derivatives_in_the_weights_are_dfbeta_of_r(ties, weighted):
    # R's dfbeta is the infinitesimal jackknife, ω dθ̂ / dω; its sign is that of θ̂ − θ̂₋ᵢ.
    frame, y, weight = tiny()
    X, y = frame[["x1", "x2", "x3"]], survival_target(y["event"], y["time"])
    weight = weight if weighted else np.ones(len(X))
    found = []
    for i, h in enumerate(1e-3 * np.eye(len(X))):
        ends = [
            CoxRegressor(ties=ties).fit(X, y, sample_weight=w).coef_
            for w in (weight - h, weight + h)
        ]
        found.append(weight[i] * (ends[1] - ends[0]) / 2e-3)
    expected = find("tiny.dfbeta_weights" if weighted else "tiny.dfbeta")[ties]
    # Central differences: h² times a third derivative.
    assert_allclose(found, expected, rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize("strata", [None, "race"])
def test_survival_curves_of_r(strata, ties):
    frame, y, _ = rossi()
    reference = REFERENCE["rossi_strata_curves" if strata else "rossi_curves"]
    columns = [*reference["columns"], *([strata] if strata else [])]
    X, times = frame[columns], reference["times"]
    model = CoxRegressor(ties=ties, strata=strata).fit(X, y)
    found = model.predict_survival_function(X.iloc[reference["rows"]], times)
    assert_allclose(found, reference[ties]["surv"], rtol=1e-10)


@pytest.mark.parametrize("strata", [None, "race"])
def test_baseline_hazards_of_r(strata, ties):
    frame, y, _ = rossi()
    reference = REFERENCE["rossi_strata_curves" if strata else "rossi_curves"]
    levels = reference[ties].get("levels", [0])
    X = frame[[*reference["columns"], *([strata] if strata else [])]]
    model = CoxRegressor(ties=ties, strata=strata).fit(X, y)
    # R's baseline is at covariates of zero.
    zero = pd.DataFrame(0, index=levels, columns=X.columns)
    if strata:
        zero[strata] = levels
    found = -np.log(model.predict_survival_function(zero, reference["times"]))
    expected = np.atleast_2d(reference[ties]["cumhaz"])
    assert_allclose(found, expected, rtol=1e-9, atol=1e-15)


@pytest.mark.parametrize("name", ["rossi", "lung", "tiny.plain"])
@pytest.mark.parametrize("alpha", [0, 0.7, 30])
def test_coefficients_of_scikit_survival(name, alpha, ties):
    frame, y, _ = FITS[name][0]()
    X = frame[find(name)["columns"]].astype(float)
    y = survival_target(y["event"], y["time"])
    # It divides likelihood and penalty alike by n, so that alpha means the same.
    model = CoxPHSurvivalAnalysis(alpha=alpha, ties=ties, n_iter=100, tol=1e-15)
    expected = model.fit(X, y).coef_
    found = CoxRegressor(alpha=alpha, ties=ties).fit(X, y).coef_
    assert_allclose(found, expected, rtol=1e-11, atol=1e-13)


def test_coefficients_and_standard_errors_of_lifelines():
    frame, y, _ = rossi()
    columns = REFERENCE["rossi"]["columns"]
    other = CoxPHFitter().fit(
        frame, "week", "arrest", fit_options={"precision": 1e-12, "r_precision": 1e-15}
    )
    model = CoxRegressor(ties="efron").fit(frame[columns], y)
    # Its steps are 95 % of Newton's and end where the likelihood stalls.
    assert_allclose(model.coef_, other.params_[columns], rtol=2e-7)
    errors = other.standard_errors_[columns]
    assert_allclose(model.standard_errors_, errors, rtol=2e-7)
    assert_allclose(model.log_likelihood_, other.log_likelihood_, rtol=1e-12)
