"""Many Cox likelihoods at once, each without some subjects and at its own scores.

What removal does to a fit is found by a few Newton steps for every object. Taken
together, their gradients and Hessians are matrix products and cumulative sums along
the columns of arrays with one column an object.
"""

import numpy as np

from sklinfluence.losses._strata import centred
from sklinfluence.utils._blocks import blocks, weighted_grams

_NUMBERS_AT_ONCE = 1 << 18  # temporaries that fit the cache


class ReducedCox:
    """Partial likelihoods of k sets of subjects present, each at its own scores.

    Parameters
    ----------
    loss : CoxPartialLikelihood
        Likelihood of all subjects.
    S : ndarray of shape (n, k)
        Scores.
    presence : ndarray of shape (n, k)
        Which subjects are present.

    Attributes
    ----------
    terms : Terms
        Terms of the loss, with one column of fractions and weights a set.
    w : ndarray of shape (n, k)
        Relative risks ω b e^S, up to a factor that is common to a stratum.
    Z : ndarray of shape (n_terms, k)
        Denominators; 1 where a term is gone.
    """

    def __init__(self, loss, S, presence):
        self.loss = loss
        weight = loss.sample_weight[:, None] * presence
        self.events = weight[loss.rows]
        self.terms = loss.reduced_terms(self.events)
        self.w = _relative_risks(S, weight, loss.stratum)
        Z = loss.denominators(self.w, self.terms)
        # A term without weight may have nobody at risk.
        self.Z = np.where(self.terms.weight > 0, Z, 1.0)
        self.share = self.terms.weight / self.Z

    def expected(self):
        """Return the expected events of every subject, of shape (n, k)."""
        return self.w * self.loss.spread(self.share, self.terms)

    def gradient(self):
        """Return expected minus observed events, of shape (n, k)."""
        out = self.expected()
        out[self.loss.rows] -= self.events
        return out

    def curvature_forms(self, J):
        """Return Jᵀ diag(h) J − Mᵀ diag(c) M of every set, (k, p, p)."""
        J = centred(J, self.loss.stratum)
        means = np.empty((self.w.shape[1], J.shape[1], len(self.Z)))
        root = np.sqrt(self.terms.weight) / self.Z
        for j, tangent in enumerate(J.T):
            total = self.loss.denominators(self.w * tangent[:, None], self.terms)
            means[:, j] = (root * total).T
        return weighted_grams(J, self.expected()) - means @ means.transpose(0, 2, 1)


def in_pieces(loss, S, presence, width=1):
    """Yield the columns of k sets in pieces, with their likelihoods.

    Parameters
    ----------
    loss : CoxPartialLikelihood
        Likelihood of all subjects.
    S, presence : ndarray of shape (n, k)
        Scores, and who is present.
    width : int, default=1
        How many numbers are formed for each number of S.

    Yields
    ------
    columns : slice
        The sets of this piece.
    reduced : ReducedCox
        Their likelihoods.
    """
    size = max(_NUMBERS_AT_ONCE // (len(S) * width), 4)
    for columns in blocks(S.shape[1], size):
        yield columns, ReducedCox(loss, S[:, columns], presence[:, columns])


def _relative_risks(S, weight, stratum):
    """Return ω b e^(S − shift), with the largest score present as the shift."""
    S = np.where(weight > 0, S, -np.inf)
    if stratum is None:
        shift = S.max(axis=0)
    else:
        shift = np.full((stratum.max() + 1, S.shape[1]), -np.inf)
        np.maximum.at(shift, stratum, S)
    shift = np.where(np.isfinite(shift), shift, 0.0)
    S -= shift if stratum is None else shift[stratum]
    return weight * np.exp(S, out=S)
