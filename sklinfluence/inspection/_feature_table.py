"""Feature values of a test object and of some training rows, as a coloured table."""

from dataclasses import dataclass
from datetime import datetime
from numbers import Integral, Real

import numpy as np
import pandas as pd
from scipy import sparse

from sklinfluence.inspection._style import DIVERGING, short
from sklinfluence.utils._sklearn import safe_indexing

# Standard deviations at which colours end.
_MOST = 3.0
# Characters of small print in an inch.
_CHARACTERS = 12
# Whole numbers from here on are not exact as floats, or nearly so.
_WHOLE = 1e15


@dataclass(frozen=True)
class FeatureTable:
    """Values and how unusual they are.

    Attributes
    ----------
    names : list
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
            Names of columns, or positions where no column is called by a number.

        Returns
        -------
        FeatureTable
            The table.

        Raises
        ------
        ValueError
            If there are no such columns, or no training rows.
        """
        problem = explainer.problem_
        if not problem.objects.are_rows:
            raise ValueError(
                f"features= are columns of training rows; got an explainer of "
                f"objects={explainer.objects!r}. Use features=None."
            )
        train_X, X = _table(problem.X), _table(X)
        places = _places(train_X, features)
        names = [_names(train_X)[place] for place in places]
        train = [_column(train_X, place) for place in places]
        test = [_column(X, place) for place in _test_places(X, train_X, places, names)]
        shown = [
            np.concatenate([one, safe_indexing(all_, indices)])
            for one, all_ in zip(test, train, strict=True)
        ]
        z = [_standardised(part, all_) for part, all_ in zip(shown, train, strict=True)]
        length = int(_CHARACTERS * _width(len(names)) / len(names))
        texts = [[_text(value, max(length, 10)) for value in part] for part in shown]
        return cls(names, np.array(texts).T, np.array(z).T)

    @property
    def width(self):
        """Width beside bars, in inches: that of texts, or of the legend below."""
        lines = [line for text in self.texts.flat for line in text.split("\n")]
        n_features = len(self.names)
        return max(_width(n_features), n_features * max(map(len, lines)) / _CHARACTERS)

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
    if sparse.issparse(X):
        return X.tocsr()
    if hasattr(X, "shape") and len(X.shape) == 2:
        return X
    X = np.asarray(X)
    return pd.DataFrame({"text": X}) if X.ndim == 1 else X


def _names(X):
    return list(getattr(X, "columns", range(X.shape[1])))


def _places(X, features):
    """Return the positions of the columns that were asked for, each once."""
    names = _names(X)
    if isinstance(features, str):
        features = names if features == "all" else [features]
        if features is names:
            return list(range(len(names)))
    places = list(dict.fromkeys(_place(feature, names) for feature in features))
    if not places:
        raise ValueError("Got no features; expected at least one, or features=None.")
    return places


def _place(feature, names):
    if feature in names:
        return names.index(feature)
    by_number = any(isinstance(name, Real) for name in names)
    whole = isinstance(feature, Integral) and not isinstance(feature, bool)
    if whole and not by_number and 0 <= feature < len(names):
        return int(feature)
    known = ", ".join(repr(name) for name in names[:10])
    raise ValueError(
        f"Got the feature {feature!r}; expected names of columns, among {known}"
        f"{' ...' if len(names) > 10 else ''}"
        + ("." if by_number else f", or positions from 0 to {len(names) - 1}.")
    )


def _test_places(X, train_X, places, names):
    """Return where the columns are in test rows, which may have them in any order."""
    frames = isinstance(train_X, pd.DataFrame) and isinstance(X, pd.DataFrame)
    if not frames or X.columns.equals(train_X.columns):
        return places
    known = list(X.columns)
    missing = [name for name in names if name not in known]
    if missing:
        raise ValueError(
            f"Got a test row without the columns {missing[:5]}; expected all features "
            "that are to be shown. Name those that it has in features=."
        )
    return [known.index(name) for name in names]


def _column(X, place):
    if sparse.issparse(X):
        return np.asarray(X[:, [place]].todense()).ravel()
    if isinstance(X, pd.DataFrame):
        return X.iloc[:, place].to_numpy()
    return np.asarray(X)[:, place]


def _standardised(values, train):
    unknown = np.full(len(values), np.nan)
    try:
        values, train = _as_floats(values), _as_floats(train)
    except (TypeError, ValueError):
        return unknown
    train = train[np.isfinite(train)]
    # The mean of equal numbers is one of them but for rounding.
    rounding = 8 * np.finfo(float).eps * np.abs(train).max(initial=0.0)
    if not len(train) or train.std() <= rounding:
        return unknown
    return np.clip((values - train.mean()) / train.std(), -_MOST, _MOST)


def _as_floats(values):
    """Return numbers, nan for times that are missing."""
    missing = np.isnat(values) if values.dtype.kind in "mM" else False
    return np.where(missing, np.nan, values.astype(float))


def _width(n_features):
    """Return the width of a table, in inches."""
    return max(0.6 * n_features, 1.9)


def _text(value, length):
    if isinstance(value, (bool, np.bool_)):
        return str(value)
    if isinstance(value, (int, np.integer)):
        return str(value)
    if isinstance(value, (float, np.floating)):
        whole = value.is_integer() and abs(value) < _WHOLE
        return str(int(value)) if whole else f"{value:.3g}"
    if isinstance(value, (datetime, np.datetime64)) and not pd.isna(value):
        return _time(pd.Timestamp(value), length)
    return short(value, length)


def _time(stamp, length):
    """Return a date and, unless it is midnight, the time, where need be below it."""
    date = stamp.date().isoformat()
    if stamp == stamp.normalize():
        return date
    time = stamp.time().isoformat("seconds")
    gap = " " if length > len(date) + len(time) else "\n"
    return f"{date}{gap}{time}"
