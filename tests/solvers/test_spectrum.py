import numpy as np
import pytest
from scipy.sparse.linalg import LinearOperator, aslinearoperator

from sklinfluence.solvers import definite_damping
from sklinfluence.solvers._spectrum import dominant_eigenvalue, extreme_eigenvalues

SPECTRA = {
    "positive": (1.0, 50.0),
    "semidefinite": (0.0, 50.0),
    "nearly singular": (1e-9, 50.0),
    "indefinite": (-3.0, 50.0),
    "mostly negative": (-80.0, 5.0),
    "negative": (-80.0, -2.0),
}


class Spread(LinearOperator):
    """A matrix in a basis of cosines, with eigenvalues that crowd at neither end."""

    def __init__(self, p, smallest, largest):
        super().__init__(np.dtype(float), (p, p))
        self.values = np.linspace(smallest, largest, p)
        self.v = np.cos(np.arange(p))[:, None] / np.linalg.norm(np.cos(np.arange(p)))

    def _reflect(self, V):
        return V - 2 * self.v @ (self.v.T @ V)

    def _matmat(self, V):
        return self._reflect(self.values[:, None] * self._reflect(V))


@pytest.mark.parametrize("p", [1, 40, 900])
@pytest.mark.parametrize("name", SPECTRA)
def test_extreme_eigenvalues(p, name):
    operator = Spread(p, *SPECTRA[name])
    found = extreme_eigenvalues(operator)
    size = np.abs(operator.values).max()
    assert found[0] == pytest.approx(operator.values.min(), abs=1e-6 * size)
    assert found[1] == pytest.approx(operator.values.max(), abs=1e-6 * size)


@pytest.mark.parametrize("p", [40, 900])
@pytest.mark.parametrize("name", SPECTRA)
def test_damping_makes_it_definite_with_a_margin(p, name):
    operator = Spread(p, *SPECTRA[name])
    damping = definite_damping(operator)
    smallest, largest = SPECTRA[name]
    left, margin = smallest + damping, 1e-6 * abs(largest) + 0.1 * max(-smallest, 0.0)
    if name == "positive":
        assert damping == 0.0
    else:
        # No more than it takes, either.
        assert left == pytest.approx(
            margin, rel=1e-3, abs=1e-8 * max(*map(abs, SPECTRA[name]))
        )


def test_nothing_has_no_damping():
    assert definite_damping(aslinearoperator(np.zeros((3, 3)))) == 0.0


@pytest.mark.parametrize("values", [[1.0, 2.0, 9.0], [1.0, -9.0, 2.0]])
def test_dominant_eigenvalue_has_its_sign(values):
    operator = aslinearoperator(np.diag(values))
    found = dominant_eigenvalue(operator, np.random.RandomState(0))
    dominant = max(values, key=abs)
    assert found == pytest.approx(dominant, rel=1e-2)
    assert abs(found) <= abs(dominant)


@pytest.mark.parametrize("value", [0.0, np.nan])
def test_dominant_eigenvalue_of_nothing(value):
    operator = aslinearoperator(np.full((3, 3), value))
    found = dominant_eigenvalue(operator, np.random.RandomState(0))
    np.testing.assert_equal(found, value)
