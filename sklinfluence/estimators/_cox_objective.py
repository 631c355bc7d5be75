"""The objective that a fitted Cox model minimised."""

from copy import copy

from sklinfluence.estimators._baseline import BaselineHazard
from sklinfluence.estimators._cox import CoxRegressor
from sklinfluence.estimators._cox_data import Covariates, cox_training_data
from sklinfluence.estimators._cox_scores import scores_of
from sklinfluence.losses import CoxHeldOutLoss
from sklinfluence.objectives import FittedObjective, make_objective
from sklinfluence.utils import parse_survival_target


class FittedCox(FittedObjective):
    """Partial likelihood, penalty and coefficients of a fitted ``CoxRegressor``.

    Parameters
    ----------
    estimator : CoxRegressor
        The fitted model.
    X, y, sample_weight : training data
        What it was fitted on.
    """

    def __init__(self, estimator, X, y, sample_weight=None):
        self.estimator = estimator
        self._data = cox_training_data(copy(estimator), X, y, sample_weight)
        self._kind = scores_of(estimator)
        self.objective = estimator._objective(self._data, self._kind)
        self.theta = self.parameters(estimator)
        self.parameter_names = self._kind.names(estimator, self.objective.model)
        self.object_weight = self._data.weight

    def features(self, X):
        """Return covariates, centred where the log-risk is linear."""
        values = Covariates(self.estimator, X).values
        return self._kind.features(self.estimator, values)

    def scores(self, estimator, X):
        """Return log-risks."""
        return estimator.predict(X)

    def parameters(self, estimator):
        """Return the coefficients, or weights and intercepts of a network."""
        return self._kind.parameters(estimator)

    def with_parameters(self, theta, removed=()):
        """Return a copy with parameters θ, and what else it says without some.

        What does not follow from θ, such as standard errors, is left out.
        """
        model, objective = copy(self.estimator), self.objective
        presence = objective.presence_without(removed)
        share = presence * self._data.weight
        scores = self._kind.set_parameters(
            model, objective.model, theta, share / share.sum()
        )
        model.baseline_ = BaselineHazard.from_loss(objective.loss, scores, presence)
        model.event_times_ = model.baseline_.event_times
        model.log_likelihood_ = -float(objective.loss.value(scores, presence))
        for stale in ("covariance_", "standard_errors_", "max_gradient_", "n_iter_"):
            model.__dict__.pop(stale, None)
        return model

    def held_out_loss(self, X, y):
        """Return the partial-likelihood loss of subjects who join the risk sets."""
        data, new = self._data, parse_survival_target(y)
        codes = None
        if data.stratum is not None:
            codes = Covariates(self.estimator, X).codes(data.strata)
        return CoxHeldOutLoss(
            new.event,
            new.time,
            data.time,
            data.entry,
            data.stratum,
            data.weight,
            new_stratum=codes,
        )


make_objective.register(CoxRegressor, FittedCox)
