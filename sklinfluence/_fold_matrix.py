"""Influence on every held-out row, where each row is held out once."""

import numpy as np
from scipy import sparse


def is_partition(n, splits):
    """Say whether splits hold out each row once.

    Parameters
    ----------
    n : int
        Number of rows.
    splits : list of (ndarray of int, ndarray of int)
        Training and held-out rows.

    Returns
    -------
    bool
        Whether they do.
    """
    tests = np.concatenate([test for _, test in splits])
    return np.array_equal(np.sort(tests), np.arange(n))


class FoldMatrix:
    """A sparse matrix that is filled fold by fold, into memory taken once.

    Parameters
    ----------
    n : int
        Number of rows.
    splits : list of (ndarray of int, ndarray of int)
        Training and held-out rows.
    """

    def __init__(self, n, splits):
        if not is_partition(n, splits):
            raise ValueError(
                f"return_matrix=True needs splits that hold out each of the {n} rows "
                "just once; use a splitter such as KFold, or return_matrix=False."
            )
        lengths = np.empty(n, dtype=np.int64)
        for train, test in splits:
            lengths[test] = len(train)
        indptr = np.append(0, np.cumsum(lengths))
        small = indptr[-1] <= np.iinfo(np.int32).max
        self.indptr = indptr.astype(np.int32 if small else np.int64)
        self.indices = np.empty(indptr[-1], dtype=self.indptr.dtype)
        self.data = np.empty(indptr[-1])

    def add(self, train, test, influence):
        """Enter the influence of the training rows of a fold on its held-out rows.

        Parameters
        ----------
        train, test : ndarray of int
            Rows of the fold.
        influence : ndarray of shape (n_test, n_train)
            Influence.
        """
        order = np.argsort(train)
        for t, values in zip(test, influence, strict=True):
            entries = slice(self.indptr[t], self.indptr[t + 1])
            self.indices[entries] = train[order]
            self.data[entries] = values[order]

    def result(self):
        """Return the csr array of shape (n, n)."""
        n = len(self.indptr) - 1
        return sparse.csr_array((self.data, self.indices, self.indptr), shape=(n, n))
