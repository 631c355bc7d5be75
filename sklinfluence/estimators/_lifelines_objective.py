"""The objective that a fitted Cox model of lifelines minimised."""

from copy import copy

import numpy as np
import pandas as pd

from sklinfluence.estimators._lifelines import LifelinesCox
from sklinfluence.estimators._lifelines_formula import check_formula
from sklinfluence.estimators._lifelines_frame import FrameReader
from sklinfluence.losses import CoxHeldOutLoss, CoxPartialLikelihood
from sklinfluence.models import LinearModel
from sklinfluence.objectives import (
    ComposedObjective,
    FittedObjective,
    make_objective,
)
from sklinfluence.objectives._linear_models import unknown
from sklinfluence.objectives._variance_penalty import VariancePenalty
from sklinfluence.utils import parse_survival_target

# What a fit says of its training data or of itself, and other parameters do not.
_STALE = ("variance_matrix_", "standard_errors_", "confidence_intervals_")
_STALE += ("log_likelihood_", "_predicted_partial_hazards_", "_concordance_index_")


class FittedLifelinesCox(FittedObjective):
    """Partial likelihood and penalty of a fitted ``CoxPHFitter``.

    It divides columns by their standard deviation, and minimises the negative log
    partial likelihood with Efron's ties, plus ½ n penalizer times the squares of their
    coefficients. In the units of the columns, the strength of that penalty is n times
    their variance, both of the rows that are present. Covariates are centred here,
    which no partial likelihood sees. The columns of a formula stay: lifelines takes
    another reference level where the last row of the first one goes, unless the column
    is of dtype ``category``. Where a single row takes it away, there is a warning.

    Parameters
    ----------
    estimator : LifelinesCox
        The fitted model.
    X : DataFrame
        What it was fitted on.
    y : None
        Ignored: targets are columns of X.
    **fit_params : dict
        Nothing: the fitted model knows what its ``fit`` was given.

    Raises
    ------
    NotImplementedError
        With an L1 penalty, or a formula with terms that depend on other rows.
    """

    rows_hold_targets = True

    def __init__(self, estimator, X, y=None, **fit_params):
        fitter = estimator.fitter_
        _refuse_fit_params(fitter, fit_params)
        _refuse_penalty(fitter)
        self.estimator = estimator
        self.reader = FrameReader(fitter)
        self.reader.check_rows(X)
        rows = self.reader.covariates(X)
        check_formula(fitter, self.reader, X, rows)
        self._mean = rows.mean(axis=0)
        self._data = self.reader.training_data(X)
        loss = CoxPartialLikelihood(
            *self._data.target, self._data.stratum, self._data.weight, ties="efron"
        )
        model = LinearModel(rows - self._mean)
        penalised = np.any(fitter.penalizer)
        penalty = VariancePenalty(fitter.penalizer, rows) if penalised else 0.0
        self.objective = ComposedObjective(loss, model, penalty)
        self.parameter_names = fitter.params_.index.to_numpy(dtype=object)
        self.theta = self.parameters(estimator)
        self.object_weight = self._data.weight

    def features(self, X):
        """Return the centred columns of the model, such as those of its formula."""
        return self.reader.covariates(X) - self._mean

    def scores(self, estimator, X):
        """Return log-risks, zero at the mean of the training data."""
        return self.features(X) @ self.parameters(estimator)

    def parameters(self, estimator):
        """Return the coefficients."""
        params = estimator.fitter_.params_
        if params.index.tolist() != self.parameter_names.tolist():
            raise ValueError(
                f"Got a model with the columns {params.index.tolist()}; expected "
                f"{self.parameter_names.tolist()}. A level of a categorical column "
                "was lost with its last row."
            )
        return params.to_numpy(dtype=float)

    def with_parameters(self, theta, removed=()):
        """Return a copy with coefficients θ, and the baseline hazard without some."""
        left = self.objective.presence_without(removed) > 0
        fitter = copy(self.estimator.fitter_)
        fitter._model = model = copy(fitter._model)
        for stale in _STALE:
            model.__dict__.pop(stale, None)
        model.params_ = pd.Series(theta, model.params_.index, name=model.params_.name)
        rows = self.objective.model.jacobian(theta)[left]
        mean = rows.mean(axis=0)
        model._norm_mean = pd.Series(mean + self._mean, model._norm_mean.index)
        self._set_baseline(model, np.exp((rows - mean) @ theta), left)
        estimator = copy(self.estimator)
        estimator.fitter_ = fitter
        return estimator

    def held_out_loss(self, X, y=None):
        """Return the partial-likelihood loss of subjects who join the risk sets.

        Without y, durations and events are columns of X.
        """
        new = self.reader.target(X) if y is None else parse_survival_target(y)
        data = self._data
        codes = self.reader.codes(X, data.strata)
        return CoxHeldOutLoss(
            new.event,
            new.time,
            data.target.time,
            data.target.entry,
            data.stratum,
            data.weight,
            new_stratum=codes,
        )

    def _set_baseline(self, model, hazards, left):
        """Let lifelines estimate its baseline hazard, which knows of no late entry."""
        data = self._data
        index = None if data.strata is None else data.strata[data.stratum[left]]
        columns = {"P": hazards, "T": data.target.time[left], "W": data.weight[left]}
        columns["E"] = data.target.event[left]
        model.durations = pd.Series(columns["T"])
        frame = pd.DataFrame(columns, index=index)
        hazard = model._compute_baseline_hazards(frame)
        cumulative = model._compute_baseline_cumulative_hazard(hazard)
        model.baseline_hazard_, model.baseline_cumulative_hazard_ = hazard, cumulative
        model.baseline_survival_ = model._compute_baseline_survival()


def _refuse_fit_params(fitter, fit_params):
    """Refuse what was given to ``fit`` of the model already."""
    if fit_params:
        raise TypeError(
            f"Got {sorted(fit_params)} with a fitted {type(fitter).__name__}; expected "
            "its data frame only: columns of durations, weights and the like are those "
            "that it was fitted with."
        )


def _refuse_penalty(fitter):
    """Refuse what is no ridge penalty."""
    if np.any(fitter.penalizer) and fitter.l1_ratio > 0:
        setting = f"l1_ratio={fitter.l1_ratio:g}"
        raise unknown(fitter, setting, "an L1 penalty has no curvature at zero")


make_objective.register(LifelinesCox, FittedLifelinesCox)
