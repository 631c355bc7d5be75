r"""Removal of objects that own parameters: the reduced system on the others.

Without object i, its own parameters w appear nowhere but in the penalty, whose minimum
is zero. They are clamped there, not left to absorb the change:

.. math:: \delta_o = (H_{oo})^{-1} r_o, \qquad \delta_w = -\hat\theta_w .

The inverse of a part of H is not that part of the inverse. Where H is factorised, it
is had by a Schur complement; where it is not, products leave w out.
"""

import numpy as np
from scipy import linalg
from scipy.sparse.linalg import LinearOperator

from sklinfluence.solvers import DualSolver
from sklinfluence.utils._blocks import blocks
from sklinfluence.utils._progress import progress

_NUMBERS_AT_ONCE = 1 << 26


def own_parameters(objective, removed):
    """Return the indices of the parameters that exist only for removed objects."""
    return np.ravel(objective.owned[removed])


def clamped_steps(solver, operator, solve, fitted, removals, tell, verbose=0):
    """Solve the reduced system of every removal.

    Parameters
    ----------
    solver : Solver
        How systems are solved.
    operator : LinearOperator of shape (p, p)
        H + λI.
    solve : callable
        The solver, prepared for the operator.
    fitted : FittedObjective
        Objective, whose objects own parameters, and fitted parameters.
    removals : sequence of int or ndarray of int
        Sets of objects, each removed at once.
    tell : callable
        Gets every ``SolverResult``.
    verbose : int, default=0
        Whether to show progress.

    Returns
    -------
    ndarray of shape (n_removals, p)
        Changes of the parameters.
    """
    objective, theta = fitted.objective, fitted.theta
    own = [own_parameters(objective, removed) for removed in removals]
    sets = [np.atleast_1d(removed) for removed in removals]
    steps = np.empty((len(sets), len(theta)))
    pieces = list(blocks(len(sets), max(_NUMBERS_AT_ONCE // (16 * len(theta)), 1)))
    for some in progress(pieces, "removals", verbose):
        rhs = objective.removal_gradients(theta, sets[some])
        for row, places in zip(rhs, own[some], strict=True):
            row[places] = 0.0
        if hasattr(solve, "inverse_columns"):
            steps[some] = _by_schur(solve, rhs, own[some], tell)
        else:
            steps[some] = _by_products(solver, operator, rhs, own[some], tell)
    for step, places in zip(steps, own, strict=True):
        step[places] = -theta[places]
    return steps


def _by_schur(solve, rhs, own, tell):
    """Return (H_oo)⁻¹ r_o from H⁻¹ r, less what its own part had a share in."""
    result = solve(rhs.T)
    tell(result)
    steps, first = np.ascontiguousarray(result.x.T), 0
    inverse = solve.inverse_columns(np.concatenate(own))
    for step, places in zip(steps, own, strict=True):
        columns = inverse[:, first : first + len(places)]
        first += len(places)
        step -= columns @ _solve_scaled(columns[places], step[places])
    return steps


def _solve_scaled(A, v):
    """Solve A x = v for a small A, in units in which its diagonal is one.

    A is positive, but where the Hessian is not, of which its solver has warned.
    """
    unit = np.sqrt(np.abs(np.diag(A)))
    unit[unit == 0] = 1.0
    return linalg.solve(A / np.outer(unit, unit), v / unit, assume_a="sym") / unit


def _by_products(solver, operator, rhs, own, tell):
    """Return (H_oo)⁻¹ r_o by products with H alone, one removal after another."""
    if isinstance(solver, DualSolver):
        raise ValueError(
            'solver="dual" solves for all parameters at once and cannot leave those of '
            'an object out; use solver="auto", "explicit" or "cg".'
        )
    steps = np.empty_like(rhs)
    for row, places in enumerate(own):
        result = solver.prepare(ClampedOperator(operator, places))(rhs[row, :, None])
        tell(result)
        steps[row] = result.x[:, 0]
    return steps


class ClampedOperator(LinearOperator):
    """An operator in which some parameters stay where they are.

    Their rows and columns are those of the identity.

    Parameters
    ----------
    operator : LinearOperator of shape (p, p)
        The operator of all parameters.
    clamped : ndarray of int
        Parameters that stay.
    """

    def __init__(self, operator, clamped):
        super().__init__(np.dtype(float), operator.shape)
        self.operator, self.clamped = operator, clamped
        self.scale = np.array(operator.scale)
        self.scale[clamped] = 1.0
        # Its blocks are those of whole outputs, and leave zeros where they are.
        self.block_preconditioner = operator.block_preconditioner

    def _matmat(self, V):
        moving = np.array(V)
        moving[self.clamped] = 0.0
        product = self.operator @ moving
        product[self.clamped] = V[self.clamped]
        return product
