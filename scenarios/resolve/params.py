"""Params of a game: their values, which of them vary by world, and "$name" in the tree."""

import math
import re
from collections.abc import Mapping
from typing import Any

from ..model.numbers import Varied, is_number, is_tiny, whole
from ..text.limits import MAX_NUMBER, MAX_PARAMS, MIN_NUMBER
from ..text.problems import Problem, shown, suggestion
from ..text.tree import Tree, join_path
from .resolved import Resolved
from .vary import read_vary

_PARAM = re.compile(r"\$[A-Za-z_]\w*")
NO_PARAMS_IN = ("params", "about", "$schema", "extends", "format", "name", "train", "test", "lessons")


def read_params(tree: Tree, overrides: Mapping[str, Any], laid: Mapping[str, Tree], problems: list[Problem]) -> dict[str, float | bool]:
    """Return the value of every param, checked against its bounds."""
    section = tree.get("params")
    declared = dict(section.members()) if section else {}
    used: dict[str, float | bool] = {}
    for name, entry in list(declared.items())[: MAX_PARAMS + 1]:
        default = entry.get("default") if isinstance(entry.value, dict) else entry
        if default is not None and isinstance(default.value, bool | int | float):
            used[name] = default.value
            _check_bounds(entry, default, name, default.value, problems)
    used |= {name: node.value for name, node in laid.items() if name in used and isinstance(node.value, bool | int | float)}
    for name, value in overrides.items():
        where = section or tree
        if name not in declared:
            message = f'there is no param "{name}"{suggestion(name, declared)}'
            problems.append(where.problem("$.params", message))
        elif name in used:
            number = _plain_number(value)
            if number is None or isinstance(number, bool) != isinstance(used[name], bool):
                wanted = "true or false" if isinstance(used[name], bool) else "a finite number"
                if wanted != "true or false" and is_number(value) and math.isfinite(value):
                    wanted = f"0 or a number from {MIN_NUMBER:g} to {MAX_NUMBER:g} in size (MIN_NUMBER, MAX_NUMBER)"
                message = f"set from outside: expected {wanted}, got {shown(value)}"
                problems.append(declared[name].problem(f"$.params.{name}", message))
                continue
            used[name] = whole(number) if isinstance(used[name], int) else number  # 3.0 for 3: the same game
            _check_bounds(declared[name], declared[name], name, number, problems)
    return used


def read_varied(
    tree: Tree,
    params: Mapping[str, float | bool],
    overrides: Mapping[str, Any],
    vary: Any,
    laid: Mapping[str, Tree],
    problems: list[Problem],
) -> dict[str, Varied]:
    """Return the params that vary by world, in the order of the file."""

    def complain(place: str, message: str) -> None:
        problems.append(Problem(tree.source.file, 0, 0, place, message))

    section = tree.get("params")
    declared = dict(section.members()) if section else {}
    found = read_vary({} if vary is None else vary, declared, complain)
    for name in found.keys() & overrides.keys():
        complain(f"vary.{name}", f"the param is set as well, to {shown(overrides[name])}; give one of the two")
    # What is wrong with these is said at their own places, by the checks of lessons.
    written = {name: node.plain() for name, node in laid.items() if isinstance(node.value, dict)}
    found |= read_vary(written, declared, lambda _place, _message: None)
    return {name: found[name] for name in params if name in found}


def _plain_number(value: Any) -> float | bool | None:
    """Return a Python number or bool (NumPy's too), None for anything else."""
    if not isinstance(value, bool | int | float | str) and hasattr(value, "item"):
        try:
            value = value.item()
        except (ValueError, TypeError):
            return None
    if isinstance(value, bool):
        return value
    if isinstance(value, str) or not is_number(value) or not math.isfinite(value) or abs(value) > MAX_NUMBER or is_tiny(value):
        return None
    return value


def _check_bounds(entry: Tree, place: Tree, name: str, value: float, problems: list[Problem]) -> None:
    for key, word, sign in (("min", "at least", 1), ("max", "at most", -1)):
        bound = entry.get(key)
        if bound is not None and is_number(bound.value) and (value - bound.value) * sign < 0:
            message = f"expected {word} {bound.value}, got {value}"
            problems.append(place.problem(f"$.params.{name}", message))


def substitute(tree: Tree, path: str, resolved: Resolved) -> Tree:
    """Return the tree with the values of params in place of "$name"."""
    if isinstance(tree.value, dict):
        children: Any = {}
        for key, child in tree.members():
            if path == "$" and key in NO_PARAMS_IN:
                children[key] = child
                continue
            new = substitute(child, join_path(path, key), resolved)
            children[key] = new
        return Tree(children, tree.source, tree.offset, tree.key_offset)
    if isinstance(tree.value, list):
        children = [substitute(child, join_path(path, index), resolved) for index, child in enumerate(tree.items())]
        return Tree(children, tree.source, tree.offset, tree.key_offset)
    if isinstance(tree.value, str) and _PARAM.fullmatch(tree.value):
        name = tree.value[1:]
        if name in resolved.varied:
            return Tree(resolved.varied[name], tree.source, tree.offset, tree.key_offset)
        if name in resolved.params:
            return Tree(resolved.params[name], tree.source, tree.offset, tree.key_offset)
        declared = resolved.tree.get("params")
        # A param that is there but broken is reported at its own place.
        if declared is None or declared.get(name) is None:
            message = f'there is no param "{name}"{suggestion(name, resolved.params)}'
            resolved.problems.append(tree.problem(path, message))
    return tree
