"""How time and memory of Cox attribution grow with n: p = 20, 10 test rows, all rows.

    OMP_NUM_THREADS=1 python benchmarks/cox_growth.py

Every n runs in a process of its own, so that its peak memory is its own. ``influence``
is what `InfluenceExplainer.influence` takes after the fit; the fit is listed beside it.
"""

import resource
import subprocess
import sys
import time

import numpy as np

SIZES = (10_000, 100_000, 1_000_000)
N_FEATURES = 20
COLUMNS = "{:>9} {:7} {:>9} {:>13} {:>11} {:>14} {:>7}"


def main():
    """Print a line for each n, then the exponent of growth."""
    print(
        COLUMNS.format(
            "n", "times", "fit [s]", "influence [s]", "peak [MB]", "5 X + 300 [MB]", "X"
        )
    )
    for times in ("all", "days"):
        taken = [run(n, times) for n in SIZES]
        slope = np.log(taken[-1] / taken[0]) / np.log(SIZES[-1] / SIZES[0])
        print(f"exponent of influence, {SIZES[0]} to {SIZES[-1]}: {slope:.2f}")


def run(n, times):
    """Measure one size in a fresh process and print it."""
    command = [sys.executable, __file__, str(n), times]
    output = subprocess.run(command, check=True, capture_output=True, text=True)
    fit, influence, peak = map(float, output.stdout.split())
    size = n * N_FEATURES * 8 / 1e6
    print(
        COLUMNS.format(
            n,
            times,
            f"{fit:.2f}",
            f"{influence:.3f}",
            f"{peak:.0f}",
            f"{5 * size + 300:.0f}",
            f"{size:.0f}",
        )
    )
    return influence


def measure(n, times):
    """Fit and attribute; print seconds and peak memory in MB."""
    from sklinfluence import CoxRegressor, InfluenceExplainer
    from sklinfluence.utils import survival_target

    rng = np.random.default_rng(0)
    X = rng.normal(size=(n, N_FEATURES))
    time_ = rng.exponential(size=n) * np.exp(-X @ rng.normal(scale=0.2, size=20))
    if times == "days":  # many ties: 1000 distinct times
        time_ = np.ceil(1000 * np.minimum(time_ / np.quantile(time_, 0.99), 1.0))
    y = survival_target(rng.random(n) < 0.6, time_)
    explainer = InfluenceExplainer(CoxRegressor(), target="relative_risk")
    start = time.perf_counter()
    explainer.fit(X, y)
    fit = time.perf_counter() - start
    start = time.perf_counter()
    explainer.influence(X[:10])
    influence = time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3
    print(fit, influence, peak)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        measure(int(sys.argv[1]), sys.argv[2])
    else:
        main()
