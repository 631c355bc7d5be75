"""Learning to rank by the likelihood of whole lists."""

from numbers import Integral, Real

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.exceptions import ConvergenceWarning
from sklearn.metrics import ndcg_score
from sklearn.utils import check_random_state, column_or_1d
from sklearn.utils.validation import check_is_fitted

from sklinfluence.estimators._network import initial_parameters, layer_sizes
from sklinfluence.estimators._newton_cg import minimize_newton_cg
from sklinfluence.estimators._ranker_data import ranking_data, ranking_rows
from sklinfluence.estimators._training import MAX_ITER, train
from sklinfluence.losses import (
    PlackettLuceLoss,
    SoftmaxListLoss,
    softmax_targets,
    uniform_targets,
)
from sklinfluence.models import (
    ACTIVATIONS,
    LinearModel,
    MultiOutputLinearModel,
    PerceptronModel,
    flat_parameters,
    weights_of,
)
from sklinfluence.objectives import ComposedObjective
from sklinfluence.utils._sklearn import Interval, StrOptions, fit_context
from sklinfluence.utils._sparse import with_ones
from sklinfluence.utils._warnings import warn_user


def _list_mle(data, top_k):
    return PlackettLuceLoss(data.lists, data.objects, top_k, data.query_weight)


def _softmax(data, top_k):
    _refuse_top_k(top_k, "softmax")
    target = uniform_targets(data.lists)
    return SoftmaxListLoss(data.lists, data.objects, target, data.query_weight)


def _list_net(data, top_k):
    _refuse_top_k(top_k, "list_net")
    target = softmax_targets(data.lists, data.relevance)
    return SoftmaxListLoss(data.lists, data.objects, target, data.query_weight)


def _refuse_top_k(top_k, loss):
    if top_k is not None:
        raise ValueError(
            f"Got top_k={top_k} with loss={loss!r}, which is one choice and not one "
            "after another; expected top_k=None, or loss='list_mle'."
        )


#: Losses by name, made of data and the number of a list that counts.
LOSSES = {"list_mle": _list_mle, "softmax": _softmax, "list_net": _list_net}


class ListMLERanker(BaseEstimator):
    r"""Rank items for a query, or its documents, by the likelihood of whole lists.

    Minimises the negative log-likelihood of the lists that relevances make,

    .. math:: L(\theta) = -\sum_q \omega_q \sum_{j \le k} \Big[ s_{q y_j} - \log
              \sum_{l \notin \{y_1, \dots, y_{j-1}\}} e^{s_{ql}} \Big]
              + \frac{\alpha}{2} \|\theta\|^2 ,

    summed, not averaged, over queries, to a stationary point. The best is chosen of
    all, the next of the rest, and so on (Plackett–Luce, ListMLE).

    There are two styles of data. A row for each *query* and a matrix of relevances:
    all queries rank the same items, and each item has weights of its own. Or a row for
    each *document* of a query, with ``qid``: all documents share the weights.

    Parameters
    ----------
    alpha : float, default=1.0
        Ridge penalty on the summed loss, of all parameters, intercepts included: that
        of an item that is never listed would fall for ever.
    loss : {"list_mle", "softmax", "list_net"}, default="list_mle"
        The likelihood above; or, with no order in a list, the cross-entropy of one
        choice with every listed document ("softmax", the loss of the paper's
        experiments) or with the softmax of relevances ("list_net") as its target.
    top_k : int, default=None
        How many of a list count; None: all that are listed. Of "list_mle" only.
    hidden_layer_sizes : int or array-like of int, default=()
        Units of each hidden layer; none: linear scores.
    activation : {"identity", "logistic", "relu", "tanh"}, default="relu"
        Of hidden units.
    solver : {"lbfgs", "adam"}, default="lbfgs"
        How a network is trained. Linear scores have Newton's method, by conjugate
        gradients.
    learning_rate_init : float, default=0.001
        Step size of Adam.
    tol : float, default=1e-8
        Convergence: largest accepted gradient, in natural units of curvature.
    max_iter : int, default=None
        Largest number of iterations; None: 100 Newton steps, 5000 iterations of L-BFGS,
        1000 epochs of Adam.
    random_state : int, RandomState instance or None, default=None
        Of the initial weights of a network.

    Attributes
    ----------
    coef_ : ndarray of shape (n_items, n_features) or (n_features,)
        Weights of linear scores, of each item or of all documents. A network has
        ``coefs_`` and ``intercepts_`` instead.
    intercept_ : ndarray of shape (n_items,)
        Intercepts of items. Documents have none: it would not change their order.
    n_items_ : int or None
        Number of items, None for documents.
    n_iter_ : int
        Number of iterations.
    max_gradient_ : float
        Largest absolute entry of the gradient at the end.
    n_features_in_ : int
        Number of columns of X.

    References
    ----------
    F. Xia, T.-Y. Liu, J. Wang, W. Zhang and H. Li, "Listwise approach to learning to
    rank: theory and algorithm", ICML 2008.

    Examples
    --------
    >>> import numpy as np
    >>> from sklinfluence import ListMLERanker
    >>> X = np.array([[0.0], [1.0], [2.0], [3.0]])
    >>> Y = np.array([[3, 2, 0], [2, 3, 0], [0, 3, 2], [0, 2, 3]])
    >>> ranker = ListMLERanker(alpha=0.1).fit(X, Y)
    >>> ranker.rank([[0.0], [3.0]])
    array([[0, 1, 2],
           [2, 1, 0]])
    """

    _parameter_constraints = {
        "alpha": [Interval(Real, 0, None, closed="left")],
        "loss": [StrOptions(set(LOSSES))],
        "top_k": [Interval(Integral, 1, None, closed="left"), None],
        "hidden_layer_sizes": [
            Interval(Integral, 1, None, closed="left"),
            "array-like",
        ],
        "activation": [StrOptions(set(ACTIVATIONS))],
        "solver": [StrOptions(set(MAX_ITER))],
        "learning_rate_init": [Interval(Real, 0, None, closed="neither")],
        "tol": [Interval(Real, 0, None, closed="neither")],
        "max_iter": [Interval(Integral, 1, None, closed="left"), None],
        "random_state": ["random_state"],
    }

    def __init__(
        self,
        alpha=1.0,
        loss="list_mle",
        top_k=None,
        hidden_layer_sizes=(),
        activation="relu",
        solver="lbfgs",
        learning_rate_init=0.001,
        tol=1e-8,
        max_iter=None,
        random_state=None,
    ):
        self.alpha = alpha
        self.loss = loss
        self.top_k = top_k
        self.hidden_layer_sizes = hidden_layer_sizes
        self.activation = activation
        self.solver = solver
        self.learning_rate_init = learning_rate_init
        self.tol = tol
        self.max_iter = max_iter
        self.random_state = random_state

    @fit_context(prefer_skip_nested_validation=True)
    def fit(self, X, y, qid=None, sample_weight=None):
        """Fit the scores.

        Parameters
        ----------
        X : array-like or sparse matrix of shape (n_queries, n_features), or of \
                shape (n_documents, n_features) with ``qid``
            Rows.
        y : array-like or sparse matrix of shape (n_queries, n_items), or array-like \
                of shape (n_documents,) with ``qid``
            Relevances: larger is better, 0 is not listed, and equal ones are listed
            by position.
        qid : array-like of shape (n_documents,), default=None
            Query of each document.
        sample_weight : array-like of shape (n,), default=None
            Weight of each row: of its query, the same for all rows of one.

        Returns
        -------
        self
            The fitted ranker.

        Raises
        ------
        ValueError
            If relevances are negative, or do not fit the rows.

        Warns
        -----
        ConvergenceWarning
            If training did not reach a stationary point.
        """
        data = ranking_data(self, X, y, qid, sample_weight)
        self.n_items_ = data.n_items
        objective = self._objective(data)
        result = self._train(objective)
        if not result.converged:
            warn_user(
                f"Training did not reach a stationary point in {result.n_iter} "
                f"iterations: the largest gradient is {result.size:.2g} in units of "
                "the curvature. Increase max_iter or alpha.",
                ConvergenceWarning,
            )
        self.n_iter_ = result.n_iter
        self.max_gradient_ = float(np.abs(result.gradient).max(initial=0.0))
        self._set_parameters(result.theta)
        return self

    def predict(self, X):
        """Predict scores.

        Parameters
        ----------
        X : array-like or sparse matrix of shape (n, n_features)
            Rows, queries or documents.

        Returns
        -------
        ndarray of shape (n, n_items), or (n,) for documents
            Scores; larger is better.
        """
        check_is_fitted(self)
        X = ranking_rows(self, X, reset=False)
        scores = self._model(X).scores(self._parameters())
        return scores if self.n_items_ is None else scores.reshape(-1, self.n_items_)

    def rank(self, X, qid=None):
        """Rank the items of each query, or its documents.

        Parameters
        ----------
        X : array-like or sparse matrix of shape (n, n_features)
            Rows.
        qid : array-like of shape (n,), default=None
            Query of each document.

        Returns
        -------
        ndarray of shape (n, n_items) or (n,)
            Items of each query, the best first; or for documents the place of each in
            its query, from 0.
        """
        scores = self.predict(X)
        if self.n_items_ is not None:
            return np.argsort(-scores, axis=1, kind="stable")
        qid = np.zeros(len(scores)) if qid is None else column_or_1d(qid)
        order = np.lexsort([-scores, qid])
        _, first = np.unique(qid[order], return_index=True)
        place = np.empty(len(scores), dtype=int)
        sizes = np.diff(np.append(first, len(order)))
        place[order] = np.arange(len(order)) - np.repeat(first, sizes)
        return place

    def score(self, X, y, qid=None, sample_weight=None):
        """Return the normalised discounted cumulative gain (scikit-learn's).

        Parameters
        ----------
        X, y, qid, sample_weight : test data
            As for :meth:`fit`.

        Returns
        -------
        float
            The mean over queries with something listed and more than one to rank: 1
            where all are in the right order.
        """
        check_is_fitted(self)
        data = ranking_data(self, X, y, qid, sample_weight, reset=False)
        scores = self._model(data.X).scores(self._parameters())
        gains = _gains(data.lists, data.relevance, scores, self.top_k)
        known = ~np.isnan(gains) & (data.query_weight > 0)
        if not known.any():
            return float("nan")
        return float(np.average(gains[known], weights=data.query_weight[known]))

    def _objective(self, data):
        model = self._model(data.X)
        are_items = data.n_items is not None and not data.objects.are_queries
        owned = model.output_parameters() if are_items else None
        return ComposedObjective(self._loss(data), model, self.alpha, owned=owned)

    def _loss(self, data):
        return LOSSES[self.loss](data, self.top_k)

    def _model(self, X):
        """Return the score model at rows X, as the user gives them."""
        sizes = layer_sizes(self.hidden_layer_sizes)
        of_items = self.n_items_ is not None
        n_outputs = self.n_items_ if of_items else 1
        if sizes:
            return PerceptronModel(X, sizes, n_outputs, self.activation, of_items)
        if of_items:
            return MultiOutputLinearModel(with_ones(X), n_outputs)
        return LinearModel(X)

    def _train(self, objective):
        if not layer_sizes(self.hidden_layer_sizes):
            return minimize_newton_cg(
                objective,
                np.zeros(objective.n_params),
                tol=self.tol,
                max_iter=100 if self.max_iter is None else self.max_iter,
            )
        rng = check_random_state(self.random_state)
        return train(
            objective,
            initial_parameters(objective.model, rng),
            self.solver,
            tol=self.tol,
            max_iter=self.max_iter,
            learning_rate=self.learning_rate_init,
        )

    def _parameters(self):
        if layer_sizes(self.hidden_layer_sizes):
            return flat_parameters(self.coefs_, self.intercepts_)
        if self.n_items_ is None:
            return self.coef_
        return np.column_stack([self.coef_, self.intercept_]).ravel()

    def _set_parameters(self, theta):
        if layer_sizes(self.hidden_layer_sizes):
            model = self._model(np.zeros((1, self.n_features_in_)))
            self.coefs_, self.intercepts_ = weights_of(model, theta)
        elif self.n_items_ is None:
            self.coef_ = theta
        else:
            weights = theta.reshape(self.n_items_, -1)
            self.coef_, self.intercept_ = weights[:, :-1], weights[:, -1]

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = not layer_sizes(self.hidden_layer_sizes)
        tags.target_tags.required = True
        tags.target_tags.multi_output = True
        tags.target_tags.single_output = False
        tags.target_tags.positive_only = True
        return tags


def _gains(lists, relevance, scores, top_k):
    """Return the gain of each query, nan where there is nothing to rank."""
    gains = np.full(lists.n_queries, np.nan)
    for q, (start, size) in enumerate(zip(lists.starts, lists.sizes, strict=True)):
        own = slice(start, start + size)
        if size > 1 and relevance[own].any():
            gains[q] = ndcg_score(relevance[own][None], scores[own][None], k=top_k)
    return gains
