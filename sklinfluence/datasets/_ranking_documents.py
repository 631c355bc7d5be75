"""Generated learning-to-rank data, in which queries have documents of their own."""

from numbers import Integral

import numpy as np
from sklearn.utils import Bunch, check_random_state, check_scalar

from sklinfluence.datasets._rankings import check_counts, unit_rows

_DESCRIPTION = """\
Generated rankings of documents
-------------------------------

:Queries: {n_queries}
:Documents: {n_rows}
:Levels of relevance: {levels}

The score of a document is data @ coef. With Gumbel noise of scale {noise}, the scores
of all documents are cut into levels of relevance that are equally frequent, 0 the
lowest.
"""


def make_ranking_documents(
    n_queries=50,
    n_documents=(5, 20),
    n_features=5,
    *,
    noise=0.1,
    levels=5,
    return_X_y_qid=False,
    random_state=None,
):
    """Generate learning-to-rank data: a row for each document of each query.

    Documents have a linear score, which with noise is graded into levels of relevance.

    Parameters
    ----------
    n_queries : int, default=50
        Number of queries.
    n_documents : int or pair of int, default=(5, 20)
        Number of documents of every query, or the smallest and the largest, between
        which each query has a random number of documents.
    n_features : int, default=5
        Number of features of a document. They are standard normal.
    noise : float, default=0.1
        Scale of the Gumbel noise, where the scores have the standard deviation 1.
    levels : int, default=5
        Number of levels of relevance, equally frequent over all documents.
    return_X_y_qid : bool, default=False
        Return (data, target, qid) in place of the Bunch.
    random_state : int, RandomState instance or None, default=None
        Makes the result reproducible.

    Returns
    -------
    Bunch
        With ``return_X_y_qid=True`` the triple (data, target, qid), else an object with

        data : ndarray of shape (n, n_features)
            Features of the documents, those of a query together.
        target : ndarray of shape (n,)
            Relevances, int64, from 0 to levels - 1. Documents of a query may be tied.
        qid : ndarray of shape (n,)
            Number of the query of each document, from 0.
        coef : ndarray of shape (n_features,)
            Weights of the scores, of length 1.
        DESCR : str
            How the data were generated.

    Raises
    ------
    ValueError
        If a number is out of its range.

    Examples
    --------
    >>> from sklinfluence.datasets import make_ranking_documents
    >>> X, y, qid = make_ranking_documents(
    ...     n_queries=3, n_documents=4, levels=2, return_X_y_qid=True, random_state=0
    ... )
    >>> X.shape, y.sum()
    ((12, 5), np.int64(6))
    >>> qid
    array([0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2])
    """
    fewest, most = _range_of(n_documents)
    check_counts(noise, n_queries=n_queries, n_features=n_features, levels=levels)
    rng = check_random_state(random_state)
    sizes = rng.randint(fewest, most + 1, size=n_queries)
    qid, n = np.repeat(np.arange(n_queries), sizes), int(sizes.sum())
    X, coef = rng.normal(size=(n, n_features)), unit_rows(rng, 1, n_features)[0]
    y = _grade(X @ coef + noise * rng.gumbel(size=n), levels)
    if return_X_y_qid:
        return X, y, qid
    description = _DESCRIPTION.format(
        n_queries=n_queries, n_rows=n, levels=levels, noise=noise
    )
    return Bunch(data=X, target=y, qid=qid, coef=coef, DESCR=description)


def _range_of(n_documents):
    pair = (n_documents,) * 2 if isinstance(n_documents, Integral) else n_documents
    fewest, most = pair
    check_scalar(fewest, "n_documents", Integral, min_val=1)
    check_scalar(most, "the largest of n_documents", Integral, min_val=fewest)
    return fewest, most


def _grade(utility, levels):
    rank = np.argsort(np.argsort(utility))
    return rank * levels // len(rank)
