"""Loss of rows that took no part in training, as a function of scores."""

from abc import ABC, abstractmethod

import numpy as np

from sklinfluence.losses._risk_sets import RiskSets
from sklinfluence.losses._strata import largest_of


class HeldOutLoss(ABC):
    """Loss of each new row, given the scores of new rows and of training objects.

    Scores come with one column a parameter vector, so that many models are evaluated
    at once.
    """

    #: Whether the loss of a new row depends on the scores of training objects.
    uses_training_scores = True

    @abstractmethod
    def value(self, S_new, S_train):
        """Return the losses.

        Parameters
        ----------
        S_new : ndarray of shape (n_new,) or (n_new, k)
            Scores of the new rows.
        S_train : ndarray of shape (n_train,) or (n_train, k)
            Scores of the training objects, under the same parameters.

        Returns
        -------
        ndarray of the shape of ``S_new``
            Loss of each new row.
        """

    @abstractmethod
    def product(self, S_new, S_train, V_new, V_train):
        """Return derivatives along score tangents.

        Parameters
        ----------
        S_new, S_train : ndarray of shape (n_new,) and (n_train,)
            Scores.
        V_new, V_train : ndarray of shape (n_new, k) and (n_train, k)
            Tangents.

        Returns
        -------
        ndarray of shape (n_new, k)
            Derivative of each loss along each tangent.
        """

    def without(self, removed):
        """Return the loss once training objects that new rows also hold are gone.

        Only losses of rows that hold such, as the items of lists, are others then.
        """
        return self

    def of_all(self, scores):
        """Return scores of all that a row holds, given those of what is left of it."""
        return scores


class CoxHeldOutLoss(HeldOutLoss):
    r"""Partial-likelihood loss of a new subject who joins the training risk set.

    .. math:: f = \delta \Big[ \log\Big(e^{s} + \sum_{j \in R(t)} \omega_j e^{S_j}
              \Big) - s \Big] ,

    with R(t) the training subjects at risk at the time t of the new subject, in its
    stratum. New subjects do not enter each other's risk sets, so the loss of one does
    not depend on which others are asked for; a censored subject has none.

    Parameters
    ----------
    new_event, new_time : ndarray of shape (n_new,)
        Events and times of the new subjects.
    time, entry, stratum, sample_weight : ndarray of shape (n_train,)
        Training subjects, as for :class:`CoxPartialLikelihood`.
    new_stratum : ndarray of shape (n_new,), int, default=None
        Strata of the new subjects.
    """

    def __init__(
        self,
        new_event,
        new_time,
        time,
        entry=None,
        stratum=None,
        sample_weight=None,
        new_stratum=None,
    ):
        self.new_event = new_event
        weight = np.ones(len(time)) if sample_weight is None else sample_weight
        self.sample_weight = weight
        self.stratum, self.new_stratum = stratum, new_stratum
        self.risk_sets = RiskSets(time, new_time, entry, stratum, new_stratum)

    def value(self, S_new, S_train):
        """Return the losses; zero for censored subjects."""
        weight = self._as_column(self.sample_weight, S_train)
        shift, shift_new = self._shifts(S_train)
        at_risk = self._at_risk(weight * np.exp(S_train - shift))
        with np.errstate(divide="ignore"):
            log_others = np.log(at_risk) + shift_new - S_new
        losses = np.logaddexp(0.0, log_others)
        return np.where(self._as_column(self.new_event, S_new), losses, 0.0)

    def product(self, S_new, S_train, V_new, V_train):
        """Return derivatives of the losses along score tangents."""
        shift, shift_new = self._shifts(S_train)
        w = self.sample_weight * np.exp(S_train - shift)
        others, V_others = self._at_risk(w), self._at_risk(w[:, None] * V_train)
        # Relative to the larger of both, so that neither overflows.
        excess = S_new - shift_new
        own, scale = np.exp(np.minimum(excess, 0.0)), np.exp(-np.maximum(excess, 0.0))
        mean = own[:, None] * V_new + scale[:, None] * V_others
        total = own + scale * others
        return self.new_event[:, None] * (mean / total[:, None] - V_new)

    def change_bound(self, S_new, S_train, apart):
        """Bound how far losses are from those at given scores, of shape (n_new, k).

        Parameters
        ----------
        S_new, S_train : ndarray of shape (n_new, k) and (n_train, k)
            Scores.
        apart : ndarray of shape (n_new, k)
            How much the difference between the score of a new subject and that of any
            training subject may change.

        Returns
        -------
        ndarray of shape (n_new, k)
            Largest possible changes: log(p + (1 − p) e^apart), where p = e^−loss is
            the share of the new subject in its risk set.
        """
        others = -np.expm1(-self.value(S_new, S_train))
        # nan where nothing is known of a distance.
        with np.errstate(divide="ignore", invalid="ignore"):
            log_excess = apart + np.log(-np.expm1(-apart))
            return np.logaddexp(0.0, np.log(others) + log_excess)

    def _shifts(self, S_train):
        """Return the largest score of the stratum of training and new subjects."""
        largest = largest_of(S_train, self.stratum)
        if self.stratum is None:
            return largest[0], largest[0]
        return largest[self.stratum], largest[self.new_stratum]

    def _at_risk(self, v):
        return self.risk_sets.at_risk_sum(v)[self.risk_sets.instant_of]

    @staticmethod
    def _as_column(x, like):
        return x.reshape(-1, *(1,) * (like.ndim - 1))
