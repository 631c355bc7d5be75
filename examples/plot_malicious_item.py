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

from sklinfluence.inspection import RankingChangeDisplay, TopObjectsDisplay

order = np.argsort(-indirect)
unit = "loss of an honest list,\nthrough the parameters"
display = TopObjectsDisplay(order, indirect[order], truth[order], unit).plot()
display.ax_.set_ylabel("item removed")
plt.show()

# %%
# What it did to the query whose list suffers most through the parameters. The item is
# not only in a place that it should not have: it has moved others, too.

harm = explainer.influence(X_test, Y_test, component="indirect")[:, suspect]
query = int(np.argmin(harm))
RankingChangeDisplay.from_explainer(explainer, X_test[[query]], suspect)
plt.show()
