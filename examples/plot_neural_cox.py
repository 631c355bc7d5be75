"""
A neural survival model: influence at any width, and which curvature to trust
=============================================================================

A network in place of the linear log-risk of a Cox model has thousands of parameters
instead of ten. Two things are shown: that the influence of every patient on every other
does not cost more for it, and that the cheap curvature is not the right one at a
minimum.

The data are 686 women with breast cancer (German Breast Cancer Study Group 2), the
event is a recurrence or death.
"""

# %%
# A small network, trained to a minimum.

from sklearn.preprocessing import scale

from sklinfluence import CoxRegressor, InfluenceExplainer
from sklinfluence.attribution import VersatileInfluence
from sklinfluence.datasets import load_gbsg2

X, y = load_gbsg2(return_X_y=True)
X = scale(X)
X_train, y_train, X_test = X[:600], y[:600], X[600:640]


def network(width):
    """Return a network with two hidden layers."""
    return CoxRegressor(
        alpha=6.0,
        hidden_layer_sizes=(width, width),
        activation="tanh",
        random_state=0,
        max_iter=500,
    )


small = network(3).fit(X_train, y_train)
print(f"largest gradient: {small.max_gradient_:.1e}")
print(f"concordance on new patients: {small.score(X[600:], y[600:]):.2f}")

# %%
# The truth for 60 of the women: without each, Newton's method goes from the fit to the
# minimum that is nearest. (Trained from random weights, the network may end in another
# one, with or without her.)

from sklearn.frozen import FrozenEstimator

from sklinfluence.attribution import NewtonInfluence

frozen = FrozenEstimator(small)
some = [[i] for i in range(0, 600, 10)]


def influence(method, model=frozen):
    """Return the influence of the women above on the log-risk of new patients."""
    explainer = InfluenceExplainer(model, method, "log_risk").fit(X_train, y_train)
    return explainer.influence(X_test, groups=some)


truth = influence(NewtonInfluence(n_steps=6))

# %%
# The Hessian of the loss, and its Gauss–Newton part, which leaves out the curvature of
# the scores.

by_hessian = influence(VersatileInfluence(linearize=True))
gauss_newton = VersatileInfluence(
    solver="dual", curvature="gauss_newton", damping=1e-3, linearize=True
)
by_gauss_newton = influence(gauss_newton)

import matplotlib.pyplot as plt

from sklinfluence.inspection import AgreementDisplay

fig, axes = plt.subplots(1, 2, figsize=(9, 4.2), layout="constrained")
for ax, estimate, name in zip(
    axes, (by_hessian, by_gauss_newton), ("Hessian", "Gauss–Newton"), strict=True
):
    AgreementDisplay.from_arrays(estimate, truth, ax=ax)
    ax.set_title(name)

# %%
# At a minimum the Hessian is what removal feels. The other ranks patients fairly well,
# but has the wrong scale, which the correlation does not tell.

# %%
# Now the width. The damped Gauss–Newton system is solved in the space of the scores,
# one equation for each of 600 women, whatever the number of parameters.

import warnings
from time import perf_counter

from sklearn.exceptions import ConvergenceWarning

widths, sizes, seconds = (3, 30, 100, 200), [], []
fast = VersatileInfluence(
    solver="dual", curvature="gauss_newton", damping=6.0, linearize=True
)
for width in widths:
    with warnings.catch_warnings():
        # A few steps of training do for a measurement of time.
        warnings.simplefilter("ignore", ConvergenceWarning)
        model = network(width).set_params(max_iter=5).fit(X_train, y_train)
        start = perf_counter()
        explainer = InfluenceExplainer(FrozenEstimator(model), fast, "log_risk")
        explainer.fit(X_train, y_train).influence(X[600:])
        seconds.append(perf_counter() - start)
    sizes.append(sum(W.size for W in (*model.coefs_, *model.intercepts_)))

for size, second in zip(sizes, seconds, strict=True):
    print(f"{size:6d} parameters: {second:.2f} s for all 600 x 86 pairs")

fig, ax = plt.subplots(figsize=(6, 3.6), layout="constrained")
ax.plot(sizes, seconds, "o-", label="all pairs, dual solve")
ax.set(
    xscale="log",
    xlabel="parameters of the network",
    ylabel="time (s)",
    ylim=(0, 2 * max(seconds)),
)
ax.legend(frameon=False)
