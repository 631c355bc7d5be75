"""
One linear solve predicts what retraining would do
==================================================

Which people in the training data make a Cox model call someone a high risk? The
literal answer is to fit the model again without each of them. This example gets the
answer from the one model that was fitted, then retrains to see how far off it was.

The data are those of Rossi, Berk & Lenihan (1980): 432 people released from prison and
followed for a year. The event is an arrest.
"""

# %%
# Fit on all but sixty people. The explainer fits a clone of the model and factorises
# its Hessian. What it will attribute is the relative risk: a person's hazard as a
# multiple of that of the average person in the training data.

from sklearn.model_selection import train_test_split

from sklinfluence import CoxRegressor, InfluenceExplainer
from sklinfluence.datasets import load_rossi

X, y = load_rossi(return_X_y=True)
X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=60, random_state=0)

model = CoxRegressor(ties="efron")
explainer = InfluenceExplainer(model, target="relative_risk").fit(X_train, y_train)

# %%
# The influence of each of the 372 training people on each of the sixty held out: a row
# for each held-out person, a column for each training person. An entry says by how
# much the relative risk changes if the training person is removed.

influence = explainer.influence(X_test)
print(influence.shape)

# %%
# The same by definition: 372 models, each fitted without one person.

retraining = InfluenceExplainer(
    model, method="loo", target="relative_risk", n_jobs=2
).fit(X_train, y_train)
retrained = retraining.influence(X_test)

# %%
# One against the other, with a point for each pair of people. On the grey line, the
# estimate is what retraining gives.

import matplotlib.pyplot as plt

from sklinfluence.inspection import AgreementDisplay

AgreementDisplay.from_arrays(influence, retrained, unit="relative risk")
plt.show()

# %%
# The correlation is close to one, but it is blind to scale. The slope is not: the true
# effect is about 4 % larger than its estimate, because the estimate takes the
# curvature of the likelihood from everyone, the person removed included.

from sklinfluence.metrics import agreement

result = agreement(influence, retrained)
print(f"correlation    {result.pearson:.4f}")
print(f"slope          {result.slope:.3f}")
print(f"relative error {result.relative_error:.3f}")

# %%
# Now one person. The highest risk of the sixty is that of a 19-year-old with ten
# earlier convictions.

import numpy as np

risk = explainer.predict_relative_risk(X_test)
highest = np.argmax(risk)
X_test.iloc[[highest]].assign(relative_risk=risk[highest].round(2))

# %%
# Opponents are those without whom the risk would be lower. These four resemble the
# person in question: they are young, have many convictions, and were arrested within
# 17 weeks.

top = explainer.top_objects(X_test.iloc[[highest]], k=4)


def table(side):
    """Show people with their covariates, outcome and influence."""
    i = side.indices[0]
    return X_train.iloc[i].assign(
        week=y_train["time"][i],
        arrested=y_train["event"][i],
        influence=side.influence[0].round(3),
        retrained=retrained[highest, i].round(3),
    )


table(top.opponents)

# %%
# Proponents are those without whom the risk would be higher. Person 46 has even more
# convictions and was not arrested all year. The other three have at most one, are
# older, and were arrested all the same, which makes youth and convictions weigh less.

table(top.proponents)

# %%
# The eight strongest of either kind, with dots for what retraining gave. The estimate
# ranks them as retraining does but for near ties, and where it is off, it is too small.

from sklinfluence.inspection import TopObjectsDisplay

TopObjectsDisplay.from_explainer(
    explainer, X_test.iloc[[highest]], retrained=retrained[highest]
)
plt.show()
