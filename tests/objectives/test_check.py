import numpy as np
import pytest

from sklinfluence.objectives import ComposedObjective, check_objective

DERIVATIVES = ["gradient", "hessian_product", "hessian", "removal_gradients"]


def test_cox_objectives_of_all_kinds_pass(composed, theta):
    errors = check_objective(composed, theta)
    # Closed forms against autograd and deletion agree far beyond finite differences.
    exact = [error for key, error in errors.items() if "finite" not in key]
    assert max(exact) < 1e-10


def test_autograd_objectives_pass(plain, theta):
    check_objective(plain, theta)


def test_every_derivative_is_compared(one, theta):
    found = {key.split(": ")[-1].split(",")[0] for key in check_objective(one, theta)}
    assert found == {
        *DERIVATIVES,
        "removal_products",
        "removal_gradients of a group",
    }


@pytest.fixture
def broken(one):
    """Make the objective with a derivative that is wrong in one entry."""

    def make(name, wrong):
        class Broken(ComposedObjective):
            pass

        setattr(Broken, name, wrong)
        return Broken(one.loss, one.model, one.alpha)

    return make


def scaled(name):
    def wrong(self, *args, **kwargs):
        out = np.array(getattr(ComposedObjective, name)(self, *args, **kwargs))
        out.flat[0] *= 1.001
        return out

    return wrong


@pytest.mark.parametrize("name", [*DERIVATIVES, "removal_products"])
def test_a_wrong_derivative_is_named(broken, theta, name):
    with pytest.raises(AssertionError, match=rf"disagrees .*'[a-z: ]*{name},"):
        check_objective(broken(name, scaled(name)), theta)


def test_a_right_derivative_is_not_named(broken, theta):
    with pytest.raises(AssertionError) as caught:
        check_objective(broken("hessian", scaled("hessian")), theta)
    assert "gradient" not in str(caught.value)


def test_presence_that_is_ignored_shows_with_half_of_the_objects(broken, theta):
    def everyone(self, theta, presence=None):
        little = 0.0 if presence is None else 1e-9 * presence.sum()
        return ComposedObjective.gradient(self, theta) + little

    with pytest.raises(AssertionError, match=r"'half: gradient, autograd'") as caught:
        check_objective(broken("gradient", everyone), theta)
    assert "all: gradient" not in str(caught.value)


def test_presence_that_changes_nothing_at_all_is_found(broken, theta):
    # Deletion then says that every removal gradient is exactly zero.
    def everyone(self, theta, presence=None):
        return ComposedObjective.gradient(self, theta)

    with pytest.raises(AssertionError, match="'removal_gradients, deletion'"):
        check_objective(broken("gradient", everyone), theta)


def test_groups_taken_for_sums_of_their_members_are_named(broken, theta):
    def members(self, theta, removals=None):
        each = ComposedObjective.removal_gradients(self, theta)
        if removals is None:
            return each
        return np.stack([each[removal].sum(axis=0) for removal in removals])

    with pytest.raises(AssertionError, match="'removal_gradients of a group"):
        check_objective(broken("removal_gradients", members), theta)


def test_a_derivative_that_is_not_a_number_is_named(broken, theta):
    def nan(self, theta, presence=None):
        return np.full(3, np.nan)

    with pytest.raises(AssertionError, match="'all: gradient, autograd': nan"):
        check_objective(broken("gradient", nan), theta)


def test_a_value_that_differs_from_its_derivatives_is_found(broken, theta):
    def value(self, theta, presence=None):
        return 1.001 * ComposedObjective.value(self, theta, presence)

    with pytest.raises(AssertionError, match="Check the closed forms named, or the v"):
        check_objective(broken("value", value), theta)


def test_rtol_is_the_border(broken, theta):
    objective = broken("hessian", scaled("hessian"))
    errors = check_objective(objective, theta, rtol=0.1)
    assert 1e-6 < max(errors.values()) < 0.1


def test_random_state_makes_it_repeatable(one, theta):
    first, again, other = (
        check_objective(one, theta, random_state=seed) for seed in (0, 0, 1)
    )
    assert first == again
    assert first != other
