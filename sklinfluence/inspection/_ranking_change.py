"""The ranking of a query before and after the removal of an item."""

from numbers import Integral

import numpy as np
from matplotlib.lines import Line2D

from sklinfluence._ranking import check_count
from sklinfluence.attribution._refit import refit
from sklinfluence.inspection._style import BLUE, GREY, ORANGE, axes_of, short, styled
from sklinfluence.utils._sklearn import num_samples


class RankingChangeDisplay:
    """Places of items in the ranking of a query, and those without one of the items.

    Left the ranking of the model, right that of a model fitted without the item, both
    with the best first. Without an item, those behind it move up by a place in any
    case; lines show what moved by more than that. Make it by :meth:`from_explainer` or
    :meth:`from_arrays`.

    Parameters
    ----------
    before : ndarray of shape (n_items,)
        Items, the best first.
    after : ndarray of shape (n_items - 1,)
        The same without the removed item, the best first.
    removed : object
        The item that was removed.
    k : int, default=10
        How many places to show.

    Attributes
    ----------
    moves_ : dict
        By how many places each item that is shown is higher among the others than
        before.
    ax_ : matplotlib Axes
        Where it was drawn.
    figure_ : matplotlib Figure
        Figure of ``ax_``.

    Examples
    --------
    >>> from sklinfluence.inspection import RankingChangeDisplay
    >>> display = RankingChangeDisplay.from_arrays(
    ...     ["ad", "tea", "milk", "jam"], ["milk", "tea", "jam"], removed="ad"
    ... )
    >>> display.moves_
    {'tea': -1, 'milk': 1, 'jam': 0}
    """

    def __init__(self, before, after, removed, k=10):
        check_count(k)
        self.before, self.after = list(before), list(after)
        self.removed, self.k = removed, k
        if removed not in self.before:
            raise ValueError(
                f"Got removed={removed!r}; expected one of the {len(self.before)} "
                "items of the ranking before."
            )
        others = [item for item in self.before if item != removed]
        if not others or len({*self.before}) < len(self.before):
            raise ValueError(
                f"Got a ranking of the items {self.before[:5]}; expected at least two, "
                "each once."
            )
        if len(others) != len(self.after) or {*others} != {*self.after}:
            wrong = [item for item in self.after if item not in others][:5]
            missing = [item for item in others if item not in self.after][:5]
            raise ValueError(
                "Got an after that does not hold the items of before without the "
                f"removed one: {wrong} should not be in it, {missing} should; expected "
                "a ranking of just these."
            )

    @classmethod
    def from_explainer(cls, explainer, X, item, *, k=10, ax=None, **kwargs):
        """Refit without an item and draw the rankings of one query.

        Parameters
        ----------
        explainer : InfluenceExplainer
            Fitted explainer of a ranker with ``objects="items"``.
        X : array-like of shape (1, n_features)
            One query.
        item : object
            Name of an item, or its position where items have no names.
        k : int, default=10
            How many places to show.
        ax : matplotlib Axes, default=None
            Where to draw; None: a new figure.
        **kwargs : dict
            Passed to :meth:`plot`.

        Returns
        -------
        RankingChangeDisplay
            The display, drawn.

        Raises
        ------
        ValueError
            If the objects are not items, the item is not known, or X is not one query.
        """
        problem = explainer.problem_
        names = np.asarray(explainer.object_names_)
        if type(problem.objects).__name__ != "ItemObjects":
            raise ValueError(
                f"Got an explainer of objects={explainer.objects!r}; expected "
                "objects='items'."
            )
        if num_samples(X) != 1:
            raise ValueError(f"Got {num_samples(X)} queries; expected one, as X[:1].")
        # One by one: an item that is a tuple would be compared as an array.
        place = np.flatnonzero([name == item for name in names.tolist()])
        if len(place) != 1:
            raise ValueError(
                f"Got item={item!r}; expected a name among object_names_, "
                f"{len(names)} items."
            )
        (model,) = refit(problem, [place])
        if isinstance(model, Exception):
            raise model
        before, after = (
            np.argsort(-one.predict(X)[0], kind="stable")
            for one in (problem.fitted, model)
        )
        left = np.delete(names, place)
        removed = names.tolist()[place[0]]
        display = cls(names[before].tolist(), left[after].tolist(), removed, k)
        return display.plot(ax=ax, **kwargs)

    @classmethod
    def from_arrays(cls, before, after, *, removed, k=10, ax=None, **kwargs):
        """Draw two rankings.

        Parameters
        ----------
        before : array-like of shape (n_items,)
            Items, the best first.
        after : array-like of shape (n_items - 1,)
            The others, the best first.
        removed : object
            The item that was removed.
        k : int, default=10
            How many places to show.
        ax : matplotlib Axes, default=None
            Where to draw; None: a new figure.
        **kwargs : dict
            Passed to :meth:`plot`.

        Returns
        -------
        RankingChangeDisplay
            The display, drawn.

        Raises
        ------
        ValueError
            If there are not two items, or after does not hold the items of before
            without the removed one.
        """
        return cls(before, after, removed, k).plot(ax=ax, **kwargs)

    def plot(self, ax=None, **kwargs):
        """Draw both rankings, and lines between the places of an item.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Where to draw; None: a new figure.
        **kwargs : dict
            Passed to ``ax.plot`` for the lines.

        Returns
        -------
        RankingChangeDisplay
            The display.
        """
        shown = {*self.before[: self.k], *self.after[: self.k]}
        left, right = (_heights(x, shown, self.k) for x in (self.before, self.after))
        lowest = max(*left.values(), *right.values())
        texts = [
            {x: f"{i}. {short(_call(x))}" for i, x in enumerate(ranking, 1)}
            for ranking in (self.before, self.after)
        ]
        room = sum(max(len(all_[item]) for item in shown & {*all_}) for all_ in texts)
        ax = axes_of(ax, 3.4 + 0.08 * room, 1.4 + 0.26 * lowest)
        self.moves_ = self._moves(shown)
        for item, move in self.moves_.items():
            color = ORANGE if move > 0 else BLUE if move < 0 else GREY
            style = {"color": color, "linewidth": 2 if move else 1, "marker": "o"}
            style |= {"markersize": 4, "zorder": 3 if move else 2}
            ends = left[item], right[item]
            ax.plot([0, 1], ends, **styled(style, kwargs, Line2D))
        for side, heights in enumerate((left, right)):
            for item, height in heights.items():
                struck = item == self.removed
                _write(ax, side, height, texts[side][item], struck)
        self._frame(ax, lowest)
        self.ax_, self.figure_ = ax, ax.figure
        return self

    def _moves(self, shown):
        """Return by how many places items moved up among those that are left."""
        others = [item for item in self.before if item != self.removed]
        after = {item: place for place, item in enumerate(self.after)}
        moves = {item: place - after[item] for place, item in enumerate(others)}
        return {item: move for item, move in moves.items() if item in shown}

    def _frame(self, ax, lowest):
        """Write what the sides and the colours are."""
        ax.set_xlim(-0.05, 1.05)
        ax.set_ylim(lowest + 0.5, 0.5)
        without = f"without {short(_call(self.removed), 18)}"
        ax.set_xticks([0, 1], ["all items", without])
        ax.xaxis.tick_top()
        ax.set_yticks([])
        ax.tick_params(length=0)
        ax.spines[:].set_visible(False)
        for color, label, sign in (
            (ORANGE, "higher among the others", 1),
            (BLUE, "lower among the others", -1),
        ):
            if any(sign * move > 0 for move in self.moves_.values()):
                ax.plot([], [], color=color, linewidth=2, label=label)
        if any(self.moves_.values()):
            below = {"loc": "upper center", "bbox_to_anchor": (0.5, 0.0)}
            ax.legend(frameon=False, fontsize="small", **below)


def _call(item):
    """Return what an item is called: a number would be taken for a place."""
    return f"item {item}" if isinstance(item, (Integral, np.integer)) else item


def _heights(ranking, shown, k):
    """Return where to write items: the first k and, below a gap, what else is shown."""
    below = [item for item in ranking[k:] if item in shown]
    heights = {item: k + 1.5 + i for i, item in enumerate(below)}
    return {item: 1.0 + i for i, item in enumerate(ranking[:k])} | heights


def _write(ax, side, height, text, struck):
    """Write an item and its place beside the end of its line."""
    label = ax.annotate(
        text,
        (side, height),
        xytext=(7 if side else -7, 0),
        textcoords="offset points",
        ha="left" if side else "right",
        va="center",
        fontsize="small",
        color="0.4" if struck else "black",
        annotation_clip=False,
    )
    if struck:
        line = {"arrowstyle": "-", "color": "0.4", "shrinkA": 0, "shrinkB": 0}
        ends = {"xy": (0, 0.45), "xytext": (1, 0.45)}
        ax.annotate(
            "", **ends, xycoords=label, textcoords=label, arrowprops=line
        ).arrow_patch.set_clip_on(False)
