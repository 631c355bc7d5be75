"""Which people move a predicted risk? Recidivism after release, in under a minute.

Run by ``make demo``. The Rossi data (432 people released from prison, followed for a
year; Rossi, Berk & Lenihan, 1980) come with lifelines.
"""

import time

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
import pandas as pd

from sklinfluence import CoxRegressor, InfluenceExplainer
from sklinfluence.datasets import load_rossi
from sklinfluence.inspection import AgreementDisplay, TopObjectsDisplay
from sklinfluence.metrics import agreement

PICTURE = "demo_rossi.png"
N_SHOWN = 4


def main():
    """Fit, attribute, retrain to compare, print a table and write a picture."""
    X, y = load_rossi(return_X_y=True)
    X.index = [f"person {i}" for i in X.index]
    train, test = X.iloc[:-3], X.iloc[-3:]

    start = time.perf_counter()
    explainer = InfluenceExplainer(CoxRegressor(), target="relative_risk")
    explainer.fit(train, y[:-3])
    influence = explainer.influence(test)
    estimated = time.perf_counter() - start
    print(
        f"Cox regression on {len(train)} people, {y[:-3]['event'].sum()} arrests; "
        f"concordance {explainer.score(train, y[:-3]):.3f}.\n"
        f"Influence of {len(train)} people on {len(test)} others: {estimated:.2f} s.\n"
        "The same by retraining without each person:"
    )

    start = time.perf_counter()
    baseline = InfluenceExplainer(
        CoxRegressor(), method="loo", target="relative_risk", verbose=1
    )
    retrained = baseline.fit(train, y[:-3]).influence(test)
    took = time.perf_counter() - start
    result = agreement(influence, retrained)
    print(
        f"{took:.1f} s, {took / estimated:.0f} times as long. Relative error of the "
        f"estimate {result.relative_error:.1%}, correlation {result.pearson:.4f}.\n"
    )

    for t, name in enumerate(test.index):
        show(explainer, test.iloc[[t]], name, retrained[t], train)
    draw(explainer, test, influence, retrained)
    print(f"Picture: {PICTURE}")


def show(explainer, row, name, retrained, train):
    """Print the strongest proponents and opponents of one person."""
    risk = explainer.predict_relative_risk(row)[0]
    top = explainer.top_objects(row, k=N_SHOWN)
    print(f"{name}: {risk:.2f} times the hazard of the average person. Without ...")
    for side, verb in [
        (top.opponents, "falls (opponents)"),
        (top.proponents, "rises (proponents)"),
    ]:
        indices = side.indices[0]
        table = pd.DataFrame(
            {"estimated": side.influence[0], "retrained": retrained[indices]},
            index=side.names[0],
        )
        table = table.map("{:+.4f}".format).join(train.iloc[indices].astype(int))
        print(f"  ... the predicted risk {verb}:")
        print("    " + table.to_string().replace("\n", "\n    "))
    print()


def draw(explainer, test, influence, retrained):
    """Draw the agreement with retraining and the strongest objects of one person."""
    figure, axes = plt.subplots(1, 2, figsize=(11, 4.8), layout="constrained")
    AgreementDisplay.from_arrays(influence, retrained, unit="relative risk", ax=axes[0])
    TopObjectsDisplay.from_explainer(
        explainer, test.iloc[[0]], retrained=retrained[0], ax=axes[1]
    )
    axes[1].set_title(f"{test.index[0]}: who moves the risk", fontsize="medium")
    figure.savefig(PICTURE, dpi=120)


if __name__ == "__main__":
    main()
