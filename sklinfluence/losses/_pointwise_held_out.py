"""Loss of new rows where the loss is a sum over rows."""

import numpy as np
from scipy.sparse import issparse

from sklinfluence.losses._held_out import HeldOutLoss
from sklinfluence.utils._sparse import block_diagonal, sums_of_objects


class PointwiseHeldOutLoss(HeldOutLoss):
    """The loss φ(y, s) of every new row by itself, whatever the training scores.

    Scores are flat, row by row, as for :class:`PointwiseLoss`; ``S_train`` may be None.

    Parameters
    ----------
    terms : PointwiseTerms
        The losses φ, bound to the targets of the new rows.

    Attributes
    ----------
    n_outputs : int
        Scores a row, K.
    """

    uses_training_scores = False

    def __init__(self, terms):
        self.terms = terms
        self.n_outputs = terms.n_outputs

    def value(self, S_new, S_train=None):
        """Return the losses, of shape (n_new,) or (n_new, k)."""
        losses = self.terms.value(self._cube(S_new))
        return losses[:, 0] if S_new.ndim == 1 else losses

    def change(self, S, T):
        """Return how losses change when scores S of (n_new * K,) move by columns T."""
        return self.terms.change(self._cube(S), self._cube(T))

    def product(self, S_new, S_train, V_new, V_train):
        """Return derivatives along score tangents, (n_new, k), sparse if they are."""
        slope = self.terms.gradient(self._cube(S_new))[:, :, 0]
        return sums_of_objects(slope, V_new)

    def contrasts(self, T):
        """Return those differences of scores that the loss of each row depends on.

        Parameters
        ----------
        T : ndarray or sparse array of shape (n_new * K, k)
            Scores, or tangents of them.

        Returns
        -------
        ndarray or sparse array of shape (n_new * K, k)
            For a multinomial loss, every s_k − s_y, which is zero for the class y of
            the row; for other losses the scores themselves.
        """
        if not issparse(T):
            return self.terms.contrasts(self._cube(T)).reshape(T.shape)
        units = np.eye(self.n_outputs)
        each = np.broadcast_to(units, (len(self.terms), *units.shape))
        return block_diagonal(self.terms.contrasts(each)) @ T

    def change_bound(self, S, radius):
        """Bound how far the losses are from those at scores S, over a box around S.

        The loss is convex: a decrease is never larger than the increase on the other
        side, so the far end of the box decides.

        Parameters
        ----------
        S : ndarray of shape (n_new * K, k)
            Scores.
        radius : ndarray of shape (n_new * K, k)
            How far each of the :meth:`contrasts` of scores may be from that of S, nan
            where nothing is known.

        Returns
        -------
        ndarray of shape (n_new, k)
            Largest possible change of φ.
        """
        return self.terms.change_bound(self._cube(S), self._cube(radius))

    def _cube(self, S):
        return S.reshape(len(self.terms), self.n_outputs, -1)
