"""How well an estimate of influence agrees with retraining."""

import numpy as np
from sklearn.utils import Bunch, check_array

from sklinfluence.metrics._correlation import pearson, ranks
from sklinfluence.metrics._overlap import overlap_per_test

_POLICIES = ("raise", "omit")


def agreement(estimate, retrained, *, k=None, nan_policy="raise"):
    """Compare estimated with exact influence.

    A correlation near one does not mean that the estimate is right: it is blind to
    a wrong scale, which slope and relative error show. Pooled numbers are ruled by the
    test objects with the largest influence; numbers per test object are not.

    Parameters
    ----------
    estimate, retrained : array-like of shape (n_test, n_objects)
        Influence, estimated and by retraining.
    k : int, default=None
        Also compare the k objects with the largest influence, see ``overlap``.
    nan_policy : {"raise", "omit"}, default="raise"
        What to do with entries that are no numbers, such as the influence of objects
        without which there is no model: raise, or leave out the pairs that are not
        finite in both.

    Returns
    -------
    Bunch
        ``pearson`` and ``spearman``, the correlations of all entries and of their
        ranks; ``pearson_per_test`` and ``spearman_per_test``, arrays of shape
        (n_test,), nan where a row is constant; ``slope`` of the regression through the
        origin of retrained on estimate, 1 where the scale is right;
        ``relative_error``, ‖estimate − retrained‖ / ‖retrained‖, and
        ``relative_error_per_test``; ``n_pairs``, how many entries were compared. With
        ``k``, ``overlap_per_test``: the share of the k objects with the largest
        absolute influence that the estimate has among its own k, see
        :func:`top_overlap`; and ``overlap``, their mean.

    Raises
    ------
    ValueError
        If shapes differ, entries are not finite while ``nan_policy="raise"``, or k is
        not below the number of objects.

    Examples
    --------
    >>> from sklinfluence.metrics import agreement
    >>> result = agreement([[1.0, 2.0, 3.0]], [[2.0, 4.0, 6.0]])
    >>> print(result.pearson.round(3), result.slope.round(3), result.relative_error)
    1.0 2.0 0.5
    >>> agreement([[1.0, 2.0, 3.0]], [[2.0, -6.0, 1.0]], k=2).overlap
    0.5
    """
    estimate, retrained = check_pair(estimate, retrained, nan_policy)
    usable = np.isfinite(estimate) & np.isfinite(retrained)
    a, b = np.where(usable, estimate, 0.0), np.where(usable, retrained, 0.0)
    pooled = [array[usable][None] for array in (estimate, retrained)]
    linear, of_ranks = _correlations(*pooled, np.ones(pooled[0].shape, dtype=bool))
    linear_per_test, of_ranks_per_test = _correlations(a, b, usable)
    with np.errstate(invalid="ignore", divide="ignore"):
        slope = np.sum(a * b) / np.sum(a**2)
        error = np.linalg.norm(a - b) / np.linalg.norm(b)
        errors = np.linalg.norm(a - b, axis=1) / np.linalg.norm(b, axis=1)
    result = Bunch(
        pearson=linear[0],
        pearson_per_test=linear_per_test,
        spearman=of_ranks[0],
        spearman_per_test=of_ranks_per_test,
        slope=slope,
        relative_error=error,
        relative_error_per_test=errors,
        n_pairs=int(usable.sum()),
    )
    if k is not None:
        shares = overlap_per_test(estimate, retrained, usable, k)
        result.update(overlap_per_test=shares, overlap=mean_of_finite(shares))
    return result


def top_overlap(estimate, retrained, k, *, nan_policy="raise"):
    """Return the share of the most influential objects that an estimate finds.

    The k objects of the largest absolute influence of each test object, estimated and
    by retraining, are compared; two random choices share k / n_objects of theirs. Where
    several are equally strong, it is the mean over choices among them.

    Parameters
    ----------
    estimate, retrained : array-like of shape (n_test, n_objects)
        Influence, estimated and by retraining.
    k : int
        How many objects, less than there are.
    nan_policy : {"raise", "omit"}, default="raise"
        What to do with entries that are not finite, as for :func:`agreement`.

    Returns
    -------
    ndarray of shape (n_test,)
        Shares from 0 to 1; nan where not more than k entries can be compared.

    Raises
    ------
    ValueError
        As :func:`agreement` does.

    Examples
    --------
    >>> from sklinfluence.metrics import top_overlap
    >>> top_overlap([[3.0, -2.0, 1.0, 0.0]], [[3.0, 0.0, 1.0, -2.0]], k=2)
    array([0.5])
    """
    estimate, retrained = check_pair(estimate, retrained, nan_policy)
    usable = np.isfinite(estimate) & np.isfinite(retrained)
    return overlap_per_test(estimate, retrained, usable, k)


def check_pair(estimate, retrained, nan_policy):
    """Return both arrays, checked: same shape, and finite where this is asked for."""
    if nan_policy not in _POLICIES:
        raise ValueError(f"Got nan_policy={nan_policy!r}; expected one of {_POLICIES}.")
    options = {"dtype": np.float64, "ensure_all_finite": nan_policy == "raise"}
    estimate = check_array(estimate, input_name="estimate", **options)
    retrained = check_array(retrained, input_name="retrained", **options)
    if estimate.shape != retrained.shape:
        raise ValueError(
            f"Got an estimate of shape {estimate.shape} and retrained influence of "
            f"shape {retrained.shape}; expected the same test and training objects."
        )
    return estimate, retrained


def _correlations(a, b, usable):
    """Return the correlations of rows and of their ranks."""
    linear = pearson(a, b, usable)
    of_ranks = pearson(ranks(a, usable), ranks(b, usable), usable)
    # Ranks of what is constant up to rounding are those of rounding errors.
    return linear, np.where(np.isnan(linear), np.nan, of_ranks)


def mean_of_finite(values):
    """Return the mean of the entries that are finite, nan where none is."""
    values = values[np.isfinite(values)]
    return float(values.mean()) if len(values) else np.nan
