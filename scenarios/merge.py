"""From the trees of a file and its ancestors to one tree: extends, then params (with what overlays.py lays over them), then like.

Merging moves trees as they are, so every value keeps the file and line it was written at.
"""

import math
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

from .limits import MAX_EXTENDS, MAX_KINDS, MAX_NUMBER, MAX_PARAMS, MAX_TEXT, MIN_NUMBER
from .problems import Found, Problem, ScenarioError, shown, suggestion
from .text import Tree, decode, join_path, parse_text
from .values import Varied, is_number, is_tiny, whole
from .vary import read_vary

LIBRARY = Path(__file__).resolve().parent
_PARAM = re.compile(r"\$[A-Za-z_]\w*")
_LIBRARY_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
NO_PARAMS_IN = ("params", "about", "$schema", "extends", "format", "name", "train", "test", "lessons")
_TEAM_KEYS = ("drive", "hands", "shoot", "says", "sees")
# Keys of which an object has one: naming another starts the object afresh.
_ONE_OF = (
    frozenset(("uniform", "normal", "one_of")),
    frozenset(("in", "row", "ring")),
    frozenset(("rect", "circle")),
    frozenset(("touch", "apart", "inside", "outside", "near", "hears", "breaks", "grabs", "releases", "every", "at", "start")),
)
_INSTEAD = {"at": "place", "place": "at", "mass": "density", "density": "mass"}
_SHAPE_KEYS = ("radius", "size", "length", "vertices")


@dataclass(frozen=True, slots=True)
class Recipe:
    """All that a game is made of, so that its lessons can be made of it, too.

    Attributes:
        text: As read.
        tree: The file over what it extends.
        params: Set by the caller.
        vary: Let vary by the caller.
        split: Asked for by the caller.
    """

    text: str
    tree: Tree = field(compare=False)  # equal where the text and what it extends are
    params: Mapping[str, Any]
    vary: Mapping[str, Any] | None
    split: str | None = None


@dataclass(slots=True)
class Resolved:
    """One tree, ready for the model.

    Attributes:
        tree: The merged tree; ``like`` and ``"$name"`` are gone.
        params: Every param with its value; of one that varies by world, that of the file.
        varied: Params that vary by world.
        problems: What went wrong on the way.
        damaged: Names that problems have made unreliable.
        cuts: Keys of what was wrong and is left out.
    """

    tree: Tree
    params: dict[str, float | bool]
    problems: list[Problem]
    varied: dict[str, Varied] = field(default_factory=dict[str, Varied])
    damaged: set[str] = field(default_factory=set[str])
    cuts: set[tuple[str | int, ...]] = field(default_factory=set[tuple[str | int, ...]])

    def was_cut(self, *keys: str | int) -> bool:
        """Return whether something at, above or (if that is a part of it) below keys is lost."""
        return any(cut[: len(keys)] == keys or keys[: len(cut)] == cut for cut in self.cuts)


def library_names() -> list[str]:
    """Return the names of the games that come with sandlot."""
    files = LIBRARY.glob("*.json")
    return sorted(path.stem for path in files if _LIBRARY_NAME.fullmatch(path.stem))


def read_tree(path: Path, file: str) -> tuple[str, Tree]:
    """Return text and tree of a file.

    Raises:
        ScenarioError: If it can't be read, or isn't JSON.
    """
    try:
        with path.open("rb") as stream:
            data = stream.read(4 * MAX_TEXT + 1)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        message = f"can't read the file: {reason.lower()}"
        raise ScenarioError([Problem(file, 0, 0, "$", message)]) from None
    text = decode(data, file)
    return text, parse_text(text, file)


def resolve(
    tree: Tree, overrides: Mapping[str, Any], vary: Mapping[str, Any] | None = None, laid: Mapping[str, Tree] | None = None
) -> Resolved:
    """Put params in, and copy what ``like`` names.

    Args:
        tree: The file over what it extends, see ``extend``.
        overrides: Params set by the caller.
        vary: Params that the caller lets vary by world, each with how.
        laid: Values of the file's own that lie over the params' defaults, see overlays.py.
    """
    problems = Found()
    laid = dict(laid or {})
    _check_kinds(tree)
    params = _params(tree, overrides, laid, problems)
    resolved = Resolved(tree, params, problems, _varied(tree, params, overrides, vary, laid, problems))
    resolved.tree = _substitute(tree, "$", resolved)
    _copy_likes(resolved)
    return resolved


# extends -------------------------------------------------------------------------------------


def extend(tree: Tree, path: Path | None) -> Tree:
    """Return a file over everything it extends.

    Args:
        tree: The file.
        path: Where it lies; None for a text from nowhere, which can extend library games only.

    Raises:
        ScenarioError: If there is no tree to go on with.
    """
    if not isinstance(tree.value, dict):
        raise ScenarioError([tree.problem("$", f"expected an object, got {shown(tree.plain())}")])
    folder = path.parent.resolve() if path else None
    chain = [tree]
    seen: dict[Path, str] = {path.resolve(): path.name} if path else {}
    names = [path.name if path else tree.source.file]
    here = path
    while (link := chain[-1].get("extends")) is not None and link.value is not None:
        where = _parent_path(link, here, folder)
        if where in seen:
            loop = " -> ".join([*names, where.name])
            raise ScenarioError([link.problem("$.extends", f"this goes in a circle: {loop}")])
        if len(chain) >= MAX_EXTENDS:
            message = f"a chain of more than {MAX_EXTENDS} files (MAX_EXTENDS)"
            raise ScenarioError([link.problem("$.extends", message)])
        seen[where] = where.name
        names.append(where.name)
        if where.parent == LIBRARY:
            folder = LIBRARY
        parent = read_tree(where, _label(chain[-1].source.file, link.value, where))[1]
        if not isinstance(parent.value, dict):
            message = f"expected an object, got {shown(parent.plain())}"
            raise ScenarioError([parent.problem("$", message)])
        chain.append(parent)
        here = where
    merged = chain[-1]
    for child in reversed(chain[:-1]):
        merged = _merge(_without(merged, "extends"), child)
    return merged


def _label(child_file: str, link: str, where: Path) -> str:
    """Return the name of a parent file in messages."""
    if _LIBRARY_NAME.fullmatch(link):
        return where.name
    return os.path.normpath(os.path.join(os.path.dirname(child_file), link))


def _parent_path(link: Tree, here: Path | None, folder: Path | None) -> Path:
    """Return the file that ``extends`` means, or raise why it can't be."""

    def no(message: str) -> ScenarioError:
        return ScenarioError([link.problem("$.extends", message)])

    name = link.value
    if not isinstance(name, str) or not name:
        raise no(f"expected the name of a game or a path, got {shown(link.plain())}")
    if _LIBRARY_NAME.fullmatch(name):
        if name not in library_names():
            raise no(f'there is no library game "{name}"{suggestion(name, library_names())}')
        return LIBRARY / f"{name}.json"
    if folder is None or here is None:
        raise no(f"a text without a file can only extend library games, got {shown(name)}")
    if "\0" in name or "://" in name or "\\" in name or Path(name).is_absolute():
        raise no(f"expected a path relative to this file, got {shown(name)}")
    # resolve() follows links, so neither ".." nor a symbolic link leads out of the folder.
    try:
        where = (here.parent / name).resolve()
        inside = where.is_relative_to(folder)
        exists = inside and where.is_file()
    except (OSError, RuntimeError, ValueError):
        raise no(f"can't read {shown(name)}") from None
    if not inside:
        raise no(f"{shown(name)} leads out of the folder of this file")
    if not exists:
        near = [entry.name for entry in islice(where.parent.glob("*.json"), 100)]
        raise no(f"there is no file {shown(name)}{suggestion(name, near)}")
    return where


def _without(tree: Tree, *keys: str) -> Tree:
    members = {key: child for key, child in tree.members() if key not in keys}
    return Tree(members, tree.source, tree.offset, tree.key_offset)


def _merge(parent: Tree, child: Tree) -> Tree:
    """Deep merge: objects merge, all else replaces, null removes."""
    if not isinstance(parent.value, dict) or not isinstance(child.value, dict):
        return child
    old = dict(parent.members())
    new = dict(child.members())
    if _starts_afresh(old, new):
        old = {}
    for key in new:
        if key in _INSTEAD and _INSTEAD[key] not in new:
            old.pop(_INSTEAD[key], None)
    if "shape" in new and new["shape"].value != _value(old, "shape", "circle"):
        for key in _SHAPE_KEYS:
            old.pop(key, None)
    merged = {key: value for key, value in old.items() if key not in new or new[key].value is not None}
    for key, value in new.items():
        if key in merged:
            merged[key] = _merge(merged[key], value)
        elif value.value is not None or key not in old:
            merged[key] = value
    return Tree(merged, child.source, child.offset, child.key_offset)


def _value(members: Mapping[str, Tree], key: str, default: Any) -> Any:
    return members[key].value if key in members else default


def _starts_afresh(old: Mapping[str, Tree], new: Mapping[str, Tree]) -> bool:
    """Return whether the child chose another variant, whose fields the old ones don't fit."""
    if "type" in old and "type" in new and old["type"].value != new["type"].value:
        return True
    if "count" in old or "count" in new or "shape" in new or "body" in new:
        return False  # a thing: its "at" is no event
    return any(
        old.keys() & group and new.keys() & group and not old.keys() & new.keys() & group for group in _ONE_OF
    )


# params --------------------------------------------------------------------------------------


def _params(tree: Tree, overrides: Mapping[str, Any], laid: Mapping[str, Tree], problems: list[Problem]) -> dict[str, float | bool]:
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


def _varied(
    tree: Tree, params: Mapping[str, float | bool], overrides: Mapping[str, Any], vary: Any, laid: Mapping[str, Tree], problems: list[Problem]
) -> dict[str, Varied]:
    """Return the params that vary by world, in the order of the file."""

    def complain(place: str, message: str) -> None:
        problems.append(Problem(tree.source.file, 0, 0, place, message))

    section = tree.get("params")
    declared = dict(section.members()) if section else {}
    found = read_vary({} if vary is None else vary, declared, complain)
    for name in found.keys() & overrides.keys():
        complain(f"vary.{name}", f"the param is set as well, to {shown(overrides[name])}; give one of the two")
    # What is wrong with these is said at their own places, by check_lessons.py.
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


def _substitute(tree: Tree, path: str, resolved: Resolved) -> Tree:
    """Return the tree with the values of params in place of "$name"."""
    if isinstance(tree.value, dict):
        children: Any = {}
        for key, child in tree.members():
            if path == "$" and key in NO_PARAMS_IN:
                children[key] = child
                continue
            new = _substitute(child, join_path(path, key), resolved)
            children[key] = new
        return Tree(children, tree.source, tree.offset, tree.key_offset)
    if isinstance(tree.value, list):
        children = [
            _substitute(child, join_path(path, index), resolved) for index, child in enumerate(tree.items())
        ]
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


# like ----------------------------------------------------------------------------------------


def _check_kinds(tree: Tree) -> None:
    """Ask how many kinds there are before anything looks at each of them beside the others."""
    sections = [section for key in ("things", "teams") if (section := tree.get(key)) is not None and isinstance(section.value, dict)]
    kinds = sum(len(section.value) for section in sections)
    if kinds > MAX_KINDS:
        last = sections[-1]
        message = f"{kinds} kinds of things and teams, at most {MAX_KINDS} (MAX_KINDS)"
        raise ScenarioError([last.problem("$.teams" if last is tree.get("teams") else "$.things", message)])


def _copy_likes(resolved: Resolved) -> None:
    """Merge every thing and team over the one it is like, in place."""
    kinds: dict[str, Tree] = {}
    sections: dict[str, dict[str, Tree]] = {}
    for section in ("things", "teams"):
        tree = resolved.tree.get(section)
        sections[section] = dict(tree.members()) if tree else {}
        kinds.update(sections[section])
    done: dict[str, Tree] = {}
    for section, members in sections.items():
        tree = resolved.tree.get(section)
        if tree is None or not isinstance(tree.value, dict):
            continue
        for name in members:
            copied = _like(name, kinds, done, resolved)
            members[name] = (
                _without(copied, *_TEAM_KEYS)
                if _is_copy_of_team(section, kinds[name], sections["teams"])
                else copied
            )
        tree.value = members


def _is_copy_of_team(section: str, tree: Tree, teams: Mapping[str, Tree]) -> bool:
    link = tree.get("like")
    name = link.value if link is not None else None
    return section == "things" and isinstance(name, str) and name in teams


def _like(name: str, kinds: Mapping[str, Tree], done: dict[str, Tree], resolved: Resolved) -> Tree:
    """Return a kind merged over its chain of parents."""
    chain: list[str] = []
    at = name
    while at not in done:
        if at in chain:
            _complain_of_circle(chain[chain.index(at) :], kinds, resolved)
            break
        chain.append(at)
        link = kinds[at].get("like")
        path = f"$.{'teams' if at in _names(resolved, 'teams') else 'things'}.{at}.like"
        if link is None or link.value is None:
            break
        if not isinstance(link.value, str) or link.value not in kinds:
            if not isinstance(link.value, str):
                message = f"expected the name of a thing or team, got {shown(link.plain())}"
            else:
                hint = suggestion(link.value, kinds.keys() - {at})
                message = f'there is no thing or team "{link.value}"{hint}'
            resolved.problems.append(link.problem(path, message))
            resolved.damaged.update(chain)
            break
        at = link.value
    for kid in reversed(chain):
        if kid in done:
            continue
        link = kinds[kid].get("like")
        own = _without(kinds[kid], "like")
        if isinstance(kinds[kid].value, dict):
            parent = done.get(link.value) if link and isinstance(link.value, str) else None
            done[kid] = _merge(parent, own) if parent else own
        else:
            done[kid] = kinds[kid]
    return done[name]


def _names(resolved: Resolved, section: str) -> list[str]:
    tree = resolved.tree.get(section)
    return [name for name, _ in tree.members()] if tree else []


def _complain_of_circle(loop: list[str], kinds: Mapping[str, Tree], resolved: Resolved) -> None:
    first = loop[0]
    link = kinds[first].get("like")
    assert link is not None
    section = "teams" if first in _names(resolved, "teams") else "things"
    message = f"this goes in a circle: {' -> '.join([*loop, first])}"
    resolved.problems.append(link.problem(f"$.{section}.{first}.like", message))
    resolved.damaged.update(loop)
