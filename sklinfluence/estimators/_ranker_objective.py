"""The objective that a fitted ranker minimised."""

from copy import copy

import numpy as np

from sklinfluence.estimators._network import layer_sizes
from sklinfluence.estimators._ranker import ListMLERanker
from sklinfluence.estimators._ranker_data import ranking_data, ranking_rows
from sklinfluence.losses import ListHeldOutLoss
from sklinfluence.models import weight_names
from sklinfluence.objectives import FittedObjective, make_objective
from sklinfluence.utils._sparse import with_ones


class FittedRanker(FittedObjective):
    """Likelihood of lists, penalty and parameters of a fitted ``ListMLERanker``.

    The objects are the rows of X, queries or documents, unless :meth:`with_objects`
    makes them items, or the queries of documents.

    Parameters
    ----------
    estimator : ListMLERanker
        The fitted model.
    X, y, qid, sample_weight : training data
        What it was fitted on.
    """

    loss_by_default = True

    def __init__(self, estimator, X, y, qid=None, sample_weight=None):
        self.estimator = estimator
        data = ranking_data(copy(estimator), X, y, qid, sample_weight)
        self._are_items = False
        self._set_data(data)
        self.theta = self.parameters(estimator)
        self.scores_follow_parameters = data.n_items is None
        self.parameter_names = self._names()

    def _set_data(self, data):
        self.data, self.objective = data, self.estimator._objective(data)
        self.object_weight = _weights(data)

    def with_objects(self, name):
        """Return the same with queries, documents or items to remove."""
        rows = "documents" if self.data.n_items is None else "queries"
        if name in ("auto", "samples", rows):
            return self
        changed = copy(self)
        changed._are_items = name == "items"
        changed._set_data(self.data.with_objects(name))
        return changed

    def features(self, X):
        """Return rows as the score model takes them."""
        rows = ranking_rows(copy(self.estimator), X, reset=False)
        return with_ones(rows) if self._has_column_of_ones() else rows

    def scores(self, estimator, X):
        """Return the scores of rows X, flat."""
        return np.ravel(estimator.predict(X))

    def parameters(self, estimator):
        """Return flat parameters."""
        return estimator._parameters()

    def with_parameters(self, theta, removed=()):
        """Return a copy with parameters θ."""
        model, theta = copy(self.estimator), np.array(theta)
        if self._are_items and np.size(removed):
            theta = np.delete(theta, self.objective.owned[removed])
            model.n_items_ = model.n_items_ - np.size(removed)
        model._set_parameters(theta)
        for stale in ("n_iter_", "max_gradient_"):
            model.__dict__.pop(stale, None)
        return model

    def held_out_loss(self, X, y):
        """Return the loss of the list of each new query."""
        if self.estimator.n_items_ is None:
            raise ValueError(
                "target='loss' is the loss of a list, and a document by itself has "
                "none; expected target='score', or a callable."
            )
        data = ranking_data(copy(self.estimator), X, y, reset=False)
        if data.n_items != self.estimator.n_items_:
            raise ValueError(
                f"Got y with {data.n_items} items; the ranker was fitted on "
                f"{self.estimator.n_items_}."
            )
        if self._are_items:
            data = data.with_objects("items")
        return ListHeldOutLoss(self.estimator._loss(data))

    def _has_column_of_ones(self):
        is_network = layer_sizes(self.estimator.hidden_layer_sizes)
        return self.estimator.n_items_ is not None and not is_network

    def _names(self):
        estimator = self.estimator
        default = [f"x{j}" for j in range(estimator.n_features_in_)]
        features = list(getattr(estimator, "feature_names_in_", default))
        if layer_sizes(estimator.hidden_layer_sizes):
            return weight_names(self.objective.model, features)
        if estimator.n_items_ is None:
            return np.array(features, dtype=object)
        names = [*features, "intercept"]
        items = range(estimator.n_items_)
        return np.array([f"{i}: {name}" for i in items for name in names], dtype=object)


def _weights(data):
    """Return the weight of each object: of its query, where it has one."""
    objects, weight = data.objects, data.query_weight
    if objects.are_queries:
        return weight
    weights = np.ones(objects.n_objects)
    if data.n_items is None:
        weights[objects.of_document] = data.lists.spread(weight)
    return weights


make_objective.register(ListMLERanker, FittedRanker)
