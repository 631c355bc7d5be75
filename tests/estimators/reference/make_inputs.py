"""Write the CSV files that coxph.R reads to a new temporary folder; print its path."""

import pathlib
import tempfile

import numpy as np
import pandas as pd
from lifelines import datasets


def tiny(n=40, seed=0):
    """Heavily tied, left-truncated, weighted data in two strata; `time > entry`."""
    rng = np.random.default_rng(seed)
    normal = rng.normal(size=(n, 2)).round(2) + 0.0  # no minus zero
    X = np.column_stack([normal, rng.integers(0, 2, size=n)])
    scale = 5 * np.exp(-X @ [0.6, -0.4, 0.5])
    entry = rng.integers(0, 4, size=n)
    span = np.ceil(np.clip(rng.exponential(scale), 0.1, 7)).astype(int)
    return pd.DataFrame(
        {
            "entry": entry,
            "time": entry + span,
            "event": (rng.random(n) < 0.75).astype(int),
            "weight": rng.choice([0.5, 1.0, 1.0, 1.5, 2.0, 3.25], size=n),
            "stratum": rng.integers(0, 2, size=n),
            "x1": X[:, 0],
            "x2": X[:, 1],
            "x3": X[:, 2].astype(int),
        }
    )


def gbsg2():
    """GBSG-2 with its two-level factors coded 0/1 and the grade 1, 2, 3."""
    data = datasets.load_gbsg2()
    return data.assign(
        horTh=(data["horTh"] == "yes").astype(int),
        menostat=(data["menostat"] == "Post").astype(int),
        tgrade=data["tgrade"].str.len(),
    )


if __name__ == "__main__":
    folder = pathlib.Path(tempfile.mkdtemp(prefix="coxph-"))
    for name, data in {
        "rossi": datasets.load_rossi(),
        "lung": datasets.load_lung(),
        "stanford": datasets.load_stanford_heart_transplants(),
        "gbsg2": gbsg2(),
        "tiny": tiny(),
    }.items():
        data.to_csv(folder / f"{name}.csv", index=False)
    print(folder)
