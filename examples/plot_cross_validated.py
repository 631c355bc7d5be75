"""
Does it help to remove the rows that hurt?
==========================================

Out-of-fold attribution finds training rows that raise the loss of rows the model has
not seen. It is tempting to remove them. Whether the model is better for it can only be
told on rows that took no part in the choice. This example does that three times: where
labels are wrong, where they are as they were published, and for a survival model. It
helps much, hardly, and not at all.
"""

# %%
# First the attribution itself. A tenth of the training labels of the breast cancer
# data are flipped. :func:`~sklinfluence.cross_val_influence` holds out each fifth of
# the training rows and says what the removal of any other row does to its loss: a mean
# over held-out rows, and a spread over folds. Test rows, four tenths, are put aside.

import numpy as np
from sklearn.datasets import load_breast_cancer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sklinfluence import CoxRegressor, InfluenceExplainer, cross_val_influence
from sklinfluence.datasets import load_gbsg2

N_REMOVED, SEEDS = 30, range(10)
classifier = make_pipeline(StandardScaler(), LogisticRegression(C=0.1, tol=1e-8))


def tumours(seed, share_wrong):
    """Split the tumours, and flip a share of the training labels."""
    X, y = load_breast_cancer(return_X_y=True)
    parts = train_test_split(X, y, test_size=0.4, random_state=seed, stratify=y)
    X_train, X_test, y_train, y_test = parts
    n_wrong = round(share_wrong * len(y_train))
    wrong = np.random.default_rng(seed).permutation(len(y_train))[:n_wrong]
    y_train[wrong] = 1 - y_train[wrong]
    return X_train, X_test, y_train, y_test, wrong


X_train, _, y_train, _, wrong = tumours(0, 0.1)
explainer = InfluenceExplainer(classifier, target="loss")
result = cross_val_influence(explainer, X_train, y_train, cv=5)
worst = np.argsort(result.mean)[:N_REMOVED]
print("row  mean change of the held-out loss  spread over folds  flipped")
for i in worst[:5]:
    flipped = "yes" if i in wrong else "no"
    print(f"{i:3} {result.mean[i]:+27.5f} {result.std[i]:22.5f} {flipped:>12}")
found = np.isin(worst, wrong).sum()
print(f"of the {N_REMOVED} rows that hurt most, {found} are flipped")

# %%
# Spreads are larger than means: a row that hurts in one fold may help in another.
# Flipped rows are far more often among the worst than a tenth of the time, but half of
# the worst are not flipped.
#
# Now remove the thirty that hurt most and look at the rows that were put aside; for
# comparison, remove thirty at random. Ten splits each, since one proves nothing.
# Classifiers are judged by the log-loss, the Cox model by its concordance.

from sklearn.metrics import log_loss


def cancer_patients(seed):
    """Split the women with breast cancer."""
    X, y = load_gbsg2(return_X_y=True)
    parts = train_test_split(
        X, y, test_size=0.4, random_state=seed, stratify=y["event"]
    )
    X_train, X_test, y_train, y_test = parts
    return X_train.to_numpy(), X_test.to_numpy(), y_train, y_test


def negative_log_loss(model, X, y):
    """Return minus the log-loss: larger is better."""
    return -log_loss(y, model.predict_proba(X))


def concordance(model, X, y):
    """Return the concordance."""
    return model.score(X, y)


def gains(model, data, score):
    """Return what removal adds to the test score: of the worst, and at random."""
    X_train, X_test, y_train, y_test = data
    explainer = InfluenceExplainer(model, target="loss")
    order = np.argsort(cross_val_influence(explainer, X_train, y_train, cv=5).mean)
    before = score(model.fit(X_train, y_train), X_test, y_test)
    after = []
    for kept in (order, np.random.default_rng(1234).permutation(len(order))):
        kept = kept[N_REMOVED:]
        model.fit(X_train[kept], y_train[kept])
        after.append(score(model, X_test, y_test) - before)
    return after


cox = CoxRegressor(ties="efron")
studies = {
    "10 % of labels flipped\n(minus log-loss)": [
        gains(classifier, tumours(seed, 0.1)[:4], negative_log_loss) for seed in SEEDS
    ],
    "published labels\n(minus log-loss)": [
        gains(classifier, tumours(seed, 0.0)[:4], negative_log_loss) for seed in SEEDS
    ],
    "Cox, published data\n(concordance)": [
        gains(cox, cancer_patients(seed), concordance) for seed in SEEDS
    ],
}
print(f"{'':42}  worst removed          at random")
for name, pairs in studies.items():
    worst, chance = np.array(pairs).T
    print(
        f"{name.replace(chr(10), ' '):42} {worst.mean():+.4f}, better in "
        f"{(worst > 0).sum():2}/10   {chance.mean():+.4f}"
    )

# %%
# The picture: a dot for each split.

import matplotlib.pyplot as plt

fig, axes = plt.subplots(1, 3, figsize=(9.4, 3.8), layout="constrained")
for ax, (name, pairs) in zip(axes, studies.items(), strict=True):
    title, unit = name.split("\n")
    for place, color, values in zip(
        (0, 1), ("#D55E00", "#0072B2"), np.array(pairs).T, strict=True
    ):
        x = place + np.linspace(-0.15, 0.15, len(values))
        ax.plot(x, values, "o", color=color, alpha=0.8)
        ax.plot([place - 0.25, place + 0.25], [values.mean()] * 2, color="black")
    ax.axhline(0, color="0.6", lw=1)
    ax.set_xticks([0, 1], ["the worst", "at random"])
    ax.set_xlim(-0.5, 1.5)
    ax.set_xlabel(f"{N_REMOVED} rows removed")
    ax.set_ylabel(f"gain on test rows {unit}")
    ax.set_title(title, fontsize="medium")
plt.show()

# %%
# Wrong labels are worth removing: the loss on new rows falls in every split. With the
# labels as published it falls in most splits, by little, and rises in the others. The
# Cox model is *worse* without the women who seem to hurt it, in nearly every split, and
# more so than without women drawn at random. A negative influence is a reason to look
# at a row, not to delete it.
