"""Several scores a row, each linear in parameters of its own."""

import numpy as np
from scipy.sparse import csr_array, issparse

from sklinfluence.models._base import ScoreModel
from sklinfluence.utils._blocks import row_products, weighted_grams
from sklinfluence.utils._sparse import dense, product, squared_sums


class MultiOutputLinearModel(ScoreModel):
    """Scores S(θ) = X Wᵀ with K scores a row, where θ is W, row after row.

    Scores are flat, row by row: score k of row i is ``S[i * K + k]``.

    Parameters
    ----------
    X : ndarray or csr_array of shape (n, d)
        Rows of the training objects; the Jacobian is sparse if they are.
    n_outputs : int
        Number of scores a row, K.
    """

    is_linear = True

    def __init__(self, X, n_outputs):
        self.X = X
        self.n_outputs = n_outputs
        self.n_params = n_outputs * X.shape[1]

    def output_parameters(self):
        """Return the indices of the parameters of each output, of shape (K, d)."""
        return np.arange(self.n_params).reshape(self.n_outputs, -1)

    def scores(self, theta):
        """Return X Wᵀ, flat; works with autograd."""
        return product(self.X, theta.reshape(self.n_outputs, -1).T).reshape(-1)

    def jvp(self, theta, V):
        """Return the scores of every column of V, whatever θ is."""
        return self.scores_at_each(V.T).T

    def jacobian(self, theta):
        """Return J, of shape (n K, p): row i K + k has x_i in the places of w_k."""
        return _spread(self.X, self.n_outputs)

    def vjp(self, theta, U):
        """Return Jᵀ U, whatever θ is."""
        if U.ndim == 1:
            return self.vjp(theta, U[:, None])[:, 0]
        return self.vjp_each(None, U).T

    def row_vjp(self, theta, u):
        """Return Σ_k u_ik ∇S_ik over the scores of each row i, without J: (n, p)."""
        return row_products(u.reshape(-1, self.n_outputs), dense(self.X))

    def squared_vjp(self, theta, u):
        """Return Σ_s u_s J_sj², of shape (p,), without J."""
        each = u.reshape(-1, self.n_outputs).T
        return np.concatenate([squared_sums(weight, self.X) for weight in each])

    def curvature_product(self, theta, u, V):
        """Return 0: scores are linear."""
        return 0.0

    def at(self, X):
        """Return the model at other rows."""
        return MultiOutputLinearModel(X, self.n_outputs)

    def scores_at_each(self, thetas):
        """Return the scores of each row of parameters, in one product."""
        m, n, K = len(thetas), self.X.shape[0], self.n_outputs
        if issparse(self.X):
            scores = thetas.reshape(m * K, self.X.shape[1]) @ self.X.T
            return scores.reshape(m, K, n).transpose(0, 2, 1).reshape(m, n * K)
        weights = thetas.reshape(m, K, self.X.shape[1]).transpose(0, 2, 1)
        return np.matmul(self.X, weights).reshape(m, n * K)

    def vjp_each(self, thetas, U):
        """Return uᵀ J for each column u, in one product."""
        m, n, K = U.shape[1], self.X.shape[0], self.n_outputs
        by_output = U.T.reshape(m, n, K).transpose(0, 2, 1)
        if issparse(self.X):
            return (by_output.reshape(m * K, n) @ self.X).reshape(m, self.n_params)
        return np.matmul(by_output, self.X).reshape(m, self.n_params)

    def gram_blocks(self, u):
        """Return Σ u_s x xᵀ over the scores of each output, of shape (K, d, d).

        The blocks of Jᵀ diag(u) J, which has none between outputs.
        """
        return weighted_grams(self.X, u.reshape(-1, self.n_outputs))

    def directions(self):
        """Return Jᵀ, of shape (p, n K)."""
        return self.jacobian(None).T

    def averaged(self, weight):
        """Return the model at the weighted mean row, with one score an output.

        Parameters
        ----------
        weight : ndarray of shape (n,)
            Weights of the rows.

        Returns
        -------
        MultiOutputLinearModel
            The model of one row.
        """
        return self.at((weight / weight.sum())[None] @ self.X)


def _spread(X, n_outputs):
    """Return J: each row once an output, in the places of its parameters."""
    n, d = X.shape
    if not issparse(X):
        J = np.zeros((n, n_outputs, n_outputs, d))
        J[:, np.arange(n_outputs), np.arange(n_outputs)] = X[:, None]
        return J.reshape(n * n_outputs, n_outputs * d)
    entries, outputs = X.tocoo(), np.arange(n_outputs)[:, None]
    rows = np.ravel(entries.row * np.int64(n_outputs) + outputs)
    columns = np.ravel(entries.col + np.int64(d) * outputs)
    places = np.tile(entries.data, n_outputs), (rows, columns)
    return csr_array(places, shape=(n * n_outputs, n_outputs * d))
