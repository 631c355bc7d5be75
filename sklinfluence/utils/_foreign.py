"""Fitted models of other packages, as estimators of scikit-learn."""

from functools import singledispatch

from sklearn.frozen import FrozenEstimator

# Adapters of models of packages that need not be there, by the name of the class.
_BY_NAME = {}


def register_foreign(name, adapt):
    """Register the adapter of a model without importing its package.

    Parameters
    ----------
    name : str
        Full name of the class, ``"package.module.Class"``; subclasses are meant too.
    adapt : callable
        ``adapt(model)`` that returns an estimator, frozen where the model is fitted.
    """
    _BY_NAME[name] = adapt


@singledispatch
def as_estimator(model):
    """Return a model as an estimator of scikit-learn.

    The dispatch is open: ``as_estimator.register(TheirModel)`` adds a class, and
    :func:`register_foreign` one whose package may not be installed.

    Parameters
    ----------
    model : estimator or fitted model of another package
        The model; it is not changed.

    Returns
    -------
    estimator
        The model itself where it is no other package's.
    """
    for kind in type(model).__mro__:
        adapt = _BY_NAME.get(f"{kind.__module__}.{kind.__qualname__}")
        if adapt is not None:
            return adapt(model)
    return model


@as_estimator.register
def _(model: FrozenEstimator):
    inner = as_estimator(model.estimator)
    return model if inner is model.estimator else inner
