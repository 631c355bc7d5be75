"""How soon a ranking finds the objects that are wrong, such as mislabelled ones."""

import numpy as np
from sklearn.metrics import average_precision_score
from sklearn.utils import Bunch, check_consistent_length, column_or_1d


def detection_curve(is_wrong, suspicion):
    """Follow an inspection of the training objects, the most suspicious first.

    Self-influence on the loss is such a suspicion: how much worse the model would know
    an object that it had not seen. Training loss is another, which costs nothing, and
    which any method should be held against.

    Parameters
    ----------
    is_wrong : array-like of shape (n_objects,), bool or 0/1
        Which objects are wrong.
    suspicion : array-like of shape (n_objects,)
        What ranks them, the largest inspected first; infinite values are allowed.

    Returns
    -------
    Bunch
        ``inspected`` and ``found``, arrays of shape (n_points,): the share of objects
        looked at and the share of wrong ones among them, at (0, 0), after each distinct
        suspicion and at (1, 1). Between points the mean over orders of tied objects is
        the straight line. A random order finds, in the mean, as large a share as
        it inspects.
        ``average_precision`` of the ranking and ``chance``, its mean at random, see
        :func:`detection_average_precision` and :func:`chance_average_precision`.

    Raises
    ------
    ValueError
        If an indicator is not 0/1, all or none are wrong, or a suspicion is nan.

    References
    ----------
    Section 5.4 of P. W. Koh and P. Liang, "Understanding Black-box Predictions via
    Influence Functions", ICML (2017).

    Examples
    --------
    >>> from sklinfluence.metrics import detection_curve
    >>> curve = detection_curve([1, 0, 0, 1], [0.9, 0.1, 0.5, 0.4])
    >>> print(curve.inspected, curve.found)
    [0.   0.25 0.5  0.75 1.  ] [0.  0.5 0.5 1.  1. ]
    >>> print(round(curve.average_precision, 3), round(curve.chance, 3))
    0.833 0.681
    """
    is_wrong, places = _checked(is_wrong, suspicion)
    sizes = np.bincount(places)
    hits = np.bincount(places, weights=is_wrong)
    return Bunch(
        inspected=np.append(0.0, np.cumsum(sizes) / len(is_wrong)),
        found=np.append(0.0, np.cumsum(hits) / is_wrong.sum()),
        average_precision=float(average_precision_score(is_wrong, -places)),
        chance=chance_average_precision(len(is_wrong), int(is_wrong.sum())),
    )


def detection_average_precision(is_wrong, suspicion):
    """Return the average precision with which a ranking finds wrong objects.

    Parameters
    ----------
    is_wrong : array-like of shape (n_objects,), bool or 0/1
        Which objects are wrong.
    suspicion : array-like of shape (n_objects,)
        What ranks them, the largest inspected first; infinite values are allowed.

    Returns
    -------
    float
        Mean, over the wrong objects, of the share of wrong ones among those that are
        inspected up to it; 1 where all wrong ones come first. Objects of the same
        suspicion are inspected at once. It is
        :func:`sklearn.metrics.average_precision_score`.

    Raises
    ------
    ValueError
        As :func:`detection_curve` does.

    Examples
    --------
    >>> from sklinfluence.metrics import detection_average_precision
    >>> detection_average_precision([1, 0, 0, 1], [0.9, 0.1, 0.2, 0.4])
    1.0
    """
    is_wrong, places = _checked(is_wrong, suspicion)
    return float(average_precision_score(is_wrong, -places))


def chance_average_precision(n_objects, n_wrong):
    r"""Return the mean average precision of random rankings without ties.

    .. math:: \frac1n \left[ H_n + \frac{m - 1}{n - 1} (n - H_n) \right], \qquad
        H_n = \sum_{k=1}^n \frac1k

    for m wrong ones among n objects: more than their share m / n, which is the limit
    for many.

    Parameters
    ----------
    n_objects : int
        How many objects there are.
    n_wrong : int
        How many of them are wrong.

    Returns
    -------
    float
        The mean over all orders.

    Raises
    ------
    ValueError
        If n_wrong is not from 1 to n_objects.

    Examples
    --------
    >>> from sklinfluence.metrics import chance_average_precision
    >>> round(chance_average_precision(569, 57), 4)
    0.1096
    """
    if not 1 <= n_wrong <= n_objects:
        raise ValueError(
            f"Got n_wrong={n_wrong} of n_objects={n_objects}; expected from 1 to "
            "n_objects."
        )
    harmonic = np.sum(1.0 / np.arange(1, n_objects + 1))
    others = (n_wrong - 1) / max(n_objects - 1, 1)
    return float((harmonic + others * (n_objects - harmonic)) / n_objects)


def _checked(is_wrong, suspicion):
    """Return indicators and the place of each object in the order of inspection."""
    is_wrong = column_or_1d(is_wrong)
    suspicion = column_or_1d(suspicion, dtype=np.float64)
    check_consistent_length(is_wrong, suspicion)
    values = np.unique(is_wrong).tolist()
    if not set(values) <= {0, 1}:
        raise ValueError(
            f"Got is_wrong with values such as {values[:5]}; expected booleans or 0/1, "
            "1 for objects that are wrong."
        )
    is_wrong = is_wrong.astype(bool)
    if len(values) != 2:
        raise ValueError(
            f"Got {is_wrong.sum()} wrong ones among {len(is_wrong)} objects; expected "
            "some of both, so that there is something to find."
        )
    unknown = np.flatnonzero(np.isnan(suspicion))
    if len(unknown):
        raise ValueError(
            f"Got {len(unknown)} suspicions that are nan, at {unknown[:5].tolist()}; "
            "expected a number for each object. Leave these objects out, or give them "
            "np.inf to inspect them first."
        )
    # Ranks, since scikit-learn takes no infinite scores.
    return is_wrong, np.unique(-suspicion, return_inverse=True)[1]
