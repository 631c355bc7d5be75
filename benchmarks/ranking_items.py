"""Influence of items on ranked lists: Delicious and the subset of Mediamill.

    OMP_NUM_THREADS=1 python benchmarks/ranking_items.py [delicious | mediamill]

Each label of a multi-label set is an item; the list of a query are its labels, the most
frequent first. Features are reduced to eight dimensions. An item is removed from every
list and every denominator, of training and of test queries; the truth is the minimum of
the objective without it, reached by Newton's method from the fit.
"""

import sys
import time

import autograd.numpy as anp
import numpy as np
from autograd import make_hvp
from scipy.sparse import csr_array
from sklearn.decomposition import TruncatedSVD
from sklearn.frozen import FrozenEstimator

from sklinfluence import InfluenceExplainer, ListMLERanker
from sklinfluence.attribution import NewtonInfluence, VersatileInfluence
from sklinfluence.datasets import fetch_delicious, fetch_mediamill
from sklinfluence.estimators._newton_cg import minimize_newton_cg
from sklinfluence.metrics import agreement
from sklinfluence.objectives import make_objective
from sklinfluence.solvers import ConjugateGradientSolver

PENALTY = 5e-4  # a query, the weight decay of the paper
SETS = {"delicious": (fetch_delicious, 5000), "mediamill": (fetch_mediamill, 5000)}


class Setting:
    """Training and test queries with lists by the frequency of their labels."""

    def __init__(self, name, n_train=None, n_test=500, n_items=None):
        fetch, most = SETS[name]
        X, Y = fetch(subset="train", return_X_y=True)
        X, Y = TruncatedSVD(8, random_state=0).fit_transform(X), csr_array(Y)
        Y = Y[:, :n_items]
        n_pool = int(0.75 * len(X))
        several = np.diff(Y.indptr) > 1
        train = np.flatnonzero(several[:n_pool])[: n_train or most]
        test = n_pool + np.flatnonzero(several[n_pool:])[:n_test]
        self.name, self.frequency = name, Y[train].sum(axis=0)
        order = np.argsort(-self.frequency, kind="stable")
        # Equal relevances are listed by index: larger for the more frequent label.
        relevance = np.empty(Y.shape[1])
        relevance[order] = np.arange(Y.shape[1], 0, -1)
        Y = Y.astype(float)
        Y.data = relevance[Y.indices]
        self.X_train, self.Y_train = X[train], Y[train]
        self.X_test, self.Y_test = X[test], Y[test]
        # The first hundred, and the most frequent.
        self.items = np.unique([*range(min(100, Y.shape[1])), *order[:20]])
        self.frequent = np.isin(self.items, order[:20])
        self.alpha, self.n_items = PENALTY * len(train), Y.shape[1]
        print(
            f"\n{name}: {len(train)} training and {len(test)} test queries, "
            f"{Y.shape[1]} items, lists of {np.diff(self.Y_train.indptr).mean():.1f}; "
            f"{9 * Y.shape[1]} parameters; {len(self.items)} items removed"
        )

    def fit(self, **settings):
        """Fit the ranker."""
        start = time.perf_counter()
        model = ListMLERanker(self.alpha, **settings).fit(self.X_train, self.Y_train)
        print(
            f"  fit {time.perf_counter() - start:.1f} s, {model.n_iter_} Newton steps, "
            f"max|gradient| {model.max_gradient_:.1e}"
        )
        return model

    def explain(self, model, method):
        """Return the explainer of the items."""
        explainer = InfluenceExplainer(
            FrozenEstimator(model), method, "loss", objects="items"
        )
        return explainer.fit(self.X_train, self.Y_train)


def tables(name):
    """Print agreement with exact removal, and times."""
    setting = Setting(name)
    model = setting.fit()
    products(setting, model)
    truth = Truth(setting, model)
    estimates = {
        "VIF, full H (the paper's formula)": VersatileInfluence("auto", reduced=False),
        "VIF": VersatileInfluence("auto"),
        "one Newton step": NewtonInfluence(solver=BLOCKS),
        "two Newton steps": NewtonInfluence(2, solver=BLOCKS),
    }
    print("  against exact removal    Pearson a query (least), rel. L2")
    for label, method in estimates.items():
        truth.compare(label, setting.explain(model, method))
    everything(setting, model, truth.seconds / len(setting.items))


class Truth:
    """Exact removal of some items, by Newton's method from the fit."""

    def __init__(self, setting, model):
        self.setting = setting
        explainer = setting.explain(model, VersatileInfluence(BLOCKS))
        fitted = explainer.problem_.objective
        start, thetas = time.perf_counter(), []
        for item in setting.items:
            theta, presence = fitted.theta.copy(), np.ones(setting.n_items)
            theta[fitted.objective.owned[item]] = presence[item] = 0.0
            found = minimize_newton_cg(
                fitted.objective, theta, presence, tol=1e-9, max_iter=50
            )
            assert found.converged, item
            thetas.append(found.theta)
        self.seconds = time.perf_counter() - start
        function = explainer.target_.at(setting.X_test, setting.Y_test)
        after = function.values(np.array(thetas), setting.items).T
        self.total = after - function.value(fitted.theta)[:, None]
        self.groups = [[item] for item in setting.items]
        self.direct = influence(explainer, setting, self.groups, "direct")
        print(
            f"  exact removal {self.seconds / len(thetas):.2f} s an item; standard "
            f"deviation of the direct effect {self.direct.std():.3f}, of the indirect "
            f"{(self.total - self.direct).std():.4f}"
        )

    def compare(self, label, explainer):
        """Print how well an estimate agrees: total, indirect, of frequent items."""
        found = influence(explainer, self.setting, self.groups, "total")
        frequent = self.setting.frequent
        indirect, true = found - self.direct, self.total - self.direct
        print(
            f"    {label:36} total {agree(found, self.total)}; indirect "
            f"{agree(indirect, true)}; 20 most frequent, indirect "
            f"{agree(indirect[:, frequent], true[:, frequent])}"
        )


def influence(explainer, setting, groups, component):
    """Return the influence of some items."""
    return explainer.influence(
        setting.X_test, setting.Y_test, groups=groups, component=component
    )


def agree(found, truth):
    """Say how well an estimate agrees with the truth."""
    of = agreement(found, truth)
    each = of["pearson_per_test"]
    return f"{np.mean(each):.5f} ({np.min(each):.4f}) {of['relative_error']:.4f}"


def everything(setting, model, seconds):
    """Time the influence of all items on all test queries."""
    start = time.perf_counter()
    explainer = setting.explain(model, VersatileInfluence("auto"))
    found = explainer.influence(setting.X_test, setting.Y_test)
    spent = time.perf_counter() - start
    print(
        f"  all {found.shape[1]} items on {len(found)} queries: {spent:.1f} s, all "
        f"preparation included; {seconds * found.shape[1] / spent:.1f} x faster than "
        f"exact removal from the fit"
    )


def products(setting, model):
    """Time a product with the Hessian, beside vectorised autograd."""
    fitted = make_objective(model, setting.X_train, setting.Y_train)
    v = np.random.default_rng(0).normal(size=(len(fitted.theta), 1))
    closed = best_of(lambda: fitted.objective.hessian_product(fitted.theta, v))
    automatic = autograd_objective(setting)
    product = make_hvp(automatic)(fitted.theta)[0]
    difference = np.linalg.norm(
        fitted.objective.hessian_product(fitted.theta, v)[:, 0] - product(v[:, 0])
    ) / np.linalg.norm(product(v[:, 0]))
    traced = best_of(lambda: product(v[:, 0]))
    fresh = best_of(lambda: make_hvp(automatic)(fitted.theta)[0](v[:, 0]))
    print(
        f"  Hessian product {1e3 * closed:.0f} ms; vectorised autograd "
        f"{traced / closed:.1f} x with the trace kept, {fresh / closed:.1f} x with it; "
        f"difference {difference:.1e}"
    )


def autograd_objective(setting):
    """Return the objective as one would write it for autograd: no loop over queries.

    A function of the parameters and, if items are gone, of who is present.
    """
    Y, alpha = setting.Y_train, setting.alpha
    X = np.column_stack([setting.X_train, np.ones(len(setting.X_train))])
    n, longest = Y.shape[0], np.diff(Y.indptr).max()
    listed = np.full((n, longest), -1)
    unlisted = np.ones(Y.shape)
    for q in range(n):
        own = slice(Y.indptr[q], Y.indptr[q + 1])
        order = np.argsort(-Y.data[own], kind="stable")
        listed[q, : len(order)] = Y.indices[own][order]
        unlisted[q, Y.indices[own]] = 0.0
    mask, rows = (listed >= 0).astype(float), np.arange(n)[:, None]
    # Sums of what is left behind, as a product: autograd knows no reversed cumsum.
    behind = np.tril(np.ones((longest, longest)))

    everyone = np.ones(Y.shape[1])

    def value(theta, presence=everyone):
        S = anp.dot(X, theta.reshape(Y.shape[1], -1).T)
        E = presence * anp.exp(S)
        own = mask * E[rows, listed]
        Z = anp.sum(E * unlisted, axis=1)[:, None] + anp.dot(own, behind)
        terms = mask * presence[listed] * (anp.log(Z) - S[rows, listed])
        return anp.sum(terms) + alpha / 2 * anp.sum(theta**2)

    return value


def best_of(function, n=5):
    """Return the seconds of the fastest of some calls."""
    times = []
    for _ in range(n):
        start = time.perf_counter()
        function()
        times.append(time.perf_counter() - start)
    return min(times)


BLOCKS = ConjugateGradientSolver(tol=1e-6, preconditioner="blocks")


if __name__ == "__main__":
    for name in sys.argv[1:] or SETS:
        tables(name)
