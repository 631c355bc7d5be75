"""Sums over objects whose classes are given equal weight, whoever is present."""

from copy import copy

import numpy as np

from sklinfluence.losses._base import RowOperator
from sklinfluence.losses._pointwise import PointwiseLoss
from sklinfluence.utils._sparse import dense, sums_of_objects


class BalancedLoss(PointwiseLoss):
    r"""A sum over objects in which every class has the same total weight.

    .. math:: \ell(S, b) = \sum_i f_{c_i}(b)\, \omega_i b_i\, \varphi(y_i, s_i), \qquad
              f_c(b) = \frac{\sum_j \kappa_j b_j}{K(b) \sum_{j \in c} \kappa_j b_j}

    with the number K(b) of classes that are present. Removal of an object changes the
    weights of all others: of its own class by one factor, of the rest by another.

    Parameters
    ----------
    loss : PointwiseLoss
        The loss without weights of classes, with its case weights ω.
    codes : ndarray of shape (n,), int
        Class of every object, from 0.
    count : ndarray of shape (n,), default=None
        How much κ each object counts in its class; None: one.
    """

    def __init__(self, loss, codes, count=None):
        super().__init__(loss.terms, loss.sample_weight)
        self._plain = loss
        self._classes = np.asarray(codes)[:, None] == np.arange(np.max(codes) + 1)
        self._codes = np.asarray(codes)
        self._count = np.ones(self.n_objects) if count is None else count

    def removal_differences(self, S):
        """Return D, by the sums over classes: row i needs one number of each."""
        slope = self._plain._slope(S)
        kept, own = self._factors_without(np.arange(self.n_objects))
        change = self._factors() - kept

        def product(V):
            each = dense(sums_of_objects(slope, V))
            return change @ (self._classes.T @ each) + own[:, None] * each

        return RowOperator((self.n_objects, len(S)), product)

    def removal_forms(self, S, J):
        """Return Jᵀ ∂²ℓ/∂S²(S, 1₋ᵢ) J of objects i, by the curvature of classes."""
        members = self._classes.T.astype(float)
        of_classes = [self._plain.curvature_form(S, J, member) for member in members]
        of_classes, roots_of = np.stack(of_classes), self._plain.removal_roots(S, J)

        def forms(objects):
            kept, own = self._factors_without(objects)
            roots = roots_of(objects)
            gone = own[:, None, None] * (roots @ roots.transpose(0, 2, 1))
            return np.tensordot(kept, of_classes, axes=1) - gone

        return forms

    def removal_roots(self, S, J):
        """Return None: removal changes the curvature of all others."""
        return None

    def without(self, objects):
        """Return the loss in which these objects weigh and count nothing."""
        rest = copy(self)
        rest._plain = self._plain.without(objects)
        rest.sample_weight = rest._plain.sample_weight
        rest._count = np.array(self._count, dtype=float)
        rest._count[objects] = 0.0
        return rest

    def dispersion(self, S, dof):
        """Return the dispersion of the loss with these weights."""
        return self._weighted_by(self.object_weight).dispersion(S, dof)

    def dispersion_without(self, S, J, steps, dof):
        """Return the dispersion without each object, whose classes are in balance."""
        found = np.empty(len(steps))
        for i, step in enumerate(steps):
            present = np.ones(self.n_objects)
            present[i] = 0.0
            rest = self._weighted_by(self._weight(present))
            found[i] = rest.dispersion(S + J @ step, dof)
        return found

    def _weighted_by(self, weight):
        loss = copy(self._plain)
        loss.sample_weight = weight
        return loss

    def _weight(self, presence):
        """Return f ω b, of shape (n,), or (n, k) where presence has k columns."""
        weight = super()._weight(presence)
        return weight * self._factors(presence)[..., self._codes].T

    def _factors(self, presence=None):
        """Return the factors f of classes, (n_classes,), or a row a column."""
        present = self._count if presence is None else presence.T * self._count
        return _factors_of(present @ self._classes)

    def _factors_without(self, objects):
        """Return the factors without each object, and that of the class of each."""
        counts = self._count @ self._classes
        own = self._classes[objects] * self._count[objects, None]
        factors = _factors_of(counts - own)
        return factors, factors[np.arange(len(objects)), self._codes[objects]]


def _factors_of(counts):
    """Return n / (K n_c) of the counts n_c of classes, 0 for those that are gone."""
    # Differences of counts that are no integers may leave round-off.
    total = counts.sum(axis=-1, keepdims=True)
    left = counts > 1e-12 * total
    n_classes = left.sum(axis=-1, keepdims=True)
    return np.where(left, total, 0.0) / (n_classes * np.where(left, counts, 1.0))
