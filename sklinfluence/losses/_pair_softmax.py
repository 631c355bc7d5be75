"""The loss of pairs of a centre and a context: a softmax over all contexts."""

from dataclasses import dataclass
from functools import cached_property

import autograd.numpy as anp
import numpy as np
from autograd.scipy.special import logsumexp
from scipy.sparse import issparse

from sklinfluence.utils._blocks import blocks
from sklinfluence.utils._sparse import product

#: Scores of all pairs are kept up to this number, and worked out again beyond.
KEPT = 1 << 25
#: Scores that are worked out at once beyond it.
NUMBERS_AT_ONCE = 1 << 20


class PairSoftmaxLoss:
    r"""The loss ℓ(φ, ψ) = Σ_ab W_ab (log Σ_c exp(φ_aᵀψ_c) − φ_aᵀψ_b).

    Each of the pairs of a centre a and a context b, of which there are W_ab, costs the
    negative logarithm of the chance that a softmax over all contexts gives to b. The
    scores φ ψᵀ are n² numbers, so the loss takes their factors, and a few rows of them
    at a time.

    Parameters
    ----------
    weight : ndarray or csr_array of shape (n, n)
        Weight W of every pair, centres in rows.

    References
    ----------
    Equation 5 of J. Deng, W. Tang and J. W. Ma, "A versatile influence function for
    data attribution with non-decomposable loss", arXiv:2412.01335 (2024).

    Examples
    --------
    >>> import numpy as np
    >>> from sklinfluence.losses import PairSoftmaxLoss
    >>> loss = PairSoftmaxLoss(np.array([[0.0, 1.0], [1.0, 0.0]]))
    >>> phi = np.zeros((2, 1))
    >>> round(float(loss.value(phi, phi)), 4)  # two pairs at the chance of one half
    1.3863
    """

    def __init__(self, weight):
        self.weight = weight
        self.row_weight = np.ravel(weight.sum(axis=1))

    @cached_property
    def transposed(self):
        """The weights with contexts in rows."""
        return self.weight.T.tocsr() if issparse(self.weight) else self.weight.T

    def value(self, phi, psi):
        """Return ℓ, a float; autograd differentiates it.

        Parameters
        ----------
        phi, psi : ndarray of shape (n, d)
            Embeddings of the nodes as centres and as contexts.

        Returns
        -------
        float
            The loss.
        """
        total = -anp.sum(phi * product(self.weight, psi))
        for some in self._rows(1):
            scores = anp.dot(phi[some], psi.T)
            total = total + anp.dot(self.row_weight[some], logsumexp(scores, axis=1))
        return total

    def at(self, phi, psi):
        """Return the loss at one point, with its derivatives, a ``PairSoftmaxPoint``.

        Parameters
        ----------
        phi, psi : ndarray of shape (n, d)
            Embeddings of the nodes as centres and as contexts.

        Returns
        -------
        PairSoftmaxPoint
            What derivatives have in common is worked out once.
        """
        return PairSoftmaxPoint(self, phi, psi)

    def _rows(self, n_columns):
        """Yield rows of scores that are so few that temporaries stay small."""
        n = len(self.row_weight)
        return blocks(n, max(NUMBERS_AT_ONCE // max(n * n_columns, 1), 1))


@dataclass(frozen=True)
class PairSoftmaxPoint:
    """Derivatives of a loss of pairs at one point.

    Attributes
    ----------
    loss : PairSoftmaxLoss
        The loss.
    phi, psi : ndarray of shape (n, d)
        Embeddings of the nodes as centres and as contexts.
    """

    loss: PairSoftmaxLoss
    phi: np.ndarray
    psi: np.ndarray

    @property
    def value(self):
        """The loss, a float."""
        return self._first_pass[0]

    @property
    def gradient(self):
        """The gradients in φ and in ψ, two arrays of shape (n, d)."""
        return self._first_pass[1:]

    @cached_property
    def _first_pass(self):
        along_phi = -(self.loss.weight @ self.psi)
        along_psi = -(self.loss.transposed @ self.phi)
        value = np.sum(self.phi * along_phi)
        for some, Q, r in self._chances(1):
            value += self.loss.row_weight[some] @ self._log_sums[some]
            along_phi[some] += r * (Q @ self.psi)
            along_psi += Q.T @ (r * self.phi[some])
        return float(value), along_phi, along_psi

    def product(self, U, V):
        """Return the product of the Hessian with k tangents.

        Parameters
        ----------
        U, V : ndarray of shape (k, n, d)
            Tangents of φ and of ψ.

        Returns
        -------
        along_phi : ndarray of shape (k, n, d)
            Its part along φ.
        along_psi : ndarray of shape (k, n, d)
            Its part along ψ.
        """
        along_phi, along_psi = np.empty(U.shape), np.empty(V.shape)
        n = len(self.phi)
        for columns in blocks(len(U), max(NUMBERS_AT_ONCE // (n * n), 1)):
            parts = self._product(U[columns], V[columns])
            along_phi[columns], along_psi[columns] = parts
        return along_phi, along_psi

    def _product(self, U, V):
        weight, back = self.loss.weight, self.loss.transposed
        # Sparse weights multiply one matrix at a time.
        along_phi = np.stack([-(weight @ v) for v in V])
        along_psi = np.stack([-(back @ u) for u in U])
        for some, Q, r in self._chances(len(U)):
            phi = self.phi[some]
            slope = U[:, some] @ self.psi.T + phi @ V.transpose(0, 2, 1)
            slope -= np.einsum("ac,kac->ka", Q, slope)[:, :, None]
            slope *= r * Q
            along_phi[:, some] += slope @ self.psi + r * (Q @ V)
            along_psi += slope.transpose(0, 2, 1) @ phi + Q.T @ (r * U[:, some])
        return along_phi, along_psi

    def hessian(self):
        """Return the Hessian, (2 n d, 2 n d): φ row by row, then ψ."""
        n, d = self.phi.shape
        H = np.zeros((2, n, d, 2, n, d))
        nodes = np.arange(n)
        H[0, nodes, :, 0, nodes] = self.centre_blocks
        r, Q = self.loss.row_weight[:, None], self._all_chances
        size = np.zeros((n, d, d))
        for k in range(d):
            for j in range(d):
                both = (r[:, 0] * self.phi[:, k] * self.phi[:, j])[:, None] * Q
                H[1, :, k, 1, :, j] = -(Q.T @ both)
                size[:, k, j] = both.sum(axis=0)
        H[1, nodes, :, 1, nodes] += size
        weight = self.loss.weight
        slope = r * Q - (weight.toarray() if issparse(weight) else weight)
        away = self.psi[None] - (Q @ self.psi)[:, None]  # (a, c, k)
        mixed = np.einsum("ac,ack,aj->akcj", r * Q, away, self.phi)
        for k in range(d):
            mixed[:, k, :, k] += slope
        H[0, :, :, 1] = mixed
        H[1, :, :, 0] = mixed.transpose(2, 3, 0, 1)
        return H.reshape(2 * n * d, -1)

    @cached_property
    def centre_blocks(self):
        """The Hessian in the embedding of every centre, (n, d, d)."""
        n, d = self.psi.shape
        squares = np.einsum("ck,cj->ckj", self.psi, self.psi).reshape(n, -1)
        out = np.empty((n, d, d))
        for some, Q, r in self._chances(1):
            mean = Q @ self.psi
            second = (Q @ squares).reshape(-1, d, d)
            spread = second - mean[:, :, None] * mean[:, None, :]
            out[some] = r[:, :, None] * spread
        return out

    @cached_property
    def context_blocks(self):
        """The Hessian in the embedding of every context, (n, d, d)."""
        n, d = self.phi.shape
        out = np.zeros((n, d * d))
        for some, Q, r in self._chances(1):
            phi = self.phi[some]
            squares = np.einsum("ak,aj->akj", phi, phi).reshape(len(phi), -1)
            out += (Q * (1.0 - Q)).T @ (r * squares)
        return out.reshape(n, d, d)

    def _chances(self, n_columns):
        """Yield rows, the chances of all contexts there, and the weights of rows."""
        r = self.loss.row_weight[:, None]
        kept = self._all_chances if len(self.phi) ** 2 <= KEPT else None
        for some in self.loss._rows(n_columns):
            yield some, self._softmax(some) if kept is None else kept[some], r[some]

    @cached_property
    def _all_chances(self):
        return self._softmax(slice(None))

    @cached_property
    def _log_sums(self):
        """Logarithms of the denominators of rows, filled when their chances are."""
        return np.empty(len(self.phi))

    def _softmax(self, some):
        """Return the chances of all contexts for some centres."""
        scores = self.phi[some] @ self.psi.T
        largest = scores.max(axis=1, keepdims=True, initial=-np.inf)
        scores -= largest
        np.exp(scores, out=scores)
        sums = scores.sum(axis=1, keepdims=True)
        self._log_sums[some] = (largest + np.log(sums))[:, 0]
        scores /= sums
        return scores
