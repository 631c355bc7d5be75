"""The best embeddings of centres, given those of contexts: n small convex problems."""

import numpy as np

from sklinfluence.utils._blocks import blocks

# Scores of centres with all contexts that are held at once.
_NUMBERS_AT_ONCE = 1 << 20
_MOST_STEPS = 100
_SHORTEST = 1e-12


def best_centres(loss, phi, psi, alpha, *, tol=1e-12):
    """Minimise ℓ(φ, ψ) + ½ alpha ‖φ‖² over φ, by Newton's method for all rows at once.

    Given ψ, the embedding of a centre is in its own terms only, and these are strictly
    convex in it: d numbers each. A row whose step does not lower its loss halves it.

    Parameters
    ----------
    loss : PairSoftmaxLoss
        The loss.
    phi, psi : ndarray of shape (n, d)
        Start, and embeddings of contexts.
    alpha : float
        Strength of the penalty, positive.
    tol : float, default=1e-12
        Largest accepted gradient, as a share of its size at φ = 0.

    Returns
    -------
    ndarray of shape (n, d)
        The minimum.
    """
    phi, towards = np.array(phi), loss.weight @ psi
    accepted = tol * max(np.abs(towards).max(initial=0.0), np.finfo(float).tiny)
    for some in blocks(len(phi), max(_NUMBERS_AT_ONCE // max(len(phi), 1), 1)):
        rows = _Rows(psi, loss.row_weight[some], towards[some], alpha)
        phi[some] = _minimum(rows, phi[some], accepted)
    return phi


def _minimum(all_rows, phi, accepted):
    todo = np.arange(len(phi))
    for _ in range(_MOST_STEPS):
        rows = all_rows.some(todo)
        gradient, hessian = rows.derivatives(phi[todo])
        left = np.abs(gradient).max(axis=1, initial=0.0) > accepted
        if not left.any():
            break
        todo, rows = todo[left], rows.some(left)
        step = np.linalg.solve(hessian[left], gradient[left][:, :, None])[:, :, 0]
        fraction = _fractions(rows, phi[todo], step, gradient[left])
        phi[todo] -= fraction[:, None] * step
        todo = todo[fraction > 0]
    return phi


class _Rows:
    """The terms of some centres."""

    def __init__(self, psi, row_weight, towards, alpha):
        self.psi, self.row_weight = psi, row_weight
        self.towards, self.alpha = towards, alpha

    def some(self, which):
        return _Rows(self.psi, self.row_weight[which], self.towards[which], self.alpha)

    def values(self, phi):
        scores = phi @ self.psi.T
        largest = scores.max(axis=1)
        sums = np.log(np.exp(scores - largest[:, None]).sum(axis=1)) + largest
        linear = np.sum(phi * self.towards, axis=1)
        penalty = 0.5 * self.alpha * np.sum(phi**2, axis=1)
        return self.row_weight * sums - linear + penalty

    def derivatives(self, phi):
        n, d = self.psi.shape
        scores = phi @ self.psi.T
        Q = np.exp(scores - scores.max(axis=1, keepdims=True, initial=-np.inf))
        Q /= Q.sum(axis=1, keepdims=True)
        mean, r = Q @ self.psi, self.row_weight[:, None]
        squares = (self.psi[:, :, None] * self.psi[:, None]).reshape(n, -1)
        spread = (Q @ squares).reshape(-1, d, d) - mean[:, :, None] * mean[:, None]
        gradient = r * mean - self.towards + self.alpha * phi
        return gradient, r[:, :, None] * spread + self.alpha * np.eye(d)


def _fractions(rows, phi, step, gradient):
    """Halve the step of every row until its loss falls; near the minimum, take it."""
    value, slope = rows.values(phi), np.sum(gradient * step, axis=1)
    near = slope <= 1e-8 * (np.abs(value) + rows.row_weight)
    fraction = np.ones(len(phi))
    while True:
        ahead = rows.values(phi - fraction[:, None] * step)
        higher = ~near & ~(ahead <= value - 1e-4 * fraction * slope) & (fraction > 0)
        if not higher.any():
            return fraction
        fraction[higher] /= 2
        fraction[fraction < _SHORTEST] = 0.0
