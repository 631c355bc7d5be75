"""Items of a ranking: what their removal does to training and to the lists of tests."""

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.exceptions import EfficiencyWarning

from sklinfluence import InfluenceExplainer, ListMLERanker
from sklinfluence.attribution import LeaveOneOut, NewtonInfluence, VersatileInfluence
from sklinfluence.datasets import make_ranking, make_ranking_documents
from sklinfluence.objectives import make_objective
from sklinfluence.solvers import ConjugateGradientSolver

TRAIN, TEST = slice(0, 45), slice(45, None)
MODELS = {
    "list_mle": ListMLERanker(alpha=2.0, tol=1e-10),
    "top_2": ListMLERanker(alpha=2.0, top_k=2, tol=1e-10),
    "softmax": ListMLERanker(alpha=2.0, loss="softmax", tol=1e-10),
    "list_net": ListMLERanker(alpha=2.0, loss="list_net", tol=1e-10),
}


@pytest.fixture(scope="module")
def ranking():
    """Lists of all lengths, an item that nobody lists and one that is all of a list."""
    data = make_ranking(60, 7, 3, n_listed=4, noise=0.8, random_state=0)
    X, Y = data.data, data.target
    Y = np.array(Y, dtype=float)
    Y[:, 6] = 0.0
    Y[3] = Y[50] = 0.0
    Y[4] = Y[51] = [0, 2, 0, 0, 0, 0, 0]
    Y[5] = Y[52] = [7, 6, 5, 4, 3, 2, 1]
    Y[5, 6] = Y[52, 6] = 0.0
    return X, Y


@pytest.fixture(params=list(MODELS))
def model(request):
    return MODELS[request.param]


def explained(model, method, ranking, **params):
    X, Y = ranking
    explainer = InfluenceExplainer(model, method, "loss", objects="items", **params)
    return explainer.fit(X[TRAIN], Y[TRAIN])


def influence(explainer, ranking, **params):
    X, Y = ranking
    return explainer.influence(X[TEST], Y[TEST], **params)


def relative(found, truth):
    return np.linalg.norm(found - truth) / np.linalg.norm(truth)


def test_exact_removal_is_clone_and_refit_without_the_column(model, ranking):
    exact = explained(model, NewtonInfluence("converged", tol=1e-10), ranking)
    refit = explained(model, LeaveOneOut(), ranking)
    for component in ("total", "indirect"):
        found, truth = (
            influence(e, ranking, component=component) for e in (exact, refit)
        )
        assert found.shape == (15, 7)
        assert relative(found, truth) < 1e-6
    assert_allclose(exact.parameter_influence(), refit.parameter_influence(), atol=1e-6)
    groups = [np.array([0, 6]), np.array([2, 3, 5])]
    found, truth = (influence(e, ranking, groups=groups) for e in (exact, refit))
    assert relative(found, truth) < 1e-6


def test_steps_are_the_reduced_system(model, ranking):
    explainer = explained(model, VersatileInfluence(), ranking)
    check_reduced_system(explainer.problem_.objective, explainer.parameter_influence())


def check_reduced_system(fitted, steps):
    """Hold steps against dense algebra without the parameters of each item."""
    H = fitted.objective.hessian(fitted.theta)
    full = fitted.objective.gradient(fitted.theta)
    for item, own in enumerate(fitted.objective.owned):
        others = np.setdiff1d(np.arange(len(H)), own)
        presence = fitted.objective.presence_without([item])
        change = full - fitted.objective.gradient(fitted.theta, presence)
        step = np.linalg.solve(H[np.ix_(others, others)], change[others])
        assert_allclose(steps[item, others], step, rtol=1e-6, atol=1e-7)
        assert_allclose(steps[item, own], -fitted.theta[own])


def test_newton_is_closer_than_the_reduced_system_and_that_than_the_full(ranking):
    def steps(method):
        return explained(MODELS["list_mle"], method, ranking).parameter_influence()

    truth = steps(NewtonInfluence("converged"))
    newton, reduced, full = (
        relative(steps(method), truth)
        for method in (
            NewtonInfluence(),
            VersatileInfluence(),
            VersatileInfluence(reduced=False),
        )
    )
    assert newton < 0.3 * reduced
    assert reduced < 0.3 * full


@pytest.mark.parametrize(
    "solver",
    [
        ConjugateGradientSolver(tol=1e-10),
        ConjugateGradientSolver(tol=1e-10, preconditioner="diagonal"),
        ConjugateGradientSolver(tol=1e-10, preconditioner="blocks"),
        "auto",
    ],
    ids=["cg", "diagonal", "blocks", "auto"],
)
@pytest.mark.parametrize("groups", [None, [[0, 1], [6, 2, 3]]], ids=["each", "groups"])
def test_solvers_agree(ranking, solver, groups):
    model = MODELS["list_mle"]
    found, truth = (
        influence(
            explained(model, VersatileInfluence(one), ranking),
            ranking,
            groups=groups,
            component="indirect",
        )
        for one in (solver, "explicit")
    )
    assert relative(found, truth) < 1e-7


@pytest.mark.parametrize("n_steps", [1, "converged"])
def test_newton_by_products(ranking, n_steps):
    solver = ConjugateGradientSolver(tol=1e-10, preconditioner="blocks")
    found, truth = (
        influence(
            explained(MODELS["top_2"], NewtonInfluence(n_steps, solver=one), ranking),
            ranking,
        )
        for one in (solver, "explicit")
    )
    assert relative(found, truth) < 1e-7


def test_the_direct_effect_is_the_loss_without_the_item(model, ranking):
    X, Y = ranking
    explainer = explained(model, VersatileInfluence(), ranking)
    direct, indirect, total = (
        influence(explainer, ranking, component=component)
        for component in ("direct", "indirect", "total")
    )
    assert_allclose(direct + indirect, total, atol=1e-12)
    scores = explainer.predict(X[TEST])
    for item in range(7):
        for query in range(15):
            before, after = (
                loss_of(model, scores[query], Y[TEST][query], absent)
                for absent in (None, item)
            )
            assert_allclose(direct[query, item], after - before, atol=1e-10)


def loss_of(model, scores, relevance, absent):
    """Return the loss of a list by its definition."""
    left = [i for i in range(len(scores)) if i != absent]
    listed = [i for i in left if relevance[i] > 0]
    listed.sort(key=lambda i: -relevance[i])
    if not listed:
        return 0.0
    log_sum = np.log(np.exp(scores[left]).sum())
    if model.loss == "softmax":
        return log_sum - scores[listed].mean()
    if model.loss == "list_net":
        target = np.exp(relevance[left]) / np.exp(relevance[left]).sum()
        return log_sum - target @ scores[left]
    total = 0.0
    for best in listed[: model.top_k]:
        total += np.log(np.exp(scores[left]).sum()) - scores[best]
        left.remove(best)
    return total


def test_chain_rule(ranking):
    model = MODELS["list_mle"]
    explainer = explained(model, VersatileInfluence(linearize=True), ranking)
    linear = influence(explainer, ranking, component="indirect")
    fitted, steps = explainer.problem_.objective, explainer.parameter_influence()
    function = explainer.target_.at(ranking[0][TEST], ranking[1][TEST])
    for item in range(7):
        rest, theta, h = function.without(item), fitted.theta, 1e-5
        ahead, behind = (rest.value(theta + s * h * steps[item]) for s in (1, -1))
        assert_allclose(linear[:, item], (ahead - behind) / (2 * h), atol=1e-7)


@pytest.mark.parametrize(
    "method",
    [VersatileInfluence(), NewtonInfluence(), NewtonInfluence("converged")],
    ids=["vif", "newton", "converged"],
)
def test_bounds_hold(ranking, method):
    model = MODELS["list_mle"].set_params(alpha=20.0)
    refit = influence(explained(model, LeaveOneOut(), ranking), ranking)
    explainer = explained(model, method, ranking)
    found, bound = influence(explainer, ranking, return_bound=True)
    known = np.isfinite(bound)
    assert known.mean() > 0.5
    assert (abs(found - refit)[known] <= bound[known] + 1e-7).all()
    model.set_params(alpha=2.0)


def test_network(ranking):
    model = ListMLERanker(
        alpha=5.0, hidden_layer_sizes=2, activation="tanh", tol=1e-9, random_state=0
    )
    explainer = explained(model, VersatileInfluence(), ranking)
    fitted = explainer.problem_.objective
    # Two weights and an intercept of each output leave with it.
    assert fitted.objective.owned.shape == (7, 3)
    check_reduced_system(fitted, explainer.parameter_influence())
    smaller = fitted.with_parameters(fitted.theta, [2])
    X = ranking[0]
    assert_allclose(
        smaller.predict(X), np.delete(explainer.predict(X), 2, axis=1), atol=1e-12
    )


def test_names_of_columns(ranking):
    X, Y = ranking
    frame = pd.DataFrame(Y, columns=list("abcdefg"))
    explainer = InfluenceExplainer(MODELS["list_mle"], "vif", "loss", objects="items")
    explainer.fit(X[TRAIN], frame[TRAIN])
    assert_array_equal(explainer.object_names_, list("abcdefg"))
    table = explainer.influence(X[TEST], frame[TEST], as_frame=True)
    assert table.columns.tolist() == list("abcdefg")
    assert len(explainer.audit(X[TEST], frame[TEST], k=1).objects) == 3


def test_a_callable_sees_models_and_lists_without_the_item(ranking):
    X, Y = ranking

    def first_listed(model, X, Y):
        scores = model.predict(X)
        assert scores.shape == Y.shape
        return scores[np.arange(len(X)), np.argmax(Y, axis=1)]

    found = []
    for method in (NewtonInfluence("converged"), LeaveOneOut()):
        explainer = InfluenceExplainer(
            MODELS["list_mle"], method, first_listed, objects="items"
        )
        found.append(influence(explainer.fit(X[TRAIN], Y[TRAIN]), ranking))
    assert relative(*found) < 1e-5


def test_objects_of_documents_are_rows_or_queries():
    data = make_ranking_documents(15, (2, 7), 3, random_state=1)
    X, y, qid = data.data, data.target, data.qid
    model, names = ListMLERanker(tol=1e-10), np.unique(qid)
    found = []
    for method in (NewtonInfluence("converged"), LeaveOneOut()):
        explainer = InfluenceExplainer(model, method, "score", objects="queries")
        explainer.fit(X, y, qid=qid)
        assert_array_equal(explainer.object_names_, names)
        found.append(explainer.influence(X[:5]))
    groups = [np.flatnonzero(qid == name) for name in names]
    rows = InfluenceExplainer(model, NewtonInfluence("converged"), "score")
    rows.set_params(objects="documents").fit(X, y, qid=qid)
    assert relative(found[0], found[1]) < 1e-6
    assert relative(found[0], rows.influence(X[:5], groups=groups)) < 1e-6


@pytest.mark.parametrize(
    ("objects", "message"),
    [("items", "relevance matrix"), ("documents", "qid"), ("queries", "qid")],
)
def test_objects_that_there_are_not(objects, message):
    X, y = np.ones((4, 1)), np.arange(4.0)
    explainer = InfluenceExplainer(ListMLERanker(), objects=objects, target="loss")
    with pytest.raises(ValueError, match=message):
        explainer.fit(X, y)


def test_items_of_a_model_without_them_are_refused(ranking):
    from sklearn.linear_model import Ridge

    explainer = InfluenceExplainer(Ridge(), objects="items")
    with pytest.raises(NotImplementedError, match="retrains"):
        explainer.fit(*ranking)


def test_the_dual_solver_cannot_leave_parameters_out(ranking):
    method = VersatileInfluence("dual", curvature="gauss_newton")
    explainer = explained(MODELS["list_mle"], method, ranking)
    with pytest.raises(ValueError, match="cannot leave those of an object out"):
        influence(explainer, ranking)


def test_self_influence_is_of_rows(ranking):
    explainer = explained(MODELS["list_mle"], VersatileInfluence(), ranking)
    with pytest.raises(ValueError, match="of rows"):
        explainer.self_influence()


def test_the_objective_owns_the_rows_of_weights(ranking):
    X, Y = ranking
    fitted = make_objective(MODELS["list_mle"].fit(X, Y), X, Y).with_objects("items")
    assert_array_equal(fitted.objective.owned, np.arange(28).reshape(7, 4))


def test_much_work_is_told_before_it_is_done(monkeypatch):
    data = make_ranking(n_queries=30, n_items=6, n_features=2, random_state=0)
    explainer = InfluenceExplainer(
        ListMLERanker(), "newton", target="loss", objects="items"
    ).fit(data.data, data.target)
    explainer.influence(data.data[:2], data.target[:2])
    monkeypatch.setattr("sklinfluence.attribution._newton._MUCH_WORK", 1e4)
    with pytest.warns(EfficiencyWarning, match=r"of 18 parameters for each of 2 rem"):
        explainer.influence(data.data[:2], data.target[:2], groups=[[0], [1]])
