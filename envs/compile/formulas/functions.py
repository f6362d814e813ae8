"""Functions of the language as operations: what formulas ask of two things, of all of a kind, of time and of rules."""

from collections.abc import Callable

from ....scenarios.formulas.types import Node
from ...kernels.world.layout.programs import Op, Pick
from ...kernels.world.layout.things import Body
from ...kernels.world.layout.world import CLOCK_ROUND
from .code import Code, keep, may_be_nobody

_FARAWAY = 3.2e38  # beyond what a loop starts from, so never the least
_NO_RADIUS = 1e-6


def _perp(code: Code, node: Node) -> None:
    code.lower_all(node)
    cells = code.save(2)
    code.load([cells[1]])
    code.emit(Op.NEG)
    code.load([cells[0]])
    code.free(2)


def _angle(code: Code, node: Node) -> None:
    code.lower_all(node)
    code.emit(Op.ANGLE)


def _clamp(code: Code, node: Node) -> None:
    value, low, high = node.args
    code.lower(value)
    code.lower(low)
    code.emit(Op.MAX)
    code.lower(high)
    code.emit(Op.MIN)


def _time(code: Code, _node: Node) -> None:
    code.emit(Op.ROW, code.names.clock)
    code.const(code.names.decision)
    code.emit(Op.MUL)
    if code.names.rounds:
        code.emit(Op.ROW, code.names.rounds)
        code.const(CLOCK_ROUND * code.names.decision)
        code.emit(Op.MUL)
        code.emit(Op.ADD)


def _time_left(code: Code, node: Node) -> None:
    code.const(code.names.time_limit)
    _time(code, node)
    code.emit(Op.SUB)


def _random(code: Code, _node: Node) -> None:
    code.emit(Op.RANDOM)


def _rule(code: Code, node: Node) -> None:
    rows = code.names.counted if node.op == "rule_count" else code.names.fired
    code.emit(Op.ROW, rows[str(node.value)])
    if node.op == "happened":
        code.const(0.0)
        code.emit(Op.GT)


def _heard(code: Code, node: Node) -> None:
    team = str(node.value)
    if code.names.count[team] == 0:
        code.const(-1.0)
        return
    speaker = code.names.first[team]
    row = speaker * Body.ROWS
    reach = code.names.hearing.get(team, 0.0)
    if reach <= 0:
        code.emit(Op.ROW, row + Body.SAID)
        return
    code.emit(Op.ROW, row + Body.X)
    code.emit(Op.ROW, row + Body.Y)
    code.self_pair(Body.X)
    code.way()
    code.emit(Op.LENGTH)
    code.const(reach)
    code.emit(Op.LE)
    code.emit(Op.ROW, row + Body.SAID)
    code.const(-1.0)
    code.emit(Op.IF)


def _toward(code: Code, node: Node) -> None:
    code.place(node.args[0])
    code.self_pair(Body.X)
    code.way()
    code.emit(Op.UNIT)


def _away(code: Code, node: Node) -> None:
    code.self_pair(Body.X)
    code.place(node.args[0])
    code.way()
    code.emit(Op.UNIT)


def _intercept(code: Code, node: Node) -> None:
    """Toward x + v * t, with t = distance / own top speed (at least 0.1 m/s): one step of the fixed-point iteration."""
    (thing,), cells = code.held(node.args[0])
    code.place(thing)
    code.self_pair(Body.X)
    code.way()
    offset = code.save(2)
    code.load(offset)
    code.pair_of(thing, Body.VX)
    code.load(offset)
    code.emit(Op.LENGTH)
    code.emit(Op.FIELD_REG, 0, Body.TOP_SPEED, Body.ROWS)
    code.const(0.1)
    code.emit(Op.MAX)
    code.emit(Op.DIV)
    code.emit(Op.VSCALE)
    code.emit(Op.VADD)
    code.emit(Op.UNIT)
    code.free(cells + 2)


def _avoid(code: Code, node: Node) -> None:
    """unit(self - x) * clamp(1 - gap / radius, 0, 1); the gap is between the surfaces, by bounding radius."""
    what, radius = node.args
    worked = not (what.type == "thing" and code.is_leaf(what))
    if worked:
        code.lower(what)
    code.lower(radius)
    (limit,) = code.save(1)
    cells = code.save((1 if what.type == "thing" else 2) if worked else 0)
    if worked:
        what = keep(what, cells[0])
    code.self_pair(Body.X)
    code.place(what)
    code.way()
    away = code.save(2)
    code.load(away)
    code.emit(Op.UNIT)
    code.const(1.0)
    code.load(away)
    code.emit(Op.LENGTH)
    code.emit(Op.FIELD_REG, 0, Body.REACH, Body.ROWS)
    code.emit(Op.SUB)
    if what.type == "thing":
        code.row_of(what, Body.REACH)
        code.emit(Op.SUB)
    code.load([limit])
    code.const(_NO_RADIUS)
    code.emit(Op.MAX)
    code.emit(Op.DIV)
    code.emit(Op.SUB)
    code.const(0.0)
    code.emit(Op.MAX)
    code.const(1.0)
    code.emit(Op.MIN)
    code.emit(Op.VSCALE)
    code.free(len(cells) + 3)


def _bearing(code: Code, node: Node) -> None:
    """Angle of the direction in the frame of the heading: atan2(cross(h, d), dot(h, d))."""
    what = node.args[0]
    code.place(what)
    if what.type == "thing":
        code.self_pair(Body.X)
        code.way()
    direction = code.save(2)
    code.self_pair(Body.COS)
    code.load(direction)
    code.emit(Op.DOT)
    code.self_pair(Body.COS)
    code.load(direction)
    code.emit(Op.CROSS)
    code.emit(Op.ANGLE)
    code.free(2)


def _dist(code: Code, node: Node) -> None:
    first, second = (code.register(arg) if arg.type == "thing" else None for arg in node.args)
    if first is not None and second is not None:
        code.emit(Op.DIST_REG, first, second)
        return
    doubtful = any(may_be_nobody(arg) for arg in node.args)
    if doubtful and all(arg.type == "thing" for arg in node.args):
        code.lower_all(node)
        code.emit(Op.DIST)
        return
    places, cells = list(node.args), 0
    if doubtful:  # a thing and a point
        at = 0 if node.args[0].type == "thing" else 1
        (places[at],), cells = code.held(node.args[at])
        code.there(places[at])
    for place in places:
        code.place(place)
    code.way()
    code.emit(Op.LENGTH)
    if doubtful:
        code.const(code.names.far)
        code.emit(Op.IF)
    code.free(cells)


def _gap(code: Code, node: Node) -> None:
    things, cells = code.held(*node.args)
    _dist(code, Node("dist", "number", tuple(things)))
    for thing in things:
        code.row_of(thing, Body.REACH)
        code.emit(Op.SUB)
    code.free(cells)


def _inside(code: Code, node: Node) -> None:
    """Of a living thing or a point, in a living thing."""
    what, cells, doubtful = node.args[0], 0, may_be_nobody(node.args[0])
    if what.type == "thing":
        (what,), cells = code.held(what)
    code.place(what)
    code.lower(node.args[1])
    code.emit(Op.INSIDE)
    if what.type == "thing":
        code.row_of(what, Body.ALIVE)
        code.emit(Op.AND)
    if doubtful:
        code.there(what)
        code.emit(Op.AND)
    code.free(cells)


def _touching(code: Code, node: Node) -> None:
    code.lower(node.args[0])
    if node.value == "walls":
        code.emit(Op.TOUCH_WALL)
    elif node.value is not None:
        code.emit(Op.TOUCHING, code.names.first[str(node.value)], code.names.count[str(node.value)])
    else:
        code.lower(node.args[1])
        code.emit(Op.TOUCHING)


def _nearest(code: Code, node: Node) -> None:
    origin, kind = node.args[0], str(node.value)
    if origin.type == "thing":
        (origin,), cells = code.held(origin)
        code.place(origin)
        code.lower(origin)
        code.free(cells)
    else:
        code.lower(origin)
        code.const(-1.0)
    code.emit(Op.PICK, code.names.first[kind], code.names.count[kind], Pick.NEAREST if node.op == "nearest" else Pick.FARTHEST)


def _nearest_where(code: Code, node: Node) -> None:
    """Least distance among those where the condition holds, self left out; when there is none nobody, for whom self stands in."""
    kind = str(node.value)
    each = Node("each", "thing", (), kind, kind)
    me = Node("self", "thing")

    def distance() -> None:
        code.lower(Node("and", "truth", (node.args[0], Node("ne", "truth", (each, me)))))
        _dist(code, Node("dist", "number", (each, me)))
        code.const(_FARAWAY)
        code.emit(Op.IF)

    code.loop("argmin", kind, distance, node.args)
    cell = code.save(1)
    code.load(cell)
    code.const(1.0)
    code.emit(Op.LT)
    code.emit(Op.REG, 0)
    code.const(0.5)
    code.emit(Op.ADD)
    code.load(cell)
    code.emit(Op.IF)
    code.free(1)


WRITERS: dict[str, Callable[[Code, Node], None]] = {
    "perp": _perp, "angle_deg": _angle, "clamp": _clamp, "time": _time, "time_left": _time_left, "random": _random, "rule_count": _rule,
    "happened": _rule, "heard": _heard, "toward": _toward, "away": _away, "intercept": _intercept, "avoid": _avoid, "bearing": _bearing,
    "dist": _dist, "gap": _gap, "inside": _inside, "touching": _touching, "nearest": _nearest, "farthest": _nearest,
    "nearest_where": _nearest_where,
}  # fmt: skip
"""How each is written, by its name in a formula's tree."""

__all__ = ["WRITERS"]
