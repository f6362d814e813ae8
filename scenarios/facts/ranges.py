"""What a formula's value can be, from what is known before a game is played: the room, counts, params, what rules may write.

Whatever isn't known is any number, so what this says can't be, can't.
"""

import math
from collections.abc import Callable, Iterator

from ..formulas.types import Node, fold, parts
from ..model.clock import end_decision, seconds_of
from ..model.numbers import OneOf, bounds, reach
from ..model.rules import DRIVE_TARGETS
from ..model.scenario import Scenario
from ..model.shoot import STATE as AMMO
from ..text.tree import Keys
from .intervals import ANY, OF_NUMBERS, TRUTH, TURN, UNIT, Range, Vector, add, both, hull, is_finite, mod, mul, widened
from .writes import Key, Write, writes_of

_TURNS = 4
"""How often the ranges of variables that are made of each other are worked out before what still grows counts as endless."""
_MOST_WORK = 100_000
"""Operations that are looked at in all: what would need more is any number. Games need some thousands."""
_IN_PERSON = ("self", "other", "one", "each")
"""Things that are there without being looked for: looking may find none."""


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
        self._writes = [write for name, rule in scenario.rules.items() for write in writes_of(scenario, name, rule)]
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
        for part in parts(node, known=self._found):
            self._work += 1
            if self._work > _MOST_WORK:
                return unknown
            self._found[id(part)] = self._of_vector(part) if part.type == "vector" else self._of_number(part)
        return self._found[id(node)]

    def _of_number(self, node: Node) -> Range:
        if node.op == "mod" and self._is_whole(node):
            low, high = mod(*(self.number(arg) for arg in node.args))
            return low, high - 1 if math.isfinite(low) else high
        if node.op in ("min", "max") and isinstance(node.value, str):  # of none, the least is far and the greatest 0
            none = math.hypot(*self.scenario.world.size) if node.op == "min" else 0.0
            return hull((none, none), self.number(node.args[0]))
        if node.op in _LEAVES:
            return _LEAVES[node.op](self, node)
        combine = OF_NUMBERS.get(node.op)
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
            return UNIT, UNIT
        if node.op in ("add", "sub"):
            first, second = (self.vector(arg) for arg in node.args)
            combine = OF_NUMBERS[node.op]
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
            found = both(self._states[kind, name], self._told.get(node, ANY) if self._told and thing.op in _IN_PERSON else ANY)
            return found if found[0] <= found[1] else self._states[kind, name]
        known: dict[str, Range] = {
            "index": (0.0, max(0.0, self.scenario.kind(kind).count - 1.0)), "speed": (0.0, math.inf), "radius": (0.0, math.inf),
            "mass": (0.0, math.inf), "heading_deg": TURN, "angle_deg": TURN, "said": (-1.0, math.inf),
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
        found = add(mul(first[0], second[0]), mul(first[1], second[1]))
        return ANY if any(math.isnan(end) for end in found) else found

    def _count(self, node: Node) -> Range:
        return 0.0, float(self.scenario.kind(str(node.value)).count)

    def _sum(self, node: Node) -> Range:
        low, high = self.number(node.args[0])
        return mul((0.0, float(self.scenario.kind(str(node.value)).count)), (min(0.0, low), max(0.0, high)))

    def _mean(self, node: Node) -> Range:
        return hull((0.0, 0.0), self.number(node.args[0]))

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
            return hull(self.number(then), self.number(other))
        return hull(self._knowing([(condition, True)], then), self._knowing([(condition, False)], other))

    # What rules change -------------------------------------------------------------------------

    def of(self, kind: str, variable: str) -> Range:
        """Return what a state variable can be, or the accel or top_speed of a drive, or a surface_speed."""
        return self._states[kind, variable]

    def is_bounded(self, kind: str, variable: str) -> bool:
        """Return whether a variable has a least and a greatest value that can be found."""
        return is_finite(self._states[kind, variable])

    def loosened_by(self, kind: str, variable: str) -> Keys:
        """Return where the rule stands that may take a variable beyond every bound."""
        own = [write for write in self._writes if write.key == (kind, variable)]
        return next((write.keys for write in own if not is_finite(self._given(write))), own[0].keys)

    def set_to(self, kind: str, field: str) -> float:
        """Return the greatest size of a velocity's part or of a spin that rules set, as far as it can be found; 0 for none."""
        found = [write.value for write in self._writes if write.key == (kind, field) and not write.adds]
        spans = [span for value in found for span in (self.vector(value) if value.type == "vector" else (self.number(value),))]
        return max((abs(end) for span in spans if is_finite(span) for end in span), default=0.0)

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
                    found[kind, variable] = hull((0.0, 0.0), found[kind, variable])
            found.setdefault((kind, "surface_speed"), bounds(scenario.kind(kind).surface_speed))
            drive = scenario.teams[kind].drive if kind in scenario.teams else None
            for variable in (name for name in DRIVE_TARGETS if name in scenario.driven_fields(kind)):
                found.setdefault((kind, variable), bounds(getattr(drive, variable, getattr(drive, f"thrust_{variable}", 0.0))))
        return found, declared

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
        return fold(self._makes_whole, node, known=self._wholes)[id(node)]

    def _makes_whole(self, node: Node, args: list[bool]) -> bool:
        """Return whether an operation makes a whole number; `args`: which of its operands are whole."""
        self._work += 1
        if self._work > _MOST_WORK:
            return False
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
            found = {key: hull(self._states[key], add(ends, self._added_once(key))) for key, ends in base.items()}
            if turn >= _TURNS:
                found = {key: widened(self._states[key], ends) for key, ends in found.items()}
            stirred = {key for key, ends in found.items() if ends != self._states[key]}
            self._states, self._found, turn = found, {}, turn + 1
        for _ in range(_TURNS if turn > _TURNS else 0):
            base = dict(first)
            self._write(base, set(first))
            self._states, self._found = {key: add(ends, self._added_once(key)) for key, ends in base.items()}, {}

    def _write(self, base: dict[Key, Range], stirred: set[Key]) -> None:
        """Add to the ranges what entries leave that read any of some variables; those that add only once count elsewhere."""
        for write in self._writes:
            if write.reads & stirred and write.key in base and write.key not in self._declared and not (write.adds and write.once):
                base[write.key] = hull(base[write.key], self._given(write))

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
            value = add(self._states[write.key] if write.field is None else self._knowing(facts, write.field), value)
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
                        told[field] = both(told.get(field, ANY), ends)
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


_LEAVES: dict[str, Callable[[Ranges, Node], Range]] = {
    "num": lambda _, node: (float(node.value or 0.0), float(node.value or 0.0)),  # type: ignore[arg-type]
    "param": Ranges._param, "draw": Ranges._draw, "time": Ranges._clock, "time_left": Ranges._clock,
    "random": lambda _, __: (0.0, 1.0), "field": Ranges._field, "rule_count": Ranges._counted, "count": Ranges._count,
    "dist": Ranges._distance, "length": Ranges._length, "dot": Ranges._dot, "eq": Ranges._equal, "ne": Ranges._equal, "if": Ranges._choice,
    "sum": Ranges._sum, "mean": Ranges._mean, "sin_deg": lambda _, __: UNIT, "cos_deg": lambda _, __: UNIT, "bearing": lambda _, __: TURN,
    "x": lambda ranges, node: ranges.vector(node.args[0])[0], "y": lambda ranges, node: ranges.vector(node.args[0])[1],
}  # fmt: skip
