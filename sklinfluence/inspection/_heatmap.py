"""Influence of many training objects on many test objects, as colours."""

import numpy as np
import pandas as pd

from sklinfluence._ranking import check_count
from sklinfluence.inspection._style import (
    DIVERGING,
    axes_of,
    change_of,
    names_of,
    short,
    symmetric,
    unit_of,
)

# More names than this cannot be read along an axis.
_MOST_NAMES = 40


class InfluenceHeatmapDisplay:
    """Influence as colour: test objects in rows, training objects in columns.

    Red: without the object the target would be higher; blue: lower; white: no
    influence; grey: unknown. Make it by :meth:`from_explainer` or :meth:`from_arrays`.

    Parameters
    ----------
    influence : ndarray of shape (n_test, n_objects)
        Influence.
    test_names : ndarray of shape (n_test,), default=None
        Names of the test objects; None: positions.
    object_names : ndarray of shape (n_objects,), default=None
        Names of the training objects; None: positions.
    unit : str, default=""
        What influence is measured in.
    n_objects : int, default=None
        How many training objects there are in all, where not all are shown.
    of_groups : bool, default=False
        Whether columns are groups of training objects.

    Attributes
    ----------
    image_ : matplotlib AxesImage
        The colours.
    ax_ : matplotlib Axes
        Where it was drawn.
    figure_ : matplotlib Figure
        Figure of ``ax_``.

    Examples
    --------
    >>> from sklinfluence import CoxRegressor, InfluenceExplainer
    >>> from sklinfluence.datasets import load_rossi
    >>> from sklinfluence.inspection import InfluenceHeatmapDisplay
    >>> X, y = load_rossi(return_X_y=True)
    >>> explainer = InfluenceExplainer(CoxRegressor()).fit(X, y)
    >>> display = InfluenceHeatmapDisplay.from_explainer(explainer, X[:8], k=20)
    >>> display.influence.shape
    (8, 20)
    """

    def __init__(
        self,
        influence,
        test_names=None,
        object_names=None,
        unit="",
        n_objects=None,
        of_groups=False,
    ):
        self.influence = np.asarray(influence, dtype=float)
        if self.influence.ndim != 2 or not self.influence.size:
            raise ValueError(
                f"Got influence of shape {self.influence.shape}; expected "
                "(n_test, n_objects), at least one of each."
            )
        n_test, n_shown = self.influence.shape
        self.test_names = names_of(test_names, n_test)
        self.object_names = names_of(object_names, n_shown)
        self.unit = unit
        self.n_objects = n_shown if n_objects is None else n_objects
        self.of_groups = of_groups

    @classmethod
    def from_explainer(
        cls,
        explainer,
        X=None,
        y=None,
        *,
        k=30,
        groups=None,
        test_names=None,
        ax=None,
        **kwargs,
    ):
        """Draw the influence of the training objects that matter most to test objects.

        Parameters
        ----------
        explainer : InfluenceExplainer
            Fitted explainer.
        X, y : test objects, default=None
            As for ``influence``.
        k : int, default=30
            How many training objects, or groups: those of the largest sum of squares
            over the test objects, from the largest mean influence to the lowest.
        groups : array-like of shape (n_objects,), list or dict, default=None
            Objects to remove together, as for ``influence``: a column for each group.
        test_names : array-like of shape (n_test,), default=None
            Names of the test objects; None: those of a DataFrame, else positions.
        ax : matplotlib Axes, default=None
            Where to draw; None: a new figure.
        **kwargs : dict
            Passed to :meth:`plot`.

        Returns
        -------
        InfluenceHeatmapDisplay
            The display, drawn.
        """
        check_count(k)
        frame = explainer.influence(X, y, groups=groups, as_frame=True)
        influence = frame.to_numpy()
        squares = np.nansum(influence**2, axis=0)
        shown = np.argsort(-squares, kind="stable")[:k]
        known = np.isfinite(influence[:, shown]).sum(axis=0)
        mean = np.nansum(influence[:, shown], axis=0) / np.maximum(known, 1)
        shown = shown[np.argsort(-mean, kind="stable")]
        display = cls(
            influence[:, shown],
            frame.index if test_names is None else test_names,
            frame.columns[shown],
            unit_of(explainer),
            influence.shape[1],
            groups is not None,
        )
        return display.plot(ax=ax, **kwargs)

    @classmethod
    def from_arrays(
        cls,
        influence,
        *,
        test_names=None,
        object_names=None,
        unit="",
        ax=None,
        **kwargs,
    ):
        """Draw an array of influence as it is.

        Parameters
        ----------
        influence : array-like or DataFrame of shape (n_test, n_objects)
            Influence.
        test_names, object_names : array-like, default=None
            Names of rows and columns; None: those of a DataFrame, else positions.
        unit : str, default=""
            What influence is measured in.
        ax : matplotlib Axes, default=None
            Where to draw; None: a new figure.
        **kwargs : dict
            Passed to :meth:`plot`.

        Returns
        -------
        InfluenceHeatmapDisplay
            The display, drawn.

        Raises
        ------
        ValueError
            If influence has not two dimensions, is empty, or names are not as many.
        """
        if isinstance(influence, pd.DataFrame):
            test_names = influence.index if test_names is None else test_names
            object_names = influence.columns if object_names is None else object_names
        return cls(influence, test_names, object_names, unit).plot(ax=ax, **kwargs)

    def plot(self, ax=None, **kwargs):
        """Draw the colours.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Where to draw; None: a new figure.
        **kwargs : dict
            Passed to ``ax.imshow``.

        Returns
        -------
        InfluenceHeatmapDisplay
            The display.
        """
        n_test, n_shown = self.influence.shape
        # Not less than the labels take.
        width, height = np.clip((n_shown, n_test), (4, 8), _MOST_NAMES)
        ax = axes_of(ax, 2.6 + 0.2 * width, 1.6 + 0.2 * height)
        style = {"cmap": DIVERGING, "aspect": "auto", "interpolation": "nearest"}
        # A norm has limits of its own.
        style |= symmetric(self.influence) if kwargs.get("norm") is None else {}
        style |= kwargs
        ax.set_facecolor("0.8")
        self.image_ = ax.imshow(self.influence, **style)
        _label(ax.xaxis, self.object_names, rotation=90)
        _label(ax.yaxis, self.test_names)
        left_out = n_shown < self.n_objects
        some = f" (strongest {n_shown} of {self.n_objects})" if left_out else ""
        kind = "group of training objects" if self.of_groups else "training object"
        ax.set_xlabel(f"{kind} removed{some}")
        ax.set_ylabel("test object")
        unknown = "\n(grey: unknown)" if np.isnan(self.influence).any() else ""
        label = change_of(self.unit) + unknown
        ax.figure.colorbar(self.image_, ax=ax, label=label, pad=0.02)
        self.ax_, self.figure_ = ax, ax.figure
        return self


def _label(axis, names, rotation=0):
    """Write all names along an axis, or none where they could not be read.

    Positions in the picture are no names: they would be taken for them.
    """
    if len(names) > _MOST_NAMES:
        axis.set_ticks([])
        return
    texts = [short(name, 20) for name in names]
    if max(map(len, texts)) <= 2:
        rotation = 0
    axis.set_ticks(np.arange(len(names)), texts, rotation=rotation, fontsize="x-small")
