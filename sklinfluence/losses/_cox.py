"""The Cox partial likelihood, a loss that is not a sum over subjects."""

from copy import copy
from functools import cached_property

import autograd.numpy as anp
import numpy as np
from autograd.tracer import getval
from scipy import sparse

from sklinfluence.losses._base import Loss, RowOperator
from sklinfluence.losses._cox_curvature import CoxCurvature
from sklinfluence.losses._cox_reduced import in_pieces
from sklinfluence.losses._cox_removal import CoxRemoval
from sklinfluence.losses._diameter import diameter
from sklinfluence.losses._risk_sets import RiskSets
from sklinfluence.losses._strata import centred, largest_of
from sklinfluence.losses._ties import breslow, efron, make_terms
from sklinfluence.utils._autodiff import linear_map
from sklinfluence.utils._blocks import blocks, weighted_gram

_VANISHING = 1e-250
_COLUMNS_AT_ONCE = 4
_LARGEST_CLOSED_FORM = 1 << 29  # numbers in the covariances of all risk sets

#: Treatments of ties by name: how many terms some tied events contribute.
TIES = {"breslow": breslow, "efron": efron}


class CoxPartialLikelihood(Loss):
    r"""Negative log partial likelihood of right-censored times.

    With relative risks :math:`w_j = \omega_j b_j e^{S_j}` and risk sets
    :math:`R_i = \{j : \text{entry}_j < t_i \le t_j\}` of the same stratum,

    .. math:: \ell(S, b) = -\sum_{i: \delta_i = 1} \omega_i b_i
              \Big[ S_i - \log \sum_{j \in R_i} w_j \Big]

    (Breslow for ties; Efron's correction as an option). Removing one subject changes
    every risk set that it was in, so the loss is no sum over subjects.

    Parameters
    ----------
    event : ndarray of shape (n,), bool
        Whether the event was observed.
    time : ndarray of shape (n,)
        Time of the event or of censoring. Equal times are ties, compared exactly.
    entry : ndarray of shape (n,), default=None
        Time from which each subject is observed.
    stratum : ndarray of shape (n,), int, default=None
        Stratum of each subject; risk sets do not cross strata.
    sample_weight : ndarray of shape (n,), default=None
        Case weights ω, not negative.
    ties : {"breslow", "efron"}, default="breslow"
        Treatment of tied events.

    References
    ----------
    Equation 4 of J. Deng, W. Tang and J. W. Ma, "A Versatile Influence Function for
    Data Attribution with Non-Decomposable Loss", arXiv:2412.01335 (2024); D. R. Cox,
    "Regression models and life-tables", JRSS B 34 (1972); B. Efron, "The
    efficiency of Cox's likelihood function for censored data", JASA 72 (1977).
    """

    is_self_concordant = True

    def __init__(
        self,
        event,
        time,
        entry=None,
        stratum=None,
        sample_weight=None,
        ties="breslow",
    ):
        self.n_objects = len(time)
        self.event = event
        self.ties = ties
        ones = np.ones(self.n_objects)
        self.sample_weight = ones if sample_weight is None else sample_weight
        self.rows = np.flatnonzero(event)
        strata = (stratum, None if stratum is None else stratum[self.rows])
        self.risk_sets = RiskSets(time, time[self.rows], entry, *strata)
        self.group = self.risk_sets.instant_of
        shape = (self.risk_sets.n_instants, self.n_objects)
        members = (np.ones(len(self.rows)), (self.group, self.rows))
        self.stratum = stratum
        self._members = sparse.csr_array(members, shape=shape)
        self._of_instants = self._members[:, self.rows]

    def value(self, S, presence=None):
        """Return the loss, a float that autograd can differentiate in S."""
        weight = self._weight(presence)
        terms = self._terms(presence)
        w, shift = self._relative_risk(S, weight)
        Z = self.denominators(w, terms)
        if getval(Z).min(initial=1.0) < _VANISHING:
            # Scores so far apart that risks vanish: no step of a fit may go there.
            return np.inf
        events = weight * self.event
        log_Z = anp.log(Z) + shift[terms.group]
        return anp.sum(terms.weight * log_Z) - anp.sum(events * S)

    def gradient(self, S, presence=None):
        """Return ∂ℓ/∂S: expected minus observed events, of shape (n,)."""
        weight = self._weight(presence)
        terms = self._terms(presence)
        w, _ = self._relative_risk(S, weight)
        share = terms.weight / self.denominators(w, terms)
        return w * self.spread(share, terms) - weight * self.event

    def curvature_form(self, S, J, presence=None):
        """Return Jᵀ ∂²ℓ/∂S² J = Jᵀ diag(h) J − Mᵀ diag(c) M, with risk-set means M."""
        terms = self._terms(presence)
        w, _ = self._relative_risk(S, self._weight(presence))
        Z = self.denominators(w, terms)
        J = centred(J, self.stratum)
        means = np.empty((len(Z), J.shape[1]))
        for columns in blocks(J.shape[1], _COLUMNS_AT_ONCE):
            means[:, columns] = self.denominators(w[:, None] * J[:, columns], terms)
        means /= Z[:, None]
        bound = w * self.spread(terms.weight / Z, terms)
        return weighted_gram(J, bound) - weighted_gram(means, terms.weight)

    def curvature_size(self, S, J, presence=None):
        """Return Σ_s h_s J_sj² with J centred, which is what the Hessian sees of it."""
        return super().curvature_size(S, centred(J, self.stratum), presence)

    def curvature_bound(self, S, presence=None):
        """Return h = expected events; the Hessian is diag(h) minus squares of means."""
        return self.gradient(S, presence) + self._weight(presence) * self.event

    def gradient_terms(self, S):
        """Return expected plus observed events, and rounding errors of the scores."""
        expected = self.curvature_bound(S)
        return expected * (1.0 + np.abs(S)) + self.sample_weight * self.event

    def baseline_hazard(self, S, presence=None):
        """Return the increments of the baseline hazard at every instant, at S = 0."""
        weight = self._weight(presence)
        terms = self._terms(presence)
        w, shift = self._relative_risk(S, weight)
        share = terms.weight / self.denominators(w, terms)
        return np.exp(-shift) * (terms.sum_to_group @ share)

    def hessian_product(self, S, V, presence=None):
        """Return ∂²ℓ/∂S² V: risk-set covariances, of shape (n, k)."""
        weight = self._weight(presence)
        terms = self._terms(presence)
        w, _ = self._relative_risk(S, weight)
        Z = self.denominators(w, terms)
        share = terms.weight / Z
        V = centred(V, self.stratum)
        wV = w[:, None] * V
        means = self.denominators(wV, terms) / Z[:, None]
        out = wV * self.spread(share, terms)[:, None]
        out -= w[:, None] * self.spread(share[:, None] * means, terms)
        return out

    def gradients(self, S, presence):
        """Return ∂ℓ/∂S(S_c, b_c) in every column; see :meth:`Loss.gradients`."""
        out = np.empty(S.shape)
        for columns, reduced in in_pieces(self, S, presence):
            out[:, columns] = reduced.gradient()
        return out

    def curvature_forms(self, S, J, presence):
        """Return Jᵀ ∂²ℓ/∂S²(S_c, b_c) J of k reduced losses, of shape (k, p, p)."""
        out = np.empty((S.shape[1], J.shape[1], J.shape[1]))
        for columns, reduced in in_pieces(self, S, presence, 1 + J.shape[1] // 16):
            out[columns] = reduced.curvature_forms(J)
        return out

    def removal_forms(self, S, J):
        """Return Jᵀ ∂²ℓ/∂S²(S, 1₋ᵢ) J of objects i; see :meth:`Loss.removal_forms`."""
        one_by_one = super().removal_forms(S, J)
        if len(self._all_terms.group) * J.shape[1] ** 2 > _LARGEST_CLOSED_FORM:
            return one_by_one
        w, _ = self._relative_risk(S, self.sample_weight)
        curvature = CoxCurvature(self, w, J, self._all_terms)
        # Whoever is almost a whole risk set leaves nothing but round-off behind.
        dominant = CoxRemoval(self, S, self._all_terms, w).dominant

        def forms(objects):
            left = curvature.forms(objects)
            again = np.flatnonzero(np.isin(objects, dominant))
            if len(again):
                left[again] = one_by_one(objects[again])
            return left

        return forms

    def removal_differences(self, S):
        """Return the operator D of shape (n, n), rows ∂ℓ(S, 1) − ∂ℓ(S, 1₋ᵢ)."""
        weight = self.sample_weight
        w, _ = self._relative_risk(S, weight)
        removal = CoxRemoval(self, S, self._all_terms, w)
        return RowOperator((self.n_objects, self.n_objects), removal.product)

    def without(self, objects):
        """Return the likelihood of the other subjects; see :meth:`Loss.without`."""
        reduced = copy(self)
        reduced.sample_weight = self.sample_weight.copy()
        reduced.sample_weight[objects] = 0.0
        for derived in ("_all_terms", "_comparable"):
            reduced.__dict__.pop(derived, None)
        return reduced

    def range_of(self, T):
        """Return how far the scores of two subjects at risk move apart along T, (k,).

        A sum of logarithms of sums of exponentials has third derivatives of at most
        the range of the scores in a sum times its second derivatives.
        """
        ranges = [np.ptp(T[rows], axis=0) for rows in self._comparable]
        return np.max(ranges, axis=0, initial=0.0)

    def largest_range(self, Z):
        """Return the largest distance of the rows of two subjects at risk."""
        return max((diameter(Z[rows]) for rows in self._comparable), default=0.0)

    @cached_property
    def _comparable(self):
        """The subjects of every stratum that are at risk at some event."""
        at_risk = (self.risk_sets.last > self.risk_sets.first) & (
            self.sample_weight > 0
        )
        if self.stratum is None:
            strata = [at_risk]
        else:
            strata = (at_risk & (self.stratum == k) for k in np.unique(self.stratum))
        return [np.flatnonzero(rows) for rows in strata if rows.any()]

    def _weight(self, presence):
        return self.sample_weight if presence is None else self.sample_weight * presence

    @cached_property
    def _all_terms(self):
        return self._make_terms(self.sample_weight)

    def _terms(self, presence):
        if presence is None:
            return self._all_terms
        return self._make_terms(self._weight(presence))

    def _make_terms(self, weight):
        of_event = weight[self.rows]
        n = self.risk_sets.n_instants
        count = np.bincount(self.group[of_event > 0], minlength=n)
        per_instant = TIES[self.ties](count)
        return make_terms(per_instant, np.bincount(self.group, of_event, minlength=n))

    def _relative_risk(self, S, weight):
        """Return w = ω e^(S − shift), and the shift at every instant.

        The shift, the largest score of the stratum, keeps exponentials in range.
        """
        present = weight > 0
        largest = largest_of(getval(S), self.stratum, present)
        shift = largest[0] if self.stratum is None else largest[self.stratum]
        # Whoever is absent may have any score: keep it from overflowing.
        w = weight * anp.exp(anp.where(present, S - shift, 0.0))
        return w, largest[self.risk_sets.instant_stratum]

    def denominators(self, w, terms):
        """Return Σ_{at risk} − fraction · Σ_{events} of w at every term."""
        at_risk = self.risk_sets.at_risk_sum(w)[terms.group]
        if self.ties == "breslow":
            return at_risk
        fraction = _for_columns(terms.fraction, getval(w))
        return at_risk - fraction * self.event_sum(w)[terms.group]

    def spread(self, c, terms):
        """Adjoint of :meth:`denominators`: from terms back to subjects."""
        out = self.risk_sets.instant_sum(terms.sum_to_group @ c)
        if self.ties == "breslow":
            return out
        fraction = _for_columns(terms.fraction, c)
        out[self.rows] -= (terms.sum_to_group @ (fraction * c))[self.group]
        return out

    def reduced_terms(self, events):
        """Return the terms that are left of the events of k sets of subjects.

        Parameters
        ----------
        events : ndarray of shape (n_events, k)
            Weight of each event, zero where its subject is gone.

        Returns
        -------
        Terms
            Terms with k columns of fractions and weights.
        """
        count = TIES[self.ties](self._of_instants @ (events > 0).astype(float))
        return self._all_terms.reduced(count, self._of_instants @ events)

    def event_sum(self, w):
        """Return Σ_{events} w at every instant; works with autograd."""
        return linear_map(w, self._members.__matmul__, self._members.T.__matmul__)


def _for_columns(fraction, like):
    """Give fractions an axis for the columns of ``like`` where they have none."""
    return fraction if fraction.ndim == like.ndim else fraction[:, None]
