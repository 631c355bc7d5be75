"""What the objectives of scikit-learn's linear models have in common."""

from copy import copy

import numpy as np
from scipy.sparse import issparse
from sklearn.utils.validation import validate_data

from sklinfluence.models import LinearModel, MultiOutputLinearModel
from sklinfluence.objectives._composed import ComposedObjective
from sklinfluence.objectives._make import FittedObjective
from sklinfluence.objectives._penalty import RidgePenalty
from sklinfluence.utils._sparse import canonical, with_ones

# What a fit says of its training data or of itself, and other parameters do not.
_STALE = ("n_iter_", "rank_", "singular_")


class FittedLinearModel(FittedObjective):
    """Objective and parameters of a fitted model with ``coef_`` and ``intercept_``.

    The parameters θ are ``coef_`` with the intercept behind it, output after output.
    The model has a parameter ``fit_intercept`` as well, or an attribute of that name. A
    subclass gives :meth:`scores` and :meth:`held_out_loss`, and says that its
    ``scores_follow_parameters`` is False where predictions are not the scores
    themselves, as under a log link.

    Parameters
    ----------
    estimator : fitted estimator
        The model.
    X : array-like or sparse matrix of shape (n, d)
        Rows that it was fitted on. Sparse rows stay sparse.
    loss : PointwiseLoss
        Loss of the scores.
    alpha : float or ndarray of shape (K,)
        Penalty ½ α ‖w‖² on the coefficients of each output.
    intercept_alpha : float, default=0.0
        The same for the intercepts.
    output_names : iterable of length K, default=None
        Names of the outputs, where there are several.
    penalty_weight : ndarray of shape (n,), default=None
        Weights of rows, the sum of which over those present multiplies the penalties:
        of a model that minimises the mean of its loss. None: nothing does.
    """

    scores_follow_parameters = True

    def __init__(
        self,
        estimator,
        X,
        loss,
        alpha,
        intercept_alpha=0.0,
        output_names=None,
        penalty_weight=None,
    ):
        self.estimator = estimator
        rows, n_outputs = self.features(X), loss.n_outputs
        one = n_outputs == 1
        model = LinearModel(rows) if one else MultiOutputLinearModel(rows, n_outputs)
        alphas = np.empty((n_outputs, rows.shape[1]))
        alphas[:] = np.reshape(alpha, (-1, 1))
        if estimator.fit_intercept:
            alphas[:, -1] = intercept_alpha
        penalty = RidgePenalty(alphas.ravel())
        if penalty_weight is not None:
            penalty = RidgePenalty(0.0, alphas.ravel(), penalty_weight)
        self.objective = ComposedObjective(
            loss, model, penalty, gauge=self._gauge(alphas)
        )
        self.theta = self.parameters(estimator)
        self.parameter_names = self._names(None if one else output_names)
        self.object_weight = loss.object_weight

    def features(self, X):
        """Return rows X, sparse if they are, with ones behind for the intercept."""
        model = copy(self.estimator)
        rows = validate_data(
            model, X, reset=False, dtype=np.float64, accept_sparse="csr"
        )
        rows = canonical(rows) if issparse(rows) else rows
        return with_ones(rows) if model.fit_intercept else rows

    def parameters(self, estimator):
        """Return coefficients and intercepts, flat."""
        weights = np.atleast_2d(np.asarray(estimator.coef_, dtype=float))
        if estimator.fit_intercept:
            weights = np.column_stack([weights, np.ravel(estimator.intercept_)])
        return weights.ravel()

    def with_parameters(self, theta, removed=()):
        """Return a copy with coefficients and intercepts θ."""
        model = copy(self.estimator)
        weights = np.reshape(theta, (self.objective.model.n_outputs, -1))
        if model.fit_intercept:
            shape = np.shape(model.intercept_)
            # As a number, not an array of no axes, where the intercept is a number.
            model.intercept_ = weights[:, -1].reshape(shape)[()]
            weights = weights[:, :-1]
        model.coef_ = weights.reshape(np.shape(model.coef_))
        for stale in _STALE:
            model.__dict__.pop(stale, None)
        return model

    def _gauge(self, alphas):
        """Return directions along which the loss and the penalty never change."""
        return None

    def _names(self, output_names):
        model = self.estimator
        default = [f"x{j}" for j in range(model.n_features_in_)]
        names = [*getattr(model, "feature_names_in_", default)]
        names += ["intercept"] * model.fit_intercept
        if output_names is not None:
            names = [f"{output}: {name}" for output in output_names for name in names]
        return np.array(names, dtype=object)


def refuse_fit_params(estimator, fit_params):
    """Raise an error where ``fit`` of a subclass was given what the objective ignores.

    Parameters
    ----------
    estimator : estimator
        The model.
    fit_params : dict
        What its ``fit`` was given beside X, y and weights.

    Raises
    ------
    NotImplementedError
        If there is any.
    """
    if fit_params:
        names = ", ".join(sorted(fit_params))
        raise unknown(estimator, f"fit({names}=...)", "what that changes is not known")


def unknown(estimator, setting, reason):
    """Return the error that says that a setting has no objective.

    Parameters
    ----------
    estimator : estimator
        The model.
    setting, reason : str
        Which of its parameters, and why.

    Returns
    -------
    NotImplementedError
        To be raised.
    """
    return NotImplementedError(
        f"No objective is known for {type(estimator).__name__} with {setting}: "
        f"{reason}. Methods that use its gradient cannot attribute it. Use a method "
        "that retrains, such as LeaveOneOut()."
    )
