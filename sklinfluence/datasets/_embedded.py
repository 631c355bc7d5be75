"""Loaders of the data sets that come with lifelines."""

import pandas as pd

from sklinfluence.datasets import _tables
from sklinfluence.datasets._bunch import survival_bunch


def _load(table, return_X_y, as_frame):
    # lifelines takes more than a second to import; fetchers do without it.
    from lifelines import datasets

    frame = getattr(datasets, f"load_{table.name}")().dropna()
    data = frame.drop(columns=[table.event, table.time])
    return survival_bunch(
        pd.get_dummies(data, columns=list(table.categorical), drop_first=True),
        frame[table.event],
        frame[table.time],
        description=table.description,
        return_X_y=return_X_y,
        as_frame=as_frame,
    )


def load_rossi(*, return_X_y=False, as_frame=True):
    """Load the recidivism data of Rossi: 432 released convicts.

    The event is an arrest in the year after release, seen for 114 of them.

    Parameters
    ----------
    return_X_y : bool, default=False
        Return the pair (data, target) in place of the Bunch.
    as_frame : bool, default=True
        Return data as a DataFrame, not as an array.

    Returns
    -------
    Bunch
        With ``return_X_y=True`` the pair (data, target), else an object with

        data : DataFrame or ndarray of shape (432, 7)
            Covariates, float64.
        target : structured ndarray of shape (432,)
            Fields ``event`` (bool) and ``time`` (float64, weeks).
        frame : DataFrame of shape (432, 9) or None
            Data, event and time; None where ``as_frame=False``.
        feature_names : list of str
            Names of the columns of data.
        DESCR : str
            What the data set is and what its columns mean.

    References
    ----------
    .. [1] P. H. Rossi, R. A. Berk, K. J. Lenihan. "Money, Work, and Crime: Some
       Experimental Results". Academic Press, 1980.

    Examples
    --------
    >>> from sklinfluence.datasets import load_rossi
    >>> X, y = load_rossi(return_X_y=True)
    >>> X.shape, int(y["event"].sum())
    ((432, 7), 114)
    """
    return _load(_tables.ROSSI, return_X_y, as_frame)


def load_gbsg2(*, return_X_y=False, as_frame=True):
    """Load the German Breast Cancer Study Group 2 data: 686 women.

    The event is recurrence or death. The columns of text (``horTh``, ``menostat``,
    ``tgrade``) are encoded as 0/1 columns without one for the first level.

    Parameters
    ----------
    return_X_y : bool, default=False
        Return the pair (data, target) in place of the Bunch.
    as_frame : bool, default=True
        Return data as a DataFrame, not as an array.

    Returns
    -------
    Bunch
        With ``return_X_y=True`` the pair (data, target), else an object with

        data : DataFrame or ndarray of shape (686, 9)
            Covariates, float64.
        target : structured ndarray of shape (686,)
            Fields ``event`` (bool) and ``time`` (float64, days).
        frame : DataFrame of shape (686, 11) or None
            Data, event and time; None where ``as_frame=False``.
        feature_names : list of str
            Names of the columns of data.
        DESCR : str
            What the data set is and what its columns mean.

    References
    ----------
    .. [1] M. Schumacher et al. "Randomized 2 x 2 trial evaluating hormonal treatment
       and the duration of chemotherapy in node-positive breast cancer patients".
       Journal of Clinical Oncology 12(10):2086-2093, 1994.

    Examples
    --------
    >>> from sklinfluence.datasets import load_gbsg2
    >>> X, y = load_gbsg2(return_X_y=True)
    >>> X.shape, int(y["event"].sum())
    ((686, 9), 299)
    """
    return _load(_tables.GBSG2, return_X_y, as_frame)


def load_lung(*, return_X_y=False, as_frame=True):
    """Load the lung cancer data of the NCCTG: 167 complete cases.

    The event is death. Of the 228 patients, the 61 with a missing value are left out
    and the others are numbered anew from 0. ``inst`` is a code, not a quantity.

    Parameters
    ----------
    return_X_y : bool, default=False
        Return the pair (data, target) in place of the Bunch.
    as_frame : bool, default=True
        Return data as a DataFrame, not as an array.

    Returns
    -------
    Bunch
        With ``return_X_y=True`` the pair (data, target), else an object with

        data : DataFrame or ndarray of shape (167, 8)
            Covariates, float64.
        target : structured ndarray of shape (167,)
            Fields ``event`` (bool) and ``time`` (float64, days).
        frame : DataFrame of shape (167, 10) or None
            Data, event and time; None where ``as_frame=False``.
        feature_names : list of str
            Names of the columns of data.
        DESCR : str
            What the data set is and what its columns mean.

    References
    ----------
    .. [1] C. L. Loprinzi et al. "Prospective evaluation of prognostic variables from
       patient-completed questionnaires". Journal of Clinical Oncology
       12(3):601-607, 1994.

    Examples
    --------
    >>> from sklinfluence.datasets import load_lung
    >>> X, y = load_lung(return_X_y=True)
    >>> X.shape, int(y["event"].sum())
    ((167, 8), 120)
    """
    return _load(_tables.LUNG, return_X_y, as_frame)


def load_larynx(*, return_X_y=False, as_frame=True):
    """Load the larynx cancer data: 90 men.

    The event is death, the time runs from the first treatment.

    Parameters
    ----------
    return_X_y : bool, default=False
        Return the pair (data, target) in place of the Bunch.
    as_frame : bool, default=True
        Return data as a DataFrame, not as an array.

    Returns
    -------
    Bunch
        With ``return_X_y=True`` the pair (data, target), else an object with

        data : DataFrame or ndarray of shape (90, 4)
            Covariates, float64.
        target : structured ndarray of shape (90,)
            Fields ``event`` (bool) and ``time`` (float64, years).
        frame : DataFrame of shape (90, 6) or None
            Data, event and time; None where ``as_frame=False``.
        feature_names : list of str
            Names of the columns of data.
        DESCR : str
            What the data set is and what its columns mean.

    References
    ----------
    .. [1] O. Kardaun. "Statistical survival analysis of male larynx-cancer patients: a
       case study". Statistica Neerlandica 37(3):103-125, 1983.

    Examples
    --------
    >>> from sklinfluence.datasets import load_larynx
    >>> X, y = load_larynx(return_X_y=True)
    >>> X.shape, int(y["event"].sum())
    ((90, 4), 50)
    """
    return _load(_tables.LARYNX, return_X_y, as_frame)


def load_kidney_transplant(*, return_X_y=False, as_frame=True):
    """Load the kidney transplant data: 863 patients.

    The event is death, the time runs from the transplant; 84% are censored.

    Parameters
    ----------
    return_X_y : bool, default=False
        Return the pair (data, target) in place of the Bunch.
    as_frame : bool, default=True
        Return data as a DataFrame, not as an array.

    Returns
    -------
    Bunch
        With ``return_X_y=True`` the pair (data, target), else an object with

        data : DataFrame or ndarray of shape (863, 4)
            Covariates, float64.
        target : structured ndarray of shape (863,)
            Fields ``event`` (bool) and ``time`` (float64, days).
        frame : DataFrame of shape (863, 6) or None
            Data, event and time; None where ``as_frame=False``.
        feature_names : list of str
            Names of the columns of data.
        DESCR : str
            What the data set is and what its columns mean.

    References
    ----------
    .. [1] J. P. Klein, M. L. Moeschberger. "Survival Analysis: Techniques for Censored
       and Truncated Data". Springer, 1997. Appendix D.3.

    Examples
    --------
    >>> from sklinfluence.datasets import load_kidney_transplant
    >>> X, y = load_kidney_transplant(return_X_y=True)
    >>> X.shape, int(y["event"].sum())
    ((863, 4), 140)
    """
    return _load(_tables.KIDNEY_TRANSPLANT, return_X_y, as_frame)
