"""The set of objects that moves a target most, found one object after the other."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from sklinfluence.attribution._coordinates import NaturalCoordinates
from sklinfluence.objectives import minimize_newton

_CANDIDATES = 20
# So large a share of what is gone already is removed at once, where many must go.
_SHARE = 0.05
_STEP = 1e-5


@dataclass
class RemovedSet:
    """Objects removed so far, and the model without them.

    Attributes
    ----------
    objective : Objective
        The objective without the objects.
    theta : ndarray of shape (n_params,)
        Its minimiser.
    value : float
        The target there.
    objects : list of int
        The objects, in the order in which they were removed.
    """

    objective: Any
    theta: np.ndarray
    value: float
    objects: list = field(default_factory=list)


class GreedyRemoval:
    """Remove, time and again, what moves a target most in one direction.

    Objects are ranked by their influence on the model that is left, not on the one
    that there was (re-linearisation); the best of them are compared by a Newton step
    with the curvature without them; and the model without the chosen one is fitted.

    Parameters
    ----------
    fitted : FittedObjective
        Objective and fitted parameters.
    function : TargetFunction
        The target, a single number.
    sign : {1, -1}
        Whether the target is to rise or to fall.

    References
    ----------
    I. Kuschnig, G. Zens, J. Crespo Cuaresma, "Hidden in plain sight: influential sets
    in linear regression", CESifo working paper 8981 (2021); T. Broderick, R. Giordano,
    R. Meager, "An automatic finite-sample robustness metric", arXiv:2011.14999 (2020).
    """

    def __init__(self, fitted, function, sign):
        self.whole, self.function, self.sign = fitted.objective, function, sign
        # What the model would be undetermined without, or has no weight.
        self.kept = set(np.flatnonzero(fitted.object_weight == 0).tolist())
        basis = NaturalCoordinates(self.whole, fitted.theta).basis
        self._n_flat = len(fitted.theta) - basis.shape[1]
        before = float(function.value(fitted.theta)[0])
        self.start = RemovedSet(self.whole, fitted.theta, before)

    def __call__(self, state, at_most):
        """Remove more objects.

        Parameters
        ----------
        state : RemovedSet
            What is gone already.
        at_most : int
            How many may go in this step.

        Returns
        -------
        RemovedSet or None
            The larger set; None where no object is left that would help.
        """
        ranking = self._ranking(state)
        count = min(max(int(_SHARE * len(state.objects)), 1), at_most)
        while len(ranking):
            chosen = ranking[:count] if count > 1 else self._best(state, ranking)
            left = self._without(state, chosen)
            if left is not None:
                return left
            if count > 1:
                count = 1
                continue
            self.kept |= set(chosen)
            ranking = ranking[~np.isin(ranking, chosen)]
        return None

    def _ranking(self, state):
        """Return the objects that move the target the right way, strongest first."""
        basis = NaturalCoordinates(state.objective, state.theta).basis
        ascent = basis @ (basis.T @ self._gradient(state.theta))
        products = state.objective.removal_products(state.theta, ascent[:, None])
        effect = self.sign * products[:, 0]
        effect[state.objects + sorted(self.kept)] = -np.inf
        order = np.argsort(-effect, kind="stable")
        return order[effect[order] > 0]

    def _best(self, state, ranking):
        """Return the best of the first candidates, each by a Newton step."""
        some = ranking[:_CANDIDATES]
        theta, objective = state.theta, state.objective
        gradients = objective.gradient(theta) - objective.removal_gradients(
            theta, [np.array([i]) for i in some]
        )
        coordinates = NaturalCoordinates(objective, theta)
        hessians = coordinates.hessians(objective.removal_hessians(theta, some))
        steps = (
            -np.linalg.pinv(hessians, hermitian=True)
            @ (gradients @ coordinates.basis)[:, :, None]
        )
        effect = self.sign * (coordinates.steps(steps[:, :, 0]) @ self._gradient(theta))
        return some[[np.argmax(effect)]]

    def _without(self, state, chosen):
        """Fit the model without more objects, None where that has no solution."""
        objects = [*state.objects, *chosen.tolist()]
        objective = self.whole.without(np.array(objects))
        fit = minimize_newton(objective, state.theta)
        if len(fit.flat) > self._n_flat or fit.monotone or not fit.converged:
            return None
        value = self.function.values(fit.theta[None], [np.array(objects)])[0, 0]
        return RemovedSet(objective, fit.theta, float(value), objects)

    def _gradient(self, theta):
        """Return the gradient of the target, by differences where it has none."""
        if self.function.is_differentiable:
            return self.function.gradient(theta)[0]
        steps = _STEP * np.diag(np.maximum(np.abs(theta), 1.0))
        ahead, behind = (
            np.array([self.function.value(theta + sign * step)[0] for step in steps])
            for sign in (1, -1)
        )
        return (ahead - behind) / (2 * np.diag(steps))
