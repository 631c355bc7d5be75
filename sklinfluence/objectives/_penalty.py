"""Ridge penalties, of a strength that may depend on which objects are present."""

from abc import ABC, abstractmethod

import numpy as np


class Penalty(ABC):
    """A penalty ½ Σ_j α_j(b) θ_j², by its strength α.

    Attributes
    ----------
    depends_on_presence : bool
        Whether removal of an object changes the penalty.
    """

    depends_on_presence = False

    @abstractmethod
    def strength(self, presence=None):
        """Return α(b), of shape (n_params,), or () where it is the same for all.

        With many rows of presence, of shape (m, n_objects), α has as many, unless it
        does not depend on them.
        """

    @abstractmethod
    def shares(self, removals=None):
        """Return α(1) − α(b without the objects) of every removal.

        Parameters
        ----------
        removals : list of ndarray of int, default=None
            Sets of objects, each removed at once; None: each object by itself.

        Returns
        -------
        ndarray of shape (n_removals, n_params)
            What the penalty loses, where it depends on presence.
        """

    @abstractmethod
    def without(self, objects):
        """Return the penalty in which these objects are absent."""

    def shares_along(self, theta, V, removals=None):
        """Return what removals take out of the gradient of the penalty along V.

        Parameters
        ----------
        theta : ndarray of shape (n_params,)
            Parameters.
        V : ndarray of shape (n_params, k)
            Directions.
        removals : list of ndarray of int, default=None
            As for :meth:`shares`.

        Returns
        -------
        ndarray of shape (n_removals, k)
            Shares, times θ, times V.
        """
        return (self.shares(removals) * theta) @ V


class RidgePenalty(Penalty):
    r"""The penalty ½ Σ_j α_j(b) θ_j² of each parameter.

    .. math:: \alpha_j(b) = \text{constant}_j
              + \text{per\_weight}_j \textstyle\sum_i \omega_i b_i

    The second part belongs to estimators that minimise a loss averaged over rows:
    their penalty on the sum is multiplied by the weight of the rows, and loses its
    share with every row that is removed.

    Parameters
    ----------
    constant : float or ndarray of shape (n_params,), default=0.0
        Strength that does not depend on who is present.
    per_weight : ndarray of shape (n_params,), default=None
        Strength that an object of weight one adds; None: nothing.
    weight : ndarray of shape (n_objects,), default=None
        Weights ω of the objects, where ``per_weight`` is given.

    Attributes
    ----------
    depends_on_presence : bool
        Whether removal of an object changes the penalty.
    """

    def __init__(self, constant=0.0, per_weight=None, weight=None):
        self.constant = np.asarray(constant, dtype=float)
        self.per_weight, self.weight = per_weight, weight
        self.depends_on_presence = per_weight is not None and bool(np.any(per_weight))

    def strength(self, presence=None):
        """Return α(b); see :meth:`Penalty.strength`."""
        if not self.depends_on_presence:
            return self.constant
        weight = self.weight
        present = weight.sum() if presence is None else presence @ weight
        return self.constant + np.multiply.outer(present, self.per_weight)

    def shares(self, removals=None):
        """Return α(1) − α(b without the objects); see :meth:`Penalty.shares`."""
        gone = self.weight
        if removals is not None:
            gone = np.array([np.sum(self.weight[removal]) for removal in removals])
        return np.multiply.outer(gone, self.per_weight)

    def shares_along(self, theta, V, removals=None):
        """Return shares along V; see :meth:`Penalty.shares_along`."""
        # A share of each of p parameters is never formed: only what it is along V.
        slope = (self.per_weight * theta) @ V
        return RidgePenalty(0.0, slope, self.weight).shares(removals)

    def without(self, objects):
        """Return the penalty in which these objects weigh nothing."""
        if not self.depends_on_presence:
            return self
        weight = np.array(self.weight, dtype=float)
        weight[objects] = 0.0
        return RidgePenalty(self.constant, self.per_weight, weight)
