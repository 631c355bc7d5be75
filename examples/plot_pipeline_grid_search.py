"""
Damping is a hyperparameter: search it by agreement with retraining
===================================================================

An approximate curvature needs damping, and no formula says how much. But there is
something to hold the estimate against: models that were trained again without a few
rows. So the damping that agrees best with retraining can be searched like any
hyperparameter, with ``GridSearchCV``, for a whole pipeline.

The data are 300 women with breast cancer (German Breast Cancer Study Group 2), the
event is a recurrence or death.
"""

# %%
# A pipeline with a ``ColumnTransformer`` and a small network for the log-risk. Counts
# and concentrations have long tails, so their logarithms are taken.

import numpy as np
from sklearn.compose import ColumnTransformer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from sklinfluence import CoxRegressor, InfluenceExplainer
from sklinfluence.datasets import load_gbsg2

X, y = load_gbsg2(return_X_y=True)
X, y = X[:300], y[:300]
X.index = [f"woman {i}" for i in X.index]

logarithm = FunctionTransformer(np.log1p, feature_names_out="one-to-one")
columns = ColumnTransformer(
    [
        ("log", make_pipeline(logarithm, StandardScaler()), ["pnodes", "progrec"]),
        ("scale", StandardScaler(), ["age", "tsize"]),
        ("keep", "passthrough", ["horTh_yes", "tgrade_III"]),
    ]
)
network = CoxRegressor(
    hidden_layer_sizes=(3,), activation="tanh", max_iter=500, random_state=0
)
pipeline = make_pipeline(columns, network)

# %%
# The search fits an explainer around the pipeline on each training part. Two scores are
# taken on each held-out part: the concordance, which says how good the model is, and
# the agreement of influence with retraining, pipeline and all, without six of the rows.
# The penalty ``alpha`` belongs to the model, the curvature and its damping to the
# method. Refits do not depend on the method: ``memory`` keeps them for all candidates.
# (Where the penalty has switched a hidden unit off, or made two units alike, some
# direction has no curvature without damping, and a warning says so.)

import warnings
from tempfile import TemporaryDirectory

from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import GridSearchCV

from sklinfluence.attribution import VersatileInfluence
from sklinfluence.metrics import make_agreement_scorer

ALPHAS, DAMPINGS = [6.0, 12.0], [0.0, 0.3, 1.0, 3.0, 10.0, 30.0]
grid = {
    "estimator__coxregressor__alpha": ALPHAS,
    "method__curvature": ["hessian", "gauss_newton"],
    "method__damping": DAMPINGS,
}


def concordance(explainer, X, y):
    """Return the score of the model."""
    return explainer.score(X, y)


with TemporaryDirectory() as folder, warnings.catch_warnings():
    warnings.simplefilter("ignore", ConvergenceWarning)
    explainer = InfluenceExplainer(
        pipeline, VersatileInfluence(linearize=True), target="log_risk", memory=folder
    )
    search = GridSearchCV(
        explainer,
        grid,
        scoring={
            "agreement": make_agreement_scorer(n_objects=6),
            "concordance": concordance,
        },
        refit="agreement",
        cv=3,
        error_score="raise",
    ).fit(X, y)

# %%
# Two answers come out of one search. The concordance depends on ``alpha`` alone, and
# hardly. The error depends on the curvature and on its damping.

import pandas as pd

results = pd.DataFrame(search.cv_results_)
results["error"] = -results["mean_test_agreement"]
table = results.pivot_table(
    "error",
    ["param_estimator__coxregressor__alpha", "param_method__curvature"],
    "param_method__damping",
)
table.index.names, table.columns.name = ["alpha", "curvature"], "damping"
print("relative error of influence, mean over folds")
print(table.round(2))
print("\nconcordance, mean over folds")
by_alpha = results.groupby("param_estimator__coxregressor__alpha")
print(by_alpha["mean_test_concordance"].agg(["min", "max"]).round(3))
print("\nbest by agreement:", search.best_params_)

# %%
# The picture. The Gauss–Newton matrix leaves out a part of the curvature, and some
# damping in its place helps: the error falls before it rises. The Hessian needs none,
# or hardly any, and any more shrinks the estimate. The search finds both.

import matplotlib.pyplot as plt

STYLES = {
    "hessian": ("#0072B2", "Hessian"),
    "gauss_newton": ("#D55E00", "Gauss–Newton"),
}
fig, ax = plt.subplots(figsize=(6.8, 4.2), layout="constrained")
for (alpha, curvature), errors in table.iterrows():
    color, name = STYLES[curvature]
    line = "-" if alpha == ALPHAS[0] else "--"
    label = f"{name}, alpha = {alpha:g}"
    ax.plot(DAMPINGS, errors, "o" + line, color=color, label=label)
    best = errors.idxmin()
    ax.plot(best, errors[best], "o", ms=12, mfc="none", mec="black")
ax.plot([], [], "o", ms=12, mfc="none", mec="black", label="best damping")
ax.set_xscale("symlog", linthresh=0.3)
ax.set_xticks(DAMPINGS, [f"{damping:g}" for damping in DAMPINGS])
ax.minorticks_off()
ax.set_ylim(0, 1)
ax.set_xlabel("damping (units of the summed loss)")
ax.set_ylabel("relative error of influence\nagainst retraining")
ax.legend(frameon=False, fontsize="small", loc="upper left")
plt.show()

# %%
# The best explainer is fitted on all women, and is there to be used. Labels have come
# through the pipeline.

influence = search.best_estimator_.influence(X[:3], as_frame=True)
print(influence.iloc[:, :4].round(4))
print("hold the risk of woman 0 down:", end=" ")
print(search.best_estimator_.top_objects(X[:1], k=3).proponents.names[0])
