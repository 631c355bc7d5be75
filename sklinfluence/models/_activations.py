"""Activations of hidden units, with what derivatives of scores need of them."""

import autograd.numpy as anp
import numpy as np


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
#: The values alone, as autograd differentiates them.
FOR_AUTOGRAD = {
    "identity": lambda z: z,
    "logistic": lambda z: 0.5 * (1.0 + anp.tanh(z / 2)),
    "relu": lambda z: anp.maximum(z, 0.0),
    "tanh": anp.tanh,
}
