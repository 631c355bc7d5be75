"""The objective that a fitted Cox model of scikit-survival minimised."""

from copy import copy

import numpy as np
from sklearn.utils.validation import validate_data

from sklinfluence.losses import CoxHeldOutLoss, CoxPartialLikelihood
from sklinfluence.models import LinearModel
from sklinfluence.objectives import (
    ComposedObjective,
    FittedObjective,
    register_by_name,
)
from sklinfluence.utils import parse_survival_target


class FittedSksurvCox(FittedObjective):
    """Partial likelihood and penalty of a fitted ``CoxPHSurvivalAnalysis``.

    It minimises the likelihood and its penalty, both divided by the number of rows:
    on the sum, the penalty ½ Σ alpha θ² is the same whoever is present. Covariates are
    centred here, which no partial likelihood sees.

    Parameters
    ----------
    estimator : sksurv.linear_model.CoxPHSurvivalAnalysis
        The fitted model.
    X, y : training data
        What it was fitted on.
    """

    def __init__(self, estimator, X, y):
        self.estimator = estimator
        rows = self._rows(X)
        self._mean = rows.mean(axis=0)
        self._target = parse_survival_target(y)
        event, time, _ = self._target
        loss = CoxPartialLikelihood(event, time, ties=estimator.ties)
        alpha = np.asarray(estimator.alpha, dtype=float)
        self.objective = ComposedObjective(loss, LinearModel(rows - self._mean), alpha)
        self.theta = self.parameters(estimator)
        default = [f"x{j}" for j in range(rows.shape[1])]
        names = getattr(estimator, "feature_names_in_", default)
        self.parameter_names = np.array(names, dtype=object)
        self.object_weight = np.ones(len(rows))

    def features(self, X):
        """Return centred covariates."""
        return self._rows(X) - self._mean

    def scores(self, estimator, X):
        """Return log-risks, zero at the mean of the training data."""
        return self.features(X) @ self.parameters(estimator)

    def parameters(self, estimator):
        """Return the coefficients."""
        return np.asarray(estimator.coef_, dtype=float)

    def with_parameters(self, theta, removed=()):
        """Return a copy with coefficients θ, and the baseline hazard without some."""
        model = copy(self.estimator)
        model.coef_ = theta
        left = self.objective.presence_without(removed) > 0
        # The model predicts, and has its baseline hazard, at covariates of zero.
        scores = self.objective.model.scores(theta) + self._mean @ theta
        baseline = type(model._baseline_model)()
        event, time, _ = self._target
        model._baseline_model = baseline.fit(scores[left], event[left], time[left])
        return model

    def held_out_loss(self, X, y):
        """Return the partial-likelihood loss of subjects who join the risk sets."""
        new = parse_survival_target(y)
        return CoxHeldOutLoss(new.event, new.time, self._target.time)

    def _rows(self, X):
        return validate_data(copy(self.estimator), X, reset=False, dtype=np.float64)


# Whoever has such a model has imported scikit-survival; nobody else needs it.
register_by_name("sksurv.linear_model.coxph.CoxPHSurvivalAnalysis", FittedSksurvCox)
