"""
A hospital is more than the sum of its patients
===============================================

Would the conclusions of a trial be the same without one of its centres? Influence of a
single patient says what happens without that patient *while the others stay*. This
example compares sums of single influences with the removal of whole groups.

The data are 167 patients with advanced lung cancer (NCCTG; Loprinzi et al., 1994) from
17 institutions. The event is death.
"""

# %%
# The institution is no covariate here. It only says who is removed together.

import numpy as np

from sklinfluence import CoxRegressor, InfluenceExplainer
from sklinfluence.attribution import NewtonInfluence
from sklinfluence.datasets import load_lung

X, y = load_lung(return_X_y=True)
institution = X.pop("inst").astype(int).to_numpy()
codes, sizes = np.unique(institution, return_counts=True)
print(dict(zip(codes.tolist(), sizes.tolist(), strict=True)))


def influence(method, groups=None):
    """Return the influence of patients, or of groups, on the coefficients."""
    explainer = InfluenceExplainer(CoxRegressor(ties="efron"), method, "parameter")
    return explainer.fit(X, y).influence(groups=groups)


# %%
# Five answers for each institution. With ``groups``, a label for each patient, patients
# are removed together. The groups come in the order of their labels.

single = influence("vif")
single_exact = influence("loo")


def sums(single, groups):
    """Add up the influence of the patients of each group."""
    return np.stack([single[:, group].sum(axis=1) for group in groups], axis=1)


members = [np.flatnonzero(institution == code) for code in codes]
retrained = influence("loo", institution)
answers = {
    "sum of single, VIF": sums(single, members),
    "sum of single, retrained": sums(single_exact, members),
    "group, VIF": influence("vif", institution),
    "group, Newton step": influence("newton", institution),
    "group, two Newton steps": influence(NewtonInfluence(2), institution),
}

# %%
# The same for the removal of all groups by retraining: the truth. Coefficients are
# compared in units of their standard errors, since their own units differ.

model = CoxRegressor(ties="efron").fit(X, y)
errors = model.standard_errors_[:, None]


def relative_error(estimate, truth):
    """Return the error as a share of the effect, in standard errors."""
    return np.linalg.norm((estimate - truth) / errors) / np.linalg.norm(truth / errors)


for name, answer in answers.items():
    print(f"{name:25} {relative_error(answer, retrained):.4f}")

# %%
# Even the exact single influences, by retraining, do not add up to the influence of the
# group: with every patient who goes, the rest have more say. And the group by VIF is no
# better than the sum of its patients by VIF, since the curvature of the group stays in
# the Hessian. A Newton step takes it out.
#
# On the left, the effect of the larger institutions on one coefficient. On the right,
# random groups of patients of growing size.

import matplotlib.pyplot as plt

STYLES = {
    "sum of single, VIF": ("#56B4E9", "v"),
    "sum of single, retrained": ("#009E73", "^"),
    "group, VIF": ("#0072B2", "o"),
    "group, Newton step": ("#D55E00", "s"),
}
rng = np.random.default_rng(0)
random_sizes = [1, 2, 5, 10, 20, 40, 80]
by_size = {name: [] for name in STYLES}
for size in random_sizes:
    draws = [rng.choice(len(X), size, replace=False) for _ in range(20)]
    truth = influence("loo", draws)
    for name, estimate in zip(
        STYLES,
        (
            sums(single, draws),
            sums(single_exact, draws),
            influence("vif", draws),
            influence("newton", draws),
        ),
        strict=True,
    ):
        by_size[name].append(relative_error(estimate, truth))

row = list(X.columns).index("ph.ecog")
shown = np.argsort(-sizes, kind="stable")[:10]
shown = shown[np.argsort(retrained[row, shown])]
fig, axes = plt.subplots(1, 2, figsize=(10, 4.4), layout="constrained")
place = np.arange(len(shown))
axes[0].bar(place, retrained[row, shown], color="0.85", label="group, retrained")
for k, (name, (color, marker)) in enumerate(STYLES.items()):
    x = place + 0.18 * (k - 1.5)
    axes[0].plot(x, answers[name][row, shown], marker, ms=5, color=color, label=name)
    # The sum over one patient is that patient: no error, and no place on a log scale.
    drawn = [value or np.nan for value in by_size[name]]
    axes[1].plot(random_sizes, drawn, marker + "-", color=color, label=name)
axes[0].axhline(0, color="0.4", linewidth=0.8)
labels = [f"{codes[i]}\n({sizes[i]})" for i in shown]
axes[0].set_xticks(place, labels)
axes[0].set_xlabel("institution removed (patients)")
axes[0].set_ylabel("change of the coefficient of ph.ecog\n(log hazard ratio per point)")
axes[0].legend(frameon=False, fontsize="small")
axes[1].set_xlabel("patients removed at random, of 167")
axes[1].set_ylabel("relative error")
axes[1].set_xscale("log")
axes[1].set_yscale("log")
axes[1].set_xticks(random_sizes, [str(size) for size in random_sizes])
axes[1].minorticks_off()
plt.show()

for name, values in by_size.items():
    print(f"{name:25}", " ".join(f"{value:.3f}" for value in values))
