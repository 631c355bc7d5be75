"""What removal leaves of the Hessian, factorised for many removals at once.

Everything is in natural coordinates, where the Hessian of the fit is the identity.
"""

from functools import cached_property

import numpy as np
from sklearn.exceptions import ConvergenceWarning

from sklinfluence.utils._blocks import blocks
from sklinfluence.utils._warnings import warn_user

_NUMBERS_AT_ONCE = 1 << 21
# Curvature that removal reduces to this share of what it was is round-off.
_GONE = 1e-10


class StackedCurvature:
    """The matrices K = Bᵀ H₋ᵢ B of m removals, by their eigenvectors.

    Parameters
    ----------
    matrices : ndarray of shape (m, q, q)
        The matrices K, symmetric.

    Attributes
    ----------
    smallest : ndarray of shape (m,)
        Smallest eigenvalue: the least share of curvature that is left in any
        direction.
    leverage : ndarray of shape (m,)
        Trace of I − K, the curvature that is gone.
    determined : ndarray of shape (m,), bool
        Whether there is curvature left in every direction.
    """

    def __init__(self, matrices):
        # Far from any optimum numbers overflow: nothing is known there.
        finite = np.isfinite(matrices).all(axis=(1, 2))
        matrices = np.where(finite[:, None, None], matrices, 0.0)
        values, self._vectors = np.linalg.eigh(matrices)
        self.smallest = values.min(axis=1, initial=np.inf)
        self.leverage = np.sum(1.0 - values, axis=1)
        gone = np.abs(values) <= _GONE
        self.determined = ~gone.any(axis=1)
        self._inverse = np.divide(1.0, values, out=np.zeros_like(values), where=~gone)

    def solve(self, G):
        """Return K⁻¹ g for each row g of G, of shape (m, q)."""
        along = np.einsum("mij,mi->mj", self._vectors, G)
        return np.einsum("mij,mj->mi", self._vectors, self._inverse * along)

    def lengths(self, A):
        """Return √(aᵀ K⁻¹ a) for each column a of A (q, k), K definite: (m, k)."""
        lengths = np.empty((len(self._vectors), A.shape[1]))
        size = _NUMBERS_AT_ONCE // max(self._inverse.size, 1)
        for columns in blocks(A.shape[1], max(size, 1)):
            along = self._vectors.transpose(0, 2, 1) @ A[:, columns]
            square = np.einsum("mj,mjk->mk", np.abs(self._inverse), along**2)
            lengths[:, columns] = np.sqrt(square)
        return lengths

    def weakest(self):
        """Return the direction in which least curvature is left, (m, q)."""
        return self._vectors[:, :, 0]

    def roots(self):
        """Return W with W Wᵀ = K⁻¹, of shape (m, q, q)."""
        return self._vectors * np.sqrt(np.abs(self._inverse))[:, None, :]

    def __getitem__(self, rows):
        part = object.__new__(type(self))
        for name in ("_vectors", "_inverse", "smallest", "leverage", "determined"):
            setattr(part, name, getattr(self, name)[rows])
        return part


class DowndatedCurvature:
    """The matrices K = I − U Uᵀ with few columns in U, by Sherman–Morrison–Woodbury.

    Parameters
    ----------
    roots : ndarray of shape (m, q, r)
        The matrices U.
    """

    def __init__(self, roots):
        self._roots = roots
        small = roots.transpose(0, 2, 1) @ roots
        values, self._vectors = np.linalg.eigh(small)
        self.smallest = 1.0 - values.max(axis=1, initial=0.0)
        self.leverage = values.sum(axis=1)
        left = 1.0 - values
        gone = left <= _GONE
        self.determined = ~gone.any(axis=1)
        self._inverse = np.divide(1.0, left, out=np.zeros_like(left), where=~gone)

    @cached_property
    def _directions(self):
        """The columns U v, along which K differs from the identity."""
        return self._roots @ self._vectors

    def solve(self, G):
        """Return K⁻¹ g for each row g of G, of shape (m, q)."""
        along = np.einsum("mqr,mq->mr", self._directions, G)
        return G + np.einsum("mqr,mr->mq", self._directions, self._inverse * along)

    def lengths(self, A):
        """Return √(aᵀ K⁻¹ a) for each column a of A (q, k): (m, k)."""
        along = self._directions.transpose(0, 2, 1) @ A
        square = np.einsum("mr,mrk->mk", self._inverse, along**2)
        return np.sqrt(square + np.sum(A**2, axis=0))

    def weakest(self):
        """Return the direction in which least curvature is left, (m, q)."""
        return self._directions[:, :, -1]

    def __getitem__(self, rows):
        return DowndatedCurvature(self._roots[rows])


class SolvedCurvature:
    """The Hessians of m removals, each behind a prepared solver.

    Nothing is known of their eigenvalues, so nothing can be certified.

    Parameters
    ----------
    solves : list of callable
        ``solve(rhs) -> SolverResult`` of each removal.
    """

    def __init__(self, solves):
        self._solves = solves
        self.smallest = np.full(len(solves), np.inf)
        self.determined = np.ones(len(solves), dtype=bool)

    def solve(self, G):
        """Return K⁻¹ g for each row g of G, of shape (m, q); warn where it is not."""
        pairs = zip(self._solves, G, strict=True)
        results = [solve(g[:, None]) for solve, g in pairs]
        failed = [result for result in results if not result.converged]
        if failed:
            warn_user(
                f"{len(failed)} of {len(results)} systems were not solved. "
                f"{failed[0].message}",
                ConvergenceWarning,
            )
        return np.stack([result.x[:, 0] for result in results])

    def __getitem__(self, rows):
        return SolvedCurvature(
            [self._solves[i] for i in np.arange(len(self._solves))[rows]]
        )
