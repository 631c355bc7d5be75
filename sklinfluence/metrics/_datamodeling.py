"""Linear datamodelling score: influence of subsets against models trained on them."""

import numpy as np
from sklearn.utils import Bunch, check_array, check_random_state
from sklearn.utils.validation import check_is_fitted

from sklinfluence.attribution import LeaveOneOut
from sklinfluence.metrics._agreement import mean_of_finite
from sklinfluence.metrics._correlation import pearson, ranks

_DIGITS = 11


def linear_datamodeling_score(influence, subsets, retrained, *, per_test=False):
    r"""Rank subsets of the training data by the sum of their influence.

    .. math:: \operatorname{LDS}(z) = \operatorname{Spearman}_j \Big(
        f(z; \hat\theta_{S_j}), \, -\sum_{i \in S_j} I(i, z) \Big)

    The influence I of a removal is the opposite of what an object adds, hence the
    sign: where every change adds up and every estimate is right, the score is 1. It
    asks for sums of many objects, where :func:`agreement` asks for one at a time, and
    like any correlation of ranks it is blind to a wrong scale.

    Parameters
    ----------
    influence : array-like of shape (n_test, n_objects)
        Estimated effects of removing each object.
    subsets : array-like of shape (n_subsets, n_objects), bool or 0/1
        Which objects each model was trained on.
    retrained : array-like of shape (n_test, n_subsets)
        Target of the test objects for each of these models, or its change from the
        model trained on all; nan where there is no model, which leaves it out.
    per_test : bool, default=False
        Return the score of each test object, not their mean.

    Returns
    -------
    float or ndarray of shape (n_test,)
        Scores from −1 to 1; the mean is over those that exist, and nan where an object
        has constant sums or targets.

    Raises
    ------
    ValueError
        If shapes do not match, an indicator is not 0/1 or influence is not finite.

    References
    ----------
    S. M. Park, K. Georgiev, A. Ilyas, G. Leclerc and A. Madry, "TRAK: Attributing Model
    Behavior at Scale", ICML (2023), section 2.

    Examples
    --------
    >>> from sklinfluence.metrics import linear_datamodeling_score
    >>> influence = [[0.3, -0.1, 0.2]]
    >>> subsets = [[1, 1, 0], [1, 0, 1], [0, 1, 1]]
    >>> linear_datamodeling_score(influence, subsets, [[0.9, 0.6, 1.1]])
    1.0
    """
    influence, subsets, retrained = _checked(influence, subsets, retrained)
    scores = _scores(influence @ ~subsets.T, retrained)
    return scores if per_test else mean_of_finite(scores)


def datamodeling_audit(
    explainer, X=None, y=None, *, n_subsets=50, share=0.5, random_state=None
):
    """Retrain on random subsets and score the influence that an explainer estimates.

    Refits run as the explainer says: ``n_jobs`` at a time, kept in its ``memory``.

    Parameters
    ----------
    explainer : InfluenceExplainer
        Fitted explainer.
    X, y : test objects, default=None
        As for its ``influence``; None: the training data.
    n_subsets : int, default=50
        How many models to train.
    share : float, default=0.5
        Share of the training objects that each is trained on, between 0 and 1.
    random_state : int, RandomState instance or None, default=None
        Draws the subsets.

    Returns
    -------
    Bunch
        ``score``, the :func:`linear_datamodeling_score`, and ``score_per_test``;
        ``standard_error`` of the score, of the draw of subsets, by the jackknife;
        ``subsets`` of shape (n_subsets, n_objects), bool; ``estimate`` and
        ``retrained`` of shape (n_test, n_subsets): the change of the target from the
        model on all objects to that on the subset, by the sum of estimated removals and
        by retraining, nan where a subset could not be fitted.

    Raises
    ------
    ValueError
        If there are fewer than 3 subsets, the share leaves none or all objects, or the
        influence of some object is not known.

    Examples
    --------
    >>> from sklinfluence import CoxRegressor, InfluenceExplainer
    >>> from sklinfluence.datasets import load_rossi
    >>> from sklinfluence.metrics import datamodeling_audit
    >>> X, y = load_rossi(return_X_y=True)
    >>> explainer = InfluenceExplainer(CoxRegressor()).fit(X[:400], y[:400])
    >>> result = datamodeling_audit(explainer, X[400:], n_subsets=20, random_state=0)
    >>> 0.8 < result.score < 1
    True
    """
    check_is_fitted(explainer)
    subsets = _draw(explainer.n_objects_, n_subsets, share, random_state)
    influence = explainer.influence(X, y)
    _check_known(influence)
    X, y = _test_objects(explainer, X, y)
    exact = LeaveOneOut().prepare(explainer.problem_, explainer.target_)
    retrained = exact.attribute(X, y, [np.flatnonzero(~subset) for subset in subsets])
    estimate = influence @ ~subsets.T
    scores = _scores(estimate, retrained)
    return Bunch(
        score=mean_of_finite(scores),
        score_per_test=scores,
        standard_error=_jackknife_error(estimate, retrained),
        subsets=subsets,
        estimate=estimate,
        retrained=retrained,
    )


def _test_objects(explainer, X, y):
    if X is None:
        return explainer.problem_.X, explainer.problem_.y
    return X, y


def _check_known(influence):
    unknown = np.flatnonzero(~np.isfinite(influence).all(axis=0))
    if len(unknown):
        raise ValueError(
            f"The influence of {len(unknown)} objects is not finite, the first at "
            f"position {unknown[0]}: there is no model without it, and no sum with it. "
            "Use a method that estimates all, such as 'vif', or a penalty."
        )


def _scores(estimate, retrained):
    usable = np.isfinite(retrained)
    estimate, retrained = _steady(estimate), _steady(retrained)
    return pearson(ranks(estimate, usable), ranks(retrained, usable), usable)


def _steady(values):
    """Round each row to eleven digits of its largest, so that equal sums are ties."""
    sizes = np.where(np.isfinite(values), np.abs(values), 0.0)
    largest = sizes.max(axis=1, keepdims=True, initial=0.0)
    return np.round(values / np.where(largest > 0, largest, 1.0), _DIGITS)


def _jackknife_error(estimate, retrained):
    """Return the standard error of the mean score, leaving out a subset at a time."""
    n_subsets = estimate.shape[1]
    others = ~np.eye(n_subsets, dtype=bool)
    left = [mean_of_finite(_scores(estimate[:, o], retrained[:, o])) for o in others]
    return float(np.std(left) * np.sqrt(n_subsets - 1))


def check_draw(n_subsets, share):
    """Raise where subsets cannot be drawn, however many objects there are.

    Parameters
    ----------
    n_subsets : int
        How many subsets.
    share : float
        Share of the objects in each.
    """
    if not 0 < share < 1:
        raise ValueError(f"Got share={share!r}; expected a number between 0 and 1.")
    if n_subsets < 3:
        raise ValueError(
            f"Got n_subsets={n_subsets!r}; expected at least 3, and some dozens for a "
            "score with a small standard error."
        )


def _draw(n_objects, n_subsets, share, random_state):
    """Draw subsets of one size, each a uniform one."""
    check_draw(n_subsets, share)
    if not 0 < round(share * n_objects) < n_objects:
        raise ValueError(
            f"Got share={share!r} of {n_objects} training objects; expected a number "
            "between 0 and 1 that leaves some in and some out."
        )
    rng = check_random_state(random_state)
    subsets = np.zeros((n_subsets, n_objects), dtype=bool)
    for subset in subsets:
        subset[rng.permutation(n_objects)[: round(share * n_objects)]] = True
    return subsets


def _checked(influence, subsets, retrained):
    influence = check_array(influence, dtype=np.float64, input_name="influence")
    subsets = check_array(subsets, input_name="subsets")
    retrained = check_array(
        retrained, dtype=np.float64, input_name="retrained", ensure_all_finite=False
    )
    if not np.isin(subsets, (0, 1)).all():
        raise ValueError(
            "Got subsets with values other than 0 and 1; expected for each subset and "
            "each object whether it is in."
        )
    expected = (len(influence), len(subsets))
    if subsets.shape[1] != influence.shape[1] or retrained.shape != expected:
        raise ValueError(
            f"Got influence of shape {influence.shape}, subsets of shape "
            f"{subsets.shape} and retrained of shape {retrained.shape}; expected "
            "(n_test, n_objects), (n_subsets, n_objects) and (n_test, n_subsets)."
        )
    return influence, subsets.astype(bool), retrained
