"""The objective of logistic regression, binary and multinomial."""

import numpy as np
from sklearn.linear_model import LogisticRegression, LogisticRegressionCV
from sklearn.utils import column_or_1d

from sklinfluence.losses import (
    LogisticLoss,
    LogisticTerms,
    MultinomialLoss,
    MultinomialTerms,
    PointwiseHeldOutLoss,
)
from sklinfluence.objectives._linear_classifiers import (
    FittedLinearClassifier,
    balanced,
    class_weights,
)
from sklinfluence.objectives._linear_models import refuse_fit_params, unknown
from sklinfluence.objectives._make import make_objective


class FittedLogistic(FittedLinearClassifier):
    r"""Objective of a fitted ``LogisticRegression``.

    .. math:: L(W, c) = \sum_i \omega_i\, \varphi(y_i, W x_i + c)
              + \frac{1}{2 C} \|W\|^2

    with the logistic loss for two classes and the multinomial one for more; class
    weights multiply ω, and balanced ones follow from the classes of who is present.
    The intercept is not penalised, except by the solver liblinear, to which it is one
    more coefficient, of the column ``intercept_scaling``.

    Parameters
    ----------
    estimator : LogisticRegression
        The fitted model.
    X, y, sample_weight : training data
        What it was fitted on.
    **fit_params : dict
        What else ``fit`` of a subclass was given; refused.

    Raises
    ------
    NotImplementedError
        With an L1 penalty or one classifier a class.
    """

    # With two classes the decision value is the difference of their scores.
    share_of_two = 0.5

    def __init__(self, estimator, X, y, sample_weight=None, **fit_params):
        refuse_fit_params(estimator, fit_params)
        _check_known(estimator)
        self.classes = estimator.classes_
        y = column_or_1d(y)
        codes = self._codes(y)
        weight = class_weights(estimator, X, y, sample_weight)
        if len(self.classes) == 2:
            loss = LogisticLoss(codes, weight)
        else:
            loss = MultinomialLoss(codes, len(self.classes), weight)
        loss = balanced(estimator, loss, codes)
        alpha = _penalty(estimator)
        liblinear = estimator.solver == "liblinear"
        of_intercept = alpha / estimator.intercept_scaling**2 if liblinear else 0.0
        super().__init__(estimator, X, loss, alpha, of_intercept, self.classes)

    def held_out_loss(self, X, y):
        """Return the logistic, or multinomial, loss of new rows."""
        codes = self._codes(column_or_1d(y))
        if len(self.classes) == 2:
            return PointwiseHeldOutLoss(LogisticTerms(codes))
        return PointwiseHeldOutLoss(MultinomialTerms(codes, len(self.classes)))

    def _gauge(self, alphas):
        """Return the shifts of all classes alike where no penalty sees them."""
        n_classes, free = len(alphas), np.flatnonzero(~alphas.any(axis=0))
        if n_classes == 1 or not len(free):
            return None
        shifts = np.zeros((alphas.shape[1], len(free)))
        shifts[free, np.arange(len(free))] = 1.0
        return np.tile(shifts, (n_classes, 1))


def _check_known(estimator):
    """Refuse what is no sum of losses of objects plus a ridge penalty."""
    # Until scikit-learn 1.8, a parameter chose among several kinds of models.
    kind = getattr(estimator, "multi_class", "deprecated")
    many = len(estimator.classes_) > 2
    if many and (kind == "ovr" or estimator.solver == "liblinear"):
        raise unknown(
            estimator, "one binary model a class", "they are several objectives"
        )
    if not many and kind == "multinomial":
        raise unknown(
            estimator,
            "multi_class='multinomial' and two classes",
            "it has two scores a row but coefficients for one",
        )


def _penalty(estimator):
    """Return the ridge penalty 1 / C, 0 where there is none.

    Until scikit-learn 1.10, the parameter ``penalty`` takes precedence over
    ``l1_ratio``, unless it is left at its default.
    """
    penalty = getattr(estimator, "penalty", "deprecated")
    strength = 0.0 if penalty is None else 1.0 / estimator.C
    share = estimator.l1_ratio if penalty in ("deprecated", "elasticnet") else 0.0
    share = 1.0 if penalty == "l1" else share
    if share and strength:
        raise unknown(
            estimator,
            "an L1 penalty",
            "it is not differentiable where coefficients are zero",
        )
    return strength


@make_objective.register
def _(estimator: LogisticRegressionCV, X, y, **fit_params):
    raise unknown(
        estimator,
        "cross-validation inside",
        "which C it chooses depends on which objects are present",
    )


make_objective.register(LogisticRegression, FittedLogistic)
