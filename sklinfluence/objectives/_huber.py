"""The objective of HuberRegressor, whose scale is a parameter."""

from copy import copy

import numpy as np
from sklearn.linear_model import HuberRegressor
from sklearn.utils import check_array

from sklinfluence.losses import HuberScaleTerms, PointwiseHeldOutLoss, PointwiseLoss
from sklinfluence.models import ScaledLinearModel
from sklinfluence.objectives._composed import ComposedObjective
from sklinfluence.objectives._linear_models import FittedLinearModel, refuse_fit_params
from sklinfluence.objectives._make import make_objective
from sklinfluence.utils._sklearn import check_sample_weight


class FittedHuber(FittedLinearModel):
    r"""Objective of a fitted ``HuberRegressor``.

    .. math:: L(w, c, \sigma) = \sum_i \omega_i\, \sigma \Big[ 1 +
              H\Big(\frac{y_i - w^\top x_i - c}{\sigma}\Big) \Big] + \alpha \|w\|^2

    with Huber's function H, a square up to ε and linear beyond. The scale σ is the
    last of the parameters. Outliers pull with a constant force and have no curvature.

    Parameters
    ----------
    estimator : HuberRegressor
        The fitted model.
    X, y, sample_weight : training data
        What it was fitted on.
    **fit_params : dict
        What else ``fit`` of a subclass was given; refused.
    """

    # A row has two scores, of which the model shows one.
    scores_follow_parameters = False

    def __init__(self, estimator, X, y, sample_weight=None, **fit_params):
        refuse_fit_params(estimator, fit_params)
        self.estimator = estimator
        weight = check_sample_weight(sample_weight, X, dtype=np.float64)
        loss = PointwiseLoss(HuberScaleTerms(_targets(y), estimator.epsilon), weight)
        model = ScaledLinearModel(self.features(X))
        alphas = np.zeros(model.n_params)
        # ComposedObjective halves the penalty, HuberRegressor does not.
        alphas[: estimator.n_features_in_] = 2.0 * estimator.alpha
        self.objective = ComposedObjective(loss, model, alphas)
        self.theta = self.parameters(estimator)
        names = [*self._names(None), "scale"]
        self.parameter_names = np.array(names, dtype=object)
        self.object_weight = weight

    def parameters(self, estimator):
        """Return coefficients, intercept and scale."""
        return np.append(super().parameters(estimator), estimator.scale_)

    def with_parameters(self, theta, removed=()):
        """Return a copy with other coefficients, intercept and scale."""
        model = copy(self.estimator)
        d = model.n_features_in_
        model.coef_, model.scale_ = theta[:d], theta[-1]
        if model.fit_intercept:
            model.intercept_ = theta[d]
        for stale in ("n_iter_", "outliers_"):
            model.__dict__.pop(stale, None)
        return model

    def scores(self, estimator, X):
        """Return predictions, each with the scale behind it."""
        prediction = estimator.predict(X)
        scale = np.full_like(prediction, estimator.scale_)
        return np.column_stack([prediction, scale]).reshape(-1)

    def held_out_loss(self, X, y):
        """Return Huber's loss of new rows, under the scale of the model."""
        terms = HuberScaleTerms(_targets(y), self.estimator.epsilon)
        return PointwiseHeldOutLoss(terms)


def _targets(y):
    return check_array(y, ensure_2d=False, dtype=np.float64, input_name="y")


make_objective.register(HuberRegressor, FittedHuber)
