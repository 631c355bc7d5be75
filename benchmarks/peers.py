"""Time, memory and numbers of influence beside those of other libraries.

    OMP_NUM_THREADS=1 python benchmarks/peers.py

The peers are in an extra of their own: ``pip install sklinfluence[peers]``. Those that
are missing are named and left out. All figures come from one run, on one thread, with
the same fitted model, the same data, and double precision.

First, unpenalised logistic regression with many rows: what one Newton step without each
row does to the coefficients, which statsmodels calls ``d_params``. Every library runs
in processes of its own, so that peaks of memory are its own; ``base`` is what a process
takes that has imported the library and made the data.

Then logistic regression with an L2 penalty: the influence of every training row on the
loss of every test row, preparation included (Hessian, factorisation). What all compute
is ∇f(z)ᵀ H⁻¹ ∇ℓ_i, so the numbers must agree; ``evaluated`` is the default of
sklinfluence, which takes the step and evaluates the loss there. Errors are in relative
L2 norm, and the largest over the largest number. Times are warm, each that of the
second of two runs in a row: the median, the least and the largest.
"""

import time
from functools import partial

import numpy as np
from peers_glm import compare_glm
from peers_torch import load_peers
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression
from threadpoolctl import threadpool_limits

from sklinfluence import InfluenceExplainer
from sklinfluence.attribution import VersatileInfluence

SIZES = ((2_000, 30), (10_000, 50))
N_RUNS = 5
C = 1.0
EXACT = 1e-6
HEADER = "{:34} {:>9} {:>17} {:>8} {:>12} {:>12}"
LINE = "{:34} {:9.4f} {:>17} {:8.1f} {:12.1e} {:12.1e}"


def main():
    """Print a table of coefficients, then one of influence for each size."""
    compare_glm()  # first: a process inherits the peak memory of the one it is made by
    peers = load_peers()
    with threadpool_limits(1):
        for n, p in SIZES:
            compare_influence(n, p, peers)


def compare_influence(n, p, peers):
    """Print how long each library takes, and how far its numbers are from ours."""
    model, train, test = problem(n, p)
    calls = {
        "sklinfluence linearised": partial(ours, model, train, test, linearize=True),
        "sklinfluence evaluated": partial(ours, model, train, test, linearize="auto"),
    }
    for name, peer in peers.items():
        calls[name] = peer(model.coef_[0], 1 / model.C, train, test)
    reference, *_ = calls.values()
    reference = reference()
    errors = {name: apart(call(), reference) for name, call in calls.items()}
    seconds = {name: [] for name in calls}
    for _ in range(N_RUNS):
        # In turns, so that what else the machine does concerns all alike.
        for name, call in calls.items():
            seconds[name].append(clocked(call))
    print(f"\nlogistic regression, C = {C:g}: {n} training and {n // 5} test rows,")
    print(f"{p} columns; ratios and errors are relative to the first line")
    report(seconds, errors, peers)


def problem(n, p):
    """Return a fitted model, training and test rows; no intercept, to penalise all."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(n + n // 5, p))
    odds = np.exp(X @ rng.normal(size=p) * 2 / np.sqrt(p))
    y = (rng.uniform(size=len(X)) < odds / (1 + odds)).astype(int)
    model = LogisticRegression(
        C=C, fit_intercept=False, solver="newton-cholesky", tol=1e-12, max_iter=1000
    )
    return model.fit(X[:n], y[:n]), (X[:n], y[:n]), (X[n:], y[n:])


def ours(model, train, test, linearize):
    """Return the influence of all training rows, of shape (n_test, n)."""
    method = VersatileInfluence(linearize=linearize)
    explainer = InfluenceExplainer(FrozenEstimator(model), method, "loss")
    return explainer.fit(*train).influence(*test)


def apart(influence, reference):
    """Return the relative L2 and the largest error, over the largest number."""
    error = influence - reference
    largest = np.abs(error).max() / np.abs(reference).max()
    return np.linalg.norm(error) / np.linalg.norm(reference), largest


def clocked(call):
    """Return the seconds of a call that follows on one that is not counted."""
    call()
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def report(seconds, errors, peers):
    """Print a line for each, and how much faster ours is than the fastest exact one."""
    print(HEADER.format("", "median s", "least - most", "ratio", "L2", "largest"))
    medians = {name: np.median(taken) for name, taken in seconds.items()}
    ours, *_ = medians.values()
    for name, taken in seconds.items():
        spread = f"{min(taken):.4f} - {max(taken):.4f}"
        ratio = medians[name] / ours
        print(LINE.format(name, medians[name], spread, ratio, *errors[name]))
    exact = [name for name in peers if max(errors[name]) < EXACT]
    if exact:
        fastest = min(exact, key=medians.get)
        print(f"fastest exact peer, {fastest}: {medians[fastest] / ours:.1f}x")


if __name__ == "__main__":
    main()
