"""Accuracy of VIF for Cox regression against exact removal of every object.

    python benchmarks/cox_accuracy.py

Linear Cox model, no penalty, standardised columns, target relative risk. Exact removal
is Newton's method to a stationary point on the objective without the object, warm
started. The paper's Table 1 has Pearson 0.997 (METABRIC) and 0.943 (SUPPORT).
"""

import time
from typing import Any, NamedTuple

import numpy as np
from paper_setting import DATASETS, load

from sklinfluence import CoxRegressor, InfluenceExplainer
from sklinfluence.metrics import agreement
from sklinfluence.objectives import minimize_newton

COLUMNS = "{:9} {:8} {:>10} {:>10} {:>10} {:>10} {:>10} {:>11}"


def main():
    """Print a line for each data set and treatment of ties."""
    print(
        COLUMNS.format(
            "data", "ties", "removal", "param", "target", "Pearson", "Pearson", "exact"
        )
    )
    print(
        COLUMNS.format(
            "", "", "grad. err", "rel. L2", "rel. L2", "mean", "min", "removal [s]"
        )
    )
    for name in DATASETS:
        for ties in ("breslow", "efron"):
            print(COLUMNS.format(name, ties, *evaluate(load(name), ties)))


class Comparison(NamedTuple):
    """Influence beside exact removal of every object, of shape (n_test, n)."""

    explainer: InfluenceExplainer
    found: np.ndarray
    truth: np.ndarray
    parameter_error: float
    seconds: float
    agreement: Any


def evaluate(split, ties):
    """Return the cells of a line of the table."""
    result = compare(split, ties)
    of = result.agreement
    fitted = result.explainer.problem_.objective
    return (
        f"{removal_gradient_error(fitted):.1e}",
        f"{result.parameter_error:.4f}",
        f"{of.relative_error:.4f}",
        f"{of.pearson_per_test.mean():.6f}",
        f"{of.pearson_per_test.min():.6f}",
        f"{result.seconds:.1f}",
    )


def compare(split, ties):
    """Fit, attribute, remove every object exactly, and compare."""
    explainer = InfluenceExplainer(CoxRegressor(ties=ties), target="relative_risk")
    explainer.fit(split.X_train, split.y_train)
    fitted = explainer.problem_.objective
    estimate = explainer.parameter_influence()
    start = time.perf_counter()
    exact = exact_removal(fitted, estimate)
    seconds = time.perf_counter() - start
    log_risk = (split.X_test - explainer.estimator_.mean_) @ fitted.theta
    change = (split.X_test - explainer.estimator_.mean_) @ exact.T
    retrained = np.exp(log_risk)[:, None] * np.expm1(change)
    found = explainer.influence(split.X_test)
    error = np.linalg.norm(estimate - exact) / np.linalg.norm(exact)
    return Comparison(
        explainer, found, retrained, error, seconds, agreement(found, retrained)
    )


def exact_removal(fitted, start):
    """θ̂₋ᵢ − θ̂ for every object i, by warm-started Newton refits."""
    objective, theta = fitted.objective, fitted.theta
    refits = (
        minimize_newton(objective, theta + step, objective.presence_without([i]))
        for i, step in enumerate(start)
    )
    return np.stack([refit.theta - theta for refit in refits])


def removal_gradient_error(fitted):
    """Largest error of a removal gradient, relative to its size or the median size."""
    objective, theta = fitted.objective, fitted.theta
    closed = objective.removal_gradients(theta)
    everyone = [np.array([i]) for i in range(objective.n_objects)]
    deletion = objective.removal_gradients(theta, everyone)
    size = np.linalg.norm(deletion, axis=1)
    error = np.linalg.norm(closed - deletion, axis=1)
    return (error / np.maximum(size, np.median(size))).max()


if __name__ == "__main__":
    main()
