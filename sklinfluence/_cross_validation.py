"""Out-of-fold attribution: every row is explained by models that have not seen it."""

import numpy as np
import pandas as pd
from sklearn.base import clone, is_classifier
from sklearn.frozen import FrozenEstimator
from sklearn.model_selection import check_cv
from sklearn.pipeline import Pipeline
from sklearn.utils import Bunch, check_consistent_length
from sklearn.utils.parallel import Parallel, delayed

from sklinfluence._fold_matrix import FoldMatrix, is_partition
from sklinfluence.targets._risk import predicts_survival
from sklinfluence.utils import parse_survival_target
from sklinfluence.utils._blocks import blocks
from sklinfluence.utils._foreign import as_estimator
from sklinfluence.utils._objects import index_of, keep_rows
from sklinfluence.utils._progress import progress
from sklinfluence.utils._sklearn import num_samples, safe_indexing
from sklinfluence.utils._steps import last_step

_NUMBERS_AT_ONCE = 1 << 22


def cross_val_influence(
    explainer,
    X,
    y=None,
    *,
    groups=None,
    cv=None,
    params=None,
    return_matrix=False,
    as_frame=False,
    n_jobs=None,
    verbose=0,
):
    r"""Attribute held-out rows to training rows, fold by fold.

    For each split a clone of the explainer is fitted on the training part and
    attributes the held-out rows to it. A training row has one mean over the held-out
    rows of each fold in which it was a training row. On the training data themselves a
    model is judged by rows that it has adapted to; here it is not.

    .. math:: \bar I(i) = \frac{1}{\sum_{k \not\ni i} n_k} \sum_{k \not\ni i}
        \sum_{t \in k} I_k(i, z_t)

    over the folds k, of n_k rows, that do not hold out row i.

    Parameters
    ----------
    explainer : InfluenceExplainer or Pipeline
        What is cloned and fitted, around a pipeline or as the last step of one.
    X, y : training data
        As the explainer takes them.
    groups : array-like of shape (n,), default=None
        Labels for splitters such as ``GroupKFold``.
    cv : int, splitter or iterable, default=None
        As in scikit-learn; None: 5 folds. An int stratifies by class, and by the event
        indicator for survival targets, which also is what a stratified splitter is
        given for these.
    params : dict, default=None
        What else ``fit`` of the explainer takes, such as ``sample_weight``; entries
        with one value a row are split with the rows.
    return_matrix : bool, default=False
        Also return the influence of every row on every held-out row: about
        n² (1 − 1/k) numbers for k folds, for splits that hold out each row once.
    as_frame : bool, default=False
        Also return a DataFrame with the index of X.
    n_jobs : int, default=None
        Number of folds at once.
    verbose : int, default=0
        Whether to show a progress bar.

    Returns
    -------
    Bunch
        ``mean``, array of shape (n,): mean influence of each row on the rows that were
        held out while it was a training row, in units of the target, each held-out row
        counting once; folds without a finite mean are left out. ``std``: standard
        deviation of its means in folds, with one degree of freedom less than folds,
        nan where there is but one; its folds share most training rows, so it says how
        much the mean hangs on what is held out, and is no standard error. ``n_folds``:
        the number of these folds. ``test_fold``: the fold in which each row was held
        out, or None where splits do not hold out each row once. ``matrix``: None, or a
        sparse csr array of shape (n, n) whose row t has the influence on row t of all
        rows that the model of its fold was trained on; others, like rows of the same
        fold, have no entry. ``frame``: None, or mean, std and n_folds as a DataFrame.

    Raises
    ------
    ValueError
        If the model is frozen, objects or target are not rows, a split has a row
        twice in training, or the matrix is asked for and a row is not held out just
        once.

    Examples
    --------
    >>> from sklinfluence import CoxRegressor, InfluenceExplainer, cross_val_influence
    >>> from sklinfluence.datasets import load_rossi
    >>> X, y = load_rossi(return_X_y=True)
    >>> explainer = InfluenceExplainer(CoxRegressor(), target="loss")
    >>> result = cross_val_influence(explainer, X, y, cv=3, as_frame=True)
    >>> result.frame.sort_values("mean").head(2).columns.tolist()
    ['mean', 'std', 'n_folds']
    >>> result.n_folds[:3]
    array([2, 2, 2])
    """
    check_consistent_length(X, y, groups)
    splits = _splits(explainer, X, y, groups, cv)
    jobs = Parallel(n_jobs=n_jobs, return_as="generator")
    results = jobs(
        delayed(_attribute_fold)(
            clone(explainer), X, y, params or {}, train, test, return_matrix
        )
        for train, test in splits
    )
    n = num_samples(X)
    totals = _Totals(n)
    matrix = FoldMatrix(n, splits) if return_matrix else None
    results = progress(results, "folds", verbose, total=len(splits))
    for (train, test), (mean, influence) in zip(splits, results, strict=True):
        totals.add(train, mean, len(test))
        if matrix is not None:
            matrix.add(train, test, influence)
    result = totals.result()
    columns = {name: result[name] for name in ("mean", "std", "n_folds")}
    return Bunch(
        **result,
        test_fold=_test_fold(n, splits),
        matrix=None if matrix is None else matrix.result(),
        frame=pd.DataFrame(columns, index=index_of(X, n)) if as_frame else None,
    )


def _splits(explainer, X, y, groups, cv):
    """Return the (train, test) pairs of positions, checked."""
    model = explainer[-1] if isinstance(explainer, Pipeline) else explainer
    if not hasattr(model, "influence"):
        raise TypeError(
            f"Got {type(model).__name__}; expected an InfluenceExplainer, or a "
            "Pipeline that ends in one."
        )
    estimator = as_estimator(model.estimator)
    if _is_frozen(estimator):
        raise ValueError(
            f"The model of {type(model).__name__} is fitted and frozen: it may have "
            "seen the held-out rows. Pass an estimator that each fold can fit, such as "
            "CoxRegressor() for survival data."
        )
    if y is not None and _is_survival(estimator, y):
        # Folds with events in proportion, as scikit-learn does for classes.
        y, stratified = parse_survival_target(y).event.astype(int), True
    else:
        stratified = is_classifier(explainer)
    cv = check_cv(cv, y, classifier=stratified)
    splits = [tuple(map(_positions, split)) for split in cv.split(X, y, groups)]
    for fold, (train, _) in enumerate(splits):
        if len(np.unique(train)) < len(train):
            raise ValueError(
                f"Split {fold} has a row more than once in its training part; expected "
                "splits without replacement."
            )
    return splits


def _positions(part):
    """Return a part of a split as positions, which may be given as a mask."""
    part = np.asarray(part)
    return np.flatnonzero(part) if part.dtype == bool else part


def _is_survival(estimator, y):
    named = getattr(getattr(y, "dtype", None), "names", None) is not None
    return named or predicts_survival(estimator)


def _is_frozen(estimator):
    if isinstance(estimator, Pipeline):
        return _is_frozen(estimator[-1])
    return isinstance(estimator, FrozenEstimator)


def _attribute_fold(explainer, X, y, params, train, test, keep):
    """Return the mean influence of each training row, and all of it where kept."""
    X_train, y_train, params = keep_rows(train, X, y, params)
    explainer.fit(X_train, *(() if y is None else (y_train,)), **params)
    X_test = safe_indexing(X, test)
    y_test = None if y is None else safe_indexing(y, test)
    explainer, X_test = last_step(explainer, X_test)
    if not explainer.problem_.objects.are_rows:
        raise ValueError(
            "cross_val_influence holds rows out and attributes to rows; got "
            f"objects={explainer.objects!r}. Fit the explainer on a training part and "
            "ask for the influence on a held-out part instead."
        )
    if not explainer.target_.is_per_row:
        raise ValueError(
            f"cross_val_influence needs a target of rows, got "
            f"{type(explainer.target_).__name__}; use a target such as 'loss'."
        )
    total, kept = np.zeros(len(train)), []
    for some in blocks(len(test), max(_NUMBERS_AT_ONCE // len(train), 1)):
        rows = np.arange(some.start, some.stop)
        y_some = None if y is None else safe_indexing(y_test, rows)
        influence = explainer.influence(safe_indexing(X_test, rows), y_some)
        total += influence.sum(axis=0)
        if keep:
            kept.append(influence)
    return total / len(test), np.concatenate(kept) if keep else None


def _test_fold(n, splits):
    if not is_partition(n, splits):
        return None
    fold = np.empty(n, dtype=int)
    for k, (_, test) in enumerate(splits):
        fold[test] = k
    return fold


class _Totals:
    """Mean and spread over folds, of which one is held at a time."""

    def __init__(self, n):
        self.n_folds = np.zeros(n, dtype=int)
        self.n_tests = np.zeros(n, dtype=int)
        self.pooled, self.centre, self.squares = np.zeros((3, n))

    def add(self, train, mean, n_tests):
        usable = np.isfinite(mean)
        rows, mean = train[usable], mean[usable]
        self.n_folds[rows] += 1
        self.n_tests[rows] += n_tests
        self.pooled[rows] += (mean - self.pooled[rows]) * n_tests / self.n_tests[rows]
        # Welford's update, which does not cancel.
        step = mean - self.centre[rows]
        self.centre[rows] += step / self.n_folds[rows]
        self.squares[rows] += step * (mean - self.centre[rows])

    def result(self):
        degrees = np.where(self.n_folds > 1, self.n_folds - 1, np.nan)
        return {
            "mean": np.where(self.n_folds > 0, self.pooled, np.nan),
            "std": np.sqrt(self.squares / degrees),
            "n_folds": self.n_folds,
        }
