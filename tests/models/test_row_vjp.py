"""Gradients of rows are the rows of the Jacobian, summed over the scores of each."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.sparse import csr_array

from sklinfluence.models import (
    LinearModel,
    MultiOutputLinearModel,
    PerceptronModel,
    ScaledLinearModel,
)

RNG = np.random.default_rng(0)
X = np.where(RNG.random((7, 3)) < 0.6, RNG.normal(size=(7, 3)), 0.0)
MODELS = {
    "linear": LinearModel(X),
    "linear, sparse": LinearModel(csr_array(X)),
    "outputs": MultiOutputLinearModel(X, 4),
    "outputs, sparse": MultiOutputLinearModel(csr_array(X), 4),
    "scaled": ScaledLinearModel(X),
    "scaled, sparse": ScaledLinearModel(csr_array(X)),
    "averaged": LinearModel(X).averaged(np.arange(1.0, 8.0)),
    "network": PerceptronModel(X, (4, 2), 3, "tanh"),
    "without bias": PerceptronModel(X, (4,), 2, "tanh", output_bias=False),
    "without hidden units": PerceptronModel(X, (), 2),
}


@pytest.mark.parametrize("name", MODELS)
def test_rows_are_those_of_the_jacobian(name, rng):
    model = MODELS[name]
    theta = rng.normal(size=model.n_params)
    J = model.jvp(theta, np.eye(model.n_params))
    u = rng.normal(size=len(J))
    found = model.row_vjp(theta, u)
    each = (u[:, None] * J).reshape(-1, model.n_outputs, model.n_params).sum(axis=1)
    assert_allclose(found, each, rtol=1e-12, atol=1e-14)
    assert_allclose(found.sum(axis=0), model.vjp(theta, u), rtol=1e-11, atol=1e-13)
