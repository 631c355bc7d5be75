"""Bars of the strongest proponents and opponents of one test object."""

import numpy as np

from sklinfluence.inspection._feature_table import FeatureTable
from sklinfluence.inspection._style import (
    BLUE,
    GREY,
    ORANGE,
    axes_of,
    change_of,
    names_of,
    short,
    unit_of,
)
from sklinfluence.utils._sklearn import num_samples


class TopObjectsDisplay:
    """Training objects that move one test object most, up and down.

    Make it by :meth:`from_explainer` or :meth:`from_arrays`.

    Parameters
    ----------
    names : ndarray of shape (n_bars,)
        Names of the training objects, from the strongest proponent to the strongest
        opponent.
    values : ndarray of shape (n_bars,)
        Their influence.
    retrained : ndarray of shape (n_bars,), default=None
        The same by retraining, drawn as dots where given.
    unit : str, default=""
        What influence is measured in.
    features : FeatureTable, default=None
        Feature values of the test object and of the training objects, written beside
        the bars.

    Attributes
    ----------
    ax_ : matplotlib Axes
        Where it was drawn; with features, the bars, in a part of the axes given.
    features_ax_ : matplotlib Axes
        The table of features, where there is one.
    figure_ : matplotlib Figure
        Figure of ``ax_``.

    Examples
    --------
    >>> from sklinfluence import CoxRegressor, InfluenceExplainer
    >>> from sklinfluence.datasets import load_rossi
    >>> from sklinfluence.inspection import TopObjectsDisplay
    >>> X, y = load_rossi(return_X_y=True)
    >>> explainer = InfluenceExplainer(CoxRegressor()).fit(X, y)
    >>> display = TopObjectsDisplay.from_explainer(
    ...     explainer, X[:1], k=3, features=["age", "prio"]
    ... )
    >>> len(display.ax_.patches)
    6
    """

    def __init__(self, names, values, retrained=None, unit="", features=None):
        self.values = _numbers(values, "values", len(names))
        self.names = names_of(names, len(self.values))
        if retrained is not None:
            retrained = _numbers(retrained, "retrained", len(self.values))
        self.retrained = retrained
        self.unit = unit
        self.features = features

    @classmethod
    def from_explainer(
        cls,
        explainer,
        X,
        y=None,
        *,
        k=8,
        retrained=None,
        features=None,
        ax=None,
        **kwargs,
    ):
        """Draw the strongest objects of one row.

        Parameters
        ----------
        explainer : InfluenceExplainer
            Fitted explainer.
        X, y : test object
            One row, and its target where the explainer's target needs it.
        k : int, default=8
            How many proponents and how many opponents.
        retrained : array-like of shape (n_objects,), default=None
            Influence of every training object on the row by retraining.
        features : "all", list of str or int, or None, default=None
            Columns of X whose values are written beside the bars, those of the row at
            the top; colours tell how many standard deviations a value is above or below
            the mean of the training rows. Names of a DataFrame; positions of an array,
            or of a DataFrame that calls no column by a number.
        ax : matplotlib Axes, default=None
            Where to draw; None: a new figure.
        **kwargs : dict
            Passed to :meth:`plot`.

        Returns
        -------
        TopObjectsDisplay
            The display, drawn.

        Raises
        ------
        ValueError
            If X has more than one row, the target is of several numbers, retrained is
            not of every training object, features are not columns, or the objects are
            not rows and features are asked for.
        """
        if retrained is not None:
            retrained = _numbers(retrained, "retrained", explainer.n_objects_)
        top = explainer.top_objects(X, y, k=k)
        sides = (top.proponents, top.opponents)
        _check_single(explainer, X, len(top.proponents.influence))
        # With few training objects the two ends meet: show each object once.
        indices, order = np.unique(
            np.concatenate([side.indices[0] for side in sides]), return_index=True
        )
        values = np.concatenate([side.influence[0] for side in sides])[order]
        strongest_first = np.argsort(-values, kind="stable")
        indices, values = indices[strongest_first], values[strongest_first]
        if retrained is not None:
            retrained = retrained[indices]
        names = explainer.object_names_[indices]
        if features is not None:
            features = FeatureTable.of_rows(explainer, X, indices, features)
        display = cls(names, values, retrained, unit_of(explainer), features)
        return display.plot(ax=ax, **kwargs)

    @classmethod
    def from_arrays(cls, names, values, *, retrained=None, unit="", ax=None, **kwargs):
        """Draw influence on one test object as it is.

        Parameters
        ----------
        names : array-like of shape (n_bars,)
            Names of the training objects, in the order in which to draw them, the first
            at the top.
        values : array-like of shape (n_bars,)
            Their influence.
        retrained : array-like of shape (n_bars,), default=None
            The same by retraining, drawn as dots.
        unit : str, default=""
            What influence is measured in.
        ax : matplotlib Axes, default=None
            Where to draw; None: a new figure.
        **kwargs : dict
            Passed to :meth:`plot`.

        Returns
        -------
        TopObjectsDisplay
            The display, drawn.

        Raises
        ------
        ValueError
            If there is not a value for every name.
        """
        return cls(names, values, retrained, unit).plot(ax=ax, **kwargs)

    def plot(self, ax=None, **kwargs):
        """Draw the bars.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Where to draw; None: a new figure.
        **kwargs : dict
            Passed to ``ax.barh``.

        Returns
        -------
        TopObjectsDisplay
            The display.
        """
        ax = axes_of(ax, *self._size())
        if self.features is not None:
            ax, self.features_ax_ = self._split(ax)
            self.features.draw(self.features_ax_)
        places = np.arange(len(self.values))
        colors = np.where(self.values > 0, ORANGE, BLUE)
        ax.barh(places, self.values, **({"color": colors} | kwargs))
        if self.retrained is not None:
            ax.scatter(
                self.retrained, places, s=14, color="black", zorder=3, label="retrained"
            )
            ax.legend(loc="lower right", fontsize="small")
        ax.axvline(0, color=GREY, linewidth=1)
        lines = [short(name) for name in self.names]
        if self.features is not None:
            places, lines = np.append(-1, places), ["test object", *lines]
        ax.set_yticks(places, lines, fontsize="small")
        ax.set_ylim(places[-1] + 0.5, places[0] - 0.5)
        ax.set_ylabel("training object removed")
        ax.set_xlabel(change_of(self.unit))
        self.ax_, self.figure_ = ax, ax.figure
        return self

    def _size(self):
        """Return width and height of a new figure in inches."""
        if self.features is None:
            # Not less than the labels take.
            return 5.2, max(1.2 + 0.24 * len(self.values), 2.5)
        return 5.2 + self.features.width, max(1.9 + 0.24 * len(self.values), 3.1)

    def _split(self, ax):
        """Divide the place of some axes into one for bars and one for features."""
        place = ax.get_subplotspec()
        if place is None:
            raise ValueError(
                "features= needs axes of a grid, which can be divided; got axes "
                "without a place in one. Pass ax=None, or axes of plt.subplots."
            )
        figure = ax.figure
        ax.remove()
        grid = place.subgridspec(
            1, 2, width_ratios=(5.2, self.features.width), wspace=0.02
        )
        bars = figure.add_subplot(grid[0])
        return bars, figure.add_subplot(grid[1], sharey=bars)


def _numbers(values, name, n):
    """Return one number for each of n objects."""
    values = np.asarray(values, dtype=float)
    if values.shape != (n,) or not n:
        raise ValueError(
            f"Got {name} of shape {values.shape} for {n} training objects; expected a "
            "number for each, and at least one."
        )
    return values


def _check_single(explainer, X, n_tests):
    """Raise where influence is not that on one number."""
    if n_tests == 1:
        return
    target = explainer.target_
    if target.is_per_row and num_samples(X) != 1:
        raise ValueError(
            f"Got {n_tests} test objects; expected one row of X, such as X[:1]."
        )
    one = "that returns a single one"
    if not target.is_per_row:
        one = f"of one, such as Parameter([{target.test_names(None)[0]!r}])"
    raise ValueError(
        f"Got a target of {n_tests} numbers, {type(target).__name__}; bars are of one: "
        f"fit an explainer with a target {one}."
    )
