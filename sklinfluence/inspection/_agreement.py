"""Scatter of estimated against retrained influence."""

import matplotlib.pyplot as plt
import numpy as np

from sklinfluence.inspection._style import BLUE, GREY, unit_of
from sklinfluence.metrics import agreement


class AgreementDisplay:
    """Estimated influence against that of retraining, one point a pair of objects.

    Points on the diagonal are right; a line of another slope is a wrong scale, which a
    correlation would hide. Make it by :meth:`from_explainer` or :meth:`from_arrays`.

    Parameters
    ----------
    estimate, retrained : ndarray of shape (n_test, n_objects)
        Influence, estimated and by retraining.
    unit : str, default=""
        What influence is measured in, for the axis labels.

    Attributes
    ----------
    agreement : Bunch
        See :func:`~sklinfluence.metrics.agreement`.
    ax_ : matplotlib Axes
        Where it was drawn.
    figure_ : matplotlib Figure
        Figure of ``ax_``.

    Examples
    --------
    >>> from sklinfluence.inspection import AgreementDisplay
    >>> display = AgreementDisplay.from_arrays([[0.1, -0.2]], [[0.11, -0.19]])
    >>> display.ax_.get_xlabel()
    'effect of removal by retraining'
    """

    def __init__(self, estimate, retrained, unit=""):
        self.estimate = np.asarray(estimate, dtype=float)
        self.retrained = np.asarray(retrained, dtype=float)
        self.unit = unit
        usable = np.isfinite(self.retrained).all(axis=0)
        self.agreement = agreement(self.estimate[:, usable], self.retrained[:, usable])

    @classmethod
    def from_explainer(cls, explainer, X=None, y=None, *, k=10, ax=None, **kwargs):
        """Refit without a few objects and draw the agreement.

        Parameters
        ----------
        explainer : InfluenceExplainer
            Fitted explainer; its ``audit`` is run.
        X, y : test objects, default=None
            As for ``audit``.
        k : int, default=10
            Objects of each kind (strongest, weakest, random).
        ax : matplotlib Axes, default=None
            Where to draw; None: a new figure.
        **kwargs : dict
            Passed to :meth:`plot`.

        Returns
        -------
        AgreementDisplay
            The display, drawn.
        """
        result = explainer.audit(X, y, k=k)
        display = cls(result.estimate, result.retrained, unit_of(explainer))
        return display.plot(ax=ax, **kwargs)

    @classmethod
    def from_arrays(cls, estimate, retrained, *, unit="", ax=None, **kwargs):
        """Draw the agreement of two arrays of influence.

        Parameters
        ----------
        estimate, retrained : array-like of shape (n_test, n_objects)
            Influence, estimated and by retraining.
        unit : str, default=""
            What influence is measured in.
        ax : matplotlib Axes, default=None
            Where to draw; None: a new figure.
        **kwargs : dict
            Passed to :meth:`plot`.

        Returns
        -------
        AgreementDisplay
            The display, drawn.
        """
        return cls(estimate, retrained, unit).plot(ax=ax, **kwargs)

    def plot(self, ax=None, **kwargs):
        """Draw the points and the diagonal.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Where to draw; None: a new figure.
        **kwargs : dict
            Passed to ``ax.scatter``.

        Returns
        -------
        AgreementDisplay
            The display.
        """
        if ax is None:
            _, ax = plt.subplots(figsize=(4.8, 4.5), layout="constrained")
        style = {"s": 9, "alpha": 0.5, "color": BLUE, "linewidths": 0} | kwargs
        ax.axline((0, 0), slope=1, color=GREY, linewidth=1, zorder=0)
        ax.scatter(self.retrained.ravel(), self.estimate.ravel(), **style)
        unit = f" ({self.unit})" if self.unit else ""
        ax.set_xlabel(f"effect of removal by retraining{unit}")
        ax.set_ylabel(f"estimated influence{unit}")
        ax.set_title(
            f"relative error {self.agreement.relative_error:.1%}, "
            f"correlation {self.agreement.pearson:.4f}",
            fontsize="medium",
        )
        self.ax_, self.figure_ = ax, ax.figure
        return self
