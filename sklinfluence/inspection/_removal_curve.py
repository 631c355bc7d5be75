"""How the score on test data moves as training objects go, or come."""

import numpy as np
from matplotlib.lines import Line2D
from sklearn.utils import Bunch

from sklinfluence.inspection._style import GREY, axes_of, line_style, styled
from sklinfluence.metrics import removal_curve
from sklinfluence.targets import LogRisk, Parameter, Probability, Score

_NO_LOSSES = (LogRisk, Parameter, Probability, Score)  # a relative risk is a LogRisk


class RemovalCurveDisplay:
    """Score on test data of models trained without, or with only, some objects.

    The grey band is that of random orders, one standard deviation to each side of
    their mean. Make it by :meth:`from_explainer`, :meth:`from_curve` or
    :meth:`from_arrays`.

    Parameters
    ----------
    curve : Bunch
        Result of :func:`~sklinfluence.metrics.removal_curve` or
        :func:`~sklinfluence.metrics.addition_curve`.
    score_name : str, default="score on test data"
        Label of the axis.

    Attributes
    ----------
    lines_ : list of matplotlib Line2D
        A line for each ranking.
    ax_ : matplotlib Axes
        Where it was drawn.
    figure_ : matplotlib Figure
        Figure of ``ax_``.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.linear_model import LogisticRegression
    >>> from sklinfluence import InfluenceExplainer
    >>> from sklinfluence.inspection import RemovalCurveDisplay
    >>> X, y = load_iris(return_X_y=True)
    >>> explainer = InfluenceExplainer(LogisticRegression(), target="loss")
    >>> explainer = explainer.fit(X[::2], y[::2])
    >>> display = RemovalCurveDisplay.from_explainer(
    ...     explainer, X[1::2], y[1::2], fractions=[0, 0.3], n_repeats=2, random_state=0
    ... )
    >>> display.ax_.get_xlabel()
    'training objects removed (%)'
    """

    def __init__(self, curve, score_name="score on test data"):
        self.curve = curve
        self.score_name = score_name

    @classmethod
    def from_explainer(
        cls,
        explainer,
        X_test,
        y_test,
        *,
        fractions=(0.0, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5),
        scoring=None,
        n_repeats=10,
        random_state=None,
        ax=None,
        **kwargs,
    ):
        """Retrain without the rows that help most, and without those that hurt most.

        Parameters
        ----------
        explainer : InfluenceExplainer
            Fitted explainer of training rows, with a loss as its target; its estimator
            is retrained.
        X_test, y_test : test objects
            Whose mean loss ranks the training rows, and on which models are scored.
            Rows of unknown influence, nan, are the last to go.
        fractions : array-like, default=(0, 0.05, ..., 0.5)
            Shares of the rows to remove.
        scoring : str, callable or None, default=None
            Score as in scikit-learn; None: the ``score`` of the estimator.
        n_repeats : int, default=10
            Number of random orders to compare with.
        random_state : int, RandomState instance or None, default=None
            Draws the random orders.
        ax : matplotlib Axes, default=None
            Where to draw; None: a new figure.
        **kwargs : dict
            Passed to :meth:`plot`.

        Returns
        -------
        RemovalCurveDisplay
            The display, drawn.

        Raises
        ------
        ValueError
            If the objects are not rows, the target is no loss, or no influence is
            known.
        """
        problem = explainer.problem_
        if not problem.objects.are_rows:
            raise ValueError(
                f"A removal curve is of training rows; got an explainer of objects="
                f"{explainer.objects!r}. Use from_curve with a curve of your own."
            )
        if isinstance(explainer.target_, _NO_LOSSES):
            raise ValueError(
                f"Got an explainer of the target {type(explainer.target_).__name__}, "
                "which does not say what helps and what hurts; expected "
                "target='loss', or a callable that returns a loss."
            )
        helps = explainer.influence(X_test, y_test).mean(axis=0)
        unknown = np.isnan(helps)
        if unknown.all():
            raise ValueError(
                "Got an explainer whose influence on the test objects is nan of every "
                "training row; expected some to rank. See why models cannot be fitted "
                "without them."
            )
        curve = removal_curve(
            problem.estimator,
            problem.X,
            problem.y,
            {
                "those that help most first": np.where(unknown, -np.inf, helps),
                "those that hurt most first": np.where(unknown, -np.inf, -helps),
            },
            X_test,
            y_test,
            fractions=fractions,
            scoring=scoring,
            n_repeats=n_repeats,
            fit_params=problem.fit_params,
            random_state=random_state,
            n_jobs=problem.n_jobs,
            memory=problem.memory,
            verbose=problem.verbose,
        )
        return cls(curve).plot(ax=ax, **kwargs)

    @classmethod
    def from_curve(cls, curve, *, score_name="score on test data", ax=None, **kwargs):
        """Draw a curve that was worked out before.

        Parameters
        ----------
        curve : Bunch
            Result of :func:`~sklinfluence.metrics.removal_curve` or
            :func:`~sklinfluence.metrics.addition_curve`.
        score_name : str, default="score on test data"
            Label of the axis.
        ax : matplotlib Axes, default=None
            Where to draw; None: a new figure.
        **kwargs : dict
            Passed to :meth:`plot`.

        Returns
        -------
        RemovalCurveDisplay
            The display, drawn.
        """
        return cls(curve, score_name).plot(ax=ax, **kwargs)

    @classmethod
    def from_arrays(
        cls,
        fractions,
        score,
        *,
        random=None,
        score_name="score on test data",
        ax=None,
        **kwargs,
    ):
        """Draw scores after the removal of shares of the training objects.

        Parameters
        ----------
        fractions : array-like of shape (n_fractions,)
            Shares that were removed, from 0 to 1.
        score : array-like of shape (n_fractions,) or dict of str to array-like
            Scores of the models trained on the rest; a dict holds those of several
            rankings, by name.
        random : array-like of shape (n_repeats, n_fractions), default=None
            Scores where random objects were removed.
        score_name : str, default="score on test data"
            Label of the axis.
        ax : matplotlib Axes, default=None
            Where to draw; None: a new figure.
        **kwargs : dict
            Passed to :meth:`plot`.

        Returns
        -------
        RemovalCurveDisplay
            The display, drawn.

        Raises
        ------
        ValueError
            If fractions are no shares, or there is not a score for each.
        """
        curve = _curve_of(fractions, score, random)
        return cls(curve, score_name).plot(ax=ax, **kwargs)

    def plot(self, ax=None, **kwargs):
        """Draw the curves and the band of random orders.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Where to draw; None: a new figure.
        **kwargs : dict
            Passed to ``ax.plot`` for every ranking.

        Returns
        -------
        RemovalCurveDisplay
            The display.
        """
        ax = axes_of(ax, 5.4, 4.0)
        curve, shares = self.curve, 100 * np.asarray(self.curve.fractions)
        if "random" in curve:
            mean, spread = curve.random_mean, curve.random_std
            label = f"random order (mean ± s.d. of {len(curve.random)})"
            ax.plot(shares, mean, color=GREY, linewidth=1.5, label=label)
            ax.fill_between(
                shares, mean - spread, mean + spread, color=GREY, alpha=0.3, linewidth=0
            )
        single = not isinstance(curve.score, dict)
        scores = {"ranking": curve.score} if single else curve.score
        self.lines_ = []
        for place, (name, score) in enumerate(scores.items()):
            style = line_style(place) | {"marker": "o", "markersize": 4, "label": name}
            self.lines_ += ax.plot(shares, score, **styled(style, kwargs, Line2D))
        done = "trained on, the first" if "n_added" in curve else "removed"
        ax.set_xlabel(f"training objects {done} (%)")
        ax.set_ylabel(self.score_name)
        ax.legend(frameon=False, fontsize="small")
        self.ax_, self.figure_ = ax, ax.figure
        return self


def _curve_of(fractions, score, random):
    """Return arrays as removal_curve would."""
    fractions = np.asarray(fractions, dtype=float)
    inside = (fractions >= 0) & (fractions <= 1)
    if fractions.ndim != 1 or not len(fractions) or not inside.all():
        raise ValueError(
            f"Got fractions={fractions.tolist()}; expected a list of shares, from 0 to "
            "1, of the training objects."
        )
    if isinstance(score, dict):
        score = {name: _scores(one, name, fractions) for name, one in score.items()}
    else:
        score = _scores(score, "score", fractions)
    curve = Bunch(fractions=fractions, score=score)
    if random is not None:
        random = np.asarray(random, dtype=float)
        if random.ndim != 2 or not len(random) or random.shape[1] != len(fractions):
            raise ValueError(
                f"Got random of shape {random.shape}; expected (n_repeats, "
                f"{len(fractions)}), a score for each of the fractions."
            )
        mean, std = random.mean(axis=0), random.std(axis=0)
        curve |= {"random": random, "random_mean": mean, "random_std": std}
    return curve


def _scores(values, name, fractions):
    values = np.asarray(values, dtype=float)
    if values.shape != fractions.shape:
        raise ValueError(
            f"Got scores {name!r} of shape {values.shape}; expected "
            f"({len(fractions)},), one for each of the fractions."
        )
    return values
