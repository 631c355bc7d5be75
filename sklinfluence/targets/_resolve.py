"""Targets by name."""

from sklearn.base import clone, is_classifier, is_regressor

from sklinfluence.targets._base import Target
from sklinfluence.targets._estimator import EstimatorFunction, Score
from sklinfluence.targets._loss import Loss
from sklinfluence.targets._parameter import Parameter
from sklinfluence.targets._probability import Probability
from sklinfluence.targets._risk import LogRisk, RelativeRisk, predicts_survival

TARGETS = {
    "log_risk": LogRisk,
    "loss": Loss,
    "parameter": Parameter,
    "probability": Probability,
    "relative_risk": RelativeRisk,
    "score": Score,
}


def resolve_target(target, fitted, objective=None):
    """Turn a target, its name or a callable into a target of its own.

    Parameters
    ----------
    target : Target, callable or str
        ``"auto"`` is the log-risk for survival models (those with a
        ``predict_survival_function``) and the loss for all others that have one.
    fitted : fitted estimator
        The model, which decides what ``"auto"`` is.
    objective : FittedObjective, default=None
        Its objective, where one is known.

    Returns
    -------
    Target
        A target that can be prepared without changing the one given.

    Raises
    ------
    ValueError
        If ``"auto"`` has no meaning for the model.
    """
    if isinstance(target, Target):
        return clone(target)
    if callable(target):
        return EstimatorFunction(target)
    if target != "auto":
        return TARGETS[target]()
    if predicts_survival(fitted):
        return LogRisk()
    has_loss = getattr(objective, "loss_by_default", False)
    if has_loss or is_classifier(fitted) or is_regressor(fitted):
        return Loss()
    raise ValueError(
        f"target='auto' has no meaning for {type(fitted).__name__}, which is neither a "
        f"classifier nor a regressor nor a survival model; expected one of "
        f"{sorted(TARGETS)} or a callable target(estimator, X, y) that returns one "
        "number a row."
    )
