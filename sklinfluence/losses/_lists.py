"""Lists of documents, one a query: which documents a query has, and in what order."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.sparse import csr_array


@dataclass(frozen=True)
class Lists:
    """For every query its documents, and those that are listed, best first.

    Scores are flat, the documents of one query after those of another. What is listed
    is a rectangle of positions in them, padded behind shorter lists.

    Attributes
    ----------
    sizes : ndarray of shape (n_queries,), int
        Number of documents of each query, at least one.
    positions : ndarray of shape (n_queries, K), int
        Positions of the listed documents among all, best first; 0 where a list is
        shorter.
    is_listed : ndarray of shape (n_queries, K), bool
        Where there is a position.
    """

    sizes: np.ndarray
    positions: np.ndarray
    is_listed: np.ndarray

    @property
    def n_queries(self):
        """Number of queries."""
        return len(self.sizes)

    @property
    def n_documents(self):
        """Number of documents of all queries."""
        return int(self.sizes.sum())

    @cached_property
    def starts(self):
        """Position of the first document of each query."""
        return np.concatenate([[0], np.cumsum(self.sizes)[:-1]])

    @cached_property
    def query(self):
        """Query of each document."""
        return np.repeat(np.arange(self.n_queries), self.sizes)

    @cached_property
    def unlisted(self):
        """Whether a document is in no list, of shape (n_documents,)."""
        unlisted = np.ones(self.n_documents, dtype=bool)
        unlisted[self.positions[self.is_listed]] = False
        return unlisted

    @cached_property
    def items(self):
        """Items that are listed, (n_queries, K), where all queries have the same."""
        places = self.positions - self.starts[:, None]
        return np.where(self.is_listed, places, 0)

    def sparse(self, values):
        """Return values of listed items as a sparse array, (n_queries, n_items)."""
        items, ends = self._columns
        shape = self.n_queries, int(self.sizes[0])
        return csr_array((values[self.is_listed], items, ends), shape=shape)

    @cached_property
    def _columns(self):
        ends = np.concatenate([[0], np.cumsum(self.is_listed.sum(axis=1))])
        return self.items[self.is_listed], ends

    @cached_property
    def _is_grid(self):
        return self.n_queries > 0 and bool((self.sizes == self.sizes[0]).all())

    def take(self, queries):
        """Return the lists of some queries, which may be the same several times.

        Parameters
        ----------
        queries : ndarray of shape (m,), int
            Which queries.

        Returns
        -------
        lists : Lists
            Their lists.
        documents : ndarray of shape (n_taken,), int
            Which document each of theirs is.
        """
        sizes, is_listed = self.sizes[queries], self.is_listed[queries]
        shift = np.cumsum(sizes) - sizes - self.starts[queries]
        positions = np.where(is_listed, self.positions[queries] + shift[:, None], 0)
        documents = np.arange(sizes.sum()) - np.repeat(shift, sizes)
        return Lists(sizes, positions, is_listed), documents

    def total(self, v):
        """Return the sum over the documents of each query, along the first axis."""
        if self._is_grid:
            shape = (self.n_queries, int(self.sizes[0]), *v.shape[1:])
            return v.reshape(shape).sum(axis=1)
        return np.add.reduceat(v, self.starts, axis=0)

    def total_product(self, u, v):
        """Return the sum of products over the documents of each query."""
        if self._is_grid:
            shape = (self.n_queries, int(self.sizes[0]))
            return np.einsum("qd,qd->q", u.reshape(shape), v.reshape(shape))
        return self.total(u * v)

    def affine(self, v, slope, shift):
        """Return slope · v + shift, with those of its query for every document."""
        if self._is_grid:
            v = v.reshape(self.n_queries, int(self.sizes[0]))
            out = v * slope[:, None]
            out += shift[:, None]
            return out.ravel()
        return v * self.spread(slope) + self.spread(shift)

    def largest(self, v):
        """Return the largest entry of each query."""
        if self._is_grid:
            return v.reshape(self.n_queries, -1).max(axis=1)
        return np.maximum.reduceat(v, self.starts)

    def spread(self, c):
        """Return the entry of its query for every document, along the first axis."""
        return np.repeat(c, self.sizes, axis=0)

    def of_listed(self, v):
        """Return the entries of listed documents, (n_queries, K, ...), else zero."""
        mask = self.is_listed.reshape(*self.is_listed.shape, *(1,) * (v.ndim - 1))
        return np.where(mask, v[self.positions], 0.0)

    def put(self, out, values):
        """Write values of listed documents, of shape (n_queries, K, ...)."""
        out[self.positions[self.is_listed]] = values[self.is_listed]


def lists_of_relevance(sizes, relevance):
    """Return the lists of relevances: larger first, equal ones by position.

    Parameters
    ----------
    sizes : ndarray of shape (n_queries,), int
        Number of documents of each query.
    relevance : scipy.sparse.csr_array of shape (n_queries, n_items), or ndarray of \
            shape (n_documents,)
        Relevance of each document; zero is not listed.

    Returns
    -------
    Lists
        The lists.
    """
    if isinstance(relevance, np.ndarray):
        rows = np.repeat(np.arange(len(sizes)), sizes)
        places = np.flatnonzero(relevance)
        rows, values = rows[places], relevance[places]
    else:
        coo = relevance.tocoo()
        kept = coo.data != 0
        rows, values = coo.row[kept], coo.data[kept]
        starts = np.concatenate([[0], np.cumsum(sizes)[:-1]])
        places = starts[rows] + coo.col[kept]
    order = np.lexsort([places, -values, rows])
    rows, places = rows[order], places[order]
    lengths = np.bincount(rows, minlength=len(sizes))
    first = np.concatenate([[0], np.cumsum(lengths)[:-1]])
    rank = np.arange(len(rows)) - first[rows]
    shape = len(sizes), int(lengths.max(initial=0))
    positions, is_listed = np.zeros(shape, dtype=np.intp), np.zeros(shape, dtype=bool)
    positions[rows, rank] = places
    is_listed[rows, rank] = True
    return Lists(np.asarray(sizes), positions, is_listed)
