"""Scores of a multilayer perceptron, and their derivatives in all its weights."""

from itertools import pairwise

import autograd.numpy as anp
import numpy as np

from sklinfluence.models._base import ScoreModel


def _identity(z):
    return z, np.ones_like(z), np.zeros_like(z)


def _relu(z):
    return np.maximum(z, 0.0), (z > 0).astype(float), np.zeros_like(z)


def _tanh(z):
    a = np.tanh(z)
    slope = 1.0 - a**2
    return a, slope, -2.0 * a * slope


def _logistic(z):
    a = 0.5 * (1.0 + np.tanh(z / 2))
    slope = a * (1.0 - a)
    return a, slope, slope * (1.0 - 2.0 * a)


#: Activations by name: value, first and second derivative.
ACTIVATIONS = {
    "identity": _identity,
    "logistic": _logistic,
    "relu": _relu,
    "tanh": _tanh,
}
_FOR_AUTOGRAD = {
    "identity": lambda z: z,
    "logistic": lambda z: 0.5 * (1.0 + anp.tanh(z / 2)),
    "relu": lambda z: anp.maximum(z, 0.0),
    "tanh": anp.tanh,
}


class PerceptronModel(ScoreModel):
    r"""Scores of a network: :math:`a_l = f(a_{l-1} W_l + c_l)`, linear at the end.

    Parameters θ are W and c of one layer after another, flat; scores are flat, row by
    row. Derivatives are written out: tangents go forwards through the layers and
    adjoints backwards, all columns of a block together.

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

    References
    ----------
    B. A. Pearlmutter, "Fast exact multiplication by the Hessian", Neural Computation 6
    (1994), for ``curvature_product``.
    """

    def __init__(self, X, hidden_layer_sizes, n_outputs=1, activation="relu"):
        self.X, self.n_outputs = X, n_outputs
        self.hidden_layer_sizes, self.activation = hidden_layer_sizes, activation
        sizes = (X.shape[1], *hidden_layer_sizes, n_outputs)
        self.shapes = list(pairwise(sizes))
        self.n_params = sum((d + 1) * h for d, h in self.shapes)

    def layers(self, theta):
        """Return W and c of each layer; θ may have an axis of columns behind."""
        start, layers = 0, []
        for d, h in self.shapes:
            W, c = theta[start : start + d * h], theta[start + d * h :][:h]
            layers.append((W.reshape(d, h, *theta.shape[1:]), c))
            start += (d + 1) * h
        return layers

    def scores(self, theta):
        """Return the scores, flat; works with autograd."""
        a, function = self.X, _FOR_AUTOGRAD[self.activation]
        *hidden, (W, c) = self.layers(theta)
        for V, b in hidden:
            a = function(anp.dot(a, V) + b)
        return (anp.dot(a, W) + c).reshape(-1)

    def jvp(self, theta, V):
        """Return J V, of shape (n_scores, k)."""
        *_, last = self._tangents(self._forward(theta), self.layers(theta), V)
        return last.reshape(-1, V.shape[1])

    def vjp(self, theta, U):
        """Return Jᵀ U, of shape (p, k), or (p,) for a single column."""
        columns = U[:, None] if U.ndim == 1 else U
        states, layers = self._forward(theta), self.layers(theta)
        adjoint = columns.reshape(len(self.X), self.n_outputs, -1)
        gradients = []
        for level in reversed(range(len(layers))):
            below = states[level][0]
            gradients.append(_gradient(below, adjoint))
            if level:
                back = np.einsum("nhk,dh->ndk", adjoint, layers[level][0])
                adjoint = back * states[level][1][:, :, None]
        out = np.concatenate(gradients[::-1])
        return out[:, 0] if U.ndim == 1 else out

    def curvature_product(self, theta, u, V):
        """Return Σ_s u_s ∇²S_s V: how Jᵀ u changes along each column of V."""
        states, layers = self._forward(theta), self.layers(theta)
        tangents = self._tangents(states, layers, V)
        moves = self.layers(V)
        adjoint = u.reshape(len(self.X), self.n_outputs)
        change = np.zeros((*adjoint.shape, V.shape[1]))
        products = []
        for level in reversed(range(len(layers))):
            W, dW = layers[level][0], moves[level][0]
            below, slope, bend = states[level]
            d_below = tangents[level][0] if level else None
            product = _gradient(below, change)
            if level:
                # Adjoints as they are, states below as they move.
                turned = np.einsum("ndk,nh->dhk", d_below, adjoint)
                product[: W.size] += turned.reshape(W.size, -1)
            products.append(product)
            if not level:
                break
            back, d_z = adjoint @ W.T, tangents[level][1]
            d_back = np.einsum("nhk,dh->ndk", change, W)
            d_back += np.einsum("nh,dhk->ndk", adjoint, dW)
            change = d_back * slope[:, :, None] + (back * bend)[:, :, None] * d_z
            adjoint = back * slope
        return np.concatenate(products[::-1])

    def at(self, X):
        """Return the model at other rows."""
        return PerceptronModel(
            X, self.hidden_layer_sizes, self.n_outputs, self.activation
        )

    def _forward(self, theta):
        """Return what each layer is given: values, and slope and bend of its units."""
        states = [(self.X, None, None)]
        for W, c in self.layers(theta)[:-1]:
            states.append(ACTIVATIONS[self.activation](states[-1][0] @ W + c))
        return states

    def _tangents(self, states, layers, V):
        """Return how what each layer is given moves along V, and the scores at last.

        Pairs (values, units before their activation), of shape (n, h, k); for the
        first layer nothing moves.
        """
        tangents, a = [None], None
        for level, (dW, dc) in enumerate(self.layers(V)):
            moved = np.tensordot(states[level][0], dW, axes=1) + dc
            if level:
                moved += np.einsum("ndk,dh->nhk", a, layers[level][0])
            if level + 1 == len(layers):
                return [*tangents, moved]
            a = moved * states[level + 1][1][:, :, None]
            tangents.append((a, moved))
        raise AssertionError("a network has at least one layer")


def _gradient(below, adjoint):
    """Return the gradient in W and c of a layer, flat, of shape ((d + 1) h, k)."""
    weights = np.tensordot(below.T, adjoint, axes=1)
    bias = adjoint.sum(axis=0)
    return np.concatenate([weights.reshape(-1, adjoint.shape[2]), bias])
