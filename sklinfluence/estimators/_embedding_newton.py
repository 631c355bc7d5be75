"""Training of embeddings to a minimum: L-BFGS from seeded starts, then Newton steps."""

from functools import partial

import numpy as np
from scipy import linalg, optimize
from scipy.sparse.linalg import LinearOperator

from sklinfluence.estimators._training import TrainingResult, largest_gradient
from sklinfluence.objectives import BlockPreconditioner
from sklinfluence.solvers import ConjugateGradientSolver, most_negative

# Hessians of so many parameters are decomposed; larger ones are multiplied with.
_DENSE_PARAMS = 1200
# Curvature below this share of the penalty's is taken for as much.
_FLAT = 1e-3
# Negative curvature of a smaller share of the largest is not looked for, in natural
# units and where Hessians are multiplied with.
_SHARE_OF_CURVATURE = 1e-3
_SHORTEST = 1e-10
# A gradient of this size, in natural units, may be all that round-off lets shrink: the
# loss is a mean, of the size of one.
_ROUND_OFF = 1e-10
_MEMORY = 20
_MOST_CG = 500
_PRECISION = 1e-2
_MOST_DAMPINGS = 30
# Length of an embedding to start from.
_START = 0.5


def train_embedding(
    objective, rng, presence=None, *, n_restarts, tol, max_iter, verbose=False
):
    """Minimise from random starts, and return the lowest minimum.

    Parameters
    ----------
    objective : EmbeddingObjective
        What to minimise.
    rng : RandomState
        Of the starts.
    presence : ndarray of shape (n_objects,), default=None
        Which objects are present.
    n_restarts : int
        Number of starts.
    tol : float
        Largest accepted gradient, in natural units of curvature.
    max_iter : int
        Largest number of iterations of L-BFGS from each start, and of Newton steps.
    verbose : bool, default=False
        Whether to print the loss of every start.

    Returns
    -------
    TrainingResult
        The minimum.
    """
    best, lowest, n_iter = None, np.inf, 0
    n, d = objective.model.n_nodes, objective.model.dimension
    for restart in range(n_restarts):
        start = rng.normal(scale=_START / np.sqrt(d), size=2 * n * d)
        start *= objective.free(presence)
        theta, value, more = _lbfgs(objective, start, presence, max_iter)
        n_iter += more
        if verbose:
            print(f"[NodeEmbedder] start {restart + 1}: loss {value:.8g}, {more} steps")
        if best is None or value < lowest:
            best, lowest = theta, value
    result = minimize_embedding(objective, best, presence, tol=tol, max_iter=max_iter)
    return TrainingResult(
        result.theta,
        result.gradient,
        n_iter + result.n_iter,
        result.size,
        result.converged,
    )


def minimize_embedding(objective, theta, presence=None, *, tol=1e-8, max_iter=200):
    """Go from θ down to a minimum of L(θ, b), by Newton steps that never go up.

    Parameters that belong to a removed object are zero, where the penalty has its
    minimum.

    Parameters
    ----------
    objective : EmbeddingObjective
        What to minimise.
    theta : ndarray of shape (n_params,)
        Start: for exact removal, the parameters fitted with all objects.
    presence : ndarray of shape (n_objects,), default=None
        Which objects are present.
    tol : float, default=1e-8
        Largest accepted gradient, in natural units of curvature.
    max_iter : int, default=200
        Largest number of steps.

    Returns
    -------
    TrainingResult
        The minimum, or the last point reached.
    """
    free = objective.free(presence)
    theta, smallest = np.where(free, theta, 0.0), np.inf
    for n_iter in range(max_iter + 1):
        gradient = objective.gradient(theta, presence)
        units = objective.curvature_scale(theta, presence)
        size = largest_gradient(gradient, units)
        # Once round-off stops the gradient from shrinking, more steps do not help.
        at_rest = size <= tol or 0.5 * smallest < size < _ROUND_OFF
        if n_iter == max_iter:
            break
        ahead = _off_the_saddle(objective, theta, presence) if at_rest else None
        if at_rest and ahead is None:
            break
        smallest = min(size, smallest) if ahead is None else np.inf
        ahead = damped_step(objective, theta, presence) if ahead is None else ahead
        if np.array_equal(ahead, theta):
            break
        theta = ahead
    converged = size <= max(tol, _ROUND_OFF)
    return TrainingResult(theta, gradient, n_iter, size, converged)


def damped_step(objective, theta, presence=None):
    """Take one Newton step down L(θ, b).

    Along directions of negative curvature, its size is what counts, so the step goes
    down; it is halved until the loss falls. It has no part along rotations, which
    change nothing, nor along parameters that belong to an object removed.

    Parameters
    ----------
    objective : EmbeddingObjective
        What to minimise.
    theta : ndarray of shape (n_params,)
        Where to start; parameters of an object removed are set to zero first.
    presence : ndarray of shape (n_objects,), default=None
        Which objects are present.

    Returns
    -------
    ndarray of shape (n_params,)
        The point reached; θ itself where no step goes down.
    """
    free = objective.free(presence)
    theta = np.where(free, theta, 0.0)
    value, gradient = objective.value_and_gradient(theta, presence)
    if np.count_nonzero(free) <= _DENSE_PARAMS:
        step = _decomposed(objective, theta, presence, gradient, free)
    else:
        step = _iterated(objective, theta, presence, gradient, free)
    slope, fraction = -(gradient @ step), 1.0
    # So near to the minimum that the loss no longer tells up from down.
    near = slope <= 1e-13 * (1.0 + abs(value))
    while fraction > _SHORTEST:
        ahead = theta + fraction * step
        fallen = objective.value_and_gradient(ahead, presence)[0]
        if near or fallen <= value - 1e-4 * fraction * slope:
            return ahead
        fraction /= 2
    return theta


def _decomposed(objective, theta, presence, gradient, free):
    """Return the step by the eigenvectors of the Hessian."""
    H = objective.hessian(theta, presence)[np.ix_(free, free)]
    gauge = _basis(objective.gauge_at(theta)[free])
    values, vectors = linalg.eigh(H + gauge @ gauge.T)
    size = np.maximum(np.abs(values), _FLAT * objective.alpha)
    step = np.zeros_like(theta)
    step[free] = -vectors @ ((vectors.T @ gradient[free]) / size)
    return step


def _iterated(objective, theta, presence, gradient, free):
    """Return the step by conjugate gradients, damped until they meet no curvature < 0.

    A step cut short at negative curvature would be cheaper, and much less of the way.
    The systems are solved the more precisely the smaller the gradient is.
    """
    blocks = objective.diagonal_blocks(theta, presence)
    units = np.sqrt(np.einsum("akk->ak", blocks).ravel())
    precision = min(_PRECISION, np.sqrt(largest_gradient(gradient, units)))
    rhs, damping = -gradient[:, None], 0.0
    for _ in range(_MOST_DAMPINGS):
        hessian = _operator(objective, theta, presence, free, damping)
        shifted = blocks + damping * np.eye(blocks.shape[-1])
        solver = ConjugateGradientSolver(
            precision, _MOST_CG, BlockPreconditioner(np.linalg.inv(shifted))
        )
        result = solver.solve(hessian, rhs)
        if result.converged:
            return result.x[:, 0]
        damping = max(2 * damping, objective.alpha / 8)
    return -gradient * free / np.square(units)


def _operator(objective, theta, presence, free, damping):
    """Return the Hessian on free parameters, one on others, and curved on rotations.

    Along rotations, curvature is as much as is usual; those of parameters that are not
    free are zero.
    """
    turned, free = np.where(free, theta, 0.0), free[:, None]
    usual = np.mean(np.square(objective.curvature_scale(theta, presence)))
    # The mean square of a tangent of rotation is twice the moment of an axis.
    moment = 2 * max(turned @ turned, _SHORTEST) / objective.model.dimension

    def product(V):
        V = V.reshape(len(theta), -1)
        along = objective.hessian_product(theta, V * free, presence) * free
        rotations = objective.model.gauge_product(turned, V) * (usual / moment)
        return along + damping * V + rotations + (1 - free) * V

    return LinearOperator((len(theta),) * 2, product, matmat=product, dtype=float)


def _basis(tangents):
    return np.linalg.qr(tangents)[0]


def _lbfgs(objective, theta, presence, max_iter):
    """Return the point reached, its loss, and the number of iterations."""
    result = optimize.minimize(
        partial(objective.value_and_gradient, presence=presence),
        theta,
        jac=True,
        method="L-BFGS-B",
        options={
            "maxiter": max_iter,
            "maxfun": 20 * max_iter,
            "maxcor": _MEMORY,
            # Newton's method goes on from where the loss does not tell much any more.
            "ftol": 1e-12,
            "gtol": 1e-8,
        },
    )
    return result.x, result.fun, result.nit


def _off_the_saddle(objective, theta, presence):
    """Return a lower point along negative curvature, None at a minimum."""
    free = objective.free(presence)
    if len(theta) <= _DENSE_PARAMS:
        H = objective.hessian(theta, presence)[np.ix_(free, free)]
        values, vectors = linalg.eigh(H, subset_by_index=[0, 0])
        if values[0] > -_FLAT * objective.alpha:
            return None
        direction = np.zeros_like(theta)
        direction[free] = vectors[:, 0]
    else:
        direction = _negative_direction(objective, theta, presence, free)
    if direction is None:
        return None
    size = max(np.linalg.norm(theta), 1.0)
    steps = [sign * size * 2.0**-k for k in range(1, 30) for sign in (1, -1)]
    points = [theta + step * direction for step in steps]
    values = [objective.value_and_gradient(point, presence)[0] for point in points]
    lowest = int(np.argmin(values))
    lower = values[lowest] < objective.value_and_gradient(theta, presence)[0]
    return points[lowest] if lower else None


def _negative_direction(objective, theta, presence, free):
    """Return a direction of negative curvature, None where none is found.

    Looked for in natural units: signs of curvature are the same, and eigenvalues lie
    closer together than those of hubs and leaves do, so that Lanczos' method sees the
    smallest in fewer products.
    """
    units = np.where(free, objective.curvature_scale(theta, presence), 1.0)[:, None]
    hessian = _operator(objective, theta, presence, free, 0.0)

    def product(V):
        return hessian.matmat(V.reshape(len(theta), -1) / units) / units

    scaled = LinearOperator(hessian.shape, product, matmat=product, dtype=float)
    direction = most_negative(scaled, _SHARE_OF_CURVATURE)
    if direction is None:
        return None
    direction = direction / units.ravel()
    return direction / np.linalg.norm(direction)
