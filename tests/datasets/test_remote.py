"""Where files are looked for, and what is said when they are missing or damaged."""

import hashlib
import io
import sys

import pandas as pd
import pytest
from numpy.testing import assert_array_equal

from sklinfluence.datasets import _tables, fetch_metabric, fetch_support

H5_NAME = _tables.METABRIC.h5_name


@pytest.fixture(params=["metabric", "support"])
def h5_source(request, data_folder, monkeypatch):
    """A fetcher, its table, and the bytes of an HDF5 file that the table expects.

    The file is written from the CSV file in the layout of the published one, and its
    checksum takes the place of the published file's.
    """
    pytest.importorskip("h5py")
    published = getattr(_tables, request.param.upper())
    content = h5_bytes(data_folder / published.csv_name)
    checksum = hashlib.sha256(content).hexdigest()
    table = published._replace(h5_sha256=checksum)
    monkeypatch.setattr(_tables, request.param.upper(), table)
    fetch = {"metabric": fetch_metabric, "support": fetch_support}[request.param]
    return fetch, table, content


def h5_bytes(csv_path):
    import h5py

    frame = pd.read_csv(csv_path)
    buffer = io.BytesIO()
    with h5py.File(buffer, "w") as file:
        for split, part in frame.groupby("split"):
            group = file.create_group(split)
            group["x"] = part.filter(regex=r"^x\d+$").to_numpy("float32")
            group["t"] = part["duration"].to_numpy("float32")
            group["e"] = part["event"].to_numpy("int32")
    return buffer.getvalue()


def assert_same(first, second):
    pd.testing.assert_frame_equal(first.frame, second.frame)
    assert_array_equal(first.split, second.split, strict=True)


def test_both_files_give_the_same(h5_source, data_folder, tmp_path):
    fetch, table, content = h5_source
    (tmp_path / table.h5_name).write_bytes(content)
    from_h5 = fetch(data_home=tmp_path, download_if_missing=False)
    assert_same(from_h5, fetch(data_home=data_folder, download_if_missing=False))


def test_missing_file_is_downloaded_once(h5_source, tmp_path, monkeypatch):
    pooch = pytest.importorskip("pooch")
    fetch, table, content = h5_source
    calls = []

    def retrieve(url, known_hash, fname, path):
        calls.append((url, known_hash))
        path.mkdir(parents=True)
        (path / fname).write_bytes(content)

    monkeypatch.setattr(pooch, "retrieve", retrieve)
    folder = tmp_path / "new"
    assert_same(fetch(data_home=folder), fetch(data_home=folder))
    url = f"{table.source}/{table.h5_name}"
    assert calls == [(url, f"sha256:{table.h5_sha256}")]


@pytest.mark.parametrize("name", ["metabric.csv.gz", H5_NAME])
def test_damaged_file(name, tmp_path):
    if name == H5_NAME:
        pytest.importorskip("h5py")
    path = tmp_path / name
    path.write_bytes(b"damaged")
    with pytest.raises(OSError, match="delete it and fetch") as info:
        fetch_metabric(data_home=tmp_path)
    found = hashlib.sha256(b"damaged").hexdigest()
    table = _tables.METABRIC
    expected = table.h5_sha256 if name == H5_NAME else table.csv_sha256
    for part in (str(path), found, expected):
        assert part in str(info.value)


@pytest.mark.parametrize(
    "error", [ConnectionError("no route"), ValueError("hash of downloaded file")]
)
def test_failed_download(error, tmp_path, monkeypatch):
    pytest.importorskip("h5py")
    pooch = pytest.importorskip("pooch")

    def retrieve(**options):
        raise error

    monkeypatch.setattr(pooch, "retrieve", retrieve)
    with pytest.raises(OSError, match=f"failed with {type(error).__name__}") as info:
        fetch_metabric(data_home=tmp_path)
    assert info.value.__cause__ is error
    url = f"{_tables.METABRIC.source}/{H5_NAME}"
    for part in (str(error), str(tmp_path), "metabric.csv.gz", url):
        assert part in str(info.value)
    assert "SKLINFLUENCE_DATA" in str(info.value)


def test_missing_file_that_may_not_be_downloaded(tmp_path):
    with pytest.raises(OSError, match="download_if_missing is False") as info:
        fetch_support(data_home=tmp_path, download_if_missing=False)
    for part in (str(tmp_path), "support.csv.gz", "SKLINFLUENCE_DATA"):
        assert part in str(info.value)


@pytest.mark.parametrize("module", ["pooch", "h5py"])
def test_missing_extra(module, tmp_path, monkeypatch):
    if module == "pooch":
        pytest.importorskip("h5py")
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(ImportError, match=r"sklinfluence\[download\]") as info:
        fetch_metabric(data_home=tmp_path)
    assert f"needs {module};" in str(info.value)


@pytest.mark.parametrize("fetch", [fetch_metabric, fetch_support])
def test_csv_needs_no_extra(fetch, data_folder, monkeypatch):
    for module in ("pooch", "h5py"):
        monkeypatch.setitem(sys.modules, module, None)
    assert fetch(data_home=data_folder).data.notna().all(axis=None)


@pytest.mark.parametrize("named", [True, False])
def test_default_folder(named, tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    monkeypatch.setenv("SKLINFLUENCE_DATA", str(tmp_path / "named") if named else "")
    folder = tmp_path / ("named" if named else "sklinfluence_data")
    with pytest.raises(OSError, match="There is neither") as info:
        fetch_metabric(download_if_missing=False)
    assert f"in {folder}," in str(info.value)
    assert not folder.exists()
