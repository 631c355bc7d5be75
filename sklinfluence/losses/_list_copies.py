"""Copies of queries, each without a document of its own: many removals at once."""

import numpy as np
from scipy.sparse import csr_array

from sklinfluence.utils._sparse import dense

# Documents of all copies that are worked on together.
_NUMBERS_AT_ONCE = 1 << 21


def document_differences(loss, S):
    """Return what gradients lose without each document, which is block-diagonal.

    Parameters
    ----------
    loss : ListLoss
        A loss whose objects are its documents.
    S : ndarray of shape (n_documents,)
        Scores.

    Returns
    -------
    csr_array of shape (n_documents, n_documents)
        A row an object.
    """
    lists, full, values, columns = loss.lists, loss.gradient(S), [], []
    order = loss.objects.document_of_object
    sizes = lists.sizes[lists.query[order]]
    for some in blocks_of(np.maximum(sizes, lists.positions.shape[1])):
        copies, documents, presence = copies_without(loss, order[some])
        without = copies.gradient(S[documents], presence)
        values.append(full[documents] - without)
        columns.append(documents)
    indptr = np.concatenate([[0], np.cumsum(sizes)])
    pieces = np.concatenate(values), np.concatenate(columns), indptr
    return csr_array(pieces, shape=(len(S), len(S)))


def copies_without(loss, documents):
    """Return the loss of copies of queries, each without one of its documents.

    Parameters
    ----------
    loss : ListLoss
        The loss.
    documents : ndarray of shape (m,), int
        What is absent in each copy.

    Returns
    -------
    copies : ListLoss
        The loss of m queries.
    documents : ndarray of shape (n_copied,), int
        Which document each of theirs is.
    presence : ndarray of shape (n_copied,)
        Which of them are present.
    """
    lists = loss.lists
    queries = lists.query[documents]
    copies, copied = loss.of(queries)
    presence = np.ones(len(copied))
    presence[documents - lists.starts[queries] + copies.lists.starts] = 0.0
    return copies, copied, presence


def forms_of_queries(loss, S, J, documents, presence=None):
    """Return the curvature of every query of a loss by itself.

    Parameters
    ----------
    loss : ListLoss
        The loss of m queries, such as copies.
    S : ndarray of shape (n_scores,)
        Scores that its documents are taken from.
    J : ndarray or sparse array of shape (n_scores, p)
        Tangents.
    documents : ndarray of shape (n_documents,), int
        Which score is that of each document.
    presence : ndarray of shape (n_documents,), default=None
        Which documents are present.

    Returns
    -------
    ndarray of shape (m, p, p)
        J_qᵀ ∂²ℓ_q/∂S² J_q of every query q.
    """
    lists, tangents = loss.lists, dense(J[documents])
    curved = loss.hessian_product(S[documents], tangents, presence)
    # The queries in a rectangle, with zeros behind the shorter ones.
    place = np.arange(len(documents)) - lists.spread(lists.starts)
    shape = lists.n_queries, int(lists.sizes.max(initial=0)), J.shape[1]
    left, right = np.zeros(shape), np.zeros(shape)
    left[lists.query, place], right[lists.query, place] = tangents, curved
    return left.transpose(0, 2, 1) @ right


def removal_forms(loss, S, J):
    """Return what curvature is left without each object, as a function of objects.

    Parameters
    ----------
    loss : ListLoss
        A loss whose objects are its documents or its queries: removal of one changes
        the curvature of its own query only.
    S : ndarray of shape (n_documents,)
        Scores.
    J : ndarray or sparse array of shape (n_documents, p)
        Tangents.

    Returns
    -------
    callable
        ``forms(objects)`` of shape (m, p, p).
    """
    full = loss.curvature_form(S, J)
    one = _without_query if loss.objects.are_queries else _without_document

    def forms(objects):
        objects, left = np.asarray(objects), np.empty((len(objects), *full.shape))
        for some in blocks_of(_costs(loss, objects, J.shape[1])):
            left[some] = full - one(loss, S, J, objects[some])
        return left

    return forms


def blocks_of(costs):
    """Yield slices of what together costs not too much, or is one by itself.

    Parameters
    ----------
    costs : ndarray of shape (n,)
        Numbers that each takes.

    Yields
    ------
    slice
        The next piece.
    """
    total, start = np.cumsum(costs), 0
    while start < len(costs):
        spent = total[start - 1] if start else 0
        stop = int(np.searchsorted(total, spent + _NUMBERS_AT_ONCE, side="right"))
        yield slice(start, max(stop, start + 1))
        start = max(stop, start + 1)


def _costs(loss, objects, p):
    lists = loss.lists
    if not loss.objects.are_queries:
        objects = lists.query[loss.objects.document_of_object[objects]]
    return lists.sizes[objects] * p


def _without_query(loss, S, J, queries):
    copies, documents = loss.of(queries)
    return forms_of_queries(copies, S, J, documents)


def _without_document(loss, S, J, objects):
    gone = loss.objects.document_of_object[objects]
    copies, documents, presence = copies_without(loss, gone)
    before = forms_of_queries(copies, S, J, documents)
    return before - forms_of_queries(copies, S, J, documents, presence)
