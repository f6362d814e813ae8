"""What a formula's value can be, from what is known before a game is played: the room, counts, params, what rules may write.

Whatever isn't known is any number, so what this says can't be, can't.
"""

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from .clock import end_decision, seconds_of
from .formula_types import Node, parts
from .model import Scenario
from .model_rules import DRIVE_TARGETS, Rule
from .model_shoot import STATE as AMMO
from .report import Keys
from .values import OneOf, bounds, reach

Range: TypeAlias = tuple[float, float]
"""Least and greatest value, of a truth 0 and 1."""
Vector: TypeAlias = tuple[Range, Range]
Key: TypeAlias = tuple[str, str]
"""A kind, and what rules can change of it: a state variable, the accel or top_speed of its drive, its surface_speed."""

ANY: Range = (-math.inf, math.inf)
TRUTH: Range = (0.0, 1.0)
_UNIT: Range = (-1.0, 1.0)
_TURN: Range = (-180.0, 180.0)
_TURNS = 4
"""How often the ranges of variables that are made of each other are worked out before what still grows counts as endless."""
_MOST_WORK = 100_000
"""Operations that are looked at in all: what would need more is any number. Games need some thousands."""
_IN_PERSON = ("self", "other", "one", "each")
"""Things that are there without being looked for: looking may find none."""


@dataclass(frozen=True, slots=True)
class Write:
    """One entry of `set` or `add` of a rule.

    Attributes:
        keys: Where it stands.
        key: What it changes.
        value: The formula.
        adds: Whether it adds.
        once: Whether it can happen only once an episode.
        field: What it changes, as its rule's formulas say it; None where they don't speak of it.
        facts: Conditions that are true when it happens.
        reads: All that these formulas ask for, and what it changes.
    """

    keys: Keys
    key: Key
    value: Node
    adds: bool
    once: bool
    field: Node | None
    facts: tuple[Node, ...]
    reads: frozenset[Key]


class Ranges:
    """Ranges of the formulas of one scenario.

    Args:
        scenario: A validated game.
    """

    def __init__(self, scenario: Scenario) -> None:
        self.scenario = scenario
        self.removable = {kind for kind in scenario.kinds if scenario.is_removable(kind)}
        self._work = 0
        self._told: dict[Node, Range] = {}
        self._found: dict[int, Range | Vector] = {}
        """What was worked out already, by the id of its node, as things are known now."""
        self._states, self._declared = self._at_start()
        self._writes = [write for name, rule in scenario.rules.items() for write in self._writes_of(name, rule)]
        self._whole = self._find_whole()
        self._find_states()

    def number(self, node: Node) -> Range:
        """Return the range of a number or a truth."""
        return self._find(node, ANY)  # type: ignore[return-value]

    def vector(self, node: Node) -> Vector:
        """Return the ranges of a vector's two parts."""
        return self._find(node, (ANY, ANY))  # type: ignore[return-value]

    def _find(self, node: Node, unknown: Range | Vector) -> Range | Vector:
        """Return what a formula can be: operands first, each once, as formulas may be deep, and names of `let` stand in many places."""
        for part in _new_parts(node, self._found):
            self._work += 1
            if self._work > _MOST_WORK:
                return unknown
            self._found[id(part)] = self._of_vector(part) if part.type == "vector" else self._of_number(part)
        return self._found[id(node)]

    def _of_number(self, node: Node) -> Range:
        if node.op == "mod" and self._is_whole(node):
            low, high = _mod(*(self.number(arg) for arg in node.args))
            return low, high - 1 if math.isfinite(low) else high
        if node.op in ("min", "max") and isinstance(node.value, str):  # of none, the least is far and the greatest 0
            none = math.hypot(*self.scenario.world.size) if node.op == "min" else 0.0
            return _hull((none, none), self.number(node.args[0]))
        if node.op in _LEAVES:
            return _LEAVES[node.op](self, node)
        combine = _OF_NUMBERS.get(node.op)
        if combine is not None and node.type != "vector" and not isinstance(node.value, str):  # with a name, min and max are over a kind
            found = combine(*(self.number(arg) for arg in node.args))
            return ANY if any(math.isnan(end) for end in found) else found
        return TRUTH if node.type == "truth" else ANY

    def _of_vector(self, node: Node) -> Vector:
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
            found = _both(self._states[kind, name], self._told.get(node, ANY) if self._told and thing.op in _IN_PERSON else ANY)
            return found if found[0] <= found[1] else self._states[kind, name]
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
        """How often a rule can have happened: meetings any number of times, all else once in each decision, and no more often than the clock strikes."""
        rule, seconds = self.scenario.rules[str(node.value)], self.scenario.end.time
        if rule.once:
            return 0.0, 1.0
        if seconds is None:
            return 0.0, math.inf
        event, pairs = rule.when, 1
        if not isinstance(event, str) and event.kind in ("touch", "apart", "inside", "outside", "near"):
            return 0.0, math.inf
        for kind in () if isinstance(event, str) else self.scenario.who_met(event):
            pairs *= max(1, self.scenario.kind(kind).count) if kind in self.scenario.kinds else 1
        every = 0.0 if isinstance(event, str) else event.every or 0.0
        return 0.0, pairs * (seconds / max(every, 1 / self.scenario.world.decisions_per_second) + 1)

    def _draw(self, node: Node) -> Range:
        number = self.scenario.draw[str(node.value)].number
        return ANY if number is None else reach(number)

    def _param(self, node: Node) -> Range:
        varied = self.scenario.varied.get(str(node.value))
        return ANY if varied is None else (varied.low, varied.high)

    def _clock(self, _node: Node) -> Range:
        rate = self.scenario.world.decisions_per_second
        last = end_decision(self.scenario.end.time, rate)
        return 0.0, seconds_of(last, rate) + 1e-3 if last else math.inf  # as exact as single precision is

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
        if self._told:  # one condition deep is enough
            return _hull(self.number(then), self.number(other))
        return _hull(self._knowing([(condition, True)], then), self._knowing([(condition, False)], other))

    # What rules change -------------------------------------------------------------------------

    def of(self, kind: str, variable: str) -> Range:
        """Return what a state variable can be, or the accel or top_speed of a drive, or a surface_speed."""
        return self._states[kind, variable]

    def is_bounded(self, kind: str, variable: str) -> bool:
        """Return whether a variable has a least and a greatest value that can be found."""
        return _is_finite(self._states[kind, variable])

    def loosened_by(self, kind: str, variable: str) -> Keys:
        """Return where the rule stands that may take a variable beyond every bound."""
        own = [write for write in self._writes if write.key == (kind, variable)]
        return next((write.keys for write in own if not _is_finite(self._given(write))), own[0].keys)

    def set_to(self, kind: str, field: str) -> float:
        """Return the greatest size of a velocity's part or of a spin that rules set, as far as it can be found; 0 for none."""
        found = [write.value for write in self._writes if write.key == (kind, field) and not write.adds]
        spans = [span for value in found for span in (self.vector(value) if value.type == "vector" else (self.number(value),))]
        return max((abs(end) for span in spans if _is_finite(span) for end in span), default=0.0)

    def _at_start(self) -> tuple[dict[Key, Range], set[Key]]:
        """Return what each variable begins with (or its range, where that is declared), and which are declared."""
        scenario, declared = self.scenario, set[Key]()
        found: dict[Key, Range] = {}
        for kind in scenario.kinds:
            for variable, value in scenario.states_of(kind).items():
                limits = scenario.declared_range(kind, variable)
                found[kind, variable] = limits or ((float(value), float(value)) if isinstance(value, bool) else reach(value))
                if limits is not None:
                    declared.add((kind, variable))
                elif variable == AMMO:  # shots count it down
                    found[kind, variable] = _hull((0.0, 0.0), found[kind, variable])
            found.setdefault((kind, "surface_speed"), bounds(scenario.kind(kind).surface_speed))
            drive = scenario.teams[kind].drive if kind in scenario.teams else None
            for variable in (name for name in DRIVE_TARGETS if name in scenario.driven_fields(kind)):
                found.setdefault((kind, variable), bounds(getattr(drive, variable, getattr(drive, f"thrust_{variable}", 0.0))))
        return found, declared

    def _writes_of(self, name: str, rule: Rule) -> Iterator[Write]:
        """Yield what a rule changes."""
        formulas, path = self.scenario.formulas, f"$.rules.{name}"
        met = (None, None) if isinstance(rule.when, str) else self.scenario.who_met(rule.when)
        once = rule.once or (not isinstance(rule.when, str) and rule.when.kind in ("at", "start"))
        entries = [(verb, target) for verb, targets in (("set", rule.do.set), ("add", rule.do.add)) for target in targets]
        keys = [self._written(rule, target) for _, target in entries]
        facts = [formulas[where] for where in (f"{path}.when", f"{path}.when.if", f"{path}.if") if where in formulas]
        for (verb, target), key in zip(entries, keys, strict=True):
            value = formulas[f"{path}.do.{verb}.{target}"]
            # Facts are about what was before the rule acts, so not about what its other entries change.
            kept = tuple(fact for fact in facts if keys.count(key) == 1 and not (set(keys) - {key}) & _asked(fact))
            reads = {key, *_asked(value)}.union(*map(_asked, kept))
            field = self._named(target.partition(".")[0], key, met) if kept and ".owner." not in target else None
            yield Write(("rules", name, "do", verb, target), key, value, verb == "add", once, field, kept, frozenset(reads))

    def _named(self, word: str, key: Key, met: tuple[str | None, str | None]) -> Node | None:
        """Return the field that an entry on `word` changes, as the formulas of its rule say it; None where they can't."""
        kind, variable = key
        word = {met[1]: "other", met[0]: "self"}.get(word, word)
        if word in ("self", "other"):
            return Node("field", "number", (Node(word, "thing", kind=kind),), variable)
        alone = self.scenario.kind(kind).count == 1
        return Node("field", "number", (Node("one", "thing", value=kind, kind=kind),), variable) if alone else None

    def _written(self, rule: Rule, target: str) -> Key:
        """Return the kind and the variable that a target of `set` or `add` means."""
        word, _, variable = target.partition(".")
        kind = self.scenario.meant(rule, word) or word
        if variable.startswith("owner."):
            return next(iter(self.scenario.shooters(kind)), kind), variable.removeprefix("owner.")
        return kind, variable

    def _find_whole(self) -> set[Key]:
        """Return the state variables that are always whole numbers."""
        whole: set[Key] = set()
        self._wholes: dict[int, bool] = {}
        for kind in self.scenario.kinds:
            for variable, value in self.scenario.states_of(kind).items():
                numbers = value.values if isinstance(value, OneOf) else (value,) if isinstance(value, float | bool) else (0.5,)
                if all(float(number).is_integer() for number in numbers) and (kind, variable) not in self._declared:
                    whole.add((kind, variable))
        broken: set[Key] | None = None
        while broken is None or broken:
            self._whole, self._wholes = whole, {}
            broken = {write.key for write in self._writes if write.key in whole and not self._is_whole(write.value)}
            whole = whole - broken
        return whole

    def _is_whole(self, node: Node) -> bool:
        """Return whether a number is always whole."""
        for part in _new_parts(node, self._wholes):
            self._work += 1
            self._wholes[id(part)] = self._work <= _MOST_WORK and self._makes_whole(part, [self._wholes[id(arg)] for arg in part.args])
        return self._wholes[id(node)]

    def _makes_whole(self, node: Node, args: list[bool]) -> bool:
        """Return whether an operation makes a whole number; `args`: which of its operands are whole."""
        if node.op == "num":
            return float(node.value or 0.0).is_integer()  # type: ignore[arg-type]
        if node.op == "field":
            return node.value in ("index", "said") or (node.args[0].kind or "", str(node.value)) in self._whole
        if node.op == "if":
            return all(args[1:])
        if node.op in ("add", "sub", "mul", "mod", "neg", "abs", "min", "max", "clamp"):
            return not isinstance(node.value, str) and all(args)
        return node.type == "truth" or node.op in ("floor", "sign", "rule_count", "heard", "count")

    def _find_states(self) -> None:
        """Find what rules make of each variable: again and again, as they are made of each other.

        What doesn't come to rest soon counts as endless, and is then taken back as far as what rules make of that allows: to the bounds of a clamp.
        """
        first, base, stirred, turn = dict(self._states), dict(self._states), set(self._states), 0
        while stirred:
            self._write(base, stirred)
            found = {key: _hull(self._states[key], _add(ends, self._added_once(key))) for key, ends in base.items()}
            if turn >= _TURNS:
                found = {key: _widened(self._states[key], ends) for key, ends in found.items()}
            stirred = {key for key, ends in found.items() if ends != self._states[key]}
            self._states, self._found, turn = found, {}, turn + 1
        for _ in range(_TURNS if turn > _TURNS else 0):
            base = dict(first)
            self._write(base, set(first))
            self._states, self._found = {key: _add(ends, self._added_once(key)) for key, ends in base.items()}, {}

    def _write(self, base: dict[Key, Range], stirred: set[Key]) -> None:
        """Add to the ranges what entries leave that read any of some variables; those that add only once count elsewhere."""
        for write in self._writes:
            if write.reads & stirred and write.key in base and write.key not in self._declared and not (write.adds and write.once):
                base[write.key] = _hull(base[write.key], self._given(write))

    def _added_once(self, key: Key) -> Range:
        """Return by how much those rules may change a variable that happen only once."""
        low = high = 0.0
        for write in self._writes:
            if write.key == key and write.adds and write.once and key not in self._declared:
                least, most = self.number(write.value)
                low, high = low + min(0.0, least), high + max(0.0, most)
        return low, high

    def _given(self, write: Write) -> Range:
        """Return what a write may leave in its variable."""
        facts = [(fact, True) for fact in write.facts]
        value = self._knowing(facts, write.value)
        if write.adds:
            value = _add(self._states[write.key] if write.field is None else self._knowing(facts, write.field), value)
        if write.key[1] in DRIVE_TARGETS:
            value = max(0.0, value[0]), max(0.0, value[1])
        return ANY if any(math.isnan(end) for end in value) else value

    def _knowing(self, facts: list[tuple[Node, bool]], node: Node) -> Range:
        """Return the range of a number where some conditions hold, or don't."""
        told: dict[Node, Range] = {}
        waiting = list(facts)
        while waiting:
            condition, holds = waiting.pop()
            if condition.op == "not":
                waiting.append((condition.args[0], not holds))
            elif condition.op == ("and" if holds else "or"):
                waiting += [(arg, holds) for arg in condition.args]
            else:
                for field, ends in self._tell(condition, holds):
                    if field.op == "field" and field.args[0].op in _IN_PERSON:
                        told[field] = _both(told.get(field, ANY), ends)
        if not told:
            return self.number(node)
        kept = self._told, self._found
        self._told, self._found = told, {}
        found = self.number(node)
        self._told, self._found = kept
        return found

    def _tell(self, condition: Node, holds: bool) -> Iterator[tuple[Node, Range]]:
        """Yield what a comparison, or its opposite, says of its two sides."""
        if condition.op in ("lt", "le", "gt", "ge"):
            strict = (condition.op in ("lt", "gt")) == holds
            less, more = condition.args if (condition.op in ("lt", "le")) == holds else condition.args[::-1]
            step = 1.0 if strict and self._is_whole(less) and self._is_whole(more) else 0.0
            yield less, (-math.inf, self.number(more)[1] - step)
            yield more, (self.number(less)[0] + step, math.inf)
        elif condition.op == ("eq" if holds else "ne") and condition.args[0].type == "number":
            yield condition.args[0], self.number(condition.args[1])
            yield condition.args[1], self.number(condition.args[0])


def _new_parts(node: Node, known: Mapping[int, object]) -> Iterator[Node]:
    """Yield the nodes of a formula that are not known by their id, operands first."""
    waiting = [(node, False)]
    while waiting:
        one, ready = waiting.pop()
        if ready:
            yield one
        elif id(one) not in known:
            waiting += [(one, True), *((arg, False) for arg in reversed(one.args))]


def _asked(node: Node) -> set[Key]:
    """Return the variables that a formula asks for, and other fields with them."""
    return {(part.args[0].kind or "", str(part.value)) for part in parts(node) if part.op == "field"}


def _widened(before: Range, now: Range) -> Range:
    """Return a range that is endless where it has grown."""
    return -math.inf if now[0] < before[0] else now[0], math.inf if now[1] > before[1] else now[1]


def _both(first: Range, second: Range) -> Range:
    return max(first[0], second[0]), min(first[1], second[1])


def _is_finite(span: Range) -> bool:
    return all(math.isfinite(end) for end in span)


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
    return float(math.floor(a[0])) if math.isfinite(a[0]) else a[0], float(math.floor(a[1])) if math.isfinite(a[1]) else a[1]


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
