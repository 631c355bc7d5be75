"""Coordinates around the fit in which its Hessian is the identity."""

import numpy as np
from sklearn.exceptions import ConvergenceWarning

from sklinfluence.solvers import ExplicitSolver, Status, natural_basis
from sklinfluence.utils._warnings import warn_user


class NaturalCoordinates:
    r"""Coordinates ξ, :math:`\theta = \hat\theta + B \xi`, :math:`B^\top H B = I`.

    Distances are in standard errors, whatever the units of the columns, and what
    removal leaves of the Hessian is near the identity. Directions in which the
    objective is flat, gauge directions among them, are left out.

    Parameters
    ----------
    objective : Objective
        The objective L.
    theta : ndarray of shape (n_params,)
        Fitted parameters θ̂.
    solver : ExplicitSolver, default=None
        Says what counts as flat, and how large a matrix may be; None: its defaults.

    Attributes
    ----------
    basis : ndarray of shape (n_params, q)
        The matrix B.
    size_of_terms : float
        Size of the terms that Hessians in these coordinates are sums of, to which
        their rounding errors are proportional.
    status : Status
        Whether the Hessian is definite, but for its gauge, singular or indefinite.
    """

    def __init__(self, objective, theta, solver=None):
        solver = ExplicitSolver() if solver is None else solver
        solver.check_size(len(theta))
        self.theta = theta
        hessian = objective.hessian(theta)
        scale = objective.curvature_scale(theta)
        self.basis, self.status = natural_basis(hessian, scale, solver.rcond)
        gauge = getattr(objective, "gauge", None)
        gauge = np.zeros((len(theta), 0)) if gauge is None else np.linalg.qr(gauge)[0]
        # Of all parameters that give the same model, those without a gauge component.
        self.basis -= gauge @ (gauge.T @ self.basis)
        n_flat = len(theta) - self.basis.shape[1] - gauge.shape[1]
        if n_flat <= 0 and self.status is Status.SINGULAR:
            self.status = Status.SOLVED
        self.size_of_terms = np.linalg.norm(scale[:, None] * self.basis, 2) ** 2
        along = hessian @ self.basis
        # Minus one along directions of negative curvature.
        self._inverse = along / np.sum(self.basis * along, axis=0)

    def thetas(self, xi):
        """Return the parameters at coordinates ξ of shape (m, q): (m, n_params)."""
        return self.theta + xi @ self.basis.T

    def steps(self, xi):
        """Return θ − θ̂ at coordinates ξ of shape (m, q): (m, n_params)."""
        return xi @ self.basis.T

    def of_steps(self, steps):
        """Return the coordinates of θ̂ + steps, of shape (m, q); inverse of steps."""
        return steps @ self._inverse

    def gradients(self, G):
        """Return Bᵀg of each row g, of shape (m, q)."""
        return G @ self.basis

    def removal_gradients(self, objective, removals):
        """Return Bᵀr of each removal, of shape (m, q)."""
        return objective.removal_products(self.theta, self.basis, removals)

    def hessians(self, hessians):
        """Return Bᵀ H B of a stack of Hessians, of shape (m, q, q)."""
        return self.basis.T @ hessians @ self.basis

    def warn(self):
        """Warn where the Hessian of the fit is singular or indefinite."""
        if self.status is not Status.SOLVED:
            warn_user(self.status.value, ConvergenceWarning)


class ParameterCoordinates:
    """The parameters themselves, ξ = θ − θ̂, where no Hessian is to be formed.

    Parameters
    ----------
    theta : ndarray of shape (n_params,)
        Fitted parameters θ̂.
    """

    def __init__(self, theta):
        self.theta = theta

    def thetas(self, xi):
        """Return θ̂ + ξ."""
        return self.theta + xi

    def steps(self, xi):
        """Return ξ."""
        return xi

    def of_steps(self, steps):
        """Return the steps."""
        return steps

    def gradients(self, G):
        """Return the gradients."""
        return G

    def removal_gradients(self, objective, removals):
        """Return the removal gradients."""
        return objective.removal_gradients(self.theta, removals)


def distance_to_optimum(gradient, coordinates):
    """Return the Newton decrement √(gᵀ H⁻¹ g), in standard errors.

    Parameters
    ----------
    gradient : ndarray of shape (n_params,)
        Gradient g at the fitted parameters.
    coordinates : NaturalCoordinates
        Coordinates of the fit.

    Returns
    -------
    float
        The decrement.
    """
    return float(np.linalg.norm(gradient @ coordinates.basis))
