"""Hold an estimate against retraining on some objects, so that none is believed."""

import numpy as np
from sklearn.utils import Bunch

from sklinfluence.attribution import LeaveOneOut
from sklinfluence.metrics import agreement


def audit(problem, target, influence, X, y, k, names, rng):
    """Refit without the k strongest, k weakest and k random objects.

    Parameters
    ----------
    problem : Problem
        The fitted model and its training data.
    target : Target
        What is attributed.
    influence : ndarray of shape (n_test, n_objects)
        The estimate.
    X, y : test objects
        What the influence is on.
    k : int
        Objects of each kind.
    names : ndarray of shape (n_objects,)
        Names of the objects.
    rng : RandomState
        Draws the random objects.

    Returns
    -------
    Bunch
        See :meth:`InfluenceExplainer.audit`.
    """
    order = np.argsort(-np.linalg.norm(influence, axis=0), kind="stable")
    k = min(k, len(order) // 3) or 1
    middle = order[k : len(order) - k]
    random = rng.permutation(middle)[:k]
    objects = np.concatenate([order[:k], order[len(order) - k :], random])
    kind = np.repeat(["strongest", "weakest", "random"], [k, k, len(random)])
    removals = [np.array([i]) for i in objects]
    exact = LeaveOneOut().prepare(problem, target).attribute(X, y, removals)
    estimate = influence[:, objects]
    usable = np.isfinite(exact).all(axis=0) & np.isfinite(estimate).all(axis=0)
    return Bunch(
        objects=objects,
        names=names[objects],
        kind=kind,
        estimate=estimate,
        retrained=exact,
        **agreement(estimate[:, usable], exact[:, usable]),
    )
