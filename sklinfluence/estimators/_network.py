"""Sizes of the layers of a network, and weights to start from."""

import numpy as np


def initial_parameters(model, random_state):
    """Draw weights as scikit-learn's MLP does (Glorot and Bengio 2010).

    Parameters
    ----------
    model : PerceptronModel
        The network.
    random_state : numpy.random.RandomState
        Random numbers.

    Returns
    -------
    ndarray of shape (n_params,)
        Flat parameters.
    """
    factor, parts = (2.0 if model.activation == "logistic" else 6.0), []
    for d, h in model.shapes:
        bound = np.sqrt(factor / (d + h))
        parts.append(random_state.uniform(-bound, bound, (d + 1) * h))
    return np.concatenate(parts)[: model.n_params]


def layer_sizes(hidden_layer_sizes):
    """Return units of the hidden layers, of an int or a sequence, as a tuple."""
    sizes = np.atleast_1d(hidden_layer_sizes)
    whole = sizes.ndim == 1 and (sizes.size == 0 or sizes.dtype.kind in "iu")
    if not whole or (sizes < 1).any():
        raise ValueError(
            f"Got hidden_layer_sizes={hidden_layer_sizes!r}; expected an int or a "
            "sequence of ints, a positive number of units for each hidden layer."
        )
    return tuple(sizes.astype(int).tolist())
