import numpy as np
import pytest
from scipy.sparse.linalg import LinearOperator

from sklinfluence.solvers import AutoSolver, ConjugateGradientSolver, ExplicitSolver

P = 40


class Products(LinearOperator):
    """A matrix that is known by its products."""

    def __init__(self):
        super().__init__(np.dtype(float), (P, P))
        self.matrix = np.diag(np.geomspace(1.0, 1e3, P))

    def _matmat(self, V):
        return self.matrix @ V


class Matrix(Products):
    """A matrix that can be had as such."""

    def to_dense(self):
        return self.matrix


@pytest.mark.parametrize(
    ("operator", "max_explicit", "kind"),
    [
        (Matrix, P, ExplicitSolver),
        (Matrix, P - 1, ConjugateGradientSolver),
        (Products, 4 * P, ExplicitSolver),
        (Products, 4 * P - 1, ConjugateGradientSolver),
    ],
)
def test_choice_by_size_and_structure(operator, max_explicit, kind):
    solver = AutoSolver(max_explicit=max_explicit, rank=7, tol=1e-9, random_state=5)
    operator, rhs = operator(), np.ones((P, 2))
    result = solver.solve(operator, rhs)
    assert type(solver.chosen_) is kind
    assert f"Chosen for {P} parameters: {kind.__name__}" in result.detail
    assert result.converged
    error = np.linalg.norm(operator.matrix @ result.x - rhs)
    assert error <= 1e-9 * np.linalg.norm(rhs)


def test_settings_reach_what_is_chosen():
    solver = AutoSolver(max_explicit=0, rank=7, tol=1e-9, random_state=5)
    solver.prepare(Products())
    sketch = solver.chosen_.preconditioner
    assert solver.chosen_.tol == 1e-9
    assert (sketch.rank, sketch.random_state) == (7, 5)


def test_settings_are_checked():
    with pytest.raises(ValueError, match="max_explicit"):
        AutoSolver(max_explicit=-1).prepare(Matrix())


def test_many_systems_are_worth_a_factor():
    solver, operator = AutoSolver(max_explicit=10, rank=7), Matrix()
    operator.n_systems = 1
    solver.prepare(operator)
    assert type(solver.chosen_) is ExplicitSolver
    assert solver.prepare(operator).inverse_columns([0, 1]).shape == (P, 2)


def test_blocks_precondition_where_there_are_such():
    operator = Products()
    operator.block_preconditioner = ConjugateGradientSolver(preconditioner="diagonal")
    solver = AutoSolver(max_explicit=10)
    solver.prepare(operator)
    assert solver.chosen_.preconditioner == "blocks"
