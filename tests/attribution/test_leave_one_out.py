"""Retraining: any estimator, in parallel, interrupted and resumed."""

import os
import signal
import subprocess
import sys
import textwrap
import time
import warnings

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose
from scipy import sparse
from sklearn.datasets import load_diabetes, load_iris, make_regression
from sklearn.ensemble import RandomForestClassifier
from sklearn.exceptions import ConvergenceWarning, FitFailedWarning
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.metrics import log_loss
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.neural_network import MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import LinearSVC

from sklinfluence import CoxRegressor, InfluenceExplainer
from sklinfluence.attribution import LeaveOneOut
from sklinfluence.datasets import load_rossi
from sklinfluence.utils import survival_target


def test_loss_of_a_regressor_is_that_of_the_loop_in_a_textbook():
    X, y = load_diabetes(return_X_y=True)
    X, y, X_test, y_test = X[:40], y[:40], X[40:45], y[40:45]
    explainer = InfluenceExplainer(LinearRegression(), method="loo").fit(X, y)
    before = (y_test - LinearRegression().fit(X, y).predict(X_test)) ** 2
    for i in (0, 17, 39):
        kept = np.arange(40) != i
        after = LinearRegression().fit(X[kept], y[kept]).predict(X_test)
        np.testing.assert_allclose(
            explainer.influence(X_test, y_test)[:, i], (y_test - after) ** 2 - before
        )


def test_closed_form_of_linear_regression():
    X, y = load_diabetes(return_X_y=True)
    X, y = X[:60], y[:60]
    explainer = InfluenceExplainer(LinearRegression(), method="loo").fit(X, y)
    design = np.column_stack([np.ones(60), X])
    hat = design @ np.linalg.solve(design.T @ design, design.T)
    residual = y - hat @ y
    # Without row i its residual is e / (1 − h).
    exact = (residual / (1 - np.diag(hat))) ** 2 - residual**2
    np.testing.assert_allclose(explainer.self_influence(), exact, rtol=1e-7)


def test_loss_of_a_classifier_is_the_log_loss():
    X, y = load_iris(return_X_y=True)
    explainer = InfluenceExplainer(GaussianNB(), method="loo").fit(X[::4], y[::4])
    influence = explainer.influence(X[1:2], y[1:2])
    kept = np.arange(len(X[::4])) != 5
    models = (
        GaussianNB().fit(X[::4], y[::4]),
        GaussianNB().fit(X[::4][kept], y[::4][kept]),
    )
    before, after = (
        log_loss(y[1:2], m.predict_proba(X[1:2]), labels=[0, 1, 2]) for m in models
    )
    assert influence[0, 5] == pytest.approx(after - before, rel=1e-9)


@pytest.mark.parametrize(
    ("model", "target"),
    [
        (KNeighborsClassifier(3), "score"),
        (LinearSVC(), "score"),
        (RandomForestClassifier(5, random_state=0), "loss"),
        (make_pipeline(StandardScaler(), LogisticRegression()), "loss"),
    ],
)
def test_any_classifier(model, target):
    X, y = load_iris(return_X_y=True)
    explainer = InfluenceExplainer(model, method="loo", target=target, random_state=0)
    influence = explainer.fit(X[40:60], y[40:60]).influence(X[:3], y[:3])
    assert influence.shape == (3, 20)
    assert np.isfinite(influence).all()


def test_score_of_many_classes_is_that_of_the_class_asked_for():
    X, y = load_iris(return_X_y=True)
    model = LogisticRegression()
    explainer = InfluenceExplainer(model, method="loo", target="score")
    explainer.fit(X[::5], y[::5])
    influence = explainer.influence(X[[1, 1]], [0, 2])
    removed = explainer.method_.models_[4]
    change = removed.decision_function(X[[1]]) - explainer.decision_function(X[[1]])
    np.testing.assert_allclose(influence[:, 4], change[0, [0, 2]])
    with pytest.raises(ValueError, match="pass y to say the score of which class"):
        explainer.influence(X[:1])


def test_a_class_that_leaves_with_its_only_member_has_the_largest_loss():
    X, y = np.arange(12.0)[:, None], np.array([0] * 6 + [1] * 5 + [2])
    explainer = InfluenceExplainer(GaussianNB(), method="loo").fit(X, y)
    influence = explainer.influence(X[11:], y[11:])
    assert influence[0, 11] > 30


def test_sparse_rows_and_no_y():
    X = sparse.random_array((30, 4), density=0.5, rng=0, format="csr")
    y = np.arange(30) % 2
    explainer = InfluenceExplainer(LogisticRegression(), method="loo").fit(X, y)
    dense = InfluenceExplainer(LogisticRegression(), method="loo").fit(X.toarray(), y)
    np.testing.assert_allclose(
        explainer.influence(X[:2], y[:2]),
        dense.influence(X[:2].toarray(), y[:2]),
        atol=1e-6,
    )
    transformer = InfluenceExplainer(
        StandardScaler(), method="loo", target=lambda m, X, y: m.mean_[:1]
    )
    change = transformer.fit(X.toarray()).influence(X.toarray()[:1])
    mean = X.toarray()[:, 0].mean()
    expected = (mean - X.toarray()[:, 0]) / 29
    np.testing.assert_allclose(change[0], expected)


def test_fit_parameters_lose_the_removed_row():
    X, y = load_rossi(return_X_y=True)
    X, y = X[:80], y[:80]
    weight = 1.0 + np.arange(80) % 3
    explainer = InfluenceExplainer(CoxRegressor(alpha=1.0), method="loo")
    explainer.fit(X, y, sample_weight=weight)
    kept = np.arange(80) != 7
    refit = CoxRegressor(alpha=1.0).fit(X[kept], y[kept], sample_weight=weight[kept])
    np.testing.assert_allclose(
        explainer.parameter_influence()[7],
        refit.coef_ - explainer.estimator_.coef_,
        rtol=1e-9,
    )


def test_parallel_refits_are_the_serial_ones():
    X, y = load_rossi(return_X_y=True)
    serial, parallel = (
        InfluenceExplainer(CoxRegressor(alpha=1.0), method="loo", n_jobs=n_jobs)
        .fit(X[:40], y[:40])
        .influence(X[40:42])
        for n_jobs in (1, 2)
    )
    np.testing.assert_array_equal(serial, parallel)


def test_seeds_pair_the_fit_and_its_refits():
    X, y = load_iris(return_X_y=True)
    X, y = X[45:55], y[45:55]
    # A forest that never sees row 0 differs by its seed only.
    explainer = InfluenceExplainer(
        RandomForestClassifier(3), method="loo", target="score", random_state=0
    )
    first = explainer.fit(X, y).influence(X)
    np.testing.assert_array_equal(first, explainer.fit(X, y).influence(X))
    seeds = {m.get_params()["random_state"] for m in explainer.method_.models_}
    assert seeds == {explainer.estimator_.get_params()["random_state"]}


def test_a_frozen_model_is_unfrozen_for_retraining():
    X, y = load_rossi(return_X_y=True)
    X, y = X[:60], y[:60]
    frozen = FrozenEstimator(CoxRegressor(alpha=1.0).fit(X, y))
    np.testing.assert_allclose(
        InfluenceExplainer(frozen, method="loo").fit(X, y).influence(X[:2]),
        InfluenceExplainer(CoxRegressor(alpha=1.0), method="loo")
        .fit(X, y)
        .influence(X[:2]),
    )


def test_a_refit_that_fails_is_said_and_marked():
    X = np.random.default_rng(0).normal(size=(12, 1))
    y = survival_target(np.arange(12) == 3, np.arange(12.0) + 1)
    with pytest.warns(UserWarning, match="1 event"):
        explainer = InfluenceExplainer(CoxRegressor(alpha=1.0), method="loo").fit(X, y)
    with (
        pytest.warns(FitFailedWarning, match="1 of 12 refits failed.*removal 3"),
        pytest.warns(UserWarning, match="1 event"),
    ):
        influence = explainer.influence(X[:2])
    assert np.isnan(influence[:, 3]).all()
    assert np.isfinite(np.delete(influence, 3, axis=1)).all()
    strict = InfluenceExplainer(
        CoxRegressor(alpha=1.0), method=LeaveOneOut(error_score="raise")
    )
    with pytest.warns(UserWarning, match="1 event"):
        strict.fit(X, y)
    with (
        pytest.warns(UserWarning, match="1 event"),
        pytest.raises(ValueError, match="no events"),
    ):
        strict.influence(X[:2])


def test_parameters_of_an_unknown_model():
    X, y = load_iris(return_X_y=True)
    explainer = InfluenceExplainer(GaussianNB(), method="loo").fit(X[::9], y[::9])
    with pytest.raises(NotImplementedError, match="attributes of GaussianNB are its"):
        explainer.parameter_influence()
    with pytest.raises(ValueError, match=r"whose parameters are known.*GaussianNB"):
        InfluenceExplainer(GaussianNB(), method="loo", target="parameter").fit(
            X, y
        ).influence()


SLOW_RUN = """
    import sys, time
    import numpy as np
    from sklearn.base import BaseEstimator, RegressorMixin
    from sklinfluence import InfluenceExplainer

    class SlowMean(RegressorMixin, BaseEstimator):
        def __init__(self, log=None):
            self.log = log

        def fit(self, X, y):
            if len(X) < 30:
                time.sleep(0.05)
                with open(self.log, "a") as file:
                    file.write(f"{465 - int(X.sum() + 30)}\\n")
            self.mean_ = np.mean(y)
            return self

        def predict(self, X):
            return np.full(len(X), self.mean_)

    if __name__ == "__main__":
        log, cache = sys.argv[1:]
        X, y = np.arange(30.0)[:, None], np.arange(30.0)
        explainer = InfluenceExplainer(SlowMean(log), method="loo", memory=cache)
        print(explainer.fit(X, y).influence(X[:1], y[:1])[0].tolist())
"""


def test_a_killed_run_resumes_where_it_was(tmp_path):
    script, log, cache = tmp_path / "slow.py", tmp_path / "log", tmp_path / "cache"
    script.write_text(textwrap.dedent(SLOW_RUN))
    command = [sys.executable, str(script), str(log), str(cache)]
    run = subprocess.Popen(command, stdout=subprocess.PIPE)
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if log.exists() and len(log.read_text().split()) >= 8:
            break
        time.sleep(0.01)
    os.kill(run.pid, signal.SIGKILL)
    run.communicate()
    before = log.read_text().split()
    assert 8 <= len(before) < 30
    output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    every = log.read_text().split()
    # The refit that was under way may run twice; none that had finished does.
    assert len(set(every)) == 30
    assert len(every) <= 31
    y = np.arange(30.0)
    expected = [np.delete(y, i).mean() ** 2 - y.mean() ** 2 for i in range(30)]
    np.testing.assert_allclose(eval(output), expected)
    again = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    assert again == output
    assert log.read_text().split() == every


def test_changed_data_do_not_find_old_refits(tmp_path):
    X, y = load_rossi(return_X_y=True)
    X, y = X[:30], y[:30]
    model = CoxRegressor(alpha=1.0)
    InfluenceExplainer(model, method="loo", memory=str(tmp_path)).fit(X, y).influence(X)
    changed = X + pd.Series({"age": 0.5}).reindex(X.columns, fill_value=0.0) * X
    fresh, cached = (
        InfluenceExplainer(model, method="loo", memory=memory).fit(changed, y)
        for memory in (None, str(tmp_path))
    )
    np.testing.assert_array_equal(cached.influence(X), fresh.influence(X))


def test_repeats_are_paired_by_seed_and_averaged():
    X, y = make_regression(30, 3, noise=5.0, random_state=0)
    model = MLPRegressor(hidden_layer_sizes=3, max_iter=40, random_state=7)

    def influence(method, seed=None):
        explainer = InfluenceExplainer(model, method, "score", random_state=seed)
        explainer.fit(X, y)
        return explainer.influence(X[:4], groups=[[1], [5, 6]]), explainer.method_

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        found, method = influence(LeaveOneOut(n_repeats=3))
        each = np.array([influence(LeaveOneOut(), seed)[0] for seed in range(3)])
        _, single = influence(LeaveOneOut())
    assert_allclose(found, each.mean(axis=0), rtol=1e-10)
    assert_allclose(method.standard_error_, each.std(axis=0, ddof=1) / np.sqrt(3))
    assert single.standard_error_ is None
