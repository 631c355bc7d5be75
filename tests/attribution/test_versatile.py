"""VIF against exact removal by clone-and-refit, and its own variants."""

import warnings

import numpy as np
import pytest
from sklearn.exceptions import ConvergenceWarning
from sklearn.frozen import FrozenEstimator
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sklinfluence import CoxRegressor, InfluenceExplainer
from sklinfluence.attribution import VersatileInfluence, _failures, _versatile
from sklinfluence.datasets import load_rossi
from sklinfluence.metrics import agreement
from sklinfluence.solvers import ExplicitSolver
from sklinfluence.targets import ParameterFunction
from sklinfluence.utils import survival_target


def survival_at_half_a_year(model, X, y):
    return model.predict_survival_function(X, times=[26])[:, 0]


@pytest.fixture(scope="module")
def rossi():
    X, y = load_rossi(return_X_y=True)
    return X[:150], y[:150], X[420:], y[420:]


@pytest.fixture(scope="module")
def refits(tmp_path_factory):
    return str(tmp_path_factory.mktemp("refits"))


TARGETS = ["log_risk", "relative_risk", "loss", "parameter", survival_at_half_a_year]


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("ties", ["breslow", "efron"])
def test_vif_is_close_to_retraining_for_every_target(refits, target, ties):
    X, y = load_rossi(return_X_y=True)
    X, y, X_test, y_test = X[:400], y[:400], X[400:], y[400:]
    model = CoxRegressor(ties=ties)
    vif, loo = (
        InfluenceExplainer(model, method=method, target=target, memory=refits)
        .fit(X, y)
        .influence(X_test, y_test)
        for method in ("vif", "loo")
    )
    result = agreement(vif, loo)
    # First order in leverage: 7 coefficients from 100 arrests.
    assert result.relative_error < 0.065
    assert result.slope == pytest.approx(1.0, abs=0.065)
    assert result.pearson > 0.999


@pytest.mark.parametrize("target", ["log_risk", "relative_risk", "loss"])
def test_error_falls_with_the_number_of_rows(target):
    rng = np.random.default_rng(0)
    X = rng.normal(size=(650, 3))
    y = survival_target(rng.random(650) < 0.7, rng.exponential(np.exp(-X[:, 0])))
    model, test = CoxRegressor(), X[600:]
    errors = []
    for n in (100, 600):
        pair = [
            InfluenceExplainer(model, target=target, method=method)
            .fit(X[:n], y[:n])
            .influence(test, y[600:])
            for method in ("vif", "loo")
        ]
        errors.append(agreement(*pair).relative_error)
    # VIF is first order in p / n: with six times the rows, well below half is left.
    assert errors[1] < 0.5 * errors[0]


def test_a_target_with_few_directions_equals_its_evaluation(rossi):
    X, y, X_test, _ = rossi
    explainer = InfluenceExplainer(CoxRegressor(), target="relative_risk").fit(X, y)
    few, many = X_test[:3], X_test
    assert len(few) < X.shape[1] < len(many)
    np.testing.assert_allclose(
        explainer.influence(few), explainer.influence(many)[:3], rtol=1e-8, atol=1e-14
    )


def test_linearised_influence_is_the_gradient_times_the_parameter_influence(rossi):
    X, y, X_test, y_test = rossi
    for target in ("log_risk", "relative_risk", "loss"):
        method = VersatileInfluence(linearize=True)
        explainer = InfluenceExplainer(CoxRegressor(), method=method, target=target)
        explainer.fit(X, y)
        theta = explainer.problem_.objective.theta
        gradient = explainer.target_.gradient(theta, X_test, y_test)
        np.testing.assert_allclose(
            explainer.influence(X_test, y_test),
            gradient @ explainer.parameter_influence().T,
            rtol=1e-9,
            atol=1e-13,
        )


@pytest.mark.parametrize("target", ["log_risk", "loss", survival_at_half_a_year])
@pytest.mark.parametrize("method", ["vif", "loo"])
def test_self_influence_is_the_diagonal(rossi, target, method):
    X, y = rossi[0][:60], rossi[1][:60]
    model = CoxRegressor(alpha=0.1)
    explainer = InfluenceExplainer(model, target=target, method=method).fit(X, y)
    np.testing.assert_allclose(
        explainer.self_influence(),
        np.diag(explainer.influence()),
        rtol=1e-9,
        atol=1e-12,
    )


def test_a_group_is_removed_at_once(rossi):
    X, y, X_test, _ = rossi
    groups = np.arange(len(X)) % 15
    vif, loo = (
        InfluenceExplainer(CoxRegressor(alpha=1.0), method=method).fit(X, y)
        for method in ("vif", "loo")
    )
    at_once = vif.influence(X_test, groups=groups)
    exact = loo.influence(X_test, groups=groups)
    members = [vif.influence(X_test)[:, groups == g].sum(axis=1) for g in range(15)]
    at_once_error = agreement(at_once, exact).relative_error
    assert at_once_error < 0.35
    assert at_once.shape == (len(X_test), 15)
    assert np.abs(at_once - np.stack(members, axis=1)).max() > 1e-4


def test_a_group_of_one_is_its_object(rossi):
    X, y, X_test, _ = rossi
    explainer = InfluenceExplainer(CoxRegressor()).fit(X, y)
    alone = explainer.influence(X_test, groups=[[3], [7]])
    np.testing.assert_allclose(
        alone, explainer.influence(X_test)[:, [3, 7]], rtol=1e-7, atol=1e-13
    )


def test_damping_shrinks_influence_towards_zero(rossi):
    X, y, X_test, _ = rossi
    sizes = [
        np.linalg.norm(
            InfluenceExplainer(CoxRegressor(), VersatileInfluence(damping=damping))
            .fit(X, y)
            .influence(X_test)
        )
        for damping in (0.0, 10.0, 1e4)
    ]
    assert sizes[0] > sizes[1] > 10 * sizes[2]


def test_solver_by_instance_is_the_solver_by_name(rossi):
    X, y, X_test, _ = rossi
    results = [
        InfluenceExplainer(CoxRegressor(), VersatileInfluence(solver=solver))
        .fit(X, y)
        .influence(X_test)
        for solver in ("explicit", ExplicitSolver())
    ]
    np.testing.assert_array_equal(*results)


def test_differentiable_function_of_the_parameters(rossi):
    X, y, X_test, _ = rossi
    ratio = ParameterFunction(lambda theta, X, y: X @ theta)
    explainer = InfluenceExplainer(CoxRegressor(), target=ratio).fit(X, y)
    log_risk = InfluenceExplainer(CoxRegressor()).fit(X, y)
    np.testing.assert_allclose(
        explainer.influence(X_test), log_risk.influence(X_test), rtol=1e-8, atol=1e-13
    )


def test_a_pipeline_is_attributed_on_its_transformed_rows(rossi):
    X, y, X_test, _ = rossi
    scaler = StandardScaler().fit(X)
    around = InfluenceExplainer(make_pipeline(StandardScaler(), CoxRegressor()))
    inside = InfluenceExplainer(CoxRegressor()).fit(scaler.transform(X), y)
    np.testing.assert_allclose(
        around.fit(X, y).influence(X_test),
        inside.influence(scaler.transform(X_test)),
        rtol=1e-9,
        atol=1e-13,
    )


def test_a_frozen_model_is_attributed_without_a_fit(rossi):
    X, y, X_test, _ = rossi
    model = CoxRegressor().fit(X, y)
    frozen = InfluenceExplainer(FrozenEstimator(model)).fit(X, y)
    assert frozen.estimator_.estimator is model
    np.testing.assert_array_equal(
        frozen.influence(X_test),
        InfluenceExplainer(CoxRegressor()).fit(X, y).influence(X_test),
    )


def test_other_data_than_the_model_was_fitted_on_are_noticed(rossi):
    X, y, _, _ = rossi
    model = CoxRegressor().fit(X, y)
    with pytest.warns(ConvergenceWarning, match="not at a stationary point.*smaller"):
        InfluenceExplainer(FrozenEstimator(model)).fit(X[:100], y[:100])


def test_a_stopped_fit_is_noticed(rossi):
    X, y, _, _ = rossi
    with pytest.warns(ConvergenceWarning) as record:
        InfluenceExplainer(CoxRegressor(max_iter=1)).fit(X, y)
    messages = [str(warning.message) for warning in record]
    assert any("did not converge in max_iter=1" in message for message in messages)
    assert any("not at a stationary point" in message for message in messages)


def test_a_singular_hessian_is_reported_and_solved_beside_it(rossi):
    X, y, X_test, _ = rossi
    doubled, doubled_test = (np.column_stack([Z, Z.iloc[:, 0]]) for Z in (X, X_test))
    with pytest.warns(ConvergenceWarning) as record:
        explainer = InfluenceExplainer(CoxRegressor()).fit(doubled, y)
    messages = [str(warning.message) for warning in record]
    assert any("Hessian is singular" in message for message in messages)
    plain = InfluenceExplainer(CoxRegressor()).fit(X, y)
    # Twice the same column: the log-risk is determined although coefficients are not.
    np.testing.assert_allclose(
        explainer.influence(doubled_test),
        plain.influence(X_test),
        rtol=1e-6,
        atol=1e-12,
    )


def test_a_model_without_objective_is_told_what_still_works():
    X, y = np.arange(20.0)[:, None], np.arange(20) % 2
    explainer = InfluenceExplainer(KNeighborsClassifier(), method="vif")
    with pytest.raises(NotImplementedError, match=r"KNeighbors.*LeaveOneOut\(\)"):
        explainer.fit(X, y)


def test_no_warning_for_an_ordinary_fit(rossi):
    X, y, X_test, _ = rossi
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        InfluenceExplainer(CoxRegressor()).fit(X, y).influence(X_test)


def test_groups_of_a_model_with_many_parameters_form_no_hessian(rossi, monkeypatch):
    X, y, X_test, _ = rossi
    method = VersatileInfluence(solver="cg")
    explainer = InfluenceExplainer(CoxRegressor(alpha=1.0), method=method).fit(X, y)
    checked = explainer.influence(X_test, groups=[[0, 1], [5]])
    monkeypatch.setattr(_failures, "_MOST_PARAMETERS", 3)
    monkeypatch.setattr(_versatile, "NaturalCoordinates", None)
    found = explainer.influence(X_test, groups=[[0, 1], [5]])
    np.testing.assert_array_equal(found, checked)
