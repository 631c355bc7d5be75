"""Survival curves of fitted models, as step functions from time zero."""

import numpy as np
import pandas as pd
from sklearn.frozen import FrozenEstimator
from sklearn.pipeline import Pipeline

from sklinfluence.targets._risk import predicts_survival


def survival_steps(model, X):
    """Return the survival curves of rows.

    Parameters
    ----------
    model : fitted estimator
        A survival model of this package, of scikit-survival or of lifelines, or a
        Pipeline or ``FrozenEstimator`` of one.
    X : rows
        As the model takes them.

    Returns
    -------
    times : ndarray of shape (n_times,)
        When curves may step, ascending.
    survival : ndarray of shape (n_rows, n_times)
        Probability of surviving each time.

    Raises
    ------
    ValueError
        If the model predicts no survival.
    """
    if not predicts_survival(model):
        raise ValueError(
            "Got a model without survival curves: expected one with a "
            f"predict_survival_function, such as CoxRegressor; got "
            f"{type(model).__name__}."
        )
    if isinstance(model, FrozenEstimator):
        return survival_steps(model.estimator, X)
    if isinstance(model, Pipeline):
        if len(model) > 1:
            X = model[:-1].transform(X)
        return survival_steps(model[-1], X)
    curves = model.predict_survival_function(X)
    if isinstance(curves, pd.DataFrame):  # lifelines: a column for each row
        return curves.index.to_numpy(dtype=float), curves.to_numpy().T
    if hasattr(curves[0], "x"):  # scikit-survival: step functions
        times = np.unique(np.concatenate([curve.x for curve in curves]))
        return times, np.stack(
            [steps_at(times, curve.x, curve.y[None])[0] for curve in curves]
        )
    return model.event_times_, curves


def steps_at(times, step_times, survival):
    """Return step functions at some times: 1 before the first step.

    Parameters
    ----------
    times : ndarray of shape (m,)
        When to evaluate.
    step_times : ndarray of shape (n_times,)
        When they step, ascending.
    survival : ndarray of shape (n_rows, n_times)
        Values from each of these times on.

    Returns
    -------
    ndarray of shape (n_rows, m)
        Values at ``times``.
    """
    with_start = np.column_stack([np.ones(len(survival)), survival])
    return with_start[:, np.searchsorted(step_times, times, side="right")]
