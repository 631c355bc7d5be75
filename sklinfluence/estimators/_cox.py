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
from sklinfluence.estimators._cox_scores import new_scores, scores_of
from sklinfluence.estimators._training import MAX_ITER
from sklinfluence.losses import TIES, CoxPartialLikelihood
from sklinfluence.models import ACTIVATIONS
from sklinfluence.objectives import ComposedObjective
from sklinfluence.utils import parse_survival_target
from sklinfluence.utils._sklearn import Interval, StrOptions, fit_context


class CoxRegressor(RegressorMixin, BaseEstimator):
    r"""Cox proportional hazards regression, linear or by a network.

    Minimises the negative log partial likelihood plus a ridge penalty,

    .. math:: L(\theta) = -\sum_{i: \delta_i = 1} \omega_i \Big[ s_i -
              \log \sum_{j \in R_i} \omega_j e^{s_j} \Big]
              + \frac{\alpha}{2} \|\theta\|^2 ,

    summed, not averaged, over events, to a stationary point. The log-risk s is
    :math:`x^\top \theta`, fitted by Newton's method, or with ``hidden_layer_sizes`` the
    output of a multilayer perceptron. It has no intercept, which is part of the
    baseline hazard.

    Parameters
    ----------
    alpha : float, default=0.0
        Ridge penalty on the summed loss; of a network, on its weights but not on its
        intercepts. Without one, few networks have a minimum.
    ties : {"breslow", "efron"}, default="breslow"
        Treatment of tied events. Breslow's, as in scikit-survival, gives a sample
        weight of 2 the meaning of two equal rows; Efron's correction, the default of R
        and lifelines, is more accurate with many ties.
    strata : str, int or list of these, default=None
        Columns of X, by name or position, whose combinations of values define strata
        with a baseline hazard of their own. They are no covariates.
    hidden_layer_sizes : int or array-like of int, default=()
        Units of each hidden layer; none: a linear log-risk. Standardise the columns of
        X for a network, as for any.
    activation : {"identity", "logistic", "relu", "tanh"}, default="relu"
        Of hidden units.
    solver : {"lbfgs", "adam"}, default="lbfgs"
        How a network is trained: L-BFGS to a stationary point, or epochs of Adam, both
        on all rows at once, as the risk sets are. A linear log-risk has Newton's
        method.
    learning_rate_init : float, default=0.001
        Step size of Adam.
    tol : float, default=1e-10
        Convergence: largest accepted gradient, each entry in units of the square root
        of the information it would have if it stood alone.
    max_iter : int, default=None
        Largest number of iterations; None: 50 Newton steps, 5000 iterations of L-BFGS,
        1000 epochs of Adam.
    random_state : int, RandomState instance or None, default=None
        Of the initial weights of a network.

    Attributes
    ----------
    coef_ : ndarray of shape (n_covariates,)
        Log hazard ratios θ̂. A network has ``coefs_`` and ``intercepts_`` instead, and
        no standard errors.
    coefs_ : list of ndarray of shape (d, h)
        Weights of the layers of a network.
    intercepts_ : list of ndarray of shape (h,)
        Intercepts of its hidden layers.
    offset_ : float
        Weighted mean of the scores of a network over the training subjects, where the
        log-risk is zero.
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
        Number of Newton steps, or of iterations of the solver.
    n_features_in_ : int
        Number of columns of X, strata included.
    feature_names_in_ : ndarray of shape (n_features,)
        Names of the columns of X, where all are strings.

    References
    ----------
    D. R. Cox, "Regression models and life-tables", JRSS B 34 (1972); B. Efron, "The
    efficiency of Cox's likelihood function for censored data", JASA 72 (1977). For
    networks, D. Faraggi and R. Simon, "A neural network model for survival data",
    Statistics in Medicine 14 (1995).

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

    A network, with a penalty that keeps it from fitting the noise:

    >>> from sklearn.pipeline import make_pipeline
    >>> from sklearn.preprocessing import StandardScaler
    >>> network = CoxRegressor(
    ...     alpha=10, hidden_layer_sizes=4, activation="tanh", random_state=0
    ... )
    >>> network = make_pipeline(StandardScaler(), network).fit(X, y)
    >>> network.predict(X).shape
    (432,)
    """

    _parameter_constraints = {
        "alpha": [Interval(Real, 0, None, closed="left")],
        "ties": [StrOptions(set(TIES))],
        "strata": [str, Interval(Integral, 0, None, closed="left"), list, None],
        "hidden_layer_sizes": [
            Interval(Integral, 1, None, closed="left"),
            "array-like",
        ],
        "activation": [StrOptions(set(ACTIVATIONS))],
        "solver": [StrOptions(set(MAX_ITER))],
        "learning_rate_init": [Interval(Real, 0, None, closed="neither")],
        "tol": [Interval(Real, 0, None, closed="neither")],
        "max_iter": [Interval(Integral, 1, None, closed="left"), None],
        "random_state": ["random_state"],
    }

    def __init__(
        self,
        alpha=0.0,
        ties="breslow",
        strata=None,
        hidden_layer_sizes=(),
        activation="relu",
        solver="lbfgs",
        learning_rate_init=0.001,
        tol=1e-10,
        max_iter=None,
        random_state=None,
    ):
        self.alpha = alpha
        self.ties = ties
        self.strata = strata
        self.hidden_layer_sizes = hidden_layer_sizes
        self.activation = activation
        self.solver = solver
        self.learning_rate_init = learning_rate_init
        self.tol = tol
        self.max_iter = max_iter
        self.random_state = random_state

    @fit_context(prefer_skip_nested_validation=True)
    def fit(self, X, y, sample_weight=None):
        """Fit the log-risk and the baseline hazard.

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
            order of events so that the likelihood has no maximum, or if training did
            not converge.
        """
        data = cox_training_data(self, X, y, sample_weight)
        self.strata_ = data.strata
        kind = new_scores(self)
        objective = self._objective(data, kind)
        kind.fit(self, objective, data)
        scores = kind.log_risk(self, data.X + data.mean)
        self.log_likelihood_ = -float(objective.loss.value(scores))
        self.baseline_ = BaselineHazard.from_loss(objective.loss, scores)
        self.event_times_ = self.baseline_.event_times
        return self

    def predict(self, X):
        """Predict the log-risk, relative to the average training subject.

        Parameters
        ----------
        X : array-like or DataFrame of shape (n_samples, n_features)
            Rows.

        Returns
        -------
        ndarray of shape (n_samples,)
            Larger means an earlier event.
        """
        check_is_fitted(self)
        return scores_of(self).log_risk(self, Covariates(self, X).values)

    def predict_relative_risk(self, X):
        """Predict the hazard relative to the average training subject.

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
        risk = np.exp(scores_of(self).log_risk(self, covariates.values))
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

    def _objective(self, data, kind):
        loss = CoxPartialLikelihood(
            data.event,
            data.time,
            data.entry,
            data.stratum,
            data.weight,
            ties=self.ties,
        )
        model = kind.model(self, data)
        return ComposedObjective(loss, model, kind.penalty(self, model))

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.target_tags.positive_only = True
        return tags
