"""What every loss can do, in score space."""

from abc import ABC, abstractmethod

import numpy as np
from scipy.sparse.linalg import LinearOperator


class Loss(ABC):
    """A training loss ℓ(S, b) of the scores S of all training objects.

    A loss is bound to its training targets when it is made. It is a plain sum over
    its terms, never divided by the number of objects, and knows no parameters: a
    score model turns parameters into S, an objective joins the two.

    Every method takes the *presence* b of the objects, an array of shape
    ``(n_objects,)`` with 1 where an object takes part and 0 where it is removed;
    ``None`` means that all take part.

    Attributes
    ----------
    n_objects : int
        Number of objects whose removal is defined.
    """

    n_objects: int

    @abstractmethod
    def value(self, S, presence=None):
        """Return ℓ(S, b), written with ``autograd.numpy``."""

    @abstractmethod
    def gradient(self, S, presence=None):
        """Return ∂ℓ/∂S, of the shape of S."""

    @abstractmethod
    def hessian_product(self, S, V, presence=None):
        """Return ∂²ℓ/∂S² V for score tangents V of shape ``(n_scores, k)``."""

    def curvature_form(self, S, J, presence=None):
        """Return Jᵀ ∂²ℓ/∂S² J for J of shape (n_scores, p): (p, p)."""
        return J.T @ self.hessian_product(S, J, presence)

    @abstractmethod
    def curvature_bound(self, S, presence=None):
        """Return h of shape (n_scores,) with ∂²ℓ/∂S² ⪯ diag(h)."""

    def curvature_size(self, S, J, presence=None):
        """Return the size of the terms of the curvature along each column of J, (p,).

        Curvature that is far smaller than the terms that it is a sum of is round-off.
        """
        return np.einsum("s,sj,sj->j", self.curvature_bound(S, presence), J, J)

    @abstractmethod
    def removal_differences(self, S):
        """Return D, whose row i is ∂ℓ/∂S(S, 1) − ∂ℓ/∂S(S, 1₋ᵢ).

        Parameters
        ----------
        S : ndarray of shape (n_scores,)
            Scores of the training objects.

        Returns
        -------
        scipy.sparse.linalg.LinearOperator of shape (n_objects, n_scores)
            The structured matrix D, which is never formed unless asked for.
        """


class RowOperator(LinearOperator):
    """A linear operator given by its product with blocks of columns.

    Parameters
    ----------
    shape : tuple of int
        Number of rows and columns.
    matmat : callable
        Product with an array of shape ``(shape[1], k)``.
    """

    def __init__(self, shape, matmat):
        super().__init__(np.dtype(float), shape)
        self._product = matmat

    def _matmat(self, V):
        return self._product(V)
