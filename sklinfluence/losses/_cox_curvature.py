r"""The Hessian of the Cox likelihood without each subject, from that of all.

For subject i with share :math:`u = w_i / Z_q` of the term q, mean :math:`m_q` and
covariance :math:`V_q` of the covariates x over its risk set,

.. math:: V_q^{-i} = \frac{V_q}{1 - u} - \frac{u}{(1 - u)^2} (x_i - m_q)(x_i - m_q)^\top

exactly. The sum over terms of what this changes is one matrix product of shares with
all covariances, and one with 1, all means and their squares.
"""

import numpy as np

from sklinfluence.losses._strata import centred
from sklinfluence.utils._blocks import blocks

_NUMBERS_AT_ONCE = 1 << 20


class CoxCurvature:
    """Jᵀ ∂²ℓ/∂S²(S, 1₋ᵢ) J for objects i, none of which dominates a risk set.

    Parameters
    ----------
    loss : CoxPartialLikelihood
        Likelihood of all subjects.
    w : ndarray of shape (n,)
        Relative risks ω e^S, up to a factor that is common to a stratum.
    J : ndarray of shape (n, p)
        Tangents of the scores.
    terms : Terms
        Terms of all subjects.
    """

    def __init__(self, loss, w, J, terms):
        self.loss, self.w, self.terms = loss, w, terms
        self.J = centred(J, loss.stratum)
        self.pairs = np.triu_indices(J.shape[1])
        self.Z = loss.denominators(w, terms)
        self.m = self._risk_set_means(self.J)
        squares = self._risk_set_means(self._squares(self.J))
        self.V = squares - self._squares(self.m)
        self.first = terms.start[loss.risk_sets.first]
        self.last = terms.start[loss.risk_sets.last]
        self.own = np.full(len(w), -1)
        present = loss.sample_weight[loss.rows] > 0
        self.own[loss.rows[present]] = loss.group[present]

    def forms(self, objects):
        """Return the curvature left without each object, of shape (m, p, p)."""
        full = self.terms.weight @ self.V
        out = np.empty((len(objects), *self.J.shape[1:] * 2))
        i, j = self.pairs
        for rows in blocks(len(objects), max(_NUMBERS_AT_ONCE // len(self.Z), 4)):
            left = full + self._changes(objects[rows])
            out[rows, i, j] = out[rows, j, i] = left
        return out

    def _changes(self, objects):
        """Return what removal adds to the Hessian, by pairs of parameters."""
        x, terms, m = self.J[objects], self.terms, self.m
        own = (self.own[objects][:, None] == terms.group) & (
            self.own[objects][:, None] >= 0
        )
        q = np.arange(len(self.Z))
        at_risk = (self.first[objects][:, None] <= q) & (
            q < self.last[objects][:, None]
        )
        u = np.where(at_risk, self.w[objects][:, None] / self.Z, 0.0)
        c = self._weights_left(objects, own)
        # Where nothing is left of a term, 1 − u may be zero.
        rest = np.where(c > 0, 1.0 - u, 1.0)
        kept = c / rest
        change = (kept - terms.weight) @ self.V
        spread = kept * u / rest
        change -= spread.sum(axis=1)[:, None] * self._squares(x)
        change += self._mixed(x, spread @ m)
        change -= spread @ self._squares(m)
        if self.loss.ties == "efron":
            event = np.flatnonzero(self.own[objects] >= 0)
            change[event] += self._own_ties(objects[event])
        return change

    def _weights_left(self, objects, own):
        """Return the weights of the terms, without the event of each object."""
        weight = np.broadcast_to(self.terms.weight, own.shape)
        if self.loss.ties == "efron":
            # The terms of an object's own instant all change: they are done apart.
            return np.where(own, 0.0, weight)
        left = weight - self.loss.sample_weight[objects][:, None]
        alone = self._tied()[self.own[objects]] == 1
        return np.where(own, np.where(alone[:, None], 0.0, left), weight)

    def _own_ties(self, objects):
        """Return the Hessian of each event's instant, with one event fewer.

        The term r of d − 1 has the moments A − r/(d − 1) B, A over the risk set and B
        over the events: their sums over r need five numbers an event.
        """
        loss, g = self.loss, self.own[objects]
        w, x = self.w[objects], self.J[objects]
        others = self._tied()[g] - 1
        at_risk, tied = self._instant_moments()
        A0, B0 = at_risk[0][g] - w, tied[0][g] - w
        A1, B1 = (s[1][g] - w[:, None] * x for s in (at_risk, tied))
        A2, B2 = (s[2][g] - w[:, None] * self._squares(x) for s in (at_risk, tied))
        e = np.repeat(np.arange(len(objects)), others)
        rank = np.arange(len(e)) - np.repeat(np.cumsum(others) - others, others)
        f = rank / others[e]
        total = A0[e] - f * B0[e]
        left = self.terms.weight[self.terms.start[g]] * (others + 1)
        c = (left - loss.sample_weight[objects])[e] / others[e]
        p0, p1 = (np.bincount(e, c * f**k / total, len(g)) for k in (0, 1))
        q0, q1, q2 = (np.bincount(e, c * f**k / total**2, len(g)) for k in (0, 1, 2))
        out = p0[:, None] * A2 - p1[:, None] * B2
        out -= q0[:, None] * self._squares(A1) + q2[:, None] * self._squares(B1)
        return out + q1[:, None] * self._mixed(A1, B1)

    def _instant_moments(self):
        """Return Σ w, Σ w x and Σ w x xᵀ over those at risk and over the events."""
        v = self.w[:, None] * np.column_stack([np.ones(len(self.w)), self.J])
        squares = self.w[:, None] * self._squares(self.J)
        sums = (self.loss.risk_sets.at_risk_sum, self.loss.event_sum)
        return [(s(v)[:, 0], s(v)[:, 1:], s(squares)) for s in sums]

    def _tied(self):
        """Return the number of events of every instant."""
        return np.bincount(
            self.own[self.own >= 0], minlength=self.loss.risk_sets.n_instants
        )

    def _risk_set_means(self, v):
        total = self.loss.denominators(self.w[:, None] * v, self.terms)
        return total / self.Z[:, None]

    def _squares(self, v):
        """Return the entries of v vᵀ by pairs, for every row v."""
        i, j = self.pairs
        return v[:, i] * v[:, j]

    def _mixed(self, a, b):
        """Return the entries of a bᵀ + b aᵀ by pairs, for every row."""
        i, j = self.pairs
        return a[:, i] * b[:, j] + b[:, i] * a[:, j]
