"""What diagnostics need of the explainer that they are asked about."""

from sklearn.utils.validation import check_is_fitted


def known_objective(explainer):
    """Return objective and parameters of a fitted explainer.

    Parameters
    ----------
    explainer : InfluenceExplainer
        The explainer.

    Returns
    -------
    FittedObjective
        Objective and parameters of its model.

    Raises
    ------
    TypeError
        If it is no explainer.
    ValueError
        If the objective of its model is not known.
    """
    check_is_fitted(explainer)
    if not hasattr(explainer, "problem_"):
        raise TypeError(
            f"Got a fitted {type(explainer).__name__}; expected a fitted explainer, "
            f"such as InfluenceExplainer({type(explainer).__name__}(...)).fit(X, y)."
        )
    if explainer.problem_.objective is None:
        raise ValueError(
            f"No objective is known for {type(explainer.estimator_).__name__}, so its "
            "parameters and their likelihood are not known either; expected a model "
            "such as CoxRegressor, LinearRegression, Ridge or LogisticRegression, or "
            "one that is registered with make_objective.register."
        )
    return explainer.problem_.objective
