import numpy as np
import pytest
from numpy.testing import assert_allclose
from sklearn.linear_model import GammaRegressor, PoissonRegressor, TweedieRegressor
from sklearn.metrics import mean_tweedie_deviance

from sklinfluence.objectives import FittedGeneralizedLinear, make_objective

RNG = np.random.default_rng(0)
X = RNG.normal(size=(30, 2))
Y = RNG.gamma(2.0, np.exp(X[:, 0]))
TIGHT = {"alpha": 0.2, "solver": "newton-cholesky"}
MODELS = {
    1.0: PoissonRegressor(**TIGHT),
    2.0: GammaRegressor(**TIGHT),
    1.7: TweedieRegressor(power=1.7, **TIGHT),
}


@pytest.mark.parametrize("power", MODELS)
def test_the_objective_is_the_mean_of_the_documentation_times_the_weight(power):
    weight = RNG.choice([0.5, 2.0], size=30)
    model = MODELS[power].fit(X, Y, sample_weight=weight)
    fitted = make_objective(model, X, Y, sample_weight=weight)
    assert isinstance(fitted, FittedGeneralizedLinear)
    deviance = mean_tweedie_deviance(
        Y, model.predict(X), power=power, sample_weight=weight
    )
    mean = deviance / 2 + 0.2 / 2 * np.sum(model.coef_**2)
    found = fitted.objective.value(fitted.theta)
    assert_allclose(found, mean * weight.sum(), rtol=1e-12)


def test_a_row_takes_its_share_of_the_penalty():
    model = PoissonRegressor(**TIGHT).fit(X, Y)
    objective = make_objective(model, X, Y).objective
    assert_allclose(objective.alpha, [0.2 * 30, 0.2 * 30, 0.0])
    left = objective.without(np.array([3, 4]))
    assert_allclose(left.alpha, [0.2 * 28, 0.2 * 28, 0.0])


def test_scores_are_the_logarithms_of_predictions():
    model = GammaRegressor(**TIGHT).fit(X, Y)
    fitted = make_objective(model, X, Y)
    assert_allclose(np.exp(fitted.scores(model, X)), model.predict(X), rtol=1e-13)


@pytest.mark.parametrize(
    ("params", "what"),
    [
        ({"power": 3}, "power=3 and log link"),
        ({"power": 0, "link": "log"}, "power=0 and log link"),
        ({"power": 1.5, "link": "identity"}, "power=1.5 and identity link"),
        ({"power": -1}, "power=-1 and identity link"),
    ],
)
def test_losses_that_are_not_convex_are_refused(params, what):
    model = TweedieRegressor(max_iter=1, **params)
    # Refused for what it is, before it is asked how it was fitted.
    with pytest.raises(NotImplementedError, match=rf"{what}: .*not convex"):
        make_objective(model, X, Y)


@pytest.mark.parametrize(
    ("power", "y", "range_"), [(1.0, -1.0, "non-negative"), (2.0, 0.0, "positive")]
)
def test_new_targets_without_a_deviance_are_refused(power, y, range_):
    fitted = make_objective(MODELS[power].fit(X, Y), X, Y)
    fitted.held_out_loss(X[:2], np.array([1.0, 2.0]))
    with pytest.raises(ValueError, match=rf"y\[1\] = {y:g}; .*{range_} targets"):
        fitted.held_out_loss(X[:2], np.array([1.0, y]))
