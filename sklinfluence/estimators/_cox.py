"""Cox proportional hazards regression, fitted to a stationary point."""

from numbers import Integral, Real

import numpy as np
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.utils.validation import (
    assert_all_finite,
    check_is_fitted,
    column_or_1d,
)

from sklinfluence.estimators._baseline import BaselineHazard
from sklinfluence.estimators._cox_data import Covariates, cox_training_data
from sklinfluence.estimators._cox_diagnosis import diagnose, undetermined
from sklinfluence.losses import TIES, CoxPartialLikelihood
from sklinfluence.models import LinearModel
from sklinfluence.objectives import ComposedObjective, minimize_newton
from sklinfluence.utils import parse_survival_target
from sklinfluence.utils._sklearn import Interval, StrOptions, fit_context


class CoxRegressor(RegressorMixin, BaseEstimator):
    r"""Cox proportional hazards regression.

    Minimises the negative log partial likelihood plus a ridge penalty,

    .. math:: L(\theta) = -\sum_{i: \delta_i = 1} \omega_i \Big[ x_i^\top \theta -
              \log \sum_{j \in R_i} \omega_j e^{x_j^\top \theta} \Big]
              + \frac{\alpha}{2} \|\theta\|^2 ,

    summed, not averaged, over events, by Newton's method to a stationary point. It
    has no intercept, which is part of the baseline hazard.

    Parameters
    ----------
    alpha : float, default=0.0
        Ridge penalty on the summed loss.
    ties : {"breslow", "efron"}, default="breslow"
        Treatment of tied events. Breslow's, as in scikit-survival, gives a sample
        weight of 2 the meaning of two equal rows; Efron's correction, the default of R
        and lifelines, is more accurate with many ties.
    strata : str, int or list of these, default=None
        Columns of X, by name or position, whose combinations of values define strata
        with a baseline hazard of their own. They are no covariates.
    tol : float, default=1e-10
        Convergence: largest accepted gradient, each entry in units of the square root
        of the information it would have if it stood alone.
    max_iter : int, default=50
        Largest number of Newton steps.

    Attributes
    ----------
    coef_ : ndarray of shape (n_covariates,)
        Log hazard ratios θ̂.
    standard_errors_ : ndarray of shape (n_covariates,)
        Square roots of the diagonal of the inverse Hessian, penalty included; nan for
        coefficients that the data do not determine.
    covariance_ : ndarray of shape (n_covariates, n_covariates)
        The inverse Hessian, on the directions that have curvature.
    mean_ : ndarray of shape (n_covariates,)
        Weighted mean of the covariates, where the log-risk is zero.
    baseline_ : BaselineHazard
        Baseline hazard of every stratum, at the mean of the covariates.
    event_times_ : ndarray of shape (n_times,)
        Distinct times of events.
    strata_ : pandas.Index or None
        Values of the strata, None without strata.
    covariate_names_ : ndarray of shape (n_covariates,)
        Names of the coefficients: those of a DataFrame's columns, else x0, x1, ...
    log_likelihood_ : float
        Log partial likelihood at ``coef_``, without the penalty.
    max_gradient_ : float
        Largest absolute entry of the gradient at ``coef_``.
    n_iter_ : int
        Number of Newton steps.
    n_features_in_ : int
        Number of columns of X, strata included.
    feature_names_in_ : ndarray of shape (n_features,)
        Names of the columns of X, where all are strings.

    References
    ----------
    D. R. Cox, "Regression models and life-tables", JRSS B 34 (1972); B. Efron, "The
    efficiency of Cox's likelihood function for censored data", JASA 72 (1977).

    Examples
    --------
    >>> from sklinfluence import CoxRegressor
    >>> from sklinfluence.datasets import load_rossi
    >>> X, y = load_rossi(return_X_y=True)
    >>> model = CoxRegressor().fit(X, y)
    >>> print(model.coef_.round(3))
    [-0.379 -0.057  0.314 -0.151 -0.433 -0.085  0.091]
    >>> print(round(model.score(X, y), 3))
    0.64
    """

    _parameter_constraints = {
        "alpha": [Interval(Real, 0, None, closed="left")],
        "ties": [StrOptions(set(TIES))],
        "strata": [str, Interval(Integral, 0, None, closed="left"), list, None],
        "tol": [Interval(Real, 0, None, closed="neither")],
        "max_iter": [Interval(Integral, 1, None, closed="left")],
    }

    def __init__(self, alpha=0.0, ties="breslow", strata=None, tol=1e-10, max_iter=50):
        self.alpha = alpha
        self.ties = ties
        self.strata = strata
        self.tol = tol
        self.max_iter = max_iter

    @fit_context(prefer_skip_nested_validation=True)
    def fit(self, X, y, sample_weight=None):
        """Fit the coefficients and the baseline hazard.

        Parameters
        ----------
        X : array-like or DataFrame of shape (n_samples, n_features)
            Covariates, and the columns of ``strata``.
        y : survival target of n_samples
            Structured array ``(event, time)`` or ``(event, time, entry)``; array or
            DataFrame with these columns; or 1-D times, all of them events. Subjects
            with an entry time are at risk after it only (left truncation).
        sample_weight : array-like of shape (n_samples,), default=None
            Case weights; rows of weight zero are ignored.

        Returns
        -------
        self
            The fitted estimator.

        Raises
        ------
        ValueError
            If there is no event, or an input is not finite or not possible.

        Warns
        -----
        ConvergenceWarning
            If a column is constant or collinear with others, if columns separate the
            order of events so that the likelihood has no maximum, or if Newton's
            method did not converge.
        """
        data = cox_training_data(self, X, y, sample_weight)
        self.mean_ = data.mean
        self.strata_ = data.strata
        objective = self._objective(data)
        start = np.zeros(objective.n_params)
        result = minimize_newton(objective, start, tol=self.tol, max_iter=self.max_iter)
        diagnose(self, data, result)
        self.coef_ = result.theta
        self.n_iter_ = result.n_iter
        self.max_gradient_ = float(np.abs(result.gradient).max(initial=0.0))
        self.covariance_ = result.inverse_hessian
        errors = np.sqrt(np.diag(self.covariance_))
        self.standard_errors_ = np.where(
            undetermined(result.flat, data), np.nan, errors
        )
        scores = objective.model.scores(self.coef_)
        self.log_likelihood_ = -float(objective.loss.value(scores))
        self.baseline_ = BaselineHazard.from_loss(objective.loss, scores)
        self.event_times_ = self.baseline_.event_times
        return self

    def predict(self, X):
        """Predict the log-risk, relative to the mean of the training covariates.

        Parameters
        ----------
        X : array-like or DataFrame of shape (n_samples, n_features)
            Rows.

        Returns
        -------
        ndarray of shape (n_samples,)
            (x − mean)ᵀ θ̂; larger means an earlier event.
        """
        check_is_fitted(self)
        return (Covariates(self, X).values - self.mean_) @ self.coef_

    def predict_relative_risk(self, X):
        """Predict the hazard relative to the mean of the training covariates.

        Parameters
        ----------
        X : array-like or DataFrame of shape (n_samples, n_features)
            Rows.

        Returns
        -------
        ndarray of shape (n_samples,)
            The exponential of the log-risk.
        """
        return np.exp(self.predict(X))

    def predict_survival_function(self, X, times=None):
        """Predict the probability of surviving each time.

        Parameters
        ----------
        X : array-like or DataFrame of shape (n_samples, n_features)
            Rows, with the columns of ``strata``.
        times : array-like of shape (n_times,), default=None
            Times, in the unit of y; None: ``event_times_``.

        Returns
        -------
        ndarray of shape (n_samples, n_times)
            exp(−H₀(t) exp(log-risk)), with the baseline hazard of the row's stratum.

        Raises
        ------
        ValueError
            If a row has a stratum that the training data did not have.
        """
        check_is_fitted(self)
        if times is None:
            times = self.event_times_
        times = column_or_1d(np.atleast_1d(times), dtype=np.float64)
        assert_all_finite(times, input_name="times")
        covariates = Covariates(self, X)
        risk = np.exp((covariates.values - self.mean_) @ self.coef_)
        hazard = self.baseline_.cumulative_at(times, covariates.codes(self.strata_))
        return np.exp(-hazard * risk[:, None])

    def score(self, X, y):
        """Return the concordance index, the share of pairs in the right order.

        Parameters
        ----------
        X : array-like or DataFrame of shape (n_samples, n_features)
            Rows.
        y : survival target of n_samples
            Events and times, as for ``fit``; entry times are not used, and pairs are
            compared across strata as well.

        Returns
        -------
        float
            1 for a perfect order, 0.5 for a random one (lifelines' implementation).
        """
        # Imported here because importing lifelines takes longer than scoring.
        from lifelines.utils import concordance_index

        risk, target = self.predict(X), parse_survival_target(y)
        try:
            return float(concordance_index(target.time, -risk, target.event))
        except ZeroDivisionError as error:
            raise ValueError(
                f"The concordance of {len(risk)} subjects with "
                f"{int(target.event.sum())} events has no pair to compare; expected at "
                "least one event before the last time. Score more subjects."
            ) from error

    def _objective(self, data):
        loss = CoxPartialLikelihood(
            data.event,
            data.time,
            data.entry,
            data.stratum,
            data.weight,
            ties=self.ties,
        )
        return ComposedObjective(loss, LinearModel(data.X), self.alpha)

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.target_tags.positive_only = True
        return tags
