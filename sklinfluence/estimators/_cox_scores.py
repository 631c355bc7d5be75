"""The two kinds of scores of a Cox model: linear, and those of a network."""

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils import check_random_state

from sklinfluence.estimators._cox_diagnosis import diagnose, undetermined
from sklinfluence.estimators._network import initial_parameters, layer_sizes
from sklinfluence.estimators._training import train
from sklinfluence.models import (
    LinearModel,
    PerceptronModel,
    flat_parameters,
    is_weight,
    weight_names,
    weights_of,
)
from sklinfluence.objectives import minimize_newton
from sklinfluence.utils._warnings import warn_user

# What a fit of either kind leaves, and one of the other must not find.
_FITTED = (
    "coef_",
    "covariance_",
    "standard_errors_",
    "mean_",
    "coefs_",
    "intercepts_",
    "offset_",
)


def new_scores(estimator):
    """Return which kind of scores a ``CoxRegressor`` is to be fitted with."""
    for name in _FITTED:
        estimator.__dict__.pop(name, None)
    return NetworkScores if layer_sizes(estimator.hidden_layer_sizes) else LinearScores


def scores_of(estimator):
    """Return which kind of scores a fitted ``CoxRegressor`` has."""
    return NetworkScores if hasattr(estimator, "coefs_") else LinearScores


class LinearScores:
    """Scores xᵀθ of centred covariates, fitted by Newton's method."""

    @staticmethod
    def model(estimator, data):
        """Return the score model at the training data."""
        return LinearModel(data.X)

    @staticmethod
    def penalty(estimator, model):
        """Return the ridge penalty."""
        return estimator.alpha

    @staticmethod
    def fit(estimator, objective, data):
        """Minimise the objective, and set what follows but the baseline hazard."""
        max_iter = 50 if estimator.max_iter is None else estimator.max_iter
        start = np.zeros(objective.n_params)
        result = minimize_newton(objective, start, tol=estimator.tol, max_iter=max_iter)
        diagnose(estimator, data, result)
        estimator.mean_ = data.mean
        estimator.coef_ = result.theta
        estimator.n_iter_ = result.n_iter
        estimator.max_gradient_ = float(np.abs(result.gradient).max(initial=0.0))
        estimator.covariance_ = result.inverse_hessian
        errors = np.sqrt(np.diag(estimator.covariance_))
        estimator.standard_errors_ = np.where(
            undetermined(result.flat, data), np.nan, errors
        )

    @staticmethod
    def features(estimator, covariates):
        """Return covariates as the score model takes them: centred."""
        return covariates - estimator.mean_

    @staticmethod
    def log_risk(estimator, covariates):
        """Return scores relative to the average training subject."""
        return (covariates - estimator.mean_) @ estimator.coef_

    @staticmethod
    def parameters(estimator):
        """Return θ."""
        return estimator.coef_

    @staticmethod
    def names(estimator, model):
        """Return names of the parameters."""
        return estimator.covariate_names_

    @staticmethod
    def set_parameters(estimator, model, theta, share):
        """Set θ, and the average over the subjects who have a share.

        Returns the scores of the training subjects relative to that average.
        """
        shift = share @ model.X
        estimator.coef_, estimator.mean_ = theta, estimator.mean_ + shift
        return model.scores(theta) - shift @ theta


class NetworkScores:
    """Scores of a multilayer perceptron, whose last layer has no intercept."""

    @staticmethod
    def model(estimator, data):
        """Return the score model at the training data."""
        sizes = layer_sizes(estimator.hidden_layer_sizes)
        return PerceptronModel(
            data.X + data.mean, sizes, 1, estimator.activation, output_bias=False
        )

    @staticmethod
    def penalty(estimator, model):
        """Return the ridge penalty, of the weights but not of the intercepts."""
        return estimator.alpha * is_weight(model)

    @staticmethod
    def fit(estimator, objective, data):
        """Train the network, and set what follows but the baseline hazard."""
        model = objective.model
        rng = check_random_state(estimator.random_state)
        result = train(
            objective,
            initial_parameters(model, rng),
            estimator.solver,
            tol=estimator.tol,
            max_iter=estimator.max_iter,
            learning_rate=estimator.learning_rate_init,
        )
        if not result.converged:
            _warn_unfinished(estimator, result)
        estimator.n_iter_ = result.n_iter
        estimator.max_gradient_ = float(np.abs(result.gradient).max(initial=0.0))
        share = data.weight / data.weight.sum()
        NetworkScores.set_parameters(estimator, model, result.theta, share)

    @staticmethod
    def features(estimator, covariates):
        """Return covariates as the score model takes them: as they are."""
        return covariates

    @staticmethod
    def log_risk(estimator, covariates):
        """Return scores relative to the average training subject."""
        sizes = tuple(W.shape[1] for W in estimator.coefs_[:-1])
        model = PerceptronModel(
            covariates, sizes, 1, estimator.activation, output_bias=False
        )
        return model.scores(NetworkScores.parameters(estimator)) - estimator.offset_

    @staticmethod
    def parameters(estimator):
        """Return θ: weights and intercepts of one layer after another."""
        return flat_parameters(estimator.coefs_, estimator.intercepts_)

    @staticmethod
    def names(estimator, model):
        """Return names of the parameters."""
        return weight_names(model, estimator.covariate_names_)

    @staticmethod
    def set_parameters(estimator, model, theta, share):
        """Set θ, and the average over the subjects who have a share.

        Returns the scores of the training subjects relative to that average.
        """
        estimator.coefs_, estimator.intercepts_ = weights_of(model, theta)
        scores = model.scores(theta)
        estimator.offset_ = float(share @ scores)
        return scores - estimator.offset_


def _warn_unfinished(estimator, result):
    remedy = "Increase max_iter"
    if estimator.solver == "adam":
        remedy = "Increase max_iter, or use solver='lbfgs'"
    if not estimator.alpha:
        remedy += ", or set alpha > 0: without a penalty there may be no minimum"
    warn_user(
        f"Training by {estimator.solver!r} did not reach a stationary point in "
        f"{result.n_iter} iterations: the largest gradient is {result.size:.2g} in "
        "units of the curvature (a network with relu units may have its minimum at a "
        f"kink). Influence assumes a minimum. {remedy}.",
        ConvergenceWarning,
    )
