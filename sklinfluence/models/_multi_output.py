"""Several scores a row, each linear in parameters of its own."""

from sklinfluence.models._base import ScoreModel


class MultiOutputLinearModel(ScoreModel):
    """Scores S(θ) = X Wᵀ with K scores a row, where θ is W, row after row.

    Scores are flat, row by row: score k of row i is ``S[i * K + k]``.

    Parameters
    ----------
    X : ndarray of shape (n, d)
        Rows of the training objects.
    n_outputs : int
        Number of scores a row, K.
    """

    is_linear = True

    def __init__(self, X, n_outputs):
        self.X = X
        self.n_outputs = n_outputs
        self.n_params = n_outputs * X.shape[1]

    def scores(self, theta):
        """Return X Wᵀ, flat; works with autograd."""
        return (self.X @ theta.reshape(self.n_outputs, -1).T).reshape(-1)

    def jvp(self, theta, V):
        """Return the scores of every column of V, whatever θ is."""
        return self.scores_at_each(V.T).T

    def vjp(self, theta, U):
        """Return Jᵀ U, whatever θ is."""
        if U.ndim == 1:
            return self.vjp(theta, U[:, None])[:, 0]
        return self.vjp_each(None, U).T

    def curvature_product(self, theta, u, V):
        """Return 0: scores are linear."""
        return 0.0

    def at(self, X):
        """Return the model at other rows."""
        return MultiOutputLinearModel(X, self.n_outputs)

    def scores_at_each(self, thetas):
        """Return the scores of each row of parameters, in one product."""
        m, n, K = len(thetas), len(self.X), self.n_outputs
        scores = thetas.reshape(m * K, self.X.shape[1]) @ self.X.T
        return scores.reshape(m, K, n).transpose(0, 2, 1).reshape(m, n * K)

    def vjp_each(self, thetas, U):
        """Return uᵀ J for each column u, in one product."""
        m, n, K = U.shape[1], len(self.X), self.n_outputs
        by_output = U.T.reshape(m, n, K).transpose(0, 2, 1).reshape(m * K, n)
        return (by_output @ self.X).reshape(m, self.n_params)

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
