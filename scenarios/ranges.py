"""What a formula's value can be, from what is known before a game is played: the room, counts, params, what rules may write.

Whatever isn't known is any number, so what this says can't be, can't.
"""

import math
from collections.abc import Callable
from typing import TypeAlias

from .formula_types import Node
from .model import Scenario
from .model_shoot import STATE as AMMO
from .values import reach

Range: TypeAlias = tuple[float, float]
"""Least and greatest value, of a truth 0 and 1."""
Vector: TypeAlias = tuple[Range, Range]

ANY: Range = (-math.inf, math.inf)
TRUTH: Range = (0.0, 1.0)
_UNIT: Range = (-1.0, 1.0)
_TURN: Range = (-180.0, 180.0)
_IN_PERSON = ("self", "other", "one", "each")
"""Things that are there without being looked for: looking may find none."""


class Ranges:
    """Ranges of the formulas of one scenario.

    Args:
        scenario: A validated game.
    """

    def __init__(self, scenario: Scenario) -> None:
        self.scenario = scenario
        self.removable = {kind for rule in scenario.rules.values() for kind in rule.do.remove}
        self._states: dict[tuple[str, str], Range] = {}
        self._find_states()

    def number(self, node: Node) -> Range:
        """Return the range of a number or a truth."""
        if node.op in _LEAVES:
            return _LEAVES[node.op](self, node)
        combine = _OF_NUMBERS.get(node.op)
        if combine is not None and node.type != "vector" and not isinstance(node.value, str):  # with a name, min and max are over a kind
            found = combine(*(self.number(arg) for arg in node.args))
            return ANY if any(math.isnan(end) for end in found) else found
        return TRUTH if node.type == "truth" else ANY

    def vector(self, node: Node) -> Vector:
        """Return the ranges of a vector's two parts."""
        if node.op == "vec":
            return self.number(node.args[0]), self.number(node.args[1])
        if node.op == "field" and node.value == "position":
            return self._place(node.args[0], 0), self._place(node.args[0], 1)
        if node.op in ("unit", "toward", "away", "intercept", "avoid"):
            return _UNIT, _UNIT
        if node.op in ("add", "sub"):
            first, second = (self.vector(arg) for arg in node.args)
            combine = _OF_NUMBERS[node.op]
            return combine(first[0], second[0]), combine(first[1], second[1])
        return ANY, ANY

    # Leaves ------------------------------------------------------------------------------------

    def _field(self, node: Node) -> Range:
        thing, name = node.args[0], str(node.value)
        kind = thing.kind
        if name in ("x", "y"):
            return self._place(thing, int(name == "y"))
        if kind is None or node.type == "thing":
            return ANY
        if (kind, name) in self._states:
            return self._states[kind, name]
        known: dict[str, Range] = {
            "index": (0.0, max(0.0, self.scenario.kind(kind).count - 1.0)), "speed": (0.0, math.inf), "radius": (0.0, math.inf),
            "mass": (0.0, math.inf), "heading_deg": _TURN, "angle_deg": _TURN, "said": (-1.0, math.inf),
        }  # fmt: skip
        return TRUTH if node.type == "truth" else known.get(name, ANY)

    def _place(self, thing: Node, axis: int) -> Range:
        """Where a thing's centre can be [m]."""
        kind = thing.kind
        if kind is None or not self.stays_in(kind):
            return ANY
        half = self.scenario.world.size[axis] / 2
        return -half, half

    def stays_in(self, kind: str) -> bool:
        """Return whether the centres of a kind can't leave the room."""
        thing, walls = self.scenario.kind(kind), self.scenario.world.walls
        if self.scenario.shooters(kind) or walls == "open":
            return False
        meets_walls = thing.collides_with is None or "walls" in thing.collides_with
        if thing.shape == "polygon" and not thing.moves:
            return False  # its origin is in the room, its centre needn't be
        return walls == "wrap" or not thing.moves or (thing.body == "dynamic" and meets_walls)

    def _distance(self, node: Node) -> Range:
        for place in node.args:
            fixed = place.type == "vector"
            there = place.op in _IN_PERSON and place.kind is not None and place.kind not in self.removable and self.stays_in(place.kind)
            if fixed or not there:
                return 0.0, math.inf
        return 0.0, math.hypot(*self.scenario.world.size)

    def _length(self, node: Node) -> Range:
        parts = self.vector(node.args[0])
        return 0.0, math.hypot(*(max(map(abs, part)) for part in parts))

    def _dot(self, node: Node) -> Range:
        first, second = (self.vector(arg) for arg in node.args)
        found = _add(_mul(first[0], second[0]), _mul(first[1], second[1]))
        return ANY if any(math.isnan(end) for end in found) else found

    def _count(self, node: Node) -> Range:
        return 0.0, float(self.scenario.kind(str(node.value)).count)

    def _sum(self, node: Node) -> Range:
        low, high = self.number(node.args[0])
        return _mul((0.0, float(self.scenario.kind(str(node.value)).count)), (min(0.0, low), max(0.0, high)))

    def _mean(self, node: Node) -> Range:
        return _hull((0.0, 0.0), self.number(node.args[0]))

    def _counted(self, node: Node) -> Range:
        return 0.0, 1.0 if self.scenario.rules[str(node.value)].once else math.inf

    def _draw(self, node: Node) -> Range:
        number = self.scenario.draw[str(node.value)].number
        return ANY if number is None else reach(number)

    def _param(self, node: Node) -> Range:
        varied = self.scenario.varied.get(str(node.value))
        return ANY if varied is None else (varied.low, varied.high)

    def _clock(self, _node: Node) -> Range:
        return 0.0, self.scenario.end.time or math.inf

    def _equal(self, node: Node) -> Range:
        if node.args[0].type != "number":
            return TRUTH
        first, second = (self.number(arg) for arg in node.args)
        same = first == second and first[0] == first[1]
        apart = first[1] < second[0] or second[1] < first[0]
        found = (1.0, 1.0) if same else (0.0, 0.0) if apart else TRUTH
        return found if node.op == "eq" else (1 - found[1], 1 - found[0])

    def _choice(self, node: Node) -> Range:
        condition, then, other = node.args
        if node.type not in ("number", "truth"):
            return ANY
        asked = self.number(condition)
        if asked[0] == asked[1]:
            return self.number(then if asked[0] else other)
        return _hull(self.number(then), self.number(other))

    # State -------------------------------------------------------------------------------------

    def _find_states(self) -> None:
        """Find the range of every state variable: what it starts with, and what rules may write to it, whatever the others are."""
        writes: dict[tuple[str, str], list[tuple[str, Node]]] = {}
        for name, rule in self.scenario.rules.items():
            for verb, targets in (("set", rule.do.set), ("add", rule.do.add)):
                for target in targets:
                    kind, variable = self._written(target)
                    writes.setdefault((kind, variable), []).append((verb, self.scenario.formulas[f"$.rules.{name}.do.{verb}.{target}"]))
        found: dict[tuple[str, str], Range] = {}
        for kind in self.scenario.kinds:
            for variable, value in self.scenario.states_of(kind).items():
                first = (float(value), float(value)) if isinstance(value, bool) else reach(value)
                ranges = [first]
                for verb, node in writes.get((kind, variable), []):
                    given = self.number(node)
                    if verb == "add":
                        given = (first[0] if given[0] >= 0 else -math.inf, first[1] if given[1] <= 0 else math.inf)
                    ranges.append(given)
                found[kind, variable] = ANY if variable == AMMO else (min(low for low, _ in ranges), max(high for _, high in ranges))
        self._states = found

    def _written(self, target: str) -> tuple[str, str]:
        """Return the kind and the variable that a target of `set` or `add` means."""
        kind, _, variable = target.partition(".")
        if variable.startswith("owner."):
            return next(iter(self.scenario.shooters(kind)), kind), variable.removeprefix("owner.")
        return kind, variable


def _hull(first: Range, second: Range) -> Range:
    return min(first[0], second[0]), max(first[1], second[1])


def _add(a: Range, b: Range) -> Range:
    return a[0] + b[0], a[1] + b[1]


def _mul(a: Range, b: Range) -> Range:
    ends = [0.0 if 0 in (x, y) else x * y for x in a for y in b]  # 0 times anything is 0, however large it may be
    return min(ends), max(ends)


def _div(a: Range, b: Range) -> Range:
    return ANY if b[0] <= 0 <= b[1] else _mul(a, (1 / b[1], 1 / b[0]))


def _mod(_a: Range, b: Range) -> Range:
    return (0.0, b[1]) if b[0] > 0 else ANY


def _less(a: Range, b: Range) -> Range:
    """Return whether a < b."""
    return float(a[1] < b[0]), float(a[0] < b[1])


def _at_most(a: Range, b: Range) -> Range:
    """Return whether a <= b."""
    return float(a[1] <= b[0]), float(a[0] <= b[1])


def _abs(a: Range) -> Range:
    return (0.0 if a[0] <= 0 <= a[1] else min(abs(a[0]), abs(a[1]))), max(abs(a[0]), abs(a[1]))


def _floor(a: Range) -> Range:
    return (math.floor(a[0]) if math.isfinite(a[0]) else a[0]), (math.floor(a[1]) if math.isfinite(a[1]) else a[1])


_LEAVES: dict[str, Callable[[Ranges, Node], Range]] = {
    "num": lambda _, node: (float(node.value or 0.0), float(node.value or 0.0)),  # type: ignore[arg-type]
    "param": Ranges._param, "draw": Ranges._draw, "time": Ranges._clock, "time_left": Ranges._clock,
    "random": lambda _, __: (0.0, 1.0), "field": Ranges._field, "rule_count": Ranges._counted, "count": Ranges._count,
    "dist": Ranges._distance, "length": Ranges._length, "dot": Ranges._dot, "eq": Ranges._equal, "ne": Ranges._equal, "if": Ranges._choice,
    "sum": Ranges._sum, "mean": Ranges._mean, "sin_deg": lambda _, __: _UNIT, "cos_deg": lambda _, __: _UNIT, "bearing": lambda _, __: _TURN,
    "x": lambda ranges, node: ranges.vector(node.args[0])[0], "y": lambda ranges, node: ranges.vector(node.args[0])[1],
}  # fmt: skip
_OF_NUMBERS: dict[str, Callable[..., Range]] = {
    "add": _add, "sub": lambda a, b: _add(a, (-b[1], -b[0])), "mul": _mul, "div": _div, "mod": _mod, "neg": lambda a: (-a[1], -a[0]),
    "lt": _less, "gt": lambda a, b: _less(b, a), "le": _at_most, "ge": lambda a, b: _at_most(b, a),
    "and": lambda a, b: (a[0] * b[0], a[1] * b[1]), "or": lambda a, b: (max(a[0], b[0]), max(a[1], b[1])), "not": lambda a: (1 - a[1], 1 - a[0]),
    "abs": _abs, "floor": _floor, "sign": lambda a: (float(a[0] > 0) - float(a[0] < 0), float(a[1] > 0) - float(a[1] < 0)),
    "sqrt": lambda a: (math.sqrt(max(0.0, a[0])), math.sqrt(max(0.0, a[1]))),
    "clamp": lambda a, low, high: (min(max(a[0], low[0]), high[0]), min(max(a[1], low[1]), high[1])),
    "min": lambda a, b: (min(a[0], b[0]), min(a[1], b[1])), "max": lambda a, b: (max(a[0], b[0]), max(a[1], b[1])),
}  # fmt: skip
