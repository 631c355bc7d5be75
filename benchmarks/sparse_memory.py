"""Time and memory of attribution with sparse rows, against the same rows made dense.

    OMP_NUM_THREADS=1 python benchmarks/sparse_memory.py

Logistic regression with the loss of 5 test rows as target. The number of entries a row
stays what it is while n or p grows in the first table, and the density in the second.
Every size runs in a process of its own, so that its peak memory is its own; ``base`` is
what a process takes that has imported everything, ``X`` the rows themselves.
"""

import resource
import subprocess
import sys
import time

import numpy as np

ENTRIES = 20
DENSITY = 1e-3
COLUMNS = "{:>8} {:>8} {:7} {:9} {:>9} {:>13} {:>11} {:>10} {:>10}"


def main():
    """Print a line for each size, with sparse and, where it fits, with dense rows."""
    print(f"{ENTRIES} entries a row")
    header()
    for n, p in ((5_000, 500), (5_000, 1_000), (5_000, 2_000), (20_000, 2_000)):
        for kind in ("sparse", "dense"):
            run(n, p, ENTRIES / p, kind, "explicit")
    for n, p in ((10_000, 10_000), (40_000, 10_000), (160_000, 10_000)):
        run(n, p, ENTRIES / p, "sparse", "cg")
    for n, p in ((10_000, 40_000), (10_000, 160_000)):
        run(n, p, ENTRIES / p, "sparse", "cg")
    print(f"density {DENSITY:g}")
    header()
    for n, p in ((5_000, 5_000), (10_000, 10_000)):
        for kind in ("sparse", "dense"):
            run(n, p, DENSITY, kind, "cg")
    for n, p in ((20_000, 20_000), (40_000, 20_000), (20_000, 40_000), (40_000,) * 2):
        run(n, p, DENSITY, "sparse", "cg")


def header():
    """Print names of columns, with the memory of a process that does nothing."""
    base = float(child("base"))
    taken = "fit [s]", "influence [s]", "peak [MB]", "X [MB]", "dense [MB]"
    print(COLUMNS.format("n", "p", "rows", "solver", *taken), end="")
    print(f"   base {base:.0f} MB")


def run(n, p, density, kind, solver):
    """Measure one size in a fresh process and print it."""
    output = child(str(n), str(p), str(density), kind, solver)
    fit, influence, peak, size = map(float, output.split())
    cells = f"{fit:.2f}", f"{influence:.2f}", f"{peak:.0f}", f"{size:.0f}"
    print(COLUMNS.format(n, p, kind, solver, *cells, f"{8e-6 * n * p:.0f}"), flush=True)


def child(*arguments):
    """Return what a fresh process prints."""
    command = [sys.executable, __file__, *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def measure(n, p, density, kind, solver):
    """Fit and attribute; print seconds, peak memory and the size of X in MB."""
    from scipy import sparse
    from sklearn.linear_model import LogisticRegression

    from sklinfluence import InfluenceExplainer
    from sklinfluence.attribution import VersatileInfluence

    rng = np.random.default_rng(0)
    X = sparse.random_array((n, p), density=density, rng=rng, format="csr")
    y = (X @ rng.normal(size=p) + rng.normal(size=n) > 0).astype(int)
    if kind == "dense":
        X = X.toarray()
        size = X.nbytes / 1e6
    else:
        size = (X.data.nbytes + X.indices.nbytes + X.indptr.nbytes) / 1e6
    model = LogisticRegression(tol=1e-8, max_iter=1000)
    explainer = InfluenceExplainer(model, method=VersatileInfluence(solver))
    start = time.perf_counter()
    explainer.fit(X, y)
    fit = time.perf_counter() - start
    start = time.perf_counter()
    explainer.influence(X[:5], y[:5])
    print(fit, time.perf_counter() - start, peak(), size)


def peak():
    """Return the peak memory of this process in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3


if __name__ == "__main__":
    if len(sys.argv) == 2:
        import sklinfluence  # noqa: F401

        print(peak())
    elif len(sys.argv) > 2:
        measure(*map(int, sys.argv[1:3]), float(sys.argv[3]), *sys.argv[4:])
    else:
        main()
