import numpy as np
import pytest
from sklearn.cluster import KMeans
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler
from sksurv.ensemble import RandomSurvivalForest
from sksurv.linear_model import CoxPHSurvivalAnalysis

from sklinfluence import CoxRegressor
from sklinfluence.targets import (
    TARGETS,
    EstimatorFunction,
    LogRisk,
    Loss,
    Parameter,
    RelativeRisk,
    Score,
    Target,
    resolve_target,
)

X = np.random.default_rng(0).normal(size=(30, 2))
TIME = np.arange(1.0, 31.0)
COX = CoxRegressor().fit(X, TIME)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("log_risk", LogRisk),
        ("relative_risk", RelativeRisk),
        ("loss", Loss),
        ("parameter", Parameter),
        ("score", Score),
    ],
)
def test_names_of_targets(name, kind):
    assert type(resolve_target(name, COX)) is kind


def test_every_name_is_that_of_a_target_that_needs_no_parameters():
    assert all(isinstance(target(), Target) for target in TARGETS.values())


@pytest.mark.parametrize(
    "model",
    [
        COX,
        make_pipeline(StandardScaler(), CoxRegressor()).fit(X, TIME),
        FrozenEstimator(COX),
        FrozenEstimator(make_pipeline(StandardScaler(), FrozenEstimator(COX))),
        CoxPHSurvivalAnalysis(),
        RandomSurvivalForest(),
    ],
    ids=repr,
)
def test_auto_is_the_log_risk_for_survival_models(model, monkeypatch):
    # scikit-survival, once imported, gives every Pipeline this method.
    monkeypatch.delattr(Pipeline, "predict_survival_function", raising=False)
    assert type(resolve_target("auto", model)) is LogRisk


@pytest.mark.parametrize(
    "model",
    [
        LinearRegression(),
        LogisticRegression(),
        make_pipeline(StandardScaler(), LinearRegression()),
    ],
    ids=repr,
)
def test_auto_is_the_loss_for_classifiers_and_regressors(model):
    assert type(resolve_target("auto", model)) is Loss


def test_auto_has_no_meaning_for_a_clusterer():
    message = r"no meaning for KMeans, .*expected one of \['log_risk', .*or a callable"
    with pytest.raises(ValueError, match=message):
        resolve_target("auto", KMeans())


def test_a_target_is_copied():
    given = Parameter(["x0"])
    found = resolve_target(given, COX)
    assert found is not given
    assert found.names == ["x0"]


def test_a_callable_is_a_function_of_the_estimator():
    def function(estimator, X, y):
        return estimator.predict(X)

    found = resolve_target(function, COX)
    assert type(found) is EstimatorFunction
    assert found.function is function
