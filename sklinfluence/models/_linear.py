"""Scores that are linear in the parameters."""

from sklinfluence.models._base import ScoreModel
from sklinfluence.utils._sparse import dense, product, scaled_rows, squared_sums


class LinearModel(ScoreModel):
    """Scores S(θ) = X θ, without an intercept.

    Parameters
    ----------
    X : ndarray or csr_array of shape (n, p)
        Rows of the training objects. What is linear in them stays sparse: the Jacobian
        and the directions.
    """

    is_linear = True

    def __init__(self, X):
        self.X = X
        self.n_params = X.shape[1]

    def scores(self, theta):
        """Return X θ; works with autograd."""
        return product(self.X, theta)

    def jvp(self, theta, V):
        """Return X V, whatever θ is."""
        return self.X @ V

    def jacobian(self, theta):
        """Return X itself, not a copy."""
        return self.X

    def vjp(self, theta, U):
        """Return Xᵀ U, whatever θ is."""
        return self.X.T @ U

    def row_vjp(self, theta, u):
        """Return u_i x_i for every row, of shape (n, p)."""
        return dense(scaled_rows(u, self.X))

    def squared_vjp(self, theta, u):
        """Return Σ_s u_s x_s², of shape (p,)."""
        return squared_sums(u, self.X)

    def curvature_product(self, theta, u, V):
        """Return 0: scores are linear."""
        return 0.0

    def at(self, X):
        """Return the model at other rows."""
        return LinearModel(X)

    def scores_at_each(self, thetas):
        """Return θ X for each row of parameters, in one product."""
        return thetas @ self.X.T

    def vjp_each(self, thetas, U):
        """Return uᵀ X for each column u, in one product."""
        return U.T @ self.X

    def directions(self):
        """Return Xᵀ."""
        return self.X.T

    def averaged(self, weight):
        """Return the model at the weighted mean row."""
        return LinearModel((weight / weight.sum())[None] @ self.X)
