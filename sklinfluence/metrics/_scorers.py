"""Scorers of scikit-learn that compare an explainer with retraining."""

from dataclasses import dataclass
from numbers import Integral
from typing import Any

import numpy as np
from sklearn.utils import check_random_state

from sklinfluence.attribution import LeaveOneOut
from sklinfluence.metrics._agreement import agreement, mean_of_finite
from sklinfluence.metrics._datamodeling import check_draw, datamodeling_audit
from sklinfluence.utils._steps import last_step


def make_agreement_scorer(metric="neg_relative_error", *, n_objects=20, random_state=0):
    """Make a scorer that holds an explainer against retraining on a few objects.

    The scorer refits without each of some random training objects and compares the
    change of the target at the rows that it is given with the estimate. It serves
    wherever scikit-learn takes ``scoring``, for instance to pick a damping. The refits
    do not depend on the method: with ``memory`` set on the explainer, candidates that
    differ in the method only share them.

    Parameters
    ----------
    metric : {"neg_relative_error", "pearson", "spearman"}, \
            default="neg_relative_error"
        Minus the relative L2 error of all entries; or the mean over test objects of the
        correlation with retraining, or of that of ranks, which are blind to scale.
    n_objects : int, default=20
        How many training objects to remove, one at a time.
    random_state : int, RandomState instance or None, default=0
        Draws the objects; with an int, every candidate is compared on the same ones.

    Returns
    -------
    callable
        ``scorer(explainer, X, y=None)`` for a fitted explainer, or a Pipeline that ends
        in one: a float, larger is better.

    Raises
    ------
    ValueError
        If the metric is not known, or n_objects is less than 1.

    Examples
    --------
    >>> from sklearn.model_selection import GridSearchCV
    >>> from sklinfluence import CoxRegressor, InfluenceExplainer
    >>> from sklinfluence.datasets import load_rossi
    >>> from sklinfluence.metrics import make_agreement_scorer
    >>> X, y = load_rossi(return_X_y=True)
    >>> search = GridSearchCV(
    ...     InfluenceExplainer(CoxRegressor()),
    ...     {"method__damping": [0.0, 100.0]},
    ...     scoring=make_agreement_scorer(n_objects=5),
    ...     cv=2,
    ... )
    >>> search.fit(X, y).best_params_
    {'method__damping': 0.0}
    """
    if metric not in _METRICS:
        raise ValueError(f"Got metric={metric!r}; expected one of {sorted(_METRICS)}.")
    least = 1 if metric == "neg_relative_error" else 2
    if not isinstance(n_objects, Integral) or n_objects < least:
        raise ValueError(
            f"Got n_objects={n_objects!r}; expected at least {least} training objects "
            f"to compare for metric={metric!r}."
        )
    return _AgreementScorer(metric, n_objects, random_state)


def make_datamodeling_scorer(*, n_subsets=50, share=0.5, random_state=0):
    """Make a scorer of the linear datamodelling score of an explainer.

    Parameters
    ----------
    n_subsets : int, default=50
        How many models to train, on random subsets.
    share : float, default=0.5
        Share of the training objects that each is trained on.
    random_state : int, RandomState instance or None, default=0
        Draws the subsets; with an int, the same for every candidate.

    Returns
    -------
    callable
        ``scorer(explainer, X, y=None)`` for a fitted explainer: the score of
        :func:`datamodeling_audit`.

    Raises
    ------
    ValueError
        If there are fewer than 3 subsets, or the share is not between 0 and 1.

    Examples
    --------
    >>> from sklearn.linear_model import Ridge
    >>> from sklearn.datasets import load_diabetes
    >>> from sklinfluence import InfluenceExplainer
    >>> from sklinfluence.metrics import make_datamodeling_scorer
    >>> X, y = load_diabetes(return_X_y=True)
    >>> explainer = InfluenceExplainer(Ridge(), target="score").fit(X[:400], y[:400])
    >>> 0.8 < make_datamodeling_scorer(n_subsets=20)(explainer, X[400:]) < 1
    True
    """
    check_draw(n_subsets, share)
    return _DatamodelingScorer(n_subsets, share, random_state)


def _per_test(name):
    return lambda result: mean_of_finite(result[f"{name}_per_test"])


_METRICS = {
    "neg_relative_error": lambda result: -float(result.relative_error),
    "pearson": _per_test("pearson"),
    "spearman": _per_test("spearman"),
}


@dataclass(frozen=True)
class _AgreementScorer:
    metric: str
    n_objects: int
    random_state: Any

    def __call__(self, explainer, X, y=None):
        explainer, X = last_step(explainer, X)
        rng = check_random_state(self.random_state)
        objects = rng.permutation(explainer.n_objects_)[: self.n_objects]
        removals = [np.array([i]) for i in objects]
        # Of a group of one, an estimate is that of the object.
        estimate = explainer.influence(X, y, groups=removals)
        exact = LeaveOneOut().prepare(explainer.problem_, explainer.target_)
        retrained = exact.attribute(X, y, removals)
        result = agreement(estimate, retrained, nan_policy="omit")
        return _METRICS[self.metric](result)


@dataclass(frozen=True)
class _DatamodelingScorer:
    n_subsets: int
    share: float
    random_state: Any

    def __call__(self, explainer, X, y=None):
        explainer, X = last_step(explainer, X)
        return datamodeling_audit(
            explainer,
            X,
            y,
            n_subsets=self.n_subsets,
            share=self.share,
            random_state=self.random_state,
        ).score
