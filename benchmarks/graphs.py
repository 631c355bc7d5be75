"""Removal of nodes of larger graphs: Les Misérables, and a power law of 1000 nodes.

    OMP_NUM_THREADS=1 python benchmarks/graphs.py [lesmis | powerlaw]

Dimension 16, a penalty of 1 / n. Estimates of the losses of pairs against exact removal
from the fit, of all 77 nodes or of 8 nodes from the largest degree to the smallest. Of
many nodes, the mean over pairs of the correlation over nodes; of few, the mean over
nodes of the correlation over pairs. Pairs with a node that a removal isolates are left
out. (The minimum of Les Misérables is flat for a smaller penalty; see the guide.)
"""

import resource
import sys
import time

import networkx as nx
import numpy as np
from sklearn.frozen import FrozenEstimator

from sklinfluence import InfluenceExplainer, NodeEmbedder
from sklinfluence.attribution import NewtonInfluence, VersatileInfluence

METHODS = {
    "VIF": VersatileInfluence("auto"),
    "VIF, centres": VersatileInfluence("auto", project=True),
    "one damped Newton step": NewtonInfluence(1, solver="auto"),
    "two": NewtonInfluence(2, solver="auto"),
}


def main():
    """Print a table for each graph."""
    for name in sys.argv[1:] or ["lesmis", "powerlaw"]:
        graph = {"lesmis": les_miserables, "powerlaw": power_law}[name]()
        table(name, nx.to_scipy_sparse_array(graph, weight=None, format="csr"))


def les_miserables():
    """Return who meets whom, without weights."""
    return nx.les_miserables_graph()


def power_law():
    """Return a clustered graph whose degrees follow a power law."""
    return nx.powerlaw_cluster_graph(1000, 3, 0.3, seed=0)


def table(name, A):
    """Fit, remove nodes, and print how well estimates agree."""
    n, degree = A.shape[0], np.asarray(A.sum(axis=1)).ravel()
    start = time.perf_counter()
    model = NodeEmbedder(16, alpha=1.0, n_restarts=1, random_state=0).fit(A)
    print(
        f"\n{name}: {n} nodes, {A.nnz // 2} edges, {32 * n} parameters; fit "
        f"{time.perf_counter() - start:.1f} s, max|gradient| {model.max_gradient_:.1e}"
    )
    few = n > 200
    nodes = np.argsort(-degree, kind="stable")
    nodes = nodes[np.geomspace(1, n, 8).astype(int) - 1] if few else np.arange(n)
    rng = np.random.default_rng(0)
    pairs = rng.integers(n, size=(5000, 2)) if few else np.argwhere(np.ones((n, n)))
    groups = [[node] for node in nodes]
    truth, seconds = influence(model, A, NewtonInfluence("converged"), pairs, groups)
    print(f"  exact removal {seconds / len(nodes):.2f} s a node")
    counted = np.stack([~alone(A, i)[pairs].any(axis=1) for i in nodes], axis=1)
    for label, method in METHODS.items():
        found, seconds = influence(model, A, method, pairs, groups)
        r = agreement(found, truth, counted, few)
        print(
            f"  {label:24} {np.mean(r):.4f} (least {np.min(r):.4f}), relative error "
            f"{error(found, truth, counted):.3f}, {seconds / len(nodes):.2f} s a node"
        )
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    print(f"  peak memory {peak:.2f} GB")


def influence(model, A, method, pairs, groups):
    """Return the influence of some nodes, and seconds with preparation."""
    start = time.perf_counter()
    explainer = InfluenceExplainer(FrozenEstimator(model), method).fit(A)
    found = explainer.influence(pairs, groups=groups)
    return found, time.perf_counter() - start


def alone(A, i):
    """Say which nodes are gone, or without neighbours, once node i is."""
    left = A.toarray()
    left[i] = left[:, i] = 0.0
    return left.sum(axis=0) == 0


def agreement(found, truth, counted, few):
    """Return correlations over nodes of each pair, or over pairs of each node."""
    if few:
        found, truth, counted = found.T, truth.T, counted.T
    rows = zip(found, truth, counted, strict=True)
    return [np.corrcoef(x[use], y[use])[0, 1] for x, y, use in rows if use.sum() > 2]


def error(found, truth, counted):
    """Return the relative error of all numbers together."""
    difference = np.linalg.norm((found - truth)[counted])
    return difference / np.linalg.norm(truth[counted])


if __name__ == "__main__":
    main()
