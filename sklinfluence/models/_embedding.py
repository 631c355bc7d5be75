"""Two embeddings of every node, as a centre and as a context: scores φ ψᵀ."""

from dataclasses import dataclass
from itertools import combinations

import numpy as np

# Share of the largest size that counts as the same.
_AS_LARGE = 1 - 1e-6


@dataclass(frozen=True)
class EmbeddingModel:
    """The parameters of embeddings, flat: φ row by row, then ψ row by row.

    Attributes
    ----------
    n_nodes : int
        Number of nodes n.
    dimension : int
        Number of coordinates d.

    Examples
    --------
    >>> import numpy as np
    >>> from sklinfluence.models import EmbeddingModel
    >>> model = EmbeddingModel(n_nodes=3, dimension=2)
    >>> phi, psi = model.factors(np.arange(12.0))
    >>> psi[0]
    array([6., 7.])
    >>> model.parameters_of([1])
    array([[2, 3, 8, 9]])
    """

    n_nodes: int
    dimension: int

    @property
    def n_params(self):
        """Number of parameters, 2 n d."""
        return 2 * self.n_nodes * self.dimension

    def factors(self, theta):
        """Return φ and ψ of flat parameters.

        Parameters
        ----------
        theta : ndarray of shape (n_params,)
            Parameters.

        Returns
        -------
        phi : ndarray of shape (n_nodes, dimension)
            Embeddings as centres.
        psi : ndarray of shape (n_nodes, dimension)
            Embeddings as contexts.
        """
        both = theta.reshape(2, self.n_nodes, self.dimension)
        return both[0], both[1]

    def parameters_of(self, nodes):
        """Return the positions of the parameters of some nodes, (m, 2 dimension)."""
        place = np.arange(self.n_params).reshape(2, self.n_nodes, self.dimension)
        nodes = np.asarray(nodes, dtype=np.intp)
        return np.concatenate([place[0, nodes], place[1, nodes]], axis=1)

    def gauge(self, theta):
        """Return the directions in which φ and ψ rotate: their scores stay.

        Parameters
        ----------
        theta : ndarray of shape (n_params,)
            Parameters.

        Returns
        -------
        ndarray of shape (n_params, dimension * (dimension - 1) / 2)
            The tangent (φ S, ψ S) of every plane of rotation, S antisymmetric.
        """
        pairs = list(combinations(range(self.dimension), 2))
        both = theta.reshape(-1, self.dimension)
        tangents = np.zeros((len(pairs), *both.shape))
        for tangent, (i, j) in zip(tangents, pairs, strict=True):
            tangent[:, i], tangent[:, j] = -both[:, j], both[:, i]
        return tangents.reshape(len(pairs), self.n_params).T

    def gauge_product(self, theta, V):
        """Return G Gᵀ V with G the gauge at θ, which is not formed.

        Parameters
        ----------
        theta : ndarray of shape (n_params,)
            Parameters.
        V : ndarray of shape (n_params, k)
            Columns.

        Returns
        -------
        ndarray of shape (n_params, k)
            The product.
        """
        both = theta.reshape(-1, self.dimension)
        moments = both.T @ V.T.reshape(-1, *both.shape)
        turned = both @ (moments - moments.transpose(0, 2, 1))
        return turned.reshape(-1, self.n_params).T

    def canonical(self, theta):
        """Rotate parameters to principal axes: of all that give the same scores, one.

        The axes are the eigenvectors of φᵀφ + ψᵀψ, the longest first, and along each
        the coordinate of φ that is largest in size is positive, the first of those that
        are as large up to round-off: nodes that are mirror images are not told apart by
        it. Axes of the same length are as they come.

        Parameters
        ----------
        theta : ndarray of shape (n_params,)
            Parameters.

        Returns
        -------
        ndarray of shape (n_params,)
            Rotated parameters.
        """
        both = theta.reshape(-1, self.dimension)
        _, axes = np.linalg.eigh(both.T @ both)
        both = both @ axes[:, ::-1]
        phi = both[: self.n_nodes]
        size = np.abs(phi)
        first = np.argmax(size >= _AS_LARGE * size.max(axis=0), axis=0)
        largest = phi[first, np.arange(self.dimension)]
        return (both * np.where(largest < 0, -1.0, 1.0)).ravel()

    def names(self, nodes):
        """Return what to call each parameter, for nodes of these names."""
        kinds = ("centre", "context")
        axes = range(self.dimension)
        return np.array(
            [f"{node}: {kind} {k}" for kind in kinds for node in nodes for k in axes],
            dtype=object,
        )
