"""The ranking of a query before and after the removal of an item."""

from numbers import Integral

import numpy as np

from sklinfluence._ranking import check_count
from sklinfluence.attribution._refit import refit
from sklinfluence.inspection._style import BLUE, GREY, ORANGE, axes_of
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
        if sorted(map(str, others)) != sorted(map(str, self.after)):
            raise ValueError(
                "Got an after that does not hold the items of before without the "
                "removed one; expected a ranking of just these."
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
        place = np.flatnonzero(names == item)
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
        display = cls(names[before].tolist(), left[after].tolist(), names[place[0]], k)
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
            If after does not hold the items of before without the removed one.
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
        k = min(self.k, len(self.before))
        ax = axes_of(ax, 4.8, 1.2 + 0.26 * k)
        others = [item for item in self.before if item != self.removed]
        after = {item: place for place, item in enumerate(self.after)}
        moves = {item: place - after[item] for place, item in enumerate(others)}
        first = self.before[:k] + [
            x for x in self.after[:k] if x not in self.before[:k]
        ]
        self.moves_ = {item: moves[item] for item in first if item != self.removed}
        for item, move in self.moves_.items():
            ends = self.before.index(item) + 1, after[item] + 1
            color = ORANGE if move > 0 else BLUE if move < 0 else GREY
            ax.plot([0, 1], ends, **({"color": color, "linewidth": 1.6} | kwargs))
        for side, items, align in ((0, self.before, "right"), (1, self.after, "left")):
            for place, item in enumerate(items[:k], start=1):
                _write(ax, side, place, item, align, gone=item == self.removed)
        if any(self.moves_.values()):
            ax.plot([], [], color=ORANGE, label="higher among the others")
            ax.plot([], [], color=BLUE, label="lower")
            ax.legend(
                frameon=False, fontsize="x-small", ncols=2, loc=(0.1, 1.0), borderpad=0
            )
        self._frame(ax, k)
        self.ax_, self.figure_ = ax, ax.figure
        return self

    def _frame(self, ax, k):
        ax.set_xlim(-0.6, 1.6)
        ax.set_ylim(k + 0.6, 0.4)
        ax.set_yticks(range(1, k + 1))
        ax.set_ylabel("place in the ranking")
        gone = self.removed
        name = f"item {gone}" if isinstance(gone, (Integral, np.integer)) else gone
        ax.set_xticks([0, 1], ["all items", f"without {name}"])
        ax.tick_params(axis="both", length=0)
        for side in ("top", "right", "bottom", "left"):
            ax.spines[side].set_visible(False)


def _write(ax, side, place, item, align, gone):
    space = -0.05 if align == "right" else 0.05
    ax.plot([side], [place], "o", markersize=3, color="0.3")
    ax.text(
        side + space,
        place,
        f"{item} (removed)" if gone else str(item),
        ha=align,
        va="center",
        fontsize="small",
        color=GREY if gone else "black",
        clip_on=True,
    )
