import os
from pathlib import Path

import numpy as np
import pytest

BESIDE_THE_PROJECT = Path(__file__).parents[2] / "shared" / "data"


@pytest.fixture(scope="session")
def data_folder():
    """Folder of the files of the larger data sets; tests that need it are skipped."""
    named = os.environ.get("SKLINFLUENCE_DATA")
    for folder in (named and Path(named).expanduser(), BESIDE_THE_PROJECT):
        if folder and folder.is_dir():
            return folder
    pytest.skip("no data folder: SKLINFLUENCE_DATA names none, no ../shared/data")


# Zachary's karate club: of each member, the neighbours of a larger number.
_KARATE = """
1 2 3 4 5 6 7 8 10 11 12 13 17 19 21 31; 2 3 7 13 17 19 21 30; 3 7 8 9 13 27 28 32;
7 12 13; 6 10; 6 10 16; 16; ; 30 32 33; 33; ; ; ; 33; 32 33; 32 33; ; ; 32 33; 33;
32 33; ; 32 33; 25 27 29 32 33; 25 27 31; 31; 29 33; 33; 31 33; 32 33; 32 33; 32 33;
33;
"""


@pytest.fixture
def karate(karate_matrix):
    """Return the adjacency matrix of the karate club, without weights."""
    return karate_matrix.copy()


@pytest.fixture(scope="session")
def karate_matrix():
    """Return the same for many tests, which do not change it."""
    A = np.zeros((34, 34))
    for member, others in enumerate(_KARATE.split(";")):
        A[member, [int(other) for other in others.split()]] = 1.0
    return A + A.T


@pytest.fixture
def graphs():
    """Return graphs with everything that may be special, by name."""
    path = np.zeros((5, 5))
    path[[0, 1, 2], [1, 2, 3]] = 1.0  # node 4 is isolated
    path = path + path.T
    weighted = path.copy()
    weighted[0, 1] = weighted[1, 0] = 3.5
    weighted[2, 2] = 0.5  # a self-loop
    directed = np.zeros((5, 5))
    # Node 3 is a sink, and nothing leads to node 4.
    directed[[0, 0, 1, 2, 2, 4], [1, 2, 2, 0, 3, 0]] = [1.0, 2.0, 1.0, 0.3, 1.0, 2.0]
    parts = np.zeros((6, 6))
    parts[[0, 1, 3, 4, 3], [1, 2, 4, 5, 5]] = 1.0
    return {
        "isolated node": path,
        "weighted with a loop": weighted,
        "directed": directed,
        "disconnected": parts + parts.T,
    }
