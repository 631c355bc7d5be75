"""The objective that is a loss of the scores of a model, plus a ridge penalty."""

from functools import cached_property

import numpy as np
from scipy.sparse import issparse

from sklinfluence.losses import Loss
from sklinfluence.models import MultiOutputLinearModel
from sklinfluence.objectives._base import Objective
from sklinfluence.objectives._concordance import Concordance
from sklinfluence.objectives._penalty import Penalty, RidgePenalty
from sklinfluence.utils._blocks import blocks
from sklinfluence.utils._sparse import dense

# Tangents are pushed through the scores a few columns at a time where there are many
# scores, so that temporary arrays stay well below the size of the data.
_NUMBERS_AT_ONCE = 1 << 20
_GRADIENTS_AT_ONCE = 1 << 24
# Rows of more numbers are not made dense, nor more numbers of blocks formed.
_MOST_ROWS = 1 << 26
# Hessians of more parameters are not formed for the sake of degrees of freedom.
_MOST_PARAMETERS = 2000
# Of the largest: a smaller curvature of a network is round-off.
_NOTHING = 1e-6


class ComposedObjective(Objective):
    r"""L(θ, b) = ℓ(S(θ), b) + ½ Σ α(b) θ², by the chain rule through the scores.

    With J = ∂S/∂θ and D the removal differences of the loss,

    .. math:: \nabla L = J^\top \partial_S \ell + \alpha \theta, \quad
              \nabla^2 L = J^\top \partial_S^2 \ell\, J
              + \textstyle\sum_s \partial_{S_s} \ell\, \nabla^2 S_s
              + \mathrm{diag}(\alpha), \quad R = D J + A ,

    where row i of R is the removal gradient of object i: no backward pass an object.
    Row i of A is the share α(1) − α(1₋ᵢ) of the object in the penalty, times θ: zero
    unless the penalty depends on who is present.

    Parameters
    ----------
    loss : Loss
        Loss in score space, bound to its targets.
    model : ScoreModel
        Score model at the training objects.
    alpha : float, ndarray of shape (n_params,) or Penalty, default=0.0
        Ridge penalty on the summed loss, of each parameter or of all. As a number or
        an array it does not change with b.
    gauge : ndarray of shape (n_params, k), default=None
        Basis of the directions along which L never changes, where the model has such.
    owned : ndarray of int of shape (n_objects, m), default=None
        Parameters that exist only for each object, see :class:`Objective`.

    Attributes
    ----------
    alpha : float or ndarray of shape (n_params,)
        Ridge penalty with all objects present.
    """

    def __init__(self, loss, model, alpha=0.0, *, gauge=None, owned=None):
        self.loss = loss
        self.model = model
        self.penalty = alpha if isinstance(alpha, Penalty) else RidgePenalty(alpha)
        self.alpha = self.penalty.strength()
        self.gauge, self.owned = gauge, owned
        self.n_params = model.n_params
        self.n_objects = loss.n_objects
        self.is_coercive = bool((self.alpha > 0).all())
        self._last = None, None

    def value(self, theta, presence=None):
        """Return L(θ, b)."""
        penalty = 0.5 * (theta @ (self.penalty.strength(presence) * theta))
        return self.loss.value(self.model.scores(theta), presence) + penalty

    def gradient(self, theta, presence=None):
        """Return ∇L(θ, b), of shape (n_params,)."""
        outer = self.loss.gradient(self._at(theta), presence)
        return self.model.vjp(theta, outer) + self.penalty.strength(presence) * theta

    def hessian_product(self, theta, V, presence=None):
        """Return ∇²L(θ, b) V, of shape (n_params, k)."""
        product = self.gauss_newton_product(theta, V, presence)
        if self.model.is_linear:
            return product
        outer = self.loss.gradient(self._at(theta), presence)
        for columns in self._column_blocks(theta, V):
            product[:, columns] += self.model.curvature_product(
                theta, outer, V[:, columns]
            )
        return product

    def gauss_newton_product(self, theta, V, presence=None):
        """Return the product of Jᵀ ∂²ℓ/∂S² J + diag(α) with V, (n_params, k).

        The Hessian without the curvature of the scores.
        """
        S = self._at(theta)
        product = self.penalty.strength(presence)[..., None] * V
        if self._has_blocks:
            return product + self.loss.outputs_product(S, self._rows, V, presence)
        for columns in self._column_blocks(theta, V):
            tangent = self.model.jvp(theta, V[:, columns])
            curved = self.loss.hessian_product(S, tangent, presence)
            product[:, columns] += self.model.vjp(theta, curved)
        return product

    def curvature_scale(self, theta, presence=None):
        """Return the natural unit of curvature of every parameter, (n_params,)."""
        S, alpha = self._at(theta), self.penalty.strength(presence)
        plain = type(self.loss).curvature_size is Loss.curvature_size
        if plain and self.model.is_linear:
            # Without J, which may have a row for every pair of a query and an item.
            bound = self.loss.curvature_bound(S, presence)
            return np.sqrt(self.model.squared_vjp(theta, bound) + alpha)
        if not self.model.is_linear:
            bound = self.loss.curvature_bound(S, presence)
            scale = np.sqrt(self.model.squared_vjp(theta, bound) + alpha)
            # The weights of a unit that does nothing have no unit of their own.
            return np.maximum(scale, _NOTHING * scale.max(initial=0.0))
        J = self.model.jacobian(theta)
        return np.sqrt(self.loss.curvature_size(S, J, presence) + alpha)

    def hessian(self, theta, presence=None):
        """Return ∇²L(θ, b), of shape (n_params, n_params)."""
        S = self._at(theta)
        if self._has_blocks:
            H = self.loss.outputs_form(S, self._rows, presence)
            np.einsum("ii->i", H)[:] += self.penalty.strength(presence)
            return H
        H = self.loss.curvature_form(S, self.model.jacobian(theta), presence)
        if not self.model.is_linear:
            outer, identity = self.loss.gradient(S, presence), np.eye(self.n_params)
            for columns in self._column_blocks(theta, identity):
                H[:, columns] += self.model.curvature_product(
                    theta, outer, identity[:, columns]
                )
        return (H + H.T) / 2 + self._diagonals(self.penalty.strength(presence))

    def gradients(self, thetas, presences):
        """Return ∇L(θ, b) of each row, of shape (m, n_params)."""
        outer = self.loss.gradients(self._scores(thetas), presences.T)
        alphas = self.penalty.strength(presences)
        return self.model.vjp_each(thetas, outer) + alphas * thetas

    def hessians(self, thetas, presences):
        """Return ∇²L(θ, b) of each row, of shape (m, n_params, n_params)."""
        if not self.model.is_linear or self._has_blocks:
            return super().hessians(thetas, presences)
        S, J = self._scores(thetas), self.model.jacobian(thetas[0])
        forms = self.loss.curvature_forms(S, J, presences.T)
        return forms + self._diagonals(self.penalty.strength(presences))

    def removal_hessians(self, theta):
        """Return ∇²L(θ, 1₋ᵢ) as a function of objects i, of shape (m, p, p)."""
        if not self.model.is_linear or self._has_blocks:
            return super().removal_hessians(theta)
        forms = self.loss.removal_forms(self._at(theta), self.model.jacobian(theta))
        if not self.penalty.depends_on_presence:
            return lambda objects: forms(objects) + self._diagonals(self.alpha)
        left = self.alpha - self.penalty.shares()
        return lambda objects: forms(objects) + self._diagonals(left[objects])

    def removal_roots(self, theta):
        """Return roots of what removals take out, as a function of objects, or None."""
        # A share of the penalty that goes as well is not of low rank.
        if not self.model.is_linear or self.penalty.depends_on_presence:
            return None
        return self.loss.removal_roots(self._at(theta), self.model.jacobian(theta))

    def concordance(self, theta, basis):
        """Return what bounds the change of curvature, None where nothing is known."""
        if not (self.model.is_linear and self.loss.is_self_concordant):
            return None
        S, Z = self._at(theta), self.model.jvp(theta, basis)
        return Concordance(self.loss, S, Z)

    def dispersion(self, theta):
        """Return φ, L / φ being a negative log-likelihood up to a constant."""
        if type(self.loss).dispersion is Loss.dispersion:
            # One already: no degrees of freedom to count.
            return 1.0
        return self.loss.dispersion(self._at(theta), self._dof(theta))

    def dispersion_without(self, theta, steps):
        """Return φ as estimated without each object, at θ + step: (n_objects,)."""
        S, J = self._at(theta), self.model.jacobian(theta)
        return self.loss.dispersion_without(S, J, steps, self._dof(theta))

    def _dof(self, theta):
        """Return the trace of the hat matrix: H without the penalty times H⁻¹.

        Where H is too large to be formed, the most that it can be.
        """
        if self.n_params > _MOST_PARAMETERS:
            return float(min(self.n_params, len(self._at(theta))))
        scale = self.curvature_scale(theta)
        units = np.outer(scale, scale)
        units[units == 0] = 1.0
        H = self.hessian(theta)
        penalised = np.linalg.pinv(H / units, hermitian=True)
        return float(np.sum(penalised * (H - self._diagonals(self.alpha)) / units))

    def without(self, objects):
        """Return the objective of the loss without some objects."""
        rest, penalty = self.loss.without(objects), self.penalty.without(objects)
        return ComposedObjective(rest, self.model, penalty, gauge=self.gauge)

    def removal_gradients(self, theta, removals=None):
        """Return the removal gradients, of shape (n_removals, n_params)."""
        if self._rows is not None:
            S = self._at(theta)
            products = self.loss.outputs_removals(S, self._rows, removals)
        else:
            J = self.model.jacobian(theta)
            products = self.removal_scores(theta, J, removals)
        if self.penalty.depends_on_presence:
            products += self.penalty.shares(removals) * theta
        return products

    def removal_products(self, theta, V, removals=None):
        """Return rᵀV for every removal, of shape (n_removals, k)."""
        if self._rows is not None:
            return self._products_in_blocks(theta, V, removals)
        if self._gradients_are_small(V.shape[1]):
            return self.removal_gradients(theta, removals) @ V
        if removals is None:
            D = self.loss.removal_differences(self._at(theta))
            products = np.empty((self.n_objects, V.shape[1]))
            for columns in self._column_blocks(theta, V):
                products[:, columns] = D @ self.model.jvp(theta, V[:, columns])
        else:
            tangents = np.empty((len(self._at(theta)), V.shape[1]))
            for columns in self._column_blocks(theta, V):
                tangents[:, columns] = self.model.jvp(theta, V[:, columns])
            products = self.removal_scores(theta, tangents, removals)
        if self.penalty.depends_on_presence:
            products += self.penalty.shares_along(theta, V, removals)
        return products

    def _products_in_blocks(self, theta, V, removals):
        """Return rᵀV by removal gradients, a few at a time."""
        if removals is None:
            removals = np.arange(self.n_objects)[:, None]
        size = max(_GRADIENTS_AT_ONCE // self.n_params, 1)
        parts = [
            self.removal_gradients(theta, removals[some]) @ V
            for some in blocks(len(removals), size)
        ]
        return np.concatenate(parts) if parts else np.zeros((0, V.shape[1]))

    @cached_property
    def _rows(self):
        """Rows that all scores share, where the loss has closed forms of their weights.

        Then nothing has the size of rows × scores × parameters.
        """
        model = self.model
        if not isinstance(model, MultiOutputLinearModel):
            return None
        if (
            not hasattr(self.loss, "outputs_form")
            or np.prod(model.X.shape) > _MOST_ROWS
        ):
            return None
        return dense(model.X)

    @property
    def _has_blocks(self):
        """Whether there are such forms of the curvature, of blocks a score."""
        rows = self._rows
        return rows is not None and self.n_params * rows.shape[1] <= _MOST_ROWS

    def _gradients_are_small(self, k):
        """Say whether all removal gradients are fewer numbers than their products."""
        one = self.model.is_linear and self.model.n_outputs == 1
        return one and self.n_params <= k and not issparse(self.model.jacobian(None))

    def removal_scores(self, theta, T, removals=None):
        """Return D T for every removal: what the loss alone makes of score tangents.

        Parameters
        ----------
        theta : ndarray of shape (n_params,)
            Parameters.
        T : ndarray of shape (n_scores, k)
            Tangents of the scores, such as J V.
        removals : list of ndarray of int, default=None
            As in :meth:`removal_gradients`.

        Returns
        -------
        ndarray of shape (n_removals, k)
            One row a removal.
        """
        S = self._at(theta)
        if removals is None:
            return self.loss.removal_differences(S) @ T
        full = self.loss.gradient(S)
        gone = (self.loss.gradient(S, self.presence_without(r)) for r in removals)
        return np.stack([(full - without) @ T for without in gone])

    def _at(self, theta):
        """Return the scores, those of the last parameters without work."""
        known, scores = self._last
        if known is None or not np.array_equal(known, theta):
            scores = self.model.scores(theta)
            scores.flags.writeable = False
            self._last = np.array(theta), scores
        return scores

    def __getstate__(self):
        return self.__dict__ | {"_last": (None, None)}

    def _diagonals(self, alphas):
        """Return diag(α), or one for each row of many α."""
        return alphas[..., None] * np.eye(self.n_params)

    def _scores(self, thetas):
        return self.model.scores_at_each(thetas).T

    def _column_blocks(self, theta, V):
        # There may be far more scores than objects, as of items that queries share.
        numbers = len(self._at(theta)) * self.model.width
        return blocks(V.shape[1], max(_NUMBERS_AT_ONCE // max(numbers, 1), 2))
