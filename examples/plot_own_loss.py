"""
Influence for a loss of your own: the area under the ROC curve
==============================================================

Which rows decide how well a score ranks patients? The area under the ROC curve is a
loss of *pairs*, so no row has a loss of its own, and the usual influence function does
not apply. Written with the presence of every row, the loss is all that is needed.

The data are 569 tumours, benign or malignant; a linear score of five measurements is
trained to rank them.
"""

# %%
# A smooth count of the pairs in the wrong order. A pair is present if both of its rows
# are.

import autograd.numpy as np


def pairs_in_wrong_order(theta, X, y, presence):
    """Sum log(1 + exp(-margin)) over all pairs of a malignant and a benign tumour."""
    score = X @ theta
    margin = score[y == 1][:, None] - score[y == 0][None, :]
    present = np.outer(presence[y == 1], presence[y == 0])
    return np.sum(present * np.logaddexp(0, -margin)) / 1000


def linear(theta, X):
    """Return the score by which rows are ranked."""
    return X @ theta


# %%
# Train it on 150 tumours, three of them with the wrong label.

from sklearn.datasets import load_breast_cancer
from sklearn.metrics import roc_auc_score
from sklearn.preprocessing import scale

from sklinfluence import InfluenceExplainer, LossMinimizer

data = load_breast_cancer()
X, y = scale(data.data[:, :5]), 1 - data.target
train, test = slice(0, 150), slice(150, None)
wrong = np.array([11, 60, 127])
y_train = y[train].copy()
y_train[wrong] = 1 - y_train[wrong]

model = LossMinimizer(pairs_in_wrong_order, linear, alpha=0.1).fit(X[train], y_train)
print(f"area under the curve: {roc_auc_score(y[test], model.predict(X[test])):.4f}")

# %%
# The target can be any function of the model: here, the area itself, on the tumours
# that were not trained on, smoothed in the same way so that it changes with every step.


def area(model, X, y):
    """Return the smooth area under the curve, once for each row that is asked for."""
    score = model.predict(X_test)
    margin = score[y_test == 1][:, None] - score[y_test == 0][None, :]
    return np.full(len(X), np.mean(1 / (1 + np.exp(-margin))))


X_test, y_test = X[test], y[test]
explainer = InfluenceExplainer(model, method="newton", target=area)
influence = explainer.fit(X[train], y_train).influence(X[:1])[0]

# %%
# Positive influence means that the ranking of new tumours is better without the row.
# The three wrong labels are among the four largest.

import matplotlib.pyplot as plt

order = np.argsort(-influence)
fig, ax = plt.subplots(figsize=(7, 3.8), layout="constrained")
colors = ["#D55E00" if i in wrong else "0.7" for i in order]
ax.bar(range(len(order)), 1e4 * influence[order], color=colors, width=1.0)
ax.set_xlabel("training rows, by influence")
ax.set_ylabel("change of the area without the row\n(in ten-thousandths)")
ax.bar([0], [0], color="#D55E00", label="wrong label")
ax.legend(frameon=False)
plt.show()

# %%
# One Newton step against retraining without each row.

from sklinfluence.inspection import AgreementDisplay

retrained = InfluenceExplainer(model, method="loo", target=area)
exact = retrained.fit(X[train], y_train).influence(X[:1])
AgreementDisplay.from_arrays(influence[None], exact, unit="area under the curve")
plt.show()
