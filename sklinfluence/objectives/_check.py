"""Hold an objective's closed forms against autograd and finite differences."""

import numpy as np

from sklinfluence.objectives._base import Objective


def check_objective(objective, theta, *, rtol=1e-6, random_state=0):
    """Compare every derivative of an objective with what its value implies.

    Gradient, Hessian product, Hessian and removal gradients, with all objects present
    and with a random half of them, are compared with automatic differentiation of
    ``objective.value`` and with central differences of it.

    Parameters
    ----------
    objective : Objective
        The objective; its ``value`` must work with autograd.
    theta : ndarray of shape (n_params,)
        Where to compare; any point that is not special.
    rtol : float, default=1e-6
        Largest accepted difference, relative to the largest entry.
    random_state : int, default=0
        Seed of the directions, of the objects left out and of those compared.

    Returns
    -------
    dict of str to float
        Relative difference of every comparison, all at most ``rtol``.

    Raises
    ------
    AssertionError
        If a difference is larger; the message names the derivative.

    Examples
    --------
    >>> import autograd.numpy as np
    >>> from sklinfluence.objectives import AutogradObjective, check_objective
    >>> def fun(theta, presence):
    ...     return presence @ np.exp(theta[0] * np.arange(3.0))
    >>> objective = AutogradObjective(fun, n_params=1, n_objects=3)
    >>> errors = check_objective(objective, np.array([0.3]))
    >>> sorted(errors)[:2]
    ['all: gradient, autograd', 'all: gradient, finite differences']
    """
    rng = np.random.default_rng(random_state)
    half = (rng.random(objective.n_objects) < 0.5).astype(float)
    errors = {}
    for name, presence in [("all", None), ("half", half)]:
        for check in (_gradient_errors, _hessian_errors):
            found = check(objective, theta, presence, rng)
            errors |= {f"{name}: {key}": error for key, error in found.items()}
    errors |= _removal_errors(objective, theta, rng)
    wrong = {key: error for key, error in errors.items() if not error <= rtol}
    if wrong:
        raise AssertionError(
            f"{type(objective).__name__} disagrees with its own value by more than "
            f"rtol={rtol:g}: {wrong}. Check the closed forms named, or the value."
        )
    return errors


def _gradient_errors(objective, theta, presence, rng):
    gradient = objective.gradient(theta, presence)
    numeric = _central(lambda t: objective.value(t, presence), theta)
    automatic = Objective.gradient(objective, theta, presence)
    return {
        "gradient, autograd": _relative(gradient, automatic),
        "gradient, finite differences": _relative(gradient, numeric),
    }


def _hessian_errors(objective, theta, presence, rng):
    V = rng.normal(size=(objective.n_params, 2))
    product = objective.hessian_product(theta, V, presence)
    automatic = Objective.hessian_product(objective, theta, V, presence)
    numeric = [
        _central(lambda s, v=v: objective.gradient(theta + s[0] * v, presence), [0.0])
        for v in V.T
    ]
    hessian = objective.hessian(theta, presence)
    return {
        "hessian_product, autograd": _relative(product, automatic),
        "hessian_product, finite differences": _relative(product.T, np.array(numeric)),
        "hessian, hessian_product": _relative(hessian @ V, product),
    }


def _removal_errors(objective, theta, rng):
    some = rng.permutation(objective.n_objects)[:20]
    each = objective.removal_gradients(theta)[some]
    deletion = Objective.removal_gradients(objective, theta, list(some))
    group = [np.sort(some)]
    together = objective.removal_gradients(theta, group)
    V = rng.normal(size=(objective.n_params, 2))
    products = objective.removal_products(theta, V)[some]
    return {
        "removal_gradients, deletion": _relative(each, deletion),
        "removal_gradients of a group, deletion": _relative(
            together, Objective.removal_gradients(objective, theta, group)
        ),
        "removal_products, removal_gradients": _relative(products, each @ V),
    }


def _central(fun, theta, step=1e-5):
    theta = np.asarray(theta, dtype=float)
    steps = step * np.eye(len(theta))
    slopes = [(fun(theta + h) - fun(theta - h)) / (2 * step) for h in steps]
    return np.array(slopes if np.ndim(slopes[0]) == 0 else slopes[0])


def _relative(found, expected):
    error, scale = np.abs(found - expected).max(), np.abs(expected).max()
    if scale == 0.0:
        return 0.0 if error == 0.0 else np.inf
    return float(error / scale)
