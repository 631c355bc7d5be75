"""Diagnostics of generalised linear models against those of statsmodels."""

import numpy as np
import pytest
import statsmodels.api as sm
from sklearn.linear_model import LogisticRegression, PoissonRegressor

from sklinfluence import InfluenceExplainer
from sklinfluence.diagnostics import cooks_distance, dfbeta, dfbetas, leverage

LOGISTIC = LogisticRegression(
    C=np.inf, solver="newton-cholesky", tol=1e-12, max_iter=1000
)
POISSON = PoissonRegressor(
    alpha=0.0, solver="newton-cholesky", tol=1e-12, max_iter=1000
)
MODELS = [(LOGISTIC, sm.families.Binomial()), (POISSON, sm.families.Poisson())]


def relative(found, truth):
    return np.linalg.norm(found - truth) / np.linalg.norm(truth)


def rows(n=400, p=5):
    """Return rows of unequal leverage, in unequal units."""
    rng = np.random.default_rng(0)
    return rng.standard_t(4, size=(n, p)) * [0.1, 1.0, 1.0, 5.0, 1.0] + 0.5


def responses(family, X):
    """Return draws of the family with its canonical link."""
    rng = np.random.default_rng(1)
    mean = family.link.inverse(X @ [2.0, -0.4, 0.2, 0.05, 0.0] - 0.3)
    if isinstance(family, sm.families.Binomial):
        return (rng.uniform(size=len(X)) < mean).astype(int)
    return rng.poisson(mean)


@pytest.fixture(params=MODELS, ids=["logistic", "poisson"], scope="module")
def both(request):
    model, family = request.param
    X = rows()
    y = responses(family, X)
    explainer = InfluenceExplainer(model, method="newton").fit(X, y)
    glm = sm.GLM(y, np.column_stack([X, np.ones(len(X))]), family=family)
    return explainer, glm.fit(tol_criterion="params", tol=1e-12)


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (dfbeta, lambda influence: influence.d_params),
        (dfbetas, lambda influence: influence.dfbetas),
        (leverage, lambda influence: influence.hat_matrix_diag),
        (cooks_distance, lambda influence: influence.cooks_distance[0]),
    ],
    ids=["dfbeta", "dfbetas", "leverage", "cooks_distance"],
)
def test_diagnostics_are_those_of_statsmodels(both, ours, theirs):
    explainer, glm = both
    assert relative(ours(explainer), np.asarray(theirs(glm.get_influence()))) < 1e-8


def test_influence_without_leverage_is_their_score_step(both):
    # The same step with the curvature of all rows: what VIF computes.
    explainer, glm = both
    problem = explainer.problem_
    vif = InfluenceExplainer(explainer.estimator, method="vif")
    steps = vif.fit(problem.X, problem.y).parameter_influence()
    influence = glm.get_influence()
    left = 1 - np.asarray(influence.hat_matrix_diag)
    assert relative(-steps, left[:, None] * np.asarray(influence.d_params)) < 1e-8
