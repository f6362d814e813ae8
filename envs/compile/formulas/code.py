"""Turns formula trees into operations of the stack machine (kernels/formulas). Part of compiling; runs once a scenario."""

from collections import Counter
from collections.abc import Callable, Mapping
from functools import partial

from ....scenarios.formulas.functions import DRIVE_OF_FIELD, goes_over, is_kept, kinds_of
from ....scenarios.formulas.types import FormulaError, Node, parts
from ....scenarios.model.rules import DRIVE_TARGETS
from ...kernels.world.layout.programs import Loop, Op
from ...kernels.world.layout.scratch import REGISTERS, SAVE_ROWS, STACK_ROWS
from ...kernels.world.layout.things import Body, Joint
from .names import Constants, Names

_UNARY = {"neg": Op.NEG, "abs": Op.ABS, "sqrt": Op.SQRT, "floor": Op.FLOOR, "sign": Op.SIGN, "not": Op.NOT, "sin_deg": Op.SIN,
          "cos_deg": Op.COS, "length": Op.LENGTH, "unit": Op.UNIT, "x": Op.DROP_Y, "y": Op.DROP_X}  # fmt: skip
_BINARY = {"add": Op.ADD, "sub": Op.SUB, "mul": Op.MUL, "div": Op.DIV, "mod": Op.MOD, "lt": Op.LT, "le": Op.LE, "gt": Op.GT,
           "ge": Op.GE, "eq": Op.EQ, "ne": Op.NE, "and": Op.AND, "or": Op.OR, "dot": Op.DOT, "cross": Op.CROSS,
           "min": Op.MIN, "max": Op.MAX}  # fmt: skip
_LOOPS = {"sum": Loop.SUM, "mean": Loop.MEAN, "min": Loop.MIN, "max": Loop.MAX, "any": Loop.ANY, "all": Loop.ALL,
          "count": Loop.COUNT, "argmin": Loop.ARGMIN}  # fmt: skip
_GROWTH = {
    **dict.fromkeys((Op.CONST, Op.ROW, Op.ENTITY, Op.REG, Op.FIELD_REG, Op.VEC_FIELD, Op.LOAD, Op.RANDOM,
                     Op.DIST_REG), 1),
    **dict.fromkeys((Op.ADD, Op.SUB, Op.MUL, Op.DIV, Op.MOD, Op.MIN, Op.MAX, Op.LT, Op.LE, Op.GT, Op.GE, Op.EQ, Op.NE,
                     Op.AND, Op.OR, Op.DIST, Op.SAVE, Op.VSCALE, Op.LENGTH, Op.ROTATE, Op.DROP_X, Op.DROP_Y, Op.ANGLE), -1),
    **dict.fromkeys((Op.IF, Op.VADD, Op.VSUB, Op.PICK, Op.INSIDE, Op.NEXT), -2), Op.LOOP: 2,
    **dict.fromkeys((Op.DOT, Op.CROSS, Op.VIF), -3),
}  # fmt: skip
"""By how many cells each operation makes the stack grow; none where it is not listed."""
_OF_SELF = {"self", "other", "toward", "away", "intercept", "avoid", "bearing", "heard", "nearest_where", "random"}
_ROWS = {"x": Body.X, "y": Body.Y, "vx": Body.VX, "vy": Body.VY, "radius": Body.REACH, "alive": Body.ALIVE, "said": Body.SAID,
         "surface_speed": Body.SURFACE}  # fmt: skip
_VECTORS = {"position": Body.X, "velocity": Body.VX}
_WISHES = {
    "move": Body.DRIVE_X,
    "forward": Body.DRIVE_X,
    "throttle": Body.DRIVE_X,
    "turn": Body.DRIVE_Y,
    "steer": Body.DRIVE_Y,
    "jump": Body.DRIVE_Y,
}
"""Where the actions of drives are kept; a move that is a vector takes both rows."""
_DEGREES = 57.29577951308232
_JOINT_ROWS = {"angle_deg": (Joint.POSITION, _DEGREES), "speed_deg_per_s": (Joint.SPEED, _DEGREES), "travel": (Joint.POSITION, 1.0),
               "length": (Joint.POSITION, 1.0), "speed": (Joint.SPEED, 1.0), "force": (Joint.FORCE, 1.0), "broken": (Joint.BROKEN, 1.0)}  # fmt: skip
_CHOOSING = ("nearest", "farthest", "nearest_where", "argmin")
"""Functions that choose a thing: of none they choose nobody, which is half more than the number of the body that stands in for it."""


def depends_on_self(node: Node) -> bool:
    """Whether a formula's value may differ from agent to agent."""
    return any(part.op in _OF_SELF for part in parts(node))


class Code:
    """Collects the operations of all formulas of a scenario.

    Args:
        names: Where what formulas speak of stands.
        constants: The pool of constants.
        functions: What writes functions of the language, by their name in a formula's tree (functions.py).
    """

    def __init__(self, names: Names, constants: Constants, functions: "Mapping[str, Callable[[Code, Node], None]]") -> None:
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
        self._special: dict[str, Callable[[Node], None]] = {
            "num": self._number, "param": self._param, "draw": self._draw, "self": self._thing, "other": self._thing, "each": self._thing, "one": self._thing,
            "field": self._field, "joint": self._joint, "if": self._if, "vec": self.lower_all, "kept": self._kept,
            **{name: partial(write, self) for name, write in functions.items()},
        }  # fmt: skip

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
            self.lower(node)
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
            return (
                is_kept(node) and about <= self._each.keys() and (innermost is None or innermost in about) and id(node) not in self._kept_in
            )

        for node in reversed(order):
            uses.update(map(id, node.args))
            if goes_over(node) or (id(node) in again and not is_ours(node)):
                again.update(map(id, node.args))
        kept = [node for node in order if is_ours(node) and (uses[id(node)] > 1 or id(node) in again)]
        for node in kept:
            self.lower(node)
            self._kept_in[id(node)] = self.save(2 if node.type == "vector" else 1)
        return [id(node) for node in kept]

    def emit(self, op: int, a: int = 0, b: int = 0, c: int = 0) -> None:
        """Append an operation."""
        self.rows.append((op, a, b, c))
        self._height += -1 if op == Op.TOUCHING and a == 0 else _GROWTH.get(op, 0)
        if self._height > STACK_ROWS:  # MAX_FORMULA_DEPTH lets none of a file be so deep
            raise FormulaError(f"a formula nests too deep: it needs more than {STACK_ROWS} numbers at once")

    def const(self, value: float) -> None:
        """Push a constant."""
        self.emit(Op.CONST, self.constants.add(value))

    def lower(self, node: Node) -> None:
        """Append what works out a node and pushes its value."""
        steps: list[tuple[Node, int]] = []
        while id(node) not in self._kept_in and (code := _plain_pair(node)) is not None:  # a + b + c ... is deep on its left
            steps.append((node, code))
            node = node.args[0]
        self._lower_one(node)
        for step, code in reversed(steps):
            self.lower(step.args[1])
            self.emit(code)

    def _lower_one(self, node: Node) -> None:
        op = node.op
        if id(node) in self._kept_in:
            self.load(self._kept_in[id(node)])
        elif op in self._special:
            self._special[op](node)
        elif op in _LOOPS and node.value is not None:
            self.loop(op, str(node.value), lambda: self.lower(node.args[0]) if node.args else self.const(1.0), node.args)
        elif node.type == "vector" and op in ("mul", "div", "neg"):
            self._vector(node)
        else:
            self.lower_all(node)
            self.emit(_UNARY[op])

    def lower_all(self, node: Node) -> None:
        """The same for all that a node is about, in order."""
        for arg in node.args:
            self.lower(arg)

    def _number(self, node: Node) -> None:
        self.const(float(node.value))  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]

    def _param(self, node: Node) -> None:
        self.emit(Op.ROW, self.names.params[str(node.value)])

    def _draw(self, node: Node) -> None:
        self.emit(Op.ROW, self.names.draws[str(node.value)])

    def register(self, node: Node) -> int | None:
        """The register that holds a thing known before the formula runs."""
        if node.op == "self":
            return 0
        if node.op == "other":
            return 1
        return self._each.get(str(node.value)) if node.op == "each" else None

    def _thing(self, node: Node) -> None:
        register = self.register(node)
        if register is not None:
            self.emit(Op.REG, register)
        else:
            kind, index = node.value if isinstance(node.value, tuple) else (str(node.value), 0)
            self.emit(Op.ENTITY, self.names.first[kind] + index)

    def is_leaf(self, thing: Node) -> bool:
        """Whether a thing is known without working it out."""
        return thing.op in ("one", "kept") or self.register(thing) is not None

    def held(self, *things: Node) -> tuple[list[Node], int]:
        """Leaves that stand for things used more than once, and how many save cells they take (to be freed)."""
        found = [thing for thing in things if not self.is_leaf(thing)]
        for thing in found:
            self.lower(thing)
        cells = iter(self.save(len(found)))
        return [thing if self.is_leaf(thing) else keep(thing, next(cells)) for thing in things], len(found)

    def _kept(self, node: Node) -> None:
        cell = int(node.value)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
        self.load([cell, cell + 1] if node.type == "vector" else [cell])

    def there(self, thing: Node) -> None:
        """Push whether a kept thing is somebody."""
        self.lower(thing)
        self.lower(thing)
        self.emit(Op.FLOOR)
        self.emit(Op.EQ)

    def row_of(self, thing: Node, row: int, kind: str = "") -> None:
        """Push a row of a thing's body; with a kind, the thing's own of the rows that this kind has from `row` on."""
        first, stride = (self.names.first[kind], 1) if kind else (0, Body.ROWS)
        register = self.register(thing)
        if register is not None:
            self.emit(Op.FIELD_REG, register, row - first * stride, stride)
        elif thing.op == "one":
            kind, index = thing.value if isinstance(thing.value, tuple) else (str(thing.value), 0)
            self.emit(Op.ROW, row + (self.names.first[kind] + index - first) * stride)
        else:
            self.lower(thing)
            self.emit(Op.FIELD, first, row, self.names.count[kind] if kind else 0)

    def pair_of(self, thing: Node, row: int) -> None:
        """Push two neighbouring rows of a thing's body."""
        if self.register(thing) is not None or thing.op == "one":
            self.row_of(thing, row)
            self.row_of(thing, row + 1)
        else:
            self.lower(thing)
            self.emit(Op.VEC_FIELD, row)

    def _field(self, node: Node) -> None:
        thing, name = node.args[0], str(node.value)
        if thing.kind is not None and ((thing.kind, name) in self.names.states or (thing.kind, name) in self.names.marks):
            kind, rows = thing.kind, self.names.states if (thing.kind, name) in self.names.states else self.names.marks
            self.row_of(thing, rows[kind, name], kind)
        elif name == "alive" and may_be_nobody(thing):
            (thing,), cells = self.held(thing)
            self.row_of(thing, Body.ALIVE)
            self.there(thing)
            self.emit(Op.AND)
            self.free(cells)
        elif name in _ROWS:
            self.row_of(thing, _ROWS[name])
        elif name in _VECTORS:
            self.pair_of(thing, _VECTORS[name])
        elif name == "speed":
            self.pair_of(thing, Body.VX)
            self.emit(Op.LENGTH)
        elif name in ("heading_deg", "angle_deg"):
            self.pair_of(thing, Body.COS)
            self.emit(Op.ANGLE)
        elif name == "spin_deg_per_s":
            self.row_of(thing, Body.SPIN)
            self.const(_DEGREES)
            self.emit(Op.MUL)
        elif name in DRIVE_TARGETS:
            self.row_of(thing, Body.ACCEL if name == "accel" else Body.TOP_SPEED)
        elif name in _WISHES:  # an action, as it was asked for
            self.names.asked.add(name)
            if node.type == "vector":
                self.pair_of(thing, Body.DRIVE_X)
            else:
                self.row_of(thing, _WISHES[name])
        elif name in DRIVE_OF_FIELD:
            kind = thing.kind or ""
            self.row_of(thing, self.names.own[kind, name], kind)
            if name == "steer_deg":
                self.const(_DEGREES)
                self.emit(Op.MUL)
        elif name == "mass":
            self.const(1.0)
            self.row_of(thing, Body.INV_MASS)
            self.emit(Op.DIV)
        elif name == "index":
            self._index(thing)
        elif name == "owner" and thing.kind in self.names.owner:
            self.row_of(thing, self.names.owner[thing.kind], thing.kind)
        elif name == "cooldown" and (thing.kind, name) not in self.names.states:
            self.row_of(thing, self.names.reload[thing.kind or ""], thing.kind or "")
            self.const(self.names.decision)
            self.emit(Op.MUL)

    def _index(self, thing: Node) -> None:
        """Push the number of a thing within its kind, -1 where there is none."""
        if thing.op == "if":  # the two may be of different kinds
            condition, then, other = thing.args
            self._if(Node("if", "number", (condition, *(Node("field", "number", (part,), "index") for part in (then, other)))))
        elif may_be_nobody(thing):
            (thing,), cells = self.held(thing)
            self.there(thing)
            self._within(thing)
            self.const(-1.0)
            self.emit(Op.IF)
            self.free(cells)
        else:
            self._within(thing)

    def _within(self, thing: Node) -> None:
        self.lower(thing)
        self.const(float(self.names.first[thing.kind or ""]))
        self.emit(Op.SUB)

    def _joint(self, node: Node) -> None:
        """A field of a joint: of self's own, or of the only one; whether any of several is broken."""
        name, _, field_name = str(node.value).partition(".")
        rows, unit = _JOINT_ROWS[field_name]
        first, count = self.names.joints[name] + rows, self.names.joint_counts[name]
        if count == 0:
            self.const(0.0)
        elif node.args:
            body = self.names.first[node.args[0].kind or ""]
            self.emit(Op.FIELD_REG, 0, first - body * Joint.ROWS, Joint.ROWS)
        else:
            for k in range(count):
                self.emit(Op.ROW, first + k * Joint.ROWS)
                if k > 0:
                    self.emit(Op.MAX)
        if unit != 1.0:
            self.const(unit)
            self.emit(Op.MUL)

    def place(self, node: Node) -> None:
        """Push the position of a thing, or a vector."""
        if node.type == "thing":
            self.pair_of(node, Body.X)
        else:
            self.lower(node)

    def way(self) -> None:
        """Turn two places on the stack into the way from the second to the first: the short one in a world that wraps."""
        self.emit(Op.VSUB)
        if self.names.wrap is None:
            return
        cells = self.save(2)
        for cell, size in zip(cells, self.names.wrap, strict=True):  # d - size * floor(d / size + 1/2)
            self.load([cell])
            self.load([cell])
            self.const(size)
            self.emit(Op.DIV)
            self.const(0.5)
            self.emit(Op.ADD)
            self.emit(Op.FLOOR)
            self.const(size)
            self.emit(Op.MUL)
            self.emit(Op.SUB)
        self.free(2)

    def self_pair(self, row: int) -> None:
        """Push two neighbouring rows of the own body."""
        self.emit(Op.FIELD_REG, 0, row, Body.ROWS)
        self.emit(Op.FIELD_REG, 0, row + 1, Body.ROWS)

    def save(self, rows: int) -> list[int]:
        """Move cells from the stack to free save cells; returns these, deepest first."""
        cells = list(range(self._saved, self._saved + rows))
        self._saved += rows
        if self._saved > SAVE_ROWS:  # MAX_FORMULA_NAMES and MAX_FORMULA_DEPTH let none of a file need so many
            raise FormulaError(f"a formula keeps too much: more than {SAVE_ROWS} numbers at once")
        for cell in reversed(cells):
            self.emit(Op.SAVE, cell)
        return cells

    def load(self, cells: list[int]) -> None:
        """Push save cells."""
        for cell in cells:
            self.emit(Op.LOAD, cell)

    def free(self, rows: int) -> None:
        """Give back the save cells that were taken last."""
        self._saved -= rows

    def _vector(self, node: Node) -> None:
        if node.op == "neg":
            self.lower_all(node)
            self.const(-1.0)
            self.emit(Op.VSCALE)
        else:
            vector, number = node.args if node.args[0].type == "vector" else (node.args[1], node.args[0])
            self.lower(vector)
            if node.op == "div":
                self.const(1.0)
                self.lower(number)
                self.emit(Op.DIV)
            else:
                self.lower(number)
            self.emit(Op.VSCALE)

    def _if(self, node: Node) -> None:
        self.lower_all(node)
        self.emit(Op.VIF if node.type == "vector" else Op.IF)

    def loop(self, op: str, kind: str, body: Callable[[], None], within: tuple[Node, ...]) -> None:
        """Operations: LOOP, a row that holds the mode, the body's (which is of the nodes `within`), NEXT."""
        if self.names.count[kind] == 0:
            self.const({"all": 1.0, "min": self.names.far, "argmin": 0.5}.get(op, 0.0))
            return
        register = 2 + self._loops
        assert register < REGISTERS  # there are no more kinds
        outer = self._each.pop(kind, None)  # count(kind) may stand within a function over that kind
        self._each[kind] = register
        self._loops += 1
        self.emit(Op.LOOP, register, self.names.first[kind], self.names.count[kind])
        self.emit(-1, _LOOPS[op])
        kept = self._keep_names(within)
        body()
        self.emit(Op.NEXT, register, _LOOPS[op])
        for known in reversed(kept):
            self.free(len(self._kept_in.pop(known)))
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
        return {"add": Op.VADD, "sub": Op.VSUB, "rotate_deg": Op.ROTATE}.get(node.op)
    return _BINARY.get(node.op)


def may_be_nobody(thing: Node) -> bool:
    """Whether a thing was chosen of several, of which none may be left."""
    if thing.op == "if":
        return any(may_be_nobody(arg) for arg in thing.args[1:])
    return thing.type == "thing" and thing.op in (*_CHOOSING, "kept")


def keep(node: Node, cell: int) -> Node:
    """A leaf that stands for what save cells hold."""
    return Node("kept", node.type, (), float(cell), node.kind)
