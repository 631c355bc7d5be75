"""The parameters of a network as scikit-learn keeps them, and flat."""

from itertools import pairwise

import numpy as np


def is_weight(model):
    """Tell weights from intercepts among flat parameters.

    Parameters
    ----------
    model : PerceptronModel
        The network.

    Returns
    -------
    ndarray of shape (n_params,)
        1 for every weight and 0 for every intercept.
    """
    parts = [np.repeat([1.0, 0.0], [d * h, h]) for d, h in model.shapes]
    return np.concatenate(parts)[: model.n_params]


def weights_of(model, theta):
    """Split flat parameters into weights and intercepts of the layers.

    Parameters
    ----------
    model : PerceptronModel
        The network; without an output bias, the last layer has no intercept.
    theta : ndarray of shape (n_params,)
        Flat parameters.

    Returns
    -------
    coefs : list of ndarray of shape (d, h)
        Weights of the layers.
    intercepts : list of ndarray of shape (h,)
        Their intercepts.
    """
    coefs, intercepts = map(list, zip(*model.layers(theta), strict=True))
    return coefs, intercepts if model.output_bias else intercepts[:-1]


def flat_parameters(coefs, intercepts):
    """Return flat parameters, the inverse of :func:`weights_of`.

    Parameters
    ----------
    coefs, intercepts : list of ndarray
        Weights (d, h) and intercepts (h,) of the layers; the last may have none.

    Returns
    -------
    ndarray of shape (n_params,)
        Flat parameters.
    """
    missing = [np.zeros(0)] * (len(coefs) - len(intercepts))
    pairs = zip(coefs, [*intercepts, *missing], strict=True)
    return np.concatenate([np.ravel(part) for pair in pairs for part in pair])


def weight_names(model, features):
    """Name every parameter.

    Parameters
    ----------
    model : PerceptronModel
        The network.
    features : iterable of length d
        Names of the columns that go into the first layer.

    Returns
    -------
    ndarray of shape (n_params,), object
        Such as ``coefs_[0][age, 1]``, of feature and unit, and ``intercepts_[0][1]``.
    """
    sizes = [list(features), *(range(h) for _, h in model.shapes)]
    names = []
    for level, (below, above) in enumerate(pairwise(sizes)):
        names += [f"coefs_[{level}][{i}, {j}]" for i in below for j in above]
        names += [f"intercepts_[{level}][{j}]" for j in above]
    return np.array(names[: model.n_params], dtype=object)
