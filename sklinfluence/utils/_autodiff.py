"""Linear maps that autograd can differentiate to any order."""

from autograd.extend import defvjp, primitive


def differentiable_linear_map(forward, adjoint):
    """Make a linear map, given with its adjoint, differentiable by autograd.

    Parameters
    ----------
    forward, adjoint : callable
        The maps ``v -> A v`` and ``u -> A^T u`` on arrays.

    Returns
    -------
    callable
        ``forward`` as an autograd primitive; its derivatives are ``adjoint``,
        ``forward``, and so on, whatever code the two run.
    """
    map_, adjoint_map = primitive(forward), primitive(adjoint)
    defvjp(map_, lambda ans, v: adjoint_map)
    defvjp(adjoint_map, lambda ans, u: map_)
    return map_
