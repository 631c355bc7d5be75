"""Logistic regression, items of ranked lists, and nodes of a graph."""

import networkx
import numpy as np
from sklearn.linear_model import LogisticRegression

from sklinfluence import InfluenceExplainer, ListMLERanker, NodeEmbedder


class Logistic:
    """VIF of every row on 100 test rows."""

    params = [1_000, 20_000]
    param_names = ("n",)

    def setup(self, n):
        """Fit; what is measured starts from there."""
        rng = np.random.default_rng(0)
        self.X = rng.normal(size=(n, 20))
        self.y = (self.X[:, 0] + rng.logistic(size=n) > 0).astype(int)
        model = LogisticRegression(solver="newton-cholesky", tol=1e-8)
        self.explainer = InfluenceExplainer(model).fit(self.X, self.y)

    def time_influence(self, n):
        """Time the influence after fit."""
        self.explainer.influence(self.X[:100], self.y[:100])

    def peakmem_influence(self, n):
        """Measure the peak memory, with that of the fit."""
        self.explainer.influence(self.X[:100], self.y[:100])


class Items:
    """VIF of every one of 40 items on 100 test queries."""

    def setup(self):
        """Fit the ranker on lists of the five best of noisy scores."""
        rng = np.random.default_rng(0)
        self.X, n_items = rng.normal(size=(500, 8)), 40
        scores = self.X @ rng.normal(size=(8, n_items)) / 3
        order = np.argsort(-(scores + rng.gumbel(size=scores.shape)), axis=1)
        self.Y = np.zeros((500, n_items))
        listed = np.arange(5.0, 0.0, -1.0)
        np.put_along_axis(self.Y, order[:, :5], listed[None], axis=1)
        ranker = ListMLERanker(0.5)
        self.explainer = InfluenceExplainer(ranker, target="loss", objects="items")
        self.explainer.fit(self.X, self.Y)

    def time_influence(self):
        """Time the influence after fit."""
        self.explainer.influence(self.X[:100], self.Y[:100])

    def peakmem_influence(self):
        """Measure the peak memory, with that of the fit."""
        self.explainer.influence(self.X[:100], self.Y[:100])


class Karate:
    """VIF of every node of the karate club on all pairs, preparation included."""

    def setup(self):
        """Fit the embeddings, in the setting of the paper."""
        graph = networkx.karate_club_graph()
        A = networkx.to_numpy_array(graph, weight=None)
        model = NodeEmbedder(2, walk_length=6, window=3, n_restarts=1, random_state=0)
        self.pairs = np.argwhere(np.ones_like(A))
        self.explainer = InfluenceExplainer(model, target="loss").fit(A)

    def time_influence(self):
        """Time the influence after fit."""
        self.explainer.influence(self.pairs)

    def peakmem_influence(self):
        """Measure the peak memory, with that of the fit."""
        self.explainer.influence(self.pairs)
