import warnings

import numpy as np
import pytest
from sklearn.exceptions import ConvergenceWarning, FitFailedWarning
from sklearn.linear_model import LinearRegression, LogisticRegression

from sklinfluence import InfluenceExplainer
from sklinfluence.diagnostics import dfbeta
from sklinfluence.utils._warnings import warn_user


def test_a_warning_points_at_who_called():
    with pytest.warns(UserWarning, match="something") as caught:
        warn_user("something", UserWarning)
    assert caught[0].filename == __file__


@pytest.mark.parametrize("method", ["vif", "newton"])
def test_warnings_of_a_fit_point_at_the_fit(method):
    X = np.random.default_rng(0).normal(size=(40, 2))
    explainer = InfluenceExplainer(LogisticRegression(tol=0.1), method)
    with pytest.warns(ConvergenceWarning, match="not at a stationary") as caught:
        explainer.fit(X, X[:, 0] > 0.1)
    assert caught[0].filename == __file__
    explainer = InfluenceExplainer(LinearRegression(), method)
    with pytest.warns(ConvergenceWarning, match="singular") as caught:
        explainer.fit(np.column_stack([X, X]), X[:, 0] ** 2)
    assert caught[0].filename == __file__


def test_warnings_of_diagnostics_point_at_the_question():
    X = np.column_stack([np.arange(12) == 3, np.arange(12.0)])
    explainer = InfluenceExplainer(LinearRegression(), "newton")
    explainer.fit(X, np.arange(12.0) ** 2)
    for ask in (dfbeta, InfluenceExplainer.top_objects, InfluenceExplainer.influence):
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            ask(explainer) if ask is dfbeta else ask(explainer, X[:2], np.zeros(2))
        assert caught[0].category is FitFailedWarning
        assert caught[0].filename == __file__
