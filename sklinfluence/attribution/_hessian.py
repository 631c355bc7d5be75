"""The Hessian of an objective as a linear operator, and whether θ̂ is its minimum."""

from functools import cached_property, partial

import numpy as np
from scipy.sparse.linalg import LinearOperator
from sklearn.exceptions import ConvergenceWarning

from sklinfluence.objectives import block_preconditioner
from sklinfluence.solvers import LowRankForm
from sklinfluence.utils._warnings import warn_user

# Warn where the distance to the optimum exceeds this share of a typical removal effect.
_STATIONARY_SHARE = 1e-2
# The dual solver forms matrices of the number of scores squared.
_MOST_SCORES = 20_000


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
    n_systems : int
        About how many systems will be solved, which a solver may go by; 0: unknown.
    """

    n_systems = 0

    def __init__(self, objective, theta, damping=0.0, presence=None):
        super().__init__(np.dtype(float), (objective.n_params,) * 2)
        self.objective, self.theta, self.damping = objective, theta, damping
        self.presence = presence

    # Worked out when first needed: solvers by products may not need it.
    @cached_property
    def scale(self):
        """Natural unit of curvature of every parameter, of shape (n_params,)."""
        scale = self.objective.curvature_scale(self.theta, self.presence)
        return np.hypot(scale, np.sqrt(self.damping))

    @cached_property
    def _gauge(self):
        """Return G with G Gᵀ of the size of the curvature along the gauge, (p, k)."""
        gauge = getattr(self.objective, "gauge", None)
        if gauge is None:
            return np.zeros((self.objective.n_params, 0))
        basis, _ = np.linalg.qr(gauge)
        return basis * np.sqrt(self.scale**2 @ basis**2)

    @cached_property
    def block_preconditioner(self):
        """Inverse of blocks on the diagonal, None where the model has none."""
        return block_preconditioner(
            self.objective, self.theta, self.presence, self.damping
        )

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

    def sample(self, rng, n_objects):
        """Return the operator of a random subset, which stands for all objects.

        The objects of the subset are present with a weight of all objects over those
        sampled; penalty and damping stay whole. For a loss that is a sum over objects
        its expectation is this operator. Any other is not linear in the presence: the
        risk sets of a Cox loss are those of the subset, and samples are biased. A
        product still passes over all objects.

        Parameters
        ----------
        rng : numpy.random.RandomState
            Random numbers.
        n_objects : int
            Size of the subset; at most, all objects that are present.

        Returns
        -------
        HessianOperator
            The operator of the subset, of the same kind.
        """
        everyone = np.ones(self.objective.n_objects)
        presence = everyone if self.presence is None else self.presence
        present = np.flatnonzero(presence)
        n_objects = min(n_objects, len(present))
        subset = rng.choice(present, n_objects, replace=False)
        weight = np.zeros_like(everyone)
        weight[subset] = presence[subset] * len(present) / n_objects
        return type(self)(self.objective, self.theta, self.damping, weight)


class GaussNewtonOperator(HessianOperator):
    """Jᵀ ∂²ℓ/∂S² J + diag(α) + λI: the Hessian without the curvature of the scores.

    It is positive semidefinite wherever the parameters are, and the Hessian itself
    where scores are linear in them.
    """

    def __init__(self, objective, theta, damping=0.0, presence=None):
        if not hasattr(objective, "gauss_newton_product"):
            raise ValueError(
                'curvature="gauss_newton" needs an objective that is a loss of the '
                f"scores of a model; got {type(objective).__name__}. Use "
                'curvature="hessian".'
            )
        super().__init__(objective, theta, damping, presence)

    @cached_property
    def _gauge(self):
        # Damping bends gauge directions as well; nothing has a part along them.
        if self.damping > 0:
            return np.zeros((self.objective.n_params, 0))
        return super()._gauge

    def _matmat(self, V):
        product = self.objective.gauss_newton_product(self.theta, V, self.presence)
        return product + self.damping * V + self._gauge @ (self._gauge.T @ V)

    def to_dense(self):
        """Return the matrix, of shape (n_params, n_params)."""
        return self @ np.eye(self.objective.n_params)

    def low_rank_form(self):
        """Return the matrix as a diagonal and one of the size of the scores."""
        loss, model = self.objective.loss, self.objective.model
        S = model.scores(self.theta)
        _check_number(len(S))
        alpha = self.objective.penalty.strength(self.presence) + self.damping
        diagonal = np.broadcast_to(alpha, len(self.theta))
        return LowRankForm(
            diagonal,
            loss.hessian_product(S, np.eye(len(S)), self.presence),
            model.gram(self.theta, model, 1.0 / diagonal) if diagonal.all() else None,
            partial(model.jvp, self.theta),
            partial(model.vjp, self.theta),
        )


#: Matrices that stand for the curvature of an objective, by name.
CURVATURES = {"hessian": HessianOperator, "gauss_newton": GaussNewtonOperator}


def _check_number(n_scores):
    if n_scores > _MOST_SCORES:
        raise MemoryError(
            f"{n_scores} scores make matrices of {8e-9 * n_scores**2:.3g} GB, of which "
            f"the dual solver holds several; it takes up to {_MOST_SCORES} scores. Use "
            'solver="cg".'
        )


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
