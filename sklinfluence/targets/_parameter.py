"""Targets that are functions of the parameters."""

import numpy as np
from autograd import jacobian

from sklinfluence.targets._base import Target, TargetFunction
from sklinfluence.utils._sparse import dense


class Parameter(Target):
    """The fitted parameters themselves, such as the log hazard ratios of a Cox model.

    The "test objects" are the parameters: influence has one row for each.

    Parameters
    ----------
    names : list of str or int, default=None
        Which parameters, by name or position; None: all.

    Examples
    --------
    >>> from sklinfluence import CoxRegressor, InfluenceExplainer
    >>> from sklinfluence.datasets import load_rossi
    >>> from sklinfluence.targets import Parameter
    >>> X, y = load_rossi(return_X_y=True)
    >>> explainer = InfluenceExplainer(CoxRegressor(), target=Parameter(["fin"]))
    >>> explainer.fit(X, y).influence().shape
    (1, 432)
    """

    is_per_row = False

    def __init__(self, names=None):
        self.names = names

    def prepare(self, problem):
        """Find the parameters; see :class:`Target`.

        Parameters
        ----------
        problem : Problem
            The fitted model, with its objective.

        Returns
        -------
        self
            The target.
        """
        super().prepare(problem).at()
        return self

    def at(self, X=None, y=None):
        """Return the parameters, whatever the rows."""
        known = list(self._fitted().parameter_names)
        if self.names is None:
            return _ParameterFunction(self._fitted(), np.arange(len(known)))
        places = [self._place(name, known) for name in self.names]
        return _ParameterFunction(self._fitted(), np.array(places, dtype=int))

    def test_names(self, X):
        """Return the names of the parameters."""
        return self._fitted().parameter_names[self.at().places]

    def _fitted(self):
        if self.problem_.objective is None:
            # Only an objective says which attributes are the parameters.
            raise ValueError(
                f"target='parameter' needs a model whose parameters are known; none "
                f"are registered for {type(self.problem_.fitted).__name__}. Use a "
                "callable target(estimator, X, y) that returns one number a row, or "
                "register the model with make_objective.register."
            )
        return self.problem_.objective

    @staticmethod
    def _place(name, known):
        if isinstance(name, str) and name in known:
            return known.index(name)
        if isinstance(name, (int, np.integer)) and 0 <= name < len(known):
            return int(name)
        raise ValueError(
            f"Got the parameter {name!r}; expected names among {known} or positions "
            f"from 0 to {len(known) - 1}."
        )


class _ParameterFunction(TargetFunction):
    def __init__(self, fitted, places):
        self.fitted, self.places = fitted, places

    def evaluate(self, estimator):
        return self.fitted.parameters(estimator)[self.places]

    def value(self, theta):
        return theta[self.places]

    def values(self, thetas, removals):
        return thetas[:, self.places]

    def directions(self):
        units = np.zeros((len(self.fitted.theta), len(self.places)))
        units[self.places, np.arange(len(self.places))] = 1.0
        return units

    def of_projections(self, projections):
        return projections

    def bounds(self, around):
        return around.reach(self.directions())

    def gradient(self, theta):
        return self.directions().T


class ParameterFunction(Target):
    """A user's differentiable function of the flat parameters and test rows.

    Parameters
    ----------
    function : callable
        ``function(theta, X, y) -> array of shape (n_test,)``, written with
        ``autograd.numpy``; X are the rows as the score model takes them (for a Cox
        model, centred covariates).

    Examples
    --------
    The hazard ratio of the first covariate:

    >>> import autograd.numpy as np
    >>> from sklinfluence import CoxRegressor, InfluenceExplainer
    >>> from sklinfluence.datasets import load_rossi
    >>> from sklinfluence.targets import ParameterFunction
    >>> ratio = ParameterFunction(lambda theta, X, y: np.exp(theta[:1]))
    >>> X, y = load_rossi(return_X_y=True)
    >>> explainer = InfluenceExplainer(CoxRegressor(), target=ratio).fit(X, y)
    >>> explainer.influence(X[:1]).shape
    (1, 432)
    """

    def __init__(self, function):
        self.function = function

    def at(self, X, y=None):
        """Return the function at rows X."""
        if self.problem_.objective is None:
            raise ValueError(
                "ParameterFunction needs a model whose parameters are known; none are "
                f"registered for {type(self.problem_.fitted).__name__}. Use a callable "
                "target(estimator, X, y)."
            )
        return _UserFunction(self.function, self.problem_.objective, X, y)


class _UserFunction(TargetFunction):
    def __init__(self, function, fitted, X, y):
        self.function, self.fitted = function, fitted
        self.X, self.y = dense(fitted.features(X)), y

    def evaluate(self, estimator):
        return self.value(self.fitted.parameters(estimator))

    def value(self, theta):
        return self.function(theta, self.X, self.y)

    def gradient(self, theta):
        return jacobian(self.value)(theta)
