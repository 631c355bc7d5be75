"""From a fitted estimator to the objective that it minimised."""

from abc import ABC, abstractmethod
from copy import copy
from functools import singledispatch

import numpy as np
from sklearn.frozen import FrozenEstimator
from sklearn.pipeline import Pipeline
from sklearn.utils.metadata_routing import process_routing

from sklinfluence.utils._sklearn import routing_enabled


class FittedObjective(ABC):
    """An objective, the parameters that minimise it, and the way back to the model.

    Attributes
    ----------
    objective : Objective
        The training objective of the estimator, with its training data.
    theta : ndarray of shape (n_params,)
        Fitted parameters θ̂, flat.
    parameter_names : ndarray of shape (n_params,)
        What to call each parameter.
    object_weight : ndarray of shape (n_objects,)
        Weight of each training object, one where none was given.
    """

    #: Whether what the model shows, its predictions or decision values, are its scores,
    #: which follow from θ alone, and from nothing else that the training data leave in
    #: the model, such as the mean of its columns.
    scores_follow_parameters = False
    #: What the objects are where the user does not say: "samples", or another kind.
    default_objects = "samples"
    #: Whether the target "auto" is the loss, of a model that is no regressor.
    loss_by_default = False
    #: Whether rows X, as the user gives them, hold their targets: y may be None.
    rows_hold_targets = False

    @abstractmethod
    def features(self, X):
        """Return rows X, as the user gives them, as the score model takes them."""

    @abstractmethod
    def scores(self, estimator, X):
        """Return the scores that a fitted estimator of this kind gives rows X."""

    @abstractmethod
    def parameters(self, estimator):
        """Return the flat parameters of another fitted estimator of this kind."""

    @abstractmethod
    def with_parameters(self, theta, removed=()):
        """Return a copy of the fitted estimator that predicts with ``theta``.

        What else the estimator keeps of its training data (a baseline hazard) is as
        if it had been fitted without the objects ``removed``.
        """

    @abstractmethod
    def held_out_loss(self, X, y):
        """Return the loss of new rows as a function of scores; see ``HeldOutLoss``."""

    def loss_function(self, X, y):
        """Return the loss of test objects as a ``TargetFunction`` of θ.

        None, by default: the loss is one of the scores of rows.
        """
        return None

    def score_function(self, X, y):
        """Return the scores of test objects likewise, None for those of rows."""
        return None

    def test_names(self, X):
        """Return names of test objects, None where the index of X says all."""
        return None

    def all_parameters(self, estimator, removed=()):
        """Return the parameters of a model fitted without some objects.

        Parameters
        ----------
        estimator : fitted estimator
            The model.
        removed : ndarray of int
            Objects that it was fitted without.

        Returns
        -------
        ndarray of shape (n_params,)
            Parameters; zero where they went with the objects.
        """
        left, owned = self.parameters(estimator), self.objective.owned
        if owned is None or not np.size(removed):
            return left
        theta, places = np.zeros(len(self.theta)), np.arange(len(self.theta))
        theta[np.delete(places, np.ravel(owned[removed]))] = left
        return theta

    def with_objects(self, name):
        """Return the same with other objects to remove.

        Parameters
        ----------
        name : str
            ``"auto"`` or ``"samples"`` for the rows, or another kind where a model
            has such, as "items" of a ranker.

        Returns
        -------
        FittedObjective
            With an objective whose presence is that of the objects.

        Raises
        ------
        NotImplementedError
            If it is not known what the model minimises without such objects.
        """
        if name in ("auto", "samples"):
            return self
        raise NotImplementedError(
            f"objects={name!r}: it is not known what {type(self).__name__} minimises "
            "without some of them. Use objects='samples', or method='loo', which "
            "retrains."
        )


# Objectives of models of packages that need not be there, by the name of the class.
_BY_NAME = {}


def register_by_name(name, make):
    """Register the objective of a model without importing its package.

    Parameters
    ----------
    name : str
        Full name of the class, ``"package.module.Class"``; subclasses are meant too.
    make : callable
        ``make(estimator, X, y, **fit_params)`` that returns a ``FittedObjective``.
    """
    _BY_NAME[name] = make


@singledispatch
def make_objective(estimator, X, y, **fit_params):
    """Make the objective that a fitted estimator minimised, with its data.

    The dispatch is open: ``make_objective.register(MyEstimator)`` adds a model, and
    :func:`register_by_name` one whose package may not be installed.

    Parameters
    ----------
    estimator : fitted estimator
        The model; the last step of a Pipeline and the content of a
        ``FrozenEstimator`` are looked through.
    X, y : training data
        What it was fitted on, as given to its ``fit``.
    **fit_params : dict
        What else was given to its ``fit``, such as ``sample_weight``.

    Returns
    -------
    FittedObjective
        Objective and fitted parameters.

    Raises
    ------
    NotImplementedError
        If no objective is registered for the estimator.

    Examples
    --------
    >>> import numpy as np
    >>> from sklinfluence import CoxRegressor
    >>> from sklinfluence.objectives import make_objective
    >>> X, time = np.array([[0.0], [1.0], [0.5], [2.0]]), np.array([4.0, 3.0, 1.0, 2.0])
    >>> fitted = make_objective(CoxRegressor().fit(X, time), X, time)
    >>> bool(abs(fitted.objective.gradient(fitted.theta)).max() < 1e-9)
    True
    """
    for kind in type(estimator).__mro__:
        make = _BY_NAME.get(f"{kind.__module__}.{kind.__qualname__}")
        if make is not None:
            return make(estimator, X, y, **fit_params)
    raise NotImplementedError(
        f"No objective is known for {type(estimator).__name__}, so methods that use "
        "its gradient cannot attribute it. Use a method that retrains, such as "
        "LeaveOneOut(), or add one with make_objective.register."
    )


@make_objective.register
def _(estimator: FrozenEstimator, X, y, **fit_params):
    return make_objective(estimator.estimator, X, y, **fit_params)


@make_objective.register
def _(estimator: Pipeline, X, y, **fit_params):
    return _PipelineObjective(estimator, X, y, fit_params)


class _PipelineObjective(FittedObjective):
    """The objective of the last step; the steps before it are held fixed."""

    def __init__(self, pipeline, X, y, fit_params):
        self.pipeline = pipeline
        name = pipeline.steps[-1][0]
        last_params = _params_of(pipeline, name, fit_params)
        self.last = make_objective(pipeline[-1], self._before(X), y, **last_params)
        self.objective = self.last.objective
        self.theta = self.last.theta
        self.parameter_names = self.last.parameter_names
        self.object_weight = self.last.object_weight
        self.scores_follow_parameters = self.last.scores_follow_parameters

    def _before(self, X):
        return self.pipeline[:-1].transform(X) if len(self.pipeline) > 1 else X

    def features(self, X):
        return self.last.features(self._before(X))

    def scores(self, estimator, X):
        before = estimator[:-1].transform(X) if len(estimator) > 1 else X
        return self.last.scores(estimator[-1], before)

    def parameters(self, estimator):
        return self.last.parameters(estimator[-1])

    def with_parameters(self, theta, removed=()):
        name, _ = self.pipeline.steps[-1]
        last = self.last.with_parameters(theta, removed)
        return Pipeline([*self.pipeline.steps[:-1], (name, last)])

    def held_out_loss(self, X, y):
        return self.last.held_out_loss(self._before(X), y)

    def with_objects(self, name):
        changed = copy(self)
        changed.last = self.last.with_objects(name)
        changed.objective = changed.last.objective
        changed.object_weight = changed.last.object_weight
        return changed


def _params_of(pipeline, name, fit_params):
    """Return what a step of a Pipeline gets of the parameters of its fit."""
    if routing_enabled():
        return process_routing(pipeline, "fit", **fit_params)[name].fit
    prefix = f"{name}__"
    return {
        key.removeprefix(prefix): value
        for key, value in fit_params.items()
        if key.startswith(prefix)
    }
