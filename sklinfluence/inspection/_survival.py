"""Survival curves with and without some training objects."""

import numpy as np
from matplotlib.lines import Line2D

from sklinfluence.attribution._refit import refit
from sklinfluence.inspection._style import BLUE, ORANGE, axes_of, styled
from sklinfluence.inspection._survival_steps import steps_at, survival_steps
from sklinfluence.targets._risk import predicts_survival


class SurvivalCurvesDisplay:
    """Predicted survival, and what it would be without some training objects.

    Make it by :meth:`from_explainer`, with the objects of a
    :func:`~sklinfluence.diagnostics.most_influential_set` or any others, or by
    :meth:`from_arrays`.

    Parameters
    ----------
    times : ndarray of shape (n_times,)
        Times, increasing.
    before, after : ndarray of shape (n_times,)
        Probability of surviving each time, with all training objects and without some.
    n_removed : int
        How many objects were removed.
    time_unit : str, default=""
        Unit of the times.

    Attributes
    ----------
    lines_ : list of matplotlib Line2D
        The steps of both curves.
    ax_ : matplotlib Axes
        Where it was drawn.
    figure_ : matplotlib Figure
        Figure of ``ax_``.

    Examples
    --------
    >>> from sklinfluence import CoxRegressor, InfluenceExplainer
    >>> from sklinfluence.datasets import load_rossi
    >>> from sklinfluence.diagnostics import most_influential_set
    >>> from sklinfluence.inspection import SurvivalCurvesDisplay
    >>> X, y = load_rossi(return_X_y=True)
    >>> explainer = InfluenceExplainer(CoxRegressor()).fit(X, y)
    >>> aid = most_influential_set(explainer, "fin")
    >>> display = SurvivalCurvesDisplay.from_explainer(
    ...     explainer, aid, X[:1], time_unit="weeks"
    ... )
    >>> display.lines_[1].get_label()
    'without 19 of them'
    """

    def __init__(self, times, before, after, n_removed, time_unit=""):
        self.times = np.asarray(times, dtype=float)
        self.before = np.asarray(before, dtype=float)
        self.after = np.asarray(after, dtype=float)
        for name in ("before", "after"):
            shape = getattr(self, name).shape
            if shape != self.times.shape:
                raise ValueError(
                    f"Got {name} of shape {shape} at times of shape "
                    f"{self.times.shape}; expected a probability for every time."
                )
        self.n_removed = n_removed
        self.time_unit = time_unit

    @classmethod
    def from_explainer(
        cls, explainer, removed, X=None, *, times=None, time_unit="", ax=None, **kwargs
    ):
        """Refit without some training objects and draw the curves of test rows.

        Parameters
        ----------
        explainer : InfluenceExplainer
            Fitted explainer of a model with a ``predict_survival_function``.
        removed : InfluentialSet or array-like of int or bool
            Training objects to leave out: positions, or a mask of shape (n_objects,).
        X : array-like or DataFrame, default=None
            Rows whose mean survival is drawn; None: the training rows.
        times : array-like of shape (n_times,), default=None
            Times; None: zero and all at which a curve steps.
        time_unit : str, default=""
            Unit of the times, for the axis.
        ax : matplotlib Axes, default=None
            Where to draw; None: a new figure.
        **kwargs : dict
            Passed to :meth:`plot`.

        Returns
        -------
        SurvivalCurvesDisplay
            The display, drawn.

        Raises
        ------
        TypeError
            If the model has no survival curves.
        ValueError
            If there are no such training objects.
        """
        problem, fitted = explainer.problem_, explainer.estimator_
        if not predicts_survival(fitted):
            raise TypeError(
                f"Got a fitted {type(fitted).__name__}, which has no "
                "predict_survival_function; expected a survival model such as "
                "CoxRegressor."
            )
        removed = _places(getattr(removed, "indices", removed), explainer.n_objects_)
        (model,) = refit(problem, [removed])
        if isinstance(model, Exception):
            raise model
        X = problem.X if X is None else X
        curves = [survival_steps(one, X) for one in (fitted, model)]
        if times is None:
            steps = [step_times for step_times, _ in curves]
            times = np.unique(np.concatenate([[0.0], *steps]))
        times = np.asarray(times, dtype=float)
        before, after = (
            steps_at(times, *steps_of_model).mean(axis=0) for steps_of_model in curves
        )
        display = cls(times, before, after, len(removed), time_unit)
        return display.plot(ax=ax, **kwargs)

    @classmethod
    def from_arrays(
        cls, times, before, after, *, n_removed, time_unit="", ax=None, **kwargs
    ):
        """Draw two curves that were worked out before.

        Parameters
        ----------
        times : array-like of shape (n_times,)
            Times, increasing.
        before, after : array-like of shape (n_times,)
            Survival with all training objects and without some.
        n_removed : int
            How many objects were removed.
        time_unit : str, default=""
            Unit of the times.
        ax : matplotlib Axes, default=None
            Where to draw; None: a new figure.
        **kwargs : dict
            Passed to :meth:`plot`.

        Returns
        -------
        SurvivalCurvesDisplay
            The display, drawn.

        Raises
        ------
        ValueError
            If there is not a probability for every time.
        """
        display = cls(times, before, after, n_removed, time_unit)
        return display.plot(ax=ax, **kwargs)

    def plot(self, ax=None, **kwargs):
        """Draw both curves as steps.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Where to draw; None: a new figure.
        **kwargs : dict
            Passed to ``ax.step`` for both curves.

        Returns
        -------
        SurvivalCurvesDisplay
            The display.
        """
        ax = axes_of(ax, 5.4, 3.8)
        without = f"without {self.n_removed} of them"
        styles = [
            {"color": BLUE, "label": "all training objects"},
            {"color": ORANGE, "linestyle": "--", "label": without},
        ]
        self.lines_ = []
        for survival, style in zip((self.before, self.after), styles, strict=True):
            style = styled(style, kwargs, Line2D)
            self.lines_ += ax.step(self.times, survival, where="post", **style)
        lowest = min(self.before.min(), self.after.min())
        ax.set_ylim(max(0.0, lowest - 0.25 * (1.0 - lowest)), 1.01)
        ax.set_xlim(self.times.min(), self.times.max())
        ax.set_xlabel(f"time ({self.time_unit})" if self.time_unit else "time")
        ax.set_ylabel("probability of survival")
        ax.legend(frameon=False, fontsize="small")
        self.ax_, self.figure_ = ax, ax.figure
        return self


def _places(removed, n_objects):
    """Return the positions of training objects, each once, from positions or a mask."""
    places = np.asarray(removed)
    if places.shape == (0,):
        return np.zeros(0, dtype=np.intp)
    if places.dtype == bool and places.shape == (n_objects,):
        return np.flatnonzero(places)
    if places.ndim != 1 or not np.issubdtype(places.dtype, np.integer):
        raise ValueError(
            f"Got removed= of type {places.dtype} and shape {places.shape}; expected a "
            f"1-D array of positions, or a mask of shape ({n_objects},), of training "
            "objects."
        )
    wrong = places[(places < 0) | (places >= n_objects)]
    if len(wrong):
        raise ValueError(
            f"Got removed= with {wrong[:5].tolist()}; expected positions of training "
            f"objects, from 0 to {n_objects - 1}."
        )
    return np.unique(places).astype(np.intp)
