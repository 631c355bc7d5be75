"""The objective of RidgeClassifier: least squares on labels of ±1."""

import numpy as np
from sklearn.linear_model import RidgeClassifier, RidgeClassifierCV
from sklearn.utils import column_or_1d

from sklinfluence.losses import PointwiseHeldOutLoss, SquaredLoss, SquaredTerms
from sklinfluence.objectives._linear_classifiers import (
    FittedLinearClassifier,
    balanced,
    class_weights,
)
from sklinfluence.objectives._linear_models import refuse_fit_params, unknown
from sklinfluence.objectives._make import make_objective


class FittedRidgeClassifier(FittedLinearClassifier):
    r"""Objective of a fitted ``RidgeClassifier``.

    .. math:: L(W, c) = \sum_i \omega_i \|y_i - W x_i - c\|^2 + \alpha \|W\|^2 ,

    with targets y of 1 for the class of a row and −1 for the others, one for two
    classes and one a class for more. Balanced class weights follow from the classes of
    who is present.

    Parameters
    ----------
    estimator : RidgeClassifier
        The fitted model.
    X, y, sample_weight : training data
        What it was fitted on.
    **fit_params : dict
        What else ``fit`` of a subclass was given; refused.

    Raises
    ------
    NotImplementedError
        With ``positive=True`` or several labels a row.
    """

    def __init__(self, estimator, X, y, sample_weight=None, **fit_params):
        refuse_fit_params(estimator, fit_params)
        _check_known(estimator, y)
        self.classes = estimator.classes_
        y = column_or_1d(y)
        codes = self._codes(y)
        weight = class_weights(estimator, X, y, sample_weight)
        # ComposedObjective halves the penalty, ridge regression does not.
        alpha = 2.0 * estimator.alpha
        loss = SquaredLoss(self._signs(codes), weight)
        # Its classes are balanced by their numbers of rows, whatever these weigh.
        loss = balanced(estimator, loss, codes, counts_weights=False)
        super().__init__(estimator, X, loss, alpha, output_names=self.classes)

    def held_out_loss(self, X, y):
        """Return the squared error of the labels of new rows."""
        targets = self._signs(self._codes(column_or_1d(y)))
        return PointwiseHeldOutLoss(SquaredTerms(targets))


def _check_known(estimator, y):
    if estimator.positive:
        raise unknown(
            estimator,
            "positive=True",
            "its optimum lies on the border of what is allowed",
        )
    if np.ndim(y) == 2 and np.shape(y)[1] > 1:
        raise unknown(estimator, "several labels a row", "there is no loss of a class")


@make_objective.register
def _(estimator: RidgeClassifierCV, X, y, **fit_params):
    raise unknown(
        estimator,
        "cross-validation inside",
        "which alpha it chooses depends on which objects are present",
    )


make_objective.register(RidgeClassifier, FittedRidgeClassifier)
