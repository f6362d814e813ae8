"""What Gymnasium and PettingZoo know the library's games by.

Importing this stays cheap: of a game only its version is read.
"""

import re
import sys
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import gymnasium

_LIBRARY = Path(__file__).parents[2] / "scenarios"
_GAME = re.compile(r"[a-z][a-z0-9_]*")
_VERSION, _PARENT = re.compile(r'"version"\s*:\s*(\d+)'), re.compile(r'"extends"\s*:\s*"(\w+)"')


def versions() -> dict[str, int]:
    """Version of every library game, by the first `"version": N` of its text.

    Parsing them properly would triple the time of `import sandlot`; a test compares.
    """
    texts = {path.stem: path.read_text("utf-8") for path in sorted(_LIBRARY.glob("*.json")) if _GAME.fullmatch(path.stem)}

    def of(name: str, depth: int = 0) -> int:
        found, parent = _VERSION.search(texts[name]), _PARENT.search(texts[name])
        if found is None and parent is not None and parent[1] in texts and depth < 8:
            return of(parent[1], depth + 1)
        return int(found[1]) if found else 0

    return {name: of(name) for name in texts}


def gymnasium_id(name: str, version: int) -> str:
    """`tell_and_push`, 0 is `sandlot/TellAndPush-v0`."""
    return f"sandlot/{''.join(part.capitalize() for part in name.split('_'))}-v{version}"


def register_gymnasium() -> None:
    """Register every library game, and `sandlot/Scenario-v0` for any file; may be called twice."""
    entries = {gymnasium_id(name, version): {"scenario": name} for name, version in versions().items()}
    entries["sandlot/Scenario-v0"] = {}
    for name, kwargs in entries.items():
        if name not in gymnasium.registry:
            # No max_episode_steps: the scenario has its own clock.
            gymnasium.register(
                name,
                entry_point="sandlot.envs.doors.gymnasium:GameEnv",
                vector_entry_point="sandlot.envs.doors.gymnasium:GameVec",
                kwargs=kwargs,
            )


class _PettingZooFinder(MetaPathFinder):
    """Finds nothing itself: lets the others find PettingZoo, once, and registers the games when it has run."""

    def find_spec(self, fullname: str, path: Any, target: Any = None) -> ModuleSpec | None:
        if fullname != "pettingzoo":
            return None
        sys.meta_path.remove(self)
        found = find_spec(fullname)
        loader: Any = found and found.loader
        if loader is not None:
            run = loader.exec_module

            def run_and_register(module: Any) -> None:
                run(module)
                register_pettingzoo()

            loader.exec_module = run_and_register
        return found


def register_pettingzoo() -> None:
    """Register every library game as `sandlot/<name>_v<version>`, if PettingZoo is here and has a registry.

    Importing it for this alone would double the time of `import sandlot`: where it isn't here yet, this is done
    as soon as somebody imports it. May be called twice.
    """
    zoo: Any = sys.modules.get("pettingzoo")
    if zoo is None and not any(isinstance(finder, _PettingZooFinder) for finder in sys.meta_path):
        sys.meta_path.insert(0, _PettingZooFinder())
    if zoo is None or not hasattr(zoo, "register"):
        return
    for name, version in versions().items():
        for kind, registry, maker in (
            ("parallel", zoo.parallel_registry, "make"),
            ("aec", zoo.aec_registry, "make_aec"),
        ):
            if f"sandlot/{name}-v{version}" not in registry:
                zoo.register(
                    kind,
                    f"sandlot/{name}_v{version}",
                    entry_point=f"sandlot.envs.doors.make:{maker}",
                    kwargs={"source": name},
                )


__all__ = [
    "gymnasium_id",
    "register_gymnasium",
    "register_pettingzoo",
    "versions",
]
