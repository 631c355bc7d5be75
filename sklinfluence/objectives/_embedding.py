"""The objective of node embeddings, a function of the nodes or edges that are there."""

import numpy as np

from sklinfluence.losses import PairSoftmaxLoss, best_centres
from sklinfluence.models import EmbeddingModel
from sklinfluence.objectives._base import Objective


class EmbeddingObjective(Objective):
    r"""The loss of pairs of the nodes present, plus a ridge penalty.

    With C(b) the counts of pairs on walks in the graph of the objects present, and
    C_tot the number of pairs in the whole graph,

    .. math:: L(\theta, b) = \sum_{a, b} \frac{C_{ab}(b)}{C_\mathrm{tot}}
              \Bigl(\log \sum_{c\ \mathrm{present}} e^{\varphi_a^\top \psi_c}
              - \varphi_a^\top \psi_b\Bigr)
              + \frac{\alpha}{2} \bigl(\|\varphi\|^2 + \|\psi\|^2\bigr) .

    It is a sum over pairs whose weights are shares of those of the whole graph: C_tot
    stays as it is where objects are removed, so the loss of pairs that removal does not
    touch stays, and the strength of the penalty does not depend on how many walks
    there are. A node that is removed starts no walk and is passed by none, is in no
    denominator, and its embeddings are in the penalty only.

    Parameters
    ----------
    objects : GraphObjects
        Objects of the graph, with ``pairs(presence)``.
    dimension : int
        Coordinates of an embedding.
    alpha : float
        Strength of the penalty.

    Attributes
    ----------
    gauge : ndarray of shape (n_params, k) or None
        Tangents of the rotations that change nothing, at the fitted parameters.
    owned : ndarray of shape (n_objects, 2 * dimension) or None
        Parameters that exist for each object only.
    """

    is_coercive = True

    def __init__(self, objects, dimension, alpha):
        self.objects = objects
        self.alpha = alpha
        self.model = EmbeddingModel(objects.n_nodes, dimension)
        self.n_params = self.model.n_params
        self.n_objects = objects.n_objects
        self.gauge = None
        own = objects.own_embeddings
        every = np.arange(self.n_objects)
        self.owned = self.model.parameters_of(every) if own else None
        self._last = None, None, None

    def value(self, theta, presence=None):
        """Return L(θ, b)."""
        nodes, weight = self.objects.pairs(presence)
        phi, psi = self.model.factors(theta)
        loss = PairSoftmaxLoss(weight).value(phi[nodes], psi[nodes])
        return loss + 0.5 * self.alpha * (theta @ theta)

    def value_and_gradient(self, theta, presence=None):
        """Return L(θ, b) and ∇L(θ, b), which share their work."""
        _, point = self.at(theta, presence)
        value = point.value + 0.5 * self.alpha * (theta @ theta)
        return value, self.gradient(theta, presence)

    def gradient(self, theta, presence=None):
        """Return ∇L(θ, b), of shape (n_params,)."""
        nodes, point = self.at(theta, presence)
        gradient = self.alpha * theta.reshape(2, *self._shape)
        gradient[:, nodes] += point.gradient
        return gradient.ravel()

    def hessian_product(self, theta, V, presence=None):
        """Return ∇²L(θ, b) V, of shape (n_params, k)."""
        nodes, point = self.at(theta, presence)
        V = V.T.reshape(-1, 2, *self._shape)
        product = self.alpha * V
        product[:, :, nodes] += np.stack(
            point.product(V[:, 0, nodes], V[:, 1, nodes]), axis=1
        )
        return product.reshape(-1, self.n_params).T

    def hessian(self, theta, presence=None):
        """Return ∇²L(θ, b), of shape (n_params, n_params)."""
        nodes, point = self.at(theta, presence)
        H = self.alpha * np.eye(self.n_params)
        own = self._rows_of(nodes)
        if len(nodes) == self.model.n_nodes:
            return H + point.hessian()
        H[np.ix_(own, own)] += point.hessian()
        return H

    def removal_products(self, theta, V, removals=None):
        """Return rᵀV for every removal, (n_removals, k), one removal at a time."""
        full = self.gradient(theta)
        removals = np.arange(self.n_objects) if removals is None else removals
        presences = (self.presence_without(removal) for removal in removals)
        rows = [(full - self.gradient(theta, b)) @ V for b in presences]
        return np.stack(rows)

    def diagonal_blocks(self, theta, presence=None):
        """Return the Hessian in each embedding of each node, (2 n, d, d)."""
        nodes, point = self.at(theta, presence)
        n, d = self._shape
        blocks = np.zeros((2, n, d, d)) + self.alpha * np.eye(d)
        blocks[:, nodes] += np.stack([point.centre_blocks, point.context_blocks])
        return blocks.reshape(2 * n, d, d)

    def curvature_scale(self, theta, presence=None):
        """Return the natural unit of curvature of every parameter, (n_params,)."""
        blocks = self.diagonal_blocks(theta, presence)
        return np.sqrt(np.einsum("akk->ak", blocks).ravel())

    def gauge_at(self, theta):
        """Return tangents of the rotations that change nothing, (n_params, k)."""
        return self.model.gauge(theta)

    def free(self, presence=None):
        """Return which parameters do not belong to an object removed, (n_params,)."""
        free = np.ones(self.n_params, dtype=bool)
        if self.owned is not None and presence is not None:
            free[self.owned[presence == 0]] = False
        return free

    def resolve_centres(self, theta, presence=None):
        """Return θ with the best centre embeddings for its context embeddings.

        Parameters
        ----------
        theta : ndarray of shape (n_params,)
            Parameters; those of nodes removed are set to zero, their minimum.
        presence : ndarray of shape (n_objects,), default=None
            Which objects are present.

        Returns
        -------
        ndarray of shape (n_params,)
            Parameters at which the gradient in φ vanishes.
        """
        nodes, weight = self.objects.pairs(presence)
        theta = np.where(self.free(presence), theta, 0.0)
        phi, psi = self.model.factors(theta)
        loss = PairSoftmaxLoss(weight)
        phi[nodes] = best_centres(loss, phi[nodes], psi[nodes], self.alpha)
        return theta

    def at(self, theta, presence=None):
        """Return the nodes present, and the loss of their pairs at θ.

        Parameters
        ----------
        theta : ndarray of shape (n_params,)
            Parameters.
        presence : ndarray of shape (n_objects,), default=None
            Which objects are present.

        Returns
        -------
        nodes : ndarray of int of shape (m,)
            Nodes that are present.
        point : PairSoftmaxPoint
            Their loss; that of the last parameters without work.
        """
        key = None if presence is None else presence.tobytes()
        known, of, found = self._last
        if of != key or known is None or not np.array_equal(known, theta):
            nodes, weight = self.objects.pairs(presence)
            phi, psi = self.model.factors(np.array(theta))
            found = nodes, PairSoftmaxLoss(weight).at(phi[nodes], psi[nodes])
            self._last = np.array(theta), key, found
        return found

    @property
    def _shape(self):
        return self.model.n_nodes, self.model.dimension

    def _rows_of(self, nodes):
        place = np.arange(self.n_params).reshape(2, *self._shape)
        return place[:, nodes].ravel()

    def __getstate__(self):
        return self.__dict__ | {"_last": (None, None, None)}
