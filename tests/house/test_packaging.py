"""What ends up in the wheel: the list in pyproject.toml is kept by hand, so it is compared."""

import tomllib
from pathlib import Path

import pytest

import sandlot

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.skipif(not (ROOT / "pyproject.toml").exists(), reason="runs in a checkout only")


@pytest.fixture(scope="module")
def tool():
    return tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["setuptools"]


def packages():
    """Folders with code that ships, however deep."""
    return {
        path.parent.relative_to(ROOT).as_posix() for top in ("agents", "envs", "scenarios") for path in (ROOT / top).rglob("__init__.py")
    }


def test_package_list_equals_the_folders(tool):
    assert sorted(tool["packages"]) == sorted(["sandlot", *(f"sandlot.{name.replace('/', '.')}" for name in packages())])
    assert {path.parent.name for path in ROOT.glob("*/__init__.py")} == {"agents", "envs", "scenarios"}
    assert {path.parent.relative_to(ROOT).as_posix() for name in packages() for path in (ROOT / name).glob("*.py")} == packages()


def test_every_data_file_ships(tool):
    ship = {
        path
        for package, patterns in tool["package-data"].items()
        for pattern in patterns
        for path in ROOT.joinpath(*package.split(".")[1:]).glob(pattern)
    }
    data = [
        path
        for top in ("agents", "envs", "scenarios")
        for path in (ROOT / top).rglob("*")
        if path.is_file() and path.suffix not in (".py", ".pyc")
    ]
    assert len(data) > 30
    assert [path for path in data if path not in ship] == []


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
