"""Accuracy of VIF against clone-and-refit on seven survival data sets.

    python benchmarks/cox_datasets.py

Log-risk of held-out subjects, no penalty, Efron's ties: the table of the user guide. A
random fifth is held out, for METABRIC and SUPPORT the published test rows, of which the
first 100 are used.
"""

import numpy as np
from paper_setting import data_folder

from sklinfluence import CoxRegressor, InfluenceExplainer, datasets
from sklinfluence.metrics import agreement

COLUMNS = "{:10} {:>7} {:>10} {:>11} {:>6} {:>14}"


def main():
    """Print a line for each data set."""
    print(
        COLUMNS.format(
            "data", "trained", "covariates", "correlation", "slope", "relative error"
        )
    )
    for name, X_train, y_train, X_test in splits():
        vif, loo = (
            InfluenceExplainer(CoxRegressor(ties="efron"), method=method, n_jobs=2)
            .fit(X_train, y_train)
            .influence(X_test)
            for method in ("vif", "loo")
        )
        result = agreement(vif, loo)
        print(
            COLUMNS.format(
                name,
                *X_train.shape,
                f"{result.pearson:.5f}",
                f"{result.slope:.3f}",
                f"{result.relative_error:.3f}",
            )
        )


def splits():
    """Yield the name, training rows, their targets and test rows of each data set."""
    for name in ("support", "metabric"):
        fetch = getattr(datasets, f"fetch_{name}")
        train = fetch(subset="train", data_home=data_folder())
        test = fetch(subset="test", data_home=data_folder())
        yield name, train.data, train.target, test.data[:100]
    for name in ("kidney_transplant", "rossi", "larynx", "lung", "gbsg2"):
        X, y = getattr(datasets, f"load_{name}")(return_X_y=True)
        X = X.drop(columns="inst", errors="ignore")  # lung: a code, not a quantity
        order = np.random.default_rng(0).permutation(len(X))
        test, train = np.split(order, [len(X) // 5])
        yield name.split("_")[0], X.iloc[train], y[train], X.iloc[test]


if __name__ == "__main__":
    main()
