"""Node embeddings by DeepWalk, from exact expected walks."""

from numbers import Integral, Real

import numpy as np
from sklearn.base import (
    BaseEstimator,
    ClassNamePrefixFeaturesOutMixin,
    TransformerMixin,
)
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils import check_random_state
from sklearn.utils.validation import validate_data

from sklinfluence.estimators._embedding_memory import check_memory_needed
from sklinfluence.estimators._embedding_newton import train_embedding
from sklinfluence.estimators._graph_objects import OBJECTS, Walks
from sklinfluence.objectives import EmbeddingObjective
from sklinfluence.utils._graphs import adjacency_of, make_graph
from sklinfluence.utils._sklearn import Interval, StrOptions, fit_context
from sklinfluence.utils._warnings import warn_user


class NodeEmbedder(ClassNamePrefixFeaturesOutMixin, TransformerMixin, BaseEstimator):
    r"""Embeddings of the nodes of a graph that predict who is near on random walks.

    DeepWalk with the whole softmax: every node has an embedding φ as a centre and one ψ
    as a context, and with C_ab the share of the pair (a, b) among all pairs on random
    walks, minimised is

    .. math:: \sum_{a, b} C_{ab} \Bigl(\log \sum_c e^{\varphi_a^\top \psi_c}
              - \varphi_a^\top \psi_b\Bigr)
              + \frac{\alpha}{2n} \bigl(\|\varphi\|^2 + \|\psi\|^2\bigr) .

    The shares are what they are expected to be, exactly, so that nothing is random but
    the start; or those of walks that are simulated once.

    Parameters
    ----------
    dimension : int, default=2
        Coordinates of an embedding.
    walk_length : int, default=6
        Nodes on a walk, its start included.
    window : int, default=3
        Steps that a context is behind its centre at most; one less ahead of it, and the
        centre is a context of its own: ``max(0, j - window) <= k < min(j + window,
        walk_length)`` for the centre of step j.
    n_walks : int, default=1000
        Walks from every node. Of expected counts, shares do not depend on it.
    counts : {"expected", "sampled"}, default="expected"
        Whether pairs are counted in expectation or on simulated walks.
    alpha : float, default=0.1
        Ridge penalty, larger than zero, of which every node has a share: its strength
        on the loss above, the mean of a pair, is alpha / n_nodes. So a node has the
        same penalty in a graph of any size, and a fit without some nodes is what their
        removal leaves. Without a penalty, the embeddings of a node that has no
        neighbours, or loses them by removal, grow for ever, and any invertible map of
        φ, with its inverse transposed of ψ, gives the same loss: there is no minimum
        whose change could be told.
    n_restarts : int, default=3
        Random starts, of which the lowest minimum is kept.
    tol : float, default=1e-8
        Convergence: largest accepted gradient, in natural units of curvature.
    max_iter : int, default=2000
        Largest number of iterations of L-BFGS from a start, and of Newton steps.
    random_state : int, RandomState instance or None, default=None
        Of the starts, and of simulated walks.
    max_memory : float, default=4e9
        Bytes that may be used; a graph that needs more raises ``MemoryError`` before
        anything is allocated.
    verbose : int, default=0
        Whether to print the loss of every start.

    Attributes
    ----------
    embedding_ : ndarray of shape (n_nodes, dimension)
        Embeddings φ as centres, on their principal axes.
    context_ : ndarray of shape (n_nodes, dimension)
        Embeddings ψ as contexts.
    node_names_ : ndarray of shape (n_nodes,)
        Names of the nodes, their positions where they have none.
    alpha_ : float
        Strength of the penalty, alpha / n_nodes.
    loss_ : float
        The minimum, penalty included.
    directed_ : bool
        Whether edges have a direction: those of a matrix that is not symmetric.
    n_iter_ : int
        Number of iterations, of all starts.
    max_gradient_ : float
        Largest absolute entry of the gradient at the end.
    n_features_in_ : int
        Number of nodes.

    References
    ----------
    B. Perozzi, R. Al-Rfou and S. Skiena, "DeepWalk: online learning of social
    representations", KDD 2014; equation 5 and appendix B of J. Deng, W. Tang and
    J. W. Ma, "A versatile influence function for data attribution with
    non-decomposable loss", arXiv:2412.01335 (2024), for the loss and its settings.

    Examples
    --------
    Two triangles with one edge between them:

    >>> import numpy as np
    >>> from sklinfluence import NodeEmbedder
    >>> A = np.zeros((6, 6))
    >>> A[[0, 0, 1, 2, 3, 3, 4], [1, 2, 2, 3, 4, 5, 5]] = 1
    >>> embedder = NodeEmbedder(dimension=1, random_state=0).fit(A + A.T)
    >>> np.sign(embedder.embedding_[:, 0] * embedder.embedding_[0, 0])
    array([ 1.,  1.,  1., -1., -1., -1.])
    """

    _parameter_constraints = {
        "dimension": [Interval(Integral, 1, None, closed="left")],
        "walk_length": [Interval(Integral, 1, None, closed="left")],
        "window": [Interval(Integral, 1, None, closed="left")],
        "n_walks": [Interval(Integral, 1, None, closed="left")],
        "counts": [StrOptions({"expected", "sampled"})],
        "alpha": [Interval(Real, 0, None, closed="neither")],
        "n_restarts": [Interval(Integral, 1, None, closed="left")],
        "tol": [Interval(Real, 0, None, closed="neither")],
        "max_iter": [Interval(Integral, 1, None, closed="left")],
        "random_state": ["random_state"],
        "max_memory": [Interval(Real, 0, None, closed="neither")],
        "verbose": ["verbose"],
    }

    def __init__(
        self,
        dimension=2,
        *,
        walk_length=6,
        window=3,
        n_walks=1000,
        counts="expected",
        alpha=0.1,
        n_restarts=3,
        tol=1e-8,
        max_iter=2000,
        random_state=None,
        max_memory=4e9,
        verbose=0,
    ):
        self.dimension = dimension
        self.walk_length = walk_length
        self.window = window
        self.n_walks = n_walks
        self.counts = counts
        self.alpha = alpha
        self.n_restarts = n_restarts
        self.tol = tol
        self.max_iter = max_iter
        self.random_state = random_state
        self.max_memory = max_memory
        self.verbose = verbose

    @fit_context(prefer_skip_nested_validation=True)
    def fit(self, X, y=None):
        """Embed the nodes of a graph.

        Parameters
        ----------
        X : array-like, sparse matrix or DataFrame of shape (n_nodes, n_nodes), or \
                networkx graph
            Weights of edges from rows to columns, not negative; zero: no edge. Nodes
            have the names of a DataFrame or a networkx graph.
        y : None
            Ignored.

        Returns
        -------
        self
            The fitted embedder.

        Raises
        ------
        ValueError
            If the matrix is not square, or a weight is negative or not finite.
        MemoryError
            If more than ``max_memory`` would be needed.

        Warns
        -----
        ConvergenceWarning
            If training did not reach a stationary point.
        """
        graph = self._graph(X)
        rng = check_random_state(self.random_state)
        sampled = self.counts == "sampled"
        self._walk_seed = rng.randint(np.iinfo(np.int32).max) if sampled else None
        self.alpha_ = self.alpha / graph.n_nodes
        check_memory_needed(graph, self._walks(), self.dimension, self.max_memory)
        objective = self._objective(graph, "nodes")
        result = train_embedding(
            objective,
            rng,
            n_restarts=self.n_restarts,
            tol=self.tol,
            max_iter=self.max_iter,
            verbose=self.verbose,
        )
        if not result.converged:
            warn_user(
                f"Training did not reach a stationary point in {result.n_iter} "
                f"iterations: the largest gradient is {result.size:.2g} in units of "
                "the curvature. Increase max_iter or alpha.",
                ConvergenceWarning,
            )
        self.node_names_ = graph.names
        self.directed_ = graph.directed
        self.n_iter_ = result.n_iter
        self.max_gradient_ = float(np.abs(result.gradient).max())
        self.loss_ = float(objective.value(result.theta))
        self._set_parameters(objective.model.canonical(result.theta))
        return self

    def fit_transform(self, X, y=None):
        """Embed the nodes of a graph, and return their embeddings as centres.

        Parameters
        ----------
        X : array-like, sparse matrix or DataFrame of shape (n_nodes, n_nodes), or \
                networkx graph
            As for :meth:`fit`.
        y : None
            Ignored.

        Returns
        -------
        ndarray of shape (n_nodes, dimension)
            ``embedding_``.
        """
        return self.fit(X).embedding_

    @property
    def _n_features_out(self):
        return self.embedding_.shape[1]

    def _graph(self, X):
        """Validate what the user gave as a graph."""
        adjacency, names, directed = adjacency_of(X)
        A = validate_data(
            self,
            adjacency,
            accept_sparse="csr",
            dtype=np.float64,
            ensure_min_samples=2,
        )
        return make_graph(A, names, directed)

    def _walks(self):
        return Walks(self.walk_length, self.window, self.n_walks, self._walk_seed)

    def _objective(self, graph, objects):
        made = OBJECTS[objects](graph, self._walks())
        return EmbeddingObjective(made, self.dimension, self.alpha_)

    def _parameters(self):
        return np.concatenate([self.embedding_, self.context_]).ravel()

    def _set_parameters(self, theta):
        both = np.array(theta).reshape(2, -1, self.dimension)
        self.embedding_, self.context_ = both

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        tags.input_tags.pairwise = True
        tags.input_tags.positive_only = True
        return tags
