import pytest
from sklearn.base import BaseEstimator, clone

from sklinfluence.utils._named import NamedParametersMixin


class Engine(BaseEstimator):
    def __init__(self, power=1.0):
        self.power = power


class Rotor(BaseEstimator):
    def __init__(self, blades=2):
        self.blades = blades


class Craft(NamedParametersMixin, BaseEstimator):
    _named = {"drive": {"engine": Engine, "rotor": Rotor}}

    def __init__(self, drive="engine", colour="red"):
        self.drive = drive
        self.colour = colour


def test_a_name_stays_a_name_until_a_parameter_needs_more():
    craft = Craft().set_params(colour="blue")
    assert craft.drive == "engine"
    assert craft.colour == "blue"


def test_a_nested_parameter_makes_the_instance():
    craft = Craft().set_params(drive__power=7.0)
    assert isinstance(craft.drive, Engine)
    assert craft.drive.power == 7.0


def test_a_name_and_its_parameter_are_set_together():
    craft = Craft().set_params(drive="rotor", drive__blades=5)
    assert isinstance(craft.drive, Rotor)
    assert craft.drive.blades == 5


def test_an_instance_is_kept():
    engine = Engine(2.0)
    craft = Craft(engine).set_params(drive__power=3.0)
    assert craft.drive is engine
    assert engine.power == 3.0


def test_set_params_returns_the_estimator_and_survives_cloning():
    craft = Craft()
    assert craft.set_params(drive__power=3.0) is craft
    assert clone(craft).drive.power == 3.0


@pytest.mark.parametrize("drive", ["engine", "sail"])
def test_unknown_parameters_are_refused(drive):
    with pytest.raises((ValueError, AttributeError)):
        Craft(drive).set_params(drive__wind=1.0)
