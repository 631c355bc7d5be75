import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
import pytest

from sklinfluence import CoxRegressor, InfluenceExplainer
from sklinfluence.datasets import load_rossi


@pytest.fixture(autouse=True)
def _close_figures():
    yield
    plt.close("all")


@pytest.fixture(scope="session")
def explained():
    X, y = load_rossi(return_X_y=True)
    X.index = [f"p{i}" for i in X.index]
    return InfluenceExplainer(CoxRegressor(), target="relative_risk").fit(X, y)
