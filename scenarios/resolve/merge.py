"""One tree merged over another, as `extends` and `like` do it.

Merging moves trees as they are, so every value keeps the file and line it was written at.
"""

from collections.abc import Mapping
from typing import Any

from ..text.tree import Tree

# Keys of which an object has one: naming another starts the object afresh.
_ONE_OF = (
    frozenset(("uniform", "normal", "one_of")),
    frozenset(("in", "row", "ring")),
    frozenset(("rect", "circle")),
    frozenset(("touch", "apart", "inside", "outside", "near", "hears", "breaks", "grabs", "releases", "every", "at", "start")),
)
_INSTEAD = {"at": "place", "place": "at", "mass": "density", "density": "mass"}
_SHAPE_KEYS = ("radius", "size", "length", "vertices")


def without(tree: Tree, *keys: str) -> Tree:
    """Return an object without some of its keys."""
    members = {key: child for key, child in tree.members() if key not in keys}
    return Tree(members, tree.source, tree.offset, tree.key_offset)


def merge_trees(parent: Tree, child: Tree) -> Tree:
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
            merged[key] = merge_trees(merged[key], value)
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
    return any(old.keys() & group and new.keys() & group and not old.keys() & new.keys() & group for group in _ONE_OF)
