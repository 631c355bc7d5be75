"""Coefficients of a logistic regression without each row, beside statsmodels.

Run by ``peers.py``, or alone: ``OMP_NUM_THREADS=1 python benchmarks/peers_glm.py``.
"""

import os
import resource
import subprocess
import sys
import tempfile
import time
from importlib.util import find_spec
from pathlib import Path

import numpy as np

N, P = 100_000, 20
N_RUNS = 5
LINE = "{:22} {:>8.2f} {:>8.3f} {:>17} {:>10.0f} {:>10.0f}"


def compare_glm():
    """Print seconds and memory of both, and how far their numbers are apart."""
    if find_spec("statsmodels") is None:
        print("statsmodels left out: pip install sklinfluence[peers]")
        return
    print(f"\nunpenalised logistic regression, {N} rows, {P} columns and intercept")
    taken = "fit s", "infl. s", "least - most", "base MB", "peak MB"
    print("{:22} {:>8} {:>8} {:>17} {:>10} {:>10}".format("", *taken))
    with tempfile.TemporaryDirectory() as folder:
        steps = [line(library, Path(folder)) for library in LIBRARIES]
    error = steps[1] - steps[0]
    relative = np.linalg.norm(error) / np.linalg.norm(steps[0])
    largest = np.abs(error).max() / np.abs(steps[0]).max()
    print(f"their differences: relative L2 {relative:.1e}, largest {largest:.1e}")


def line(library, folder):
    """Measure one library in fresh processes, print it and return its numbers."""
    file = str(folder / f"{library}.npy")
    base, peak = (float(child(library, what, file)) for what in ("base", "peak"))
    fit, *seconds = map(float, child(library, "time", file).split())
    spread = f"{min(seconds):.3f} - {max(seconds):.3f}"
    print(LINE.format(library, fit, np.median(seconds), spread, base, peak), flush=True)
    return np.load(file)


def child(*arguments):
    """Return what a fresh process prints."""
    command = [sys.executable, __file__, *arguments]
    threads = {f"{name}_NUM_THREADS": "1" for name in ("OMP", "OPENBLAS", "MKL")}
    done = subprocess.run(
        command, check=True, capture_output=True, text=True, env=os.environ | threads
    )
    return done.stdout


def measure(library, what, file):
    """Print memory in MB or seconds of the fit and of influence."""
    prepare, fit, influence = LIBRARIES[library]()
    data = prepare(*problem())
    if what == "base":
        print(peak())
        return
    start = time.perf_counter()
    model = fit(*data)
    seconds = [time.perf_counter() - start]
    steps = influence(model, *data)
    if what == "peak":
        print(peak())
        np.save(file, steps)
        return
    for _ in range(N_RUNS):
        start = time.perf_counter()
        influence(model, *data)
        seconds.append(time.perf_counter() - start)
    print(*seconds)


def problem():
    """Return rows and classes."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(N, P))
    odds = np.exp(X @ rng.normal(size=P) * 2 / np.sqrt(P) - 1)
    return X, (rng.uniform(size=N) < odds / (1 + odds)).astype(int)


def sklinfluence():
    """Return what prepares data, fits and computes with this library."""
    from sklearn.frozen import FrozenEstimator
    from sklearn.linear_model import LogisticRegression

    from sklinfluence import InfluenceExplainer
    from sklinfluence.attribution import NewtonInfluence

    def fit(X, y):
        # A Newton step also makes up for what the fit has left: it should be nothing.
        model = LogisticRegression(C=np.inf, solver="newton-cholesky", tol=1e-13)
        return model.fit(X, y)

    def influence(model, X, y):
        explainer = InfluenceExplainer(FrozenEstimator(model), NewtonInfluence(1))
        # With minus without; the intercept is last.
        return -explainer.fit(X, y).parameter_influence()

    return lambda X, y: (X, y), fit, influence


def statsmodels():
    """Return the same of statsmodels."""
    from statsmodels.genmod.families import Binomial
    from statsmodels.genmod.generalized_linear_model import GLM

    def with_ones(X, y):
        return np.column_stack([X, np.ones(len(X))]), y

    def fit(X, y):
        # On the deviance, the default, it stops at coefficients of six digits.
        return GLM(y, X, family=Binomial()).fit(tol_criterion="params", tol=1e-10)

    def influence(model, X, y):
        # What it has computed is kept by an object that is made anew for every run.
        return np.asarray(model.get_influence().d_params)

    return with_ones, fit, influence


def peak():
    """Return the peak memory of this process in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3


LIBRARIES = {"sklinfluence": sklinfluence, "statsmodels": statsmodels}


if __name__ == "__main__":
    if len(sys.argv) > 1:
        measure(*sys.argv[1:])
    else:
        compare_glm()
