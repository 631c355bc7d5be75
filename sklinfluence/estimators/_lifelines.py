"""A fitted Cox model of lifelines as an estimator of scikit-learn."""

import warnings
from copy import copy

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.exceptions import NotFittedError
from sklearn.frozen import FrozenEstimator

from sklinfluence.utils._foreign import register_foreign

# What the constructor takes; ``knots`` and their number exclude each other.
_PARAMS = ("baseline_estimation_method", "penalizer", "strata", "l1_ratio", "alpha")
_PARAMS += ("breakpoints", "knots", "n_baseline_knots")
# What ``fit`` takes and a fitted model remembers.
_FIT_PARAMS = ("duration_col", "event_col", "strata", "weights_col", "cluster_col")
_FIT_PARAMS += ("robust", "formula", "entry_col")
# Their default stops at a distance from the minimum that the effect of a single row
# may not exceed.
_TO_THE_MINIMUM = {"precision": 1e-18, "r_precision": 0.0}


class LifelinesCox(BaseEstimator):
    """A ``CoxPHFitter`` whose training data are one data frame, X.

    What is not found here is looked up in the fitted model of lifelines.

    Parameters
    ----------
    kind : type
        ``CoxPHFitter`` or a subclass.
    params : dict
        What its constructor is given.
    fit_params : dict, default=None
        What its ``fit`` is given beside the data frame; None: it cannot be fitted.

    Attributes
    ----------
    fitter_ : CoxPHFitter
        The fitted model.
    """

    def __init__(self, kind, params, fit_params=None):
        self.kind = kind
        self.params = params
        self.fit_params = fit_params

    def fit(self, X, y=None):
        """Fit a new model of lifelines.

        Parameters
        ----------
        X : DataFrame
            Covariates, durations, events and what else ``fit_params`` names.
        y : None
            Ignored: targets are columns of X.

        Returns
        -------
        self
            The fitted model.
        """
        name, baseline = self.kind.__name__, self.params["baseline_estimation_method"]
        if baseline != "breslow":
            raise NotImplementedError(
                f"No objective is known for {name} with "
                f"baseline_estimation_method={baseline!r}: it minimises no partial "
                "likelihood. It cannot be retrained either, since lifelines does not "
                "keep its formula. Use the default, 'breslow'."
            )
        if self.fit_params is None:
            raise NotFittedError(
                f"This {name} is not fitted, so there is no telling how it is to be. "
                f"Fit it first, such as {name}().fit(df, duration_col='T', "
                "event_col='E')."
            )
        from lifelines.exceptions import StatisticalWarning

        with warnings.catch_warnings():
            # On standard errors, as at the first fit.
            warnings.simplefilter("ignore", StatisticalWarning)
            self.fitter_ = self.kind(**self.params).fit(X, **self.fit_params)
        return self

    def predict(self, X):
        """Return log-risks of the rows of a data frame, an array of shape (n,)."""
        return self.fitter_.predict_log_partial_hazard(X).to_numpy()

    def score(self, X, y=None, **params):
        """Return the score of lifelines; targets are columns of X."""
        return self.fitter_.score(X, **params)

    def __getattr__(self, name):
        if name.startswith("_") or name == "fitter_":
            raise AttributeError(f"{type(self).__name__} has no attribute {name!r}.")
        return getattr(self.fitter_, name)


def adapt(fitter):
    """Return a ``CoxPHFitter`` as an estimator, frozen if it is fitted.

    Parameters
    ----------
    fitter : CoxPHFitter
        The model, which is not changed.

    Returns
    -------
    FrozenEstimator or LifelinesCox
        A frozen model, or one whose ``fit`` says why there is none.
    """
    params = {name: getattr(fitter, name) for name in _PARAMS}
    if params["knots"] is not None:
        params["n_baseline_knots"] = None
    model = LifelinesCox(type(fitter), params | {"label": fitter._label})
    is_fitted = "_model" in vars(fitter)
    if not is_fitted or fitter.baseline_estimation_method != "breslow":
        return model
    model.fit_params = _fit_params(fitter._model)
    model.fitter_ = fitter
    return FrozenEstimator(model)


def _fit_params(model):
    """Return what ``fit`` was given, as far as the fitted model remembers."""
    params = {name: getattr(model, name) for name in _FIT_PARAMS}
    params["batch_mode"] = model._batch_mode
    if not np.array_equal(model.timeline, model.baseline_cumulative_hazard_.index):
        params["timeline"] = copy(model.timeline)
    # With an L1 penalty, lifelines minimises another function at every step.
    params["fit_options"] = None if model.l1_ratio else dict(_TO_THE_MINIMUM)
    return params


# Whoever has such a model has imported lifelines; nobody else waits for it.
register_foreign("lifelines.fitters.coxph_fitter.CoxPHFitter", adapt)
