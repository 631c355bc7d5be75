"""utils._sklearn is the one door to what scikit-learn keeps private."""

import ast
from pathlib import Path

import pytest

import sklinfluence
from sklinfluence.utils import _sklearn

ROOT = Path(sklinfluence.__file__).parent
MODULES = [path for path in ROOT.rglob("*.py") if path.name != "_sklearn.py"]


def private_imports(source):
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ImportFrom):
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        else:
            continue
        for name in names:
            parts = name.split(".")
            if parts[0] == "sklearn" and any(part.startswith("_") for part in parts):
                yield name


def test_private_imports_are_found():
    source = "from sklearn.utils._a import b\nfrom sklearn.base import _c, d\n"
    expected = ["sklearn.utils._a.b", "sklearn.base._c"]
    assert list(private_imports(source)) == expected
    assert list(private_imports("import sklearn.utils._a")) == ["sklearn.utils._a"]


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(ROOT)))
def test_other_modules_import_public_names_only(path):
    assert list(private_imports(path.read_text(encoding="utf-8"))) == []


def test_the_door_exports_what_it_imports():
    for name in _sklearn.__all__:
        assert hasattr(_sklearn, name)
