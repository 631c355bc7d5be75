"""What a score model can do: parameters to scores, tangents and back."""

from abc import ABC, abstractmethod

import numpy as np
from scipy.sparse import issparse

from sklinfluence.utils._sparse import dense, scaled_rows, sums_of_objects


class ScoreModel(ABC):
    """Scores S(θ; X) of all training objects, and of new ones.

    Attributes
    ----------
    n_params : int
        Number of parameters p.
    n_outputs : int
        Scores a row; those of a row follow one another.
    """

    n_params: int
    n_outputs = 1
    #: Numbers that products form for every row and column at a time.
    width = 1
    #: Whether scores are linear in the parameters, so that J is the same everywhere.
    is_linear = False

    @abstractmethod
    def scores(self, theta):
        """Return S(θ) of the training objects, of shape (n_scores,)."""

    @abstractmethod
    def jvp(self, theta, V):
        """Return J V for parameter tangents V of shape (p, k): (n_scores, k)."""

    def jacobian(self, theta):
        """Return J, of shape (n_scores, p)."""
        return self.jvp(theta, np.eye(self.n_params))

    @abstractmethod
    def vjp(self, theta, U):
        """Return Jᵀ U for score tangents U of shape (n_scores, k): (p, k)."""

    def row_vjp(self, theta, u):
        """Return Σ_k u_ik ∇S_ik over the scores of each row i, of shape (n, p)."""
        slopes = u.reshape(-1, self.n_outputs)
        return dense(sums_of_objects(slopes, self.jacobian(theta)))

    def squared_vjp(self, theta, u):
        """Return Σ_s u_s J_sj² for u of shape (n_scores,): (p,)."""
        return u @ self.jacobian(theta) ** 2

    def gram(self, theta, other, weight):
        """Return J diag(weight) J'ᵀ of this and of another model.

        Parameters
        ----------
        theta : ndarray of shape (p,)
            Parameters.
        other : ScoreModel
            A model of the same parameters, such as one at other rows.
        weight : ndarray of shape (p,)
            Weights.

        Returns
        -------
        ndarray of shape (n_scores, n_scores of the other)
            Products of the derivatives of scores.
        """
        back = scaled_rows(weight, other.jacobian(theta).T)
        if issparse(back):
            return dense(self.jacobian(theta) @ back)
        return self.jvp(theta, back)

    @abstractmethod
    def curvature_product(self, theta, u, V):
        """Return Σ_s u_s ∇²S_s(θ) V for V of shape (p, k), or 0 where S is linear."""

    def directions(self):
        """Return A of shape (p, n_scores) with S = θᵀA, None if S is not linear."""
        return None

    @abstractmethod
    def at(self, X):
        """Return the same model at other rows X, with one score a row."""

    def scores_at_each(self, thetas):
        """Return the scores at many parameters.

        Parameters
        ----------
        thetas : ndarray of shape (m, p)
            Parameter vectors.

        Returns
        -------
        ndarray of shape (m, n_scores)
            One row of scores a parameter vector.
        """
        return np.stack([self.scores(theta) for theta in thetas])

    def vjp_each(self, thetas, U):
        """Return Jᵀ u at many parameters, each with its own u.

        Parameters
        ----------
        thetas : ndarray of shape (m, p)
            Parameter vectors.
        U : ndarray of shape (n_scores, m)
            Score tangents, a column a parameter vector.

        Returns
        -------
        ndarray of shape (m, p)
            J(θ_c)ᵀ U[:, c] in row c.
        """
        rows = zip(thetas, U.T, strict=True)
        return np.stack([self.vjp(theta, u[:, None])[:, 0] for theta, u in rows])

    def averaged(self, weight):
        """Return a model of one score, the weighted mean of the scores of this one."""
        return _AveragedModel(self, weight)


class _AveragedModel(ScoreModel):
    """One score: the weighted mean over the rows of another model."""

    def __init__(self, model, weight):
        self.model = model
        self.share = weight / weight.sum()
        self.n_params = model.n_params

    def scores(self, theta):
        return self.share[None] @ self.model.scores(theta)

    def jvp(self, theta, V):
        return self.share[None] @ self.model.jvp(theta, V)

    def jacobian(self, theta):
        return self.model.vjp(theta, self.share[:, None]).T

    def vjp(self, theta, U):
        return self.model.vjp(theta, self.share[:, None] * U)

    def curvature_product(self, theta, u, V):
        return self.model.curvature_product(theta, self.share * u, V)

    def at(self, X):
        return self.model.at(X)
