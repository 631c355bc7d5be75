"""The contrastive loss of a pair of nodes, with all that is present to contrast."""

import numpy as np


def pair_losses(model, theta, pairs, present):
    """Return −log of the chance that centre a gives to context b, for pairs (a, b).

    Parameters
    ----------
    model : EmbeddingModel
        The embeddings.
    theta : ndarray of shape (n_params,)
        Parameters.
    pairs : ndarray of int of shape (m, 2)
        Positions of centres and of contexts.
    present : ndarray of bool of shape (n_nodes,)
        Which nodes are in the softmax.

    Returns
    -------
    ndarray of shape (m,)
        Losses, nan where a node of the pair is not present.
    """
    phi, psi = model.factors(theta)
    centres, of_pair = np.unique(pairs[:, 0], return_inverse=True)
    log_sums, _ = _softmax(phi[centres], psi[present])
    score = np.einsum("mk,mk->m", phi[pairs[:, 0]], psi[pairs[:, 1]])
    return np.where(present[pairs].all(axis=1), log_sums[of_pair] - score, np.nan)


def pair_loss_gradients(model, theta, pairs, present):
    """Return the gradients of :func:`pair_losses` in the parameters, (m, n_params).

    Parameters
    ----------
    model : EmbeddingModel
        The embeddings.
    theta : ndarray of shape (n_params,)
        Parameters.
    pairs : ndarray of int of shape (m, 2)
        Positions of centres and of contexts.
    present : ndarray of bool of shape (n_nodes,)
        Which nodes are in the softmax.

    Returns
    -------
    ndarray of shape (m, n_params)
        Gradients, nan where a node of the pair is not present.
    """
    phi, psi = model.factors(theta)
    centres, of_pair = np.unique(pairs[:, 0], return_inverse=True)
    _, chances = _softmax(phi[centres], psi[present])
    mean = chances @ psi[present]
    m, each = len(pairs), np.arange(len(pairs))
    gradients = np.zeros((m, 2, model.n_nodes, model.dimension))
    a, b = pairs.T
    gradients[each, 0, a] = mean[of_pair] - psi[b]
    gradients[:, 1, present] = chances[of_pair][:, :, None] * phi[a][:, None]
    gradients[each, 1, b] -= phi[a]
    gradients[~present[pairs].all(axis=1)] = np.nan
    return gradients.reshape(m, model.n_params)


def _softmax(phi, psi):
    """Return logarithms of the denominators of centres, and chances of contexts."""
    scores = phi @ psi.T
    largest = scores.max(axis=1, keepdims=True, initial=-np.inf)
    chances = np.exp(scores - largest)
    sums = chances.sum(axis=1, keepdims=True)
    return (largest + np.log(sums))[:, 0], chances / sums
