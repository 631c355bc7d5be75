"""Feature values of a test object and of some training rows, as a coloured table."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import sparse

from sklinfluence.inspection._style import DIVERGING, short
from sklinfluence.utils._sklearn import safe_indexing

# Standard deviations at which colours end.
_MOST = 3.0
# Characters of small print in an inch.
_CHARACTERS = 12


@dataclass(frozen=True)
class FeatureTable:
    """Values and how unusual they are.

    Attributes
    ----------
    names : list of str
        Names of the features.
    texts : ndarray of str of shape (1 + n_rows, n_features)
        What is written: the test object first, then the rows.
    z : ndarray of shape (1 + n_rows, n_features)
        Standard deviations from the mean of the training rows; nan for what is no
        number or constant.
    """

    names: list
    texts: np.ndarray
    z: np.ndarray

    @classmethod
    def of_rows(cls, explainer, X, indices, features):
        """Collect the values of one test row and of some training rows.

        Parameters
        ----------
        explainer : InfluenceExplainer
            Fitted explainer of rows.
        X : array-like, DataFrame or sparse matrix of shape (1, n_features)
            Test row.
        indices : ndarray of int
            Training rows.
        features : "all" or list
            Names or positions of columns.

        Returns
        -------
        FeatureTable
            The table.
        """
        problem = explainer.problem_
        if not problem.objects.are_rows:
            raise ValueError(
                f"features= are columns of training rows; got an explainer of "
                f"objects={explainer.objects!r}. Use features=None."
            )
        train_X, X = _table(problem.X), _table(X)
        if isinstance(train_X, pd.DataFrame) and isinstance(X, pd.DataFrame):
            # Pipelines that pick columns by name take them in any order.
            X = X[train_X.columns]
        columns = _columns(train_X, features)
        train = [_column(train_X, place) for place in columns.values()]
        test = [_column(X, place) for place in columns.values()]
        shown = [
            np.concatenate([one, safe_indexing(all_, indices)])
            for one, all_ in zip(test, train, strict=True)
        ]
        z = [_standardised(part, all_) for part, all_ in zip(shown, train, strict=True)]
        length = int(_CHARACTERS * _width(len(columns)) / len(columns))
        texts = [[_text(value, max(length, 10)) for value in part] for part in shown]
        return cls(list(columns), np.array(texts).T, np.array(z).T)

    @property
    def width(self):
        """Width beside bars, in inches: with few features, that of the legend."""
        return _width(len(self.names))

    def draw(self, ax):
        """Draw the table beside bars, the test object in a line above them.

        Parameters
        ----------
        ax : matplotlib Axes
            Where to draw; shares its y-axis with bars at 0, 1, ...
        """
        n_rows, n_features = self.z.shape
        ax.set_facecolor("0.95")
        ax.imshow(
            self.z,
            cmap=DIVERGING,
            # Not the darkest colours, on which no number can be read.
            vmin=-1.6 * _MOST,
            vmax=1.6 * _MOST,
            aspect="auto",
            extent=(-0.5, n_features - 0.5, n_rows - 1.5, -1.5),
        )
        for (row, column), text in np.ndenumerate(self.texts):
            style = {"ha": "center", "va": "center", "fontsize": "x-small"}
            weight = "bold" if row == 0 else "normal"
            ax.text(column, row - 1, text, weight=weight, **style)
        ax.axhline(-0.5, color="black", linewidth=1)
        heads = [short(name, 18) for name in self.names]
        long = max(map(len, heads)) > 7
        ax.set_xticks(
            range(n_features),
            heads,
            rotation=35 if long else 0,
            ha="left" if long else "center",
            fontsize="small",
        )
        if np.isfinite(self.z).any():
            colours = "colour: standard deviations\nabove or below the mean"
            ax.set_xlabel(colours, size="x-small")
        ax.tick_params(length=0, labelleft=False, labeltop=True, labelbottom=False)
        for spine in ax.spines.values():
            spine.set_visible(False)


def _table(X):
    """Return rows as something with columns: texts in a list have one."""
    if hasattr(X, "shape") and len(X.shape) == 2:
        return X
    X = np.asarray(X)
    return pd.DataFrame({"text": X}) if X.ndim == 1 else X


def _columns(X, features):
    """Return names and positions of the columns that were asked for."""
    known = [str(name) for name in getattr(X, "columns", range(X.shape[1]))]
    if isinstance(features, str) and features == "all":
        return dict(zip(known, range(len(known)), strict=True))
    chosen = {}
    for feature in features:
        if str(feature) not in known:
            raise ValueError(
                f"Got the feature {feature!r}; expected names or positions among "
                f"{', '.join(known[:10])}{' ...' if len(known) > 10 else ''}."
            )
        chosen[str(feature)] = known.index(str(feature))
    return chosen


def _column(X, place):
    if sparse.issparse(X):
        return np.asarray(X[:, [place]].todense()).ravel()
    if isinstance(X, pd.DataFrame):
        return X.iloc[:, place].to_numpy()
    return np.asarray(X)[:, place]


def _standardised(values, train):
    try:
        values, train = values.astype(float), train.astype(float)
    except (TypeError, ValueError):
        return np.full(len(values), np.nan)
    spread = np.nanstd(train)
    if not spread > 0:
        return np.full(len(values), np.nan)
    return np.clip((values - np.nanmean(train)) / spread, -_MOST, _MOST)


def _width(n_features):
    """Return the width of a table, in inches."""
    return max(0.6 * n_features, 1.9)


def _text(value, length):
    if isinstance(value, (bool, np.bool_)):
        return str(value)
    if isinstance(value, (int, float, np.integer, np.floating)):
        return f"{value:.3g}"
    return short(value, length)
