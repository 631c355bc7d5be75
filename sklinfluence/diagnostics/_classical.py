"""The classical diagnostics of regression, by the names that people look for.

All are functions of what removal of each object does to the parameters, which comes
from the method of the explainer: exact for linear and ridge regression under
``method="newton"``, and for any model under ``NewtonInfluence("converged")`` or
retraining.
"""

from copy import copy

import numpy as np

from sklinfluence._labels import labelled
from sklinfluence.attribution._coordinates import NaturalCoordinates
from sklinfluence.attribution._reduced import ReducedProblems
from sklinfluence.diagnostics._checks import known_objective
from sklinfluence.targets import Score


def dfbeta(explainer, *, as_frame=False):
    """Return θ̂ − θ̂₋ᵢ: what each object adds to every parameter.

    In the sign of the literature and of R, all minus without: the opposite of
    :meth:`~sklinfluence.InfluenceExplainer.parameter_influence`.

    Parameters
    ----------
    explainer : InfluenceExplainer
        A fitted explainer of a model with parameters.
    as_frame : bool, default=False
        Return a DataFrame with names of objects and parameters.

    Returns
    -------
    ndarray of shape (n_objects, n_params)
        Differences of the parameters.

    References
    ----------
    D. A. Belsley, E. Kuh, R. E. Welsch, "Regression Diagnostics" (1980), section 2.1.

    Examples
    --------
    >>> from sklearn.datasets import load_diabetes
    >>> from sklearn.linear_model import LinearRegression
    >>> from sklinfluence import InfluenceExplainer
    >>> from sklinfluence.diagnostics import dfbeta
    >>> explainer = InfluenceExplainer(LinearRegression(), method="newton")
    >>> dfbeta(explainer.fit(*load_diabetes(return_X_y=True))).shape
    (442, 11)
    """
    return _frame(explainer, -_steps(explainer), as_frame)


def dfbetas(explainer, *, as_frame=False):
    r"""Return the differences of :func:`dfbeta` in standard errors.

    .. math:: \text{DFBETAS}_{ij} = \frac{\hat\theta_j - \hat\theta_{-i,j}}
              {\sqrt{\phi\,(H^{-1})_{jj}}}

    For squared loss the dispersion φ is estimated without the object (external
    studentisation); for Cox and logistic models it is one.

    Parameters
    ----------
    explainer : InfluenceExplainer
        A fitted explainer of a model with a known objective.
    as_frame : bool, default=False
        Return a DataFrame with names of objects and parameters.

    Returns
    -------
    ndarray of shape (n_objects, n_params)
        Standardised differences; beyond 2 / √n they are usually looked at.

    References
    ----------
    D. A. Belsley, E. Kuh, R. E. Welsch, "Regression Diagnostics" (1980), section 2.1.

    Examples
    --------
    >>> from sklinfluence import CoxRegressor, InfluenceExplainer
    >>> from sklinfluence.datasets import load_rossi
    >>> from sklinfluence.diagnostics import dfbetas
    >>> explainer = InfluenceExplainer(CoxRegressor()).fit(*load_rossi(return_X_y=True))
    >>> dfbetas(explainer, as_frame=True).columns.tolist()[:2]
    ['fin', 'age']
    """
    steps, fitted = _steps(explainer), explainer.problem_.objective
    basis = NaturalCoordinates(fitted.objective, fitted.theta).basis
    dispersion = fitted.objective.dispersion_without(fitted.theta, steps)
    # Nothing is left to estimate it from where there are as many parameters as rows.
    dispersion = np.where(dispersion > 0, dispersion, np.nan)
    errors = np.sqrt(dispersion[:, None] * np.sum(basis**2, axis=1))
    return _frame(explainer, -steps / errors, as_frame)


def cooks_distance(explainer, *, as_frame=False):
    r"""Return Cook's distance, how far removal moves all parameters together.

    .. math:: D_i = \frac{(\hat\theta_{-i} - \hat\theta)^\top H
              (\hat\theta_{-i} - \hat\theta)}{p\,\phi}

    with the Hessian H of the objective, p parameters and dispersion φ (of squared
    loss: the residual variance; of Cox and logistic models: one).

    Parameters
    ----------
    explainer : InfluenceExplainer
        A fitted explainer of a model with a known objective.
    as_frame : bool, default=False
        Return a Series with names of objects.

    Returns
    -------
    ndarray of shape (n_objects,)
        Squared distances in standard errors, a parameter.

    References
    ----------
    R. D. Cook, "Detection of influential observation in linear regression",
    Technometrics 19 (1977); D. Pregibon, "Logistic regression diagnostics", Annals of
    Statistics 9 (1981).

    Examples
    --------
    >>> from sklearn.datasets import load_diabetes
    >>> from sklearn.linear_model import LinearRegression
    >>> from sklinfluence import InfluenceExplainer
    >>> from sklinfluence.diagnostics import cooks_distance
    >>> explainer = InfluenceExplainer(LinearRegression(), method="newton")
    >>> explainer = explainer.fit(*load_diabetes(return_X_y=True))
    >>> int(cooks_distance(explainer).argmax())
    382
    """
    steps, fitted = _steps(explainer), explainer.problem_.objective
    coordinates = NaturalCoordinates(fitted.objective, fitted.theta)
    square = np.sum(coordinates.of_steps(steps) ** 2, axis=1)
    n_params = coordinates.basis.shape[1]
    dispersion = fitted.objective.dispersion(fitted.theta)
    return _series(
        explainer, square / (n_params * dispersion), as_frame, "cooks_distance"
    )


def likelihood_displacement(explainer, *, as_frame=False):
    r"""Return how much worse the model without an object is on all the data.

    .. math:: LD_i = \frac{2}{\phi} \Big[ L(\hat\theta_{-i}) - L(\hat\theta) \Big]

    with the objective L of all objects, penalty included, and its dispersion φ.

    Parameters
    ----------
    explainer : InfluenceExplainer
        A fitted explainer of a model with a known objective.
    as_frame : bool, default=False
        Return a Series with names of objects.

    Returns
    -------
    ndarray of shape (n_objects,)
        Displacements, not negative; comparable to a χ² with p degrees of freedom.

    References
    ----------
    R. D. Cook, "Assessment of local influence", JRSS B 48 (1986).

    Examples
    --------
    >>> from sklinfluence import CoxRegressor, InfluenceExplainer
    >>> from sklinfluence.datasets import load_rossi
    >>> from sklinfluence.diagnostics import likelihood_displacement
    >>> explainer = InfluenceExplainer(CoxRegressor()).fit(*load_rossi(return_X_y=True))
    >>> likelihood_displacement(explainer).shape
    (432,)
    """
    steps, fitted = _steps(explainer), explainer.problem_.objective
    objective, theta = fitted.objective, fitted.theta
    rise = np.full(len(steps), np.nan)
    known = np.isfinite(steps).all(axis=1)
    rise[known] = [objective.value(theta + step) for step in steps[known]]
    rise -= objective.value(theta)
    return _series(
        explainer,
        2.0 * rise / objective.dispersion(theta),
        as_frame,
        "likelihood_displacement",
    )


def leverage(explainer, *, as_frame=False):
    r"""Return the share of the curvature that each object carries.

    .. math:: h_i = \operatorname{tr}\big( H^{-1} (H - H_{-i}) \big)

    For generalised linear models this is the diagonal of the hat matrix; without a
    penalty it sums to the number of parameters (with several scores a row, to that of
    all of them). For a Cox model, where removal changes
    the terms of others, it is the same trace and may be negative. It depends on the
    fit only, not on the method of the explainer.

    Parameters
    ----------
    explainer : InfluenceExplainer
        A fitted explainer of a model with a known objective.
    as_frame : bool, default=False
        Return a Series with names of objects.

    Returns
    -------
    ndarray of shape (n_objects,)
        Leverages.

    References
    ----------
    D. Pregibon, "Logistic regression diagnostics", Annals of Statistics 9 (1981).

    Examples
    --------
    >>> from sklearn.datasets import load_diabetes
    >>> from sklearn.linear_model import LinearRegression
    >>> from sklinfluence import InfluenceExplainer
    >>> from sklinfluence.diagnostics import leverage
    >>> explainer = InfluenceExplainer(LinearRegression())
    >>> explainer = explainer.fit(*load_diabetes(return_X_y=True))
    >>> print(round(leverage(explainer).sum(), 6))
    11.0
    """
    fitted = known_objective(explainer)
    coordinates = NaturalCoordinates(fitted.objective, fitted.theta)
    reduced = ReducedProblems(fitted, coordinates)
    parts = [reduced.first_curvature(rows).leverage for rows in reduced.pieces()]
    return _series(explainer, np.concatenate(parts), as_frame, "leverage")


def loo_predictions(explainer, *, as_frame=False):
    """Return what the model would predict for each training row, had it not seen it.

    For linear and ridge regression under ``method="newton"`` this is the closed form
    ŷᵢ − hᵢ eᵢ / (1 − hᵢ), exact.

    Parameters
    ----------
    explainer : InfluenceExplainer
        A fitted explainer of a regressor or a binary classifier with a known objective.
    as_frame : bool, default=False
        Return a Series with names of objects.

    Returns
    -------
    ndarray of shape (n_objects,)
        Predictions of regressors, decision values of classifiers.

    References
    ----------
    D. M. Allen, "The relationship between variable selection and data augmentation
    and a method for prediction", Technometrics 16 (1974).

    Examples
    --------
    >>> from sklearn.datasets import load_diabetes
    >>> from sklearn.linear_model import Ridge
    >>> from sklinfluence import InfluenceExplainer
    >>> from sklinfluence.diagnostics import loo_predictions
    >>> X, y = load_diabetes(return_X_y=True)
    >>> explainer = InfluenceExplainer(Ridge(), method="newton").fit(X, y)
    >>> print(round(((y - loo_predictions(explainer)) ** 2).mean()))
    3328
    """
    model = getattr(known_objective(explainer).objective, "model", None)
    if model is not None and model.n_outputs > 1:
        raise ValueError(
            f"{type(explainer.estimator_).__name__} gives several scores a row, of "
            "which loo_predictions would need one; expected a regressor of one target "
            "or a binary classifier. Use influence() with a callable target."
        )
    problem, method = explainer.problem_, copy(explainer.method_)
    # The same method, with what it has computed already, on another target; scores
    # that follow the training mean, as those of Cox models, have no gradient.
    method.target_ = Score().prepare(problem)
    if getattr(method, "linearize", False):
        method.linearize = False
    values = method.target_.at(problem.X, problem.y).evaluate(problem.fitted)
    return _series(
        explainer, values + method.self_influence(), as_frame, "loo_predictions"
    )


def _steps(explainer):
    known_objective(explainer)
    return explainer.parameter_influence()


def _frame(explainer, values, as_frame):
    if not as_frame:
        return values
    names = explainer.problem_.objective.parameter_names
    return labelled(values, _index(explainer), names)


def _series(explainer, values, as_frame, name):
    if not as_frame:
        return values
    return labelled(values[:, None], _index(explainer), [name])[name]


def _index(explainer):
    return explainer.problem_.object_names
