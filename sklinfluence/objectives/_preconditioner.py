"""A preconditioner for models each of whose outputs has parameters of its own."""

from dataclasses import dataclass, field

import numpy as np


@dataclass(frozen=True)
class BlockPreconditioner:
    """The inverse of the diagonal blocks of a Hessian, one block an output.

    It has the interface of a solver, as that of the parameter ``preconditioner`` of
    conjugate gradients.

    Attributes
    ----------
    inverse : ndarray of shape (K, d, d)
        Inverses of the blocks.
    """

    inverse: np.ndarray = field(repr=False)

    def prepare(self, operator):
        """Return the product with a block of columns, whatever the operator."""
        return self.solve

    def solve(self, rhs):
        """Return the product of the inverse with columns of shape (K d, k)."""
        K, d, _ = self.inverse.shape
        product = np.matmul(self.inverse, rhs.reshape(K, d, -1))
        return _Product(product.reshape(rhs.shape))


@dataclass(frozen=True)
class _Product:
    x: np.ndarray


def block_preconditioner(objective, theta, presence=None, damping=0.0):
    """Return the preconditioner of an objective, None where its model has no blocks.

    Parameters
    ----------
    objective : ComposedObjective
        The objective.
    theta : ndarray of shape (n_params,)
        Parameters.
    presence : ndarray of shape (n_objects,), default=None
        Objects present.
    damping : float, default=0.0
        Added to the diagonal.

    Returns
    -------
    BlockPreconditioner or None
        Of the upper bound of the curvature that the loss knows of each score.
    """
    if hasattr(objective, "diagonal_blocks"):
        blocks = objective.diagonal_blocks(theta, presence)
        blocks[:] += damping * np.eye(blocks.shape[1])
        return BlockPreconditioner(_inverses(blocks))
    model = getattr(objective, "model", None)
    if not hasattr(model, "gram_blocks"):
        return None
    bound = objective.loss.curvature_bound(model.scores(theta), presence)
    blocks = model.gram_blocks(bound)
    K, d, _ = blocks.shape
    alpha = np.broadcast_to(objective.penalty.strength(presence) + damping, K * d)
    blocks[:, np.arange(d), np.arange(d)] += alpha.reshape(K, d)
    return BlockPreconditioner(_inverses(blocks))


def _inverses(blocks):
    """Return positive definite inverses of blocks of shape (K, d, d)."""
    values, vectors = np.linalg.eigh(blocks)
    floor = 1e-12 * values.max(axis=1, keepdims=True)
    values = np.maximum(values, np.where(floor > 0, floor, 1.0))
    return (vectors / values[:, None]) @ vectors.transpose(0, 2, 1)
