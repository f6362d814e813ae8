"""What formulas mean, in plain Python: one world, one tree, one number at a time. Written from scenarios/formulas/functions.py, not from the kernels."""

import math
import random
from dataclasses import dataclass, field, replace

import numpy as np

from sandlot.envs.compile.game import corners_of, table_of
from sandlot.envs.jit.ir import LANES
from sandlot.envs.kernels.world.layout.things import Body as BodyRows
from sandlot.envs.kernels.world.layout.things import BodyTable
from sandlot.envs.kernels.world.layout.world import Real, Table
from sandlot.scenarios.formulas.types import Node


@dataclass
class Body:
    """One thing as a formula sees it."""

    number: int = 0
    kind: str = ""
    index: int = 0
    x: float = 0.0
    y: float = 0.0
    vx: float = 0.0
    vy: float = 0.0
    angle: float = 0.0
    spin: float = 0.0
    reach: float = 0.0
    rim: float = 0.0
    mass: float = 0.0
    alive: bool = False
    solid: bool = False
    said: float = -1.0
    top_speed: float = 0.0
    corners: list = field(default_factory=list)
    state: dict = field(default_factory=dict)


@dataclass
class World:
    """A snapshot of one world."""

    bodies: list
    kinds: dict
    states: set
    size: tuple
    walls: str
    time: float
    time_limit: float
    draws: dict
    counted: dict
    fired: dict
    hearing: dict
    touch: float
    jitter: tuple = (0.0, 0.0)
    """By how much one of two shapes is moved before they are compared [m]."""


def snapshot(env, lane):
    """Read one world of an environment."""
    game, scenario = env.game, env.scenario
    rows = env._state.rows[lane // LANES, :, lane % LANES].tolist()
    names, table = game.names, table_of(game.world, Table.BODY)
    bodies = [Body()]
    for number in range(1, len(table)):
        kind, index = game.body_kind[number]
        r = rows[number * BodyRows.ROWS : (number + 1) * BodyRows.ROWS]
        template = corners_of(game.world, int(table[number, BodyTable.CORNER]), int(table[number, BodyTable.CORNERS]))
        c, s = r[BodyRows.COS], r[BodyRows.SIN]
        corners = []
        for px, py in template.tolist():
            qx, qy = px * r[BodyRows.SCALE_X], py * r[BodyRows.SCALE_Y]
            corners.append((r[BodyRows.X] + c * qx - s * qy, r[BodyRows.Y] + s * qx + c * qy))
        state = {v: rows[row + index] for (k, v), row in names.states.items() if k == kind}
        mass = 1 / r[BodyRows.INV_MASS] if r[BodyRows.INV_MASS] > 0 else 0.0
        bodies.append(Body(number, kind, index, r[BodyRows.X], r[BodyRows.Y], r[BodyRows.VX], r[BodyRows.VY], math.degrees(math.atan2(s, c)), math.degrees(r[BodyRows.SPIN]), r[BodyRows.REACH],
                           r[BodyRows.ROUND], mass, r[BodyRows.ALIVE] > 0, r[BodyRows.SOLID] > 0, r[BodyRows.SAID], r[BodyRows.TOP_SPEED], corners, state))  # fmt: skip
    kinds = {k: [bodies[names.first[k] + i] for i in range(names.count[k])] for k in scenario.kinds}
    draws = {d: (bodies[int(rows[row])] if scenario.draw[d].kind else rows[row]) for d, row in names.draws.items()}
    hearing = {t: team.says.range for t, team in scenario.teams.items() if team.says}
    return World(bodies, kinds, set(names.states), tuple(scenario.world.size), scenario.world.walls, rows[names.clock] / scenario.world.decisions_per_second,
                 scenario.end.time or 0.0, draws, {r: rows[k] for r, k in names.counted.items()}, {r: rows[k] for r, k in names.fired.items()},
                 hearing, float(game.world.real[Real.TOUCH]))  # fmt: skip


def way(world, a, b):
    """From place a to place b, the short way round where the world wraps."""
    dx, dy = b[0] - a[0], b[1] - a[1]
    if world.walls == "wrap":
        w, h = world.size
        dx, dy = dx - w * math.floor(dx / w + 0.5), dy - h * math.floor(dy / h + 0.5)
    return dx, dy


def point_to_segment(p, a, b):
    ex, ey = b[0] - a[0], b[1] - a[1]
    size = ex * ex + ey * ey
    t = 0.0 if size == 0 else min(1.0, max(0.0, ((p[0] - a[0]) * ex + (p[1] - a[1]) * ey) / size))
    return math.hypot(p[0] - a[0] - t * ex, p[1] - a[1] - t * ey)


def holds(corners, p):
    """Whether a convex outline (3 corners or more, counter-clockwise) holds a point."""
    if len(corners) < 3:
        return False
    return all(
        (b[0] - a[0]) * (p[1] - a[1]) - (b[1] - a[1]) * (p[0] - a[0]) >= 0 for a, b in zip(corners, corners[1:] + corners[:1], strict=True)
    )


def from_outline(corners, p):
    """Distance of a point from an outline, 0 inside."""
    if holds(corners, p):
        return 0.0
    return min(point_to_segment(p, a, b) for a, b in zip(corners, corners[1:] + corners[:1], strict=True))


def crosses(a, b, c, d):
    def side(p, q, r):
        return (q[0] - p[0]) * (r[1] - p[1]) - (q[1] - p[1]) * (r[0] - p[0])

    return side(a, b, c) * side(a, b, d) < 0 and side(c, d, a) * side(c, d, b) < 0


def outlines_apart(first, second):
    """Distance of two convex outlines, 0 where they overlap."""
    edges_1 = list(zip(first, first[1:] + first[:1], strict=True))
    edges_2 = list(zip(second, second[1:] + second[:1], strict=True))
    if any(crosses(*e, *f) for e in edges_1 for f in edges_2):
        return 0.0
    return min(*(from_outline(first, p) for p in second), *(from_outline(second, p) for p in first))


def gap_of(world, a, b):
    """Distance of the surfaces of two bodies, their outlines grown by their rims."""
    dx, dy = way(world, (a.x, a.y), (b.x, b.y))
    dx, dy = dx + world.jitter[0], dy + world.jitter[1]
    moved = [(px - b.x + a.x + dx, py - b.y + a.y + dy) for px, py in b.corners]
    return outlines_apart(a.corners, moved) - a.rim - b.rim


def touch(world, a, b):
    return a.number != b.number and a.alive and b.alive and gap_of(world, a, b) <= world.touch


def touch_walls(world, a):
    if world.walls != "solid" or not a.alive:
        return False
    w, h = world.size[0] / 2 - a.rim - world.touch + world.jitter[0], world.size[1] / 2 - a.rim - world.touch + world.jitter[1]
    return any(abs(px) > w or abs(py) > h for px, py in a.corners)


def encloses(world, body, p):
    dx, dy = way(world, (body.x, body.y), p)
    dx, dy = dx + world.jitter[0], dy + world.jitter[1]
    return body.alive and from_outline(body.corners, (body.x + dx, body.y + dy)) <= body.rim


def nobody(stand_in):
    """What is chosen where there is none to choose: its fields are those of another, but it is near nothing, in nothing, and has no index."""
    return replace(stand_in, number=math.floor(stand_in.number) + 0.5)


def is_there(thing):
    return thing.number == math.floor(thing.number)


class Undefined(Exception):
    """What the language gives no meaning to."""


class Reader:
    """Works out one tree in one world.

    Args:
        world: The world.
        me: self.
        other: other.
        noise: Relative error put on every number that is not whole, as float32 would.
        seed: Of these errors.
    """

    def __init__(self, world, me, other=None, noise=0.0, seed=0):
        self.world, self.me, self.other, self.noise = world, me, other, noise
        self.random = random.Random(seed)
        self.each = {}

    def value(self, node: Node):
        """The value of a tree: float, bool, (x, y) or Body."""
        args = node.args
        method = getattr(self, "op_" + node.op, None)
        if node.op in OVER and node.value is not None:
            out = self.over(node)
        elif method is not None:
            out = method(node, *args)
        elif node.op in NUMBERS:
            out = NUMBERS[node.op](*(self.value(a) for a in args))
        else:
            raise NotImplementedError(node.op)
        return self.rounded(out)

    def rounded(self, out):
        if isinstance(out, tuple):
            return self.rounded(out[0]), self.rounded(out[1])
        if isinstance(out, (Body, bool)) or out == round(out):
            return out
        return out * (1 + self.noise * self.random.uniform(-1, 1)) if self.noise else out

    def living(self, kind):
        return [b for b in self.world.kinds[kind] if b.alive]

    def place(self, node):
        v = self.value(node)
        return (v.x, v.y) if isinstance(v, Body) else v

    def at(self):
        return self.me.x, self.me.y

    def op_num(self, node):
        return bool(node.value) if node.type == "truth" else float(node.value)

    def op_draw(self, node):
        return self.world.draws[node.value]

    def op_self(self, node):
        return self.me

    def op_other(self, node):
        return self.other

    def op_each(self, node):
        return self.each[node.value]

    def op_one(self, node):
        return self.world.kinds[node.value][0]

    def op_field(self, node, thing):
        b, name = self.value(thing), node.value
        if (thing.kind, name) in self.world.states:
            raw = b.state[name] if b.kind == thing.kind else 0.0
            return raw != 0 if node.type == "truth" else raw
        if name in ("index", "alive") and not is_there(b):
            return False if name == "alive" else -1.0
        if name == "index" and thing.kind and b.kind != thing.kind:
            raise Undefined
        heading = math.degrees(math.atan2(math.sin(math.radians(b.angle)), math.cos(math.radians(b.angle))))
        return {"x": b.x, "y": b.y, "vx": b.vx, "vy": b.vy, "position": (b.x, b.y), "velocity": (b.vx, b.vy), "speed": math.hypot(b.vx, b.vy),
                "heading_deg": heading, "angle_deg": heading, "spin_deg_per_s": b.spin, "radius": b.reach, "mass": b.mass, "alive": b.alive,
                "index": float(b.index), "said": b.said}[name]  # fmt: skip

    # --- numbers and vectors ---

    def op_add(self, node, a, b):
        a, b = self.value(a), self.value(b)
        return (a[0] + b[0], a[1] + b[1]) if node.type == "vector" else a + b

    def op_sub(self, node, a, b):
        a, b = self.value(a), self.value(b)
        return (a[0] - b[0], a[1] - b[1]) if node.type == "vector" else a - b

    def op_mul(self, node, a, b):
        a, b = self.value(a), self.value(b)
        if node.type == "number":
            return a * b
        v, k = (a, b) if isinstance(a, tuple) else (b, a)
        return v[0] * k, v[1] * k

    def op_div(self, node, a, b):
        a, b = self.value(a), self.value(b)
        if node.type == "number":
            return a / b if b else 0.0
        return (a[0] / b, a[1] / b) if b else (0.0, 0.0)

    def op_neg(self, node, a):
        a = self.value(a)
        return (-a[0], -a[1]) if isinstance(a, tuple) else -a

    def op_if(self, node, c, a, b):
        return self.value(a) if self.value(c) else self.value(b)

    def op_eq(self, node, a, b):
        a, b = self.value(a), self.value(b)
        return a.number == b.number if isinstance(a, Body) else a == b

    def op_ne(self, node, a, b):
        return not self.op_eq(node, a, b)

    def op_and(self, node, a, b):
        return self.value(a) and self.value(b)

    def op_or(self, node, a, b):
        return self.value(a) or self.value(b)

    def op_time(self, node):
        return self.world.time

    def op_time_left(self, node):
        return self.world.time_limit - self.world.time

    def op_vec(self, node, a, b):
        return self.value(a), self.value(b)

    def op_rotate_deg(self, node, v, n):
        (vx, vy), a = self.value(v), math.radians(self.value(n))
        return math.cos(a) * vx - math.sin(a) * vy, math.sin(a) * vx + math.cos(a) * vy

    # --- places ---

    def op_dist(self, node, a, b):
        ends = self.value(a), self.value(b)
        if any(isinstance(end, Body) and not is_there(end) for end in ends):
            return math.hypot(*self.world.size)
        return math.hypot(*way(self.world, *((end.x, end.y) if isinstance(end, Body) else end for end in ends)))

    def op_gap(self, node, a, b):
        p, q = self.value(a), self.value(b)
        far = math.hypot(*(way(self.world, (p.x, p.y), (q.x, q.y)) if is_there(p) and is_there(q) else self.world.size))
        return far - p.reach - q.reach

    def op_toward(self, node, a):
        return unit(way(self.world, self.at(), self.place(a)))

    def op_away(self, node, a):
        return unit(way(self.world, self.place(a), self.at()))

    def op_intercept(self, node, a):
        b = self.value(a)
        dx, dy = way(self.world, self.at(), (b.x, b.y))
        t = math.hypot(dx, dy) / max(self.me.top_speed, 0.1)
        return unit((dx + b.vx * t, dy + b.vy * t))

    def op_avoid(self, node, a, radius):
        what, radius = self.value(a), self.value(radius)
        size = what.reach if isinstance(what, Body) else 0.0
        dx, dy = way(self.world, (what.x, what.y) if isinstance(what, Body) else what, self.at())
        gap = math.hypot(dx, dy) - self.me.reach - size
        if gap >= radius and radius > 0:
            k = 0.0
        else:
            k = min(1.0, max(0.0, 1 - gap / max(radius, 1e-6)))
        ux, uy = unit((dx, dy))
        return ux * k, uy * k

    def op_bearing(self, node, a):
        v = self.value(a)
        dx, dy = way(self.world, self.at(), (v.x, v.y)) if isinstance(v, Body) else v
        if dx == dy == 0:
            return 0.0
        a = math.degrees(math.atan2(dy, dx)) - self.me.angle
        return (a + 180) % 360 - 180

    def op_inside(self, node, a, b):
        what, host = self.value(a), self.value(b)
        if isinstance(what, Body):
            return is_there(what) and what.alive and is_there(host) and encloses(self.world, host, (what.x, what.y))
        return is_there(host) and encloses(self.world, host, what)

    def op_touching(self, node, a, b=None):
        first = self.value(a)
        if not is_there(first) or (b is not None and not is_there(self.value(b))):
            return False
        if node.value == "walls":
            return touch_walls(self.world, first)
        if node.value is not None:
            return any(touch(self.world, first, other) for other in self.world.kinds[node.value])
        return touch(self.world, first, self.value(b))

    # --- rules and messages ---

    def op_rule_count(self, node):
        return self.world.counted[node.value]

    def op_happened(self, node):
        return self.world.fired[node.value] > 0

    def op_heard(self, node):
        if not self.world.kinds[node.value]:
            return -1.0
        speaker, reach = self.world.kinds[node.value][0], self.world.hearing[node.value]
        if reach is None or math.hypot(*way(self.world, self.at(), (speaker.x, speaker.y))) <= reach:
            return speaker.said
        return -1.0

    # --- all of a kind ---

    def over(self, node):
        kind, values = node.value, []
        outer = self.each.get(kind)  # count(kind) within a function over that kind
        for b in self.living(kind):
            self.each[kind] = b
            values.append(self.value(node.args[0]) if node.args else True)
        self.each[kind] = outer
        if node.op == "count":
            return float(sum(values))
        if node.op == "sum":
            return math.fsum(values)
        if node.op == "mean":
            return math.fsum(values) / len(values) if values else 0.0
        return {
            "min": lambda v: min(v, default=math.hypot(*self.world.size)),
            "max": lambda v: max(v, default=0.0),
            "any": any,
            "all": all,
        }[node.op](values)

    def op_argmin(self, node, expr):
        best, found = math.inf, nobody(self.world.bodies[0])
        for b in self.living(node.value):
            self.each[node.value] = b
            v = self.value(expr)
            if v < best:
                best, found = v, b
        self.each.pop(node.value, None)
        return found

    def op_nearest_where(self, node, condition):
        best, found = math.inf, nobody(self.me)
        for b in self.living(node.value):
            self.each[node.value] = b
            d = self.rounded(math.hypot(*way(self.world, self.at(), (b.x, b.y))))
            if b.number != self.me.number and self.value(condition) and d < best:
                best, found = d, b
        self.each.pop(node.value, None)
        return found

    def op_nearest(self, node, origin, sign=1):
        v = self.value(origin)
        p, none = ((v.x, v.y), v) if isinstance(v, Body) else (v, self.world.bodies[0])
        best, found = math.inf, nobody(none)
        for b in self.living(node.value):
            d = sign * self.rounded(math.hypot(*way(self.world, p, (b.x, b.y))))
            if b.number != math.floor(none.number) and d < best:
                best, found = d, b
        return found

    def op_farthest(self, node, origin):
        return self.op_nearest(node, origin, -1)


def unit(v):
    size = math.hypot(*v)
    return (v[0] / size, v[1] / size) if size > 1e-9 else (0.0, 0.0)


def angle(v):
    return math.degrees(math.atan2(v[1], v[0])) if v != (0.0, 0.0) else 0.0


OVER = {"sum", "mean", "min", "max", "any", "all", "count"}
NUMBERS = {
    "mod": lambda a, b: a - b * math.floor(a / b) if b else 0.0,
    "lt": lambda a, b: a < b, "le": lambda a, b: a <= b, "gt": lambda a, b: a > b, "ge": lambda a, b: a >= b, "not": lambda a: not a,
    "min": min, "max": max, "abs": abs, "sqrt": lambda a: math.sqrt(max(a, 0.0)), "floor": lambda a: float(math.floor(a)),
    "sign": lambda a: float((a > 0) - (a < 0)), "sin_deg": lambda a: math.sin(math.radians(a)), "cos_deg": lambda a: math.cos(math.radians(a)),
    "clamp": lambda a, low, high: min(max(a, low), high), "length": lambda v: math.hypot(*v), "unit": unit, "x": lambda v: v[0], "y": lambda v: v[1],
    "dot": lambda a, b: a[0] * b[0] + a[1] * b[1], "cross": lambda a, b: a[0] * b[1] - a[1] * b[0], "perp": lambda v: (-v[1], v[0]),
    "angle_deg": angle,
}  # fmt: skip


def rows_of(env):
    """All rows of all worlds as a view, [block, row, lane]."""
    return env._state.rows


def put(env, lane, row, value):
    """Set one row of one world."""
    rows_of(env)[lane // LANES, row, lane % LANES] = np.float32(value)


def body_row(env, kind, index, field_):
    """Row of a field (layout.X ...) of one body."""
    return (env.game.names.first[kind] + index) * int(BodyRows.ROWS) + int(field_)
