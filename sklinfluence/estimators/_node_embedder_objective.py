"""The objective that a fitted node embedder minimised."""

from copy import copy

import numpy as np
from sklearn.utils import check_random_state

from sklinfluence.estimators._embedding_newton import (
    damped_step,
    minimize_embedding,
    train_embedding,
)
from sklinfluence.estimators._node_embedder import NodeEmbedder
from sklinfluence.estimators._pair_losses import pair_loss_gradients, pair_losses
from sklinfluence.estimators._pair_targets import PairLossFunction, PairScoreFunction
from sklinfluence.objectives import FittedObjective, make_objective
from sklinfluence.utils._graphs import pairs_of, positions


class FittedEmbedder(FittedObjective):
    """Loss of pairs, penalty and parameters of a fitted ``NodeEmbedder``.

    The objects are nodes, or, by :meth:`with_objects`, edges. A test object is a pair
    of nodes, the centre first.

    Parameters
    ----------
    estimator : NodeEmbedder
        The fitted model.
    X : array-like, sparse matrix, DataFrame or networkx graph
        The graph it was fitted on.
    y : None
        Ignored.
    objects : {"nodes", "edges"}, default="nodes"
        What is removed.

    Attributes
    ----------
    object_names : ndarray of shape (n_objects,)
        Names of the nodes, or of both ends of the edges.

    Examples
    --------
    >>> import numpy as np
    >>> from sklinfluence import NodeEmbedder
    >>> from sklinfluence.objectives import make_objective
    >>> path = np.array([[0, 1, 0], [1, 0, 1], [0, 1, 0]])
    >>> fitted = make_objective(NodeEmbedder(random_state=0).fit(path), path, None)
    >>> fitted.objective.owned.shape, fitted.with_objects("edges").object_names
    ((3, 4), array([(0, 1), (1, 2)], dtype=object))
    """

    def __init__(self, estimator, X, y=None, *, objects="nodes"):
        self.estimator = estimator
        self.graph = copy(estimator)._graph(X)
        self.theta = self.parameters(estimator)
        if len(self.theta) != 2 * self.graph.n_nodes * estimator.dimension:
            raise ValueError(
                f"Got a graph of {self.graph.n_nodes} nodes; the embedder was fitted "
                f"on {len(estimator.embedding_)}. Give the graph it was fitted on."
            )
        self._attribute(objects)

    default_objects = "nodes"
    loss_by_default = True
    rows_hold_targets = True

    def _attribute(self, objects):
        self.objective = self.estimator._objective(self.graph, objects)
        if not self.objective.n_objects:
            raise ValueError(
                "Got objects='edges' and a graph that has none; expected one with "
                "edges, or objects='nodes'."
            )
        self.objective.gauge = self.objective.gauge_at(self.theta)
        self.parameter_names = self.objective.model.names(self.graph.names)
        self.object_names = self.objective.objects.names()
        self.object_weight = np.ones(self.objective.n_objects)

    def with_objects(self, objects):
        """Return the same model with other objects.

        Parameters
        ----------
        objects : {"auto", "nodes", "edges"}
            What is removed; "auto": nodes.

        Returns
        -------
        FittedEmbedder
            A new one.
        """
        if objects not in ("auto", "nodes", "edges"):
            raise ValueError(f"Got objects={objects!r}; expected 'nodes' or 'edges'.")
        other = copy(self)
        other._attribute("nodes" if objects == "auto" else objects)
        return other

    def features(self, X):
        """Return pairs of nodes, by name or by position, as positions, (m, 2)."""
        return positions(self.graph.names, pairs_of(X))

    def scores(self, estimator, X):
        """Return the scores φ_aᵀψ_b of pairs of nodes, (m,)."""
        a, b = self.features(X).T
        return np.einsum("mk,mk->m", estimator.embedding_[a], estimator.context_[b])

    def parameters(self, estimator):
        """Return flat parameters: φ row by row, then ψ."""
        return estimator._parameters()

    def with_parameters(self, theta, removed=()):
        """Return a copy with parameters θ; without nodes that are removed."""
        model, owned = copy(self.estimator), self.objective.owned
        if owned is not None and np.size(removed):
            theta = np.delete(theta, np.ravel(owned[removed]))
            model.node_names_ = np.delete(model.node_names_, removed)
        model._set_parameters(theta)
        for stale in ("n_iter_", "max_gradient_", "loss_"):
            model.__dict__.pop(stale, None)
        return model

    def held_out_loss(self, X, y):
        """Raise: the loss of a pair is no function of its own score."""
        raise NotImplementedError(
            "The loss of a pair of nodes takes the scores of all contexts; use "
            "pair_losses(theta, pairs, presence)."
        )

    def loss_function(self, X, y=None):
        """Return the contrastive losses of pairs X as a function of θ."""
        return PairLossFunction(self, self.features(X))

    def score_function(self, X, y=None):
        """Return the scores of links X as a function of θ."""
        return PairScoreFunction(self, self.features(X))

    def test_names(self, X):
        """Return the names of both nodes of each pair, tuples."""
        pairs = self.graph.names[self.features(X)].tolist()
        names = np.empty(len(pairs), dtype=object)
        names[:] = [tuple(pair) for pair in pairs]
        return names

    def pair_losses(self, theta, pairs, presence=None):
        """Return −log of the chance that centre a gives to context b, for pairs (a, b).

        Parameters
        ----------
        theta : ndarray of shape (n_params,)
            Parameters.
        pairs : ndarray of int of shape (m, 2)
            Positions of centres and contexts, as from :meth:`features`.
        presence : ndarray of shape (n_objects,), default=None
            Objects present: a node that is not has no part in the softmax.

        Returns
        -------
        ndarray of shape (m,)
            Losses, nan where a node of the pair is not present.
        """
        model = self.objective.model
        return pair_losses(model, theta, pairs, self._nodes_present(presence))

    def pair_loss_gradients(self, theta, pairs, presence=None):
        """Return the gradients of :meth:`pair_losses`, (m, n_params).

        Parameters
        ----------
        theta, pairs, presence : ndarray
            As there.

        Returns
        -------
        ndarray of shape (m, n_params)
            A row for each pair, nan where a node of it is not present.
        """
        model = self.objective.model
        return pair_loss_gradients(model, theta, pairs, self._nodes_present(presence))

    def project(self, theta, presence=None):
        """Return θ with the best centre embeddings for its context embeddings."""
        return self.objective.resolve_centres(theta, presence)

    def damped_step(self, theta, presence=None):
        """Return θ after one Newton step down the loss of the objects present."""
        return damped_step(self.objective, theta, presence)

    def minimize(self, theta, presence=None, *, tol=None):
        """Minimise the loss of the objects present, from θ: exact removal.

        Parameters
        ----------
        theta : ndarray of shape (n_params,)
            Start, such as the fitted parameters.
        presence : ndarray of shape (n_objects,), default=None
            Which objects are present.
        tol : float, default=None
            Largest accepted gradient, in natural units of curvature; None: that of the
            estimator.

        Returns
        -------
        TrainingResult
            The minimum: ``theta``, ``converged``, ``size`` and ``n_iter``.
        """
        tol = self.estimator.tol if tol is None else tol
        return minimize_embedding(self.objective, theta, presence, tol=tol)

    def retrain(self, presence=None, *, random_state=None, n_restarts=None):
        """Train anew on the objects present, from random starts.

        Parameters
        ----------
        presence : ndarray of shape (n_objects,), default=None
            Which objects are present.
        random_state : int, RandomState instance or None, default=None
            Of the starts.
        n_restarts : int, default=None
            Number of starts; None: that of the estimator.

        Returns
        -------
        TrainingResult
            The lowest minimum.
        """
        own = self.estimator
        return train_embedding(
            self.objective,
            check_random_state(random_state),
            presence,
            n_restarts=own.n_restarts if n_restarts is None else n_restarts,
            tol=own.tol,
            max_iter=own.max_iter,
        )

    def _nodes_present(self, presence):
        nodes, _ = self.objective.objects.pairs(presence)
        present = np.zeros(self.graph.n_nodes, dtype=bool)
        present[nodes] = True
        return present


make_objective.register(NodeEmbedder, FittedEmbedder)
