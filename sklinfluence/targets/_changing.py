"""Targets whose test objects lose what is removed from the training data."""

import numpy as np

from sklinfluence.targets._base import TargetFunction


class ChangingFunction(TargetFunction):
    """A target that is another function of θ once training objects are gone.

    An item that is removed from training is not in the lists of test queries either.

    Parameters
    ----------
    whole : TargetFunction
        The target with all objects present.
    without : callable
        ``without(removed)``, the target once some objects are gone.
    """

    def __init__(self, whole, without):
        self.whole, self.without = whole, without
        self.width, self.is_differentiable = whole.width, whole.is_differentiable

    def evaluate(self, estimator):
        """Return the target of a model of all objects."""
        return self.whole.evaluate(estimator)

    def value(self, theta):
        """Return the target at θ, with all objects present."""
        return self.whole.value(theta)

    def values(self, thetas, removals):
        """Return the target at each θ, without the objects of each removal."""
        rows = zip(thetas, removals, strict=True)
        return np.stack([self.without(gone).value(theta) for theta, gone in rows])

    def gradient(self, theta):
        """Return the gradient in θ, with all objects present."""
        return self.whole.gradient(theta)


def at_tests(problem, whole, make, X, y):
    """Return a target at test objects, which may lose what is removed.

    Parameters
    ----------
    problem : Problem
        The fitted model, and what the objects are.
    whole : TargetFunction
        The target with all objects present.
    make : callable
        ``make(removed, X, y)``, the target without some objects, at test objects that
        have lost them.
    X, y : test objects
        As the user gives them.

    Returns
    -------
    TargetFunction
        ``whole`` itself where removal leaves test objects as they are.
    """
    if not problem.objects.are_in_tests:
        return whole

    def without(removed):
        return make(removed, *problem.objects.remove_from_tests(removed, X, y))

    return ChangingFunction(whole, without)
