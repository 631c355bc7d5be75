"""What every loss can do, in score space."""

from abc import ABC, abstractmethod

import numpy as np
from scipy.sparse.linalg import LinearOperator

from sklinfluence.utils._sparse import squared_sums


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
    #: Whether |D³ℓ[u, v, v]| ≤ ρ(u) D²ℓ[v, v] with the seminorm ρ of :meth:`range_of`.
    is_self_concordant = False

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

    def gradients(self, S, presence):
        """Return the gradients of k reduced losses, each at its own scores.

        Parameters
        ----------
        S : ndarray of shape (n_scores, k)
            Scores, a column for each reduced loss.
        presence : ndarray of shape (n_objects, k)
            Which objects are present in each.

        Returns
        -------
        ndarray of shape (n_scores, k)
            ∂ℓ/∂S(S_c, b_c) in column c.
        """
        columns = zip(S.T, presence.T, strict=True)
        return np.stack([self.gradient(s, b) for s, b in columns], axis=1)

    def curvature_forms(self, S, J, presence):
        """Return Jᵀ ∂²ℓ/∂S²(S_c, b_c) J of k reduced losses, of shape (k, p, p)."""
        columns = zip(S.T, presence.T, strict=True)
        return np.stack([self.curvature_form(s, J, b) for s, b in columns])

    def removal_forms(self, S, J):
        """Return Jᵀ ∂²ℓ/∂S²(S, 1₋ᵢ) J as a function of objects i.

        What all objects have in common is worked out once.

        Parameters
        ----------
        S : ndarray of shape (n_scores,)
            Scores.
        J : ndarray of shape (n_scores, p)
            Tangents.

        Returns
        -------
        callable
            ``forms(objects)`` of shape (m, p, p), the curvature that is left without
            each of m objects, for ``objects`` an array of int.
        """

        def forms(objects):
            presence = np.ones((self.n_objects, len(objects)))
            presence[objects, np.arange(len(objects))] = 0.0
            same = np.repeat(S[:, None], len(objects), axis=1)
            return self.curvature_forms(same, J, presence)

        return forms

    def removal_roots(self, S, J):
        """Return R with R_i R_iᵀ what removal of i takes out, as a function of objects.

        ``roots(objects)`` is of shape (m, p, r). None where what removal takes out is
        not of low rank: where the terms of other objects change.
        """
        return None

    def without(self, objects):
        """Return the loss without some objects, of the scores of all nevertheless.

        Parameters
        ----------
        objects : ndarray of int
            Objects that are gone, whatever the presence says.

        Returns
        -------
        Loss
            The reduced loss.
        """
        raise NotImplementedError(
            f"{type(self).__name__} cannot be reduced for good; give it a method "
            "without(objects), which returns the loss of the objects that are left."
        )

    def range_of(self, T):
        """Return ρ of score tangents: how far scores move apart along each.

        Parameters
        ----------
        T : ndarray of shape (n_scores, k)
            Tangents.

        Returns
        -------
        ndarray of shape (k,)
            ρ of every column, zero for a quadratic loss.
        """
        raise NotImplementedError(f"{type(self).__name__} is not self-concordant.")

    def largest_range(self, Z):
        """Return the largest ρ(Z u) over unit vectors u, for Z of shape (n_scores, q).

        Any upper bound of it is valid, and makes certificates looser.
        """
        raise NotImplementedError(f"{type(self).__name__} is not self-concordant.")

    def gradient_terms(self, S):
        """Return the sizes of what ∂ℓ/∂S is computed from, of shape (n_scores,).

        Rounding errors of the gradient are proportional to it: its own, and those of
        the scores.
        """
        return np.abs(self.gradient(S)) + self.curvature_bound(S) * np.abs(S)

    @abstractmethod
    def curvature_bound(self, S, presence=None):
        """Return h of shape (n_scores,) with ∂²ℓ/∂S² ⪯ diag(h)."""

    def curvature_size(self, S, J, presence=None):
        """Return the size of the terms of the curvature along each column of J, (p,).

        Curvature that is far smaller than the terms that it is a sum of is round-off.
        """
        return squared_sums(self.curvature_bound(S, presence), J)

    def dispersion(self, S, dof):
        """Return φ, ℓ / φ being a negative log-likelihood: 1 where ℓ is one already.

        Parameters
        ----------
        S : ndarray of shape (n_scores,)
            Scores.
        dof : float
            Degrees of freedom that were spent on the fit.

        Returns
        -------
        float
            The dispersion.
        """
        return 1.0

    def dispersion_without(self, S, J, steps, dof):
        """Return φ as estimated without each object, at parameters a step away.

        Parameters
        ----------
        S : ndarray of shape (n_scores,)
            Scores at the fit.
        J : ndarray of shape (n_scores, p)
            Their derivatives in the parameters.
        steps : ndarray of shape (n_objects, p)
            Effect of the removal of each object on the parameters.
        dof : float
            Degrees of freedom that were spent on the fit.

        Returns
        -------
        ndarray of shape (n_objects,)
            Dispersions.
        """
        return np.ones(len(steps))

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
