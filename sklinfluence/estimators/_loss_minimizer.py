"""An estimator that minimises a loss of your own, however its terms hang together."""

from copy import copy
from numbers import Integral, Real

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import check_is_fitted, validate_data

from sklinfluence.objectives import (
    AutogradObjective,
    FittedObjective,
    make_objective,
    minimize_newton,
)
from sklinfluence.utils._sklearn import Interval, fit_context
from sklinfluence.utils._warnings import warn_user


def _can_decide(estimator):
    return estimator.decision is not None


class LossMinimizer(BaseEstimator):
    r"""Minimise a loss given as one function, by Newton's method.

    .. math:: L(\theta) = \ell(\theta; X, y, b) + \tfrac{\alpha}{2} \|\theta\|^2

    The function says what the loss is on the rows that are present, so that influence
    needs nothing else: a loss over pairs, over lists, over the edges of a graph.
    Derivatives come from autograd. The Hessian is formed: for some hundred parameters.

    Parameters
    ----------
    loss : callable
        ``loss(theta, X, y, presence) -> float``, written with ``autograd.numpy``;
        ``presence`` has a 1 for every row that takes part and a 0 for one that is
        removed. The loss must be what training on the present rows would minimise.
    decision : callable, default=None
        ``decision(theta, X) -> array of shape (n,)``, what :meth:`predict` returns.
    n_params : int, default=None
        Number of parameters; None: the number of columns of X.
    alpha : float, default=0.0
        Ridge penalty on the summed loss.
    start : array-like of shape (n_params,), default=None
        Where to start; None: at zero. A loss that is not convex has several minima:
        influence is about the one that is found from here.
    tol : float, default=1e-10
        Largest accepted gradient, in units of the curvature of each parameter.
    max_iter : int, default=100
        Largest number of Newton steps.

    Attributes
    ----------
    theta_ : ndarray of shape (n_params,)
        The minimiser.
    n_iter_ : int
        Number of Newton steps.
    n_features_in_ : int
        Number of columns of X.

    Examples
    --------
    The area under the ROC curve counts pairs of a positive and a negative row in the
    right order. A smooth version of it, as a loss of all pairs:

    >>> import autograd.numpy as np
    >>> from sklearn.datasets import load_breast_cancer
    >>> from sklearn.preprocessing import scale
    >>> from sklinfluence import InfluenceExplainer, LossMinimizer
    >>> def pairs_in_wrong_order(theta, X, y, presence):
    ...     score = X @ theta
    ...     margin = score[y == 1][:, None] - score[y == 0][None, :]
    ...     present = np.outer(presence[y == 1], presence[y == 0])
    ...     return np.sum(present * np.logaddexp(0, -margin)) / 100
    >>> X, y = load_breast_cancer(return_X_y=True)
    >>> X, y = scale(X[:80, :3]), y[:80]
    >>> model = LossMinimizer(pairs_in_wrong_order, lambda theta, X: X @ theta, alpha=1)
    >>> explainer = InfluenceExplainer(model, method="newton", target="score")
    >>> explainer.fit(X, y).influence(X[:2]).shape
    (2, 80)
    """

    _parameter_constraints = {
        "loss": [callable],
        "decision": [callable, None],
        "n_params": [Interval(Integral, 1, None, closed="left"), None],
        "alpha": [Interval(Real, 0, None, closed="left")],
        "start": ["array-like", None],
        "tol": [Interval(Real, 0, None, closed="neither")],
        "max_iter": [Interval(Integral, 1, None, closed="left")],
    }

    def __init__(
        self,
        loss,
        decision=None,
        *,
        n_params=None,
        alpha=0.0,
        start=None,
        tol=1e-10,
        max_iter=100,
    ):
        self.loss = loss
        self.decision = decision
        self.n_params = n_params
        self.alpha = alpha
        self.start = start
        self.tol = tol
        self.max_iter = max_iter

    @fit_context(prefer_skip_nested_validation=True)
    def fit(self, X, y=None):
        """Minimise the loss on all rows.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Rows, given to the loss as an array of floats.
        y : array-like of n_samples, default=None
            Whatever the loss takes, given to it as an array.

        Returns
        -------
        self
            The fitted estimator.

        Warns
        -----
        ConvergenceWarning
            If Newton's method did not reach a minimum.
        """
        X = validate_data(self, X, dtype=np.float64)
        objective = self._objective(X, y)
        start = np.zeros(objective.n_params) if self.start is None else self.start
        result = minimize_newton(objective, start, tol=self.tol, max_iter=self.max_iter)
        if result.monotone or not result.converged:
            warn_user(
                f"No minimum of the loss was reached in {result.n_iter} Newton steps: "
                f"max|gradient| = {np.abs(result.gradient).max(initial=0.0):.2g}. "
                "Increase alpha or max_iter, or start nearer to the minimum.",
                ConvergenceWarning,
            )
        self.theta_, self.n_iter_ = result.theta, result.n_iter
        return self

    @available_if(_can_decide)
    def predict(self, X):
        """Return the decision for rows X.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Rows.

        Returns
        -------
        ndarray of shape (n_samples,)
            ``decision(theta_, X)``.
        """
        check_is_fitted(self)
        X = validate_data(self, X, reset=False, dtype=np.float64)
        return self.decision(self.theta_, X)

    def _objective(self, X, y):
        y = y if y is None else np.asarray(y)
        if y is not None and y.dtype == object:
            y = np.array(y.tolist())

        def value(theta, presence):
            return self.loss(theta, X, y, presence) + 0.5 * self.alpha * (theta @ theta)

        n_params = X.shape[1] if self.n_params is None else self.n_params
        objective = AutogradObjective(value, n_params, len(X))
        objective.is_coercive = self.alpha > 0
        return objective


class FittedLoss(FittedObjective):
    """Loss and parameters of a fitted ``LossMinimizer``.

    Parameters
    ----------
    estimator : LossMinimizer
        The fitted model.
    X, y : training data
        What it was fitted on.
    """

    def __init__(self, estimator, X, y):
        self.estimator = estimator
        rows = self.features(X)
        self.objective = estimator._objective(rows, y)
        self.theta = estimator.theta_
        names = [f"theta{j}" for j in range(len(self.theta))]
        self.parameter_names = np.array(names, dtype=object)
        self.object_weight = np.ones(len(rows))

    def features(self, X):
        """Return rows X as an array of floats."""
        return validate_data(copy(self.estimator), X, reset=False, dtype=np.float64)

    def scores(self, estimator, X):
        """Return what the estimator predicts."""
        return estimator.predict(X)

    def parameters(self, estimator):
        """Return the parameters."""
        return estimator.theta_

    def with_parameters(self, theta, removed=()):
        """Return a copy with the parameters θ."""
        model = copy(self.estimator)
        model.theta_ = theta
        del model.n_iter_
        return model

    def held_out_loss(self, X, y):
        """Refuse: a loss that is no sum over rows says nothing of a row by itself."""
        raise ValueError(
            "A LossMinimizer has no loss of a single test row; expected "
            "target='score' (its decision), 'parameter', or a callable "
            "target(estimator, X, y) that returns one number a row."
        )


make_objective.register(LossMinimizer, FittedLoss)
