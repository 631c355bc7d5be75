"""What a target can do: a number for every test object, at any parameters."""

from abc import ABC, abstractmethod

import numpy as np
import pandas as pd
from scipy.sparse import issparse
from sklearn.base import BaseEstimator

from sklinfluence.utils._sklearn import num_samples


class Target(BaseEstimator, ABC):
    """A number f(z; θ) for every test object z, whose change is attributed.

    A target is a specification, like an estimator: :meth:`prepare` tells it the
    fitted model, :meth:`at` the test objects, and the result is evaluated.
    """

    #: Whether ``at`` needs y.
    requires_y = False
    #: Whether there is a number for every row, rather than for every parameter.
    is_per_row = True

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

    def test_names(self, X):
        """Return names of the test objects: the index of a DataFrame, or positions."""
        fitted = getattr(getattr(self, "problem_", None), "objective", None)
        own = None if fitted is None else fitted.test_names(X)
        if own is not None:
            return own
        return X.index if isinstance(X, pd.DataFrame) else np.arange(num_samples(X))

    def value(self, theta, X, y=None):
        """Return f(z; θ) for every row of X, of shape (n_test,)."""
        return self.at(X, y).value(theta)

    def gradient(self, theta, X, y=None):
        """Return ∇f(z; θ) for every row of X, of shape (n_test, n_params)."""
        return self.at(X, y).gradient(theta)


def sparse_directions(model):
    """Return the directions of all scores of a model where these are sparse, else None.

    With several scores a row, the dense matrix is zero but for one part in so many:
    scores at each of many parameters are had without it.

    Parameters
    ----------
    model : ScoreModel
        The model at the test rows.

    Returns
    -------
    ndarray or sparse array of shape (n_params, n_scores), or None
        The matrix A with S = θᵀA.
    """
    if model.n_outputs > 1 and not issparse(getattr(model, "X", None)):
        return None
    return model.directions()


class TargetFunction(ABC):
    """A target at fixed test objects, as a function of the model."""

    #: How many numbers, beside its result, an evaluation forms at each θ.
    width = 1
    #: Whether there is a gradient in the parameters.
    is_differentiable = True

    @abstractmethod
    def evaluate(self, estimator):
        """Return the target of a fitted estimator, of shape (n_test,)."""

    @abstractmethod
    def value(self, theta):
        """Return the target at parameters θ, of shape (n_test,)."""

    def values(self, thetas, removals):
        """Return the target at each row of ``thetas``, of shape (m, n_test).

        ``removals`` says, row by row, which training objects are gone: some models
        hold more of their training data than their parameters.
        """
        return np.stack([self.value(theta) for theta in thetas])

    def without(self, removed):
        """Return the target once some training objects are gone.

        Another function only where they are in the test objects as well, see
        :class:`ChangingFunction`.
        """
        return self

    def directions(self):
        """Return A of shape (n_params, m) if f depends on θ through θᵀA only.

        None otherwise. With few directions, only changes along them are needed.
        """
        return None

    def of_projections(self, projections):
        """Return the target, (m, n_test), given m rows θᵀA, which it may overwrite."""
        raise NotImplementedError

    def change_of_projections(self, before, moves):
        """Return how the target changes where θᵀA moves away from ``before``.

        Parameters
        ----------
        before : ndarray of shape (k,)
            θᵀA at the fit.
        moves : ndarray of shape (m, k)
            Changes of it, which may be overwritten.

        Returns
        -------
        ndarray of shape (m, n_test)
            Changes of the target.
        """
        value = self.of_projections(before.copy()[None])[0]
        moves += before
        return self.of_projections(moves) - value

    @abstractmethod
    def gradient(self, theta):
        """Return the gradient in θ, of shape (n_test, n_params)."""

    def score_gradient(self, theta):
        """Return the gradient as combinations of gradients of scores.

        Parameters
        ----------
        theta : ndarray of shape (n_params,)
            Parameters.

        Returns
        -------
        list of (ScoreModel, ndarray of shape (n_scores, n_test)) or None
            The gradient is the sum of outerᵀ J over pairs (model, outer); None where
            it is not known in that form.
        """
        return None

    def bounds(self, around):
        """Bound how far the target is from its value at estimated parameters.

        Parameters
        ----------
        around : Neighbourhood
            Where the parameters may be, around each of m estimates.

        Returns
        -------
        ndarray of shape (m, n_test)
            Largest possible distances, nan where nothing is known.
        """
        raise ValueError(
            f"return_bound=True: no bound is known for the target "
            f"{type(self).__name__.strip('_')}. Use return_bound=False, or a target "
            "such as 'log_risk', 'relative_risk', 'loss', 'score' or 'parameter'."
        )
