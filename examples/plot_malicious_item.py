"""
A malicious item: found by what it does to the ranking of the others
====================================================================

One of twenty items has bought its way to the top of half of the lists, whatever the
query asked for. Nothing in a single list gives it away. Its influence does: without it,
the lists of honest queries would be likelier.
"""

# %%
# Queries with five features rank twenty items. Test queries are those whose lists were
# left alone.

import numpy as np

from sklinfluence import InfluenceExplainer, ListMLERanker
from sklinfluence.datasets import make_ranking

data = make_ranking(
    400, 20, 5, n_listed=5, noise=0.3, malicious_items=1, random_state=0
)
honest = np.flatnonzero(~data.promoted[:, 0])
test = honest[-100:]
train = np.setdiff1d(np.arange(400), test)
X_train, Y_train = data.data[train], data.target[train]
X_test, Y_test = data.data[test], data.target[test]

# %%
# The effect of the removal of every item on the loss of every test list. A part of it
# is no matter of what the model has learned: an item that is not there takes no
# probability from others, nor a place in the list. That is the *direct* effect. What is
# left comes by way of the parameters, and is the honest measure of what an item has
# done to the model.

explainer = InfluenceExplainer(
    ListMLERanker(alpha=1.0), method="newton", target="loss", objects="items"
)
explainer.fit(X_train, Y_train)
total, direct, indirect = (
    explainer.influence(X_test, Y_test, component=component).mean(axis=0)
    for component in ("total", "direct", "indirect")
)
suspect = int(np.argmin(indirect))
print(f"planted: {data.malicious[0]}; found: {suspect}")
print(f"without it, the loss of a list falls by {-total[suspect]:.2f}")

# %%
# Retraining without each item, one after another, says the same.

retrained = InfluenceExplainer(
    ListMLERanker(alpha=1.0), method="loo", target="loss", objects="items"
)
retrained.fit(X_train, Y_train)
truth = retrained.influence(X_test, Y_test, component="indirect").mean(axis=0)
print(f"largest error of the estimate: {abs(indirect - truth).max():.4f}")

# %%
# The picture: items in the order of their indirect effect. All but the malicious one
# hardly matter to the ranking of the others, or help.

import matplotlib.pyplot as plt

order = np.argsort(indirect)
places = np.arange(20)
fig, ax = plt.subplots(figsize=(6.4, 4.2), layout="constrained")
bars = ax.bar(
    places, indirect[order], color="#0072b2", label="estimate (one Newton step)"
)
bars[0].set_color("#d55e00")
ax.scatter(places, truth[order], s=18, color="black", zorder=3, label="retrained")
ax.axhline(0.0, color="0.4", linewidth=1)
ax.annotate(
    f"item {suspect}: lists would be likelier without it",
    (0, indirect[suspect]),
    xytext=(2.2, 0.9 * indirect[suspect]),
    color="#d55e00",
    arrowprops={"arrowstyle": "-", "color": "#d55e00"},
)
ax.set_xticks(places, order)
ax.set_xlabel("item removed")
ax.set_ylabel("change of the loss of an honest list,\nthrough the parameters")
ax.legend(frameon=False)
plt.show()

# %%
# What it did to the query whose list suffers most through the parameters. The item is
# not only in a place that it should not have: it has moved others, too.

from sklinfluence.inspection import RankingChangeDisplay

harm = explainer.influence(X_test, Y_test, component="indirect")[:, suspect]
query = int(np.argmin(harm))
RankingChangeDisplay.from_explainer(explainer, X_test[[query]], suspect)
plt.show()
