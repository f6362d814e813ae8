"""Compiles things and agents: outlines, masses, drives, who may bump into whom, and how an episode begins."""

import math
from typing import TYPE_CHECKING

from ..scenarios.model_senses import Team
from ..scenarios.model_things import Disc, Place, Rect, Thing
from ..scenarios.values import Normal, OneOf, Uniform, bounds
from . import layout as y
from .spawn import SPOT_DISC, SPOT_FIXED, SPOT_INSIDE, SPOT_RECT, SPOT_START

if TYPE_CHECKING:
    from .compile import Draft
    from .compile_rules import Rules

DRIVES = {"thrust": y.D_THRUST, "walk": y.D_WALK, "tank": y.D_TANK, "rocket": y.D_ROCKET}
NEVER = 1e30
Number = float | Uniform | Normal | OneOf


class Bodies:
    """Writes the body, corner, spawn and spot tables."""

    def __init__(self, draft: "Draft") -> None:
        self.draft = draft
        self.body: list[list[int]] = [[0] * y.B_COLUMNS]
        self.corners: list[tuple[float, float]] = [(0.0, 0.0)]
        self.spawn: list[tuple[int, ...]] = []
        self.spots: list[tuple[float, ...]] = []
        self.smallest = math.inf
        self.bouncy = draft.scenario.world.bounce > 0
        self._mass_row, self._angle_row = draft.rows.take(), draft.rows.take()
        self._late: list[tuple[int, ...]] = []  # placed at random, after all that stands fixed
        self.kinds = [(name, draft.scenario.kind(name)) for name in draft.scenario.kinds]
        for index, (name, kind) in enumerate(self.kinds):
            self._kind(index, name, kind)
        self.spawn += self._late
        self._draws()
        if math.isinf(self.smallest):
            self.smallest = 1.0

    # --- outlines -----------------------------------------------------------------------------------------------------------------------------

    def _outline(self, kind: Thing) -> tuple[list[tuple[float, float]], tuple[float, float, float], tuple[float, float]]:
        """Template corners, (area, moments xx and yy) of the template, and where its centroid lay in the file."""
        if kind.shape == "circle":
            return [(0.0, 0.0)], (0.0, 0.0, 0.0), (0.0, 0.0)
        if kind.shape == "capsule":
            return [(-1.0, 0.0), (1.0, 0.0)], (0.0, 0.0, 0.0), (0.0, 0.0)
        corners = [(-1.0, -1.0), (1.0, -1.0), (1.0, 1.0), (-1.0, 1.0)] if kind.shape == "box" else [(float(a), float(b)) for a, b in kind.vertices]
        return _centred(corners)

    def _kind(self, index: int, name: str, kind: Thing) -> None:
        corners, moments, centroid = self._outline(kind)
        first_corner = len(self.corners)
        self.corners += corners
        constants = self.draft.constants.block(*moments)
        self.smallest = min(self.smallest, _smallest(kind))
        self.bouncy = self.bouncy or (kind.body != "sensor" and bounds(kind.bounce)[1] > 0)
        moves = {"dynamic": 1, "kinematic": 2}.get(kind.body, 0)
        drive = DRIVES[kind.drive.type] if isinstance(kind, Team) and kind.drive else y.D_NONE
        inside = kind.collides_with is None or "walls" in kind.collides_with
        for i, body in enumerate(self.draft.bodies_of(name)):
            row = [0] * y.B_COLUMNS
            row[y.B_CORNER], row[y.B_CORNERS] = first_corner, len(corners)
            row[y.B_MOVES], row[y.B_DRIVE], row[y.B_WALLS], row[y.B_KIND], row[y.B_WALL_WATCH] = moves, drive, int(inside), index, -1
            self.body.append(row)
            self._begin(name, kind, body, i, constants, centroid)

    # --- beginning of an episode --------------------------------------------------------------------------------------------------------------

    def _number(self, row: int, value: Number, factor: float = 1.0, table: list[tuple[int, ...]] | None = None) -> None:
        """Set a row at the start of an episode to a number or a random number, times a factor."""
        out, constants = self.spawn if table is None else table, self.draft.constants
        if isinstance(value, Uniform):
            out.append((y.Z_UNIFORM, row, constants.block(value.low * factor, value.high * factor)))
        elif isinstance(value, Normal):
            low, high = sorted((value.low * factor, value.high * factor))
            out.append((y.Z_NORMAL, row, constants.block(value.mean * factor, value.std * abs(factor), max(low, -NEVER), min(high, NEVER))))
        elif isinstance(value, OneOf):
            out.append((y.Z_CHOICE, row, constants.block(*(v * factor for v in value.values)), len(value.values)))
        elif value * factor != 0.0:  # rows are zero already
            out.append((y.Z_CONST, row, constants.add(float(value) * factor)))

    def _begin(self, name: str, kind: Thing, body: int, index: int, constants: int, centroid: tuple[float, float]) -> None:
        spots = kind.spots
        world, fixed = self.draft.scenario.world, spots is not None or (kind.place is not None and kind.place.in_ is None)
        at = body * y.BODY_ROWS
        table = self.spawn if fixed else self._late

        def number(field: int, value: Number | None, factor: float = 1.0) -> None:
            if value is not None:
                self._number(at + field, value, factor, table)

        number(y.ALIVE, 1.0)
        self._size(kind, at, table)
        number(y.FRICTION, kind.friction)
        number(y.BOUNCE, kind.bounce)
        number(y.DRAG, world.drag if kind.drag is None else kind.drag)
        number(y.SPIN_DRAG, world.spin_drag if kind.spin_drag is None else kind.spin_drag)
        number(y.GRAVITY, kind.gravity_scale)
        if isinstance(kind, Team) and kind.drive:
            drive = kind.drive
            number(y.TOP_SPEED, drive.top_speed)
            number(y.ACCEL, getattr(drive, "accel", None) or getattr(drive, "thrust_accel", None))
            number(y.TURN_RATE, getattr(drive, "turn_deg_per_s", None) or getattr(drive, "turn_deg_per_s2", None), math.pi / 180)
        mass = kind.density if kind.density is not None else kind.mass
        self._number(self._mass_row, mass if mass is not None else 1.0, 1.0, table)
        table.append((y.Z_MASS, body, self._mass_row, int(kind.density is not None), constants, int(kind.turns)))
        if not (isinstance(kind.angle_deg, float | int) and kind.angle_deg == 0):
            self._number(self._angle_row, kind.angle_deg, 1.0, table)
            if isinstance(kind.angle_deg, float | int):
                table.append((y.Z_CONST, self._angle_row, self.draft.constants.add(float(kind.angle_deg))))
            table.append((y.Z_ANGLE, body, self._angle_row))
        self._position(name, kind, body, index, centroid, table)
        number(y.VX, kind.velocity[0])
        number(y.VY, kind.velocity[1])
        number(y.W, kind.spin_deg_per_s, math.pi / 180)
        for variable, value in kind.state.items():
            self._number(self.draft.names.states[name, variable] + index, float(value) if isinstance(value, bool) else value, 1.0, table)
        if kind.body != "sensor":
            number(y.SOLID, 1.0)

    def _size(self, kind: Thing, at: int, table: list[tuple[int, ...]]) -> None:
        self._number(at + y.ROUND, kind.radius, 1.0, table)
        if kind.shape == "box":
            self._number(at + y.SCALE_X, kind.size[0], 0.5, table)
            self._number(at + y.SCALE_Y, kind.size[1], 0.5, table)
        elif kind.shape == "capsule":
            self._number(at + y.SCALE_X, kind.length, 0.5, table)
            self._number(at + y.SCALE_Y, 1.0, 1.0, table)
        elif kind.shape == "polygon":
            self._number(at + y.SCALE_X, 1.0, 1.0, table)
            self._number(at + y.SCALE_Y, 1.0, 1.0, table)

    def _position(self, name: str, kind: Thing, body: int, index: int, centroid: tuple[float, float], table: list[tuple[int, ...]]) -> None:
        at, count = body * y.BODY_ROWS, self.draft.names.count[name]
        angle = math.radians(float(kind.angle_deg)) if isinstance(kind.angle_deg, float | int) else 0.0
        shift = (math.cos(angle) * centroid[0] - math.sin(angle) * centroid[1], math.sin(angle) * centroid[0] + math.cos(angle) * centroid[1])
        spots = kind.spots
        if spots is not None:
            for axis in range(2):
                self._number(at + y.X + axis, _moved(spots[index][axis], shift[axis]), 1.0, table)
            return
        place = kind.place
        assert place is not None
        if place.in_ is not None:
            table.append((y.Z_PLACE, body, self.spot(place)))
            return
        px, py, heading = _even_spot(place, index, count)
        self._number(at + y.X, px + shift[0], 1.0, table)
        self._number(at + y.Y, py + shift[1], 1.0, table)
        if place.turn:
            table.append((y.Z_UNIFORM, self._angle_row, self.draft.constants.block(0.0, 360.0)))
            table.append((y.Z_ANGLE, body, self._angle_row))
        if place.shuffle and index == count - 1:
            table.append((y.Z_SHUFFLE, self.draft.names.first[name], count))

    def spot(self, place: Place | tuple[float, float] | str) -> int:
        """Index of a place in the spot table."""
        half_w, half_h = self.draft.scenario.world.size[0] / 2, self.draft.scenario.world.size[1] / 2
        row = [0.0] * 12
        if isinstance(place, str):
            row[0] = SPOT_START
        elif isinstance(place, tuple):
            row[0], row[1], row[2] = SPOT_FIXED, place[0], place[1]
        else:
            region = place.in_
            if isinstance(region, Rect):
                left, low, right, high = region.rect
                row[:5] = [SPOT_RECT, (left + right) / 2, (low + high) / 2, (right - left) / 2, (high - low) / 2]
            elif isinstance(region, Disc):
                row[:4] = [SPOT_DISC, *region.circle]
            elif region == "world" or region is None:
                row[:5] = [SPOT_RECT, 0.0, 0.0, half_w, half_h]
            else:
                row[0], row[6], row[7] = SPOT_INSIDE, self.draft.names.first[region], self.draft.names.count[region]
            row[5], row[8] = place.gap, float(place.turn)
            row[9], row[10] = len(self.spots), len(place.away_from)  # rows of their own: first body, how many, distance
            for kind, distance in place.away_from.items():
                self.spots.append((float(self.draft.names.first[kind]), float(self.draft.names.count[kind]), distance) + (0.0,) * 9)
        self.spots.append(tuple(row))
        return len(self.spots) - 1

    def _draws(self) -> None:
        for name, draw in self.draft.scenario.draw.items():
            row = self.draft.names.draws[name]
            if draw.kind is not None:
                bodies = self.draft.bodies_of(draw.kind)
                self.spawn.append((y.Z_CHOICE, row, self.draft.constants.block(*bodies), len(bodies)))
            elif draw.number is not None:
                self._number(row, draw.number)

    # --- who may bump into whom ---------------------------------------------------------------------------------------------------------------

    def pairs(self, rules: "Rules") -> list[tuple[int, int, int]]:
        """All pairs of bodies that may push each other: (a, b, row to mark when they do or -1), in ascending order."""
        found = []
        for i, (name_a, a) in enumerate(self.kinds):
            for name_b, b in self.kinds[i:]:
                if "sensor" in (a.body, b.body) or "dynamic" not in (a.body, b.body):
                    continue
                if (a.collides_with is not None and name_b not in a.collides_with) or (b.collides_with is not None and name_a not in b.collides_with):
                    continue
                for p in self.draft.bodies_of(name_a):
                    found += [(p, q, rules.watch.get((p, q), -1)) for q in self.draft.bodies_of(name_b) if q > p]
        return sorted(found)

    def capacity(self, rules: "Rules") -> int:
        """Contact slots of a world: all that could be, or six a moving body and 16 if that is less (two discs in the plane touch six others at most)."""
        discs = [row[y.B_CORNERS] == 1 for row in self.body]
        moving = [row[y.B_MOVES] == 1 for row in self.body]
        points = sum(1 if discs[a] or discs[b] else 2 for a, b, _ in self.pairs(rules))
        points += sum((4 if disc else 8) for disc, moves in zip(discs, moving, strict=True) if moves)
        boxes = sum(moves and not disc for disc, moves in zip(discs, moving, strict=True))
        return max(1, min(points, 6 * sum(moving) + 6 * boxes + 16))


def _moved(value: Number, shift: float) -> Number:
    if shift == 0.0:
        return value
    if isinstance(value, Uniform):
        return Uniform(value.low + shift, value.high + shift)
    if isinstance(value, Normal):
        return Normal(value.mean + shift, value.std, value.low + shift, value.high + shift)
    if isinstance(value, OneOf):
        return OneOf(tuple(v + shift for v in value.values))
    return value + shift


def _even_spot(place: Place, index: int, count: int) -> tuple[float, float, float]:
    """The spot of one of several in a row or ring, and the direction from the ring's centre."""
    if place.row is not None:
        (x0, y0), (x1, y1) = place.row
        t = index / (count - 1) if count > 1 else 0.5
        return x0 + t * (x1 - x0), y0 + t * (y1 - y0), 0.0
    assert place.ring is not None
    cx, cy, radius = place.ring
    angle = 2 * math.pi * index / count
    return cx + radius * math.cos(angle), cy + radius * math.sin(angle), angle


def _smallest(kind: Thing) -> float:
    """Least half width of a kind [m]: how fine contacts must be found."""
    radius = bounds(kind.radius)[0]
    if kind.shape in ("circle", "capsule"):
        return radius
    if kind.shape == "box":
        return radius + min(bounds(kind.size[0])[0], bounds(kind.size[1])[0]) / 2
    xs, ys = [v[0] for v in kind.vertices], [v[1] for v in kind.vertices]
    return radius + min(max(xs) - min(xs), max(ys) - min(ys)) / 2


def _centred(
    corners: list[tuple[float, float]],
) -> tuple[list[tuple[float, float]], tuple[float, float, float], tuple[float, float]]:
    """Counter-clockwise corners about the centroid; area and second moments about it; the centroid.

    Source: the shoelace formula and its second-moment forms (e.g. Steger 1996, "On the calculation of arbitrary moments of polygons").
    """
    edges = list(zip(corners, corners[1:] + corners[:1], strict=True))
    if sum(a[0] * b[1] - b[0] * a[1] for a, b in edges) < 0:
        corners = corners[::-1]
        edges = list(zip(corners, corners[1:] + corners[:1], strict=True))
    area = sum(a[0] * b[1] - b[0] * a[1] for a, b in edges) / 2
    cx = sum((a[0] + b[0]) * (a[0] * b[1] - b[0] * a[1]) for a, b in edges) / (6 * area)
    cy = sum((a[1] + b[1]) * (a[0] * b[1] - b[0] * a[1]) for a, b in edges) / (6 * area)
    moved = [(a - cx, b - cy) for a, b in corners]
    edges = list(zip(moved, moved[1:] + moved[:1], strict=True))
    xx = sum((a[0] ** 2 + a[0] * b[0] + b[0] ** 2) * (a[0] * b[1] - b[0] * a[1]) for a, b in edges) / 12
    yy = sum((a[1] ** 2 + a[1] * b[1] + b[1] ** 2) * (a[0] * b[1] - b[0] * a[1]) for a, b in edges) / 12
    return moved, (area, xx, yy), (cx, cy)
