"""Accuracy and certificates for logistic regression on breast cancer, 569 x 31.

    OMP_NUM_THREADS=1 python benchmarks/logistic_removal.py

Standardised columns. The truth is exact removal of every object by ``"converged"`` to
1e-12, held against clone-and-refit for the strongest objects. With little penalty some
objects have leverages up to 0.77, for which first-order estimates are far off; there
certificates may not hold, and nothing is promised.
"""

import time

import numpy as np
from sklearn.datasets import load_breast_cancer
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import scale

from sklinfluence import InfluenceExplainer
from sklinfluence.attribution import LeaveOneOut, NewtonInfluence, VersatileInfluence
from sklinfluence.diagnostics import leverage

METHODS = {
    "VIF": VersatileInfluence(),
    "Newton-1": NewtonInfluence(1),
    "Newton-2": NewtonInfluence(2),
    "Newton-3": NewtonInfluence(3),
}


def main():
    """Print accuracy, coverage and violations for each penalty."""
    X, y = load_breast_cancer(return_X_y=True)
    X = scale(X)
    for C in (1.0, 0.1, 0.01, 0.001):
        model = LogisticRegression(
            C=C, tol=1e-12, max_iter=1000, solver="newton-cholesky"
        )
        explainer = InfluenceExplainer(model).fit(X, y)
        report(C, explainer)


def report(C, explainer):
    """Print one penalty."""
    problem, target = explainer.problem_, explainer.target_
    exact = NewtonInfluence("converged", tol=1e-12).prepare(problem, target)
    start = time.perf_counter()
    truth, sure = exact.parameter_influence(return_bound=True)
    seconds = time.perf_counter() - start
    strongest = [[i] for i in np.argsort(-np.linalg.norm(truth, axis=1))[:10]]
    refits = LeaveOneOut().prepare(problem, target).parameter_influence(strongest)
    error = relative(truth[np.ravel(strongest)], refits)
    print(
        f"C = {C:g}: largest leverage {leverage(explainer).max():.2f}; exact removal "
        f"{seconds:.2f} s, against refits of the 10 strongest {error:.0e}"
    )
    for name, method in METHODS.items():
        prepared = method.prepare(problem, target)
        steps, bounds = prepared.parameter_influence(return_bound=True)
        held = np.isfinite(bounds).all(axis=1)
        violated = (np.abs(steps - truth) > bounds + sure)[held].any(axis=1).sum()
        print(
            f"  {name:9} relative L2 {relative(steps, truth):8.1e}"
            f"  certified {held.mean():8.2%}  violated {violated}"
        )


def relative(estimate, truth):
    """Return the relative L2 error."""
    return np.linalg.norm(estimate - truth) / np.linalg.norm(truth)


if __name__ == "__main__":
    main()
