"""The fixed list of functions, fields and constants that formulas may use."""

import ast
from dataclasses import dataclass
from typing import Literal

from .types import Node, Scope, Type, fold

BUILT_IN_FIELDS: dict[str, Type] = {
    "x": "number",
    "y": "number",
    "vx": "number",
    "vy": "number",
    "position": "vector",
    "velocity": "vector",
    "speed": "number",
    "heading_deg": "number",
    "angle_deg": "number",
    "spin_deg_per_s": "number",
    "radius": "number",
    "mass": "number",
    "alive": "truth",
    "index": "number",
    "said": "number",
    "surface_speed": "number",
    "steer_deg": "number",
    "grounded": "truth",
}
"""Fields of every thing (said: of who speaks; the last two: of one drive); its state variables come on top."""

DRIVE_OF_FIELD = {"steer_deg": "car", "grounded": "jump"}
"""Fields that only things with this drive have."""

JOINT_FIELDS: dict[str, dict[str, Type]] = {
    "pin": {"angle_deg": "number", "speed_deg_per_s": "number"},
    "weld": {},
    "slider": {"travel": "number", "speed": "number"},
    "rope": {"length": "number", "speed": "number"},
    "spring": {"length": "number", "speed": "number"},
}
"""Fields of a joint by its type; force and broken come on top of each."""
HAND_FIELDS = ("holding", "held", "held_by_<team>", "locked", "locked_by_<team>")
"""True or false: of those with hands, of what can be grabbed, of what can be locked."""

CONSTANTS = ("pi", "time", "time_left", "world_width", "world_height", "walls", "true", "false")

Want = Literal["number", "truth", "vector", "thing", "place"]
"""What an argument must be; a place is a thing or a vector."""


@dataclass(frozen=True, slots=True)
class Function:
    """A function of fixed arguments.

    Attributes:
        result: Type of the result.
        args: What it takes.
        about: One line for the reference.
        needs_self: Whether it works from the position of self.
        only: Sections it is legal in; all where empty.
    """

    result: Type
    args: tuple[Want, ...]
    about: str
    needs_self: bool = False
    only: tuple[str, ...] = ()


FUNCTIONS: dict[str, Function] = {
    "abs": Function("number", ("number",), "size without sign"),
    "sqrt": Function("number", ("number",), "square root; 0 below 0"),
    "floor": Function("number", ("number",), "next whole number down"),
    "sign": Function("number", ("number",), "-1, 0 or 1"),
    "sin_deg": Function("number", ("number",), "sine of degrees"),
    "cos_deg": Function("number", ("number",), "cosine of degrees"),
    "clamp": Function("number", ("number", "number", "number"), "clamp(x, low, high)"),
    "time": Function("number", (), "seconds since the start of the episode"),
    "time_left": Function("number", (), "seconds until end.time"),
    "random": Function("number", (), "0 to 1, new each time it is asked", only=("rule", "baseline")),
    "vec": Function("vector", ("number", "number"), "the vector x, y"),
    "length": Function("number", ("vector",), "length of a vector"),
    "unit": Function("vector", ("vector",), "the vector at length 1 (0 stays 0)"),
    "dot": Function("number", ("vector", "vector"), "dot product"),
    "cross": Function("number", ("vector", "vector"), "cross product, one number"),
    "perp": Function("vector", ("vector",), "turned by 90 degrees counter-clockwise"),
    "rotate_deg": Function("vector", ("vector", "number"), "turned counter-clockwise by degrees"),
    "x": Function("number", ("vector",), "first part of a vector"),
    "y": Function("number", ("vector",), "second part of a vector"),
    "angle_deg": Function("number", ("place",), "direction of a vector, heading of a thing"),
    "toward": Function("vector", ("place",), "unit vector from self to it", needs_self=True),
    "away": Function("vector", ("place",), "unit vector from it to self", needs_self=True),
    "intercept": Function("vector", ("thing",), "unit vector to where it will be, by both speeds", needs_self=True),
    "avoid": Function(
        "vector",
        ("place", "number"),
        "avoid(x, radius): away from it, 0 at radius and farther, growing to 1 as the gap closes",
        needs_self=True,
    ),
    "bearing": Function(
        "number",
        ("place",),
        "signed degrees from the heading of self to a thing, or to the direction of a vector",
        needs_self=True,
    ),
    "dist": Function("number", ("place", "place"), "distance of two centres or points; to nobody, the diagonal of the world"),
    "gap": Function("number", ("thing", "thing"), "distance of two surfaces by bounding radius"),
    "speed": Function("number", ("thing",), "how fast it is"),
    "inside": Function("truth", ("place", "thing"), "whether the centre of a is in b"),
    "said": Function("number", ("thing",), "the symbol it said last"),
}

SPECIAL: dict[str, str] = {
    "min": "min(a, b, ...) of numbers; min(kind, expr) over all of a kind (of none: the diagonal of the world)",
    "max": "max(a, b, ...) of numbers; max(kind, expr) over all of a kind (of none: 0)",
    "touching": "touching(a, b): whether they touch; b may be a kind (any of them) or walls",
    "heard": "heard(team): the symbol self heard last from its first member, -1 for none",
    "nearest": "nearest(kind): the nearest to self (never self); nearest(kind, thing): to a thing; of none: nobody, who is far",
    "farthest": "as nearest, the farthest",
    "nearest_where": "nearest_where(kind, cond): the nearest to self of those where cond holds",
    "argmin": "argmin(kind, expr): the one with the least value",
    "count": "count(kind), count(kind, cond); count(rule): how often it happened this episode",
    "happened": "happened(rule): whether it happened in this decision",
    "sum": "sum(kind, expr) over all of a kind; inside, the kind's name is the one at hand",
    "mean": "mean(kind, expr)",
    "any": "any(kind, cond)",
    "all": "all(kind, cond)",
}
"""Functions whose arguments are names, each with one line for the reference."""

OF_KINDS = frozenset(SPECIAL) - {"touching", "heard", "happened"}
"""Functions whose first argument may be the name of a kind: all but the nearest and farthest go over it, with that name for the one at hand."""

FUNCTION_NAMES = frozenset(FUNCTIONS) | frozenset(SPECIAL)


CHANCE = "random()"
"""Stands for a kind that no function goes over, see `kinds_of`."""


def goes_over(node: Node) -> bool:
    """Return whether a node is a function over a kind with something to work out for each."""
    return bool(node.args) and isinstance(node.value, str) and node.op in OF_KINDS - {"nearest", "farthest"}


def is_kept(node: Node) -> bool:
    """Return whether what a node gives is worked out once and kept where it is needed again: a name's value, and what all of a kind are asked for."""
    return bool(node.let) or node.op in ("nearest", "farthest") or goes_over(node)


def kinds_of(*nodes: Node) -> dict[int, frozenset[str]]:
    """Return the kinds in whose functions each node of some formulas has to stand, by its id: those that it speaks of as the one at hand.

    What asks for chance anew each time, not by a name, has to stand where it stands: CHANCE is among its kinds.
    """

    def kinds(node: Node, args: list[frozenset[str]]) -> frozenset[str]:
        about = frozenset[str]().union(*args)
        if node.op == "each":
            about |= {str(node.value)}
        if node.op == "random":
            about |= {CHANCE}
        if node.let:
            about -= {CHANCE}
        return about - {str(node.value)} if goes_over(node) else about

    return fold(kinds, *nodes)


def spoken_of(scope: Scope, name: str) -> frozenset[str]:
    """Return the kinds that a named formula speaks of as the one at hand in a function around it, if there is one: all but those it goes over itself."""
    if name in scope.spoken:
        return scope.spoken[name]
    found: set[str] = set()
    seen: set[tuple[str, frozenset[str]]] = set()
    waiting: list[tuple[ast.AST | None, frozenset[str]]] = [(scope.let[name], frozenset())]
    while waiting:
        tree, own = waiting.pop()
        if isinstance(tree, ast.Name):
            if tree.id in scope.let and tree.id not in own and (tree.id, own) not in seen:
                seen.add((tree.id, own))
                waiting.append((scope.let[tree.id], own))
            elif tree.id in scope.kinds and tree.id not in own:
                found.add(tree.id)
            continue
        if isinstance(tree, ast.Call) and isinstance(tree.func, ast.Name):
            first = tree.args[0] if tree.args else None
            if tree.func.id in OF_KINDS and isinstance(first, ast.Name) and first.id in scope.kinds:
                goes_over = tree.func.id not in ("nearest", "farthest")
                waiting += [(arg, own | {first.id} if goes_over else own) for arg in tree.args[1:]]
                continue
            waiting += [(arg, own) for arg in tree.args]
            continue
        waiting += [(child, own) for child in ast.iter_child_nodes(tree)] if tree is not None else []
    scope.spoken[name] = frozenset(found)
    return scope.spoken[name]
