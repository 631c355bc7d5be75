"""How well an estimate of influence agrees with retraining."""

import numpy as np
from sklearn.utils import Bunch, check_array


def agreement(estimate, retrained):
    """Compare estimated with exact influence.

    A correlation near one does not mean that the estimate is right: it is blind to
    a wrong scale, which slope and relative error show.

    Parameters
    ----------
    estimate, retrained : array-like of shape (n_test, n_objects)
        Influence, estimated and by retraining.

    Returns
    -------
    Bunch
        ``pearson``, the correlation of all entries; ``pearson_per_test``, an array of
        shape (n_test,), nan where a row is constant; ``slope`` of the regression
        through the origin of retrained on estimate, 1 where the scale is right; and
        ``relative_error``, ‖estimate − retrained‖ / ‖retrained‖.

    Raises
    ------
    ValueError
        If shapes differ or entries are not finite.

    Examples
    --------
    >>> from sklinfluence.metrics import agreement
    >>> result = agreement([[1.0, 2.0, 3.0]], [[2.0, 4.0, 6.0]])
    >>> print(result.pearson.round(3), result.slope.round(3), result.relative_error)
    1.0 2.0 0.5
    """
    estimate = check_array(estimate, dtype=np.float64, input_name="estimate")
    retrained = check_array(retrained, dtype=np.float64, input_name="retrained")
    if estimate.shape != retrained.shape:
        raise ValueError(
            f"Got an estimate of shape {estimate.shape} and retrained influence of "
            f"shape {retrained.shape}; expected the same test and training objects."
        )
    with np.errstate(invalid="ignore", divide="ignore"):
        error = np.linalg.norm(estimate - retrained) / np.linalg.norm(retrained)
        slope = np.sum(estimate * retrained) / np.sum(estimate**2)
    return Bunch(
        pearson=_pearson(estimate.ravel(), retrained.ravel()),
        pearson_per_test=_pearson(estimate, retrained),
        slope=slope,
        relative_error=error,
    )


def _pearson(a, b):
    a = a - a.mean(axis=-1, keepdims=True)
    b = b - b.mean(axis=-1, keepdims=True)
    with np.errstate(invalid="ignore", divide="ignore"):
        norms = np.linalg.norm(a, axis=-1) * np.linalg.norm(b, axis=-1)
        return np.sum(a * b, axis=-1) / norms
