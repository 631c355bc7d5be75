"""The Neumann series of the inverse, of the whole Hessian or of sampled terms."""

from dataclasses import dataclass
from numbers import Integral, Real
from typing import Any

import numpy as np
from sklearn.utils import check_random_state

from sklinfluence.solvers._base import Solver, SolverResult, Status, iterated
from sklinfluence.solvers._spectrum import dominant_eigenvalue
from sklinfluence.utils._sklearn import Interval

# The power iteration stops from below the largest eigenvalue.
_ABOVE_ESTIMATE = 1.05
_SLACK = 2.0


class LissaSolver(Solver):
    r"""Linear-time stochastic second-order algorithm: a truncated Neumann series.

    .. math:: v_0 = g, \qquad v_{j+1} = g + (I - A_j / \sigma)\, v_j, \qquad
              A^{-1} g \approx v_J / \sigma ,

    with the Hessian itself for every :math:`A_j` or, with ``batch_size``, with the
    Hessian of objects that are sampled anew for each j. It converges for a positive
    definite A with eigenvalues below 2σ, in a number of steps that grows with the
    condition number; conjugate gradients take about its square root.

    Parameters
    ----------
    scale : float, default=None
        σ; None: the largest eigenvalue, by power iteration.
    depth : int, default=5000
        Largest number J of steps.
    repeats : int, default=1
        Number of runs that are averaged, each with samples of its own.
    batch_size : int, default=None
        Number of objects in a sample; None: all of them, without randomness. Needs an
        operator with a method ``sample(rng, n_objects)`` that returns an operator. For
        a loss that is not a sum over objects samples are biased.
    tol : float, default=1e-6
        Largest relative residual of what counts as solved.
    random_state : int, RandomState instance or None, default=None
        Of samples and of the power iteration.

    References
    ----------
    N. Agarwal, B. Bullins and E. Hazan, "Second-Order Stochastic Optimization for
    Machine Learning in Linear Time", JMLR 18 (2017); appendix C of J. Deng, W. Tang
    and J. W. Ma, arXiv:2412.01335 (2024).

    Examples
    --------
    >>> import numpy as np
    >>> from scipy.sparse.linalg import aslinearoperator
    >>> from sklinfluence.solvers import LissaSolver
    >>> H = aslinearoperator(np.diag([1.0, 4.0]))
    >>> LissaSolver(tol=1e-9).solve(H, np.array([[1.0], [1.0]])).x.ravel().round(6)
    array([1.  , 0.25])
    """

    _parameter_constraints = {
        "scale": [Interval(Real, 0, None, closed="neither"), None],
        "depth": [Interval(Integral, 1, None, closed="left")],
        "repeats": [Interval(Integral, 1, None, closed="left")],
        "batch_size": [Interval(Integral, 1, None, closed="left"), None],
        "tol": [Interval(Real, 0, None, closed="neither")],
        "random_state": ["random_state"],
    }

    def __init__(
        self,
        scale=None,
        depth=5000,
        repeats=1,
        batch_size=None,
        tol=1e-6,
        random_state=None,
    ):
        self.scale = scale
        self.depth = depth
        self.repeats = repeats
        self.batch_size = batch_size
        self.tol = tol
        self.random_state = random_state

    def prepare(self, operator):
        """Estimate the scale; see :class:`Solver`."""
        self._validate_params()
        if self.batch_size is not None and not hasattr(operator, "sample"):
            raise TypeError(
                f"{type(operator).__name__} has no method sample(rng, n_objects), "
                f"which batch_size={self.batch_size} needs. Leave batch_size=None."
            )
        rng = check_random_state(self.random_state)
        scale = self.scale
        if scale is None:
            scale = _ABOVE_ESTIMATE * dominant_eigenvalue(operator, rng)
        return _Series(operator, scale, self, rng.randint(2**31))


@dataclass(frozen=True)
class _Series:
    operator: Any
    scale: float
    settings: LissaSolver
    seed: int

    def __call__(self, rhs):
        rhs, tol = np.asarray(rhs, dtype=float), self.settings.tol
        if self.scale <= 0:
            bent = Status.NEGATIVE_CURVATURE if self.scale < 0 else Status.SINGULAR
            return iterated(self.operator, np.zeros_like(rhs), rhs, 0, tol, bent)
        # The same samples for every block: the prepared inverse is one function.
        rng = np.random.RandomState(self.seed)
        if self.settings.batch_size is None:
            return self._result(rhs, *self._summed(rhs))
        runs = [self._sampled(rhs, rng) for _ in range(self.settings.repeats)]
        x = np.mean([x for x, _, _ in runs], axis=0)
        diverged = any(diverged for _, _, diverged in runs)
        return self._result(rhs, x, self.settings.depth, diverged)

    def _result(self, rhs, x, n_iter, diverged) -> SolverResult:
        failure = Status.DIVERGED if diverged else Status.NOT_CONVERGED
        detail = f"Scale: {self.scale:.3g}."
        if self.settings.batch_size is not None:
            detail += " Samples are noisy: raise batch_size, repeats or scale."
        return iterated(
            self.operator, x, rhs, n_iter, self.settings.tol, failure, detail
        )

    def _summed(self, rhs):
        """Return solutions, steps and whether they diverged, with the whole Hessian.

        What a step adds is σ times the residual: columns stop without a product more.
        """
        x, size = np.zeros_like(rhs), np.linalg.norm(rhs, axis=0)
        todo, diverged, n_iter = np.flatnonzero(size > 0), False, 0
        v = rhs[:, todo]
        while len(todo) and n_iter < self.settings.depth:
            n_iter += 1
            added = rhs[:, todo] - self.operator @ (v / self.scale)
            found = np.linalg.norm(added, axis=0) <= self.settings.tol / 2 * size[todo]
            grown = _outgrew(v, size[todo], n_iter)
            x[:, todo] = v / self.scale
            diverged = diverged or bool(grown.any())
            going = ~(found | grown)
            todo, v = todo[going], (v + added)[:, going]
        return x, n_iter, diverged

    def _sampled(self, rhs, rng):
        """Return solutions, steps and whether they diverged, with sampled terms."""
        v, size = rhs, np.linalg.norm(rhs, axis=0)
        for n_iter in range(1, self.settings.depth + 1):
            batch = self.operator.sample(rng, self.settings.batch_size)
            v = v + rhs - batch @ (v / self.scale)
            if _outgrew(v, size, n_iter).any():
                return v / self.scale, n_iter, True
        return v / self.scale, self.settings.depth, False


def _outgrew(v, size, n_steps):
    """Say which sums are larger than n steps of a series of contractions can be."""
    return ~(np.linalg.norm(v, axis=0) <= _SLACK * (n_steps + 1) * size)
