"""The chain rule ∇f(z)ᵀ H⁻¹ rᵢ, in score space where the solver can."""

from sklinfluence.solvers import DualInverse


def in_scores(solve, fitted, function, removals):
    """Return ∇f(z)ᵀ H⁻¹ rᵢ without anything of the size of the parameters.

    Parameters
    ----------
    solve : callable
        Prepared solver.
    fitted : FittedObjective
        Objective and fitted parameters.
    function : TargetFunction
        The target at some test objects.
    removals : list of ndarray of int or None
        As for ``Attributor.attribute``.

    Returns
    -------
    tuple of (ndarray of shape (n_removals, n_test), SolverResult) or None
        None where the solver, the target or a penalty that changes on removal needs
        the parameters.
    """
    objective, theta = fitted.objective, fitted.theta
    if not isinstance(solve, DualInverse) or objective.penalty.depends_on_presence:
        return None
    parts = function.score_gradient(theta)
    if parts is None:
        return None
    inverse = 1.0 / solve.form.diagonal
    # What the gradient of f is combined of are gradients of scores: of test objects,
    # and of the training objects that they are compared with.
    cross = sum(
        objective.model.gram(theta, model, inverse) @ outer for model, outer in parts
    )
    result = solve.scores(cross)
    return objective.removal_scores(theta, result.x, removals), result
