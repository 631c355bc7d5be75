"""The objective of generalised linear models: Poisson, gamma and Tweedie."""

import numpy as np
from sklearn.linear_model import GammaRegressor, PoissonRegressor, TweedieRegressor
from sklearn.utils import check_array

from sklinfluence.losses import (
    PointwiseHeldOutLoss,
    SquaredLoss,
    SquaredTerms,
    TweedieLoss,
    TweedieTerms,
)
from sklinfluence.objectives._linear_models import (
    FittedLinearModel,
    refuse_fit_params,
    unknown,
)
from sklinfluence.objectives._make import make_objective
from sklinfluence.utils._sklearn import check_sample_weight


class FittedGeneralizedLinear(FittedLinearModel):
    r"""Objective of a fitted ``PoissonRegressor`` or the like.

    .. math:: L(w, c) = \sum_i \omega_i\, \varphi(y_i, w^\top x_i + c)
              + \frac{\alpha}{2} \|w\|^2 \textstyle\sum_i \omega_i ,

    φ being half the unit deviance of a prediction :math:`e^s`. The model minimises
    the mean, so a row takes its share of the penalty with it. The normal distribution
    with identity link has the squared error (y − s)², and twice the penalty.

    Scores are the logarithms of predictions.

    Parameters
    ----------
    estimator : PoissonRegressor, GammaRegressor or TweedieRegressor
        The fitted model.
    X, y, sample_weight : training data
        What it was fitted on.
    **fit_params : dict
        What else ``fit`` of a subclass was given; refused.

    Raises
    ------
    NotImplementedError
        Where the loss is not convex in the scores: for a power below 1 or above 2,
        except 0 with identity link, and with identity link for other powers.
    """

    def __init__(self, estimator, X, y, sample_weight=None, **fit_params):
        refuse_fit_params(estimator, fit_params)
        self.power = _power(estimator)
        weight = check_sample_weight(sample_weight, X, dtype=np.float64)
        y, alpha = _targets(y), estimator.alpha
        if self.power == 0:
            # Twice the half squared error: a multiple has the same minimum.
            loss, alpha = SquaredLoss(y, weight), 2.0 * alpha
        else:
            loss = TweedieLoss(y, self.power, weight)
        self.scores_follow_parameters = self.power == 0
        super().__init__(estimator, X, loss, alpha, penalty_weight=weight)

    def scores(self, estimator, X):
        """Return linear predictors of rows X."""
        return self.objective.model.at(self.features(X)).scores(
            self.parameters(estimator)
        )

    def held_out_loss(self, X, y):
        """Return half the unit deviance, or the squared error, of new rows."""
        y = _targets(y)
        if self.power == 0:
            return PointwiseHeldOutLoss(SquaredTerms(y))
        out_of_range = y <= 0 if self.power == 2 else y < 0
        if out_of_range.any():
            row = int(np.argmax(out_of_range))
            raise ValueError(
                f"Got y[{row}] = {y[row]:g}; the deviance of "
                f"{type(self.estimator).__name__} is defined for "
                f"{'positive' if self.power == 2 else 'non-negative'} targets only."
            )
        return PointwiseHeldOutLoss(TweedieTerms(y, self.power))


def _targets(y):
    return check_array(y, ensure_2d=False, dtype=np.float64, input_name="y")


def _power(estimator):
    """Return the power of the variance function, if the loss is convex."""
    power, link = 1.0, "log"
    if isinstance(estimator, GammaRegressor):
        power = 2.0
    elif isinstance(estimator, TweedieRegressor):
        power, link = estimator.power, estimator.link
        link = ("identity" if power <= 0 else "log") if link == "auto" else link
    known = power == 0 if link == "identity" else 1 <= power <= 2
    if not known:
        raise unknown(
            estimator,
            f"power={power} and {link} link",
            "its loss is not convex in the linear predictor, or is infinite where a "
            "prediction is negative",
        )
    return float(power)


for _model in (PoissonRegressor, GammaRegressor, TweedieRegressor):
    make_objective.register(_model, FittedGeneralizedLinear)
