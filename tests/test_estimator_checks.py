"""scikit-learn's own checks, for every public estimator, with no expected failure."""

import autograd.numpy as anp
import pytest
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.utils.estimator_checks import parametrize_with_checks

from sklinfluence import (
    CoxRegressor,
    InfluenceExplainer,
    ListMLERanker,
    LossMinimizer,
    NodeEmbedder,
)


class Named:
    """A function whose name, and not its address, is in the names of the checks."""

    def __init__(self, function):
        self.function = function

    def __call__(self, *args):
        return self.function(*args)

    def __deepcopy__(self, memo):
        return self

    def __repr__(self):
        return self.function.__name__


def linear(theta, X):
    return X @ theta


def squared(theta, X, y, presence):
    return anp.sum(presence * (y - X @ theta) ** 2)


ESTIMATORS = [
    LossMinimizer(Named(squared), Named(linear), alpha=1.0),
    CoxRegressor(),
    CoxRegressor(alpha=1.0, ties="breslow"),
    CoxRegressor(alpha=1.0, hidden_layer_sizes=3, activation="tanh", random_state=0),
    CoxRegressor(alpha=1.0, hidden_layer_sizes=2, solver="adam", max_iter=20),
    ListMLERanker(),
    ListMLERanker(hidden_layer_sizes=3, activation="tanh", random_state=0),
    NodeEmbedder(),
    NodeEmbedder(counts="sampled", n_walks=20),
    InfluenceExplainer(CoxRegressor()),
    InfluenceExplainer(CoxRegressor(), method="newton"),
    InfluenceExplainer(CoxRegressor(), method="loo"),
    InfluenceExplainer(LogisticRegression()),
    InfluenceExplainer(Ridge()),
    InfluenceExplainer(LogisticRegression(), method="loo"),
    InfluenceExplainer(Ridge(), method="newton"),
    InfluenceExplainer(Ridge(), method="loo"),
]


# The data of some checks have fewer rows than columns, which separate their events.
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@parametrize_with_checks(ESTIMATORS)
def test_scikit_learn_checks(estimator, check):
    check(estimator)
