"""One row of the paper's Tables 1 and 2 for each data set: accuracy and times.

Everything of a row comes from the same run. Times of VIF are from a fitted model to the
influence of all objects on all test objects, the Hessian and its factorisation included
(the best of five for Cox). Retraining and the loop of autograd gradients are timed for
a few objects and scaled to all. The loop stops at the removal gradients, where the
paper's own code takes one backward pass an object; so the ratio to it is a lower bound
of what closed forms save, not what a whole VIF by autograd would cost.
"""

import time
from typing import NamedTuple

import cox_accuracy
import cox_speed
import graphs
import karate
import networkx
import numpy as np
import paper_setting
import ranking_items
from autograd import grad
from autograd.scipy.special import logsumexp
from sklearn.frozen import FrozenEstimator

from sklinfluence import (
    InfluenceExplainer,
    ListMLERanker,
    NodeEmbedder,
)
from sklinfluence.attribution import LeaveOneOut, NewtonInfluence, VersatileInfluence
from sklinfluence.estimators import expected_counts
from sklinfluence.metrics import agreement

# Largest relative difference of autograd's removal gradients from the closed forms.
SAME = 1e-8


class Row(NamedTuple):
    """What was measured of one data set; times in seconds, of all objects."""

    name: str
    n_objects: int
    n_test: int
    per_test: float
    pooled: float
    error: float
    vif: float
    retraining: float
    n_retrained: int
    loop: float
    n_looped: int
    gradients: float


def cox(name, quick):
    """Remove every subject of METABRIC or SUPPORT; target: relative risk."""
    split = paper_setting.load(name)
    if quick:
        split = split._replace(
            X_train=split.X_train[:300],
            y_train=split.y_train[:300],
            X_test=split.X_test[:50],
        )
    result = cox_accuracy.compare(split, "breslow")
    explainer, n = result.explainer, len(split.X_train)
    model = FrozenEstimator(explainer.estimator_)

    def attribute():
        prepared = InfluenceExplainer(model, target="relative_risk")
        return prepared.fit(split.X_train, split.y_train).influence(split.X_test)

    refits = cox_speed.timed(cox_speed.refit_loop(explainer, split))
    fitted = explainer.problem_.objective
    objects = np.arange(cox_speed.N_SAMPLED)
    loss = cox_speed.losses(split, explainer)["tuned"]
    return row(
        name,
        n,
        (result.found, result.truth),
        cox_speed.best_of(attribute, 5),
        (refits, cox_speed.N_SAMPLED),
        autograd_loop(loss, fitted, objects),
    )


def ranking(name, quick):
    """Remove a hundred items of Delicious, or all of Mediamill; target: loss."""
    sizes = {"n_train": 300, "n_test": 50, "n_items": 100} if quick else {}
    setting = ranking_items.Setting(name.lower(), **sizes)
    n = min(100, setting.n_items) if name == "Delicious" else setting.n_items
    setting.items = np.random.default_rng(0).permutation(setting.n_items)[:n]
    few = setting.items[: 2 if quick else 3]
    if quick:
        setting.items = setting.items[:10]
    model = setting.fit()
    truth = ranking_items.Truth(setting, model)
    start = time.perf_counter()
    explainer = setting.explain(model, VersatileInfluence("auto"))
    found = ranking_items.influence(explainer, setting, truth.groups, "total")
    vif = time.perf_counter() - start
    anew = InfluenceExplainer(
        ListMLERanker(setting.alpha), LeaveOneOut(), "loss", objects="items"
    ).fit(setting.X_train, setting.Y_train)
    groups = [[item] for item in few]
    refits = cox_speed.timed(
        lambda: ranking_items.influence(anew, setting, groups, "total")
    )
    loss = ranking_items.autograd_objective(setting)
    loop = autograd_loop(loss, explainer.problem_.objective, few)
    return row(
        name,
        len(setting.items),
        (found, truth.total),
        vif,
        (refits, len(few)),
        loop,
    )


def node_embedding(name, quick):
    """Remove every node of the karate club; target: losses of all pairs."""
    graph = networkx.karate_club_graph()
    A = networkx.to_scipy_sparse_array(graph, weight=None, format="csr")
    embedder = NodeEmbedder(**karate.SETTING, n_restarts=1, random_state=0)
    model, n = embedder.fit(A), len(graph)
    pairs, groups = np.argwhere(np.ones((n, n))), [[node] for node in range(n)]
    truth, _ = graphs.influence(model, A, NewtonInfluence("converged"), pairs, groups)
    found, _ = graphs.influence(model, A, VersatileInfluence(), pairs, groups)
    # The second time, as the others: what autograd traces once is not counted.
    _, vif = graphs.influence(model, A, VersatileInfluence(), pairs, groups)
    # A pair with a node that is gone, or that has no neighbours left, is no test.
    for i in range(n):
        truth[graphs.alone(A, i)[pairs].any(axis=1), i] = np.nan
    few = groups[:5] if quick else groups
    anew = InfluenceExplainer(embedder, LeaveOneOut()).fit(A)
    refits = cox_speed.timed(lambda: anew.influence(pairs, groups=few))
    fitted, nodes = anew.problem_.objective, np.arange(n)
    loop = autograd_loop(pair_loss(A.toarray(), 0.1 / n), fitted, nodes)
    return row(name, n, (found, truth), vif, (refits, len(few)), loop)


def pair_loss(A, alpha):
    """Return equation 5 of the paper with expected counts, as one would write it."""
    total, n = expected_counts(A, 6, 3).sum(), len(A)

    def loss(theta, presence):
        here = np.flatnonzero(presence)
        counts = expected_counts(A[np.ix_(here, here)], 6, 3)
        phi, psi = theta.reshape(2, n, -1)[:, here]
        scores = phi @ psi.T
        terms = counts * (logsumexp(scores, axis=1, keepdims=True) - scores)
        return terms.sum() / total + alpha / 2 * (theta**2).sum()

    return loss


def autograd_loop(loss, fitted, objects):
    """Time one gradient an object, and the closed form of the same; check both.

    Returns seconds for each object by autograd, how many there were, and seconds for
    each object of the closed form.
    """
    gradient, objective, theta = grad(loss), fitted.objective, fitted.theta

    def loop():
        full = gradient(theta, np.ones(objective.n_objects))
        return np.array(
            [full - gradient(theta, objective.presence_without([i])) for i in objects]
        )

    by_loop = loop()
    groups = [np.array([i]) for i in objects]
    closed = objective.removal_gradients(theta, groups)
    if getattr(objective, "owned", None) is not None:  # gone with the object
        for r, i in zip([*by_loop, *closed], [*objects, *objects], strict=True):
            r[objective.owned[i]] = 0.0
    apart = np.linalg.norm(by_loop - closed) / np.linalg.norm(closed)
    if not apart < SAME:
        raise AssertionError(f"removal gradients of autograd differ by {apart:.1e}")
    closed_form = cox_speed.best_of(lambda: objective.removal_gradients(theta), 5)
    # The loop has the gradient of all objects as well.
    seconds = cox_speed.best_of(loop, 2) / (len(objects) + 1)
    return seconds, len(objects), closed_form / objective.n_objects


def row(name, n_objects, influence, vif, retraining, loop):
    """Judge an estimate of shape (n_test, n_objects), and scale times to all."""
    found, truth = influence
    of = agreement(found, truth, nan_policy="omit")
    (refits, n_retrained), (looped, n_looped, gradients) = retraining, loop
    return Row(
        name,
        n_objects,
        len(found),
        np.nanmean(of.pearson_per_test),
        of.pearson,
        of.relative_error,
        vif,
        refits * n_objects / n_retrained,
        n_retrained,
        looped * n_objects,
        n_looped,
        gradients * n_objects,
    )


ROWS = {
    "METABRIC": cox,
    "SUPPORT": cox,
    "Karate": node_embedding,
    "Mediamill": ranking,
    "Delicious": ranking,
}
