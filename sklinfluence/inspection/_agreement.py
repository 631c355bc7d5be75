"""Scatter of estimated against retrained influence."""

import numpy as np
from matplotlib.collections import PathCollection

from sklinfluence.inspection._style import BLUE, GREY, axes_of, styled, unit_of
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
    bound : ndarray of shape (n_test, n_objects), default=None
        Bounds on the error of the estimate, drawn as bars that reach the diagonal.

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

    def __init__(self, estimate, retrained, unit="", bound=None):
        self.estimate = np.asarray(estimate, dtype=float)
        self.retrained = np.asarray(retrained, dtype=float)
        self.unit = unit
        self.bound = None if bound is None else np.asarray(bound, dtype=float)
        if self.bound is not None and self.bound.shape != self.estimate.shape:
            raise ValueError(
                f"Got bounds of shape {self.bound.shape} for estimates of shape "
                f"{self.estimate.shape}; expected a bound for each."
            )
        self.agreement = agreement(self.estimate, self.retrained, nan_policy="omit")

    @classmethod
    def from_explainer(
        cls, explainer, X=None, y=None, *, k=10, return_bound=False, ax=None, **kwargs
    ):
        """Refit without a few objects and draw the agreement.

        Parameters
        ----------
        explainer : InfluenceExplainer
            Fitted explainer; its ``audit`` is run.
        X, y : test objects, default=None
            As for ``audit``.
        k : int, default=10
            Objects of each kind (strongest, weakest, random).
        return_bound : bool, default=False
            Also draw the bounds that the method knows.
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
        bound = None
        if return_bound:
            groups = [[i] for i in result.objects]
            _, bound = explainer.influence(X, y, groups=groups, return_bound=True)
        display = cls(result.estimate, result.retrained, unit_of(explainer), bound)
        return display.plot(ax=ax, **kwargs)

    @classmethod
    def from_arrays(
        cls, estimate, retrained, *, bound=None, unit="", ax=None, **kwargs
    ):
        """Draw the agreement of two arrays of influence.

        Parameters
        ----------
        estimate, retrained : array-like of shape (n_test, n_objects)
            Influence, estimated and by retraining.
        bound : array-like of shape (n_test, n_objects), default=None
            Bounds on the error of the estimate.
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
        return cls(estimate, retrained, unit, bound).plot(ax=ax, **kwargs)

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
        ax = axes_of(ax, 4.8, 4.5)
        style = {"s": 9, "alpha": 0.5, "linewidth": 0}
        # A colour for each point takes no other.
        style |= {} if "c" in kwargs else {"color": BLUE}
        style = styled(style, kwargs, PathCollection)
        ax.axline((0, 0), slope=1, color=GREY, linewidth=1, zorder=0)
        ax.scatter(self.retrained.ravel(), self.estimate.ravel(), **style)
        if self.bound is not None:
            ax.errorbar(
                self.retrained.ravel(),
                self.estimate.ravel(),
                yerr=np.where(np.isfinite(self.bound), self.bound, np.nan).ravel(),
                fmt="none",
                ecolor=BLUE,
                elinewidth=0.8,
                alpha=0.4,
                zorder=0,
                label="bound on the error",
            )
            ax.legend(frameon=False, loc="upper left", fontsize="small")
        unit = f" ({self.unit})" if self.unit else ""
        ax.set_xlabel(f"effect of removal by retraining{unit}")
        ax.set_ylabel(f"estimated influence{unit}")
        error, correlation = self.agreement.relative_error, self.agreement.pearson
        # Neither is defined where retraining changes nothing.
        error = f"{error:.1%}" if np.isfinite(error) else "–"
        correlation = f"{correlation:.4f}" if np.isfinite(correlation) else "–"
        title = f"relative error {error}, correlation {correlation}"
        ax.set_title(title, fontsize="medium")
        self.ax_, self.figure_ = ax, ax.figure
        return self
