"""How time and memory of attribution grow with rows n and columns p.

    OMP_NUM_THREADS=1 python benchmarks/growth.py [cox cox_days logistic ranking]

VIF of every training object on 10 test rows, the fit beside it: Cox regression, with
continuous times and with many ties (whole days), logistic regression, and items of
lists (n queries, p features, 50 items, which are the objects). Every size runs in a
process of its own, so that its peak memory is its own: all of it, with what a process
takes that has only imported everything (``base``). The exponents are slopes of log
time, and of the log of memory above that base, on log n or log p, by least squares; at
small sizes, where what is fixed rules, they say little. ``--quick`` takes small sizes,
to try the command; ``--rst FILE`` writes the tables for the user guide.
"""

import argparse
import resource
import subprocess
import sys
import time
from pathlib import Path

import numpy as np

FIXED = {"n": 20, "p": 2_000}  # p while n grows, n while p does
SIZES = {"n": (10_000, 100_000, 1_000_000), "p": (50, 100, 200, 400)}
# An item is as many parameters as there are features: queries are dearer than rows.
RANKING_SIZES = {"n": (1_000, 10_000, 100_000), "p": (5, 10, 20, 40)}
QUICK_SIZES = {"n": (500, 1_000, 2_000), "p": (10, 20, 40)}
N_ITEMS, N_LISTED, N_TEST = 50, 5, 10
MODELS = ("cox", "cox_days", "logistic", "ranking")
HEADER = ["n", "p", "fit [s]", "influence [s]", "peak [MB]", "X [MB]"]


def main():
    """Print a table for each model, and write them if this is asked for."""
    options = parser().parse_args()
    from report_table import Table, machine, write_rst

    base = float(child("base"))
    print(machine(), "(quick: small sizes, no results)" if options.quick else "")
    tables = []
    for model in options.models or MODELS:
        rows, exponents = curves(model, options.quick, base)
        note = f"Base {base:.0f} MB. Exponents: {'; '.join(exponents)}."
        tables.append(Table(f"Growth: {model.replace('_', ', ')}", HEADER, rows, note))
        print(f"\n{tables[-1].text()}", flush=True)
    if options.rst:
        quick = ["--quick"] if options.quick else []
        command = " ".join(["benchmarks/growth.py", *options.models, *quick])
        write_rst(options.rst, command, tables, options.quick)


def parser():
    """Return the parser of the command line."""
    made = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    made.add_argument("models", nargs="*", metavar="model", help=", ".join(MODELS))
    made.add_argument("--quick", action="store_true", help="small sizes")
    made.add_argument("--rst", type=Path, metavar="FILE", help="write tables there")
    return made


def curves(model, quick, base):
    """Return the lines of a table, and what is said of the exponents."""
    rows, exponents = [], []
    sizes = RANKING_SIZES if model == "ranking" else SIZES
    for axis, values in (QUICK_SIZES if quick else sizes).items():
        taken = [run(model, axis, value) for value in values]
        rows += [cells for cells, _, _ in taken]
        seconds = [influence for _, influence, _ in taken]
        above = [max(peak - base, 1.0) for _, _, peak in taken]
        exponents.append(
            f"time in {axis} {slope(values, seconds):.2f}, memory in {axis} "
            f"{slope(values, above):.2f}"
        )
    return rows, exponents


def slope(sizes, measured):
    """Return the exponent of growth, by least squares of logarithms."""
    return np.polyfit(np.log(sizes), np.log(measured), 1)[0]


def run(model, axis, size):
    """Measure one size in a fresh process; return cells, seconds and megabytes."""
    n, p = (size, FIXED["n"]) if axis == "n" else (FIXED["p"], size)
    if model == "ranking" and axis == "n":
        p = 8  # as in the experiments of the paper
    fit, influence, peak = map(float, child(model, n, p).split())
    size = 8e-6 * n * p
    cells = [
        n,
        p,
        f"{fit:.3f}",
        f"{influence:.3f}",
        f"{peak:.0f}",
        f"{size:.1f}",
    ]
    return cells, influence, peak


def child(*arguments):
    """Return what a fresh process prints."""
    command = [sys.executable, __file__, "--child", *map(str, arguments)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    return done.stdout


def measure(model, n, p):
    """Fit and attribute; print seconds and peak memory in MB."""
    explainer, X, y = problem(model, n, p)
    start = time.perf_counter()
    explainer.fit(X, y)
    fit = time.perf_counter() - start
    start = time.perf_counter()
    explainer.influence(X[:N_TEST], y[:N_TEST])
    print(fit, time.perf_counter() - start, peak_memory())


def problem(model, n, p):
    """Return an explainer, rows and targets."""
    from sklearn.linear_model import LogisticRegression

    from sklinfluence import CoxRegressor, InfluenceExplainer, ListMLERanker
    from sklinfluence.utils import survival_target

    rng = np.random.default_rng(0)
    X = rng.normal(size=(n, p))
    direction = X @ rng.normal(scale=0.9 / np.sqrt(p), size=p)
    if model == "logistic":
        y = (direction + rng.logistic(size=n) > 0).astype(int)
        estimator = LogisticRegression(solver="newton-cholesky", tol=1e-8)
        return InfluenceExplainer(estimator), X, y
    if model == "ranking":
        scores = X @ rng.normal(size=(p, N_ITEMS)) / np.sqrt(p)
        order = np.argsort(-(scores + rng.gumbel(size=scores.shape)), axis=1)
        Y = np.zeros((n, N_ITEMS))
        listed = np.arange(N_LISTED, 0.0, -1.0)
        np.put_along_axis(Y, order[:, :N_LISTED], listed[None], axis=1)
        ranker = ListMLERanker(1e-3 * n)
        return InfluenceExplainer(ranker, target="loss", objects="items"), X, Y
    time_ = rng.exponential(size=n) * np.exp(-direction)
    if model == "cox_days":  # many ties: 1000 distinct times
        time_ = np.ceil(1000 * np.minimum(time_ / np.quantile(time_, 0.99), 1.0))
    y = survival_target(rng.random(n) < 0.6, time_)
    return InfluenceExplainer(CoxRegressor(), target="relative_risk"), X, y


def peak_memory():
    """Return the peak memory of this process in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3


if __name__ == "__main__":
    if sys.argv[1:3] == ["--child", "base"]:
        problem("cox", 10, 2)
        print(peak_memory())
    elif sys.argv[1:2] == ["--child"]:
        measure(sys.argv[2], *map(int, sys.argv[3:]))
    else:
        main()
