"""What a user asks an explainer about, checked."""

from sklearn.utils import check_consistent_length

from sklinfluence.targets import TARGETS


def checked_tests(explainer, X, y):
    """Return the test objects that were asked about, the training data by default.

    Parameters
    ----------
    explainer : InfluenceExplainer
        A fitted explainer.
    X, y : test objects, or None
        As the user gave them.

    Returns
    -------
    X, y
        Test objects.
    """
    if X is None:
        if y is not None:
            raise ValueError(
                "Got y without X; expected the rows that y belongs to, or neither "
                "for the training data."
            )
        problem = explainer.problem_
        X, y = problem.objects.default_tests(problem.X, problem.y)
    if y is not None:
        check_consistent_length(X, y)
    holds_targets = getattr(explainer.problem_.objective, "rows_hold_targets", False)
    if explainer.target_.requires_y and y is None and not holds_targets:
        free = sorted(name for name, t in TARGETS.items() if not t.requires_y)
        raise ValueError(
            f"The target {type(explainer.target_).__name__} needs y of the test "
            "objects, got y=None. Pass y, or choose a target that needs none, "
            f"among {free}."
        )
    return X, y


def options(explainer, return_bound):
    """Return what else a method is asked for, if it can give it, a dict."""
    if not return_bound:
        return {}
    if not explainer.method_.gives_bounds:
        raise ValueError(
            f"return_bound=True: {type(explainer.method_).__name__} gives no bounds on "
            "its error. Use return_bound=False, and audit() to measure the error."
        )
    return {"return_bound": True}
