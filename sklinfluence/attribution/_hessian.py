"""The Hessian of an objective as a linear operator, and whether θ̂ is its minimum."""

import numpy as np
from scipy.sparse.linalg import LinearOperator
from sklearn.exceptions import ConvergenceWarning

from sklinfluence.utils._warnings import warn_user

# Warn where the distance to the optimum exceeds this share of a typical removal effect.
_STATIONARY_SHARE = 1e-2


class HessianOperator(LinearOperator):
    """∇²L(θ, b) + λI as a scipy operator.

    Where the objective has a *gauge*, directions along which it never changes, they
    are given curvature of the size of the others. No removal gradient has a part along
    them, so solutions are exact, and orthogonal to the gauge.

    Parameters
    ----------
    objective : Objective
        The objective L.
    theta : ndarray of shape (n_params,)
        Parameters.
    damping : float, default=0.0
        λ, in the units of the summed loss.
    presence : ndarray of shape (n_objects,), default=None
        Objects present.

    Attributes
    ----------
    scale : ndarray of shape (n_params,)
        Natural unit of curvature of every parameter.
    """

    def __init__(self, objective, theta, damping=0.0, presence=None):
        super().__init__(np.dtype(float), (objective.n_params,) * 2)
        self.objective, self.theta, self.damping = objective, theta, damping
        self.presence = presence
        scale = objective.curvature_scale(theta, presence)
        self.scale = np.hypot(scale, np.sqrt(damping))
        self._gauge = _curved_gauge(getattr(objective, "gauge", None), self.scale)

    def _matmat(self, V):
        product = self.objective.hessian_product(self.theta, V, self.presence)
        return product + self.damping * V + self._gauge @ (self._gauge.T @ V)

    def to_dense(self):
        """Return the matrix, of shape (n_params, n_params)."""
        identity = np.eye(self.objective.n_params)
        matrix = (
            self.objective.hessian(self.theta, self.presence) + self.damping * identity
        )
        return matrix + self._gauge @ self._gauge.T


def _curved_gauge(gauge, scale):
    """Return G with G Gᵀ of the size of the curvature along the gauge, (p, k)."""
    if gauge is None:
        return np.zeros((len(scale), 0))
    basis, _ = np.linalg.qr(gauge)
    return basis * np.sqrt(scale**2 @ basis**2)


def check_stationary(fitted, distance):
    """Warn where the fitted parameters do not minimise the objective.

    The distance to the optimum in standard errors, √(gᵀH⁻¹g / φ) with the dispersion φ
    of the loss, is compared with √(p / n), the size of the effect of removing one of n
    objects.

    Parameters
    ----------
    fitted : FittedObjective
        Objective and parameters.
    distance : float
        Newton decrement at the parameters, √(gᵀH⁻¹g).

    Warns
    -----
    ConvergenceWarning
        If the distance is more than a hundredth of that size.
    """
    objective = fitted.objective
    dispersion = objective.dispersion(fitted.theta)
    # Without residuals, or more parameters than objects, there is no standard error.
    distance = distance / np.sqrt(dispersion) if dispersion > 0 else 0.0
    typical = np.sqrt(objective.n_params / objective.n_objects)
    if distance > _STATIONARY_SHARE * typical:
        gradient = np.abs(objective.gradient(fitted.theta)).max()
        warn_user(
            f"The model is not at a stationary point of its objective on this training "
            f"data: max|gradient| = {gradient:.2g}, and the optimum is {distance:.2g} "
            f"standard errors away, where removing one object moves it by about "
            f"{typical:.2g}. Influence assumes the optimum. Fit to a smaller "
            "tolerance, and pass the data that the model was fitted on.",
            ConvergenceWarning,
        )
