"""
Does self-influence find wrong data?
====================================

A wrong label contradicts the rows around it. The model bends towards it, and without
it would think otherwise: the *self-influence* on the loss is large. The plain training
loss is large as well, and costs nothing. This example makes data wrong on purpose and
counts how soon an inspection, the most suspicious rows first, meets what is wrong.
"""

# %%
# Flip a tenth of the labels of the breast cancer data, fit a logistic regression, and
# rank the rows. All numbers are means over ten draws of what is flipped.

import numpy as np
from sklearn.datasets import load_breast_cancer
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import scale

from sklinfluence import InfluenceExplainer
from sklinfluence.metrics import detection_curve

SHARES = np.linspace(0, 1, 201)


def suspicions(explainer, X, y):
    """Rank rows by their influence on themselves, and by their loss."""
    losses = explainer.target_.at(X, y).evaluate(explainer.estimator_)
    return {"self-influence": explainer.self_influence(), "training loss": losses}


def means(draws):
    """Average precision and curves, by ranking; the precision of chance."""
    results, chance = {}, []
    for is_wrong, rankings in draws:
        for name, ranking in rankings.items():
            curve = detection_curve(is_wrong, ranking)
            found = np.interp(SHARES, curve.inspected, curve.found)
            results.setdefault(name, []).append((curve.average_precision, found))
        chance.append(curve.chance)
    return results, np.mean(chance)


def report(results, chance):
    """Print mean and standard deviation of the average precision."""
    for name, pairs in results.items():
        precision = [p for p, _ in pairs]
        print(f"{name:24} {np.mean(precision):.2f} ± {np.std(precision):.2f}")
    print(f"{'chance':24} {chance:.2f}")


def flipped_labels(seed):
    """Say which labels are flipped, and rank the rows."""
    X, y = load_breast_cancer(return_X_y=True)
    X, rng = scale(X), np.random.default_rng(seed)
    is_wrong = np.zeros(len(y), dtype=bool)
    is_wrong[rng.permutation(len(y))[: len(y) // 10]] = True
    y = np.where(is_wrong, 1 - y, y)
    model = LogisticRegression(tol=1e-8, max_iter=1000)
    explainer = InfluenceExplainer(model, target="loss").fit(X, y)
    return is_wrong, suspicions(explainer, X, y)


labels, labels_chance = means(flipped_labels(seed) for seed in range(10))
print("average precision (mean ± standard deviation over draws)")
report(labels, labels_chance)

# %%
# Self-influence is far better than chance, and the loss is better still. For a
# logistic regression, self-influence is about a squared residual times a leverage: it
# puts unusual rows first, right or wrong. It says which rows the model *hangs on*.
#
# Survival times have no labels to flip. Here the decimal point of one event time in
# twenty slips by a digit, to either side, in data of 686 breast cancer patients. Those
# with an event, 299, are inspected. There are two more rankings: the likelihood
# displacement, which is how much worse the model without a patient is on all of them;
# and the squared deviance residual, a loss of the patient's own that takes the baseline
# hazard into account.

from scipy.special import xlogy

from sklinfluence import CoxRegressor
from sklinfluence.datasets import load_gbsg2
from sklinfluence.diagnostics import likelihood_displacement


def squared_deviance_residuals(model, X, y):
    """Return twice the log-likelihood that a patient could gain."""
    hazard = model.baseline_.cumulative_at(y["time"], np.zeros(1, dtype=int))[0]
    expected = hazard * np.exp(model.predict(X))
    return 2 * (expected - y["event"] - xlogy(y["event"], expected))


def slipped_points(X, y, seed):
    """Say which event times are wrong, and rank the patients with an event."""
    y, rng = y.copy(), np.random.default_rng(seed)
    events = rng.permutation(np.flatnonzero(y["event"]))
    is_wrong = np.zeros(len(y), dtype=bool)
    is_wrong[events[: len(events) // 20]] = True
    y["time"][is_wrong] *= rng.choice([0.1, 10.0], size=is_wrong.sum())
    explainer = InfluenceExplainer(CoxRegressor(ties="efron"), target="loss").fit(X, y)
    rankings = suspicions(explainer, X, y) | {
        "likelihood displacement": likelihood_displacement(explainer),
        "deviance residual": squared_deviance_residuals(explainer.estimator_, X, y),
    }
    return is_wrong[events], {name: all_[events] for name, all_ in rankings.items()}


women = load_gbsg2(return_X_y=True)
times, times_chance = means(slipped_points(*women, seed) for seed in range(10))
report(times, times_chance)

# %%
# The partial likelihood asks who dies *next* among those who are at risk. Somebody
# whose time is too long dies when nearly all others are gone: hardly a surprise, and
# hardly a loss, so that neither the loss nor its change can tell; the wrong rows that
# are found last, on the right, are these. The likelihood displacement can tell,
# because the others were compared with that patient all along. The deviance residual
# finds the times that are too short.

import matplotlib.pyplot as plt
from sklearn.utils import Bunch

from sklinfluence.inspection import DetectionCurveDisplay


def mean_curve(pairs):
    """Return the mean of several curves as one."""
    precision, found = (np.mean(each, axis=0) for each in zip(*pairs, strict=True))
    return Bunch(inspected=SHARES, found=found, average_precision=precision)


fig, axes = plt.subplots(1, 2, figsize=(10, 4.2), sharey=True, layout="constrained")
for ax, results, share, title in [
    (axes[0], labels, 0.10, "10 % of labels flipped, logistic regression"),
    (axes[1], times, 0.05, "5 % of event times off tenfold, Cox"),
]:
    curves = {name: mean_curve(pairs) for name, pairs in results.items()}
    DetectionCurveDisplay(curves, share).plot(ax=ax)
    ax.set_title(title, fontsize="medium")
axes[1].set_ylabel("")
plt.show()

# %%
# The same for 8,873 patients in hospital, the SUPPORT data, where that file is at hand
# (here three draws; ``benchmarks/mislabelled.py`` has more, and other kinds of errors).
# Self-influence and loss do no better than chance there, the likelihood displacement
# twice as well, the deviance residual five times.

from sklinfluence.datasets import fetch_support

try:
    patients = fetch_support(return_X_y=True, download_if_missing=False)
except OSError:
    print("SUPPORT is not at hand; fetch_support() downloads it.")
else:
    report(*means(slipped_points(*patients, seed) for seed in range(3)))

# %%
# So print the loss beside any influence that is to find errors. Where the loss is not a
# sum over rows, look at more than one number: self-influence on a partial likelihood is
# no better than chance here.
