"""Names to environments: what `sandlot.make` and its sisters do, and Gymnasium's registration."""

import os
from typing import Any

from ..scenarios import Scenario, load, names
from .core import ActionKind, Autoreset, VectorEnv

Source = str | os.PathLike[str] | Scenario


def resolve(source: Source, params: dict[str, Any]) -> Scenario:
    """A scenario from its name, its path or itself."""
    if isinstance(source, Scenario):
        if params:
            raise TypeError(f"params ({', '.join(params)}) belong to load(), where the scenario was made")
        return source
    return load(source, **params)


def make_vec(
    source: Source, num_envs: int = 1, *, threads: int | None = None, autoreset: Autoreset = "next_step", actions: ActionKind = "continuous",
    copy: bool = True, render_mode: str | None = None, **params: Any,
) -> VectorEnv:  # fmt: skip
    """Make the batched core itself: many worlds of one game. See `VectorEnv`; other keywords are the scenario's params."""
    return VectorEnv(resolve(source, params), num_envs, threads=threads, autoreset=autoreset, actions=actions, copy=copy, render_mode=render_mode)


__all__ = ["make_vec", "names", "resolve"]
