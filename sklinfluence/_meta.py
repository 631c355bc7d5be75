"""What the explainer shares with every meta-estimator: delegation, tags, routing."""

from copy import deepcopy

from sklearn.base import BaseEstimator, MetaEstimatorMixin
from sklearn.utils import get_tags
from sklearn.utils.metadata_routing import MetadataRouter, MethodMapping
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import check_is_fitted

from sklinfluence.utils._foreign import as_estimator
from sklinfluence.utils._named import NamedParametersMixin


def _has(name):
    def check(self):
        getattr(getattr(self, "estimator_", self.estimator), name)
        return True

    return check


def _delegated(name, summary):
    """Make a method that calls the method of the same name of ``estimator_``."""

    def method(self, X, *args, **params):
        check_is_fitted(self)
        return getattr(self.estimator_, name)(X, *args, **params)

    method.__name__ = name
    method.__doc__ = f"""{summary}

        Parameters
        ----------
        X : array-like
            Rows.
        *args : tuple
            What else the method of the estimator takes.
        **params : dict
            What else the method of the estimator takes.

        Returns
        -------
        object
            What ``{name}`` of the fitted estimator returns.
        """
    return available_if(_has(name))(method)


class DelegatingEstimator(NamedParametersMixin, MetaEstimatorMixin, BaseEstimator):
    """An estimator around ``estimator`` that predicts like ``estimator_``, fitted."""

    predict = _delegated("predict", "Predict with the fitted model.")
    predict_proba = _delegated("predict_proba", "Predict probabilities.")
    predict_log_proba = _delegated("predict_log_proba", "Predict log probabilities.")
    decision_function = _delegated("decision_function", "Return decision values.")
    predict_relative_risk = _delegated("predict_relative_risk", "Predict hazards.")
    predict_survival_function = _delegated(
        "predict_survival_function", "Predict survival probabilities."
    )
    transform = _delegated("transform", "Transform with the fitted model.")

    @available_if(_has("score"))
    def score(self, X, y=None, **params):
        """Score the fitted model.

        Parameters
        ----------
        X, y : array-like
            Rows and their targets.
        **params : dict
            What else ``score`` of the estimator takes.

        Returns
        -------
        float
            What ``score`` of the fitted estimator returns.
        """
        check_is_fitted(self)
        return self.estimator_.score(X, y, **params)

    @property
    def n_features_in_(self):
        """Number of features that the fitted model knows."""
        return self._fitted_attribute("n_features_in_")

    @property
    def feature_names_in_(self):
        """Names of the features that the fitted model knows."""
        return self._fitted_attribute("feature_names_in_")

    @property
    def classes_(self):
        """Classes that the fitted model knows."""
        return self._fitted_attribute("classes_")

    def _fitted_attribute(self, name):
        if "estimator_" not in self.__dict__:
            raise AttributeError(
                f"{type(self).__name__} has no attribute {name!r} before fit."
            )
        return getattr(self.estimator_, name)

    def get_metadata_routing(self):
        """Route fit parameters and the test weights of scores to the estimator.

        Returns
        -------
        MetadataRouter
            The routing.
        """
        mapping = MethodMapping()
        for method in ("fit", "score"):
            mapping.add(caller=method, callee=method)
        return MetadataRouter(owner=type(self).__name__).add(
            estimator=as_estimator(self.estimator), method_mapping=mapping
        )

    def __sklearn_tags__(self):
        tags = deepcopy(get_tags(as_estimator(self.estimator)))
        tags._skip_test = False
        return tags
