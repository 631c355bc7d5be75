"""Multi-label files: found, verified, read."""

import io
import zipfile
from typing import NamedTuple

import numpy as np
from scipy.sparse import csr_array, vstack

from sklinfluence.datasets._remote import FOLDER_VARIABLE, _folder, _verified_bytes

_SPLITS = ("train", "test")


class LabelData(NamedTuple):
    """What is in a multi-label file, training rows first.

    Attributes
    ----------
    X : ndarray or csr_array of shape (n, p)
        Features, float64.
    Y : csr_array of shape (n, n_labels)
        Labels, int64, 0 or 1.
    split : ndarray of shape (n,)
        ``"train"`` or ``"test"`` for each row.
    feature_names, target_names : list of str
        Names of the columns of X and of Y.
    """

    X: object
    Y: csr_array
    split: np.ndarray
    feature_names: list
    target_names: list


def read_labels(table, data_home=None):
    """Read the first of the files of a table that is in the folder.

    Parameters
    ----------
    table : sklinfluence.datasets._label_tables.LabelTable
        The data set to read.
    data_home : path-like, default=None
        Folder of the files. By default the one that the environment variable
        SKLINFLUENCE_DATA names, else ``~/sklinfluence_data``.

    Returns
    -------
    LabelData
        What is in the file.
    Archive
        Which of the files it is.
    Path
        Where the file is.

    Raises
    ------
    OSError
        If there is no file, its checksum differs, or it is laid out in another way.
    """
    folder = _folder(data_home)
    for archive in table.archives:
        path = folder / archive.name
        if path.exists():
            return _read(path, archive, table), archive, path
    raise OSError(_missing(table, folder))


def _read(path, archive, table):
    if archive.sha256 is None:
        content = path.read_bytes()
    else:
        content = _verified_bytes(path, archive.sha256)
    try:
        with np.load(io.BytesIO(content)) as arrays:
            labels = _parse(arrays)
    except (KeyError, ValueError, EOFError, zipfile.BadZipFile) as error:
        raise OSError(_misfit(path, table, f"{error}")) from error
    n, found = archive.n_rows, (labels.X.shape, labels.Y.shape)
    expected = (n, table.n_features), (n, table.n_labels)
    if found != expected:
        reason = f"data and target have the shapes {found}, expected {expected}"
        raise OSError(_misfit(path, table, reason))
    return labels


def _parse(arrays):
    X = [_matrix(arrays, f"X_{split}", np.float64) for split in _SPLITS]
    Y = [_matrix(arrays, f"Y_{split}", np.int64) for split in _SPLITS]
    return LabelData(
        np.concatenate(X) if isinstance(X[0], np.ndarray) else vstack(X, format="csr"),
        vstack(Y, format="csr"),
        np.repeat(_SPLITS, [part.shape[0] for part in Y]),
        arrays["feature_names"].tolist(),
        arrays["label_names"].tolist(),
    )


def _matrix(arrays, name, dtype):
    if name in arrays:
        return arrays[name].astype(dtype)
    parts = (arrays[f"{name}_{part}"] for part in ("data", "indices", "indptr"))
    data, indices, indptr = parts
    shape = tuple(arrays[f"{name}_shape"].tolist())
    return csr_array((data.astype(dtype), indices, indptr), shape=shape)


def _missing(table, folder):
    names = [archive.name for archive in table.archives]
    wanted = f"neither {' nor '.join(names)}" if names[1:] else f"no {names[0]}"
    return (
        f"There is {wanted} in {folder}, and none is downloaded. Put the file "
        "into that folder by hand, or name the folder of one as data_home or in the "
        f"environment variable {FOLDER_VARIABLE}. The original data are published at "
        f"{table.published}; {table.fetcher} documents the arrays of the file."
    )


def _misfit(path, table, reason):
    return (
        f"{path} does not hold the arrays that {table.fetcher} documents: {reason}. "
        "Delete the file, or put the right one into its place."
    )
