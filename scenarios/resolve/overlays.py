"""`train`, `test` and `lessons`: values that lie over the params' defaults where they are asked for."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from ..text.problems import Problem, ScenarioError, shown, suggestion
from ..text.recipe import Recipe
from ..text.tree import Keys, Tree, find, path_of

SPLITS = ("train", "test")
_NAMED = re.compile(r'the param "(\w+)"')


def find_lesson(tree: Tree, lesson: Any) -> int | None:
    """Return the index of a lesson that is asked for by name or index; None is the game itself.

    Raises:
        ScenarioError: If there is none.
    """
    if lesson is None:
        return None
    section = tree.get("lessons")
    names = (
        [child.plain() if (child := entry.get("name")) is not None else None for entry in section.items()] if section is not None else []
    )
    if lesson in names and isinstance(lesson, str):
        return names.index(lesson)
    if isinstance(lesson, int) and not isinstance(lesson, bool) and 0 <= lesson < len(names):
        return int(lesson)
    known = [name for name in names if isinstance(name, str)]
    if not names:
        message = f"the game has no lessons, got {shown(lesson)}"
    elif isinstance(lesson, str):
        message = f'there is no lesson "{lesson}"{suggestion(lesson, known)}'
    else:
        message = f"expected the name of a lesson or its index from 0 to {len(names) - 1}, got {shown(lesson)}"
    raise ScenarioError([Problem(tree.source.file, 0, 0, "lesson", message)])


def sections(split: str | None, lesson: int | None) -> list[Keys]:
    """Return where values are that lie over the defaults, those of a lesson last."""
    return [*([(split,)] if split is not None else []), *([("lessons", lesson, "params")] if lesson is not None else [])]


def laid_over(recipe: Recipe, lesson: int | None) -> dict[str, tuple[Keys, Tree]]:
    """Return by param what lies over its default, and where it is written; what the caller sets or lets vary is left alone.

    Raises:
        ScenarioError: If there is no such split.
    """
    if recipe.split is not None and recipe.split not in SPLITS:
        hint = suggestion(recipe.split, SPLITS) if isinstance(recipe.split, str) else ""
        message = f'expected "train", "test" or None, got {shown(recipe.split)}{hint}'
        raise ScenarioError([Problem(recipe.tree.source.file, 0, 0, "split", message)])
    found: dict[str, tuple[Keys, Tree]] = {}
    for keys in sections(recipe.split, lesson):
        section = _at(recipe.tree, keys)
        found |= {name: ((*keys, name), node) for name, node in section.members()} if section is not None else {}
    given = recipe.params.keys() | (recipe.vary.keys() if isinstance(recipe.vary, Mapping) else set())
    return {name: one for name, one in found.items() if name not in given}


def blamed(problems: Iterable[Problem], laid: Mapping[str, tuple[Keys, Tree]], recipe: Recipe, lesson: int | None) -> list[Problem]:
    """Return what is wrong with a game only because of what lies over its params, each at the place of that."""
    found: list[Problem] = []
    for problem in problems:
        named = [name for name in _NAMED.findall(problem.message) if name in laid]
        name = named[0] if named else next(iter(laid)) if len(laid) == 1 else None
        if name is not None:
            keys, node = laid[name]
        else:
            keys = sections(recipe.split, lesson)[-1]
            node = find(recipe.tree, keys)
        built = "; what decides how the game is built takes one number here" if named and "which varies" in problem.message else ""
        found.append(node.problem(path_of(keys), f"with this, {problem.path}: {problem.message}{built}"))
    return found


def _at(tree: Tree, keys: Keys) -> Tree | None:
    node: Tree | None = tree
    for key in keys:
        node = node.get(key) if node is not None else None
    return node


__all__ = ["SPLITS", "blamed", "find_lesson", "laid_over", "sections"]
