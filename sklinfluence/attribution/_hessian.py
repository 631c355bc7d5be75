"""The Hessian of an objective as a linear operator, and whether θ̂ is its minimum."""

import warnings

import numpy as np
from scipy.sparse.linalg import LinearOperator
from sklearn.exceptions import ConvergenceWarning

# Warn where the distance to the optimum exceeds this share of a typical removal effect.
_STATIONARY_SHARE = 1e-2


class HessianOperator(LinearOperator):
    """∇²L(θ, b) + λI as a scipy operator.

    Parameters
    ----------
    objective : Objective
        The objective L.
    theta : ndarray of shape (n_params,)
        Parameters.
    damping : float, default=0.0
        λ, in the units of the summed loss.

    Attributes
    ----------
    scale : ndarray of shape (n_params,)
        Natural unit of curvature of every parameter.
    """

    def __init__(self, objective, theta, damping=0.0):
        super().__init__(np.dtype(float), (objective.n_params,) * 2)
        self.objective, self.theta, self.damping = objective, theta, damping
        self.scale = np.hypot(objective.curvature_scale(theta), np.sqrt(damping))

    def _matmat(self, V):
        product = self.objective.hessian_product(self.theta, V)
        return product + self.damping * V

    def to_dense(self):
        """Return the matrix, of shape (n_params, n_params)."""
        identity = np.eye(self.objective.n_params)
        return self.objective.hessian(self.theta) + self.damping * identity


def check_stationary(fitted, solve):
    """Warn where the fitted parameters do not minimise the objective.

    The Newton decrement √(gᵀH⁻¹g), the distance to the optimum in standard errors, is
    compared with √(p / n), the size of the effect of removing one of n objects.

    Parameters
    ----------
    fitted : FittedObjective
        Objective and parameters.
    solve : callable
        Prepared solver of the Hessian.

    Warns
    -----
    ConvergenceWarning
        If the distance is more than a hundredth of that size.
    """
    objective = fitted.objective
    gradient = objective.gradient(fitted.theta)
    decrement = np.sqrt(abs(gradient @ solve(gradient[:, None]).x[:, 0]))
    typical = np.sqrt(objective.n_params / objective.n_objects)
    if decrement > _STATIONARY_SHARE * typical:
        warnings.warn(
            f"The model is not at a stationary point of its objective on this training "
            f"data: max|gradient| = {np.abs(gradient).max():.2g}, and the optimum is "
            f"{decrement:.2g} standard errors away, where removing one object moves it "
            f"by about {typical:.2g}. Influence assumes the optimum. Fit to a smaller "
            "tolerance, and pass the data that the model was fitted on.",
            ConvergenceWarning,
            stacklevel=2,
        )
