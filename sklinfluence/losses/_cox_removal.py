r"""What removing a subject changes in the gradient of the Cox partial likelihood.

For subject i with relative risk :math:`w_i`, scores tangent :math:`v_i` and risk-set
means :math:`m_q = \sum_{j} w_j v_j / Z_q`, removal changes every term of an instant at
which i is at risk by

.. math:: c_q (m_q - m_q^{-i}) = c_q \frac{w_i (v_i - m_q)}{Z_q - w_i} ,

exactly, by :math:`m - (Zm - wv)/(Z - w) = w (v - m)/(Z - w)`. The instant of the
subject's own event is different: the event itself goes as well.
"""

import numpy as np

from sklinfluence.losses._harmonic import harmonic_sum
from sklinfluence.losses._resolvent import IntervalResolvent, NestedResolvent


class CoxRemoval:
    """The removal differences D of shape (n, n), rows ∂ℓ(S, 1) − ∂ℓ(S, 1₋ᵢ).

    Parameters
    ----------
    loss : CoxPartialLikelihood
        The loss, for its risk sets and events.
    terms : Terms
        Terms of the full data.
    w : ndarray of shape (n,)
        Relative risks ω e^S, up to a common factor.
    """

    def __init__(self, loss, terms, w):
        self.loss, self.terms, self.w = loss, terms, w
        self.Z = loss.denominators(w, terms)
        # All instants at which i is at risk, but that of its own event.
        risk_sets = loss.risk_sets
        last = terms.start[risk_sets.last - loss.event]
        if risk_sets.nested:
            self.resolvent = NestedResolvent(self.Z, w, last)
        else:
            first = terms.start[risk_sets.first]
            self.resolvent = IntervalResolvent(self.Z, w, first, last)
        self.rate = self.resolvent(terms.weight[:, None])

    def product(self, V):
        """Multiply D by score tangents V of shape (n, k)."""
        loss, terms, w = self.loss, self.terms, self.w[:, None]
        # D maps constants to zero, so centring costs nothing and saves digits.
        V = V - V.mean(axis=0)
        m = loss.denominators(w * V, terms) / self.Z[:, None]
        out = V * self.rate
        out -= self.resolvent(terms.weight[:, None] * m)
        out *= w
        present = loss.sample_weight[loss.rows] > 0
        rows, group = loss.rows[present], loss.group[present]
        own = _own_breslow if loss.ties == "breslow" else _own_efron
        out[rows] += own(loss, terms, self.Z, m, self.w, V, rows, group)
        return out


def _own_breslow(loss, terms, Z, m, w, V, rows, group):
    """−ω (v − m) + (d − ω) w (v − m) / (Z − w), with 0 / 0 = 0."""
    q = terms.start[group]
    omega, others = loss.sample_weight[rows], _others(loss, group)
    rest = np.where(others > 0, terms.weight[q] - omega, 0.0)
    left = np.where(others > 0, Z[q] - w[rows], 1.0)
    factor = rest * w[rows] / left - omega
    return factor[:, None] * (V[rows] - m[q])


def _own_efron(loss, terms, Z, m, w, V, rows, group):
    """−ω v + Σ_q c_q m_q − Σ_q' c'_q' m'_q', with one event fewer in the second sum.

    Without i, term r has the denominator a − r b and the numerator N − r b μ, where μ
    is the mean of the other events; its mean is μ + (N − a μ) / (a − r b).
    """
    omega, others = loss.sample_weight[rows], _others(loss, group)
    w, v, q = w[rows], V[rows], terms.start[group]
    a, N = Z[q] - w, (Z[q] * m[q].T).T - w[:, None] * v
    W, U = _event_totals(loss, rows, group, w, v)
    others_at_least_one = np.maximum(others, 1)
    alone = others == 0
    left = np.where(alone, 1.0, W - w)
    mu = (U - w[:, None] * v) / left[:, None]
    h = harmonic_sum(np.where(alone, 1.0, a), left / others_at_least_one, others)
    c = (terms.weight[q] * (others + 1) - omega) / others_at_least_one
    after = c[:, None] * (others[:, None] * mu + (N - a[:, None] * mu) * h[:, None])
    before = terms.sum_to_group @ (terms.weight[:, None] * m)
    return before[group] - omega[:, None] * v - np.where(alone[:, None], 0.0, after)


def _event_totals(loss, rows, group, w, v):
    """Σ w and Σ w v over the events of each event's own instant."""
    n = loss.risk_sets.n_instants
    W = np.bincount(group, w, minlength=n)
    U = np.empty((n, v.shape[1]))
    for column in range(v.shape[1]):
        U[:, column] = np.bincount(group, w * v[:, column], minlength=n)
    return W[group], U[group]


def _others(loss, group):
    """Return how many other events share the instant of each event."""
    return np.bincount(group, minlength=loss.risk_sets.n_instants)[group] - 1
