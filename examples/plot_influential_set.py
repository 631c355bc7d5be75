"""
Does a hazard ratio hang on a few people?
=========================================

A confidence interval says what another sample might have given. It does not say how
few people in *this* sample one must leave out to turn the result around. This example
finds them, for the effect of financial aid on the risk of an arrest.

The data are those of Rossi, Berk & Lenihan (1980): 432 people released from prison,
half of whom received financial aid, followed for a year.
"""

# %%
# Aid lowers the hazard of an arrest by a third, at about two standard errors from no
# effect.

import numpy as np

from sklinfluence import CoxRegressor, InfluenceExplainer
from sklinfluence.datasets import load_rossi

X, y = load_rossi(return_X_y=True)
explainer = InfluenceExplainer(CoxRegressor(ties="efron")).fit(X, y)
model = explainer.estimator_
coefficient, error = model.coef_[0], model.standard_errors_[0]
print(f"hazard ratio of aid: {np.exp(coefficient):.2f}, z = {coefficient / error:.2f}")

# %%
# Look for a small set of people without whom aid would seem to raise the hazard. They
# are removed one after the other, each the most influential on the model that is left,
# and the result is verified by fitting the model again.

from sklinfluence.diagnostics import most_influential_set

flip = most_influential_set(explainer, "fin")
print(f"{flip.size} of {len(X)} people turn {flip.before:.3f} into {flip.refitted:.3f}")

# %%
# Who are they? Most got no aid and were arrested, though they had few convictions. The
# others got aid and were not arrested, with ten to fifteen convictions.

people = X.loc[flip.names].assign(
    week=y["time"][flip.indices], arrested=y["event"][flip.indices]
)
people.head(8)

# %%
# For comparison: the people whose removal makes aid look most helpful, and people
# drawn at random, removed at once by a Newton step. The curves show the hazard ratio
# as more and more people go.

import matplotlib.pyplot as plt

down = most_influential_set(explainer, "fin", size=flip.size, direction="down")
rng = np.random.default_rng(0)
newton = InfluenceExplainer(
    CoxRegressor(ties="efron"), method="newton", target="parameter"
).fit(X, y)
sizes = np.arange(1, flip.size + 1)
draws = [rng.permutation(len(X))[:k] for k in sizes for _ in range(40)]
by_chance = newton.influence(groups=draws)[0].reshape(len(sizes), 40)
low, high = np.exp(coefficient + np.quantile(by_chance, [0.05, 0.95], axis=1))

fig, ax = plt.subplots(figsize=(7, 4), layout="constrained")
for found, color, label in [
    (flip, "#D55E00", "to weaken the effect"),
    (down, "#0072B2", "to strengthen it"),
]:
    ratio = np.exp(found.path["estimated"])
    ax.plot(found.path["size"], ratio, "o-", markersize=4, color=color, label=label)
ax.fill_between(sizes, low, high, color="0.8", label="at random (90 % of draws)")
ax.axhline(1, color="0.3", linewidth=0.8, linestyle="--")
ax.set_xticks(range(0, flip.size + 1, 3))
ax.set_xlabel("people removed")
ax.set_ylabel("hazard ratio of financial aid")
ax.set_yscale("log")
ax.set_yticks([0.4, 0.5, 0.7, 1.0], ["0.4", "0.5", "0.7", "1.0"])
ax.minorticks_off()
ax.legend(frameon=False, title="removed")
plt.show()

# %%
# The set is found greedily, so a smaller one may exist: its size is an upper bound.
# Four per cent of the people carry the sign, where chance would hardly move the ratio.
#
# A small standard error is no protection. The effect of earlier convictions, at three
# standard errors, hangs on fewer people: a few with very many convictions have most of
# the leverage.

prio = most_influential_set(explainer, "prio")
print(f"prio: {prio.size} people turn {prio.before:.3f} into {prio.refitted:.3f}")
X.loc[prio.names].assign(
    week=y["time"][prio.indices], arrested=y["event"][prio.indices]
)
