"""Sums of reciprocals of an arithmetic progression, for all subjects at once."""

import numpy as np

_EXACT = 32  # so many of the smallest denominators are summed one by one
# Euler-Maclaurin coefficients B_2k / (2k); with 33 or more steps left before the
# progression reaches zero, the first omitted term is below 1e-17 of the sum.
_BERNOULLI = (1 / 12, -1 / 120, 1 / 252, -1 / 240, 1 / 132)


def harmonic_sum(a, b, count):
    """Return Σ_{r=0}^{count-1} 1 / (a − r b).

    Parameters
    ----------
    a, b : ndarray of shape (n,)
        Start and step, ``a > 0``, ``b >= 0``, ``a - (count - 1) * b >= b``.
    count : ndarray of shape (n,), int
        Number of terms.

    Returns
    -------
    ndarray of shape (n,)
        The sums; zero where ``count`` is zero.
    """
    smooth = np.maximum(count - _EXACT, 0)
    total = _euler_maclaurin(a, b, smooth)
    for r in range(int(min(_EXACT, count.max(initial=0)))):
        step = smooth + r
        live = step < count
        total[live] += 1.0 / (a[live] - step[live] * b[live])
    return total


def _euler_maclaurin(a, b, count):
    total = np.zeros(len(a))
    rows = np.flatnonzero(count)
    if not len(rows):
        return total
    a, b, m = a[rows], b[rows], count[rows]
    end = a - m * b
    with np.errstate(divide="ignore", invalid="ignore"):
        integral = np.where(b > 0, -np.log1p(-m * b / a) / b, m / a)
    total[rows] = integral + (1 / a - 1 / end) / 2
    for k, bernoulli in enumerate(_BERNOULLI, start=1):
        at_end, at_start = (b / end) ** (2 * k - 1) / end, (b / a) ** (2 * k - 1) / a
        total[rows] += bernoulli * (at_end - at_start)
    return total
