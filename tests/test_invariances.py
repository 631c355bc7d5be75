"""What influence must not depend on, for every method that there is.

Peers have shipped values that were wrong unless columns had unit variance, rows that
were silently zero, and results that depended on the size of a batch. Each of these
properties would have found one of them.
"""

import warnings

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sklearn.exceptions import ConvergenceWarning

from sklinfluence import CoxRegressor, InfluenceExplainer
from sklinfluence.attribution import METHODS
from sklinfluence.utils import survival_target

TARGETS = ["log_risk", "relative_risk", "loss", "parameter"]
SETTINGS = settings(
    max_examples=12,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
every_method = pytest.mark.parametrize("method", sorted(METHODS))
every_target = pytest.mark.parametrize("target", TARGETS)


@st.composite
def problems(draw):
    """Draw data of a few dozen people: ties, weights, strata, late entry."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    n, p = draw(st.integers(16, 30)), draw(st.integers(1, 3))
    X = rng.normal(size=(n, p)) * rng.lognormal(size=p)
    time = np.ceil(10 * rng.exponential(size=n)) + 1
    event = rng.random(n) < 0.7
    event[rng.permutation(n)[:5]] = True
    entry = np.floor(time * rng.uniform(0, 0.9, n)) if draw(st.booleans()) else None
    if draw(st.booleans()):
        X = np.column_stack([X, rng.integers(0, 2, n)])
        strata = p
    else:
        strata = None
    model = CoxRegressor(
        alpha=draw(st.sampled_from([0.1, 3.0])),
        ties=draw(st.sampled_from(["breslow", "efron"])),
        strata=strata,
    )
    weight = rng.integers(1, 4, n).astype(float)
    return model, X, survival_target(event, time, entry), weight


def explain(method, target, model, X, y, weight):
    """Influence of the training rows on the first five, and on the parameters."""
    with warnings.catch_warnings():
        # So few people: a stratum may have no events, which is said and is harmless.
        warnings.simplefilter("ignore", UserWarning)
        explainer = InfluenceExplainer(model, method=method, target=target)
        explainer.fit(X, y, sample_weight=weight)
        influence = explainer.influence(X[:5], y[:5])
        return explainer, influence


def assert_equal(found, expected):
    scale = np.nanmax(np.abs(expected), initial=0.0)
    np.testing.assert_allclose(found, expected, rtol=1e-6, atol=1e-7 * scale + 1e-13)


def columns(X, model):
    """Positions of the covariates."""
    return [j for j in range(X.shape[1]) if j != model.strata]


@every_method
@given(problem=problems(), factor=st.floats(1e-6, 1e6), shift=st.floats(-1e3, 1e3))
@SETTINGS
def test_units_and_origin_of_a_column(method, problem, factor, shift):
    model, X, y, weight = problem
    model = model.set_params(alpha=0.0)
    changed = X.copy()
    changed[:, 0] = factor * (X[:, 0] + shift)
    scales = np.ones(len(columns(X, model)))
    scales[0] = factor
    with warnings.catch_warnings():
        # Without a penalty the likelihood of so few people may have no maximum.
        warnings.simplefilter("ignore", UserWarning)
        warnings.simplefilter("error", ConvergenceWarning)
        try:
            CoxRegressor(**model.get_params()).fit(X, y, sample_weight=weight)
        except ConvergenceWarning:
            return
        warnings.simplefilter("ignore", ConvergenceWarning)
        for target in ("log_risk", "relative_risk", "loss"):
            before, after = (
                explain(method, target, model, Z, y, weight) for Z in (X, changed)
            )
            usable = well_posed(before[0])
            assert_equal(after[1][:, usable], before[1][:, usable])
            assert_equal(
                (after[0].parameter_influence() * scales)[usable],
                before[0].parameter_influence()[usable],
            )


def well_posed(explainer):
    """Objects without which there still is a maximum of the likelihood."""
    models = getattr(explainer.method_, "models_", None)
    if models is None:
        return np.ones(explainer.n_objects_, dtype=bool)
    return np.array(
        [
            not isinstance(model, Exception) and model.max_gradient_ < 1e-7
            for model in models
        ]
    )


@every_method
@every_target
@given(problem=problems(), seed=st.integers(0, 1000))
@SETTINGS
def test_order_of_the_rows(method, target, problem, seed):
    model, X, y, weight = problem
    order = np.random.default_rng(seed).permutation(len(X))
    explainer, expected = explain(method, target, model, X, y, weight)
    shuffled = InfluenceExplainer(model, method=method, target=target)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        shuffled.fit(X[order], y[order], sample_weight=weight[order])
        found = shuffled.influence(X[:5], y[:5])
        self_influence = shuffled.self_influence() if target != "parameter" else None
    assert_equal(found, expected[:, order])
    if target != "parameter":
        assert_equal(self_influence, explainer.self_influence()[order])


@every_method
@pytest.mark.parametrize("target", ["log_risk", "relative_risk", "loss"])
@given(problem=problems(), cut=st.integers(1, 4))
@SETTINGS
def test_batches_of_test_rows(method, target, problem, cut):
    model, X, y, weight = problem
    explainer, expected = explain(method, target, model, X, y, weight)
    parts = [explainer.influence(X[s], y[s]) for s in (slice(cut), slice(cut, 5))]
    assert_equal(np.concatenate(parts), expected)
    one_by_one = [explainer.influence(X[[t]], y[[t]])[0] for t in range(5)]
    assert_equal(np.stack(one_by_one), expected)


@every_method
@every_target
@given(problem=problems())
@SETTINGS
def test_an_integer_weight_is_so_many_equal_rows(method, target, problem):
    model, X, y, weight = problem
    # Efron's correction averages weights over ties, as R does: Breslow only.
    model = model.set_params(ties="breslow")
    _, expected = explain(method, target, model, X, y, weight)
    owner = np.repeat(np.arange(len(X)), weight.astype(int))
    copies = [np.flatnonzero(owner == i) for i in range(len(X))]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        explainer = InfluenceExplainer(model, method=method, target=target)
        explainer.fit(X[owner], y[owner])
        found = explainer.influence(X[:5], y[:5], groups=copies)
    assert_equal(found, expected)


@every_method
@every_target
@given(problem=problems(), row=st.integers(0, 15))
@SETTINGS
def test_a_row_of_weight_zero(method, target, problem, row):
    model, X, y, weight = problem
    _, expected = explain(method, target, model, X, y, weight)
    more = (np.concatenate([a, a[[row]]]) for a in (X, y))
    extended = np.append(weight, 0.0)
    _, found = explain(method, target, model, *more, extended)
    assert_equal(found[:, :-1], expected)
    assert np.abs(found[:, -1]).max() <= 1e-9 * np.abs(expected).max() + 1e-13


@every_method
@every_target
@given(problem=problems(), power=st.floats(0.3, 2.0))
@SETTINGS
def test_the_clock_matters_by_its_order_only(method, target, problem, power):
    model, X, y, weight = problem
    _, expected = explain(method, target, model, X, y, weight)
    relabelled = y.copy()
    for name in set(y.dtype.names) - {"event"}:
        relabelled[name] = 7.0 * y[name] ** power
    _, found = explain(method, target, model, X, relabelled, weight)
    assert_equal(found, expected)
