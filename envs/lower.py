"""Turns formula trees into operations of the stack machine (program.py). Part of compiling; runs once a scenario."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from ..scenarios.formula_functions import DRIVE_OF_FIELD, goes_over, is_kept, kinds_of
from ..scenarios.formula_types import FormulaError, Node, parts
from ..scenarios.model_rules import DRIVE_TARGETS
from . import layout as y

_UNARY = {"neg": y.OP_NEG, "abs": y.OP_ABS, "sqrt": y.OP_SQRT, "floor": y.OP_FLOOR, "sign": y.OP_SIGN, "not": y.OP_NOT, "sin_deg": y.OP_SIN,
          "cos_deg": y.OP_COS, "length": y.OP_LENGTH, "unit": y.OP_UNIT, "x": y.OP_DROP_Y, "y": y.OP_DROP_X}  # fmt: skip
_BINARY = {"add": y.OP_ADD, "sub": y.OP_SUB, "mul": y.OP_MUL, "div": y.OP_DIV, "mod": y.OP_MOD, "lt": y.OP_LT, "le": y.OP_LE, "gt": y.OP_GT,
           "ge": y.OP_GE, "eq": y.OP_EQ, "ne": y.OP_NE, "and": y.OP_AND, "or": y.OP_OR, "dot": y.OP_DOT, "cross": y.OP_CROSS,
           "min": y.OP_MIN, "max": y.OP_MAX}  # fmt: skip
_LOOPS = {"sum": y.LOOP_SUM, "mean": y.LOOP_MEAN, "min": y.LOOP_MIN, "max": y.LOOP_MAX, "any": y.LOOP_ANY, "all": y.LOOP_ALL,
          "count": y.LOOP_COUNT, "argmin": y.LOOP_ARGMIN}  # fmt: skip
_GROWTH = {
    **dict.fromkeys((y.OP_CONST, y.OP_ROW, y.OP_ENTITY, y.OP_REG, y.OP_FIELD_REG, y.OP_VEC_FIELD, y.OP_LOAD, y.OP_RANDOM,
                     y.OP_DIST_REG), 1),
    **dict.fromkeys((y.OP_ADD, y.OP_SUB, y.OP_MUL, y.OP_DIV, y.OP_MOD, y.OP_MIN, y.OP_MAX, y.OP_LT, y.OP_LE, y.OP_GT, y.OP_GE, y.OP_EQ, y.OP_NE,
                     y.OP_AND, y.OP_OR, y.OP_DIST, y.OP_SAVE, y.OP_VSCALE, y.OP_LENGTH, y.OP_ROTATE, y.OP_DROP_X, y.OP_DROP_Y, y.OP_ANGLE), -1),
    **dict.fromkeys((y.OP_IF, y.OP_VADD, y.OP_VSUB, y.OP_PICK, y.OP_INSIDE, y.OP_NEXT), -2), y.OP_LOOP: 2,
    **dict.fromkeys((y.OP_DOT, y.OP_CROSS, y.OP_VIF), -3),
}  # fmt: skip
"""By how many cells each operation makes the stack grow; none where it is not listed."""
_OF_SELF = {"self", "other", "toward", "away", "intercept", "avoid", "bearing", "heard", "nearest_where", "random"}
_ROWS = {"x": y.X, "y": y.Y, "vx": y.VX, "vy": y.VY, "radius": y.REACH, "alive": y.ALIVE, "said": y.SAID,
         "surface_speed": y.SURFACE}  # fmt: skip
_VECTORS = {"position": y.X, "velocity": y.VX}
_WISHES = {"move": y.DRIVE_X, "forward": y.DRIVE_X, "throttle": y.DRIVE_X, "turn": y.DRIVE_Y, "steer": y.DRIVE_Y, "jump": y.DRIVE_Y}
"""Where the actions of drives are kept; a move that is a vector takes both rows."""
_DEGREES = 57.29577951308232
_JOINT_ROWS = {"angle_deg": (y.J_POSITION, _DEGREES), "speed_deg_per_s": (y.J_SPEED, _DEGREES), "travel": (y.J_POSITION, 1.0),
               "length": (y.J_POSITION, 1.0), "speed": (y.J_SPEED, 1.0), "force": (y.J_FORCE, 1.0), "broken": (y.J_BROKEN, 1.0)}  # fmt: skip
_CHOOSING = ("nearest", "farthest", "nearest_where", "argmin")
"""Functions that choose a thing: of none they choose nobody, which is half more than the number of the body that stands in for it."""
_FARAWAY = 3.2e38  # beyond what a loop starts from, so never the least
_NO_RADIUS = 1e-6


@dataclass
class Names:
    """Where the compiler put what formulas speak of.

    Attributes:
        first: The first body of each kind.
        count: How many of each kind.
        states: First row of each state variable, by (kind, variable); one row a body.
        own: First row of each number that a drive keeps, by (kind, name in formulas); one row a body.
        marks: As states, for what hands make true or false of each body, by (kind, mark).
        joints: First row of the joints of each name; JOINT_ROWS for each of them.
        joint_counts: How many of each name.
        hands: First row of the hands of each body that has some.
        draws: Row of each draw.
        params: Row of each param that varies by world.
        given: First of the rows that hold what was given from outside for such a param; GIVEN_ROWS each.
        fired: Row of each rule's count in this decision.
        counted: Row of each rule's count in this episode.
        clock: Row of the decision counter.
        rounds: Row that counts how often that began anew, 0 where it never does.
        decision: Seconds of a decision.
        time_limit: Seconds until the end, 0 for none.
        far: Distance to what is not there [m].
        scales: What each state variable is divided by to be seen, by (kind, variable), and on which sides of 0 it is then squashed.
        flung: Greatest speed along an axis that rules give each kind [m/s], 0 for none that is known.
        whirled: Greatest spin that rules give each kind [rad/s], 0 for none that is known.
        swift: Kinds of which rules may raise the top speed without bound, so that velocities are squashed.
        top_speed: Greatest speed of each kind's drive [m/s], 0 for none.
        hearing: How far each team is heard [m], 0 for everywhere.
        wrap: Width and height of a world that wraps [m], None for others.
        reload: First row of each shooting team's decisions until it may shoot again; one row an agent.
        owner: First row of the bodies that shoot each projectile; one row a projectile.
        shot_speed: Greatest speed of each projectile when it is shot [m/s].
        asked: Actions that formulas read, by name: to want these is to do something, even where nothing comes of it.
    """

    first: dict[str, int] = field(default_factory=dict[str, int])
    count: dict[str, int] = field(default_factory=dict[str, int])
    states: dict[tuple[str, str], int] = field(default_factory=dict[tuple[str, str], int])
    own: dict[tuple[str, str], int] = field(default_factory=dict[tuple[str, str], int])
    marks: dict[tuple[str, str], int] = field(default_factory=dict[tuple[str, str], int])
    joints: dict[str, int] = field(default_factory=dict[str, int])
    joint_counts: dict[str, int] = field(default_factory=dict[str, int])
    hands: dict[int, int] = field(default_factory=dict[int, int])
    draws: dict[str, int] = field(default_factory=dict[str, int])
    params: dict[str, int] = field(default_factory=dict[str, int])
    given: dict[str, int] = field(default_factory=dict[str, int])
    fired: dict[str, int] = field(default_factory=dict[str, int])
    counted: dict[str, int] = field(default_factory=dict[str, int])
    clock: int = 0
    rounds: int = 0
    decision: float = 0.1
    time_limit: float = 0.0
    far: float = 0.0
    scales: dict[tuple[str, str], tuple[float, int]] = field(default_factory=dict[tuple[str, str], tuple[float, int]])
    flung: dict[str, float] = field(default_factory=dict[str, float])
    whirled: dict[str, float] = field(default_factory=dict[str, float])
    swift: set[str] = field(default_factory=set[str])
    top_speed: Mapping[str, float] = field(default_factory=dict[str, float])
    hearing: Mapping[str, float] = field(default_factory=dict[str, float])
    wrap: tuple[float, float] | None = None
    reload: dict[str, int] = field(default_factory=dict[str, int])
    owner: dict[str, int] = field(default_factory=dict[str, int])
    shot_speed: dict[str, float] = field(default_factory=dict[str, float])
    asked: set[str] = field(default_factory=set[str])


def depends_on_self(node: Node) -> bool:
    """Whether a formula's value may differ from agent to agent."""
    return any(part.op in _OF_SELF for part in parts(node))


class Constants:
    """The pool of constants; equal ones are shared."""

    def __init__(self) -> None:
        self.values: list[float] = [0.0]
        self._index: dict[float, int] = {0.0: 0}

    def add(self, value: float) -> int:
        """Index of a constant."""
        if value not in self._index:
            self._index[value] = len(self.values)
            self.values.append(float(value))
        return self._index[value]

    def block(self, *values: float) -> int:
        """First index of several constants that stand together."""
        self.values.extend(float(value) for value in values)
        return len(self.values) - len(values)


class Code:
    """Collects the operations of all formulas of a scenario."""

    def __init__(self, names: Names, constants: Constants) -> None:
        self.names = names
        self.constants = constants
        self.rows: list[tuple[int, int, int, int]] = []
        self._each: dict[str, int] = {}
        self._loops = 0
        self._saved = 0
        self._height = 0
        self._kept_in: dict[int, list[int]] = {}
        """The cells that hold what names of `let` stand for, by the id of their node."""
        self._about: dict[int, frozenset[str]] = {}
        special: dict[str, Callable[[Node], None]] = {
            "num": self._number, "param": self._param, "draw": self._draw, "self": self._thing, "other": self._thing, "each": self._thing, "one": self._thing,
            "field": self._field, "joint": self._joint, "if": self._if, "vec": self._all, "perp": self._perp, "angle_deg": self._angle, "clamp": self._clamp,
            "time": self._time, "time_left": self._time_left, "random": self._random, "rule_count": self._rule, "happened": self._rule,
            "heard": self._heard, "toward": self._toward, "away": self._away, "intercept": self._intercept, "avoid": self._avoid,
            "bearing": self._bearing, "dist": self._dist, "gap": self._gap, "inside": self._inside, "touching": self._touching,
            "nearest": self._nearest, "farthest": self._nearest, "nearest_where": self._nearest_where, "kept": self._kept,
        }  # fmt: skip
        self._special = special

    def formula(self, *nodes: Node) -> tuple[int, int]:
        """Append a formula, or several that leave their results on the stack one after the other; returns its first operation and one past its last.

        What a name of `let` stands for is worked out before it is first used and kept: before everything, or where a function over a kind begins
        that it is about.
        """
        start = len(self.rows)
        self._saved = self._height = self._loops = 0
        self._each, self._kept_in = {}, {}
        self._about = kinds_of(*nodes)
        self._keep_names(nodes)
        for node in nodes:
            self._lower(node)
        return start, len(self.rows)

    def _keep_names(self, nodes: tuple[Node, ...]) -> list[int]:
        """Work out what is used more than once, or again and again, from here on, and depends on nothing deeper; returns the ids of its nodes.

        A name that is used once, right here, is left where it stands. What all of a kind are asked for is taken out of functions that it doesn't speak of.
        """
        order = list(parts(*nodes, known=self._kept_in))
        uses = Counter(map(id, nodes))
        again: set[int] = set()
        innermost = next(reversed(self._each), None)

        def is_ours(node: Node) -> bool:
            about = self._about[id(node)]
            return is_kept(node) and about <= self._each.keys() and (innermost is None or innermost in about) and id(node) not in self._kept_in

        for node in reversed(order):
            uses.update(map(id, node.args))
            if goes_over(node) or (id(node) in again and not is_ours(node)):
                again.update(map(id, node.args))
        kept = [node for node in order if is_ours(node) and (uses[id(node)] > 1 or id(node) in again)]
        for node in kept:
            self._lower(node)
            self._kept_in[id(node)] = self._save(2 if node.type == "vector" else 1)
        return [id(node) for node in kept]

    def _emit(self, op: int, a: int = 0, b: int = 0, c: int = 0) -> None:
        self.rows.append((op, a, b, c))
        self._height += -1 if op == y.OP_TOUCHING and a == 0 else _GROWTH.get(op, 0)
        if self._height > y.STACK_ROWS:  # MAX_FORMULA_DEPTH lets none of a file be so deep
            raise FormulaError(f"a formula nests too deep: it needs more than {y.STACK_ROWS} numbers at once")

    def _const(self, value: float) -> None:
        self._emit(y.OP_CONST, self.constants.add(value))

    def _lower(self, node: Node) -> None:
        steps: list[tuple[Node, int]] = []
        while id(node) not in self._kept_in and (code := _plain_pair(node)) is not None:  # a + b + c ... is deep on its left
            steps.append((node, code))
            node = node.args[0]
        self._lower_one(node)
        for step, code in reversed(steps):
            self._lower(step.args[1])
            self._emit(code)

    def _lower_one(self, node: Node) -> None:
        op = node.op
        if id(node) in self._kept_in:
            self._load(self._kept_in[id(node)])
        elif op in self._special:
            self._special[op](node)
        elif op in _LOOPS and node.value is not None:
            self._loop(op, str(node.value), lambda: self._lower(node.args[0]) if node.args else self._const(1.0), node.args)
        elif node.type == "vector" and op in ("mul", "div", "neg"):
            self._vector(node)
        else:
            self._all(node)
            self._emit(_UNARY[op])

    def _all(self, node: Node) -> None:
        for arg in node.args:
            self._lower(arg)

    def _number(self, node: Node) -> None:
        self._const(float(node.value))  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]

    def _param(self, node: Node) -> None:
        self._emit(y.OP_ROW, self.names.params[str(node.value)])

    def _draw(self, node: Node) -> None:
        self._emit(y.OP_ROW, self.names.draws[str(node.value)])

    def _register(self, node: Node) -> int | None:
        """The register that holds a thing known before the formula runs."""
        if node.op == "self":
            return 0
        if node.op == "other":
            return 1
        return self._each.get(str(node.value)) if node.op == "each" else None

    def _thing(self, node: Node) -> None:
        register = self._register(node)
        if register is not None:
            self._emit(y.OP_REG, register)
        else:
            kind, index = node.value if isinstance(node.value, tuple) else (str(node.value), 0)
            self._emit(y.OP_ENTITY, self.names.first[kind] + index)

    def _is_leaf(self, thing: Node) -> bool:
        """Whether a thing is known without working it out."""
        return thing.op in ("one", "kept") or self._register(thing) is not None

    def _held(self, *things: Node) -> tuple[list[Node], int]:
        """Leaves that stand for things used more than once, and how many save cells they take (to be freed)."""
        found = [thing for thing in things if not self._is_leaf(thing)]
        for thing in found:
            self._lower(thing)
        cells = iter(self._save(len(found)))
        return [thing if self._is_leaf(thing) else _keep(thing, next(cells)) for thing in things], len(found)

    def _kept(self, node: Node) -> None:
        cell = int(node.value)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
        self._load([cell, cell + 1] if node.type == "vector" else [cell])

    def _there(self, thing: Node) -> None:
        """Push whether a kept thing is somebody."""
        self._lower(thing)
        self._lower(thing)
        self._emit(y.OP_FLOOR)
        self._emit(y.OP_EQ)

    def _row_of(self, thing: Node, row: int, kind: str = "") -> None:
        """Push a row of a thing's body; with a kind, the thing's own of the rows that this kind has from `row` on."""
        first, stride = (self.names.first[kind], 1) if kind else (0, y.BODY_ROWS)
        register = self._register(thing)
        if register is not None:
            self._emit(y.OP_FIELD_REG, register, row - first * stride, stride)
        elif thing.op == "one":
            kind, index = thing.value if isinstance(thing.value, tuple) else (str(thing.value), 0)
            self._emit(y.OP_ROW, row + (self.names.first[kind] + index - first) * stride)
        else:
            self._lower(thing)
            self._emit(y.OP_FIELD, first, row, self.names.count[kind] if kind else 0)

    def _pair_of(self, thing: Node, row: int) -> None:
        """Push two neighbouring rows of a thing's body."""
        if self._register(thing) is not None or thing.op == "one":
            self._row_of(thing, row)
            self._row_of(thing, row + 1)
        else:
            self._lower(thing)
            self._emit(y.OP_VEC_FIELD, row)

    def _field(self, node: Node) -> None:
        thing, name = node.args[0], str(node.value)
        if thing.kind is not None and ((thing.kind, name) in self.names.states or (thing.kind, name) in self.names.marks):
            kind, rows = thing.kind, self.names.states if (thing.kind, name) in self.names.states else self.names.marks
            self._row_of(thing, rows[kind, name], kind)
        elif name == "alive" and _may_be_nobody(thing):
            (thing,), cells = self._held(thing)
            self._row_of(thing, y.ALIVE)
            self._there(thing)
            self._emit(y.OP_AND)
            self._free(cells)
        elif name in _ROWS:
            self._row_of(thing, _ROWS[name])
        elif name in _VECTORS:
            self._pair_of(thing, _VECTORS[name])
        elif name == "speed":
            self._pair_of(thing, y.VX)
            self._emit(y.OP_LENGTH)
        elif name in ("heading_deg", "angle_deg"):
            self._pair_of(thing, y.COS)
            self._emit(y.OP_ANGLE)
        elif name == "spin_deg_per_s":
            self._row_of(thing, y.W)
            self._const(_DEGREES)
            self._emit(y.OP_MUL)
        elif name in DRIVE_TARGETS:
            self._row_of(thing, y.ACCEL if name == "accel" else y.TOP_SPEED)
        elif name in _WISHES:  # an action, as it was asked for
            self.names.asked.add(name)
            if node.type == "vector":
                self._pair_of(thing, y.DRIVE_X)
            else:
                self._row_of(thing, _WISHES[name])
        elif name in DRIVE_OF_FIELD:
            kind = thing.kind or ""
            self._row_of(thing, self.names.own[kind, name], kind)
            if name == "steer_deg":
                self._const(_DEGREES)
                self._emit(y.OP_MUL)
        elif name == "mass":
            self._const(1.0)
            self._row_of(thing, y.INV_MASS)
            self._emit(y.OP_DIV)
        elif name == "index" and thing.op == "if":  # the two may be of different kinds
            condition, then, other = thing.args
            self._if(Node("if", "number", (condition, *(Node("field", "number", (part,), name) for part in (then, other)))))
        elif name == "index" and _may_be_nobody(thing):  # -1 where there is none
            (thing,), cells = self._held(thing)
            self._there(thing)
            self._index(thing)
            self._const(-1.0)
            self._emit(y.OP_IF)
            self._free(cells)
        elif name == "index":
            self._index(thing)
        elif name == "owner" and thing.kind in self.names.owner:
            self._row_of(thing, self.names.owner[thing.kind], thing.kind)
        elif name == "cooldown" and (thing.kind, name) not in self.names.states:
            self._row_of(thing, self.names.reload[thing.kind or ""], thing.kind or "")
            self._const(self.names.decision)
            self._emit(y.OP_MUL)

    def _index(self, thing: Node) -> None:
        self._lower(thing)
        self._const(float(self.names.first[thing.kind or ""]))
        self._emit(y.OP_SUB)

    def _joint(self, node: Node) -> None:
        """A field of a joint: of self's own, or of the only one; whether any of several is broken."""
        name, _, field_name = str(node.value).partition(".")
        rows, unit = _JOINT_ROWS[field_name]
        first, count = self.names.joints[name] + rows, self.names.joint_counts[name]
        if count == 0:
            self._const(0.0)
        elif node.args:
            body = self.names.first[node.args[0].kind or ""]
            self._emit(y.OP_FIELD_REG, 0, first - body * y.JOINT_ROWS, y.JOINT_ROWS)
        else:
            for k in range(count):
                self._emit(y.OP_ROW, first + k * y.JOINT_ROWS)
                if k > 0:
                    self._emit(y.OP_MAX)
        if unit != 1.0:
            self._const(unit)
            self._emit(y.OP_MUL)

    def _place(self, node: Node) -> None:
        """Push the position of a thing, or a vector."""
        if node.type == "thing":
            self._pair_of(node, y.X)
        else:
            self._lower(node)

    def _way(self) -> None:
        """Turn two places on the stack into the way from the second to the first: the short one in a world that wraps."""
        self._emit(y.OP_VSUB)
        if self.names.wrap is None:
            return
        cells = self._save(2)
        for cell, size in zip(cells, self.names.wrap, strict=True):  # d - size * floor(d / size + 1/2)
            self._load([cell])
            self._load([cell])
            self._const(size)
            self._emit(y.OP_DIV)
            self._const(0.5)
            self._emit(y.OP_ADD)
            self._emit(y.OP_FLOOR)
            self._const(size)
            self._emit(y.OP_MUL)
            self._emit(y.OP_SUB)
        self._free(2)

    def _self_pair(self, row: int) -> None:
        self._emit(y.OP_FIELD_REG, 0, row, y.BODY_ROWS)
        self._emit(y.OP_FIELD_REG, 0, row + 1, y.BODY_ROWS)

    def _save(self, rows: int) -> list[int]:
        """Move cells from the stack to free save cells; returns these, deepest first."""
        cells = list(range(self._saved, self._saved + rows))
        self._saved += rows
        if self._saved > y.SAVE_ROWS:  # MAX_FORMULA_NAMES and MAX_FORMULA_DEPTH let none of a file need so many
            raise FormulaError(f"a formula keeps too much: more than {y.SAVE_ROWS} numbers at once")
        for cell in reversed(cells):
            self._emit(y.OP_SAVE, cell)
        return cells

    def _load(self, cells: list[int]) -> None:
        for cell in cells:
            self._emit(y.OP_LOAD, cell)

    def _free(self, rows: int) -> None:
        self._saved -= rows

    def _vector(self, node: Node) -> None:
        if node.op == "neg":
            self._all(node)
            self._const(-1.0)
            self._emit(y.OP_VSCALE)
        else:
            vector, number = node.args if node.args[0].type == "vector" else (node.args[1], node.args[0])
            self._lower(vector)
            if node.op == "div":
                self._const(1.0)
                self._lower(number)
                self._emit(y.OP_DIV)
            else:
                self._lower(number)
            self._emit(y.OP_VSCALE)

    def _if(self, node: Node) -> None:
        self._all(node)
        self._emit(y.OP_VIF if node.type == "vector" else y.OP_IF)

    def _perp(self, node: Node) -> None:
        self._all(node)
        cells = self._save(2)
        self._load([cells[1]])
        self._emit(y.OP_NEG)
        self._load([cells[0]])
        self._free(2)

    def _angle(self, node: Node) -> None:
        self._all(node)
        self._emit(y.OP_ANGLE)

    def _clamp(self, node: Node) -> None:
        value, low, high = node.args
        self._lower(value)
        self._lower(low)
        self._emit(y.OP_MAX)
        self._lower(high)
        self._emit(y.OP_MIN)

    def _time(self, _node: Node) -> None:
        self._emit(y.OP_ROW, self.names.clock)
        self._const(self.names.decision)
        self._emit(y.OP_MUL)
        if self.names.rounds:
            self._emit(y.OP_ROW, self.names.rounds)
            self._const(y.CLOCK_ROUND * self.names.decision)
            self._emit(y.OP_MUL)
            self._emit(y.OP_ADD)

    def _time_left(self, node: Node) -> None:
        self._const(self.names.time_limit)
        self._time(node)
        self._emit(y.OP_SUB)

    def _random(self, _node: Node) -> None:
        self._emit(y.OP_RANDOM)

    def _rule(self, node: Node) -> None:
        rows = self.names.counted if node.op == "rule_count" else self.names.fired
        self._emit(y.OP_ROW, rows[str(node.value)])
        if node.op == "happened":
            self._const(0.0)
            self._emit(y.OP_GT)

    def _heard(self, node: Node) -> None:
        team = str(node.value)
        if self.names.count[team] == 0:
            self._const(-1.0)
            return
        speaker = self.names.first[team]
        row = speaker * y.BODY_ROWS
        reach = self.names.hearing.get(team, 0.0)
        if reach <= 0:
            self._emit(y.OP_ROW, row + y.SAID)
            return
        self._emit(y.OP_ROW, row + y.X)
        self._emit(y.OP_ROW, row + y.Y)
        self._self_pair(y.X)
        self._way()
        self._emit(y.OP_LENGTH)
        self._const(reach)
        self._emit(y.OP_LE)
        self._emit(y.OP_ROW, row + y.SAID)
        self._const(-1.0)
        self._emit(y.OP_IF)

    def _toward(self, node: Node) -> None:
        self._place(node.args[0])
        self._self_pair(y.X)
        self._way()
        self._emit(y.OP_UNIT)

    def _away(self, node: Node) -> None:
        self._self_pair(y.X)
        self._place(node.args[0])
        self._way()
        self._emit(y.OP_UNIT)

    def _intercept(self, node: Node) -> None:
        """Toward x + v * t, with t = distance / own top speed (at least 0.1 m/s): one step of the fixed-point iteration."""
        (thing,), cells = self._held(node.args[0])
        self._place(thing)
        self._self_pair(y.X)
        self._way()
        offset = self._save(2)
        self._load(offset)
        self._pair_of(thing, y.VX)
        self._load(offset)
        self._emit(y.OP_LENGTH)
        self._emit(y.OP_FIELD_REG, 0, y.TOP_SPEED, y.BODY_ROWS)
        self._const(0.1)
        self._emit(y.OP_MAX)
        self._emit(y.OP_DIV)
        self._emit(y.OP_VSCALE)
        self._emit(y.OP_VADD)
        self._emit(y.OP_UNIT)
        self._free(cells + 2)

    def _avoid(self, node: Node) -> None:
        """unit(self - x) * clamp(1 - gap / radius, 0, 1); the gap is between the surfaces, by bounding radius."""
        what, radius = node.args
        worked = not (what.type == "thing" and self._is_leaf(what))
        if worked:
            self._lower(what)
        self._lower(radius)
        (limit,) = self._save(1)
        cells = self._save((1 if what.type == "thing" else 2) if worked else 0)
        if worked:
            what = _keep(what, cells[0])
        self._self_pair(y.X)
        self._place(what)
        self._way()
        away = self._save(2)
        self._load(away)
        self._emit(y.OP_UNIT)
        self._const(1.0)
        self._load(away)
        self._emit(y.OP_LENGTH)
        self._emit(y.OP_FIELD_REG, 0, y.REACH, y.BODY_ROWS)
        self._emit(y.OP_SUB)
        if what.type == "thing":
            self._row_of(what, y.REACH)
            self._emit(y.OP_SUB)
        self._load([limit])
        self._const(_NO_RADIUS)
        self._emit(y.OP_MAX)
        self._emit(y.OP_DIV)
        self._emit(y.OP_SUB)
        self._const(0.0)
        self._emit(y.OP_MAX)
        self._const(1.0)
        self._emit(y.OP_MIN)
        self._emit(y.OP_VSCALE)
        self._free(len(cells) + 3)

    def _bearing(self, node: Node) -> None:
        """Angle of the direction in the frame of the heading: atan2(cross(h, d), dot(h, d))."""
        what = node.args[0]
        self._place(what)
        if what.type == "thing":
            self._self_pair(y.X)
            self._way()
        direction = self._save(2)
        self._self_pair(y.COS)
        self._load(direction)
        self._emit(y.OP_DOT)
        self._self_pair(y.COS)
        self._load(direction)
        self._emit(y.OP_CROSS)
        self._emit(y.OP_ANGLE)
        self._free(2)

    def _dist(self, node: Node) -> None:
        first, second = (self._register(arg) if arg.type == "thing" else None for arg in node.args)
        if first is not None and second is not None:
            self._emit(y.OP_DIST_REG, first, second)
            return
        doubtful = any(_may_be_nobody(arg) for arg in node.args)
        if doubtful and all(arg.type == "thing" for arg in node.args):
            self._all(node)
            self._emit(y.OP_DIST)
            return
        places, cells = list(node.args), 0
        if doubtful:  # a thing and a point
            at = 0 if node.args[0].type == "thing" else 1
            (places[at],), cells = self._held(node.args[at])
            self._there(places[at])
        for place in places:
            self._place(place)
        self._way()
        self._emit(y.OP_LENGTH)
        if doubtful:
            self._const(self.names.far)
            self._emit(y.OP_IF)
        self._free(cells)

    def _gap(self, node: Node) -> None:
        things, cells = self._held(*node.args)
        self._dist(Node("dist", "number", tuple(things)))
        for thing in things:
            self._row_of(thing, y.REACH)
            self._emit(y.OP_SUB)
        self._free(cells)

    def _inside(self, node: Node) -> None:
        """Of a living thing or a point, in a living thing."""
        what, cells, doubtful = node.args[0], 0, _may_be_nobody(node.args[0])
        if what.type == "thing":
            (what,), cells = self._held(what)
        self._place(what)
        self._lower(node.args[1])
        self._emit(y.OP_INSIDE)
        if what.type == "thing":
            self._row_of(what, y.ALIVE)
            self._emit(y.OP_AND)
        if doubtful:
            self._there(what)
            self._emit(y.OP_AND)
        self._free(cells)

    def _touching(self, node: Node) -> None:
        self._lower(node.args[0])
        if node.value == "walls":
            self._emit(y.OP_TOUCH_WALL)
        elif node.value is not None:
            self._emit(y.OP_TOUCHING, self.names.first[str(node.value)], self.names.count[str(node.value)])
        else:
            self._lower(node.args[1])
            self._emit(y.OP_TOUCHING)

    def _nearest(self, node: Node) -> None:
        origin, kind = node.args[0], str(node.value)
        if origin.type == "thing":
            (origin,), cells = self._held(origin)
            self._place(origin)
            self._lower(origin)
            self._free(cells)
        else:
            self._lower(origin)
            self._const(-1.0)
        self._emit(y.OP_PICK, self.names.first[kind], self.names.count[kind], y.NEAREST if node.op == "nearest" else y.FARTHEST)

    def _nearest_where(self, node: Node) -> None:
        """Least distance among those where the condition holds, self left out; when there is none nobody, for whom self stands in."""
        kind = str(node.value)
        each = Node("each", "thing", (), kind, kind)
        me = Node("self", "thing")

        def distance() -> None:
            self._lower(Node("and", "truth", (node.args[0], Node("ne", "truth", (each, me)))))
            self._dist(Node("dist", "number", (each, me)))
            self._const(_FARAWAY)
            self._emit(y.OP_IF)

        self._loop("argmin", kind, distance, node.args)
        cell = self._save(1)
        self._load(cell)
        self._const(1.0)
        self._emit(y.OP_LT)
        self._emit(y.OP_REG, 0)
        self._const(0.5)
        self._emit(y.OP_ADD)
        self._load(cell)
        self._emit(y.OP_IF)
        self._free(1)

    def _loop(self, op: str, kind: str, body: Callable[[], None], within: tuple[Node, ...]) -> None:
        """Operations: LOOP, a row that holds the mode, the body's (which is of the nodes `within`), NEXT."""
        if self.names.count[kind] == 0:
            self._const({"all": 1.0, "min": self.names.far, "argmin": 0.5}.get(op, 0.0))
            return
        register = 2 + self._loops
        assert register < y.REGISTERS  # there are no more kinds
        outer = self._each.pop(kind, None)  # count(kind) may stand within a function over that kind
        self._each[kind] = register
        self._loops += 1
        self._emit(y.OP_LOOP, register, self.names.first[kind], self.names.count[kind])
        self._emit(-1, _LOOPS[op])
        kept = self._keep_names(within)
        body()
        self._emit(y.OP_NEXT, register, _LOOPS[op])
        for known in reversed(kept):
            self._free(len(self._kept_in.pop(known)))
        self._loops -= 1
        if outer is None:
            del self._each[kind]
        else:
            self._each[kind] = outer


def _plain_pair(node: Node) -> int | None:
    """The operation of a node that takes two values in order and does that; None for any other."""
    if len(node.args) != 2 or goes_over(node):
        return None
    if node.type == "vector":
        return {"add": y.OP_VADD, "sub": y.OP_VSUB, "rotate_deg": y.OP_ROTATE}.get(node.op)
    return _BINARY.get(node.op)


def _may_be_nobody(thing: Node) -> bool:
    """Whether a thing was chosen of several, of which none may be left."""
    if thing.op == "if":
        return any(_may_be_nobody(arg) for arg in thing.args[1:])
    return thing.type == "thing" and thing.op in (*_CHOOSING, "kept")


def _keep(node: Node, cell: int) -> Node:
    """A leaf that stands for what save cells hold."""
    return Node("kept", node.type, (), float(cell), node.kind)
