"""Fetchers of the data sets of the DeepSurv paper, METABRIC and SUPPORT."""

from sklinfluence.datasets import _tables
from sklinfluence.datasets._bunch import survival_bunch
from sklinfluence.datasets._remote import read_table

_SUBSETS = ("all", "train", "test")


def _fetch(table, subset, data_home, download_if_missing, return_X_y, as_frame):
    if subset not in _SUBSETS:
        raise ValueError(f"Got subset={subset!r}; expected one of {_SUBSETS}.")
    frame = read_table(table, data_home, download_if_missing)
    if subset != "all":
        frame = frame[frame["split"] == subset]
    return survival_bunch(
        frame.drop(columns=["duration", "event", "split"]),
        frame["event"],
        frame["duration"],
        description=table.description,
        return_X_y=return_X_y,
        as_frame=as_frame,
        split=frame["split"].to_numpy(dtype=str),
    )


def fetch_metabric(
    *,
    subset="all",
    data_home=None,
    download_if_missing=True,
    return_X_y=False,
    as_frame=True,
):
    """Fetch the METABRIC data: 1904 breast cancer patients.

    Survival with nine covariates, as published with the DeepSurv paper.

    Parameters
    ----------
    subset : {"all", "train", "test"}, default="all"
        Rows to return; the division is that of the published file.
    data_home : path-like, default=None
        Folder of ``metabric.csv.gz`` or of the original file. By default the one that
        the environment variable SKLINFLUENCE_DATA names, else
        ``~/sklinfluence_data``.
    download_if_missing : bool, default=True
        Download the original file where neither file is in the folder. This needs
        ``pip install "sklinfluence[download]"``.
    return_X_y : bool, default=False
        Return the pair (data, target) in place of the Bunch.
    as_frame : bool, default=True
        Return data as a DataFrame, not as an array.

    Returns
    -------
    Bunch
        With ``return_X_y=True`` the pair (data, target), else an object with

        data : DataFrame or ndarray of shape (n, 9)
            Covariates, float64; n is 1904 for all rows, 1523 for train, 381 for test.
        target : structured ndarray of shape (n,)
            Fields ``event`` (bool) and ``time`` (float64, months).
        frame : DataFrame of shape (n, 11) or None
            Data, event and time; None where ``as_frame=False``.
        feature_names : list of str
            ``x0`` to ``x8``, since the source gives no names.
        split : ndarray of shape (n,)
            ``"train"`` or ``"test"`` for each row.
        DESCR : str
            What the data set is and what its columns mean.

    Raises
    ------
    ValueError
        If subset is none of the three.
    OSError
        If there is no file and none can be downloaded, or the checksum differs.
    ImportError
        If the original file is needed and pooch or h5py is not installed.

    References
    ----------
    .. [1] C. Curtis et al. "The genomic and transcriptomic architecture of 2,000 breast
       tumours reveals novel subgroups". Nature 486:346-352, 2012.
    .. [2] J. L. Katzman et al. "DeepSurv: personalized treatment recommender system
       using a Cox proportional hazards deep neural network". BMC Medical Research
       Methodology 18:24, 2018.

    Examples
    --------
    >>> from sklinfluence.datasets import fetch_metabric
    >>> X, y = fetch_metabric(subset="train", return_X_y=True)  # doctest: +SKIP
    >>> X.shape, int(y["event"].sum())  # doctest: +SKIP
    ((1523, 9), 887)
    """
    return _fetch(
        _tables.METABRIC, subset, data_home, download_if_missing, return_X_y, as_frame
    )


def fetch_support(
    *,
    subset="all",
    data_home=None,
    download_if_missing=True,
    return_X_y=False,
    as_frame=True,
):
    """Fetch the SUPPORT data: 8873 seriously ill adults in hospital.

    Survival with fourteen covariates, as published with the DeepSurv paper. Times are
    heavily tied, so results depend on how ties are treated.

    Parameters
    ----------
    subset : {"all", "train", "test"}, default="all"
        Rows to return; the division is that of the published file.
    data_home : path-like, default=None
        Folder of ``support.csv.gz`` or of the original file. By default the one that
        the environment variable SKLINFLUENCE_DATA names, else
        ``~/sklinfluence_data``.
    download_if_missing : bool, default=True
        Download the original file where neither file is in the folder. This needs
        ``pip install "sklinfluence[download]"``.
    return_X_y : bool, default=False
        Return the pair (data, target) in place of the Bunch.
    as_frame : bool, default=True
        Return data as a DataFrame, not as an array.

    Returns
    -------
    Bunch
        With ``return_X_y=True`` the pair (data, target), else an object with

        data : DataFrame or ndarray of shape (n, 14)
            Covariates, float64; n is 8873 for all rows, 7098 for train, 1775 for test.
        target : structured ndarray of shape (n,)
            Fields ``event`` (bool) and ``time`` (float64, days).
        frame : DataFrame of shape (n, 16) or None
            Data, event and time; None where ``as_frame=False``.
        feature_names : list of str
            ``x0`` to ``x13``, since the source gives no names.
        split : ndarray of shape (n,)
            ``"train"`` or ``"test"`` for each row.
        DESCR : str
            What the data set is and what its columns mean.

    Raises
    ------
    ValueError
        If subset is none of the three.
    OSError
        If there is no file and none can be downloaded, or the checksum differs.
    ImportError
        If the original file is needed and pooch or h5py is not installed.

    References
    ----------
    .. [1] W. A. Knaus et al. "The SUPPORT prognostic model: objective estimates of
       survival for seriously ill hospitalized adults". Annals of Internal Medicine
       122(3):191-203, 1995.
    .. [2] J. L. Katzman et al. "DeepSurv: personalized treatment recommender system
       using a Cox proportional hazards deep neural network". BMC Medical Research
       Methodology 18:24, 2018.

    Examples
    --------
    >>> from sklinfluence.datasets import fetch_support
    >>> X, y = fetch_support(subset="train", return_X_y=True)  # doctest: +SKIP
    >>> X.shape, int(y["event"].sum())  # doctest: +SKIP
    ((7098, 14), 4823)
    """
    return _fetch(
        _tables.SUPPORT, subset, data_home, download_if_missing, return_X_y, as_frame
    )
