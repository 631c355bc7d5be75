"""The last step of a pipeline, and test rows as it takes them."""

from sklearn.pipeline import Pipeline


def last_step(model, X):
    """Return the last step of a fitted Pipeline, and rows as that takes them.

    Parameters
    ----------
    model : fitted estimator
        A Pipeline, or any other model, which is its own last step.
    X : rows or None
        As the model takes them.

    Returns
    -------
    step : fitted estimator
        The last step.
    X : rows or None
        The rows after the other steps.
    """
    if not isinstance(model, Pipeline):
        return model, X
    if X is not None and len(model) > 1:
        X = model[:-1].transform(X)
    return model[-1], X
