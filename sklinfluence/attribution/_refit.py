"""Retraining without some objects: the only place that runs refits in parallel."""

from dataclasses import replace

import numpy as np
import sklearn
from joblib import hash
from sklearn.base import clone
from sklearn.frozen import FrozenEstimator
from sklearn.pipeline import Pipeline
from sklearn.utils.parallel import Parallel, delayed
from sklearn.utils.validation import check_memory

from sklinfluence._version import __version__
from sklinfluence.utils._progress import progress
from sklinfluence.utils._sklearn import set_random_states


def refit(problem, removals):
    """Clone and refit the estimator without each of the removals.

    Parameters
    ----------
    problem : Problem
        Estimator and training data; ``n_jobs`` refits run at once, finished ones are
        kept in ``memory``, so that a run that was interrupted goes on where it was.
    removals : sequence of int or ndarray of int
        Objects to leave out, once each.

    Yields
    ------
    estimator or Exception
        The model fitted without the removal, in order, or why it could not be fitted.
    """
    estimator = clone(_thawed(problem.estimator))
    memory = check_memory(problem.memory)
    fit = memory.cache(
        fit_without, ignore=["objects", "estimator", "X", "y", "fit_params"]
    )
    data = (problem.objects, estimator, problem.X, problem.y, problem.fit_params)
    # Hashing the data once, not once a refit.
    key = None if memory.location is None else _fingerprint(*data)
    jobs = Parallel(n_jobs=problem.n_jobs, return_as="generator")
    removals = [np.atleast_1d(removed).tolist() for removed in removals]
    models = jobs(delayed(_try)(fit, key, removed, *data) for removed in removals)
    yield from progress(models, "refits", problem.verbose, total=len(removals))


def seeded(problem, seed):
    """Return the problem with another seed, its model of all objects trained anew.

    Parameters
    ----------
    problem : Problem
        Estimator and training data.
    seed : int
        Of every ``random_state`` of the estimator.

    Returns
    -------
    Problem
        With a fitted model of the same seed.
    """
    estimator = clone(_thawed(problem.estimator))
    set_random_states(estimator, seed)
    again = replace(problem, estimator=estimator)
    (fitted,) = refit(replace(again, verbose=0), [np.zeros(0, dtype=np.intp)])
    if isinstance(fitted, Exception):
        raise fitted
    return replace(again, fitted=fitted)


def fit_without(key, removed, objects, estimator, X, y, fit_params):
    """Fit a clone on the training data without some objects.

    Parameters
    ----------
    key : str or None
        Stands for the other arguments where results are cached.
    removed : list of int
        Objects to leave out.
    objects : RowObjects
        What they are.
    estimator : estimator
        What to clone.
    X, y, fit_params : training data
        As for ``fit``.

    Returns
    -------
    estimator
        The fitted clone.
    """
    X, y, fit_params = objects.remove(removed, X, y, fit_params)
    return clone(estimator).fit(X, *(() if y is None else (y,)), **fit_params)


def _thawed(estimator):
    """Return what retraining fits: a frozen model, or last step, can be fitted again.

    Frozen steps before the last stay as they are.
    """
    if isinstance(estimator, FrozenEstimator):
        return _thawed(estimator.estimator)
    if isinstance(estimator, Pipeline):
        name, last = estimator.steps[-1]
        return clone(estimator).set_params(**{name: _thawed(last)})
    return estimator


def _try(fit, *args):
    try:
        return fit(*args)
    except Exception as error:
        return error


def _fingerprint(objects, estimator, X, y, fit_params):
    versions = (sklearn.__version__, __version__)
    kinds = (type(objects), type(estimator))
    return hash((kinds, objects, estimator, X, y, fit_params, versions))
