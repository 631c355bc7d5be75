"""Removal of each member of the karate club: estimates against exact removal."""

import numpy as np
from numpy.testing import assert_allclose

from sklinfluence import NodeEmbedder
from sklinfluence.objectives import make_objective

PAIRS = np.array(list(np.ndindex(34, 34)))


class Club:
    """All removals from the embedding of the club, and their exact effects."""

    def __init__(self, A):
        model = NodeEmbedder(random_state=0).fit(A)
        self.fitted = make_objective(model, A, None)
        self.objective, self.theta = self.fitted.objective, self.fitted.theta
        without = self.objective.presence_without
        self.presences = [without([i]) for i in range(34)]
        self.before = self.fitted.pair_losses(self.theta, PAIRS)
        self.exact = self.each(self.fitted.minimize, [self.theta] * 34)
        degrees = [(A @ presence) * presence for presence in self.presences]
        self.counted = np.array([(d[PAIRS] > 0).all(axis=1) for d in degrees])
        self.truth = self.effects([result.theta for result in self.exact])

    def each(self, step, thetas):
        return [step(t, b) for t, b in zip(thetas, self.presences, strict=True)]

    def effects(self, thetas):
        of = self.fitted.pair_losses
        after = self.each(lambda theta, presence: of(theta, PAIRS, presence), thetas)
        return np.array(after) - self.before

    def agreement(self, thetas):
        """Return the mean over pairs of the correlation over removed members."""
        columns = zip(self.effects(thetas).T, self.truth.T, self.counted.T, strict=True)
        return np.mean([np.corrcoef(x[use], y[use])[0, 1] for x, y, use in columns])

    def vif(self, presence):
        """Solve for the parameters that are left, across rotations."""
        free = self.objective.free(presence)
        basis, _ = np.linalg.qr(self.objective.gauge[free])
        across = np.eye(free.sum()) - basis @ basis.T
        H = self.objective.hessian(self.theta)[np.ix_(free, free)]
        removal = -self.objective.gradient(self.theta, presence)[free]
        moved = np.where(free, self.theta, 0.0)
        system = across @ H @ across + basis @ basis.T
        moved[free] += np.linalg.solve(system, across @ removal)
        return moved


def test_estimates_approach_exact_removal(karate):
    club = Club(karate)
    assert all(result.converged for result in club.exact)
    thetas = [club.vif(presence) for presence in club.presences]
    reached = [club.agreement(thetas)]
    thetas = club.each(club.fitted.project, thetas)
    reached.append(club.agreement(thetas))
    for _ in range(2):
        thetas = club.each(club.fitted.damped_step, thetas)
        thetas = club.each(club.fitted.project, thetas)
        reached.append(club.agreement(thetas))
    for found, least in zip(reached, [0.87, 0.93, 0.99, 0.999], strict=True):
        assert found >= least, reached
    # Newton's method squares what is missing.
    assert 1 - reached[3] < (1 - reached[2]) / 10


def test_exact_removal_is_the_best_of_cold_fits(karate):
    club = Club(karate)
    for node in (0, 2, 11, 33):
        presence = club.presences[node]
        cold = club.fitted.retrain(presence, random_state=0, n_restarts=5).theta
        warm = club.exact[node].theta
        lowest = club.objective.value(cold, presence)
        assert_allclose(club.objective.value(warm, presence), lowest, rtol=1e-10)
