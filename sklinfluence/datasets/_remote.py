"""Files that do not come with the package: found, verified, downloaded, read."""

import hashlib
import importlib
import io
import os
from pathlib import Path

import numpy as np
import pandas as pd

FOLDER_VARIABLE = "SKLINFLUENCE_DATA"


def read_table(table, data_home=None, download_if_missing=True):
    """Read a table from the CSV file, else from the HDF5 file, else download that.

    Parameters
    ----------
    table : sklinfluence.datasets._tables.RemoteTable
        The table to read.
    data_home : path-like, default=None
        Folder of the files. By default the one that the environment variable
        SKLINFLUENCE_DATA names, else ``~/sklinfluence_data``.
    download_if_missing : bool, default=True
        Whether to download the HDF5 file where neither file is in the folder.

    Returns
    -------
    DataFrame of shape (n, p + 3)
        Columns ``x0``, ``x1``, ..., ``duration`` (float32), ``event`` (bool) and
        ``split`` (text); training rows first.

    Raises
    ------
    OSError
        If there is no file and none can be downloaded, or the checksum differs.
    ImportError
        If the HDF5 file is needed and pooch or h5py is not installed.
    """
    folder = _folder(data_home)
    csv_path, h5_path = folder / table.csv_name, folder / table.h5_name
    if csv_path.exists():
        return _parse_csv(_verified_bytes(csv_path, table.csv_sha256))
    if not h5_path.exists() and not download_if_missing:
        raise OSError(_missing(table, folder, "download_if_missing is False"))
    h5py = _import_extra("h5py", table, folder)
    if not h5_path.exists():
        _download(table, folder)
    content = _verified_bytes(h5_path, table.h5_sha256)
    with h5py.File(io.BytesIO(content), "r") as file:
        return _parse_h5(file)


def _folder(data_home):
    if data_home is None:
        data_home = os.environ.get(FOLDER_VARIABLE) or Path("~", "sklinfluence_data")
    return Path(data_home).expanduser()


def _verified_bytes(path, expected):
    content = path.read_bytes()
    found = hashlib.sha256(content).hexdigest()
    if found != expected:
        raise OSError(
            f"The sha256 checksum of {path} is {found}; expected {expected}. The file "
            "is damaged or another one: delete it and fetch the data again."
        )
    return content


def _parse_csv(content):
    frame = pd.read_csv(
        io.BytesIO(content), compression="gzip", float_precision="round_trip"
    )
    numbers = frame.columns.drop(["event", "split"])
    return frame.astype(dict.fromkeys(numbers, np.float32) | {"event": bool})


def _parse_h5(file):
    parts = [_parse_h5_group(file[split], split) for split in ("train", "test")]
    return pd.concat(parts, ignore_index=True)


def _parse_h5_group(group, split):
    x = group["x"][:].astype(np.float32)
    frame = pd.DataFrame(x, columns=[f"x{j}" for j in range(x.shape[1])])
    return frame.assign(
        duration=group["t"][:].astype(np.float32),
        event=group["e"][:].astype(bool),
        split=split,
    )


def _download(table, folder):
    pooch = _import_extra("pooch", table, folder)
    try:
        pooch.retrieve(
            url=_url(table),
            known_hash=f"sha256:{table.h5_sha256}",
            fname=table.h5_name,
            path=folder,
        )
    # requests and urllib raise kinds of OSError; pooch a ValueError for a checksum.
    except (OSError, ValueError) as error:
        tried = f"downloading it failed with {type(error).__name__}: {error}"
        raise OSError(_missing(table, folder, tried)) from error


def _url(table):
    return f"{table.source}/{table.h5_name}"


def _missing(table, folder, reason):
    return (
        f"There is neither {table.csv_name} nor {table.h5_name} in {folder}, and "
        f"{reason}. Put either file into that folder (the second is published at "
        f"{_url(table)}), or name the folder of one as data_home or in the "
        f"environment variable {FOLDER_VARIABLE}."
    )


def _import_extra(module, table, folder):
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise ImportError(
            f"Without {table.csv_name} in {folder}, the original file {table.h5_name} "
            f"is read, and this needs {module}; install it with "
            '`pip install "sklinfluence[download]"`.'
        ) from error
