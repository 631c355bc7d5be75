"""The parameters of a network as scikit-learn keeps them, and flat."""

from itertools import pairwise

import numpy as np


def is_weight(model):
    """Return 1 for every weight and 0 for every intercept, of shape (n_params,).

    Parameters
    ----------
    model : PerceptronModel
        The network.
    """
    parts = [np.repeat([1.0, 0.0], [d * h, h]) for d, h in model.shapes]
    return np.concatenate(parts)[: model.n_params]


def weights_of(model, theta):
    """Return ``coefs_`` and ``intercepts_``, lists of arrays, one a layer.

    Parameters
    ----------
    model : PerceptronModel
        The network; without an output bias, the last layer has no intercept.
    theta : ndarray of shape (n_params,)
        Flat parameters.
    """
    coefs, intercepts = map(list, zip(*model.layers(theta), strict=True))
    return coefs, intercepts if model.output_bias else intercepts[:-1]


def flat_parameters(coefs, intercepts):
    """Return flat parameters of ``coefs_`` and ``intercepts_``."""
    missing = [np.zeros(0)] * (len(coefs) - len(intercepts))
    pairs = zip(coefs, [*intercepts, *missing], strict=True)
    return np.concatenate([np.ravel(part) for pair in pairs for part in pair])


def weight_names(model, features):
    """Return a name for every parameter, features in the first layer."""
    sizes = [list(features), *(range(h) for _, h in model.shapes)]
    names = []
    for level, (below, above) in enumerate(pairwise(sizes)):
        names += [f"coefs_[{level}][{i}, {j}]" for i in below for j in above]
        names += [f"intercepts_[{level}][{j}]" for j in above]
    return np.array(names[: model.n_params], dtype=object)
