r"""The Hessian of the Cox likelihood without each subject, from that of all.

For subject i with share :math:`u = w_i / Z_q` of the term q, mean :math:`m_q` and
covariance :math:`V_q` of the covariates x over its risk set,

.. math:: V_q^{-i} = \frac{V_q}{1 - u} - \frac{u}{(1 - u)^2} (x_i - m_q)(x_i - m_q)^\top

exactly. Its sum over terms is a product of shares with all :math:`V_q`, and one of
shares with 1, all :math:`m_q` and their squares. The shares depend on i and q through
:math:`w_i / (Z_q - w_i)` and its derivative in :math:`\log w_i` only, so that both come
from cumulative sums, as the removal gradients do.
"""

from functools import cached_property

import numpy as np

from sklinfluence.losses._cox_removal import quiet, resolvent_of
from sklinfluence.losses._strata import centred


class CoxCurvature:
    """Jᵀ ∂²ℓ/∂S²(S, 1₋ᵢ) J for objects i, none of which dominates a risk set.

    Symmetric matrices are kept by the pairs (j, k) of their upper triangle.

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
        self.V = self._risk_set_means(self._squares(self.J)) - self._squares(self.m)
        self.own = np.full(len(w), -1)
        present = loss.sample_weight[loss.rows] > 0
        self.own[loss.rows[present]] = loss.group[present]
        self.n_tied = np.bincount(
            loss.group[present], minlength=loss.risk_sets.n_instants
        )

    def forms(self, objects):
        """Return the curvature left without each object, of shape (m, p, p)."""
        left = self._of_other_instants(objects)
        event = np.flatnonzero(self.own[objects] >= 0)
        own = _own_breslow if self.loss.ties == "breslow" else _own_efron
        with quiet():
            left[event] += own(self, objects[event])
        left += self.terms.weight @ self.V
        out = np.empty((len(objects), *self.J.shape[1:] * 2))
        i, j = self.pairs
        out[:, i, j] = out[:, j, i] = left
        return out

    def _of_other_instants(self, objects):
        """Return what removal adds to the terms of instants without an own event."""
        c, m, w, x = self.terms.weight, self.m, self.w[objects], self.J[objects]
        resolvent = resolvent_of(self.loss, self.terms, self.Z, self.w, objects)
        spread = c[:, None] * np.column_stack([np.ones(len(c)), m, self._squares(m)])
        with quiet():
            added = resolvent(c[:, None] * self.V)
            # u / (1 − u)² = w / (Z − w) + w² / (Z − w)².
            taken = resolvent(spread) + resolvent(spread, derivative=True)
            around = self._around(x, taken)
            return w[:, None] * (added - around)

    def _around(self, x, moments):
        """Return Σ (x − m)(x − m)ᵀ from the sums of 1, m and m mᵀ."""
        p = x.shape[1]
        total, mean, square = moments[:, :1], moments[:, 1 : p + 1], moments[:, p + 1 :]
        return total * self._squares(x) - self._mixed(x, mean) + square

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

    @cached_property
    def instant_moments(self):
        """Return Σ w, Σ w x and Σ w x xᵀ over those at risk and over the events."""
        v = self.w[:, None] * np.column_stack([np.ones(len(self.w)), self.J])
        squares = self.w[:, None] * self._squares(self.J)
        sums = (self.loss.risk_sets.at_risk_sum, self.loss.event_sum)
        return [(s(v)[:, 0], s(v)[:, 1:], s(squares)) for s in sums]


def _own_breslow(curvature, events):
    """Return the change of the one term of each event's instant: its event goes."""
    self, g = curvature, curvature.own[events]
    q = self.terms.start[g]
    c = self.terms.weight[q]
    alone = self.n_tied[g] == 1
    left = np.where(alone, 0.0, c - self.loss.sample_weight[events])
    u = np.where(alone, 0.0, self.w[events] / self.Z[q])
    around = self._squares(self.J[events] - self.m[q])
    kept = left / (1.0 - u)
    return (kept - c)[:, None] * self.V[q] - (kept * u / (1.0 - u))[:, None] * around


def _own_efron(curvature, events):
    """Return the change of the terms of each event's instant, with one event fewer.

    The term r of d − 1 has the moments A − r/(d − 1) B, A over the risk set and B
    over the events: their sums over r need five numbers an event.
    """
    self, g = curvature, curvature.own[events]
    w, x = self.w[events], self.J[events]
    others = self.n_tied[g] - 1
    at_risk, tied = self.instant_moments
    A0, B0 = at_risk[0][g] - w, tied[0][g] - w
    A1, B1 = (s[1][g] - w[:, None] * x for s in (at_risk, tied))
    A2, B2 = (s[2][g] - w[:, None] * self._squares(x) for s in (at_risk, tied))
    e = np.repeat(np.arange(len(events)), others)
    rank = np.arange(len(e)) - np.repeat(np.cumsum(others) - others, others)
    f = rank / others[e]
    total = A0[e] - f * B0[e]
    left = self.terms.weight[self.terms.start[g]] * (others + 1)
    c = (left - self.loss.sample_weight[events])[e] / others[e]
    p0, p1 = (np.bincount(e, c * f**k / total, len(g)) for k in (0, 1))
    q0, q1, q2 = (np.bincount(e, c * f**k / total**2, len(g)) for k in (0, 1, 2))
    after = p0[:, None] * A2 - p1[:, None] * B2
    after -= q0[:, None] * self._squares(A1) + q2[:, None] * self._squares(B1)
    after += q1[:, None] * self._mixed(A1, B1)
    before = self.terms.sum_to_group @ (self.terms.weight[:, None] * self.V)
    return after - before[g]
