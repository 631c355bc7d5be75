"""The objective of scikit-learn's multilayer perceptrons."""

from copy import copy

import numpy as np
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.utils.validation import column_or_1d, validate_data

from sklinfluence.losses import (
    LogisticLoss,
    MultinomialLoss,
    PointwiseHeldOutLoss,
    SquaredLoss,
)
from sklinfluence.models import (
    PerceptronModel,
    flat_parameters,
    is_weight,
    weight_names,
    weights_of,
)
from sklinfluence.objectives._composed import ComposedObjective
from sklinfluence.objectives._linear_classifiers import label_codes
from sklinfluence.objectives._linear_models import refuse_fit_params, unknown
from sklinfluence.objectives._make import FittedObjective, make_objective
from sklinfluence.utils._sklearn import check_sample_weight


class FittedPerceptron(FittedObjective):
    r"""Objective of a fitted ``MLPRegressor`` or ``MLPClassifier``.

    .. math:: L(\theta) = \sum_i \omega_i \varphi(y_i, s_i)
              + \tfrac{\alpha}{2} \sum_l \|W_l\|^2

    with the logarithmic loss of the class probabilities; for a regressor, twice that
    with half the squared error. It has many minima: influence is about the one that
    training found.

    Parameters
    ----------
    estimator : MLPRegressor or MLPClassifier
        The fitted model.
    X, y, sample_weight : training data
        What it was fitted on.
    **fit_params : dict
        What else ``fit`` was given; refused.

    Raises
    ------
    NotImplementedError
        With minibatches, whose penalty grows with the number of rows, early stopping,
        several targets or labels a row, or another loss of a regressor.
    """

    def __init__(self, estimator, X, y, sample_weight=None, **fit_params):
        refuse_fit_params(estimator, fit_params)
        _refuse_settings(estimator, np.shape(y))
        self.estimator = estimator
        self.scores_follow_parameters = isinstance(estimator, MLPRegressor)
        weight = check_sample_weight(sample_weight, X, dtype=np.float64)
        loss, scale = self._loss(y, weight)
        model = PerceptronModel(
            self.features(X),
            tuple(layer.shape[1] for layer in estimator.coefs_[:-1]),
            loss.n_outputs,
            estimator.activation,
        )
        alphas = scale * estimator.alpha * is_weight(model)
        self.objective = ComposedObjective(loss, model, alphas)
        self.theta = self.parameters(estimator)
        self.parameter_names = weight_names(model, range(model.X.shape[1]))
        self.object_weight = loss.sample_weight

    def features(self, X):
        """Return rows X as an array of floats."""
        return validate_data(copy(self.estimator), X, reset=False, dtype=np.float64)

    def scores(self, estimator, X):
        """Return predictions, or what the probabilities are computed from, flat."""
        model = self.objective.model.at(self.features(X))
        return model.scores(self.parameters(estimator))

    def parameters(self, estimator):
        """Return weights and intercepts of one layer after another."""
        return flat_parameters(estimator.coefs_, estimator.intercepts_)

    def with_parameters(self, theta, removed=()):
        """Return a copy with weights and intercepts θ."""
        model = copy(self.estimator)
        model.coefs_, model.intercepts_ = weights_of(self.objective.model, theta)
        return model

    def held_out_loss(self, X, y):
        """Return the losses of new rows."""
        loss, _ = self._loss(y)
        return PointwiseHeldOutLoss(loss.terms)

    def _loss(self, y, weight=None):
        """Return the loss, and by how much it is larger than that of scikit-learn."""
        y = column_or_1d(y)
        if isinstance(self.estimator, MLPRegressor):
            return SquaredLoss(np.asarray(y, dtype=float), weight), 2.0
        classes = self.estimator.classes_
        codes = label_codes(y, classes)
        if len(classes) == 2:
            return LogisticLoss(codes, weight), 1.0
        return MultinomialLoss(codes, len(classes), weight), 1.0


def _refuse_settings(estimator, shape):
    if len(shape) == 2 and shape[1] > 1:
        raise unknown(
            estimator,
            f"y of shape {shape}",
            "its loss averages over targets where its gradient sums over them, so that "
            "training ends at the minimum of neither",
        )
    if estimator.solver != "lbfgs" and estimator.batch_size != shape[0]:
        raise unknown(
            estimator,
            f"solver={estimator.solver!r} and minibatches",
            "their penalty is multiplied by the number of batches, and training seldom "
            "ends at a minimum; expected solver='lbfgs'",
        )
    if estimator.solver != "lbfgs" and estimator.early_stopping:
        raise unknown(
            estimator, "early_stopping=True", "it holds rows back from training"
        )
    if getattr(estimator, "loss", "squared_error") not in ("squared_error", "log_loss"):
        raise unknown(estimator, f"loss={estimator.loss!r}", "it is not written yet")


make_objective.register(MLPRegressor, FittedPerceptron)
make_objective.register(MLPClassifier, FittedPerceptron)
