"""From what a user gives a ranker to rows and lists."""

from dataclasses import dataclass, replace

import numpy as np
from scipy.sparse import csr_array, issparse
from sklearn.utils import check_array, column_or_1d
from sklearn.utils.validation import check_consistent_length, validate_data

from sklinfluence.estimators._network import layer_sizes
from sklinfluence.losses import (
    DocumentObjects,
    Lists,
    QueryObjects,
    lists_of_relevance,
)
from sklinfluence.utils._sklearn import check_sample_weight


@dataclass(frozen=True)
class RankingData:
    """Training data of a ranker, as its loss and score model take them.

    Attributes
    ----------
    X : ndarray or csr_array of shape (n, d)
        A row for each query, or for each document, those of a query together.
    lists : Lists
        Documents and lists of the queries.
    objects : DocumentObjects or QueryObjects
        What can be removed; at first the rows of the user.
    query_weight : ndarray of shape (n_queries,)
        Weights of the queries.
    n_items : int or None
        Number of items that all queries rank; None where each has documents of its own.
    relevance : ndarray of shape (n_documents,)
        Relevance of every document, in the order of the lists.
    """

    X: np.ndarray
    lists: Lists
    objects: object
    query_weight: np.ndarray
    n_items: int | None
    relevance: np.ndarray

    def with_objects(self, name):
        """Return the same data with the objects "items" or "queries"."""
        lists = self.lists
        if name == "items" and self.n_items is not None:
            of_document = np.tile(np.arange(self.n_items), lists.n_queries)
            objects = DocumentObjects(of_document, self.n_items)
        elif name == "queries":
            objects = QueryObjects(lists.n_documents, lists.n_queries)
        else:
            raise ValueError(
                f"objects={name!r}: expected 'queries' or 'items' for a relevance "
                "matrix, and 'documents' or 'queries' for rows with qid=."
            )
        return replace(self, objects=objects)


def ranking_data(estimator, X, y, qid=None, sample_weight=None, reset=True):
    """Validate the data of a ranker.

    Parameters
    ----------
    estimator : estimator
        Gets ``n_features_in_`` and ``feature_names_in_`` if ``reset``.
    X, y, qid, sample_weight : training or test data
        As given to ``fit``.
    reset : bool, default=True
        Whether these are the data of ``fit``.

    Returns
    -------
    RankingData
        The data.
    """
    if y is None:
        raise ValueError(
            f"{type(estimator).__name__} requires y to be passed, but the target y is "
            "None."
        )
    X = ranking_rows(estimator, X, reset)
    check_consistent_length(X, y)
    weight = check_sample_weight(
        sample_weight, X, dtype=np.float64, ensure_non_negative=True
    )
    if qid is None:
        return _of_queries(estimator, X, y, weight)
    return _of_documents(X, y, qid, weight)


def ranking_rows(estimator, X, reset):
    """Validate rows, which may be sparse unless a network is fitted to them.

    Parameters
    ----------
    estimator : estimator
        Gets ``n_features_in_`` and ``feature_names_in_`` if ``reset``.
    X : array-like or sparse matrix of shape (n, n_features)
        Rows.
    reset : bool
        Whether these are the rows of ``fit``.

    Returns
    -------
    ndarray or csr_array of shape (n, n_features)
        The rows.
    """
    is_network = layer_sizes(estimator.hidden_layer_sizes)
    X = validate_data(
        estimator,
        X,
        reset=reset,
        dtype=np.float64,
        accept_sparse=False if is_network else "csr",
    )
    return csr_array(X) if issparse(X) else X


def _of_queries(estimator, X, y, weight):
    """Return lists of items that are the columns of a relevance matrix."""
    Y = check_array(
        y, accept_sparse="csr", dtype=np.float64, input_name="y", ensure_2d=False
    )
    if Y.ndim != 2:
        raise ValueError(
            f"Got y of shape {Y.shape} and no qid; expected a relevance matrix of "
            "shape (n_queries, n_items), or one relevance a row with qid=, the query "
            "that each row belongs to."
        )
    _not_negative(Y.data if issparse(Y) else Y)
    n, n_items = Y.shape
    lists = lists_of_relevance(np.full(n, n_items), csr_array(Y))
    relevance = (Y.toarray() if issparse(Y) else Y).ravel()
    return RankingData(
        X, lists, QueryObjects(n * n_items, n), weight, n_items, relevance
    )


def _of_documents(X, y, qid, weight):
    """Return lists of the rows of each query, which are put together."""
    y = check_array(y, ensure_2d=False, dtype=np.float64, input_name="y")
    if y.ndim != 1:
        raise ValueError(
            f"Got y of shape {y.shape} with qid; expected one relevance a row."
        )
    _not_negative(y)
    qid = column_or_1d(qid)
    check_consistent_length(X, qid)
    _, code, sizes = np.unique(qid, return_inverse=True, return_counts=True)
    order = np.argsort(code, kind="stable")
    lists = lists_of_relevance(sizes, y[order])
    objects = DocumentObjects(order, len(order))
    weight = _of_query(weight[order], lists)
    return RankingData(X[order], lists, objects, weight, None, y[order])


def _of_query(weight, lists):
    """Return the weight of each query, which its rows must have in common."""
    of_query = weight[lists.starts]
    differ = weight != lists.spread(of_query)
    if differ.any():
        n_queries = len(np.unique(lists.query[differ]))
        raise ValueError(
            f"Got sample_weight that differs between the rows of {n_queries} queries; "
            "expected the same for all rows of a query, which is what is weighted."
        )
    return of_query


def _not_negative(values):
    if np.size(values) and values.min() < 0:
        raise ValueError(
            f"Got a relevance of {values.min():g}; expected numbers that are not "
            "negative, larger for what is more relevant, and 0 for what is not listed."
        )
