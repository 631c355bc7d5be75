"""How the score on test data falls as training objects are removed or added."""

import warnings

import numpy as np
from sklearn.exceptions import FitFailedWarning
from sklearn.metrics import check_scoring
from sklearn.utils import Bunch, check_random_state, column_or_1d

from sklinfluence.attribution._refit import refit
from sklinfluence.utils._problem import Problem
from sklinfluence.utils._sklearn import num_samples
from sklinfluence.utils._warnings import warn_user

_FRACTIONS = (0.0, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5)


def removal_curve(
    estimator,
    X,
    y,
    ranking,
    X_test,
    y_test,
    *,
    fractions=_FRACTIONS,
    scoring=None,
    n_repeats=10,
    fit_params=None,
    random_state=None,
    n_jobs=None,
    memory=None,
    verbose=0,
):
    """Retrain without the objects that a ranking puts first, and score on test data.

    Without objects that help, the score falls faster than without random ones; without
    objects that hurt, it rises or holds.

    Parameters
    ----------
    estimator : estimator
        What is cloned and trained.
    X, y : training data
        As the estimator takes them; y may be None.
    ranking : array-like of shape (n_objects,) or dict
        What orders the objects, such as the mean influence on test objects: the largest
        are removed first. A dict holds several, by name.
    X_test, y_test : test objects
        What models are scored on.
    fractions : array-like of shape (n_fractions,), default=(0, 0.05, ..., 0.5)
        Shares of the training objects to remove, from 0 to less than 1.
    scoring : str, callable or None, default=None
        Score as in scikit-learn; None: the ``score`` of the estimator.
    n_repeats : int, default=10
        Number of random orders to compare with; 0 for none.
    fit_params : dict, default=None
        What else ``fit`` of the estimator takes; entries with one value a row lose
        theirs when a row is removed.
    random_state : int, RandomState instance or None, default=None
        Draws the random orders.
    n_jobs : int, default=None
        Number of refits at once.
    memory : str or joblib.Memory, default=None
        Where finished refits are stored, so that an interrupted run resumes.
    verbose : int, default=0
        Whether to show a progress bar.

    Returns
    -------
    Bunch
        ``fractions`` and ``n_removed``, arrays of shape (n_fractions,); ``score``,
        array of shape (n_fractions,), or a dict of these where ``ranking`` is one;
        ``random``, scores of random orders, of shape (n_repeats, n_fractions), their
        mean ``random_mean`` and standard deviation ``random_std`` over those that
        exist. Scores are nan where a model could not be fitted, or lacks a class of
        ``y_test`` that the score needs.

    Raises
    ------
    ValueError
        If a fraction is out of range, or a ranking has another length or nan.

    Warns
    -----
    FitFailedWarning
        If models could not be fitted.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.linear_model import LogisticRegression
    >>> from sklinfluence import InfluenceExplainer
    >>> from sklinfluence.metrics import removal_curve
    >>> X, y = load_iris(return_X_y=True)
    >>> train, test = (X[::2], y[::2]), (X[1::2], y[1::2])
    >>> explainer = InfluenceExplainer(LogisticRegression(), target="loss").fit(*train)
    >>> helps = explainer.influence(*test).mean(axis=0)
    >>> curve = removal_curve(
    ...     LogisticRegression(), *train, helps, *test, fractions=[0, 0.4],
    ...     scoring="neg_log_loss", random_state=0,
    ... )
    >>> curve.n_removed
    array([ 0, 30])
    >>> bool(curve.score[1] < curve.random_mean[1])
    True
    """
    counts = _counts(fractions, num_samples(X))
    curves = _Curves(estimator, X, y, ranking, n_repeats, random_state)
    scores = curves.score(
        lambda order: [order[:count] for count in counts],
        (X_test, y_test, scoring),
        (fit_params or {}, n_jobs, memory, verbose),
    )
    return Bunch(fractions=np.asarray(fractions), n_removed=counts, **scores)


def addition_curve(
    estimator,
    X,
    y,
    ranking,
    X_test,
    y_test,
    *,
    fractions=(0.1, 0.2, 0.3, 0.4, 0.5, 1.0),
    scoring=None,
    n_repeats=10,
    fit_params=None,
    random_state=None,
    n_jobs=None,
    memory=None,
    verbose=0,
):
    """Train on the objects that a ranking puts first only, and score on test data.

    Of objects that help, a small share scores as well as a large random one.

    Parameters
    ----------
    estimator : estimator
        What is cloned and trained.
    X, y : training data
        As the estimator takes them; y may be None.
    ranking : array-like of shape (n_objects,) or dict
        What orders the objects: the largest are added first. A dict holds several, by
        name.
    X_test, y_test : test objects
        What models are scored on.
    fractions : array-like of shape (n_fractions,), default=(0.1, 0.2, ..., 1)
        Shares of the training objects to train on, above 0 and up to 1.
    scoring : str, callable or None, default=None
        Score as in scikit-learn; None: the ``score`` of the estimator.
    n_repeats : int, default=10
        Number of random orders to compare with; 0 for none.
    fit_params : dict, default=None
        What else ``fit`` of the estimator takes, as for :func:`removal_curve`.
    random_state : int, RandomState instance or None, default=None
        Draws the random orders.
    n_jobs : int, default=None
        Number of refits at once.
    memory : str or joblib.Memory, default=None
        Where finished refits are stored, so that an interrupted run resumes.
    verbose : int, default=0
        Whether to show a progress bar.

    Returns
    -------
    Bunch
        As of :func:`removal_curve`, with ``n_added`` in place of ``n_removed``.

    Raises
    ------
    ValueError
        As :func:`removal_curve` does.

    Examples
    --------
    >>> from sklearn.linear_model import Ridge
    >>> from sklinfluence.metrics import addition_curve
    >>> X, y = [[0.0], [1.0], [2.0], [3.0]], [0.0, 1.0, 2.0, 9.0]
    >>> curve = addition_curve(
    ...     Ridge(1e-9), X, y, [4, 3, 2, 1], X[:3], y[:3], fractions=[0.75, 1.0]
    ... )
    >>> print(curve.n_added, curve.score.round(2))
    [3 4] [ 1.   -2.78]
    """
    counts = _counts(fractions, num_samples(X))
    curves = _Curves(estimator, X, y, ranking, n_repeats, random_state)
    scores = curves.score(
        lambda order: [order[count:] for count in counts],
        (X_test, y_test, scoring),
        (fit_params or {}, n_jobs, memory, verbose),
    )
    return Bunch(fractions=np.asarray(fractions), n_added=counts, **scores)


class _Curves:
    """The orders in which objects go: those of the rankings and random ones."""

    def __init__(self, estimator, X, y, ranking, n_repeats, random_state):
        self.estimator, self.X, self.y = estimator, X, y
        self.is_single = not isinstance(ranking, dict)
        rankings = {"ranking": ranking} if self.is_single else ranking
        n_objects = num_samples(X)
        rng = check_random_state(random_state)
        self.names = list(rankings)
        self.orders = [_order(values, n_objects, n) for n, values in rankings.items()]
        self.orders += [rng.permutation(n_objects) for _ in range(n_repeats)]
        if not self.orders:
            raise ValueError(
                "Got no ranking, and n_repeats=0; expected something to order by."
            )

    def score(self, sets_of, test, options):
        """Return the scores of models trained without the sets of each order."""
        X_test, y_test, scoring = test
        if not (scoring is None or isinstance(scoring, str) or callable(scoring)):
            raise ValueError(
                f"Got scoring={scoring!r}; expected a name, a callable or None: one "
                "score for a curve."
            )
        scorer = check_scoring(self.estimator, scoring)
        sets = [np.sort(removed) for order in self.orders for removed in sets_of(order)]
        if max(map(len, sets)) == num_samples(self.X):
            raise ValueError(
                f"Got fractions that leave none of the {num_samples(self.X)} training "
                "objects; expected some to train on."
            )
        # What orders have in common, such as no removal at all, is trained once.
        distinct = {removed.tobytes(): removed for removed in sets}
        fit_params, n_jobs, memory, verbose = options
        problem = Problem(
            self.estimator,
            None,
            self.X,
            self.y,
            fit_params,
            n_jobs=n_jobs,
            memory=memory,
            verbose=verbose,
        )
        models = refit(problem, list(distinct.values()))
        is_whole = [not len(removed) for removed in distinct.values()]
        scores = _scores_of(models, is_whole, scorer, X_test, y_test)
        by_set = dict(zip(distinct, scores, strict=True))
        curves = np.array([by_set[removed.tobytes()] for removed in sets])
        return self._named(curves.reshape(len(self.orders), -1))

    def _named(self, curves):
        """Return the curves of the rankings by name, and what is made of the others."""
        ranked, random = np.split(curves, [len(self.names)])
        named = dict(zip(self.names, ranked, strict=True))
        result = {"score": named["ranking"] if self.is_single else named}
        if len(random):
            result |= {
                "random": random,
                "random_mean": _over_finite(np.nanmean, random),
                "random_std": _over_finite(np.nanstd, random),
            }
        return result


def _scores_of(models, is_whole, scorer, X_test, y_test):
    """Return scores, nan where there is none; one of all objects has to exist."""
    scores, errors = [], []
    for model, whole in zip(models, is_whole, strict=True):
        try:
            scores.append(_score_of(model, scorer, X_test, y_test))
        except Exception as error:
            if whole:
                raise
            errors.append(error)
            scores.append(np.nan)
    if errors:
        warn_user(
            f"{len(errors)} of {len(scores)} models could not be fitted or scored; "
            f"their score is set to nan. The first failure: {errors[0]!r}. Remove "
            "fewer objects.",
            FitFailedWarning,
        )
    return scores


def _score_of(model, scorer, X_test, y_test):
    if isinstance(model, Exception):
        raise model
    if y_test is None:
        return scorer(model, X_test)
    by_class = getattr(scorer, "_response_method", "predict") != "predict"
    classes = getattr(model, "classes_", None)
    if by_class and classes is not None and np.ndim(y_test) == 1:
        # Columns would be taken for those of other classes, if there are as many.
        unseen = np.setdiff1d(y_test, classes)
        if len(unseen):
            raise ValueError(
                f"the classes {unseen.tolist()} of y_test are in no training object"
            )
    return scorer(model, X_test, y_test)


def _over_finite(statistic, curves):
    """Return a statistic of each column over what is not nan, nan where all is."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        return statistic(curves, axis=0)


def _order(values, n_objects, name):
    """Return the objects, the largest value first and ties in the given order."""
    values = column_or_1d(values, dtype=np.float64)
    if len(values) != n_objects or np.isnan(values).any():
        raise ValueError(
            f"Got the ranking {name!r} of {len(values)} values, "
            f"{np.isnan(values).sum()} of them nan; expected a number for each of the "
            f"{n_objects} training objects."
        )
    return np.argsort(-values, kind="stable")


def _counts(fractions, n_objects):
    """Return how many objects each fraction means."""
    fractions = np.asarray(fractions, dtype=np.float64)
    inside = (fractions >= 0) & (fractions <= 1)
    if fractions.ndim != 1 or not len(fractions) or not inside.all():
        raise ValueError(
            f"Got fractions={fractions.tolist()}; expected a list of shares from 0 to "
            "1 of the training objects."
        )
    return np.rint(fractions * n_objects).astype(int)
