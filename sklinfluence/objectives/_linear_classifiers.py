"""What the objectives of linear classifiers have in common."""

from inspect import signature

import numpy as np
import pandas as pd
from sklearn.utils.class_weight import compute_class_weight

from sklinfluence.losses import BalancedLoss
from sklinfluence.objectives._linear_models import FittedLinearModel
from sklinfluence.utils._sklearn import check_sample_weight

# Until scikit-learn 1.7, classes are balanced by their numbers of rows.
_COUNTS_WEIGHTS = "sample_weight" in signature(compute_class_weight).parameters


class FittedLinearClassifier(FittedLinearModel):
    """A linear model of classes: one score for two classes, else one a class.

    A subclass sets ``classes`` before anything else.
    """

    #: Score of a class where two are left, relative to their single decision value.
    share_of_two = 1.0

    def scores(self, estimator, X):
        """Return decision values, row by row, with one for every known class.

        A retrained model may have lost a class with its last member, whose score is
        −∞ then. With two classes left it is a binary model with one decision value.
        """
        scores = estimator.decision_function(X)
        if len(self.classes) == 2:
            return scores
        if scores.ndim == 1:
            scores = np.column_stack([-scores, scores]) * self.share_of_two
        every = np.full((len(scores), len(self.classes)), -np.inf)
        every[:, self._codes(estimator.classes_)] = scores
        return every.reshape(-1)

    def parameters(self, estimator):
        """Return coefficients and intercepts, flat, class after class."""
        lost = np.setdiff1d(self.classes, estimator.classes_)
        if lost.size:
            raise ValueError(
                f"The model was fitted on rows without the classes {lost.tolist()}, so "
                "it has no parameters for them that could be compared."
            )
        return super().parameters(estimator)

    def _codes(self, y):
        return label_codes(y, self.classes)

    def _signs(self, codes):
        """Return 1 for the class of each row and −1 for others, one column for two."""
        if len(self.classes) == 2:
            return np.where(codes == 1, 1.0, -1.0)
        return np.where(codes[:, None] == np.arange(len(self.classes)), 1.0, -1.0)


def label_codes(y, classes):
    """Return the positions of labels among the known classes.

    Parameters
    ----------
    y : ndarray of shape (n,)
        Labels.
    classes : ndarray of shape (K,)
        Known classes.

    Returns
    -------
    ndarray of shape (n,), int
        Positions.

    Raises
    ------
    ValueError
        If a label is not known.
    """
    codes = pd.Index(classes).get_indexer(y)
    if (codes < 0).any():
        raise ValueError(
            f"Got y with the labels {np.unique(y[codes < 0]).tolist()}, which the "
            f"model does not know; expected some of {classes.tolist()}."
        )
    return codes


def class_weights(estimator, X, y, sample_weight):
    """Return the weights of rows, with fixed weights of their classes.

    Parameters
    ----------
    estimator : fitted classifier
        With ``class_weight`` and ``classes_``.
    X : array-like of n rows
        Training rows.
    y : ndarray of shape (n,)
        Their labels.
    sample_weight : array-like of shape (n,) or None
        As given to ``fit``.

    Returns
    -------
    ndarray of shape (n,)
        Weights.
    """
    weight = check_sample_weight(sample_weight, X, dtype=np.float64)
    if estimator.class_weight is None or isinstance(estimator.class_weight, str):
        return weight
    classes = estimator.classes_
    by_class = compute_class_weight(estimator.class_weight, classes=classes, y=y)
    return weight * by_class[np.searchsorted(classes, y)]


def balanced(estimator, loss, codes, counts_weights=_COUNTS_WEIGHTS):
    """Return the loss with balanced classes, where the estimator asks for it.

    Parameters
    ----------
    estimator : classifier
        With ``class_weight``.
    loss : PointwiseLoss
        Its loss, without weights of classes.
    codes : ndarray of shape (n,), int
        Classes of the rows.
    counts_weights : bool
        Whether case weights, rather than rows, are counted to balance classes.

    Returns
    -------
    PointwiseLoss
        A :class:`~sklinfluence.losses.BalancedLoss`, or the loss itself.
    """
    if not isinstance(estimator.class_weight, str):
        return loss
    return BalancedLoss(loss, codes, loss.sample_weight if counts_weights else None)
