"""The solver that inverts a random sketch of the Hessian."""

from dataclasses import dataclass
from numbers import Integral, Real

import numpy as np
from scipy import linalg
from sklearn.utils import check_random_state

from sklinfluence.solvers._base import Solver, Status
from sklinfluence.solvers._low_rank import LowRankInverse
from sklinfluence.utils._sklearn import Interval


class NystroemSolver(Solver):
    r"""Inverse of a randomised Nyström approximation of the Hessian, plus damping.

    With a random orthonormal matrix Ω of ``rank`` columns,

    .. math:: H \approx H\Omega\, (\Omega^\top H \Omega)^{-1} (H\Omega)^\top
              = U \Lambda U^\top, \qquad
              (H + \lambda I)^{-1} \approx U (\Lambda + \lambda I)^{-1} U^\top
              + \lambda^{-1} (I - U U^\top) ,

    where λ is the ``damping`` of the operator; without one, directions outside of the
    sketch are left out. It takes ``rank`` products with the Hessian. It is accurate
    where the eigenvalues beyond ``rank`` are small against λ; elsewhere it serves as
    the preconditioner of :class:`ConjugateGradientSolver`.

    Parameters
    ----------
    rank : int, default=50
        Number of columns of the sketch; from the number of parameters on, it is an
        exact inverse.
    tol : float, default=1e-6
        Largest relative residual of what counts as solved.
    random_state : int, RandomState instance or None, default=None
        Of the sketch.

    References
    ----------
    Z. Frangella, J. A. Tropp and M. Udell, "Randomized Nyström Preconditioning",
    arXiv:2110.02820 (2021), algorithm 2.1 and equations 1.3 and 5.3.

    Examples
    --------
    >>> import numpy as np
    >>> from scipy.sparse.linalg import aslinearoperator
    >>> from sklinfluence.solvers import NystroemSolver
    >>> H = aslinearoperator(np.diag([4.0, 2.0, 1.0]))
    >>> NystroemSolver(random_state=0).solve(H, np.ones((3, 1))).x.ravel().round(6)
    array([0.25, 0.5 , 1.  ])
    """

    _parameter_constraints = {
        "rank": [Interval(Integral, 1, None, closed="left")],
        "tol": [Interval(Real, 0, None, closed="neither")],
        "random_state": ["random_state"],
    }

    def __init__(self, rank=50, tol=1e-6, random_state=None):
        self.rank = rank
        self.tol = tol
        self.random_state = random_state

    def prepare(self, operator):
        """Sketch the matrix; see :class:`Solver`."""
        sketch = self._sketch(operator)
        values, found = sketch.values + sketch.damping, sketch.values > 0
        failure = Status.TRUNCATED
        if not sketch.definite:
            failure = Status.NEGATIVE_CURVATURE
        elif sketch.damping == 0 and not found.all():
            failure = Status.SINGULAR
        kept = values > 0
        vectors = sketch.vectors[:, kept]
        return LowRankInverse(
            operator, values[kept], vectors, sketch.damping, self.tol, failure
        )

    def preconditioner(self, operator):
        """Sketch the matrix into a preconditioner that is always positive definite.

        Parameters
        ----------
        operator : scipy.sparse.linalg.LinearOperator of shape (p, p)
            Symmetric; H + λI.

        Returns
        -------
        callable
            Product of the inverse of the preconditioner with a block, (p, k).
        """
        sketch = self._sketch(operator)
        values = sketch.values[sketch.values > 0] + sketch.damping
        vectors = sketch.vectors[:, sketch.values > 0]
        # Outside of the sketch the curvature is taken for the smallest inside.
        shrink = values.min(initial=np.inf) / values - 1.0
        return _Preconditioner(vectors, shrink)

    def _sketch(self, operator):
        """Return the sketch of H or, where only H + λI is definite, of that."""
        self._validate_params()
        p, damping = operator.shape[0], float(getattr(operator, "damping", 0.0))
        rng = check_random_state(self.random_state)
        omega = linalg.qr(rng.normal(size=(p, min(self.rank, p))), mode="economic")[0]
        product = operator @ omega
        sketch = _sketched(product - damping * omega, omega, damping)
        if sketch.definite or damping == 0:
            return sketch
        return _sketched(product, omega, 0.0)


@dataclass(frozen=True)
class _Sketch:
    values: np.ndarray
    vectors: np.ndarray
    damping: float
    definite: bool


@dataclass(frozen=True)
class _Preconditioner:
    vectors: np.ndarray
    shrink: np.ndarray

    def __call__(self, R):
        return R + self.vectors @ (self.shrink[:, None] * (self.vectors.T @ R))


def _sketched(product, omega, damping):
    """Return eigenpairs of Y (Ωᵀ Y)⁻¹ Yᵀ for Y = HΩ, shifted against round-off."""
    size = linalg.norm(product)
    shift = np.sqrt(len(omega)) * np.finfo(float).eps * size
    shifted = product + shift * omega
    core = omega.T @ shifted
    root, definite = _root((core + core.T) / 2, shift)
    vectors, singular, _ = linalg.svd(shifted @ root, full_matrices=False)
    values = np.maximum(singular**2 - shift, 0.0)
    # Values of the size of the shift are round-off themselves.
    return _Sketch(
        np.where(values > 10 * shift, values, 0.0), vectors, damping, definite
    )


def _root(core, shift):
    """Return C with C Cᵀ = core⁻¹, on its positive part where it is not definite."""
    try:
        factor = linalg.cholesky(core)
    except linalg.LinAlgError:
        values, vectors = linalg.eigh(core)
        positive = values > shift
        root = vectors[:, positive] / np.sqrt(values[positive])
        return root, bool((values > -10 * shift).all())
    return linalg.solve_triangular(factor, np.eye(len(core))), True
