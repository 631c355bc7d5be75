"""What a Cox model of lifelines finds in a data frame."""

from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from sklinfluence.utils import SurvivalTarget


class FrameData(NamedTuple):
    """Targets of the rows of a data frame, and what else a partial likelihood takes.

    Attributes
    ----------
    target : SurvivalTarget
        Events, durations and entries.
    stratum : ndarray of shape (n,), int, or None
        Stratum of each row.
    strata : pandas.Index or None
        What each stratum is called.
    weight : ndarray of shape (n,)
        Weights.
    """

    target: SurvivalTarget
    stratum: Any
    strata: Any
    weight: np.ndarray


class FrameReader:
    """Read data frames as a fitted ``CoxPHFitter`` reads them.

    Parameters
    ----------
    fitter : CoxPHFitter
        The fitted model.
    """

    def __init__(self, fitter):
        self.model = fitter._model
        self.name = type(fitter).__name__

    def check_rows(self, X):
        """Raise an error where X is no data frame that the model was fitted to."""
        expected = self.model._n_examples
        if not isinstance(X, pd.DataFrame) or len(X) != expected:
            raise ValueError(
                f"Got X of type {type(X).__name__} with {len(X)} rows; expected the "
                f"DataFrame of {expected} rows to which the {self.name} was fitted."
            )

    def covariates(self, X):
        """Return the columns of the model, of shape (n, n_params)."""
        if not isinstance(X, pd.DataFrame):
            raise ValueError(
                f"Got X of type {type(X).__name__}; expected a DataFrame, as "
                f"{self.name} takes it."
            )
        try:
            columns = self.model.regressors.transform_df(X)["beta_"]
        except KeyError as error:
            raise ValueError(
                f"X lacks columns that the {self.name} was fitted with ({error}); "
                f"expected them among {X.columns.tolist()}."
            ) from error
        if len(columns) != len(X):
            # A formula leaves them out without a word.
            raise ValueError(
                f"Got {len(X) - len(columns)} rows with missing values in the columns "
                f"of formula={self.model.formula!r}; expected none. Drop or impute "
                "them."
            )
        return columns.to_numpy(dtype=float)

    def target(self, X):
        """Return durations, events and entries."""
        model = self.model
        time = self._column(X, model.duration_col).to_numpy(dtype=float)
        event = np.ones(len(X), dtype=bool)
        if model.event_col is not None:
            event = self._column(X, model.event_col).to_numpy().astype(bool)
        entry = None
        if model.entry_col is not None:
            entry = self._column(X, model.entry_col).to_numpy(dtype=float)
        return SurvivalTarget(event, time, entry)

    def training_data(self, X):
        """Return what a partial likelihood takes of the training data."""
        weight, stratum, strata = np.ones(len(X)), None, None
        if self.model.weights_col is not None:
            weight = self._column(X, self.model.weights_col).to_numpy(dtype=float)
        if self.model.strata:
            called = self._strata(X)
            stratum, strata = called.factorize(sort=True)
            strata = strata.set_names(called.names)
        return FrameData(self.target(X), stratum, strata, weight)

    def codes(self, X, strata):
        """Return the position of the stratum of each row, None without strata."""
        if strata is None:
            return None
        codes = strata.get_indexer(self._strata(X))
        if (codes < 0).any():
            raise ValueError(
                f"Got rows with the strata {self._strata(X)[codes < 0].tolist()[:5]} "
                f"in the columns {self.model.strata}; expected those of the training "
                f"data, {strata.tolist()[:20]}."
            )
        return codes

    def _strata(self, X):
        """Return what the strata are called, an index of as many levels as columns."""
        names = self.model.strata
        names = names if isinstance(names, list) else [names]
        for name in names:
            self._column(X, name)
        return X.set_index(names).index

    def _column(self, X, name):
        if name not in X.columns:
            raise ValueError(
                f"X has no column {name!r}, which the {self.name} was fitted with; "
                f"expected it among {X.columns.tolist()}."
            )
        return X[name]
