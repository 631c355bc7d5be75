"""The objectives of linear support vector machines with squared losses."""

import numpy as np
from sklearn.svm import LinearSVC, LinearSVR
from sklearn.utils import check_array, column_or_1d

from sklinfluence.losses import (
    HingeTerms,
    InsensitiveLoss,
    InsensitiveTerms,
    PointwiseHeldOutLoss,
    PointwiseLoss,
)
from sklinfluence.objectives._linear_classifiers import (
    FittedLinearClassifier,
    balanced,
    class_weights,
)
from sklinfluence.objectives._linear_models import (
    FittedLinearModel,
    refuse_fit_params,
    unknown,
)
from sklinfluence.objectives._make import make_objective
from sklinfluence.utils._sklearn import check_sample_weight


class FittedLinearSVC(FittedLinearClassifier):
    r"""Objective of a fitted ``LinearSVC`` with the squared hinge loss.

    .. math:: L(W, c) = \sum_i \omega_i \sum_k \max(0, 1 - y_{ik} s_{ik})^2
              + \frac{1}{2 C} \Big( \|W\|^2 + \|c\|^2 / q^2 \Big)

    with labels y of ±1, one model a class where there are more than two, and
    q = ``intercept_scaling``: the solver penalises the intercept. Rows beyond the
    margin have no influence to first order, and none at all if they stay there.

    Parameters
    ----------
    estimator : LinearSVC
        The fitted model.
    X, y, sample_weight : training data
        What it was fitted on.
    **fit_params : dict
        What else ``fit`` of a subclass was given; refused.

    Raises
    ------
    NotImplementedError
        With the hinge loss, an L1 penalty, the multi-class loss of Crammer and
        Singer, or class weights of more than two classes.
    """

    def __init__(self, estimator, X, y, sample_weight=None, **fit_params):
        refuse_fit_params(estimator, fit_params)
        _check_known(estimator)
        self.classes = estimator.classes_
        y = column_or_1d(y)
        weight = class_weights(estimator, X, y, sample_weight)
        codes = self._codes(y)
        loss = PointwiseLoss(HingeTerms(self._signs(codes)), weight)
        loss = balanced(estimator, loss, codes)
        super().__init__(estimator, X, loss, *_penalties(estimator), self.classes)

    def held_out_loss(self, X, y):
        """Return the squared hinge loss of new rows."""
        signs = self._signs(self._codes(column_or_1d(y)))
        return PointwiseHeldOutLoss(HingeTerms(signs))


class FittedLinearSVR(FittedLinearModel):
    r"""Objective of a fitted ``LinearSVR`` with the squared loss.

    .. math:: L(w, c) = \sum_i \omega_i \max(0, |y_i - s_i| - \varepsilon)^2
              + \frac{1}{2 C} \Big( \|w\|^2 + c^2 / q^2 \Big) ,

    with q = ``intercept_scaling``.

    Parameters
    ----------
    estimator : LinearSVR
        The fitted model.
    X, y, sample_weight : training data
        What it was fitted on.
    **fit_params : dict
        What else ``fit`` of a subclass was given; refused.

    Raises
    ------
    NotImplementedError
        With a loss that is not squared.
    """

    def __init__(self, estimator, X, y, sample_weight=None, **fit_params):
        refuse_fit_params(estimator, fit_params)
        if estimator.loss != "squared_epsilon_insensitive":
            raise _kinked(estimator)
        weight = check_sample_weight(sample_weight, X, dtype=np.float64)
        loss = InsensitiveLoss(_targets(y), estimator.epsilon, sample_weight=weight)
        super().__init__(estimator, X, loss, *_penalties(estimator))

    def scores(self, estimator, X):
        """Return predictions."""
        return estimator.predict(X)

    def held_out_loss(self, X, y):
        """Return the squared residual beyond ε of new rows."""
        terms = InsensitiveTerms(_targets(y), self.estimator.epsilon)
        return PointwiseHeldOutLoss(terms)


def _targets(y):
    return check_array(y, ensure_2d=False, dtype=np.float64, input_name="y")


def _penalties(estimator):
    """Return the penalties of coefficients and intercept."""
    alpha = 1.0 / estimator.C
    return alpha, alpha / estimator.intercept_scaling**2


def _kinked(estimator):
    return unknown(
        estimator,
        f"loss={estimator.loss!r}",
        "it has no curvature, and a kink where most rows that matter are",
    )


def _check_known(estimator):
    if estimator.multi_class != "ovr":
        raise unknown(
            estimator,
            f"multi_class={estimator.multi_class!r}",
            "its loss has a kink where classes tie",
        )
    if estimator.loss != "squared_hinge":
        raise _kinked(estimator)
    if estimator.penalty != "l2":
        raise unknown(
            estimator,
            "an L1 penalty",
            "it is not differentiable where coefficients are zero",
        )
    if estimator.class_weight is not None and len(estimator.classes_) > 2:
        raise unknown(
            estimator,
            "class weights of more than two classes",
            "each of its binary models weighs its own class only",
        )


make_objective.register(LinearSVC, FittedLinearSVC)
make_objective.register(LinearSVR, FittedLinearSVR)
