"""The data of the paper's Cox experiments: METABRIC and SUPPORT, split and scaled."""

import os
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

from sklinfluence.datasets import fetch_metabric, fetch_support

DATASETS = {"METABRIC": fetch_metabric, "SUPPORT": fetch_support}


class Split(NamedTuple):
    """Standardised covariates and survival targets; a fifth of the rest is unused."""

    X_train: np.ndarray
    y_train: np.ndarray
    X_test: np.ndarray


def load(name):
    """Load a data set and split it 80/20, then 80/20, by the paper's random seed."""
    data = DATASETS[name](data_home=data_folder())
    rows = pd.DataFrame(index=range(len(data.target)))
    np.random.seed(0)  # noqa: NPY002 - the seed of the original experiments
    test = rows.sample(frac=0.2).index
    rest = rows.drop(test)
    train = rest.drop(rest.sample(frac=0.2).index).index
    X = np.asarray(data.data, dtype=float)
    X = (X - X[train].mean(axis=0)) / X[train].std(axis=0)
    return Split(X[train], data.target[train], X[test])


def data_folder():
    """Return the folder that holds the data files."""
    beside = Path(__file__).parents[2] / "shared" / "data"
    return Path(os.environ.get("SKLINFLUENCE_DATA", beside))
