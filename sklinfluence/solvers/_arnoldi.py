"""The solver that inverts the Hessian on its dominant eigenvectors."""

from numbers import Integral, Real

import numpy as np
from scipy import linalg
from scipy.sparse.linalg import ArpackNoConvergence, eigsh
from sklearn.utils import check_random_state

from sklinfluence.solvers._base import Solver, Status
from sklinfluence.solvers._low_rank import LowRankInverse
from sklinfluence.utils._sklearn import Interval

# Eigenvalues up to this share of the largest are round-off of the products.
_RCOND = 1e-13


class ArnoldiSolver(Solver):
    """Inverse on the span of the dominant eigenvectors of the Hessian.

    The eigenvectors come from Lanczos iterations, which Arnoldi's are for a symmetric
    matrix. What lies outside of their span is left out or, where the operator has a
    ``damping`` λ > 0, is divided by λ, as if the Hessian were zero there. The dominant
    eigenvectors are those that matter least to the inverse: the relative residual is
    the share of a right-hand side that was left out, and a large one is reported as
    ``TRUNCATED``.

    Parameters
    ----------
    rank : int, default=50
        Number of eigenpairs; from the number of parameters on, it is an exact inverse.
    tol : float, default=1e-6
        Largest relative residual of what counts as solved.
    max_iter : int, default=None
        Largest number of restarts of the iteration; None: ten times the parameters.
    random_state : int, RandomState instance or None, default=None
        Of the vector that the iteration starts from.

    References
    ----------
    A. Schioppa, P. Zablotskaia, D. Vilar and A. Sokolov, "Scaling Up Influence
    Functions", AAAI (2022), section 3, without the term for the complement.

    Examples
    --------
    >>> import numpy as np
    >>> from scipy.sparse.linalg import aslinearoperator
    >>> from sklinfluence.solvers import ArnoldiSolver
    >>> H = aslinearoperator(np.diag([8.0, 4.0, 1.0]))
    >>> rhs = np.array([[3.0], [0.0], [4.0]])
    >>> result = ArnoldiSolver(rank=1).solve(H, rhs)
    >>> result.status.name, result.residual_norm.round(3)
    ('TRUNCATED', array([0.8]))
    """

    _parameter_constraints = {
        "rank": [Interval(Integral, 1, None, closed="left")],
        "tol": [Interval(Real, 0, None, closed="neither")],
        "max_iter": [Interval(Integral, 1, None, closed="left"), None],
        "random_state": ["random_state"],
    }

    def __init__(self, rank=50, tol=1e-6, max_iter=None, random_state=None):
        self.rank = rank
        self.tol = tol
        self.max_iter = max_iter
        self.random_state = random_state

    def prepare(self, operator):
        """Find the eigenpairs; see :class:`Solver`."""
        self._validate_params()
        values, vectors = self._eigenpairs(operator)
        size = np.abs(values)
        kept = size > _RCOND * size.max(initial=0.0)
        # What is flat although all, or more than, the curvature was asked for.
        failure = Status.TRUNCATED if kept.all() else Status.SINGULAR
        damping = float(getattr(operator, "damping", 0.0))
        return LowRankInverse(
            operator, values[kept], vectors[:, kept], damping, self.tol, failure
        )

    def _eigenpairs(self, operator):
        p = operator.shape[0]
        if self.rank >= p:
            # Lanczos finds at most p − 1 eigenpairs.
            matrix = operator @ np.eye(p)
            return linalg.eigh((matrix + matrix.T) / 2)
        start = check_random_state(self.random_state).normal(size=p)
        try:
            return eigsh(operator, self.rank, v0=start, maxiter=self.max_iter)
        except ArpackNoConvergence as partial:
            # Those that did converge are eigenpairs; the residual tells of the rest.
            return partial.eigenvalues, partial.eigenvectors
