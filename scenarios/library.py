"""Loads scenarios: games of the library by name, files by path, texts."""

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from .explain import build_model
from .merge import LIBRARY, library_names, read_tree, resolve
from .model import Scenario
from .problems import Problem, ScenarioError, suggestion
from .text import Tree, parse_text
from .validate import check
from .vary import as_written, narrowed

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")


def names() -> list[str]:
    """Return the names of the library games."""
    return library_names()


def path_of(name: str) -> Path:
    """Return the file of a library game.

    Raises:
        ScenarioError: If there is none of this name.
    """
    if name not in library_names():
        message = f'there is no library game "{name}"{suggestion(name, library_names())}'
        if Path(f"{name}.json").is_file():
            message += f'; for the file beside you say "{name}.json"'
        raise ScenarioError([Problem(name, 0, 0, "$", message)])
    return LIBRARY / f"{name}.json"


def load(name_or_path: str | os.PathLike[str], *, vary: Mapping[str, Any] | None = None, **params: Any) -> Scenario:
    """Load a game.

    Args:
        name_or_path: A name without dot and slash is a game of the library; all else is a path.
        vary: Params that each world draws anew for each episode, with how: ``{"uniform": [low, high]}``, ``{"normal": [mean, std]}`` or
            ``{"one_of": [numbers]}``.
        **params: Values for the game's params.

    Raises:
        ScenarioError: With everything that is wrong, each with its place.

    Example:
        >>> load("tag", chasers=5).teams["chaser"].count  # doctest: +SKIP
        5
    """
    file = os.fspath(name_or_path)
    path = Path(file)
    if isinstance(name_or_path, str) and _NAME.fullmatch(file):
        path = path_of(file)
        file = path.name
    text, tree = read_tree(path, file)
    return _finish(text, tree, path, params, vary)


def loads(text: str, file: str = "<text>", *, vary: Mapping[str, Any] | None = None, **params: Any) -> Scenario:
    """Load a game from its text.

    Args:
        text: The scenario; it can extend library games, not files.
        file: What messages call it.
        vary: As for `load`.
        **params: Values for the game's params.

    Raises:
        ScenarioError: With everything that is wrong, each with its place.
    """
    return _finish(text, parse_text(text, file), None, params, vary)


def _finish(text: str, tree: Tree, path: Path | None, params: dict[str, Any], vary: Mapping[str, Any] | None) -> Scenario:
    resolved = resolve(tree, path, params, vary)
    scenario = build_model(resolved)
    formulas = check(scenario, resolved) if scenario is not None else {}
    if resolved.problems or scenario is None:
        raise ScenarioError(resolved.problems)
    plain = as_written(resolved.tree.plain())
    scenario.fill(tree.source.file, text, resolved.params, formulas, plain, narrowed(scenario, resolved.varied))
    return scenario
