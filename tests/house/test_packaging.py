"""What ends up in the wheel: the list in pyproject.toml is kept by hand, so it is compared."""

import fnmatch
import tomllib
from pathlib import Path

import pytest

import sandlot

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.skipif(not (ROOT / "pyproject.toml").exists(), reason="runs in a checkout only")
AROUND = {"tests", "benchmarks", "docs", ".ci"}
"""Folders that don't ship."""


@pytest.fixture(scope="module")
def tool():
    return tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["setuptools"]


def packages():
    return {path.parent.name for path in ROOT.glob("*/__init__.py")}


def test_package_list_equals_the_folders(tool):
    assert sorted(tool["packages"]) == sorted(["sandlot", *(f"sandlot.{name}" for name in packages())])
    assert not packages() & AROUND
    deeper = [path for name in packages() for path in (ROOT / name).glob("*/*.py")]
    assert deeper == []  # a folder within a folder would need its own line in the list


def test_every_data_file_ships(tool):
    for name in packages():
        patterns = tool["package-data"].get(f"sandlot.{name}", [])
        for path in (ROOT / name).iterdir():
            if path.is_file() and path.suffix not in (".py", ".pyc"):
                assert any(fnmatch.fnmatch(path.name, pattern) for pattern in patterns), path


def test_root_holds_two_modules_at_most():
    assert {path.name for path in ROOT.glob("*.py")} <= {"__init__.py", "__main__.py"}


def test_typed(tool):
    assert (ROOT / "py.typed").exists()
    assert "py.typed" in tool["package-data"]["sandlot"]


def test_tests_are_no_package():
    assert not (ROOT / "tests" / "__init__.py").exists()


def test_version_is_read_from_the_package(tool):
    assert tool["dynamic"]["version"] == {"attr": "sandlot.__version__"}
    assert all(part.isdigit() for part in sandlot.__version__.split("."))
