"""A linear score, and one more score that all rows have in common."""

import autograd.numpy as anp
import numpy as np
from scipy.sparse import csr_array, issparse

from sklinfluence.models._base import ScoreModel
from sklinfluence.utils._sparse import product


class ScaledLinearModel(ScoreModel):
    """Two scores a row, x w and σ, of the parameters θ = (w, σ).

    Parameters
    ----------
    X : ndarray or csr_array of shape (n, d)
        Rows of the training objects; the Jacobian is sparse if they are.
    """

    is_linear = True
    n_outputs = 2

    def __init__(self, X):
        self.X = X
        self.n_params = X.shape[1] + 1

    def scores(self, theta):
        """Return scores and scale, flat, row by row; works with autograd."""
        linear = product(self.X, theta[:-1])
        scale = theta[-1] * np.ones(self.X.shape[0])
        return anp.stack([linear, scale], axis=1).reshape(-1)

    def jvp(self, theta, V):
        """Return the scores of every column of V, whatever θ is."""
        linear = self.X @ V[:-1]
        scale = np.broadcast_to(V[-1], linear.shape)
        return np.stack([linear, scale], axis=1).reshape(-1, V.shape[1])

    def jacobian(self, theta):
        """Return J, of shape (2 n, p): a row of X, and a unit, for every object."""
        if not issparse(self.X):
            return super().jacobian(theta)
        entries, scales = self.X.tocoo(), np.arange(self.X.shape[0])
        rows = np.concatenate([2 * entries.row.astype(np.int64), 2 * scales + 1])
        columns = np.append(entries.col, np.full(len(scales), self.n_params - 1))
        data = np.append(entries.data, np.ones(len(scales)))
        shape = 2 * len(scales), self.n_params
        return csr_array((data, (rows, columns)), shape=shape)

    def vjp(self, theta, U):
        """Return Jᵀ U, whatever θ is."""
        both = U.reshape(self.X.shape[0], 2, *U.shape[1:])
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
