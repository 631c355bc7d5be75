"""Linear models of sparse rows: the same numbers, and nothing dense of their size."""

import pytest
from autograd import jacobian
from numpy.testing import assert_allclose
from scipy import sparse

from sklinfluence.models import LinearModel, MultiOutputLinearModel, ScaledLinearModel

X = sparse.random_array((9, 4), density=0.4, rng=0, format="csr")
MODELS = {
    "linear": LinearModel,
    "several": lambda rows: MultiOutputLinearModel(rows, 3),
    "scaled": ScaledLinearModel,
}


@pytest.fixture(params=MODELS)
def pair(request):
    return [MODELS[request.param](rows) for rows in (X, X.toarray())]


def test_jacobian_and_directions_are_sparse(pair, rng):
    model, dense = pair
    theta = rng.normal(size=model.n_params)
    expected = jacobian(dense.scores)(theta)
    for J in (model.jacobian(theta), model.directions().T):
        assert sparse.issparse(J)
        assert_allclose(J.toarray(), expected)
    assert_allclose(dense.jacobian(theta), expected)
    # Small entries of row and column numbers are no limit to those of the Jacobian.
    assert model.jacobian(theta).nnz <= 3 * X.nnz + len(expected)


def test_products_are_those_of_dense_rows(pair, rng):
    model, dense = pair
    theta, n_scores = rng.normal(size=model.n_params), 9 * model.n_outputs
    V, U = rng.normal(size=(model.n_params, 2)), rng.normal(size=(n_scores, 2))
    close = {"rtol": 1e-12, "atol": 1e-13}
    assert_allclose(model.scores(theta), dense.scores(theta), **close)
    assert_allclose(jacobian(model.scores)(theta), dense.jacobian(theta), **close)
    assert_allclose(model.jvp(theta, V), dense.jvp(theta, V), **close)
    assert_allclose(model.vjp(theta, U), dense.vjp(theta, U), **close)
    assert_allclose(model.vjp_each(V.T, U), dense.vjp_each(V.T, U), **close)
    assert_allclose(model.scores_at_each(V.T), dense.scores_at_each(V.T), **close)
    assert_allclose(model.at(X[:3]).scores(theta), dense.scores(theta)[: n_scores // 3])
    u = rng.normal(size=n_scores)
    assert_allclose(model.squared_vjp(theta, u), dense.squared_vjp(theta, u), **close)


@pytest.mark.parametrize("name", ["linear", "several"])
def test_averages_are_those_of_dense_rows(name, rng):
    model, dense = (MODELS[name](rows) for rows in (X, X.toarray()))
    theta, weight = rng.normal(size=model.n_params), rng.random(9)
    expected = dense.averaged(weight).scores(theta)
    assert_allclose(model.averaged(weight).scores(theta), expected, rtol=1e-12)
