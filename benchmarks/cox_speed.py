"""Speed of VIF for Cox regression, all rows x all test rows, in one run.

    OMP_NUM_THREADS=1 python benchmarks/cox_speed.py

Against a loop of one autograd gradient a training row, which is what VIF costs without
closed forms, with three ways to write the loss: ``formula``, equation 4 as it stands,
with an n x n matrix of who is at risk; ``generic``, this package's own value by the
derivatives that ``AutogradObjective`` gives to any loss; and ``tuned``, sorted rows and
one cumulative sum, written for this comparison and leaner than a user would. And
against clone-and-refit. The autograd loops stop at the removal gradients, while
"everything" goes on to n x n_test numbers (10 million for SUPPORT, whose writing takes
most of its time); so ratios to both are shown. Loops are timed on a sample of rows and
scaled up; all jobs are the best of a few runs, and fits are not included.
"""

import time

import autograd.numpy as anp
import numpy as np
from autograd import grad
from paper_setting import DATASETS, load

from sklinfluence import CoxRegressor, InfluenceExplainer
from sklinfluence.attribution import LeaveOneOut
from sklinfluence.objectives import AutogradObjective

N_SAMPLED = 20


def main():
    """Print a line for each data set and job."""
    for name in DATASETS:
        split = load(name)
        explainer = InfluenceExplainer(CoxRegressor(), target="relative_risk")
        explainer.fit(split.X_train, split.y_train)
        report(name, split, explainer)


def report(name, split, explainer):
    """Time the jobs on one data set and print them."""
    fitted = explainer.problem_.objective
    n, n_test = len(split.X_train), len(split.X_test)
    fit = best_of(lambda: explainer.fit(split.X_train, split.y_train), 5)
    gradients = best_of(lambda: fitted.objective.removal_gradients(fitted.theta), 15)
    vif = best_of(lambda: explainer.influence(split.X_test), 15)
    print(f"{name}: {n} x {n_test}")
    print(f"  fit and preparation       {fit:10.4f} s")
    print(f"  VIF, removal gradients    {gradients:10.4f} s")
    print(f"  VIF, everything           {vif:10.4f} s")
    for job, seconds in loops(split, explainer).items():
        total = seconds * n / N_SAMPLED
        print(
            f"  {job:25} {total:10.2f} s   {total / gradients:6.0f} x gradients"
            f"   {total / vif:6.0f} x everything"
        )


def loops(split, explainer):
    """Time every loop over the sampled rows."""
    theta, n = explainer.estimator_.coef_, len(split.X_train)
    seconds = {
        f"autograd loop, {name}": best_of(gradient_loop(loss, theta, n), 3)
        for name, loss in losses(split, explainer).items()
    }
    return seconds | {"clone and refit": best_of(refit_loop(explainer, split), 1)}


def losses(split, explainer):
    """Return the loss, a function of parameters and presence, written in three ways."""
    X = split.X_train - explainer.estimator_.mean_
    event, time_ = split.y_train["event"], split.y_train["time"]
    return {
        "formula": formula(X, event, time_),
        "generic": explainer.problem_.objective.objective.value,
        "tuned": tuned(X, event, time_),
    }


def formula(X, event, time_):
    """Return equation 4 of the paper, literally."""
    at_risk = (time_[None, :] >= time_[event][:, None]).astype(float)

    def loss(theta, presence):
        scores = X @ theta
        total = at_risk @ (presence * anp.exp(scores))
        # The term of a removed event counts nothing, and its risk set may be empty.
        log_total = anp.log(anp.where(presence[event] > 0, total, 1.0))
        return anp.sum(presence[event] * (log_total - scores[event]))

    return loss


def tuned(X, event, time_):
    """Return the same with rows sorted once and one cumulative sum."""
    order = np.argsort(-time_, kind="stable")
    sorted_X, sorted_event, time_ = X[order], event[order], time_[order]
    last_at_risk = np.searchsorted(-time_, -time_, side="right") - 1

    def loss(theta, presence):
        scores, presence = sorted_X @ theta, presence[order]
        total = anp.cumsum(presence * anp.exp(scores))[last_at_risk]
        log_total = anp.log(anp.where(presence > 0, total, 1.0))
        return anp.sum((log_total - scores) * sorted_event * presence)

    return loss


def gradient_loop(loss, theta, n):
    """Return a job: removal gradients of the sampled rows."""
    objective = AutogradObjective(loss, len(theta), n)
    gradient = grad(objective.value)

    def loop():
        full = gradient(theta, np.ones(n))
        for i in range(N_SAMPLED):
            full - gradient(theta, objective.presence_without([i]))

    return loop


def refit_loop(explainer, split):
    """Return a job: clone-and-refit without the sampled rows."""
    method = LeaveOneOut().prepare(explainer.problem_, explainer.target_)
    rows = [np.array([i]) for i in range(N_SAMPLED)]
    return lambda: method.attribute(split.X_test, None, rows)


def best_of(job, repeats):
    """Return the shortest wall time of a few runs, in seconds."""
    return min(timed(job) for _ in range(repeats))


def timed(job):
    """Return the wall time of a job in seconds."""
    start = time.perf_counter()
    job()
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
