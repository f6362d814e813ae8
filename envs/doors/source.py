"""What a game is made from: its name, its path, its JSON, or a `Scenario` that is made already."""

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from ...scenarios import Scenario

Source: TypeAlias = "str | os.PathLike[str] | Mapping[str, Any] | Scenario"


def resolve(source: Source, params: dict[str, Any]) -> "Scenario":
    """A scenario from its name, its path, its JSON as a dict, or itself."""
    from ...scenarios import Scenario, from_dict, load

    if isinstance(source, Scenario):
        if params:
            raise TypeError(f"params ({', '.join(params)}) belong to load(), where the scenario was made")
        return source
    return from_dict(source, **params) if isinstance(source, Mapping) else load(source, **params)


def game_of(scenario: "Scenario") -> dict[str, Any]:
    """A scenario as plain JSON that needs no file and no params: any maker's `source`; params that vary by world are given beside it again."""
    game = {key: value for key, value in scenario.resolved.items() if key not in ("$schema", "extends", "train", "test", "lessons")}
    declared = {name: game["params"][name] for name in scenario.varied}
    return game | {"params": dict(scenario.params_used) | declared}


__all__ = ["Source", "game_of", "resolve"]
