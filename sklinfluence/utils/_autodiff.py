"""Linear maps that autograd can differentiate to any order."""

from autograd.extend import defvjp, primitive


@primitive
def linear_map(v, forward, adjoint):
    """Apply a linear map, given with its adjoint, differentiably.

    Parameters
    ----------
    v : ndarray
        Argument; may be traced by autograd.
    forward, adjoint : callable
        The maps ``v -> A v`` and ``u -> A^T u``, in any code.

    Returns
    -------
    ndarray
        ``forward(v)``.
    """
    return forward(v)


defvjp(
    linear_map,
    lambda ans, v, forward, adjoint: lambda u: linear_map(u, adjoint, forward),
)
