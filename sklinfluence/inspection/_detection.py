"""How soon wrong training objects are found, as curves."""

import numpy as np
from matplotlib.lines import Line2D
from sklearn.utils import column_or_1d

from sklinfluence.inspection._style import GREY, axes_of, line_style, styled
from sklinfluence.metrics import detection_curve

# What marks lines on axes that are drawn on several times.
_CURVE, _RANDOM, _BEST = "detection curve", "random order", "wrong ones first"


class DetectionCurveDisplay:
    """Share of wrong objects found against the share of objects inspected.

    The grey lines are the two ends: a random order, and one that has all wrong objects
    first. Make it by :meth:`from_explainer` or :meth:`from_arrays`.

    Parameters
    ----------
    curves : dict of str to Bunch
        Results of :func:`~sklinfluence.metrics.detection_curve`, by name.
    share : float
        Share of the objects that are wrong.

    Attributes
    ----------
    lines_ : list of matplotlib Line2D
        A line for each curve.
    ax_ : matplotlib Axes
        Where it was drawn.
    figure_ : matplotlib Figure
        Figure of ``ax_``.

    Examples
    --------
    >>> from sklinfluence.inspection import DetectionCurveDisplay
    >>> display = DetectionCurveDisplay.from_arrays(
    ...     [1, 0, 0, 1], {"loss": [0.9, 0.1, 0.5, 0.4]}
    ... )
    >>> display.lines_[0].get_label()
    'loss (AP = 0.83)'
    """

    def __init__(self, curves, share):
        self.curves = curves
        self.share = share

    @classmethod
    def from_explainer(
        cls, explainer, is_wrong, *, name="self-influence", ax=None, **kwargs
    ):
        """Draw how soon self-influence finds wrong training rows.

        Parameters
        ----------
        explainer : InfluenceExplainer
            Fitted explainer, of a target of rows such as ``"loss"``.
        is_wrong : array-like of shape (n_objects,), bool or 0/1
            Which training rows are wrong.
        name : str, default="self-influence"
            Name in the legend.
        ax : matplotlib Axes, default=None
            Where to draw; None: a new figure.
        **kwargs : dict
            Passed to :meth:`plot`.

        Returns
        -------
        DetectionCurveDisplay
            The display, drawn.
        """
        suspicion = explainer.self_influence()
        return cls.from_arrays(is_wrong, {name: suspicion}, ax=ax, **kwargs)

    @classmethod
    def from_arrays(cls, is_wrong, suspicion, *, ax=None, **kwargs):
        """Draw how soon one or more rankings find wrong objects.

        Parameters
        ----------
        is_wrong : array-like of shape (n_objects,), bool or 0/1
            Which objects are wrong.
        suspicion : array-like of shape (n_objects,) or dict of str to array-like
            What ranks the objects, the largest inspected first; a dict holds several,
            by name.
        ax : matplotlib Axes, default=None
            Where to draw; None: a new figure.
        **kwargs : dict
            Passed to :meth:`plot`.

        Returns
        -------
        DetectionCurveDisplay
            The display, drawn.

        Raises
        ------
        ValueError
            As :func:`~sklinfluence.metrics.detection_curve` does.
        """
        named = suspicion if isinstance(suspicion, dict) else {"ranking": suspicion}
        curves = {name: detection_curve(is_wrong, one) for name, one in named.items()}
        share = float(np.mean(column_or_1d(is_wrong).astype(bool)))
        return cls(curves, share).plot(ax=ax, **kwargs)

    def plot(self, ax=None, **kwargs):
        """Draw the curves; the legend has their average precision (AP).

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Where to draw; None: a new figure. Axes with such curves get more of them,
            in the next colours, and where another share of the objects is wrong, the
            order that has these first.
        **kwargs : dict
            Passed to ``ax.plot`` for every curve.

        Returns
        -------
        DetectionCurveDisplay
            The display.
        """
        ax = axes_of(ax, 5.2, 4.2)
        drawn = [line.get_gid() for line in ax.lines]
        self._draw_ends(ax, drawn)
        self.lines_ = []
        for place, (name, curve) in enumerate(self.curves.items(), drawn.count(_CURVE)):
            label = f"{name} (AP = {curve.average_precision:.2f})"
            style = line_style(place) | {"linewidth": 2, "label": label}
            style = styled(style, kwargs, Line2D) | {"gid": _CURVE}
            self.lines_ += ax.plot(100 * curve.inspected, 100 * curve.found, **style)
        ax.set_xlim(0, 100)
        ax.set_ylim(0, 103)
        ax.set_xlabel("training objects inspected (%)")
        ax.set_ylabel("wrong objects found (%)")
        ax.legend(
            loc="lower right", fontsize="small", framealpha=0.85, edgecolor="none"
        )
        self.ax_, self.figure_ = ax, ax.figure
        return self

    def _draw_ends(self, ax, drawn):
        """Draw a random order and the best one, where they are not drawn yet."""
        style = {"color": GREY, "linewidth": 1, "zorder": 0}
        if _RANDOM not in drawn:
            ax.plot([0, 100], [0, 100], label=_RANDOM, gid=_RANDOM, **style)
        gid = f"{_BEST}: {self.share}"
        if gid in drawn:
            return
        others = any(str(name).startswith(_BEST) for name in drawn)
        label = f"{_BEST} ({100 * self.share:.3g}% wrong)" if others else _BEST
        best = [0, 100 * self.share, 100], [0, 100, 100]
        ax.plot(*best, linestyle=":", label=label, gid=gid, **style)
