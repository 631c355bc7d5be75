import numpy as np
import pytest


@pytest.fixture
def rng():
    """A generator that no other test draws from."""
    return np.random.default_rng(7)
