"""
Signs that are certain without a single refit
=============================================

Does a training row push a prediction up or down? An estimate of influence with a bound
that is smaller than itself answers with certainty. This example counts the signs that
are certain, and shows what makes bounds smaller: one Newton step, a penalty, and more
data.

The data are 686 women with breast cancer (German Breast Cancer Study Group 2), the
event is a recurrence or death.
"""

# %%
# The log-risk of one woman, attributed to all others: an estimate for each, by the
# versatile influence function (VIF), and a bound on its distance from exact removal.

import numpy as np

from sklinfluence import CoxRegressor, InfluenceExplainer
from sklinfluence.datasets import load_gbsg2

X, y = load_gbsg2(return_X_y=True)
X = (X - X.mean()) / X.std()
X_train, y_train, woman = X[1:], y[1:], X[:1]
model = CoxRegressor(ties="efron")


def estimate_and_bound(method, model=model, n=685):
    """Return the influence of the first n women on the log-risk of the one."""
    explainer = InfluenceExplainer(model, method, target="log_risk")
    explainer.fit(X_train[:n], y_train[:n])
    influence, bound = explainer.influence(woman, return_bound=True)
    return influence[0], bound[0]


vif, vif_bound = estimate_and_bound("vif")
newton, newton_bound = estimate_and_bound("newton")

# %%
# A sign is certain where zero is further away than the bound. Nothing was refitted to
# know that.

n = len(X_train)
for name, influence, bound in [
    ("VIF", vif, vif_bound),
    ("Newton step", newton, newton_bound),
]:
    certain = np.abs(influence) > bound
    print(f"{name:12} {certain.sum()} of {n} signs are certain ({certain.mean():.1%})")

# %%
# Is it true? Each woman is left out and the model is fitted again. All changes are
# within the bounds, and no sign that was certain is wrong.

retraining = InfluenceExplainer(model, method="loo", target="log_risk")
exact = retraining.fit(X_train, y_train).influence(woman)[0]
for name, influence, bound in [
    ("VIF", vif, vif_bound),
    ("Newton step", newton, newton_bound),
]:
    inside = np.abs(influence - exact) <= bound
    certain = np.abs(influence) > bound
    wrong = np.sign(influence) != np.sign(exact)
    print(
        f"{name:12} {inside.sum()} of {n} are inside the bound; wrong signs: "
        f"{(wrong & certain).sum()} of the certain, {(wrong & ~certain).sum()} others"
    )
    assert inside.all()
    assert not (wrong & certain).any()

# %%
# Intervals in the order of the estimates. On the left are all women, on the right those
# with the smallest effects by VIF. Most signs that are not certain belong to small
# effects, but not all: the woman with the widest bound has one of the largest effects.
# VIF is far off for her, too, and the bound, which leaves the picture, says so.

import matplotlib.pyplot as plt

order = np.argsort(vif)
small = order[np.abs(vif[order]) <= np.sort(np.abs(vif))[59]]
fig, axes = plt.subplots(1, 2, figsize=(9.5, 4.2), layout="constrained")
for ax, shown, size, width in [(axes[0], order, 3, 1), (axes[1], small, 4, 4)]:
    place = np.arange(len(shown))
    certain = np.abs(vif[shown]) > vif_bound[shown]
    for which, color, label in [
        (certain, "#9ecae1", "VIF ± bound, sign certain"),
        (~certain, "#E69F00", "VIF ± bound, sign not certain"),
    ]:
        rows = shown[which]
        low, high = vif[rows] - vif_bound[rows], vif[rows] + vif_bound[rows]
        ax.vlines(place[which], low, high, color=color, lw=width, label=label)
    ax.plot(place, exact[shown], "o", ms=size, mew=0, color="#0072B2", label="exact")
    ax.axhline(0, color="0.4", linewidth=0.8)
    ax.set_ylabel("change of the log-risk without the woman")
axes[0].set_ylim(-0.06, 0.06)
axes[0].set_xlabel("all training women, by VIF")
axes[1].set_xlabel("the 60 with the smallest effects, by VIF")
axes[0].legend(frameon=False, loc="upper left")
plt.show()

uncertain = np.abs(vif) <= vif_bound
widest = np.argmax(vif_bound)
print(f"not certain: {uncertain.sum()}, of these on the right {uncertain[small].sum()}")
print(f"widest: {vif[widest]:.3f} ± {vif_bound[widest]:.3f}, exact {exact[widest]:.3f}")

# %%
# What makes a bound small? The error of VIF is of the first order in the share of the
# curvature that a woman holds, that of a Newton step of the second. A penalty adds
# curvature that nobody holds, and with more women each holds less. So both bounds
# shrink, and that of the Newton step is the smaller one throughout. Where the theorem
# promises nothing, the bound is nan, and counts as infinite.


def summary(influence, bound):
    """Return the median bound in median effects, and the share of certain signs."""
    bound = np.nan_to_num(bound, nan=np.inf)
    return (
        np.median(bound) / np.median(np.abs(influence)),
        np.mean(np.abs(influence) > bound),
    )


alphas, sizes = [0, 10, 100, 1000], [85, 171, 342, 685]
settings = {
    "penalty alpha": (
        alphas,
        [(CoxRegressor(alpha=a, ties="efron"), n) for a in alphas],
    ),
    "training women": (sizes, [(model, size) for size in sizes]),
}
methods = {"VIF": ("vif", "#0072B2", "o-"), "Newton step": ("newton", "#D55E00", "s--")}
fig, axes = plt.subplots(1, 2, figsize=(9, 3.8), sharey=True, layout="constrained")
for ax, (label, (values, cases)) in zip(axes, settings.items(), strict=True):
    for name, (method, color, style) in methods.items():
        results = [summary(*estimate_and_bound(method, *case)) for case in cases]
        ratios = [ratio for ratio, _ in results]
        ax.plot(range(len(values)), ratios, style, color=color, label=name)
        print(f"{name}, by {label}")
        for value, (ratio, share) in zip(values, results, strict=True):
            print(f"{value:6} bound {ratio:.2g} of an effect, {share:.1%} certain")
    ax.set_xticks(range(len(values)), [str(v) for v in values])
    ax.set_xlabel(label)
    ax.set_yscale("log")
axes[0].set_ylabel("median bound / median effect")
axes[1].legend(frameon=False)
plt.show()

# %%
# With more women there are more effects near zero, too. So the share of certain signs
# need not grow with every one of them, though the bounds shrink.
