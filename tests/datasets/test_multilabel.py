import hashlib

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy.sparse import csr_array

from sklinfluence.datasets import fetch_delicious, fetch_mediamill

# Fetcher, file, features, labels, rows (train, test), labels a row.
FILES = [
    pytest.param(
        fetch_delicious,
        "delicious.npz",
        500,
        983,
        (12920, 3185),
        19.020,
        id="delicious",
    ),
    pytest.param(
        fetch_mediamill,
        "mediamill_subset.npz",
        120,
        101,
        (3886, 500),
        4.363,
        id="mediamill",
    ),
]
FETCHERS = [fetch_delicious, fetch_mediamill]


@pytest.fixture
def folder_of(data_folder):
    """Return the data folder, if it has a file."""

    def find(name):
        if not (data_folder / name).exists():
            pytest.skip(f"no {name} in {data_folder}")
        return data_folder

    return find


@pytest.mark.parametrize(("fetch", "name", "p", "n_labels", "rows", "mean"), FILES)
def test_files(folder_of, fetch, name, p, n_labels, rows, mean):
    bunch = fetch(data_home=folder_of(name))
    X, Y = bunch.data, bunch.target
    assert X.shape == (sum(rows), p)
    assert Y.shape == (sum(rows), n_labels)
    assert X.dtype == np.float64
    assert isinstance(X, np.ndarray if fetch is fetch_mediamill else csr_array)
    assert isinstance(Y, csr_array)
    assert_array_equal(np.unique(Y.data), [1])
    assert_allclose(Y.sum() / sum(rows), mean, atol=5e-4)
    assert len(set(bunch.feature_names)) == p
    assert len(set(bunch.target_names)) == n_labels
    assert bunch.filename == str(folder_of(name) / name)
    assert bunch.n_rows == sum(rows)
    assert f":Rows: {sum(rows)}\n" in bunch.DESCR
    assert f":File: {name}, " in bunch.DESCR


@pytest.mark.parametrize(("fetch", "name", "p", "n_labels", "rows", "mean"), FILES)
def test_subsets_are_the_division_of_the_file(
    folder_of, monkeypatch, fetch, name, p, n_labels, rows, mean
):
    monkeypatch.setenv("SKLINFLUENCE_DATA", str(folder_of(name)))
    both = fetch()
    assert_array_equal(both.split, np.repeat(["train", "test"], rows))
    for subset in ("train", "test"):
        part, chosen = fetch(subset=subset), both.split == subset
        X, Y = fetch(subset=subset, return_X_y=True)
        for first, second in [(part.data, X), (part.target, Y)]:
            assert abs(first - second).max() == 0
        assert abs(part.data - both.data[chosen]).max() == 0
        assert abs(part.target - both.target[chosen]).max() == 0
        assert set(part.split) == {subset}
        assert part.n_rows == sum(rows)


def test_subset_of_mediamill_says_so(folder_of):
    bunch = fetch_mediamill(data_home=folder_of("mediamill_subset.npz"))
    assert "A subset: 4386 of the 43907 shots" in bunch.DESCR
    Y = {split: bunch.target[bunch.split == split] for split in ("train", "test")}
    assert "22 labels have no shot in the test rows" in bunch.DESCR
    assert (Y["test"].sum(axis=0) == 0).sum() == 22
    assert (Y["train"].sum(axis=1) == 0).sum() == 123
    assert (Y["test"].sum(axis=1) == 0).sum() == 22


def write_mediamill(path, n_train=30993, n_test=12914, p=120):
    arrays = {"feature_names": np.arange(p).astype(str)}
    arrays["label_names"] = np.arange(101).astype(str)
    for split, n in (("train", n_train), ("test", n_test)):
        arrays[f"X_{split}"] = np.full((n, p), len(split), dtype=np.float32)
        Y = csr_array(([1.0], ([n - 1], [7])), shape=(n, 101))
        for part in ("data", "indices", "indptr", "shape"):
            arrays[f"Y_{split}_{part}"] = np.array(getattr(Y, part))
    np.savez_compressed(path, **arrays)


def test_full_mediamill_comes_first(tmp_path):
    write_mediamill(tmp_path / "mediamill.npz")
    (tmp_path / "mediamill_subset.npz").write_bytes(b"not looked at")
    bunch = fetch_mediamill(subset="test", data_home=tmp_path)
    assert bunch.data.shape == (12914, 120)
    assert (bunch.data == len("test")).all()
    assert_array_equal(bunch.target.nonzero(), [[12913], [7]])
    assert bunch.filename.endswith("mediamill.npz")
    assert bunch.n_rows == 43907
    assert "A subset" not in bunch.DESCR


@pytest.mark.parametrize("options", [{"n_test": 12913}, {"p": 119}])
def test_full_mediamill_of_other_shapes(options, tmp_path):
    write_mediamill(tmp_path / "mediamill.npz", **options)
    with pytest.raises(OSError, match=r"mediamill\.npz does not hold .* shapes"):
        fetch_mediamill(data_home=tmp_path)


@pytest.mark.parametrize("content", [b"", b"damaged", b"PK\x03\x04damaged"])
def test_full_mediamill_that_is_no_archive(content, tmp_path):
    (tmp_path / "mediamill.npz").write_bytes(content)
    with pytest.raises(OSError, match=r"mediamill\.npz does not hold the arrays"):
        fetch_mediamill(data_home=tmp_path)


def test_full_mediamill_without_an_array(tmp_path):
    np.savez(tmp_path / "mediamill.npz", X_train=np.ones((2, 120)))
    with pytest.raises(OSError, match="X_test"):
        fetch_mediamill(data_home=tmp_path)


@pytest.mark.parametrize(("fetch", "name", "p", "n_labels", "rows", "mean"), FILES)
def test_damaged_file(tmp_path, fetch, name, p, n_labels, rows, mean):
    (tmp_path / name).write_bytes(b"damaged")
    with pytest.raises(OSError, match="The sha256 checksum of") as info:
        fetch(data_home=tmp_path)
    assert str(tmp_path / name) in str(info.value)
    assert hashlib.sha256(b"damaged").hexdigest() in str(info.value)


@pytest.mark.parametrize(("fetch", "name", "p", "n_labels", "rows", "mean"), FILES)
def test_missing_file(tmp_path, fetch, name, p, n_labels, rows, mean):
    with pytest.raises(OSError, match="by hand") as info:
        fetch(data_home=tmp_path / "none")
    for part in (name, str(tmp_path / "none"), "SKLINFLUENCE_DATA", "mulan"):
        assert part in str(info.value)
    assert not (tmp_path / "none").exists()


@pytest.mark.parametrize("fetch", FETCHERS)
def test_unknown_subset(fetch, tmp_path):
    with pytest.raises(ValueError, match="Got subset='valid'; expected one of"):
        fetch(subset="valid", data_home=tmp_path)
