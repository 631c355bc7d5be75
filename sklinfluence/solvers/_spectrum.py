"""Extreme eigenvalues from products with a matrix."""

import numpy as np
from scipy import linalg
from scipy.sparse.linalg import LinearOperator, eigsh

_MAX_ITER = 100
_RELATIVE_CHANGE = 1e-3
# Up to here all eigenvalues are cheaper than the extreme ones.
_FEW_PARAMETERS = 500
# Least eigenvalue that is left, as a share of the largest; the extreme eigenvalues are
# known much better than that.
_MARGIN = 1e-6
_ACCURACY = 1e-8
# Of a most negative eigenvalue, what is added beyond it.
_BEYOND = 0.1


def dominant_eigenvalue(operator, rng):
    """Return the eigenvalue of largest size, by power iteration.

    Parameters
    ----------
    operator : LinearOperator of shape (p, p)
        Symmetric matrix.
    rng : numpy.random.RandomState
        Of the vector that the iteration starts from.

    Returns
    -------
    float
        Rayleigh quotient of the last iterate: no larger in size than the eigenvalue.
    """
    v = rng.normal(size=(operator.shape[0], 1))
    value = 0.0
    for _ in range(_MAX_ITER):
        size = linalg.norm(v, check_finite=False)
        if not (0 < size < np.inf):
            return value
        v = v / size
        product = operator @ v
        last, value = value, (v.T @ product).item()
        if abs(value - last) <= _RELATIVE_CHANGE * abs(value):
            break
        v = product
    return value


def definite_damping(operator):
    """Return the least damping that makes a matrix safely positive definite.

    The eigenvalues of A + λI are then at least a millionth of the largest of A, and
    a tenth of the size of the most negative one. It is zero where those of A are
    already.

    Parameters
    ----------
    operator : scipy.sparse.linalg.LinearOperator of shape (p, p)
        Symmetric matrix A.

    Returns
    -------
    float
        The damping λ.

    Examples
    --------
    >>> import numpy as np
    >>> from scipy.sparse.linalg import aslinearoperator
    >>> from sklinfluence.solvers import definite_damping
    >>> definite_damping(aslinearoperator(np.diag([1.0, 4.0])))
    0.0
    >>> round(definite_damping(aslinearoperator(np.diag([-2.0, 4.0]))), 9)
    2.200004
    """
    smallest, largest = extreme_eigenvalues(operator)
    beyond = _BEYOND * max(-smallest, 0.0)
    return max(_MARGIN * abs(largest) - smallest + beyond, 0.0)


def extreme_eigenvalues(operator):
    """Return the smallest and the largest eigenvalue, of any sign, as floats."""
    p = operator.shape[0]
    if p <= _FEW_PARAMETERS:
        matrix = operator @ np.eye(p)
        values = linalg.eigvalsh((matrix + matrix.T) / 2)
        return float(values[0]), float(values[-1])
    start = np.random.RandomState(0).normal(size=p)
    bound = 2.0 * abs(_largest(operator, "LM", start))
    # Shifted, both are large and positive: Lanczos finds eigenvalues near zero to an
    # accuracy of their own size, which is of no use here and takes for ever.
    above = LinearOperator((p, p), lambda v: bound * v + operator @ v, dtype=float)
    below = LinearOperator((p, p), lambda v: bound * v - operator @ v, dtype=float)
    smallest = bound - _largest(below, "LA", start)
    return smallest, _largest(above, "LA", start) - bound


def _largest(operator, which, start):
    values = eigsh(
        operator,
        1,
        which=which,
        v0=start,
        tol=_ACCURACY,
        return_eigenvectors=False,
    )
    return float(values[0])


def most_negative(operator, margin=_MARGIN):
    """Return the direction of the most negative curvature, if there is any.

    Parameters
    ----------
    operator : scipy.sparse.linalg.LinearOperator of shape (p, p)
        Symmetric matrix A.
    margin : float, default=1e-6
        How far below zero an eigenvalue has to be, as a share of the largest.

    Returns
    -------
    ndarray of shape (p,) or None
        Unit eigenvector of the smallest eigenvalue; None where that is not below zero
        by more than the margin.
    """
    p = operator.shape[0]
    if p <= _FEW_PARAMETERS:
        matrix = operator @ np.eye(p)
        values, vectors = linalg.eigh((matrix + matrix.T) / 2)
        negative = values[0] < -margin * np.abs(values).max()
        return vectors[:, 0] if negative else None
    start = np.random.RandomState(0).normal(size=p)
    bound = 2.0 * abs(_largest(operator, "LM", start))
    below = LinearOperator((p, p), lambda v: bound * v - operator @ v, dtype=float)
    [value], vectors = eigsh(below, 1, which="LA", v0=start, tol=margin / 2)
    return vectors[:, 0] if bound - value < -margin * bound else None
