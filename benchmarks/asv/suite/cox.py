"""Cox regression: VIF, Newton steps, exact removal, and a network."""

import numpy as np

from sklinfluence import CoxRegressor, InfluenceExplainer
from sklinfluence.attribution import NewtonInfluence, VersatileInfluence
from sklinfluence.utils import survival_target

METHODS = {
    "vif": VersatileInfluence(),
    "newton": NewtonInfluence(),
    "exact removal": NewtonInfluence("converged"),
}


def survival_data(n, p=10):
    """Return rows, and times of which 60 % are of events."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(n, p))
    time_ = rng.exponential(size=n) * np.exp(-X @ rng.normal(scale=0.2, size=p))
    return X, survival_target(rng.random(n) < 0.6, time_)


class Removal:
    """Every object on 100 test rows, from the fitted model."""

    params = (list(METHODS), [500, 2_000])
    param_names = ("method", "n")

    def setup(self, method, n):
        """Fit; what is measured starts from there."""
        self.X, y = survival_data(n)
        self.explainer = InfluenceExplainer(CoxRegressor(), METHODS[method])
        self.explainer.fit(self.X, y)

    def time_influence(self, method, n):
        """Time the influence after fit."""
        self.explainer.influence(self.X[:100])

    def peakmem_influence(self, method, n):
        """Measure the peak memory, with that of the fit."""
        self.explainer.influence(self.X[:100])


class Network:
    """A network of 353 parameters, by its full Hessian and by Gauss–Newton."""

    params = ["explicit", "dual"]
    param_names = ("solver",)

    def setup(self, solver):
        """Fit the network."""
        self.X, y = survival_data(400)
        model = CoxRegressor(
            hidden_layer_sizes=32, activation="tanh", alpha=1.0, random_state=0
        )
        settings = {"solver": solver, "linearize": True}
        if solver == "dual":
            settings |= {"curvature": "gauss_newton", "damping": 1.0}
        method = VersatileInfluence(**settings)
        self.explainer = InfluenceExplainer(model, method, "relative_risk")
        self.explainer.fit(self.X, y)

    def time_influence(self, solver):
        """Time the influence of every object on 50 test rows."""
        self.explainer.influence(self.X[:50])

    def peakmem_influence(self, solver):
        """Measure the peak memory, with that of the fit."""
        self.explainer.influence(self.X[:50])
