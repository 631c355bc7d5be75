"""A linear score, and one more score that all rows have in common."""

import autograd.numpy as anp
import numpy as np

from sklinfluence.models._base import ScoreModel


class ScaledLinearModel(ScoreModel):
    """Two scores a row, x w and σ, of the parameters θ = (w, σ).

    Parameters
    ----------
    X : ndarray of shape (n, d)
        Rows of the training objects.
    """

    is_linear = True
    n_outputs = 2

    def __init__(self, X):
        self.X = X
        self.n_params = X.shape[1] + 1

    def scores(self, theta):
        """Return scores and scale, flat, row by row; works with autograd."""
        linear = self.X @ theta[:-1]
        return anp.stack([linear, theta[-1] * np.ones(len(self.X))], axis=1).reshape(-1)

    def jvp(self, theta, V):
        """Return the scores of every column of V, whatever θ is."""
        linear = self.X @ V[:-1]
        scale = np.broadcast_to(V[-1], linear.shape)
        return np.stack([linear, scale], axis=1).reshape(-1, V.shape[1])

    def vjp(self, theta, U):
        """Return Jᵀ U, whatever θ is."""
        both = U.reshape(len(self.X), 2, *U.shape[1:])
        return np.concatenate([self.X.T @ both[:, 0], both[:, 1].sum(axis=0)[None]])

    def curvature_product(self, theta, u, V):
        """Return 0: scores are linear."""
        return 0.0

    def directions(self):
        """Return Jᵀ, of shape (p, 2 n)."""
        return self.jacobian(None).T

    def at(self, X):
        """Return the model at other rows."""
        return ScaledLinearModel(X)
