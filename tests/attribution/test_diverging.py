"""Newton steps that leave the range of numbers."""

import warnings

import numpy as np
from sklearn.datasets import load_diabetes
from sklearn.neural_network import MLPRegressor
from sklearn.preprocessing import scale

from sklinfluence import InfluenceExplainer
from sklinfluence.attribution import NewtonInfluence


def test_steps_out_of_range_fail_without_a_flood():
    X, y = load_diabetes(return_X_y=True)
    X, y = scale(X)[:30], scale(y)[:30]
    network = MLPRegressor(
        hidden_layer_sizes=(4,), solver="lbfgs", max_iter=60, random_state=0
    )
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        explainer = InfluenceExplainer(
            network, NewtonInfluence("converged"), target="score"
        )
        found = explainer.fit(X, y).influence(X[:2])
    assert np.isnan(found).any()
    flood = [str(o) for o in told if o.category is RuntimeWarning]
    assert flood == []
    assert any("did not come to a minimum" in str(one.message) for one in told)
