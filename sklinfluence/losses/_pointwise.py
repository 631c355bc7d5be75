"""Losses that are sums over objects."""

from copy import copy

import autograd.numpy as anp
import numpy as np
from scipy.sparse import issparse

from sklinfluence.losses._base import Loss, RowOperator
from sklinfluence.utils._blocks import add_gram, weighted_gram, weighted_grams
from sklinfluence.utils._sparse import dense, rows_of_objects, sums_of_objects


class PointwiseLoss(Loss):
    r"""A weighted sum of losses of single objects.

    .. math:: \ell(S, b) = \sum_i \omega_i b_i\, \varphi(y_i, s_i),

    with K scores an object. Scores are flat, object by object: score k of object i is
    ``S[i * K + k]``.

    Parameters
    ----------
    terms : PointwiseTerms
        The losses φ, bound to their targets.
    sample_weight : ndarray of shape (n,), default=None
        Case weights ω, not negative.

    Attributes
    ----------
    n_outputs : int
        Scores an object, K.
    """

    def __init__(self, terms, sample_weight=None):
        self.terms = terms
        self.is_self_concordant = terms.is_self_concordant
        self.n_objects, self.n_outputs = len(terms), terms.n_outputs
        ones = np.ones(self.n_objects)
        self.sample_weight = ones if sample_weight is None else sample_weight

    @property
    def object_weight(self):
        """Weight of each object in the sum of all."""
        return self._weight(None)

    def value(self, S, presence=None):
        """Return the loss, a float that autograd can differentiate in S."""
        weight = self._weight(presence)
        losses = self.terms.value(self._cube(S))[:, 0]
        # Where it weighs nothing, an infinite loss is none.
        return anp.sum(weight * anp.where(weight > 0, losses, 0.0))

    def gradient(self, S, presence=None):
        """Return ∂ℓ/∂S, of the shape of S."""
        return self._weighted(self.terms.gradient(self._cube(S)), presence, S)

    def gradients(self, S, presence):
        """Return the gradients of k reduced losses, of shape (n_scores, k)."""
        return self.gradient(S, presence)

    def hessian_product(self, S, V, presence=None):
        """Return ∂²ℓ/∂S² V, of shape (n_scores, k)."""
        product = self.terms.product(self._cube(S), self._cube(V))
        return self._weighted(product, presence, V)

    def curvature_bound(self, S, presence=None):
        """Return h with ∂²ℓ/∂S² ⪯ diag(h); equal to it with one score an object."""
        return self._weighted(self.terms.curvature(self._cube(S)), presence, S)

    def curvature_form(self, S, J, presence=None):
        """Return Jᵀ ∂²ℓ/∂S² J, of shape (p, p)."""
        if self.n_outputs == 1:
            return weighted_gram(J, self.curvature_bound(S, presence))
        if issparse(J):
            return self._sparse_form(S, J, presence)
        return super().curvature_form(S, J, presence)

    def _sparse_form(self, S, J, presence):
        """Return the same by pairs of scores, each a product of sparse arrays."""
        form, K = np.zeros((J.shape[1],) * 2), self.n_outputs
        scores = [J[k::K] for k in range(K)]
        for k in range(K):
            unit = np.tile(np.arange(K) == k, self.n_objects).astype(float)[:, None]
            column = self._cube(self.hessian_product(S, unit, presence))[:, :, 0]
            for m in np.flatnonzero(column.any(axis=0)):
                add_gram(form, scores[m], column[:, m], scores[k])
        return form

    def curvature_forms(self, S, J, presence):
        """Return Jᵀ ∂²ℓ/∂S² J of k reduced losses, of shape (k, p, p)."""
        if self.n_outputs > 1 or S.shape[1] < J.shape[1]:
            return super().curvature_forms(S, J, presence)
        return weighted_grams(J, self.curvature_bound(S, presence))

    def removal_forms(self, S, J):
        """Return Jᵀ ∂²ℓ/∂S²(S, 1₋ᵢ) J of objects i: all terms less that of i."""
        full, roots_of = self.curvature_form(S, J), self.removal_roots(S, J)

        def forms(objects):
            roots = roots_of(objects)
            return full - roots @ roots.transpose(0, 2, 1)

        return forms

    def removal_roots(self, S, J):
        """Return R of shape (m, p, K), R_i R_iᵀ being the term of object i."""
        roots = np.sqrt(self.sample_weight)[:, None, None] * self.terms.roots(
            self._cube(S)
        )

        def roots_of(objects):
            tangents = rows_of_objects(J, objects, self.n_outputs)
            return tangents.transpose(0, 2, 1) @ roots[objects]

        return roots_of

    def removal_differences(self, S):
        """Return D of shape (n, n_scores): row i is ω_i ∂φ at the scores of i."""
        slope = self._slope(S)
        return RowOperator(
            (self.n_objects, len(S)), lambda V: dense(sums_of_objects(slope, V))
        )

    def without(self, objects):
        """Return the loss in which these objects weigh nothing."""
        rest = copy(self)
        rest.sample_weight = np.array(self.sample_weight, dtype=float)
        rest.sample_weight[objects] = 0.0
        return rest

    def range_of(self, T):
        """Return ρ: the largest change of a score, or between scores, of an object."""
        spread = self.terms.spread(self._cube(T))
        return spread[self.sample_weight > 0].max(axis=0, initial=0.0)

    def largest_range(self, Z):
        """Return the largest ρ(Z u) over unit vectors u."""
        spread = self.terms.largest_spread(self._cube(Z))
        return spread[self.sample_weight > 0].max(initial=0.0)

    def _slope(self, S):
        """Return the gradient with a row an object, of shape (n, K)."""
        return self.gradient(S).reshape(self.n_objects, self.n_outputs)

    def _weight(self, presence):
        """Return ω b, of shape (n,), or (n, k) where presence has k columns."""
        if presence is None:
            return self.sample_weight
        return (self.sample_weight * presence.T).T

    def _weighted(self, cube, presence, like):
        weight = self._weight(presence).reshape(self.n_objects, 1, -1)
        return (weight * cube).reshape(like.shape)

    def _cube(self, S):
        return S.reshape(self.n_objects, self.n_outputs, -1)
