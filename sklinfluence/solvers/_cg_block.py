"""The recursion of conjugate gradients, on many right-hand sides side by side."""

from dataclasses import dataclass

import numpy as np

from sklinfluence.solvers._base import Status

# Curvature up to this share of the largest that was met counts as none.
_FLAT = 1e-11


@dataclass(frozen=True)
class Iterate:
    """Where the recursion ended.

    Attributes
    ----------
    x : ndarray of shape (p, k)
        Solutions, of the smallest residual that iterates can be combined to.
    n_iter : int
        Iterations, each a product with a block.
    failures : dict of int to Status
        What stopped a column before it converged.
    """

    x: np.ndarray
    n_iter: int
    failures: dict


def conjugate_gradients(operator, precondition, rhs, tol, max_iter):
    """Run the recursion until every residual is at most ``tol``, or cannot be.

    Parameters
    ----------
    operator : LinearOperator of shape (p, p)
        Symmetric matrix A.
    precondition : callable
        Product of M⁻¹ with a block.
    rhs : ndarray of shape (p, k)
        Right-hand sides, none of them zero.
    tol : float
        Largest norm of a residual.
    max_iter : int
        Largest number of iterations.

    Returns
    -------
    Iterate
        Solutions.
    """
    x, failures, n_iter = np.zeros_like(rhs), {}, 0
    run = _Run.begin(rhs, precondition)
    while len(run.columns) and n_iter < max_iter:
        n_iter += 1
        # Where products overflow, their columns are stopped and said to diverge.
        with np.errstate(over="ignore", invalid="ignore"):
            failures |= run.descend(operator)
        run.smooth()
        x[:, run.columns] = run.Y
        run.keep(np.linalg.norm(run.S, axis=0) > tol)
        run.turn(precondition)
    return Iterate(x, n_iter, failures)


@dataclass
class _Run:
    """State of the columns that have not converged yet.

    X, R and P are iterates, their residuals and search directions, MP is M P, and Y and
    S are smoothed iterates and their residuals.
    """

    columns: np.ndarray
    X: np.ndarray
    R: np.ndarray
    P: np.ndarray
    MP: np.ndarray
    Y: np.ndarray
    S: np.ndarray
    rho: np.ndarray
    largest: np.ndarray

    @classmethod
    def begin(cls, rhs, precondition):
        Z, zero = precondition(rhs), np.zeros_like(rhs)
        rho = np.sum(rhs * Z, axis=0)
        columns = np.arange(rhs.shape[1])
        return cls(columns, zero, rhs, Z, rhs, zero, rhs, rho, np.zeros_like(rho))

    def keep(self, mask):
        """Go on with some of the columns only."""
        if mask.all():
            return
        for name, value in vars(self).items():
            setattr(self, name, value[..., mask])

    def descend(self, operator):
        """Step along p; drop columns without curvature along it; return why."""
        AP = operator @ self.P
        curvature = np.sum(self.P * AP, axis=0)
        # Lengths in the norm of M, where the curvature of A is near one: units of the
        # parameters do not decide what counts as flat.
        length = np.sum(self.P * self.MP, axis=0)
        positive = length > 0
        quotient = np.divide(curvature, length, out=0 * length, where=positive)
        self.largest = np.fmax(self.largest, np.abs(quotient))
        flat = _FLAT * self.largest
        curved = (quotient > flat) & positive & np.isfinite(curvature)
        # A preconditioner that is not positive stands for a matrix that is not.
        quotient[~positive] = -np.inf
        lost = zip(self.columns[~curved], quotient[~curved], flat[~curved], strict=True)
        reasons = {int(column): _reason(*values) for column, *values in lost}
        self.keep(curved)
        alpha = self.rho / curvature[curved]
        self.X = self.X + alpha * self.P
        self.R = self.R - alpha * AP[:, curved]
        return reasons

    def smooth(self):
        """Combine iterates so that the residual never grows.

        Where the system has no solution the iterates grow along the flat directions;
        smoothed ones tend to the least residual (Weiss 1994, minimal residual
        smoothing).
        """
        change = self.R - self.S
        length = np.sum(change**2, axis=0)
        along = -np.sum(self.S * change, axis=0)
        share = np.divide(along, length, out=np.zeros_like(along), where=length > 0)
        self.Y = self.Y + share * (self.X - self.Y)
        self.S = self.S + share * change

    def turn(self, precondition):
        """Make the next search directions, conjugate to the last."""
        Z = precondition(self.R)
        rho = np.sum(self.R * Z, axis=0)
        beta, self.rho = rho / self.rho, rho
        self.P = Z + beta * self.P
        self.MP = self.R + beta * self.MP


def _reason(quotient, flat):
    if not quotient < np.inf:
        return Status.DIVERGED
    return Status.NEGATIVE_CURVATURE if quotient < -flat else Status.SINGULAR
