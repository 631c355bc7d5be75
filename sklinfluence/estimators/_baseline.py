"""Baseline hazards, one for every stratum."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class BaselineHazard:
    """Breslow's estimate of the hazard of a subject of log-risk zero.

    With Efron's ties, denominators lose the tied events one by one, as in the
    likelihood.

    Attributes
    ----------
    stratum : ndarray of shape (n_instants,), int
        Stratum of each instant, a position in ``strata_``.
    time : ndarray of shape (n_instants,)
        Distinct times of events in a stratum, ascending within it.
    hazard : ndarray of shape (n_instants,)
        Increment of the cumulative hazard at each instant.
    """

    stratum: np.ndarray
    time: np.ndarray
    hazard: np.ndarray

    @classmethod
    def from_loss(cls, loss, scores, presence=None):
        """Estimate the hazard from a Cox loss at given scores.

        Parameters
        ----------
        loss : CoxPartialLikelihood
            Loss of the training data.
        scores : ndarray of shape (n_objects,)
            Log-risks of the training subjects.
        presence : ndarray of shape (n_objects,), default=None
            Which subjects take part.

        Returns
        -------
        BaselineHazard
            Increments at the training events.
        """
        risk_sets = loss.risk_sets
        hazard = loss.baseline_hazard(scores, presence)
        return cls(risk_sets.instant_stratum, risk_sets.instant_time, hazard)

    @property
    def event_times(self):
        """Distinct times at which the hazard of some stratum jumps."""
        return np.unique(self.time[self.hazard > 0])

    def cumulative_at(self, times, strata):
        """Return the cumulative hazard.

        Parameters
        ----------
        times : ndarray of shape (n_times,)
            Times.
        strata : ndarray of shape (n,), int
            Stratum of each row.

        Returns
        -------
        ndarray of shape (n, n_times)
            Sum of the increments up to and including each time.
        """
        out = np.zeros((len(strata), len(times)))
        for stratum in np.unique(strata):
            of_stratum = self.stratum == stratum
            steps = np.concatenate([[0.0], np.cumsum(self.hazard[of_stratum])])
            at = np.searchsorted(self.time[of_stratum], times, side="right")
            out[strata == stratum] = steps[at]
        return out
