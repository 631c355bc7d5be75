"""Scores of a multilayer perceptron, and their derivatives in all its weights."""

from itertools import pairwise

import autograd.numpy as anp
import numpy as np

from sklinfluence.models._activations import ACTIVATIONS, FOR_AUTOGRAD
from sklinfluence.models._base import ScoreModel


class PerceptronModel(ScoreModel):
    r"""Scores of a network: :math:`a_l = f(a_{l-1} W_l + c_l)`, linear at the end.

    Parameters θ are W and c of one layer after another, flat; scores are flat, row by
    row. Derivatives are written out: tangents go forwards through the layers and
    adjoints backwards, all columns of a block together, as products of matrices.

    Parameters
    ----------
    X : ndarray of shape (n, d)
        Rows of the training objects.
    hidden_layer_sizes : tuple of int
        Units of each hidden layer.
    n_outputs : int, default=1
        Scores a row.
    activation : {"identity", "logistic", "relu", "tanh"}, default="relu"
        The function f of the hidden units. The second derivative of "relu" is taken
        as zero, which it is but at its kink.
    output_bias : bool, default=True
        Whether the last layer has a c; a loss of differences of scores sees none.

    References
    ----------
    B. A. Pearlmutter, "Fast exact multiplication by the Hessian", Neural Computation 6
    (1994), for ``curvature_product``.
    """

    def __init__(
        self, X, hidden_layer_sizes, n_outputs=1, activation="relu", output_bias=True
    ):
        self.X, self.n_outputs = X, n_outputs
        self.hidden_layer_sizes, self.activation = hidden_layer_sizes, activation
        self.output_bias = output_bias
        sizes = (X.shape[1], *hidden_layer_sizes, n_outputs)
        self.shapes = list(pairwise(sizes))
        self.n_params = sum((d + 1) * h for d, h in self.shapes)
        if not output_bias:
            self.n_params -= n_outputs
        self.width = max(sizes[1:])

    def layers(self, theta):
        """Return W and c of each layer.

        Parameters
        ----------
        theta : ndarray of shape (n_params,) or (k, n_params)
            Parameters, or k of them.

        Returns
        -------
        list of (ndarray of shape (..., d, h), ndarray of shape (..., h))
            W and c; c is zero where a layer has none.
        """
        start, layers, lead = 0, [], theta.shape[:-1]
        for d, h in self.shapes:
            W = theta[..., start : start + d * h].reshape(*lead, d, h)
            c = theta[..., start + d * h : start + (d + 1) * h]
            # Nothing is left for the last layer where it has no bias.
            layers.append((W, c if c.shape[-1] else np.zeros((*lead, h))))
            start += (d + 1) * h
        return layers

    def output_parameters(self):
        """Return the indices of parameters of each output alone, of shape (K, m)."""
        W, c = self.layers(np.arange(self.n_params))[-1]
        return np.vstack([W, c] if self.output_bias else [W]).T

    def scores(self, theta):
        """Return the scores, flat; works with autograd."""
        a, function = self.X, FOR_AUTOGRAD[self.activation]
        *hidden, (W, c) = self.layers(theta)
        for V, b in hidden:
            a = function(anp.dot(a, V) + b)
        return (anp.dot(a, W) + c).reshape(-1)

    def jvp(self, theta, V):
        """Return J V, of shape (n_scores, k)."""
        *_, last = self._tangents(self._forward(theta), self.layers(theta), V.T)
        return last.reshape(V.shape[1], -1).T

    def vjp(self, theta, U):
        """Return Jᵀ U, of shape (p, k), or (p,) for a single column."""
        adjoint = U.T.reshape(-1, len(self.X), self.n_outputs)
        pairs = self._adjoints(theta, adjoint)
        gradient = self._flat([_gradient(below, delta) for below, delta in pairs])
        return gradient[0] if U.ndim == 1 else gradient.T

    def jacobian(self, theta):
        """Return J, of shape (n_scores, p)."""
        pairs = self._adjoints(theta, self._one_each())
        blocks = []
        for below, delta in pairs:
            # Row i of output k: the outer product of what is below and above.
            outer = below[None, :, :, None] * delta[:, :, None, :]
            both = outer.reshape(*delta.shape[:2], -1), delta
            blocks.append(np.concatenate(both, axis=2))
        J = np.concatenate(blocks, axis=2)[:, :, : self.n_params]
        return J.transpose(1, 0, 2).reshape(-1, self.n_params)

    def row_vjp(self, theta, u):
        """Return the product of the scores of each row with their derivatives, (n, p).

        One backward pass: an outer product a row and layer.
        """
        n, parts = len(self.X), []
        for below, delta in self._adjoints(theta, u.reshape(1, n, self.n_outputs)):
            outer = below[:, :, None] * delta[0][:, None, :]
            parts += [outer.reshape(n, -1), delta[0]]
        return np.concatenate(parts, axis=1)[:, : self.n_params]

    def squared_vjp(self, theta, u):
        """Return Σ_s u_s J_sj², of shape (p,), without J."""
        weight = u.reshape(-1, self.n_outputs).T[:, :, None]
        squares = [
            _gradient(below**2, weight * delta**2)
            for below, delta in self._adjoints(theta, self._one_each())
        ]
        return self._flat(squares).sum(axis=0)

    def gram(self, theta, other, weight):
        """Return J diag(weight) J'ᵀ of this and another network of the same weights.

        A layer contributes the product of the Gram matrices of what is below and
        above it, so that this costs the same however many parameters there are; it
        does where ``weight`` has one value for W and one for c of a layer.
        """
        values = self._layer_values(weight)
        if values is None or not isinstance(other, PerceptronModel):
            return super().gram(theta, other, weight)
        total = 0.0
        for (A, B), (A2, B2), (w, v) in zip(
            self._adjoints(theta, self._one_each()),
            other._adjoints(theta, other._one_each()),
            values,
            strict=True,
        ):
            above = np.tensordot(B, B2, axes=(2, 2))
            total = total + above * (w * (A @ A2.T) + v)[:, None, :]
        shape = len(self.X) * self.n_outputs, len(other.X) * other.n_outputs
        return total.transpose(1, 0, 3, 2).reshape(shape)

    def curvature_product(self, theta, u, V):
        """Return Σ_s u_s ∇²S_s V: how Jᵀ u changes along each column of V."""
        states, layers = self._forward(theta), self.layers(theta)
        tangents = self._tangents(states, layers, V.T)
        moves = self.layers(V.T)
        adjoint = u.reshape(len(self.X), self.n_outputs)
        change = np.zeros((V.shape[1], *adjoint.shape))
        products = []
        for level in reversed(range(len(layers))):
            W, dW = layers[level][0], moves[level][0]
            below, slope, bend = states[level]
            weights, bias = _gradient(below, change)
            if not level:
                products.append((weights, bias))
                break
            d_below, d_z = tangents[level]
            # Adjoints as they are, states below as they move.
            products.append((weights + d_below.transpose(0, 2, 1) @ adjoint, bias))
            back = adjoint @ W.T
            d_back = _dot(change, W.T) + adjoint @ dW.transpose(0, 2, 1)
            change = d_back * slope + back * bend * d_z
            adjoint = back * slope
        return self._flat(products[::-1]).T

    def at(self, X):
        """Return the model at other rows."""
        return PerceptronModel(
            X,
            self.hidden_layer_sizes,
            self.n_outputs,
            self.activation,
            self.output_bias,
        )

    def _forward(self, theta):
        """Return what each layer is given: values, and slope and bend of its units."""
        states = [(self.X, None, None)]
        for W, c in self.layers(theta)[:-1]:
            states.append(ACTIVATIONS[self.activation](states[-1][0] @ W + c))
        return states

    def _tangents(self, states, layers, V):
        """Return how what each layer is given moves along rows of V, and the scores.

        Pairs (values, units before their activation), of shape (k, n, h); for the
        first layer nothing moves.
        """
        tangents, a = [None], None
        for level, (dW, dc) in enumerate(self.layers(V)):
            moved = states[level][0] @ dW + dc[:, None, :]
            if level:
                moved += _dot(a, layers[level][0])
            if level + 1 == len(layers):
                return [*tangents, moved]
            a = moved * states[level + 1][1]
            tangents.append((a, moved))
        raise AssertionError("a network has at least one layer")

    def _adjoints(self, theta, adjoint):
        """Return what each layer is given, and adjoints (k, n, h) of what it gives."""
        states, layers, pairs = self._forward(theta), self.layers(theta), []
        for level in reversed(range(len(layers))):
            pairs.append((states[level][0], adjoint))
            if level:
                adjoint = _dot(adjoint, layers[level][0].T) * states[level][1]
        return pairs[::-1]

    def _one_each(self):
        """Return the adjoints that ask for one output of every row, (K, n, K)."""
        identity = np.eye(self.n_outputs)[:, None, :]
        return np.broadcast_to(identity, (self.n_outputs, len(self.X), self.n_outputs))

    def _flat(self, pairs):
        """Return parts in W (k, d, h) and c (k, h) of all layers, flat: (k, p)."""
        flat = [part.reshape(len(part), -1) for pair in pairs for part in pair]
        return np.concatenate(flat, axis=1)[:, : self.n_params]

    def _layer_values(self, weight):
        """Return the values of W and c in each layer, None where they differ."""
        full = np.full(sum((d + 1) * h for d, h in self.shapes), weight[-1])
        full[: self.n_params] = weight
        values, start = [], 0
        for d, h in self.shapes:
            part = full[start : start + (d + 1) * h]
            W, c = part[: d * h], part[d * h :]
            if np.ptp(W) > 0 or np.ptp(c) > 0:
                return None
            values.append((W[0], c[0]))
            start += (d + 1) * h
        if not self.output_bias:
            values[-1] = values[-1][0], 0.0
        return values


def _dot(stack, matrix):
    """Return the products of k matrices with one, as a single product."""
    flat = stack.reshape(-1, stack.shape[-1]) @ matrix
    return flat.reshape(*stack.shape[:-1], matrix.shape[1])


def _gradient(below, adjoint):
    """Return the gradients in W and c of a layer: (k, d, h) and (k, h)."""
    return below.T @ adjoint, adjoint.sum(axis=1)
