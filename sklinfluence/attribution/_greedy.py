"""The set of objects that moves a target most, found one object after the other."""

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from sklinfluence.attribution._coordinates import NaturalCoordinates
from sklinfluence.objectives import minimize_newton
from sklinfluence.utils._sparse import dense

# So many are compared by a Newton step, and so many of these by a fit.
_CANDIDATES, _FITTED = 20, 3
# So large a share of what is gone already is removed at once, where many must go.
_SHARE = 0.05
# Of differences of a target that has no gradient, in standard errors.
_STEP = 1e-4


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
    with the curvature without them; and the models without the best of these are
    fitted.

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
    N. Kuschnig, G. Zens, J. Crespo Cuaresma, "Hidden in plain sight: influential sets
    in linear regression", CESifo working paper (2021); T. Broderick, R. Giordano,
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
        if count > 1 and len(ranking):
            left = self._without(state, ranking[:count].tolist())
            if self._helps(left, state):
                return left
        return self._one(state, ranking)

    def _one(self, state, ranking):
        """Remove one more object: the best of those that seem to be the best."""
        while len(some := self._best(state, ranking)):
            left = {i: self._without(state, [i]) for i in some.tolist()}
            self.kept |= {i for i, one in left.items() if one is None}
            better = [one for one in left.values() if self._helps(one, state)]
            if better:
                return max(better, key=lambda one: self.sign * one.value)
            ranking = ranking[~np.isin(ranking, some)]
        return None

    def _helps(self, left, state):
        return left is not None and self.sign * (left.value - state.value) > 0

    def _ranking(self, state):
        """Return the objects that move the target the right way, strongest first."""
        basis = NaturalCoordinates(state.objective, state.theta).basis
        ascent = basis @ self._slopes(state, basis)
        products = state.objective.removal_products(state.theta, ascent[:, None])
        effect = self.sign * (products[:, 0] + self._direct)
        effect[state.objects + sorted(self.kept)] = -np.inf
        order = np.argsort(-effect, kind="stable")
        return order[effect[order] > 0]

    def _best(self, state, ranking):
        """Return the best of the first candidates, each by a Newton step, if any."""
        some = ranking[:_CANDIDATES]
        if not len(some):
            return some
        theta, objective = state.theta, state.objective
        gradients = objective.gradient(theta) - objective.removal_gradients(
            theta, [np.array([i]) for i in some]
        )
        coordinates = NaturalCoordinates(objective, theta)
        hessians = coordinates.hessians(objective.removal_hessians(theta)(some))
        steps = (
            -np.linalg.pinv(hessians, hermitian=True)
            @ (gradients @ coordinates.basis)[:, :, None]
        )
        # A step without almost all curvature is long, and says that much.
        with np.errstate(over="ignore"):
            after = self._values(
                coordinates.thetas(steps[:, :, 0]), [[*state.objects, i] for i in some]
            )
        effect = np.nan_to_num(self.sign * (after - state.value), nan=-np.inf)
        best = np.argsort(-effect, kind="stable")[:_FITTED]
        return some[best[effect[best] > 0]]

    def _without(self, state, chosen):
        """Fit the model without more objects, None where that has no solution."""
        objects = [*state.objects, *chosen]
        objective = self.whole.without(np.array(objects))
        fit = minimize_newton(objective, state.theta)
        if len(fit.flat) > self._n_flat or fit.monotone or not fit.converged:
            return None
        (value,) = self._values(fit.theta[None], [objects])
        return RemovedSet(objective, fit.theta, float(value), objects)

    def _values(self, thetas, removals):
        """Return the target at each row of parameters, without each removal."""
        removals = [np.array(removed, dtype=int) for removed in removals]
        return self.function.values(thetas, removals)[:, 0]

    def _slopes(self, state, basis):
        """Return the slopes of the target along a basis, by differences if need be."""
        if self.function.is_differentiable:
            return basis.T @ dense(self.function.gradient(state.theta))[0]
        steps = _STEP * basis.T
        ahead, behind = (
            self._values(state.theta + sign * steps, [state.objects] * len(steps))
            for sign in (1, -1)
        )
        return (ahead - behind) / (2 * _STEP)

    @cached_property
    def _direct(self):
        """What each removal changes at fixed parameters, such as a baseline hazard."""
        if self.function.is_differentiable:
            return 0.0
        everyone = np.arange(self.whole.n_objects)[:, None]
        thetas = np.broadcast_to(
            self.start.theta, (len(everyone), len(self.start.theta))
        )
        return self._values(thetas, everyone) - self.start.value
