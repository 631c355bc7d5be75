import autograd.numpy as anp
import numpy as np
import pytest
from numpy.testing import assert_allclose
from sklearn import config_context
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.cluster import KMeans
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LinearRegression
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from sklinfluence import CoxRegressor
from sklinfluence.objectives import (
    AutogradObjective,
    FittedObjective,
    make_objective,
    register_by_name,
)
from sklinfluence.utils import survival_target

RNG = np.random.default_rng(0)
X = RNG.normal(size=(50, 3)) * [1.0, 10.0, 0.1] + 5.0
Y = survival_target(RNG.random(50) < 0.7, RNG.integers(1, 12, size=50))
WEIGHT = RNG.choice([1.0, 2.0], size=50)
X_NEW, Y_NEW = X[:6] + 0.5, Y[6:12]


def frozen(model):
    return FrozenEstimator(model)


WRAPPERS = {
    "pipeline": lambda m: Pipeline([("scale", StandardScaler()), ("cox", m)]),
    "pipeline of one step": lambda m: Pipeline([("cox", m)]),
    "nested pipeline": lambda m: make_pipeline(
        FunctionTransformer(np.arcsinh), make_pipeline(StandardScaler(), m)
    ),
}


@pytest.fixture(params=WRAPPERS)
def wrapped(request):
    """A fitted pipeline, with a Cox model fitted on what its steps make of rows."""
    pipeline = WRAPPERS[request.param](CoxRegressor(alpha=0.3)).fit(X, Y)

    def before(rows):
        for step in (pipeline, pipeline[-1]):
            if isinstance(step, Pipeline) and len(step) > 1:
                rows = step[:-1].transform(rows)
        return rows

    return pipeline, before, CoxRegressor(alpha=0.3).fit(before(X), Y)


def test_pipeline_has_the_objective_of_its_last_step(wrapped):
    pipeline, before, last = wrapped
    found = make_objective(pipeline, X, Y)
    expected = make_objective(last, before(X), Y)
    assert_allclose(found.theta, last.coef_, rtol=1e-10)
    theta = found.theta + 0.1
    assert_allclose(
        found.objective.removal_gradients(theta),
        expected.objective.removal_gradients(theta),
        rtol=1e-12,
        atol=1e-13,
    )
    assert list(found.parameter_names) == list(expected.parameter_names)
    assert_allclose(found.object_weight, np.ones(50))


def test_pipeline_gradient_vanishes_at_its_parameters(wrapped):
    fitted = make_objective(wrapped[0], X, Y)
    assert_allclose(fitted.objective.gradient(fitted.theta), 0.0, atol=1e-8)


def test_pipeline_takes_rows_as_the_user_gives_them(wrapped):
    pipeline, before, last = wrapped
    found = make_objective(pipeline, X, Y)
    expected = make_objective(last, before(X), Y)
    features = expected.features(before(X_NEW))
    assert_allclose(found.features(X_NEW), features, rtol=1e-12, atol=1e-13)
    assert_allclose(found.scores(pipeline, X_NEW), pipeline.predict(X_NEW))
    assert_allclose(found.parameters(pipeline), last.coef_, rtol=1e-10)
    S_new, S_train = pipeline.predict(X_NEW), pipeline.predict(X)
    assert_allclose(
        found.held_out_loss(X_NEW, Y_NEW).value(S_new, S_train),
        expected.held_out_loss(before(X_NEW), Y_NEW).value(S_new, S_train),
    )


def test_pipeline_with_other_parameters_predicts_with_them(wrapped):
    pipeline, before, _ = wrapped
    fitted = make_objective(pipeline, X, Y)
    theta = fitted.theta + [0.1, -0.2, 0.3]
    old = pipeline.predict(X_NEW)
    other = fitted.with_parameters(theta)
    centred = before(X_NEW) - before(X).mean(axis=0)
    assert_allclose(other.predict(X_NEW), centred @ theta, rtol=1e-10)
    assert_allclose(pipeline.predict(X_NEW), old, rtol=0)


def test_pipeline_passes_the_parameters_of_the_last_step():
    pipeline = WRAPPERS["pipeline"](CoxRegressor())
    pipeline.fit(X, Y, cox__sample_weight=WEIGHT)
    fitted = make_objective(pipeline, X, Y, cox__sample_weight=WEIGHT)
    assert_allclose(fitted.object_weight, WEIGHT)
    assert_allclose(fitted.objective.gradient(fitted.theta), 0.0, atol=1e-8)


def test_pipeline_routes_parameters_to_the_last_step():
    with config_context(enable_metadata_routing=True):
        cox = CoxRegressor().set_fit_request(sample_weight=True)
        scaler = StandardScaler().set_fit_request(sample_weight=False)
        pipeline = make_pipeline(scaler, cox).fit(X, Y, sample_weight=WEIGHT)
        fitted = make_objective(pipeline, X, Y, sample_weight=WEIGHT)
    assert_allclose(fitted.object_weight, WEIGHT)
    assert_allclose(fitted.objective.gradient(fitted.theta), 0.0, atol=1e-8)


@pytest.mark.parametrize("where", ["outside", "inside", "both"])
def test_frozen_estimators_are_looked_through(where):
    expected = CoxRegressor().fit(X, Y)
    model = make_objective(expected, X, Y)
    if where == "outside":
        fitted = make_objective(frozen(expected), X, Y)
    else:
        pipeline = make_pipeline(FunctionTransformer(), frozen(expected)).fit(X, Y)
        pipeline = frozen(pipeline) if where == "both" else pipeline
        fitted = make_objective(pipeline, X, Y)
    assert_allclose(fitted.theta, expected.coef_, rtol=0)
    found = fitted.objective.removal_gradients(fitted.theta)
    assert_allclose(found, model.objective.removal_gradients(model.theta), rtol=1e-12)


def test_frozen_estimator_passes_fit_parameters():
    model = frozen(CoxRegressor().fit(X, Y, sample_weight=WEIGHT))
    fitted = make_objective(model, X, Y, sample_weight=WEIGHT)
    assert_allclose(fitted.objective.gradient(fitted.theta), 0.0, atol=1e-8)


@pytest.mark.parametrize("model", [KNeighborsClassifier(), KMeans()])
@pytest.mark.parametrize("wrap", [lambda m: m, frozen, make_pipeline])
def test_unknown_estimators_are_named_with_a_way_out(model, wrap):
    message = (
        rf"No objective is known for {type(model).__name__}, .* Use a method that "
        r"retrains, such as LeaveOneOut\(\), or add one with make_objective.register"
    )
    with pytest.raises(NotImplementedError, match=message):
        make_objective(wrap(model), X, Y)


def test_subclasses_of_known_estimators_are_known():
    class Mine(CoxRegressor):
        pass

    fitted = make_objective(Mine().fit(X, Y), X, Y)
    assert_allclose(fitted.objective.gradient(fitted.theta), 0.0, atol=1e-8)


class LeastSquares(RegressorMixin, BaseEstimator):
    """A third-party estimator."""

    def fit(self, X, y):
        self.coef_ = LinearRegression(fit_intercept=False).fit(X, y).coef_
        return self

    def predict(self, X):
        return X @ self.coef_


class FittedLeastSquares(FittedObjective):
    def __init__(self, estimator, X, y):
        def fun(theta, presence):
            return anp.sum(presence * (anp.dot(X, theta) - y) ** 2)

        self.objective = AutogradObjective(fun, X.shape[1], len(X))
        self.theta = estimator.coef_
        self.parameter_names = np.arange(X.shape[1])
        self.object_weight = np.ones(len(X))

    def features(self, X):
        return X

    def scores(self, estimator, X):
        return estimator.predict(X)

    def parameters(self, estimator):
        return estimator.coef_

    def with_parameters(self, theta, removed=()):
        raise NotImplementedError

    def held_out_loss(self, X, y):
        raise NotImplementedError


def test_third_party_estimators_can_be_registered(rng):
    make_objective.register(LeastSquares, FittedLeastSquares)
    y = X @ [1.0, 2.0, 3.0] + rng.normal(size=50)
    model = make_pipeline(StandardScaler(), LeastSquares()).fit(X, y)
    fitted = make_objective(frozen(model), X, y)
    assert isinstance(fitted, FittedObjective)
    assert_allclose(fitted.objective.gradient(fitted.theta), 0.0, atol=1e-8)
    each = fitted.objective.removal_gradients(fitted.theta)
    assert_allclose(each.sum(axis=0), 0.0, atol=1e-8)


class Nameless(BaseEstimator):
    """A model of a package that is never imported."""


class OfNameless(Nameless):
    """A model that is one of them."""


def test_models_of_other_packages_are_known_by_the_name_of_their_class():
    model = OfNameless()
    with pytest.raises(NotImplementedError, match="OfNameless"):
        make_objective(model, X, Y)

    def make(estimator, X, y, weight=None):
        return estimator, weight

    register_by_name(f"{Nameless.__module__}.Nameless", make)
    assert make_objective(model, X, Y, weight=3) == (model, 3)
    assert make_objective(FrozenEstimator(model), X, Y) == (model, None)
