"""Rankers: what they minimise, and what removal of queries and documents does."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.optimize import minimize
from scipy.sparse import coo_matrix, csr_array
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning
from sklearn.metrics import ndcg_score

from sklinfluence import InfluenceExplainer, ListMLERanker
from sklinfluence.attribution import LeaveOneOut, NewtonInfluence, VersatileInfluence
from sklinfluence.datasets import make_ranking, make_ranking_documents
from sklinfluence.objectives import check_objective, make_objective


@pytest.fixture(scope="module")
def items():
    data = make_ranking(40, 6, 3, n_listed=3, noise=0.8, random_state=0)
    return data.data, np.asarray(data.target)


@pytest.fixture(scope="module")
def documents():
    data = make_ranking_documents(15, (1, 7), 3, random_state=1)
    order = np.random.default_rng(0).permutation(len(data.qid))
    return data.data[order], data.target[order], data.qid[order]


def definition(X, Y, W, alpha, top_k=None):
    """Return the objective of item weights W, list by list."""
    total = 0.5 * alpha * np.sum(W**2)
    for x, relevance in zip(np.column_stack([X, np.ones(len(X))]), Y, strict=True):
        scores, left = W @ x, list(range(len(W)))
        order = np.lexsort([np.arange(len(W)), -relevance])
        listed = [i for i in order if relevance[i] > 0]
        for best in listed[:top_k]:
            total -= scores[best] - np.log(np.sum(np.exp(scores[left])))
            left.remove(best)
    return total


@pytest.mark.parametrize("top_k", [None, 2])
def test_minimum_of_the_definition(items, top_k):
    X, Y = items
    model = ListMLERanker(alpha=2.0, top_k=top_k).fit(X, Y)
    weights = np.column_stack([model.coef_, model.intercept_])

    def of(theta):
        return definition(X, Y, theta.reshape(weights.shape), 2.0, top_k)

    found = minimize(of, np.zeros(weights.size), tol=1e-10)
    assert of(weights.ravel()) <= found.fun + 1e-9
    assert_allclose(weights.ravel(), found.x, atol=1e-4)
    assert model.max_gradient_ <= 1e-7


@pytest.mark.parametrize("form", [csr_array, coo_matrix, np.asarray])
def test_sparse_relevances_and_rows(items, form):
    X, Y = items
    expected = ListMLERanker().fit(X, Y)
    assert_allclose(ListMLERanker().fit(X, form(Y)).coef_, expected.coef_, rtol=1e-9)
    sparse = ListMLERanker().fit(form(X), form(Y))
    assert_allclose(sparse.coef_, expected.coef_, rtol=1e-6, atol=1e-9)
    assert_allclose(sparse.predict(form(X)), expected.predict(X), atol=1e-7)


def test_objectives_agree_with_autograd(items, documents):
    X, Y = items
    D, relevance, qid = documents
    for model, data, more in (
        (ListMLERanker(top_k=2), (X, Y), {}),
        (ListMLERanker(), (D, relevance), {"qid": qid}),
        (ListMLERanker(hidden_layer_sizes=2, activation="tanh"), (X, Y), {}),
    ):
        fitted = model.set_params(random_state=0).fit(*data, **more)
        problem = make_objective(fitted, *data, **more)
        assert np.abs(problem.objective.gradient(problem.theta)).max() <= 1e-6
        away = np.random.default_rng(2).normal(size=len(problem.theta))
        check_objective(problem.objective, problem.theta + 0.3 * away)


def test_weight_of_two_is_a_query_twice(items):
    X, Y = items
    weight = np.where(np.arange(40) < 7, 2.0, 1.0)
    rows = np.repeat(np.arange(40), weight.astype(int))
    weighted = ListMLERanker().fit(X, Y, sample_weight=weight)
    twice = ListMLERanker().fit(X[rows], Y[rows])
    assert_allclose(weighted.coef_, twice.coef_, rtol=1e-6, atol=1e-9)


def test_ranks_and_gains(items, documents):
    X, Y = items
    model = ListMLERanker().fit(X, Y)
    scores = model.predict(X)
    assert scores.shape == Y.shape
    assert (np.diff(np.take_along_axis(scores, model.rank(X), 1), axis=1) <= 0).all()
    assert_allclose(model.score(X, Y), ndcg_score(Y, scores))
    D, relevance, qid = documents
    by_document = ListMLERanker().fit(D, relevance, qid=qid)
    assert by_document.coef_.shape == (3,)
    scores, places = by_document.predict(D), by_document.rank(D, qid)
    gains = []
    for query in np.unique(qid):
        own = qid == query
        assert (np.argsort(-scores[own])[places[own].argsort().argsort()] >= 0).all()
        assert sorted(places[own]) == list(range(own.sum()))
        assert (np.diff(scores[own][np.argsort(places[own])]) <= 0).all()
        if own.sum() > 1 and relevance[own].any():
            gains.append(ndcg_score(relevance[own][None], scores[own][None]))
    assert_allclose(by_document.score(D, relevance, qid=qid), np.mean(gains))


def test_empty_lists_and_items_that_nobody_lists(items):
    X, Y = items
    Y = Y.copy()
    Y[:, 2], Y[5] = 0.0, 0.0
    model = ListMLERanker(alpha=0.5).fit(X, Y)
    assert np.isfinite(model.intercept_).all()
    assert model.intercept_[2] == model.intercept_.min()
    without = ListMLERanker(alpha=0.5).fit(np.delete(X, 5, 0), np.delete(Y, 5, 0))
    assert_allclose(model.coef_, without.coef_, rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize("loss", ["softmax", "list_net"])
def test_losses_of_one_choice(items, loss):
    X, Y = items
    model = ListMLERanker(loss=loss, alpha=2.0, tol=1e-10).fit(X, Y)
    assert model.max_gradient_ <= 1e-7
    assert model.score(X, Y) > 0.8
    found = {}
    for method in ("newton", "loo"):
        method = NewtonInfluence("converged") if method == "newton" else LeaveOneOut()
        explainer = InfluenceExplainer(model, method, "loss").fit(X, Y)
        found[type(method)] = explainer.influence(X[:4], Y[:4])
    assert relative(*found.values()) < 1e-6
    with pytest.raises(ValueError, match="top_k"):
        ListMLERanker(loss=loss, top_k=2).fit(X, Y)


def relative(found, truth):
    return np.linalg.norm(found - truth) / np.linalg.norm(truth)


def test_influence_of_queries(items):
    X, Y = items
    model = ListMLERanker(alpha=2.0, tol=1e-10)
    train, test = slice(0, 30), slice(30, None)
    found = {}
    for name, method in {
        "vif": VersatileInfluence(),
        "linear": VersatileInfluence(linearize=True),
        "newton": NewtonInfluence("converged"),
        "loo": LeaveOneOut(),
    }.items():
        explainer = InfluenceExplainer(model, method, "loss").fit(X[train], Y[train])
        found[name] = explainer.influence(X[test], Y[test])
        assert found[name].shape == (10, 30)
    assert relative(found["newton"], found["loo"]) < 1e-6
    assert relative(found["vif"], found["loo"]) < 0.3
    assert relative(found["linear"], found["loo"]) < 0.3


def test_influence_of_documents_and_of_their_queries(documents):
    X, y, qid = documents
    model = ListMLERanker(alpha=1.0, tol=1e-10)
    found, of_queries = {}, {}
    queries = [np.flatnonzero(qid == query) for query in np.unique(qid)]
    for name, method in {
        "vif": VersatileInfluence(),
        "newton": NewtonInfluence("converged"),
        "loo": LeaveOneOut(),
    }.items():
        explainer = InfluenceExplainer(model, method, "score").fit(X, y, qid=qid)
        found[name] = explainer.influence(X[:8])
        of_queries[name] = explainer.influence(X[:8], groups=queries)
    assert relative(found["newton"], found["loo"]) < 1e-6
    assert relative(of_queries["newton"], of_queries["loo"]) < 1e-6
    assert relative(found["vif"], found["loo"]) < 0.3


def test_network(items):
    X, Y = items
    model = ListMLERanker(
        hidden_layer_sizes=3, activation="tanh", random_state=0, alpha=0.5
    ).fit(X, Y)
    assert model.predict(X).shape == Y.shape
    assert model.score(X, Y) > 0.6
    explainer = InfluenceExplainer(model, target="loss").fit(X, Y)
    assert explainer.influence(X[:3], Y[:3]).shape == (3, 40)
    with pytest.warns(ConvergenceWarning, match="max_iter"):
        clone(model).set_params(solver="adam", max_iter=2).fit(X, Y)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda X, Y: (X, -Y), "not negative"),
        (lambda X, Y: (X, Y[:, 0]), "qid="),
        (lambda X, Y: (X[:3], Y), "inconsistent"),
        (lambda X, Y: (X, None), "requires y"),
    ],
    ids=["negative", "one column", "rows", "none"],
)
def test_bad_input(items, change, message):
    with pytest.raises(ValueError, match=message):
        ListMLERanker().fit(*change(*items))


def test_bad_documents(documents):
    X, y, qid = documents
    weight = np.arange(1.0, len(y) + 1)
    with pytest.raises(ValueError, match="rows of a query"):
        ListMLERanker().fit(X, y, qid=qid, sample_weight=weight)
    with pytest.raises(ValueError, match="inconsistent"):
        ListMLERanker().fit(X, y, qid=qid[:-1])
    model = ListMLERanker().fit(X, y, qid=qid)
    with pytest.raises(ValueError, match="target='score'"):
        InfluenceExplainer(model, target="loss").fit(X, y, qid=qid).influence(X, y)
