"""Certified bounds of the influence of queries on losses of new lists."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from sklearn.base import clone

from sklinfluence import InfluenceExplainer, ListMLERanker
from sklinfluence.attribution import NewtonInfluence, VersatileInfluence
from sklinfluence.datasets import make_ranking

DATA = make_ranking(40, 6, 3, n_listed=3, noise=0.8, random_state=0)
X, Y = DATA.data[:30], np.asarray(DATA.target)[:30]
X_NEW, Y_NEW = DATA.data[30:], np.asarray(DATA.target)[30:]


def losses_of(model):
    """Return the likelihoods of the new lists, list by list."""
    losses = []
    for scores, relevance in zip(model.predict(X_NEW), Y_NEW, strict=True):
        order = np.lexsort([np.arange(6), -relevance])
        listed, total, left = order[relevance[order] > 0], 0.0, list(range(6))
        if model.loss != "list_mle":
            t = relevance > 0
            total = np.log(np.exp(scores).sum()) - scores[t].mean()
            losses.append(total)
            continue
        for best in listed[: model.top_k]:
            total += np.log(np.exp(scores[left]).sum()) - scores[best]
            left.remove(best)
        losses.append(total)
    return np.array(losses)


MODELS = {
    "all": ListMLERanker(alpha=2.0, tol=1e-11),
    "top 2": ListMLERanker(alpha=2.0, top_k=2, tol=1e-11),
    "softmax": ListMLERanker(alpha=2.0, loss="softmax", tol=1e-11),
}
METHODS = {"vif": VersatileInfluence(), "newton": NewtonInfluence()}


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("method", METHODS)
def test_bounds_hold_and_are_not_loose(name, method):
    model = MODELS[name]
    explainer = InfluenceExplainer(model, METHODS[method], "loss").fit(X, Y)
    found, bound = explainer.influence(X_NEW, Y_NEW, return_bound=True)
    exact = InfluenceExplainer(model, NewtonInfluence("converged"), "loss").fit(X, Y)
    truth = exact.influence(X_NEW, Y_NEW)
    held = np.isfinite(bound)
    assert held.mean() > 0.8
    error = np.abs(found - truth)
    assert (error <= bound + 1e-9)[held].all()
    # Of the error of every query on all lists, at most this many times as large.
    ratio = bound.max(axis=0) / error.max(axis=0)
    assert np.median(ratio[np.isfinite(ratio)]) < 100


@pytest.mark.parametrize("name", MODELS)
def test_bounds_hold_for_refits(name):
    model = clone(MODELS[name]).fit(X, Y)
    explainer = InfluenceExplainer(MODELS[name], "vif", "loss").fit(X, Y)
    found, bound = explainer.influence(X_NEW, Y_NEW, return_bound=True)
    before = losses_of(model)
    assert_allclose(explainer.target_.at(X_NEW, Y_NEW).evaluate(model), before)
    for i in range(0, 30, 6):
        kept = np.delete(np.arange(30), i)
        change = losses_of(clone(model).fit(X[kept], Y[kept])) - before
        held = np.isfinite(bound[:, i])
        assert held.any()
        assert (np.abs(found[:, i] - change) <= bound[:, i] + 1e-8)[held].all()


@pytest.mark.parametrize("name", [*MODELS, "network"])
def test_gradients_are_those_of_the_losses_without_the_jacobian(name, monkeypatch):
    network = ListMLERanker(hidden_layer_sizes=2, activation="tanh", random_state=0)
    model = MODELS.get(name, network)
    explainer = InfluenceExplainer(model, "vif", "loss").fit(X, Y)
    function = explainer.target_.at(X_NEW, Y_NEW)
    theta = explainer.problem_.objective.theta
    J = function.model.jacobian(theta)
    [(_, outer)] = function.score_gradient(theta)
    monkeypatch.setattr(function.model, "jacobian", None)
    found, steps = function.gradient(theta), 1e-5 * np.eye(len(theta))
    expected = [(function.value(theta + s) - function.value(theta - s)) for s in steps]
    assert_allclose(found, np.transpose(expected) / 2e-5, rtol=1e-5, atol=1e-7)
    assert_allclose(outer.T @ J, found, rtol=1e-10, atol=1e-12)
