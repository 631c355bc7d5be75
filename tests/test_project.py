"""The project as a whole: floors, sizes, docstrings, the API page and the demo."""

import dataclasses
import enum
import importlib
import inspect
import pkgutil
import subprocess
import sys
from pathlib import Path

import pytest
from numpydoc.validate import validate
from sklearn.base import BaseEstimator

import sklinfluence

ROOT = Path(__file__).parents[1]
SOURCES = sorted((ROOT / "sklinfluence").rglob("*.py"))
# Codes of numpydoc that are not asked for: extended summary, See Also, examples (asked
# of estimators only), summaries of any length, returns of properties, and a capital and
# a full stop around descriptions that begin or end with a formula.
LEFT_OUT = {"ES01", "SA01", "EX01", "SS06", "RT01", "YD01", "PR08", "RT04", "RT05"}


def public_names():
    packages = [sklinfluence] + [
        importlib.import_module(f"sklinfluence.{module.name}")
        for module in pkgutil.iter_modules(sklinfluence.__path__)
        if module.ispkg
    ]
    for package in packages:
        for name in package.__all__:
            if inspect.isclass(getattr(package, name)) or inspect.isfunction(
                getattr(package, name)
            ):
                yield f"{package.__name__}.{name}"


def is_record(described):
    """Say whether what is made of fields documents them as attributes."""
    record = dataclasses.is_dataclass(described) or hasattr(described, "_fields")
    return record or (inspect.isclass(described) and issubclass(described, enum.Enum))


def own_methods(qualified):
    module, _, name = qualified.rpartition(".")
    cls = getattr(importlib.import_module(module), name)
    if not inspect.isclass(cls):
        return
    for attribute, value in vars(cls).items():
        if not attribute.startswith("_") and inspect.isfunction(value):
            yield f"{qualified}.{attribute}", value


def test_floors():
    command = [Path(sys.executable).with_name("lint-imports"), "--no-cache"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


def test_a_breach_of_the_floors_would_be_seen(tmp_path):
    # The contract must not be vacuous: every package of the tree is on a floor.
    floors = (ROOT / "setup.cfg").read_text().split("layers =")[1]
    for folder in (ROOT / "sklinfluence").iterdir():
        if (folder / "__init__.py").exists():
            assert folder.name in floors.replace("|", " ").split()


def test_files_are_short():
    lengths = {path.name: len(path.read_text().splitlines()) for path in SOURCES}
    assert max(lengths.values()) <= 400
    ordered = sorted(n for name, n in lengths.items() if name != "__init__.py")
    assert ordered[len(ordered) // 2] <= 200


def test_private_names_of_scikit_learn_come_in_by_one_door():
    door = ROOT / "sklinfluence" / "utils" / "_sklearn.py"
    for path in set(SOURCES) - {door}:
        for line in path.read_text().splitlines():
            if line.strip().startswith("from sklearn"):
                parts = line.replace(",", " ").split()
                private = [p for p in parts[1].split(".") + parts[3:] if p[0] == "_"]
                assert not private, f"{path}: {line}"


@pytest.mark.parametrize("name", sorted(set(public_names())))
def test_docstrings_are_numpydoc(name):
    module, _, short = name.rpartition(".")
    described = getattr(importlib.import_module(module), short)
    left_out = LEFT_OUT | ({"PR01"} if is_record(described) else set())
    if inspect.isclass(described) and issubclass(described, BaseEstimator):
        left_out -= set() if inspect.isabstract(described) else {"EX01"}
    problems = [code for code, _ in validate(name)["errors"] if code not in left_out]
    assert not problems, validate(name)["errors"]
    for method, function in own_methods(name):
        assert function.__doc__, method
        # Overrides and one-line members refer to their base; the rest is complete.
        if "Parameters\n" in function.__doc__:
            found = {code for code, _ in validate(method)["errors"]} - LEFT_OUT
            assert not found, (method, validate(method)["errors"])


def test_the_api_page_lists_every_public_name():
    listed = (ROOT / "doc" / "api.rst").read_text().split()
    for qualified in public_names():
        name = qualified.rpartition(".")[2]
        assert any(item.rpartition(".")[2] == name for item in listed), qualified


def test_the_demo_prints_a_table_and_draws_a_picture(tmp_path):
    demo = ROOT / "examples" / "demo_rossi.py"
    done = subprocess.run(
        [sys.executable, str(demo)],
        cwd=tmp_path,
        check=True,
        capture_output=True,
        text=True,
    )
    assert "opponents" in done.stdout
    assert "retrained" in done.stdout
    assert "refits: 100%" in done.stderr
    assert (tmp_path / "demo_rossi.png").stat().st_size > 10_000
