"""The objective of least squares, with and without a ridge penalty."""

import numpy as np
from sklearn.linear_model import LinearRegression, Ridge
from sklearn.utils import check_array

from sklinfluence.losses import PointwiseHeldOutLoss, SquaredLoss, SquaredTerms
from sklinfluence.objectives._linear_models import (
    FittedLinearModel,
    refuse_fit_params,
    unknown,
)
from sklinfluence.objectives._make import make_objective
from sklinfluence.utils._sklearn import check_sample_weight


class FittedLeastSquares(FittedLinearModel):
    r"""Objective of a fitted ``LinearRegression`` or ``Ridge``.

    .. math:: L(w, c) = \sum_i \omega_i \|y_i - W x_i - c\|^2 + \alpha \|W\|^2 ,

    not halved, with an intercept that is not penalised; α = 0 for
    ``LinearRegression``. The loss of a row with several targets is their sum.

    Parameters
    ----------
    estimator : LinearRegression or Ridge
        The fitted model.
    X, y, sample_weight : training data
        What it was fitted on.
    **fit_params : dict
        What else ``fit`` of a subclass was given; refused.

    Raises
    ------
    NotImplementedError
        With ``positive=True``.
    """

    def __init__(self, estimator, X, y, sample_weight=None, **fit_params):
        refuse_fit_params(estimator, fit_params)
        if estimator.positive:
            raise unknown(
                estimator,
                "positive=True",
                "its optimum lies on the border of what is allowed, where the "
                "gradient does not vanish",
            )
        y = _targets(y)
        weight = check_sample_weight(sample_weight, X, dtype=np.float64)
        loss = SquaredLoss(y, weight)
        # ComposedObjective halves the penalty, Ridge does not.
        alpha = 2.0 * np.asarray(getattr(estimator, "alpha", 0.0), dtype=float)
        names = [f"y{k}" for k in range(loss.n_outputs)]
        super().__init__(estimator, X, loss, alpha, output_names=names)

    def scores(self, estimator, X):
        """Return predictions, row by row."""
        return np.asarray(estimator.predict(X), dtype=float).reshape(-1)

    def held_out_loss(self, X, y):
        """Return the squared error of new rows."""
        terms = SquaredTerms(_targets(y))
        expected = self.objective.loss.n_outputs
        if terms.n_outputs != expected:
            raise ValueError(
                f"Got y with {terms.n_outputs} targets a row; the model was fitted on "
                f"{expected}."
            )
        return PointwiseHeldOutLoss(terms)


def _targets(y):
    return check_array(y, ensure_2d=False, dtype=np.float64, input_name="y")


make_objective.register(LinearRegression, FittedLeastSquares)
make_objective.register(Ridge, FittedLeastSquares)
