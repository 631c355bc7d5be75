"""What a target can do: a number for every test object, at any parameters."""

from abc import ABC, abstractmethod

import numpy as np
from sklearn.base import BaseEstimator


class Target(BaseEstimator, ABC):
    """A number f(z; θ) for every test object z, whose change is attributed.

    A target is a specification, like an estimator: :meth:`prepare` tells it the
    fitted model, :meth:`at` the test objects, and the result is evaluated.
    """

    #: Whether ``at`` needs y.
    requires_y = False

    def prepare(self, problem):
        """Take note of the fitted model.

        Parameters
        ----------
        problem : Problem
            The fitted model and its training data.

        Returns
        -------
        self
            The target.
        """
        self.problem_ = problem
        return self

    @abstractmethod
    def at(self, X, y=None):
        """Return the target at the test objects, a :class:`TargetFunction`."""

    def value(self, theta, X, y=None):
        """Return f(z; θ) for every row of X, of shape (n_test,)."""
        return self.at(X, y).value(theta)

    def gradient(self, theta, X, y=None):
        """Return ∇f(z; θ) for every row of X, of shape (n_test, n_params)."""
        return self.at(X, y).gradient(theta)


class TargetFunction(ABC):
    """A target at fixed test objects, as a function of the model."""

    @abstractmethod
    def evaluate(self, estimator):
        """Return the target of a fitted estimator, of shape (n_test,)."""

    @abstractmethod
    def value(self, theta):
        """Return the target at parameters θ, of shape (n_test,)."""

    def values(self, thetas):
        """Return the target at each row of ``thetas``, of shape (m, n_test)."""
        return np.stack([self.value(theta) for theta in thetas])

    @abstractmethod
    def gradient(self, theta):
        """Return the gradient in θ, of shape (n_test, n_params)."""
