"""The objective that is a loss of the scores of a model, plus a ridge penalty."""

import numpy as np

from sklinfluence.objectives._base import Objective
from sklinfluence.utils._blocks import blocks

# Tangents are pushed through the scores a few columns at a time where there are many
# scores, so that temporary arrays stay well below the size of the data.
_NUMBERS_AT_ONCE = 1 << 20


class ComposedObjective(Objective):
    r"""L(θ, b) = ℓ(S(θ), b) + ½ α ‖θ‖², by the chain rule through the scores.

    With J = ∂S/∂θ and D the removal differences of the loss,

    .. math:: \nabla L = J^\top \partial_S \ell + \alpha \theta, \quad
              \nabla^2 L = J^\top \partial_S^2 \ell\, J
              + \textstyle\sum_s \partial_{S_s} \ell\, \nabla^2 S_s + \alpha I, \quad
              R = D J ,

    where row i of R is the removal gradient of object i: no backward pass an object.

    Parameters
    ----------
    loss : Loss
        Loss in score space, bound to its targets.
    model : ScoreModel
        Score model at the training objects.
    alpha : float, default=0.0
        Ridge penalty on the summed loss; it does not change with b.
    """

    def __init__(self, loss, model, alpha=0.0):
        self.loss = loss
        self.model = model
        self.alpha = alpha
        self.is_coercive = alpha > 0
        self.n_params = model.n_params
        self.n_objects = loss.n_objects

    def value(self, theta, presence=None):
        """Return L(θ, b)."""
        penalty = 0.5 * self.alpha * (theta @ theta)
        return self.loss.value(self.model.scores(theta), presence) + penalty

    def gradient(self, theta, presence=None):
        """Return ∇L(θ, b), of shape (n_params,)."""
        outer = self.loss.gradient(self.model.scores(theta), presence)
        return self.model.vjp(theta, outer) + self.alpha * theta

    def hessian_product(self, theta, V, presence=None):
        """Return ∇²L(θ, b) V, of shape (n_params, k)."""
        S = self.model.scores(theta)
        outer = self.loss.gradient(S, presence)
        product = self.model.curvature_product(theta, outer, V) + self.alpha * V
        for columns in self._column_blocks(V):
            tangent = self.model.jvp(theta, V[:, columns])
            curved = self.loss.hessian_product(S, tangent, presence)
            product[:, columns] += self.model.vjp(theta, curved)
        return product

    def curvature_scale(self, theta, presence=None):
        """Return the natural unit of curvature of every parameter, (n_params,)."""
        S, J = self.model.scores(theta), self.model.jacobian(theta)
        return np.sqrt(self.loss.curvature_size(S, J, presence) + self.alpha)

    def hessian(self, theta, presence=None):
        """Return ∇²L(θ, b), of shape (n_params, n_params)."""
        S, identity = self.model.scores(theta), np.eye(self.n_params)
        outer = self.loss.gradient(S, presence)
        H = self.loss.curvature_form(S, self.model.jacobian(theta), presence)
        H += self.model.curvature_product(theta, outer, identity)
        return (H + H.T) / 2 + self.alpha * identity

    def removal_gradients(self, theta, removals=None):
        """Return the removal gradients, of shape (n_removals, n_params)."""
        return self.removal_products(theta, np.eye(self.n_params), removals)

    def removal_products(self, theta, V, removals=None):
        """Return rᵀV for every removal, of shape (n_removals, k)."""
        S = self.model.scores(theta)
        if removals is None:
            D = self.loss.removal_differences(S)
            products = np.empty((self.n_objects, V.shape[1]))
            for columns in self._column_blocks(V):
                products[:, columns] = D @ self.model.jvp(theta, V[:, columns])
            return products
        full = self.loss.gradient(S)
        JV = self.model.jvp(theta, V)
        gone = (self.loss.gradient(S, self.presence_without(r)) for r in removals)
        return np.stack([(full - without) @ JV for without in gone])

    def _column_blocks(self, V):
        return blocks(V.shape[1], max(_NUMBERS_AT_ONCE // self.n_objects, 2))
