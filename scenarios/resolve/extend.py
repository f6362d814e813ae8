"""From a file and its ancestors to one tree (`extends`), and where the games of the library lie."""

import os
import re
from itertools import islice
from pathlib import Path

from ..text.limits import MAX_EXTENDS, MAX_TEXT
from ..text.problems import Problem, ScenarioError, shown, suggestion
from ..text.tree import Tree, decode, parse_text
from .merge import merge_trees, without

LIBRARY = Path(__file__).resolve().parents[1]
_LIBRARY_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


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
        merged = merge_trees(without(merged, "extends"), child)
    return merged


def _label(child_file: str, link: str, where: Path) -> str:
    """Return the name of a parent file in messages."""
    if _LIBRARY_NAME.fullmatch(link):
        return where.name
    return os.path.normpath(os.path.join(os.path.dirname(child_file), link))


def _parent_path(link: Tree, here: Path | None, folder: Path | None) -> Path:
    """Return the file that `extends` means, or raise why it can't be."""

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
