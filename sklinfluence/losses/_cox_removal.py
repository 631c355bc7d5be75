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
from sklinfluence.losses._resolvent import IntervalResolvent, StratifiedResolvent
from sklinfluence.losses._strata import centred

_DOMINANT_SHARE = 1e-3


def quiet():
    """Silence divisions by zero in rows that are removed one by one afterwards."""
    return np.errstate(divide="ignore", invalid="ignore", over="ignore")


class CoxRemoval:
    """The removal differences D of shape (n, n), rows ∂ℓ(S, 1) − ∂ℓ(S, 1₋ᵢ).

    Parameters
    ----------
    loss : CoxPartialLikelihood
        The loss, for its risk sets and events.
    S : ndarray of shape (n,)
        Scores.
    terms : Terms
        Terms of the full data.
    w : ndarray of shape (n,)
        Relative risks ω e^S, up to a factor that is common to a stratum.
    """

    def __init__(self, loss, S, terms, w):
        self.loss, self.S, self.terms, self.w = loss, S, terms, w
        self.Z = loss.denominators(w, terms)
        self.resolvent = resolvent_of(loss, terms, self.Z, w)
        with quiet():
            self.rate = self.resolvent(terms.weight[:, None])
        present = loss.sample_weight[loss.rows] > 0
        self.events = loss.rows[present], loss.group[present]
        self.dominant = self._find_dominant()

    def _find_dominant(self):
        """Find who makes up almost all of a risk set: Z − w loses its digits."""
        loss, w = self.loss, self.w
        rest = self.resolvent.smallest()
        rows, group = self.events
        own = self.Z[self.terms.start[group]]
        if loss.ties == "efron":
            tied = np.bincount(group, w[rows], minlength=loss.risk_sets.n_instants)
            own = np.minimum(own, tied[group])
        own = np.where(_others(loss, group) > 0, own, np.inf)
        rest[rows] = np.minimum(rest[rows], own)
        return np.flatnonzero((w > 0) & (rest - w < _DOMINANT_SHARE * w))

    def product(self, V):
        """Multiply D by score tangents V of shape (n, k)."""
        loss, terms, w = self.loss, self.terms, self.w[:, None]
        # D maps constants to zero, so centring costs nothing and saves digits.
        V = centred(V - V.mean(axis=0), loss.stratum)
        m = loss.denominators(w * V, terms) / self.Z[:, None]
        rows, group = self.events
        own = _own_breslow if loss.ties == "breslow" else _own_efron
        with quiet():
            out = V * self.rate
            out -= self.resolvent(terms.weight[:, None] * m)
            out *= w
            out[rows] += own(loss, terms, self.Z, m, self.w, V, rows, group)
        full = loss.gradient(self.S) if len(self.dominant) else None
        for i in self.dominant:
            presence = np.ones(len(V))
            presence[i] = 0.0
            out[i] = (full - loss.gradient(self.S, presence)) @ V
        return out


def resolvent_of(loss, terms, Z, w, objects=slice(None)):
    """Return the sums of C_q / (Z_q − w_i) over the terms of the other instants.

    These are all instants at which i is at risk, but that of its own event.

    Parameters
    ----------
    loss : CoxPartialLikelihood
        The loss, for its risk sets and events.
    terms : Terms
        Terms of the full data.
    Z : ndarray of shape (n_terms,)
        Their denominators.
    w : ndarray of shape (n,)
        Relative risks.
    objects : ndarray of int of shape (m,), default=slice(None)
        The objects i, all by default.

    Returns
    -------
    StratifiedResolvent or IntervalResolvent
        The sums as a function of the numerators C.
    """
    risk_sets, w = loss.risk_sets, w[objects]
    last = terms.start[risk_sets.last - loss.event][objects]
    first = terms.start[risk_sets.first][objects]
    if not risk_sets.nested:
        return IntervalResolvent(Z, w, first, last)
    return StratifiedResolvent(Z, w, first, last, terms.start[risk_sets.bounds])


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
    # Where the others are lost in round-off, the row is removed one by one anyway.
    left = np.where(alone | (w >= W), 1.0, W - w)
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
