"""Flat parameters of embeddings, their rotations, and the one that is shown."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy.stats import ortho_group

from sklinfluence.models import EmbeddingModel


@pytest.mark.parametrize("dimension", [1, 2, 4])
def test_gauge_is_the_tangent_of_rotations(dimension):
    model = EmbeddingModel(5, dimension)
    theta = np.random.default_rng(0).normal(size=model.n_params)
    gauge = model.gauge(theta)
    assert gauge.shape == (model.n_params, dimension * (dimension - 1) // 2)
    assert np.linalg.matrix_rank(gauge) == gauge.shape[1]
    V = np.random.default_rng(3).normal(size=(model.n_params, 2))
    assert_allclose(model.gauge_product(theta, V), gauge @ (gauge.T @ V), atol=1e-12)
    phi, psi = model.factors(theta)
    for tangent in gauge.T:
        dphi, dpsi = model.factors(tangent)
        assert_allclose(dphi @ psi.T + phi @ dpsi.T, 0.0, atol=1e-13)
        assert abs(tangent @ theta) <= 1e-12


@pytest.mark.parametrize("dimension", [1, 2, 4])
def test_rotated_parameters_are_shown_alike(dimension):
    model = EmbeddingModel(6, dimension)
    theta = np.random.default_rng(1).normal(size=model.n_params)
    shown = model.canonical(theta)
    phi, psi = model.factors(theta)
    assert_allclose(np.matmul(*_scores(model, shown)), phi @ psi.T, atol=1e-12)
    rotation = (
        ortho_group.rvs(dimension, random_state=2)
        if dimension > 1
        else -np.ones((1, 1))
    )
    turned = (theta.reshape(-1, dimension) @ rotation).ravel()
    assert_allclose(model.canonical(turned), shown, atol=1e-12)
    assert_allclose(model.canonical(shown), shown, atol=1e-12)
    both = shown.reshape(-1, dimension)
    lengths = both.T @ both
    assert_allclose(lengths, np.diag(np.diag(lengths)), atol=1e-12)
    assert (np.diff(np.diag(lengths)) < 0).all()


def test_mirror_images_have_a_sign():
    model = EmbeddingModel(4, 1)
    theta = np.array([-1.0, 0.5, 1.0, 0.0, 1.0, 1.0, 0.0, 0.0])
    nudged = theta + 1e-12 * np.arange(8)
    assert_allclose(model.canonical(theta), -theta)
    assert_allclose(model.canonical(nudged), -theta, atol=1e-10)


def _scores(model, theta):
    phi, psi = model.factors(theta)
    return phi, psi.T


def test_parameters_of_nodes_and_their_names():
    model = EmbeddingModel(3, 2)
    names = model.names(["a", "b", "c"])
    assert_array_equal(
        names[model.parameters_of([2])[0]],
        ["c: centre 0", "c: centre 1", "c: context 0", "c: context 1"],
    )
