"""The objectives of linear models that are fitted by stochastic gradient descent."""

import numpy as np
from sklearn.linear_model import SGDClassifier, SGDRegressor
from sklearn.utils import check_array, column_or_1d

from sklinfluence.losses import (
    HingeTerms,
    InsensitiveLoss,
    InsensitiveTerms,
    LogisticTerms,
    PointwiseHeldOutLoss,
    PointwiseLoss,
    SquaredLoss,
    SquaredTerms,
)
from sklinfluence.objectives._linear_classifiers import (
    FittedLinearClassifier,
    class_weights,
)
from sklinfluence.objectives._linear_models import (
    FittedLinearModel,
    refuse_fit_params,
    unknown,
)
from sklinfluence.objectives._make import make_objective
from sklinfluence.utils._sklearn import check_sample_weight

#: Losses of classes, and what multiple they are of those of scikit-learn.
_CLASSES = {
    "log_loss": (lambda y: LogisticTerms(y > 0), 1.0),
    "squared_hinge": (HingeTerms, 1.0),
    "modified_huber": (lambda y: HingeTerms(y, cap=2.0), 1.0),
    "squared_error": (SquaredTerms, 2.0),
}
#: The same of numbers: the ε within which and the cap beyond which it is not a square.
_NUMBERS = {
    "huber": (lambda model: (0.0, model.epsilon), 2.0),
    "squared_epsilon_insensitive": (lambda model: (model.epsilon, None), 1.0),
}


class FittedSGDClassifier(FittedLinearClassifier):
    r"""Objective of a fitted ``SGDClassifier`` with a smooth loss.

    .. math:: L(W, c) = \sum_i \omega_i\, \varphi(y_i, W x_i + c)
              + \frac{n \alpha}{2} \|W\|^2

    of n rows, where squared errors are not halved and their penalty is doubled. Every
    row takes its share of the penalty with it, whatever its weight. The steps of
    stochastic gradient descent rarely end at the minimum, which is warned of when
    influence is asked for; ``average=True`` and a small learning rate help.

    Parameters
    ----------
    estimator : SGDClassifier
        The fitted model.
    X, y, sample_weight : training data
        What it was fitted on.
    **fit_params : dict
        What else ``fit`` was given; refused.

    Raises
    ------
    NotImplementedError
        With a loss that has no curvature, an L1 penalty, early stopping, a
        passive-aggressive learning rate, balanced class weights, and for more than two
        classes with class weights or the logistic loss.
    """

    def __init__(self, estimator, X, y, sample_weight=None, **fit_params):
        refuse_fit_params(estimator, fit_params)
        self.classes, self.kind = estimator.classes_, estimator.loss
        _check_known(estimator, _CLASSES)
        _check_classes(estimator)
        y = column_or_1d(y)
        weight = class_weights(estimator, X, y, sample_weight)
        terms, multiple = self._terms(y)
        squared = isinstance(terms, SquaredTerms)
        targets = self._signs(self._codes(y))
        loss = SquaredLoss(targets, weight) if squared else PointwiseLoss(terms, weight)
        super().__init__(
            estimator,
            X,
            loss,
            multiple * _alpha(estimator),
            output_names=self.classes,
            penalty_weight=np.ones(len(y)),
        )

    def held_out_loss(self, X, y):
        """Return the loss of new rows."""
        return PointwiseHeldOutLoss(self._terms(column_or_1d(y))[0])

    def _terms(self, y):
        make, multiple = _CLASSES[self.kind]
        return make(self._signs(self._codes(y))), multiple


class FittedSGDRegressor(FittedLinearModel):
    """Objective of a fitted ``SGDRegressor`` with a smooth loss.

    As for :class:`FittedSGDClassifier`; squared and Huber losses are not halved.

    Parameters
    ----------
    estimator : SGDRegressor
        The fitted model.
    X, y, sample_weight : training data
        What it was fitted on.
    **fit_params : dict
        What else ``fit`` was given; refused.

    Raises
    ------
    NotImplementedError
        With a loss that has no curvature, an L1 penalty, early stopping or a
        passive-aggressive learning rate.
    """

    def __init__(self, estimator, X, y, sample_weight=None, **fit_params):
        refuse_fit_params(estimator, fit_params)
        _check_known(estimator, {"squared_error", *_NUMBERS})
        weight = check_sample_weight(sample_weight, X, dtype=np.float64)
        y, multiple = _targets(y), 2.0
        if estimator.loss == "squared_error":
            loss = SquaredLoss(y, weight)
        else:
            shape, multiple = _NUMBERS[estimator.loss]
            loss = InsensitiveLoss(y, *shape(estimator), weight)
        alpha = multiple * _alpha(estimator)
        super().__init__(estimator, X, loss, alpha, penalty_weight=np.ones(len(y)))

    def scores(self, estimator, X):
        """Return predictions."""
        return estimator.predict(X)

    def held_out_loss(self, X, y):
        """Return the loss of new rows."""
        y, loss = _targets(y), self.estimator.loss
        if loss == "squared_error":
            return PointwiseHeldOutLoss(SquaredTerms(y))
        shape, _ = _NUMBERS[loss]
        return PointwiseHeldOutLoss(InsensitiveTerms(y, *shape(self.estimator)))


def _targets(y):
    return check_array(y, ensure_2d=False, dtype=np.float64, input_name="y")


def _alpha(estimator):
    """Return the ridge penalty a row, in the units of scikit-learn's loss."""
    return estimator.alpha if estimator.penalty is not None else 0.0


def _check_known(estimator, losses):
    """Refuse what does not minimise a smooth loss plus a ridge penalty."""
    share = {"l1": 1.0, "elasticnet": estimator.l1_ratio}.get(estimator.penalty, 0.0)
    reasons = {
        f"loss={estimator.loss!r}": (
            estimator.loss not in losses,
            "it has no curvature, or a kink",
        ),
        "an L1 penalty": (
            share > 0,
            "it is not differentiable where coefficients are zero",
        ),
        "early_stopping=True": (
            estimator.early_stopping,
            "it stops on rows that it does not train on, before the minimum",
        ),
        f"learning_rate={estimator.learning_rate!r}": (
            estimator.learning_rate in ("pa1", "pa2"),
            "its steps do not minimise a sum of losses",
        ),
    }
    for setting, (holds, reason) in reasons.items():
        if holds:
            raise unknown(estimator, setting, reason)


def _check_classes(estimator):
    if isinstance(estimator.class_weight, str):
        raise unknown(
            estimator,
            f"class_weight={estimator.class_weight!r}",
            "the weights of its classes depend on which objects are present",
        )
    if len(estimator.classes_) == 2:
        return
    if estimator.class_weight is not None or estimator.loss == "log_loss":
        raise unknown(
            estimator,
            "class weights or the logistic loss, and more than two classes",
            "they are several objectives, one binary model a class",
        )


make_objective.register(SGDClassifier, FittedSGDClassifier)
make_objective.register(SGDRegressor, FittedSGDRegressor)
