"""The meta-estimator: scikit-learn's manners, labels, groups, errors."""

import pickle

import numpy as np
import pandas as pd
import pytest
import sklearn
from sklearn.base import clone
from sklearn.compose import make_column_transformer
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sklinfluence import CoxRegressor, InfluenceExplainer
from sklinfluence.attribution import (
    LeaveOneOut,
    NewtonInfluence,
    VersatileInfluence,
)
from sklinfluence.datasets import load_rossi


@pytest.fixture(scope="module")
def rossi():
    X, y = load_rossi(return_X_y=True)
    X.index = [f"p{i}" for i in range(len(X))]
    return X, y


@pytest.fixture(scope="module")
def fitted(rossi):
    return InfluenceExplainer(CoxRegressor()).fit(*rossi)


def test_labels_of_a_pandas_index_are_kept(rossi, fitted):
    X, _ = rossi
    frame = fitted.influence(X[5:8], as_frame=True)
    assert frame.index.tolist() == ["p5", "p6", "p7"]
    assert frame.columns.tolist() == X.index.tolist()
    np.testing.assert_array_equal(frame.to_numpy(), fitted.influence(X[5:8]))
    parameters = fitted.parameter_influence(as_frame=True)
    assert parameters.columns.tolist() == X.columns.tolist()
    assert parameters.index.tolist() == X.index.tolist()


def test_rows_of_the_parameter_target_are_parameters(rossi):
    X, y = rossi
    explainer = InfluenceExplainer(CoxRegressor(), target="parameter").fit(X, y)
    frame = explainer.influence(as_frame=True)
    assert frame.index.tolist() == X.columns.tolist()
    np.testing.assert_allclose(
        frame.to_numpy().T, explainer.parameter_influence(), rtol=1e-7, atol=1e-14
    )


def test_top_objects_are_the_extremes_with_their_names(rossi, fitted):
    X, _ = rossi
    influence = fitted.influence(X[:2])
    top = fitted.top_objects(X[:2], k=4)
    for t in range(2):
        best, worst = top.proponents, top.opponents
        assert best.influence[t, 0] == influence[t].max()
        assert worst.influence[t, 0] == influence[t].min()
        assert (np.diff(best.influence[t]) <= 0).all()
        assert (np.diff(worst.influence[t]) >= 0).all()
        assert best.names[t, 1] == f"p{best.indices[t, 1]}"
        assert influence[t, worst.indices[t, 2]] == worst.influence[t, 2]
    with pytest.raises(ValueError, match="Got k=0; expected a positive"):
        fitted.top_objects(X[:1], k=0)


def test_training_data_are_the_default_test_objects(rossi, fitted):
    X, _ = rossi
    np.testing.assert_array_equal(fitted.influence(), fitted.influence(X))


def test_components_of_training_rows_are_indirect(rossi, fitted):
    X, _ = rossi
    total = fitted.influence(X[:2])
    np.testing.assert_array_equal(fitted.influence(X[:2], component="indirect"), total)
    assert not fitted.influence(X[:2], component="direct").any()
    with pytest.raises(ValueError, match="component='side'; expected 'total'"):
        fitted.influence(X[:2], component="side")


def test_groups_by_label_by_index_and_by_name_agree(rossi, fitted):
    X, _ = rossi
    labels = np.where(X["age"] > 30, "old", "young")
    by_label = fitted.influence(X[:3], groups=labels, as_frame=True)
    sets = {name: np.flatnonzero(labels == name) for name in ("old", "young")}
    by_name = fitted.influence(X[:3], groups=sets, as_frame=True)
    pd.testing.assert_frame_equal(by_label, by_name)
    by_index = fitted.influence(X[:3], groups=list(sets.values()))
    np.testing.assert_array_equal(by_index, by_label.to_numpy())
    parameters = fitted.parameter_influence(groups=labels, as_frame=True)
    assert parameters.index.tolist() == ["old", "young"]


@pytest.mark.parametrize(
    ("groups", "message"),
    [
        (["a", "b"], r"groups of shape \(2,\); expected a label for each of the 432"),
        ([[]], "non-empty"),
        ([[0, 500]], "from 0 to 500; expected positions from 0 to 431"),
        ([[1, 1]], "repeats an object"),
        (np.where(np.arange(432) < 3, None, "a"), "3 missing labels"),
    ],
)
def test_groups_that_make_no_sense(fitted, groups, message):
    with pytest.raises(ValueError, match=message):
        fitted.influence(groups=groups)


@pytest.mark.parametrize("method", ["vif", "newton"])
def test_bounds_come_with_labels_and_for_groups(rossi, method):
    X, y = rossi
    explainer = InfluenceExplainer(CoxRegressor(), method=method).fit(X, y)
    groups = {"first": [0, 1, 2], "aided": np.flatnonzero(X["fin"])[:9]}
    for options, columns in (({}, X.index), ({"groups": groups}, ["first", "aided"])):
        arrays = explainer.influence(X[5:8], return_bound=True, **options)
        frames = explainer.influence(
            X[5:8], return_bound=True, as_frame=True, **options
        )
        assert len(arrays) == len(frames) == 2
        for array, frame in zip(arrays, frames, strict=True):
            assert frame.index.tolist() == ["p5", "p6", "p7"]
            assert frame.columns.tolist() == list(columns)
            np.testing.assert_array_equal(frame.to_numpy(), array)
        plain = explainer.influence(X[5:8], **options)
        np.testing.assert_allclose(arrays[0], plain, rtol=1e-10)
        assert (arrays[1] > 0).all()
        frames = explainer.parameter_influence(
            return_bound=True, as_frame=True, **options
        )
        for frame in frames:
            assert frame.index.tolist() == list(columns)
            assert frame.columns.tolist() == X.columns.tolist()
        np.testing.assert_allclose(
            frames[0], explainer.parameter_influence(**options), rtol=1e-10
        )
        assert (frames[1] > 0).all(axis=None)


def test_bounds_of_components(rossi, fitted):
    X, _ = rossi
    direct = fitted.influence(X[:2], component="direct", return_bound=True)
    for part in direct:
        np.testing.assert_array_equal(part, np.zeros((2, 432)))
    assert not np.shares_memory(*direct)
    total, indirect = (
        fitted.influence(X[:2], component=name, return_bound=True)
        for name in ("total", "indirect")
    )
    np.testing.assert_array_equal(indirect, total)
    frames = fitted.influence(
        X[:2], component="direct", return_bound=True, as_frame=True, groups=[[1], [2]]
    )
    assert [frame.shape for frame in frames] == [(2, 2), (2, 2)]


def test_it_is_the_model_it_explains(rossi, fitted):
    X, y = rossi
    model = CoxRegressor().fit(X, y)
    np.testing.assert_array_equal(fitted.predict(X), model.predict(X))
    assert fitted.score(X, y) == model.score(X, y)
    np.testing.assert_array_equal(
        fitted.predict_survival_function(X[:2], times=[10]),
        model.predict_survival_function(X[:2], times=[10]),
    )
    assert fitted.n_features_in_ == 7
    assert list(fitted.feature_names_in_) == X.columns.tolist()
    assert not hasattr(fitted, "predict_proba")
    assert hasattr(InfluenceExplainer(LogisticRegression()), "predict_proba")


def test_last_step_of_a_pipeline(rossi):
    X, y = rossi
    scale = make_column_transformer(
        (StandardScaler(), ["age", "prio"]), remainder="passthrough"
    ).set_output(transform="pandas")
    pipeline = make_pipeline(scale, InfluenceExplainer(CoxRegressor())).fit(X, y)
    explainer = pipeline[-1]
    assert explainer.object_names_[0] == "p0"
    influence = explainer.influence(pipeline[:-1].transform(X[:2]))
    direct = InfluenceExplainer(CoxRegressor()).fit(X, y).influence(X[:2])
    np.testing.assert_allclose(influence, direct, rtol=1e-7, atol=1e-12)
    assert pipeline.score(X, y) == pytest.approx(CoxRegressor().fit(X, y).score(X, y))


def test_grid_search_over_nested_parameters(rossi):
    X, y = rossi
    grid = {"estimator__alpha": [0.0, 10.0], "method__damping": [0.0, 1.0]}
    search = GridSearchCV(InfluenceExplainer(CoxRegressor()), grid, cv=3).fit(X, y)
    assert len(search.cv_results_["params"]) == 4
    best = search.best_estimator_
    assert isinstance(best.method, VersatileInfluence)
    assert best.influence(X[:2]).shape == (2, 432)
    scores = cross_val_score(InfluenceExplainer(CoxRegressor()), X, y, cv=3)
    np.testing.assert_allclose(scores, cross_val_score(CoxRegressor(), X, y, cv=3))


def test_grid_search_over_the_steps_of_a_named_method(rossi):
    X, y = rossi
    grid = {"method__n_steps": [1, 2, "converged"], "method__solver__rcond": [1e-9]}
    explainer = InfluenceExplainer(CoxRegressor(), method="newton")
    search = GridSearchCV(explainer, grid, cv=2).fit(X, y)
    assert len(search.cv_results_["params"]) == 3
    # The score does not depend on the method: the first wins.
    assert search.best_params_["method__n_steps"] == 1
    best = search.best_estimator_
    assert isinstance(best.method, NewtonInfluence)
    assert best.method_.solver_.rcond == 1e-9
    twice = clone(explainer).set_params(method__n_steps=2).fit(X, y)
    direct = InfluenceExplainer(CoxRegressor(), NewtonInfluence(2)).fit(X, y)
    np.testing.assert_array_equal(twice.influence(X[:2]), direct.influence(X[:2]))
    assert explainer.method == "newton"


def test_clone_and_pickle(rossi, fitted):
    X, _ = rossi
    again = pickle.loads(pickle.dumps(fitted))
    np.testing.assert_array_equal(again.influence(X[:3]), fitted.influence(X[:3]))
    with pytest.raises(NotFittedError):
        clone(fitted).influence(X[:3])
    loo = InfluenceExplainer(CoxRegressor(alpha=1.0), method=LeaveOneOut())
    loo.fit(*(part[:30] for part in rossi))
    influence = loo.influence(X[:2])
    np.testing.assert_array_equal(
        pickle.loads(pickle.dumps(loo)).influence(X[:2]), influence
    )


@pytest.mark.parametrize("n_steps", [1, "converged"])
def test_clone_and_pickle_of_newton_influence(rossi, n_steps):
    X, y = rossi
    explainer = InfluenceExplainer(CoxRegressor(), method="newton")
    explainer.set_params(method__n_steps=n_steps).fit(X, y)
    # Before anything was asked, and after.
    for _ in range(2):
        again = pickle.loads(pickle.dumps(explainer))
        for found, expected in zip(
            again.influence(X[:3], return_bound=True),
            explainer.influence(X[:3], return_bound=True),
            strict=True,
        ):
            np.testing.assert_array_equal(found, expected)
    copy = clone(explainer)
    assert copy.method.n_steps == n_steps
    with pytest.raises(NotFittedError):
        copy.influence(X[:3])
    np.testing.assert_array_equal(
        copy.fit(X, y).influence(X[:3]), explainer.influence(X[:3])
    )


def test_the_given_method_and_target_are_left_alone(rossi):
    X, y = rossi
    method = VersatileInfluence()
    InfluenceExplainer(CoxRegressor(), method=method).fit(X, y).influence(X[:1])
    assert vars(method) == vars(VersatileInfluence())


def test_a_parameter_of_a_named_method_can_be_set():
    explainer = InfluenceExplainer(CoxRegressor()).set_params(method__damping=2.0)
    assert explainer.method.damping == 2.0
    explainer = InfluenceExplainer(CoxRegressor()).set_params(
        method__solver__rcond=1e-9
    )
    assert explainer.method.solver.rcond == 1e-9
    with pytest.raises(ValueError, match="Invalid parameter 'dumping'"):
        explainer.set_params(method__dumping=2.0)


def test_metadata_is_routed_to_the_estimator(rossi):
    X, y = rossi
    weight = 1.0 + np.arange(len(X)) % 2
    plain = InfluenceExplainer(CoxRegressor()).fit(X, y, sample_weight=weight)
    with sklearn.config_context(enable_metadata_routing=True):
        model = CoxRegressor().set_fit_request(sample_weight=True)
        routed = InfluenceExplainer(model).fit(X, y, sample_weight=weight)
        with pytest.raises(TypeError, match="sample_weight"):
            InfluenceExplainer(CoxRegressor().set_fit_request(sample_weight=False)).fit(
                X, y, sample_weight=weight
            )
    np.testing.assert_array_equal(routed.influence(X[:2]), plain.influence(X[:2]))


def test_audit_reports_the_error_of_the_estimate(rossi, fitted):
    X, y = rossi
    report = fitted.audit(X[:5], k=4)
    assert report.estimate.shape == report.retrained.shape == (5, 12)
    assert report.kind.tolist() == ["strongest"] * 4 + ["weakest"] * 4 + ["random"] * 4
    assert len(set(report.objects)) == 12
    assert report.names[0] == f"p{report.objects[0]}"
    kept = np.arange(len(X)) != report.objects[0]
    refit = CoxRegressor().fit(X[kept], y[kept])
    reference = [m.predict(X[:5]) - m.predict(X).mean() for m in (refit, fitted)]
    np.testing.assert_allclose(report.retrained[:, 0], np.subtract(*reference))
    assert report.relative_error < 0.1
    assert report.pearson > 0.999


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"method": "viv"}, "'method' parameter.*'vif'.*Got 'viv'"),
        ({"target": "hazard"}, "'target' parameter.*'relative_risk'.*Got 'hazard'"),
        ({"estimator": 3}, "'estimator' parameter.*'fit'"),
        ({"method": VersatileInfluence(damping=-1.0)}, "'damping' parameter"),
        ({"method": VersatileInfluence(solver="lu")}, "'solver' parameter.*'explicit'"),
        ({"method": LeaveOneOut(error_score="skip")}, "'error_score' parameter"),
    ],
)
def test_unknown_names_and_values(rossi, arguments, message):
    explainer = InfluenceExplainer(**({"estimator": CoxRegressor()} | arguments))
    with pytest.raises(ValueError, match=message):
        explainer.fit(*rossi)


def test_influence_before_fit(rossi):
    explainer = InfluenceExplainer(CoxRegressor())
    for ask in (
        explainer.influence,
        explainer.self_influence,
        explainer.parameter_influence,
        explainer.top_objects,
        explainer.audit,
    ):
        with pytest.raises(NotFittedError, match="not fitted yet"):
            ask()


def test_test_rows_with_other_features(rossi, fitted):
    X, _ = rossi
    with pytest.raises(ValueError, match="feature names should match"):
        fitted.influence(X[:2].rename(columns={"age": "years"}))
    nameless = InfluenceExplainer(CoxRegressor()).fit(X.to_numpy(), rossi[1])
    with pytest.raises(ValueError, match=r"X has 5 features.*expecting 7 features"):
        nameless.influence(X.to_numpy()[:2, :5])


def test_what_a_method_cannot_give(rossi, fitted):
    X, y = rossi
    retrained = InfluenceExplainer(CoxRegressor(), method="loo").fit(X, y)
    with pytest.raises(ValueError, match=r"return_bound=True: LeaveOne.*audit\(\)"):
        retrained.influence(X[:1], return_bound=True)
    explainer = InfluenceExplainer(CoxRegressor(), target="loss").fit(X, y)
    with pytest.raises(ValueError, match=r"needs y of the test objects.*Pass y"):
        explainer.influence(X[:1])
    linear = VersatileInfluence(linearize=True)
    explainer = InfluenceExplainer(
        CoxRegressor(), linear, target=lambda model, X, y: model.predict(X)
    )
    with pytest.raises(ValueError, match=r"no gradient.*linearize=False"):
        explainer.fit(X, y).influence(X[:1])
    explainer = InfluenceExplainer(StandardScaler(), method="loo")
    with pytest.raises(ValueError, match="'auto' has no meaning for StandardScaler"):
        explainer.fit(X)
    explainer = InfluenceExplainer(
        CoxRegressor(), target=lambda model, X, y: model.coef_[:, None]
    )
    with pytest.raises(ValueError, match=r"shape \(7, 1\); expected one number"):
        explainer.fit(X, y).influence(X[:1])


def test_progress_bars_only_when_asked(rossi, capsys):
    X, y = (part[:40] for part in rossi)
    for verbose in (0, 1):
        explainer = InfluenceExplainer(
            CoxRegressor(alpha=1.0), method="loo", verbose=verbose
        )
        explainer.fit(X, y).influence(X[:1])
        assert ("refits" in capsys.readouterr().err) == bool(verbose)


@pytest.mark.parametrize("method", [NewtonInfluence(), NewtonInfluence("converged")])
def test_progress_of_newton_steps(rossi, capsys, method):
    X, y = (part[:60] for part in rossi)
    for verbose in (0, 1):
        explainer = InfluenceExplainer(
            CoxRegressor(alpha=1.0), method=method, verbose=verbose
        )
        explainer.fit(X, y).influence(X[:1], return_bound=True)
        shown = capsys.readouterr()
        assert ("removals: 100%" in shown.err) == bool(verbose)
        assert not shown.out
