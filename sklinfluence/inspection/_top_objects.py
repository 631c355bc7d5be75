"""Bars of the strongest proponents and opponents of one test object."""

import matplotlib.pyplot as plt
import numpy as np

from sklinfluence.inspection._style import BLUE, GREY, ORANGE, unit_of


class TopObjectsDisplay:
    """Training objects that move one test object most, up and down.

    Make it by :meth:`from_explainer`.

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

    Attributes
    ----------
    ax_ : matplotlib Axes
        Where it was drawn.
    figure_ : matplotlib Figure
        Figure of ``ax_``.

    Examples
    --------
    >>> from sklinfluence import CoxRegressor, InfluenceExplainer
    >>> from sklinfluence.datasets import load_rossi
    >>> from sklinfluence.inspection import TopObjectsDisplay
    >>> X, y = load_rossi(return_X_y=True)
    >>> explainer = InfluenceExplainer(CoxRegressor()).fit(X, y)
    >>> display = TopObjectsDisplay.from_explainer(explainer, X[:1], k=3)
    >>> len(display.ax_.patches)
    6
    """

    def __init__(self, names, values, retrained=None, unit=""):
        self.names = np.asarray(names)
        self.values = np.asarray(values, dtype=float)
        self.retrained = retrained
        self.unit = unit

    @classmethod
    def from_explainer(
        cls, explainer, X, y=None, *, k=8, retrained=None, ax=None, **kwargs
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
            If X has more than one row.
        """
        top = explainer.top_objects(X, y, k=k)
        sides = (top.proponents, top.opponents)
        if len(top.proponents.influence) != 1:
            raise ValueError(
                f"Got {len(top.proponents.influence)} test objects; expected one row "
                "of X, such as X[:1]."
            )
        # With few training objects the two ends meet: show each object once.
        indices, order = np.unique(
            np.concatenate([side.indices[0] for side in sides]), return_index=True
        )
        values = np.concatenate([side.influence[0] for side in sides])[order]
        strongest_first = np.argsort(-values, kind="stable")
        indices, values = indices[strongest_first], values[strongest_first]
        if retrained is not None:
            retrained = np.asarray(retrained, dtype=float)[indices]
        names = explainer.object_names_[indices]
        display = cls(names, values, retrained, unit_of(explainer))
        return display.plot(ax=ax, **kwargs)

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
        if ax is None:
            height = 1.2 + 0.24 * len(self.values)
            _, ax = plt.subplots(figsize=(5.2, height), layout="constrained")
        places = np.arange(len(self.values))
        colors = np.where(self.values > 0, ORANGE, BLUE)
        ax.barh(places, self.values, **({"color": colors} | kwargs))
        if self.retrained is not None:
            ax.scatter(
                self.retrained, places, s=14, color="black", zorder=3, label="retrained"
            )
            ax.legend(loc="lower right", fontsize="small")
        ax.axvline(0, color=GREY, linewidth=1)
        ax.set_yticks(places, [str(name) for name in self.names], fontsize="small")
        ax.invert_yaxis()
        ax.set_ylabel("training object removed")
        ax.set_xlabel(f"change of the {self.unit or 'target'}")
        self.ax_, self.figure_ = ax, ax.figure
        return self
