"""What may be imported from outside, and by whom; and `import sandlot` stays light. The order of the rooms: test_rooms.py."""

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

import sandlot.agents

ROOT = Path(sandlot.__file__).parent
OWN = {
    "pygame": {"envs/view/render.py", "envs/view/lettering.py", "envs/view/window.py", "envs/view/keyboard.py"},
    "llvmlite": {"envs/jit/native.py"},
    "pettingzoo": {"envs/doors/pettingzoo.py", "envs/doors/make.py", "envs/doors/registry.py"},
    "pydantic": {"scenarios/"},
    "pydantic_core": {"scenarios/"},
    "torch": {"agents/", "envs/doors/sb3.py", "envs/doors/rllib_runner.py", "envs/doors/torchrl.py", "envs/doors/benchmarl.py"},
    "stable_baselines3": {"envs/doors/sb3.py"},
    "ray": {"envs/doors/rllib.py", "envs/doors/rllib_runner.py", "agents/"},
    "torchrl": {"envs/doors/torchrl.py", "envs/doors/benchmarl.py"},
    "tensordict": {"envs/doors/torchrl.py"},
    "benchmarl": {"envs/doors/benchmarl.py"},
    "minari": {"envs/doors/minari.py"},
}
"""Heavy packages, and the only files or folders that may import them."""
FILES = [path.relative_to(ROOT).as_posix() for folder in ("scenarios", "envs", "agents") for path in sorted((ROOT / folder).rglob("*.py"))]


def imports_of(tree, file):
    """All imports of a file, wherever they stand: (level, module or imported name)."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield 0, alias.name
        elif isinstance(node, ast.ImportFrom):
            if node.module:
                yield node.level, node.module
            else:
                for alias in node.names:
                    yield node.level, alias.name


def complaints(file, source):
    """What is wrong with a file's imports."""
    folder, depth = file.split("/")[0], file.count("/")
    for level, module in imports_of(ast.parse(source), file):
        top = module.split(".")[0]
        if level == 0 and top == "sandlot":
            yield f"{file}: absolute import of {module}"
        elif level == depth + 1 and top not in ("scenarios", "envs", *(["__version__"] if folder == "agents" else [])):
            yield f"{file}: {folder} may not import {top}"
        elif level > depth + 1:
            yield f"{file}: import from outside the package"
        elif level == 0 and top in OWN and not any(file.startswith(place) for place in OWN[top]):
            yield f"{file}: only {', '.join(sorted(OWN[top]))} may import {top}"
        elif level == 0 and folder == "scenarios" and top not in sys.stdlib_module_names and top not in OWN:
            yield f"{file}: the language needs no {top}"


@pytest.mark.parametrize("file", FILES)
def test_downhill(file):
    assert list(complaints(file, (ROOT / file).read_text("utf-8"))) == []


@pytest.mark.parametrize(
    ("file", "line"),
    [
        ("envs/core/vector.py", "from ...agents import RandomPolicy"),
        ("scenarios/model/scenario.py", "import numpy as np"),
        ("envs/core/vector.py", "def f():\n    import torch"),
        ("envs/core/vector.py", "import pygame.display"),
        ("envs/core/vector.py", "from sandlot.scenarios import load"),
        ("envs/core/vector.py", "from .... import elsewhere"),
        ("envs/core/vector.py", "from ... import agents"),
        ("agents/policies/uniform.py", "import llvmlite"),
    ],
)
def test_the_rule_bites(file, line):
    assert list(complaints(file, line))


def test_root_imports_absolutely():
    for name in ("__init__.py", "__main__.py"):
        if (ROOT / name).exists():
            levels = [level for level, _ in imports_of(ast.parse((ROOT / name).read_text("utf-8")), name)]
            assert set(levels) <= {0}, name


def run(program):
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, env=os.environ, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


HEAVY = {"pygame", "torch", "llvmlite", "pettingzoo", "pydantic", "PIL", "typer"}
LOADED = "; import sys; print(*{name.split('.')[0] for name in sys.modules})"


def test_import_is_light():
    loaded = set(run(f"import sandlot{LOADED}"))
    assert "gymnasium" in loaded
    assert loaded & HEAVY == set()


def test_training_needs_no_pygame():
    program = (
        "import gymnasium, sandlot; env = gymnasium.make('sandlot/Tag-v0', team='runner'); "
        "env.reset(seed=0); env.step(env.action_space.sample())"
    )
    loaded = set(run(program + LOADED))
    assert "llvmlite" in loaded
    assert loaded & {"pygame", "torch", "pettingzoo", "PIL"} == set()


def test_evaluating_needs_no_torch():
    program = (
        "import sandlot; from sandlot.agents.evaluation.evaluate import evaluate; from sandlot.agents.evaluation.league import league; "
        "game = sandlot.load('lander'); evaluate(game, {}, episodes=2); league(game, {'rocket': ['scripted', 'random']}, episodes=2)"
    )
    assert set(run(program + LOADED)) & {"torch", "pygame", "pettingzoo", "scipy"} == set()


def test_import_is_quick():
    # Processor time, as other tests may run beside this one; the budget is half a second.
    program = "import time; t = time.process_time(); import sandlot; print(time.process_time() - t)"
    assert min(float(run(program)[0]) for _ in range(3)) < 0.5


@pytest.mark.parametrize(
    "imports",
    ["import pettingzoo, sandlot", "import sandlot, pettingzoo", "import sandlot; import pettingzoo.utils"],
)
def test_pettingzoos_registry_whichever_comes_first(imports):
    program = (
        f"import sys; before = list(sys.meta_path); {imports}; "
        "print(pettingzoo.spec('aec', 'sandlot/tag-v0').kwargs['source'], sys.meta_path == before)"
    )
    assert run(program) == ["tag", "True"]


def test_what_is_offered_is_there():
    for module in (sandlot, sandlot.envs, sandlot.agents):
        assert all(hasattr(module, name) for name in module.__all__)
        with pytest.raises(AttributeError, match="no attribute 'mak'"):
            module.mak  # noqa: B018
    assert list(sandlot.__all__) == sorted(sandlot.__all__)
    assert set(sandlot.__all__) <= set(dir(sandlot))
