import os
from pathlib import Path

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
