"""Fetchers of multi-label data, in which every row ranks the labels."""

from sklearn.utils import Bunch

from sklinfluence.datasets import _label_tables
from sklinfluence.datasets._archives import read_labels

_SUBSETS = ("all", "train", "test")


def _fetch(table, subset, data_home, return_X_y):
    if subset not in _SUBSETS:
        raise ValueError(f"Got subset={subset!r}; expected one of {_SUBSETS}.")
    labels, archive, path = read_labels(table, data_home)
    X, Y, split = labels.X, labels.Y, labels.split
    if subset != "all":
        rows = split == subset
        X, Y, split = X[rows], Y[rows], split[rows]
    if return_X_y:
        return X, Y
    return Bunch(
        data=X,
        target=Y,
        split=split,
        feature_names=labels.feature_names,
        target_names=labels.target_names,
        filename=str(path),
        n_rows=archive.n_rows,
        DESCR=_describe(table, archive, Y),
    )


def _describe(table, archive, Y):
    title, details = table.description.strip().split("\n\n", maxsplit=1)
    counts = (
        f":Rows: {Y.shape[0]}\n:Labels: {Y.shape[1]}\n"
        f":File: {archive.name}, {archive.n_rows} rows"
    )
    return f"{title}\n{'-' * len(title)}\n\n{counts}\n\n{archive.note}\n\n{details}\n"


def fetch_delicious(*, subset="all", data_home=None, return_X_y=False):
    """Fetch the Delicious data: 16105 web pages, each with some of 983 tags.

    The file ``delicious.npz`` is looked for and verified. It is not downloaded: it has
    to be put into the folder by hand.

    Parameters
    ----------
    subset : {"all", "train", "test"}, default="all"
        Rows to return; the division is the published one.
    data_home : path-like, default=None
        Folder of the file. By default the one that the environment variable
        SKLINFLUENCE_DATA names, else ``~/sklinfluence_data``.
    return_X_y : bool, default=False
        Return the pair (data, target) in place of the Bunch.

    Returns
    -------
    Bunch
        With ``return_X_y=True`` the pair (data, target), else an object with

        data : csr_array of shape (n, 500)
            Whether a word is on a page, float64; n is 16105 for all rows, 12920 for
            train, 3185 for test.
        target : csr_array of shape (n, 983)
            1 where a page has a tag, int64.
        split : ndarray of shape (n,)
            ``"train"`` or ``"test"`` for each row.
        feature_names, target_names : list of str
            The words and the tags.
        filename : str
            The file that was read.
        n_rows : int
            Number of rows of that file, whatever the subset.
        DESCR : str
            What the data set is, and which file was read.

    Raises
    ------
    ValueError
        If subset is none of the three.
    OSError
        If there is no file, or the checksum differs.

    Notes
    -----
    The arrays of the file: each of the matrices ``X_train``, ``X_test``, ``Y_train``
    and ``Y_test`` as the parts ``<matrix>_data``, ``<matrix>_indices``,
    ``<matrix>_indptr`` and ``<matrix>_shape`` of its compressed rows; and
    ``feature_names`` and ``label_names``.

    References
    ----------
    .. [1] G. Tsoumakas, I. Katakis, I. Vlahavas. "Effective and Efficient Multilabel
       Classification in Domains with Large Number of Labels". ECML/PKDD 2008 Workshop
       on Mining Multidimensional Data, 2008.

    Examples
    --------
    >>> from sklinfluence.datasets import fetch_delicious
    >>> X, Y = fetch_delicious(subset="train", return_X_y=True)  # doctest: +SKIP
    >>> X.shape, Y.shape  # doctest: +SKIP
    ((12920, 500), (12920, 983))
    """
    return _fetch(_label_tables.DELICIOUS, subset, data_home, return_X_y)


def fetch_mediamill(*, subset="all", data_home=None, return_X_y=False):
    """Fetch the Mediamill data: video shots, each with some of 101 concepts.

    The file ``mediamill.npz``, of all 43907 shots, is looked for, and then
    ``mediamill_subset.npz``, of 4386 of them; ``n_rows`` and ``DESCR`` say which was
    found. Results on the subset are not comparable with published ones. Neither file is
    downloaded: it has to be put into the folder by hand.

    Parameters
    ----------
    subset : {"all", "train", "test"}, default="all"
        Rows to return; the division is that of the file. The usual one has 30993
        training and 12914 test rows; that of the subset has 3886 and 500.
    data_home : path-like, default=None
        Folder of the file. By default the one that the environment variable
        SKLINFLUENCE_DATA names, else ``~/sklinfluence_data``.
    return_X_y : bool, default=False
        Return the pair (data, target) in place of the Bunch.

    Returns
    -------
    Bunch
        With ``return_X_y=True`` the pair (data, target), else an object with

        data : ndarray of shape (n, 120)
            Visual features, float64.
        target : csr_array of shape (n, 101)
            1 where a concept is in a shot, int64.
        split : ndarray of shape (n,)
            ``"train"`` or ``"test"`` for each row.
        feature_names, target_names : list of str
            Names of the columns of data and of target, as in the source.
        filename : str
            The file that was read.
        n_rows : int
            Number of rows of that file, whatever the subset.
        DESCR : str
            What the data set is, and which file was read.

    Raises
    ------
    ValueError
        If subset is none of the three.
    OSError
        If there is no file, the checksum of ``mediamill_subset.npz`` differs, or
        ``mediamill.npz``, of which none is known, does not hold the arrays below.

    Notes
    -----
    The arrays of either file: ``X_train`` and ``X_test``; each of ``Y_train`` and
    ``Y_test`` as the parts ``<matrix>_data``, ``<matrix>_indices``, ``<matrix>_indptr``
    and ``<matrix>_shape`` of its compressed rows; ``feature_names`` and
    ``label_names``.

    References
    ----------
    .. [1] C. Snoek et al. "The challenge problem for automated detection of 101
       semantic concepts in multimedia". ACM Multimedia, 2006.
    .. [2] Y. H. Jung, A. Tewari. "Online Boosting Algorithms for Multi-label Ranking".
       AISTATS, 2018.

    Examples
    --------
    >>> from sklinfluence.datasets import fetch_mediamill
    >>> X, Y = fetch_mediamill(subset="train", return_X_y=True)  # doctest: +SKIP
    >>> X.shape, Y.shape  # doctest: +SKIP
    ((3886, 120), (3886, 101))
    """
    return _fetch(_label_tables.MEDIAMILL, subset, data_home, return_X_y)
