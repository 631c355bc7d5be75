"""Attribution with sparse rows: that of dense rows, in memory that sparse rows take."""

import tracemalloc

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy import sparse
from sklearn.base import clone
from sklearn.feature_extraction.text import CountVectorizer, TfidfTransformer
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import (
    HuberRegressor,
    LinearRegression,
    LogisticRegression,
    PoissonRegressor,
    Ridge,
    RidgeClassifier,
)
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder
from sklearn.svm import LinearSVC

from sklinfluence import InfluenceExplainer
from sklinfluence.attribution import NewtonInfluence, VersatileInfluence
from sklinfluence.diagnostics import cooks_distance, dfbetas, leverage
from sklinfluence.solvers import ConjugateGradientSolver
from sklinfluence.targets import ParameterFunction

RNG = np.random.default_rng(0)
X = sparse.random_array((60, 8), density=0.4, rng=0, format="csr")
SCORE = X @ RNG.normal(size=8) + 0.3 * RNG.normal(size=60)
TWO, THREE = (SCORE > 0.1).astype(int), np.digitize(SCORE, [-0.3, 0.4])
FINE = {"tol": 1e-12, "max_iter": 10_000}
MODELS = {
    "least squares": (LinearRegression(tol=1e-14), SCORE),
    "ridge": (Ridge(0.3, solver="sparse_cg", tol=1e-14), SCORE),
    "binary": (LogisticRegression(**FINE), TWO),
    "multinomial": (LogisticRegression(**FINE), THREE),
    "balanced": (LogisticRegression(class_weight="balanced", **FINE), THREE),
    "ridge classifier": (RidgeClassifier(solver="sparse_cg", tol=1e-14), THREE),
    "poisson": (PoissonRegressor(alpha=0.01, **FINE), RNG.poisson(np.exp(SCORE))),
    "svc": (LinearSVC(**FINE), TWO),
    "huber": (HuberRegressor(**FINE), SCORE),
}
TIGHT = ConjugateGradientSolver(tol=1e-13)
METHODS = {
    "vif": VersatileInfluence(),
    "linear": VersatileInfluence(linearize=True),
    "cg": VersatileInfluence(solver=TIGHT),
    "newton": NewtonInfluence(),
    "newton 2": NewtonInfluence(2),
    "converged": NewtonInfluence("converged"),
}
pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


def close(found, expected, tol=1e-10):
    size = np.abs(expected).max()
    assert_allclose(found, expected, rtol=0, atol=tol * size)


def pair_of(model, y, method, rows=X, **options):
    """Explainers of one fitted model, with sparse and with dense rows."""
    fitted = FrozenEstimator(clone(model).fit(rows, y))
    explainer = InfluenceExplainer(fitted, method=method, **options)
    return clone(explainer).fit(rows, y), clone(explainer).fit(dense(rows), y)


def dense(rows):
    return rows.toarray()


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("name", MODELS)
def test_influence_is_that_of_dense_rows(name, method):
    model, y = MODELS[name]
    a, b = pair_of(model, y, METHODS[method])
    # Where the residual of a system has this size, its solutions differ by more.
    tol = 1e-9 if method == "cg" else 1e-10
    groups = [[1, 2], [3, 4, 5]]
    close(a.influence(X[:4], y[:4]), b.influence(dense(X)[:4], y[:4]), tol)
    close(a.influence(groups=groups), b.influence(groups=groups), tol)
    close(a.self_influence(), b.self_influence(), tol)
    close(a.parameter_influence(), b.parameter_influence(), tol)
    found, expected = (e.top_objects(X[:3], y[:3], k=4) for e in (a, b))
    close(found.proponents.influence, expected.proponents.influence, tol)


@pytest.mark.parametrize("target", ["score", "probability", "parameter"])
@pytest.mark.parametrize("name", ["binary", "multinomial", "balanced"])
@pytest.mark.parametrize("linearize", [False, True])
def test_targets_are_those_of_dense_rows(name, target, linearize):
    model, y = MODELS[name]
    a, b = pair_of(model, y, VersatileInfluence(linearize=linearize), target=target)
    close(a.influence(X[:5], y[:5]), b.influence(dense(X)[:5], y[:5]))
    if target != "parameter":
        close(a.self_influence(), b.self_influence())


@pytest.mark.parametrize("name", ["binary", "multinomial", "poisson", "ridge"])
@pytest.mark.parametrize("method", ["vif", "converged"])
def test_bounds_are_those_of_dense_rows(name, method):
    model, y = MODELS[name]
    a, b = pair_of(model, y, METHODS[method])
    found, expected = (e.influence(X[:4], y[:4], return_bound=True) for e in (a, b))
    close(found[0], expected[0])
    if method == "vif":
        close(found[1], expected[1])
    else:  # of the size of the tolerance
        assert (found[1] <= 1e-6 * np.abs(found[0]).max()).all()


def test_multiclass_score_and_probability_are_those_of_copies_of_the_model():
    model, y = MODELS["multinomial"]

    def probability(fitted, rows, wanted):
        return fitted.predict_proba(rows)[np.arange(len(wanted)), wanted]

    def score(fitted, rows, wanted):
        return fitted.decision_function(rows)[np.arange(len(wanted)), wanted]

    for target, function in (("probability", probability), ("score", score)):
        for rows in (X[:30], X[:3]):
            wanted, found = y[: rows.shape[0]], []
            for one in (target, function):
                explainer = InfluenceExplainer(model, target=one).fit(X, y)
                found.append(explainer.influence(rows, wanted))
            close(*found)


def test_diagnostics_are_those_of_dense_rows():
    model, y = MODELS["multinomial"]
    a, b = pair_of(model, y, "newton")
    for diagnostic in (leverage, cooks_distance, dfbetas):
        close(diagnostic(a), diagnostic(b), 1e-9)


@pytest.mark.parametrize("kind", ["csr", "csc", "coo", "lil", "bsr"])
@pytest.mark.parametrize("make", [sparse.csr_array, sparse.csr_matrix])
def test_any_format_is_taken(kind, make):
    y, rows, few, two = TWO, *(make(X[:n]).asformat(kind) for n in (60, 12, 2))
    model = LogisticRegression(**FINE)
    expected = InfluenceExplainer(model).fit(X, y)
    found = InfluenceExplainer(model).fit(rows, y)
    close(found.influence(), expected.influence())
    close(found.self_influence(), expected.self_influence())
    found = InfluenceExplainer(model, method="loo").fit(few, y[:12])
    expected = InfluenceExplainer(model, method="loo").fit(X[:12], y[:12])
    close(found.influence(two, y[:2]), expected.influence(X[:2], y[:2]))


@pytest.mark.parametrize("change", ["integers", "wide indices", "unsorted"])
def test_numbers_and_indices_of_any_kind(change):
    rows = X.copy()
    if change == "integers":
        rows = sparse.csr_array((X > 0.5).astype(np.int32))
    elif change == "wide indices":
        rows.indices, rows.indptr = (i.astype(np.int64) for i in (X.indices, X.indptr))
    else:
        order = np.concatenate(
            [
                np.arange(a, b)[::-1]
                for a, b in zip(X.indptr, X.indptr[1:], strict=False)
            ]
        )
        parts = X.data[order], X.indices[order], X.indptr
        rows = sparse.csr_array(parts, shape=X.shape)
    a, b = pair_of(LogisticRegression(**FINE), THREE, "vif", rows)
    close(a.influence(), b.influence())


def test_pipelines_that_make_sparse_rows():
    words = np.array(["red", "blue", "green", "small", "large"])
    texts = [" ".join(words[RNG.integers(0, 5, size=4)]) for _ in range(40)]
    y = RNG.integers(0, 2, size=40)
    counts = CountVectorizer().fit(texts).transform(texts)
    steps = TfidfTransformer(), LogisticRegression(**FINE)
    fitted = make_pipeline(*steps).fit(counts, y)
    a = InfluenceExplainer(FrozenEstimator(fitted)).fit(counts, y)
    features = fitted[0].transform(counts).toarray()
    b = InfluenceExplainer(FrozenEstimator(fitted[1])).fit(features, y)
    close(a.influence(counts[:3], y[:3]), b.influence(features[:3], y[:3]))
    table = RNG.integers(0, 4, size=(40, 2))
    fitted = make_pipeline(OneHotEncoder(), LogisticRegression(**FINE)).fit(table, y)
    a = InfluenceExplainer(FrozenEstimator(fitted), method="newton").fit(table, y)
    features = fitted[0].transform(table).toarray()
    b = InfluenceExplainer(FrozenEstimator(fitted[1]), method="newton")
    close(a.influence(), b.fit(features, y).influence())


@pytest.mark.parametrize("name", ["binary", "multinomial", "poisson"])
def test_more_parameters_than_objects(name, monkeypatch):
    model, y = MODELS[name]
    wide = sparse.hstack([X, sparse.random_array((60, 90), density=0.1, rng=1)]).tocsr()
    # A few objects, and a few directions, at a time.
    monkeypatch.setattr("sklinfluence.attribution._versatile._NUMBERS_AT_ONCE", 999)
    monkeypatch.setattr("sklinfluence.utils._blocks._NUMBERS_AT_ONCE", 999)
    a, b = pair_of(model, y, "vif", wide)
    close(a.influence(wide[:7], y[:7]), b.influence(dense(wide)[:7], y[:7]))
    close(a.self_influence(), np.diag(b.influence()))
    close(a.parameter_influence(), b.parameter_influence())


@pytest.mark.parametrize("name", ["binary", "multinomial"])
def test_dual_solver_takes_sparse_rows(name):
    model, y = MODELS[name]
    model = clone(model).set_params(fit_intercept=False)
    dual = VersatileInfluence("dual", linearize=True, curvature="gauss_newton")
    a, _ = pair_of(model, y, dual)
    b, _ = pair_of(model, y, VersatileInfluence(linearize=True))
    close(a.influence(X[:4], y[:4]), b.influence(X[:4], y[:4]), 1e-9)


def test_a_function_of_parameters_is_given_dense_rows():
    model, y = MODELS["ridge"]
    target = ParameterFunction(lambda theta, rows, y: rows @ theta)
    a, b = pair_of(model, y, "vif", target=target)
    close(a.influence(X[:4]), b.influence(dense(X)[:4]))


@pytest.mark.parametrize("linearize", [False, True])
@pytest.mark.parametrize("n_classes", [2, 3])
def test_nothing_of_the_size_of_dense_rows_is_formed(n_classes, linearize):
    n = p = 20_000  # 3.2 GB
    rows = sparse.random_array((n, p), density=1e-3, rng=0, format="csr")
    cuts = [0.0] if n_classes == 2 else [-1.0, 1.0]
    y = np.digitize(rows @ RNG.normal(size=p), cuts)
    fitted = FrozenEstimator(LogisticRegression(max_iter=300).fit(rows, y))
    method = VersatileInfluence(solver="cg", linearize=linearize)
    explainer = InfluenceExplainer(fitted, method=method)
    tracemalloc.start()
    try:
        influence = explainer.fit(rows, y).influence(rows[:5], y[:5])
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert influence.shape == (5, n)
    assert np.isfinite(influence).all()
    assert peak < 200e6
