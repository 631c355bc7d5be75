"""The meta-estimator that fits a model and attributes what it says."""

from numbers import Integral

import numpy as np
from sklearn.base import clone
from sklearn.utils import check_random_state
from sklearn.utils.metadata_routing import process_routing
from sklearn.utils.validation import check_is_fitted

from sklinfluence._asked import checked_tests, options
from sklinfluence._audit import audit
from sklinfluence._labels import labelled
from sklinfluence._meta import DelegatingEstimator
from sklinfluence._ranking import check_count, rank_objects
from sklinfluence.attribution import METHODS
from sklinfluence.attribution._evaluation import direct_changes
from sklinfluence.objectives import make_objective
from sklinfluence.targets import TARGETS, resolve_target
from sklinfluence.utils._foreign import as_estimator
from sklinfluence.utils._groups import parse_groups
from sklinfluence.utils._objects import OBJECTS, resolve_objects
from sklinfluence.utils._problem import Problem
from sklinfluence.utils._sklearn import (
    HasMethods,
    StrOptions,
    fit_context,
    routing_enabled,
    set_random_states,
)


class InfluenceExplainer(DelegatingEstimator):
    """Say which training objects made a model say this.

    Fits a clone of an estimator and estimates, for any test object, what removing each
    training object would change.

    ``influence[t, i]`` = target of test object t for the model trained without object
    i − target for the model trained with all. For a loss, positive means that the
    object helps: without it the loss is higher.

    Parameters
    ----------
    estimator : estimator
        The model: an estimator, a Pipeline, or a fitted estimator in a
        :class:`~sklearn.frozen.FrozenEstimator`, which is not fitted again. A fitted
        ``CoxPHFitter`` of lifelines is taken as frozen.
    method : Attributor or {"vif", "newton", "loo"}, default="vif"
        How influence is computed.
    target : Target, callable or str, default="auto"
        What is attributed: "log_risk", "relative_risk", "loss", "score",
        "probability", "parameter", or a callable ``target(estimator, X, y)`` that
        returns one number a row. "auto" is the log-risk for survival models, the loss
        for others.
    objects : {"auto", "samples", "queries", "documents", "items", "nodes", "edges"}, \
            default="auto"
        What is removed. "auto" are the rows of X: samples, queries, or documents where
        there is a ``qid``; or the nodes of a graph. "queries": with ``qid``, all rows
        of a query at once. "items": the columns of a matrix y of relevances; an item
        that is removed leaves the lists of test rows as well.
    n_jobs : int, default=None
        Number of refits at once, for methods that retrain.
    random_state : int, RandomState instance or None, default=None
        Seeds every ``random_state`` of the estimator, in the fit and in refits alike,
        so that they differ in the data only.
    memory : str or joblib.Memory, default=None
        Where finished refits are stored, so that an interrupted run resumes.
    verbose : int, default=0
        Whether to show progress bars.

    Attributes
    ----------
    estimator_ : estimator
        The fitted model.
    method_ : Attributor
        The prepared method.
    target_ : Target
        The prepared target.
    problem_ : Problem
        Fitted model and training data, as the method sees them. The data are not
        copied: changing them in place changes what is attributed.
    n_objects_ : int
        Number of training objects.
    object_names_ : ndarray of shape (n_objects,)
        Index of a pandas X (items: columns of a pandas y), else positions.

    References
    ----------
    J. Deng, W. Tang and J. W. Ma, "A Versatile Influence Function for Data Attribution
    with Non-Decomposable Loss", arXiv:2412.01335 (2024); Z. Hammoudeh and D. Lowd,
    "Training Data Influence Analysis and Estimation: A Survey", Machine Learning 113
    (2024).

    Examples
    --------
    >>> from sklinfluence import CoxRegressor, InfluenceExplainer
    >>> from sklinfluence.datasets import load_rossi
    >>> X, y = load_rossi(return_X_y=True)
    >>> explainer = InfluenceExplainer(CoxRegressor()).fit(X[:400], y[:400])
    >>> explainer.influence(X[400:]).shape
    (32, 400)
    >>> explainer.top_objects(X[400:401], k=3).opponents.names
    array([[...]])
    """

    _parameter_constraints = {
        "estimator": [HasMethods(["fit"])],
        "method": [StrOptions(set(METHODS)), HasMethods(["prepare", "attribute"])],
        "target": [StrOptions({"auto", *TARGETS}), HasMethods(["at"]), callable],
        "objects": [StrOptions({"auto", *OBJECTS})],
        "n_jobs": [Integral, None],
        "random_state": ["random_state"],
        "memory": [str, HasMethods(["cache"]), None],
        "verbose": ["verbose"],
    }
    _named = {"method": METHODS, "target": TARGETS}

    def __init__(
        self,
        estimator,
        method="vif",
        target="auto",
        *,
        objects="auto",
        n_jobs=None,
        random_state=None,
        memory=None,
        verbose=0,
    ):
        self.estimator = estimator
        self.method = method
        self.target = target
        self.objects = objects
        self.n_jobs = n_jobs
        self.random_state = random_state
        self.memory = memory
        self.verbose = verbose

    @fit_context(prefer_skip_nested_validation=False)
    def fit(self, X, y=None, **fit_params):
        """Fit the model and prepare the method.

        Parameters
        ----------
        X, y : training data
            As the estimator takes them; for a model of lifelines, X is its data frame
            and there is no y.
        **fit_params : dict
            What else ``fit`` of the estimator takes, such as ``sample_weight``;
            entries with one value a row lose theirs when a row is removed.

        Returns
        -------
        self
            The fitted explainer.

        Raises
        ------
        NotImplementedError
            If the method needs an objective and none is known for the estimator.
        """
        estimator = clone(as_estimator(self.estimator))
        if self.random_state is not None:
            set_random_states(estimator, self.random_state)
        if routing_enabled():
            fit_params = process_routing(self, "fit", **fit_params).estimator.fit
        objects = resolve_objects(self.objects, y, fit_params)
        fitted = clone(estimator)
        fitted.fit(X, y, **fit_params)
        method = METHODS[self.method]() if isinstance(self.method, str) else self.method
        method = clone(method)
        objective = self._objective_for(method, fitted, X, y, fit_params)
        if self.objects == "auto" and objective is not None:
            objects = resolve_objects(objective.default_objects, y, fit_params)
        problem = Problem(
            estimator,
            fitted,
            X,
            y,
            fit_params,
            objective,
            objects,
            n_jobs=self.n_jobs,
            memory=self.memory,
            verbose=self.verbose,
        )
        target = resolve_target(self.target, fitted, problem.objective).prepare(problem)
        method.prepare(problem, target)
        # All at the end: an explainer whose preparation failed is not fitted.
        self.problem_, self.target_, self.method_ = problem, target, method
        self.n_objects_ = problem.n_objects
        self.object_names_ = np.asarray(problem.object_names)
        self.estimator_ = fitted
        return self

    def influence(
        self,
        X=None,
        y=None,
        *,
        groups=None,
        component="total",
        return_bound=False,
        as_frame=False,
    ):
        """Estimate the effect of removing training objects on test objects.

        Parameters
        ----------
        X, y : test objects, default=None
            Rows and, where the target needs them, their targets; pairs of nodes, of
            shape (n_test, 2), for a graph. None: the training data; all pairs.
        groups : array-like of shape (n_objects,), list or dict, default=None
            Objects to remove together: a label for every object, or a list or dict of
            index arrays.
        component : {"total", "direct", "indirect"}, default="total"
            What removal changes in the test object itself at fixed parameters (direct:
            zero for rows, but an item leaves the lists of test rows), through the
            parameters (indirect), or their sum.
        return_bound : bool, default=False
            Also return bounds on the distance to exact removal, for methods that give
            them.
        as_frame : bool, default=False
            Return a DataFrame with names of test and training objects.

        Returns
        -------
        influence : ndarray of shape (n_test, n_objects) or (n_test, n_groups)
            Target without the object − target with it, in units of the target; nan
            where there is no model without it.
        bound : ndarray of the same shape
            With ``return_bound``: largest possible distance from exact removal, nan
            where no certificate holds. Rigorous up to rounding errors.

        Raises
        ------
        ValueError
            If the target needs y and there is none, or the method cannot give what
            is asked for.

        Examples
        --------
        >>> from sklinfluence import CoxRegressor, InfluenceExplainer
        >>> from sklinfluence.datasets import load_rossi
        >>> X, y = load_rossi(return_X_y=True)
        >>> explainer = InfluenceExplainer(CoxRegressor()).fit(X, y)
        >>> groups = {"youngest": X["age"].argsort()[:20], "first": [0]}
        >>> explainer.influence(X[:2], groups=groups, as_frame=True).columns.tolist()
        ['youngest', 'first']
        """
        check_is_fitted(self)
        if component not in ("total", "direct", "indirect"):
            raise ValueError(
                f"Got component={component!r}; expected 'total', 'direct' or "
                "'indirect'."
            )
        more = options(self, return_bound)
        X, y = checked_tests(self, X, y)
        removals, names = self._removals(groups)
        tests = self.target_.test_names(X)
        if component == "total":
            influence = self.method_.attribute(X, y, removals, **more)
        else:
            shape = len(tests), len(names)
            function = self.target_.at(X, y)
            direct = direct_changes(self.problem_, function, removals, shape)
            influence = self._component(component, direct, X, y, removals, more)
        return labelled(influence, tests, names) if as_frame else influence

    def self_influence(self):
        """Estimate the effect of removing each training object on itself.

        Returns
        -------
        ndarray of shape (n_objects,)
            The diagonal of ``influence()``, computed without the rest: how much the
            model would change its mind about an object that it had not seen.
        """
        check_is_fitted(self)
        if not self.target_.is_per_row:
            raise ValueError(
                "self_influence() needs a target of rows, got "
                f"{type(self.target_).__name__}; use parameter_influence(), or a "
                "target such as 'loss'."
            )
        if not self.problem_.objects.are_rows:
            raise ValueError(
                f"self_influence() is of rows on their own target; objects="
                f"{self.objects!r} have none. Use influence()."
            )
        checked_tests(self, None, None)
        return self.method_.self_influence()

    def parameter_influence(self, groups=None, *, return_bound=False, as_frame=False):
        """Estimate the change of the parameters.

        Parameters
        ----------
        groups : array-like of shape (n_objects,), list or dict, default=None
            Objects to remove together, as for :meth:`influence`.
        return_bound : bool, default=False
            Also return bounds, as :meth:`influence` does.
        as_frame : bool, default=False
            Return a DataFrame with names of objects and parameters.

        Returns
        -------
        influence : ndarray of shape (n_objects, n_params) or (n_groups, n_params)
            θ̂ without the object − θ̂. (``dfbeta`` of R's survival has the other sign.)
        bound : ndarray of the same shape
            With ``return_bound``: largest possible distance from exact removal.

        Raises
        ------
        NotImplementedError
            If the method or the model has no parameters.
        """
        check_is_fitted(self)
        more = options(self, return_bound)
        removals, names = self._removals(groups)
        influence = self.method_.parameter_influence(removals, **more)
        if not as_frame:
            return influence
        return labelled(influence, names, self.problem_.objective.parameter_names)

    def top_objects(self, X=None, y=None, k=10):
        """Find the objects with the largest influence on each test object.

        Proponents are the objects without which the target would be higher, opponents
        those without which it would be lower; a k so large that one side runs out goes
        on into the other. For a loss, proponents help and opponents hurt; for a risk,
        proponents hold it down and opponents drive it up.

        Parameters
        ----------
        X, y : test objects, default=None
            As for :meth:`influence`.
        k : int, default=10
            How many of each.

        Returns
        -------
        Bunch
            ``proponents`` and ``opponents``, the strongest first, each a Bunch of
            ``indices``, ``names`` and ``influence`` of shape (n_test, k).
        """
        influence = self.influence(X, y)
        return rank_objects(influence, self.object_names_, k)

    def audit(self, X=None, y=None, k=10):
        """Measure the error of the estimate by retraining without a few objects.

        Parameters
        ----------
        X, y : test objects, default=None
            As for :meth:`influence`.
        k : int, default=10
            How many of the strongest, of the weakest and of random objects to remove
            and refit without, one at a time.

        Returns
        -------
        Bunch
            ``objects``, ``names`` and ``kind`` of the objects; ``estimate`` and
            ``retrained`` influence of shape (n_test, n_audited); and the measures of
            :func:`~sklinfluence.metrics.agreement`, such as ``pearson``, ``slope`` and
            ``relative_error``.
        """
        check_count(k)
        influence = self.influence(X, y)
        X, y = checked_tests(self, X, y)
        rng = check_random_state(self.random_state)
        names = self.object_names_
        return audit(
            self.problem_, self.target_, influence, X, y, k=k, names=names, rng=rng
        )

    def _component(self, component, direct, X, y, removals, more):
        """Return the direct effect, or what is left of the total without it."""
        if component == "direct":
            return (direct, np.zeros_like(direct)) if more else direct
        total = self.method_.attribute(X, y, removals, **more)
        return (total[0] - direct, total[1]) if more else total - direct

    def _removals(self, groups):
        if groups is None:
            return None, self.problem_.object_names
        return parse_groups(groups, self.n_objects_)

    def _objective_for(self, method, fitted, X, y, fit_params):
        try:
            objective = make_objective(fitted, X, y, **fit_params)
            return objective.with_objects(self.objects)
        except NotImplementedError:
            if method.needs_objective:
                raise
            return None
