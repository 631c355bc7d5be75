"""From what a user gives a Cox model to centred covariates and strata."""

from dataclasses import dataclass
from numbers import Integral

import numpy as np
import pandas as pd
from sklearn.utils import check_array
from sklearn.utils.validation import validate_data

from sklinfluence.utils import parse_survival_target
from sklinfluence.utils._sklearn import check_sample_weight, safe_indexing


class Covariates:
    """Rows of X as covariates and, apart from them, the columns of the strata.

    Parameters
    ----------
    estimator : CoxRegressor
        Knows the strata columns and the features it was fitted on.
    X : array-like or DataFrame of shape (n, n_features)
        Rows.
    reset : bool, default=False
        Whether these are the rows of ``fit``.

    Attributes
    ----------
    values : ndarray of shape (n, n_covariates), float64
        Covariates.
    """

    def __init__(self, estimator, X, reset=False):
        options = {"dtype": np.float64, "ensure_min_samples": 2 if reset else 1}
        self.columns = _as_list(estimator.strata)
        if not self.columns:
            self.values = validate_data(estimator, X, reset=reset, **options)
            self.strata = None
            return
        if not hasattr(X, "shape"):
            X = np.asarray(X)
        validate_data(estimator, X, reset=reset, skip_check_array=True)
        places = [_place(column, X) for column in self.columns]
        kept = [j for j in range(X.shape[1]) if j not in places]
        if not kept:
            raise ValueError(
                f"All {X.shape[1]} columns of X are strata ({self.columns}); expected "
                "at least one covariate."
            )
        self.values = check_array(
            safe_indexing(X, kept, axis=1),
            estimator=estimator,
            input_name="X",
            **options,
        )
        frame = pd.DataFrame(safe_indexing(X, places, axis=1))
        if frame.isna().any(axis=None):
            raise ValueError(
                f"The strata columns {self.columns} contain missing values; expected "
                "a stratum for every row. Drop the rows or give them a stratum."
            )
        single = frame.shape[1] == 1
        self.strata = (
            pd.Index(frame[frame.columns[0]])
            if single
            else (pd.MultiIndex.from_frame(frame))
        )

    def names(self, feature_names):
        """Return names of the covariates, given those of all columns or None."""
        if feature_names is None:
            count = self.values.shape[1] + len(self.columns)
            feature_names = np.array([f"x{j}" for j in range(count)], dtype=object)
        strata = {
            column if isinstance(column, str) else feature_names[column]
            for column in self.columns
        }
        return np.array([n for n in feature_names if n not in strata], dtype=object)

    def codes(self, strata):
        """Return each row's position in ``strata``.

        Parameters
        ----------
        strata : pandas.Index
            Known strata.

        Returns
        -------
        ndarray of shape (n,), int
            Positions; all 0 without strata.

        Raises
        ------
        ValueError
            If a row has a stratum that is not known.
        """
        if self.strata is None:
            return np.zeros(len(self.values), dtype=int)
        codes = strata.get_indexer(self.strata)
        if (codes < 0).any():
            unknown = self.strata[codes < 0].unique().tolist()
            raise ValueError(
                f"Got rows with the strata {unknown[:5]} in the columns "
                f"{self.columns}; expected those of the training data, "
                f"{strata.tolist()[:20]}. A stratum without training data has no "
                "baseline hazard."
            )
        return codes


@dataclass(frozen=True)
class CoxTrainingData:
    """Training data of a Cox model, as its loss and score model take them.

    Attributes
    ----------
    X : ndarray of shape (n, p)
        Centred covariates; columns without variance in any stratum are zero.
    mean : ndarray of shape (p,)
        Weighted means that were subtracted.
    event, time, entry : ndarray of shape (n,)
        Survival target; ``entry`` may be None.
    stratum : ndarray of shape (n,), int, or None
        Stratum of each row.
    strata : pandas.Index or None
        Values of the strata.
    weight : ndarray of shape (n,)
        Case weights.
    """

    X: np.ndarray
    mean: np.ndarray
    event: np.ndarray
    time: np.ndarray
    entry: np.ndarray | None
    stratum: np.ndarray | None
    strata: pd.Index | None
    weight: np.ndarray


def cox_training_data(estimator, X, y, sample_weight):
    """Validate the training data of a Cox model.

    Parameters
    ----------
    estimator : CoxRegressor
        Gets ``n_features_in_``, ``feature_names_in_`` and ``covariate_names_``.
    X, y, sample_weight : training data
        As given to ``fit``.

    Returns
    -------
    CoxTrainingData
        The data.
    """
    if y is None:
        raise ValueError(
            f"{type(estimator).__name__} requires y to be passed, but the target y is "
            "None."
        )
    covariates = Covariates(estimator, X, reset=True)
    estimator.covariate_names_ = covariates.names(
        getattr(estimator, "feature_names_in_", None)
    )
    target = parse_survival_target(y)
    if len(covariates.values) != len(target.time):
        raise ValueError(
            "Found input variables with inconsistent numbers of samples: X has "
            f"{len(covariates.values)} rows and y {len(target.time)}; expected one "
            "target for every row. Select the same rows of both."
        )
    weight = _weight(covariates.values, sample_weight)
    if not (weight > 0)[target.event].any():
        raise ValueError(
            f"y has no events: all {len(target.time)} subjects are censored (or of "
            "weight zero); expected at least one observed event. Check the coding of "
            "the event column: 1 or True means observed."
        )
    stratum, strata = None, None
    if covariates.strata is not None:
        stratum, strata = covariates.strata.factorize(sort=True)
    mean = np.average(covariates.values, axis=0, weights=weight)
    centred = covariates.values - mean
    centred[:, _constant(covariates.values, stratum)] = 0.0
    return CoxTrainingData(centred, mean, *target, stratum, strata, weight)


def _weight(X, sample_weight):
    weight = check_sample_weight(sample_weight, X, dtype=np.float64)
    if (weight < 0).any():
        row = int(np.argmax(weight < 0))
        raise ValueError(
            f"Got sample_weight[{row}] = {weight[row]:g}; expected weights that are "
            "not negative."
        )
    return weight


def _constant(X, stratum):
    """Say which columns have a single value in every stratum."""
    if stratum is None:
        return X.min(axis=0) == X.max(axis=0)
    groups = pd.DataFrame(X).groupby(stratum)
    return ((groups.max() - groups.min()) == 0).all(axis=0).to_numpy()


def _as_list(strata):
    if strata is None:
        return []
    return list(strata) if isinstance(strata, (list, tuple)) else [strata]


def _place(column, X):
    known = list(getattr(X, "columns", []))
    if isinstance(column, str):
        if column in known:
            return known.index(column)
        raise ValueError(
            f"Got strata={column!r}, which is not a column of X "
            f"(columns: {known or 'X is not a DataFrame'}); expected a column name of "
            "a DataFrame, or a position."
        )
    if not isinstance(column, Integral) or not 0 <= column < X.shape[1]:
        raise ValueError(
            f"Got strata={column!r}; expected a column name or a position from 0 to "
            f"{X.shape[1] - 1}."
        )
    return int(column)
