"""The house: every file in a room, imports only towards earlier rooms, no circle, kernels in one place."""

import ast
import graphlib
import itertools
import re
from pathlib import Path

import pytest

import sandlot

ROOT = Path(sandlot.__file__).parent
ROOMS = (
    "scenarios/text",
    "scenarios/formulas",
    "scenarios/model",
    "scenarios/facts",
    "scenarios/resolve",
    "scenarios/checks",
    "scenarios/notes",
    "scenarios/describe",
    "scenarios",
    "envs/files.py",
    "envs/extras.py",
    "envs/jit",
    "envs/view",
    "envs/kernels/world",
    "envs/kernels/collision",
    "envs/kernels/formulas",
    "envs/kernels/sensors",
    "envs/kernels/physics",
    "envs/kernels/control",
    "envs/kernels/spawn",
    "envs/kernels/rules",
    "envs/kernels",
    "envs/compile/formulas",
    "envs/compile",
    "envs/core",
    "envs/policy.py",
    "envs/doors",
    "envs",
    "agents/records.py",
    "agents/charts.py",
    "agents/policies",
    "agents/play",
    "agents/training",
    "agents/evaluation",
    "agents/benchmark",
    "agents/ship.py",
    "agents/leaderboard.py",
    "agents/cli",
    "agents",
)
"""In order: a file may import its own room and those before it. A folder's `__init__.py` is its door, and comes last in it."""
MOST_FILES = 16
"""What a folder may hold, `__init__.py` counted; a room that grows beyond it wants another."""
FILES = sorted(path.relative_to(ROOT).as_posix() for folder in ("scenarios", "envs", "agents") for path in (ROOT / folder).rglob("*.py"))
KNOWN = frozenset(FILES)
FOLDERS = sorted({file.rpartition("/")[0] for file in FILES})


def room_of(file):
    """The number of a file's room."""
    return max(
        (number for number, room in enumerate(ROOMS) if file == room or file.startswith(room + "/")), key=lambda number: len(ROOMS[number])
    )


def targets(node, file):
    """The files that one `from ... import` with dots reads."""
    base = file.split("/")[: -node.level] + (node.module.split(".") if node.module else [])
    for alias in node.names:
        for parts in ([*base, alias.name + ".py"], [*base[:-1], base[-1] + ".py"] if base else [], [*base, "__init__.py"]):
            name = "/".join(parts)
            if name in KNOWN:
                yield name
                break


def imports_of(source, file):
    """(line, file imported) of a file's relative imports, wherever they stand: in functions and for types only too."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ImportFrom) and node.level:
            for name in targets(node, file):
                yield node.lineno, name


def arrows_back(file, source):
    """Imports of a file from rooms that come later."""
    for line, name in imports_of(source, file):
        if room_of(name) > room_of(file):
            yield f"{file}:{line}: {ROOMS[room_of(file)]} comes before {ROOMS[room_of(name)]} and may not import {name}"


def read(file):
    return (ROOT / file).read_text("utf-8")


@pytest.mark.parametrize("file", FILES)
def test_no_arrow_back(file):
    assert list(arrows_back(file, read(file))) == []


@pytest.mark.parametrize(
    ("file", "line"),
    [
        ("scenarios/text/tree.py", "from ..model.scenario import Scenario"),
        ("envs/kernels/world/bodies.py", "from ..physics.step import step"),
        ("envs/kernels/world/bodies.py", "def f():\n    from ..physics import step"),
        ("envs/core/vector.py", "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from ..doors.seat import Seat"),
        ("envs/jit/kernel.py", "from ..kernels.world import layout"),
        ("agents/policies/planner.py", "from ..cli import main"),
        ("scenarios/model/scenario.py", "from ...envs.core.vector import VectorEnv"),
        ("scenarios/checks/validate.py", "from .. import load"),
    ],
)
def test_the_order_bites(file, line):
    assert [complaint.split(" ")[0] for complaint in arrows_back(file, line)] == [f"{file}:{line.count(chr(10)) + 1}:"]


def circle_in(graph):
    """The lines of imports that make a circle, or nothing. `graph` holds {file: {file imported: line}}."""
    try:
        graphlib.TopologicalSorter(graph).prepare()
    except graphlib.CycleError as error:
        circle = error.args[1]
        return [f"{a}:{graph[a][b]} imports {b}" for b, a in itertools.pairwise(circle)]
    return []


def test_no_circle():
    graph = {file: {name: line for line, name in imports_of(read(file), file) if name != file} for file in FILES}
    assert sum(map(len, graph.values())) > len(FILES)
    assert circle_in(graph) == []


def test_a_circle_is_found():
    assert circle_in({"a.py": {"b.py": 3}, "b.py": {"c.py": 1}, "c.py": {"b.py": 7}}) in (
        ["b.py:1 imports c.py", "c.py:7 imports b.py"],
        ["c.py:7 imports b.py", "b.py:1 imports c.py"],
    )


@pytest.mark.parametrize("file", FILES)
def test_kernels_have_their_room(file):
    """The key of the kernels' cache is all of jit and kernels: compiled code elsewhere would not be noticed when it changes."""
    in_rooms = file.startswith(("envs/kernels/", "envs/jit/"))
    assert in_rooms or not re.search(r"^@(kernel|inner|shared)\b", read(file), re.MULTILINE)


@pytest.mark.parametrize("folder", FOLDERS)
def test_rooms_are_small_and_say_what_they_are(folder):
    files = [file for file in FILES if file.rpartition("/")[0] == folder]
    assert len(files) <= MOST_FILES, files
    tree = ast.parse(read(f"{folder}/__init__.py"))
    assert ast.get_docstring(tree)
    if "/" in folder:
        assert len(tree.body) == 1, "a room's __init__.py is a docstring: what it is, what it may use, in which order to read it"


DOCUMENTS = [
    path for pattern in ("*.md", "docs/**/*.md", "docs/**/*.py") for path in sorted(ROOT.glob(pattern)) if path.name != "CHANGELOG.md"
]


@pytest.mark.skipif(not (ROOT / "docs").is_dir(), reason="documents lie in a checkout")
def test_documents_use_the_doors():
    """What readers copy comes from `sandlot`, `sandlot.envs`, `sandlot.agents`, `sandlot.scenarios`: rooms may be rebuilt."""
    deep = [
        f"{path.relative_to(ROOT).as_posix()}:{number}: {line.strip()}"
        for path in DOCUMENTS
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1)
        if re.search(r"(from|import) sandlot\.(envs|agents|scenarios)\.\w", line)
    ]
    assert DOCUMENTS
    assert deep == []


@pytest.mark.skipif(not (ROOT / "docs").is_dir(), reason="documents lie in a checkout")
def test_documents_name_files_that_are_there():
    gone = [
        f"{path.relative_to(ROOT).as_posix()}: {name}"
        for path in DOCUMENTS
        for name in re.findall(r"`((?:envs|agents|scenarios|tests|benchmarks|docs)/[\w/.]+\w)/?`", path.read_text("utf-8"))
        if not (ROOT / name).exists()
    ]
    assert gone == []
