"""Speed of VIF for Cox regression, all rows x all test rows, against two others.

    OMP_NUM_THREADS=1 python benchmarks/cox_speed.py

In one run on the same machine: (1) this package; (2) one autograd gradient of the whole
loss a training row, which is what scripts for such losses do, with the cumulative-sum
loss, timed on a sample of rows and scaled up; (3) clone-and-refit without each row,
likewise.
"""

import time

import autograd.numpy as anp
import numpy as np
from autograd import grad
from paper_setting import DATASETS, load

from sklinfluence import CoxRegressor, InfluenceExplainer
from sklinfluence.attribution import LeaveOneOut

N_SAMPLED = 40
COLUMNS = "{:9} {:>6} {:>6} {:>12} {:>12} {:>14} {:>8} {:>12} {:>8}"


def main():
    """Print a line for each data set."""
    print(
        COLUMNS.format(
            "data",
            "train",
            "test",
            "fit [s]",
            "VIF [s]",
            "autograd [s]",
            "ratio",
            "refits [s]",
            "ratio",
        )
    )
    for name in DATASETS:
        print(COLUMNS.format(name, *measure(load(name))))


def measure(split):
    """Time the three on one data set; the best of five for the fast one."""
    explainer = InfluenceExplainer(CoxRegressor(), target="relative_risk")
    fit = best_of(lambda: explainer.fit(split.X_train, split.y_train))
    vif = best_of(lambda: explainer.influence(split.X_test))
    n = len(split.X_train)
    loop = autograd_loop(split, explainer) * n / N_SAMPLED
    refits = refit_loop(explainer, split.X_test) * n / N_SAMPLED
    return (
        n,
        len(split.X_test),
        f"{fit:.3f}",
        f"{vif:.4f}",
        f"{loop:.2f}",
        f"{loop / vif:.0f}",
        f"{refits:.2f}",
        f"{refits / vif:.0f}",
    )


def best_of(job, repeats=5):
    """Return the shortest time of a few runs, the first of which warms up."""
    return min(timed(job) for _ in range(repeats))


def timed(job):
    """Return the wall time of a job in seconds."""
    start = time.perf_counter()
    job()
    return time.perf_counter() - start


def autograd_loop(split, explainer):
    """Time removal gradients of sampled rows, one autograd gradient each."""
    X = split.X_train - explainer.estimator_.mean_
    event, time_ = split.y_train["event"], split.y_train["time"]
    order = np.argsort(-time_, kind="stable")
    X, event, time_ = X[order], event[order], time_[order]
    last_at_risk = np.searchsorted(-time_, -time_, side="right") - 1

    def loss(theta, presence):
        scores = X @ theta
        at_risk = anp.cumsum(presence * anp.exp(scores))[last_at_risk]
        # The term of a removed event counts nothing, and its risk set may be empty.
        terms = anp.log(anp.where(presence > 0, at_risk, 1.0)) - scores
        return anp.sum(terms * event * presence)

    gradient, theta = grad(loss), explainer.estimator_.coef_
    full = gradient(theta, np.ones(len(X)))

    def loop():
        for i in range(N_SAMPLED):
            presence = np.ones(len(X))
            presence[i] = 0.0
            full - gradient(theta, presence)

    loop()
    return best_of(loop, 3)


def refit_loop(explainer, X_test):
    """Time clone-and-refit without sampled rows."""
    method = LeaveOneOut().prepare(explainer.problem_, explainer.target_)
    rows = [np.array([i]) for i in range(N_SAMPLED)]
    return timed(lambda: method.attribute(X_test, None, rows))


if __name__ == "__main__":
    main()
