"""Compiles things and agents: outlines, masses, drives, who may bump into whom, and how an episode begins."""

import math
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, SupportsFloat

from ..scenarios.check_places import needs_its_shape, stands_before
from ..scenarios.limits import MIN_SIZE
from ..scenarios.model_senses import Team
from ..scenarios.model_things import Disc, Place, Rect, Thing
from ..scenarios.values import Normal, Number, OneOf, Uniform, Varied, bounds, reach
from . import layout as y
from .choices import DRIVES
from .compile_grid import is_crowded
from .compile_motion import Motion
from .spawn import SPOT_DISC, SPOT_FIXED, SPOT_INSIDE, SPOT_RECT, SPOT_RING, SPOT_ROW, SPOT_SHAPED, SPOT_SHIFT, SPOT_START
from .sweep import DEPTH, DISC_DEPTH

if TYPE_CHECKING:
    from .compile import Draft
    from .compile_shots import Shots

NEVER = 1e30
EARTH_GRAVITY = 9.81
"""What presses things on the floor of a world seen from above [m/s^2]."""


class Bodies:
    """Writes the body, corner, spawn and spot tables."""

    def __init__(self, draft: "Draft", shots: "Shots") -> None:
        self.draft, self.shots = draft, shots
        if draft.scenario.world.walls == "wrap":
            draft.names.wrap = draft.scenario.world.size
        self.body: list[list[int]] = [[0] * y.B_COLUMNS]
        self.corners: list[tuple[float, float]] = [(0.0, 0.0)]
        self.spawn: list[tuple[int, ...]] = []
        self.spots: list[tuple[float, ...]] = []
        self.floor: list[tuple[int, ...]] = []
        self._spot_index: dict[tuple[float, ...], int] = {}
        self._aways: dict[tuple[str, tuple[tuple[str, float], ...]], tuple[float, float]] = {}
        self.smallest, self.smallest_solid = math.inf, math.inf
        self.ranks = Counter[str]()
        """How many bodies are dynamic, fixed and sensors: each has its rank among its like."""
        self.apart: set[tuple[int, int]] = set()
        """Pairs a < b of bodies that never push each other, though their kinds may: projectiles and who shoots them, and what is joined."""
        self.apart_rows: list[tuple[int]] = []
        """Table W_APART: for each body the higher ones that it never pushes, ascending."""
        self.halts = self.gated = False
        self.bouncy = draft.scenario.world.bounce > 0
        self._mass_row, self._angle_row = draft.rows.take(), draft.rows.take()
        self._late: dict[str, list[tuple[int, ...]]] = {}  # kinds placed at random, after all that stands fixed
        self._centroid: dict[str, tuple[float, float]] = {}
        self.motion = Motion(draft, self._number)
        self.kinds = [(name, draft.scenario.kind(name)) for name in draft.scenario.kinds]
        for index, (name, kind) in enumerate(self.kinds):
            self._kind(index, name, kind)
        for name in stands_before(draft.scenario, self._late):
            self._spawn_late(name)
        self._draws()
        self.spawn += shots.at_start
        self.keep_apart({(min(shot, owner), max(shot, owner)) for shot, owner in shots.owner.items()})
        if math.isinf(self.smallest):
            self.smallest = 1.0
        if math.isinf(self.smallest_solid):
            self.smallest_solid = self.smallest

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
        corners, moments, self._centroid[name] = self._outline(kind)
        first_corner = len(self.corners)
        self.corners += corners
        constants = self.draft.constants.block(*moments)
        self.smallest = min(self.smallest, _smallest(kind))
        self.smallest_solid = min(self.smallest_solid, math.inf if kind.body == "sensor" else _smallest(kind))
        self.bouncy = self.bouncy or (kind.body != "sensor" and bounds(kind.bounce)[1] > 0)
        moves = {"dynamic": 1, "kinematic": 2}.get(kind.body, 0)
        drive = DRIVES.get(kind.drive.type, y.D_NONE) if isinstance(kind, Team) and kind.drive else y.D_NONE
        own, step = self.motion.take_rows(name, kind)
        inside = int(kind.collides_with is None or "walls" in kind.collides_with)
        if inside and kind.body == "kinematic" and kind.path is None and self.draft.scenario.world.walls == "solid":
            inside, self.halts = int(y.WALLS_HALT), True
        if moves == 1 and kind.floor_friction > 0:
            loss = self.draft.constants.add(EARTH_GRAVITY * kind.floor_friction)
            self.floor += [(body, loss) for body in self.draft.bodies_of(name)]
        group = "fixed" if kind.body in ("static", "kinematic") else kind.body
        for i, body in enumerate(self.draft.bodies_of(name)):
            row = [0] * y.B_COLUMNS
            row[y.B_RANK] = self.ranks[group]
            self.ranks[group] += 1
            row[y.B_CORNER], row[y.B_CORNERS] = first_corner, len(corners)
            row[y.B_MOVES], row[y.B_DRIVE], row[y.B_WALLS], row[y.B_KIND], row[y.B_WALL_WATCH] = moves, drive, inside, index, -1
            row[y.B_OWN], row[y.B_OWN_STEP] = own + i, step
            row[y.B_POOLED] = self.shots.pooled(body)
            self.body.append(row)
            self._begin(name, kind, body, i, constants)

    def centre(self, name: str) -> tuple[float, float]:
        """Where the centroid of a kind lies in the frame of the file."""
        return self._centroid[name]

    def _spawn_late(self, name: str) -> None:
        """Add the beginning of a kind that is placed at random, after that of the kind it starts in."""
        place = self.draft.scenario.kind(name).place
        host = str(place.in_) if place else ""
        if self._late.get(host):
            self._spawn_late(host)
        self.spawn += self._late[name]
        self._late[name] = []

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
        elif isinstance(value, Varied):
            out.append((y.Z_COPY, row, self.draft.names.params[value.name], constants.add(factor)))
        elif value * factor != 0.0:  # rows are zero already
            out.append((y.Z_CONST, row, constants.add(float(value) * factor)))

    def _begin(self, name: str, kind: Thing, body: int, index: int, constants: int) -> None:
        world, at = self.draft.scenario.world, body * y.BODY_ROWS
        table = self.spawn if kind.place is None or kind.place.in_ is None else self._late.setdefault(name, [])

        def number(field: int, value: Number | None, factor: float = 1.0) -> None:
            if value is not None:
                self._number(at + field, value, factor, table)

        absent = bool(self.shots.pooled(body))
        number(y.ALIVE, 0.0 if absent else 1.0)
        self._size(kind, at, table)
        number(y.FRICTION, kind.friction)
        number(y.BOUNCE, kind.bounce)
        number(y.DRAG, world.drag if kind.drag is None else kind.drag)
        number(y.SPIN_DRAG, world.spin_drag if kind.spin_drag is None else kind.spin_drag)
        number(y.GRAVITY, kind.gravity_scale)
        number(y.SURFACE, kind.surface_speed)
        if isinstance(kind, Team) and kind.drive:
            drive = kind.drive
            number(y.TOP_SPEED, getattr(drive, "top_speed", None))
            number(y.ACCEL, getattr(drive, "accel", None) or getattr(drive, "thrust_accel", None))
            number(y.TURN_RATE, getattr(drive, "turn_deg_per_s", None) or getattr(drive, "turn_deg_per_s2", None), math.pi / 180)
            self.motion.begin_drive(name, kind, index, table)
        mass = kind.density if kind.density is not None else kind.mass
        self._number(self._mass_row, mass if mass is not None else 1.0, 1.0, table)
        table.append((y.Z_MASS, body, self._mass_row, int(kind.density is not None), constants, int(kind.turns)))
        if not (isinstance(kind.angle_deg, float | int) and kind.angle_deg == 0):
            self._number(self._angle_row, kind.angle_deg, 1.0, table)
            table.append((y.Z_ANGLE, body, self._angle_row))
        if not absent:
            self._position(name, kind, body, index, table)
            self.motion.begin_path(kind, body, index, table)
            number(y.VX, kind.velocity[0])
            number(y.VY, kind.velocity[1])
            number(y.W, kind.spin_deg_per_s, math.pi / 180)
        for variable, value in self.draft.scenario.states_of(name).items():
            self._number(self.draft.names.states[name, variable] + index, float(value) if isinstance(value, bool) else value, 1.0, table)
        if kind.body != "sensor" and not absent:
            number(y.SOLID, 1.0)
        if is_crowded(self.draft.body_count):
            table.append((y.Z_STAND, body))

    def _size(self, kind: Thing, at: int, table: list[tuple[int, ...]]) -> None:
        radius = kind.radius
        if isinstance(radius, Normal) and kind.shape in ("circle", "capsule"):
            radius = replace(radius, low=MIN_SIZE)  # its field begins at 0, for boxes without rounding
        self._number(at + y.ROUND, radius, 1.0, table)
        if kind.shape == "box":
            self._number(at + y.SCALE_X, kind.size[0], 0.5, table)
            self._number(at + y.SCALE_Y, kind.size[1], 0.5, table)
        elif kind.shape == "capsule":
            self._number(at + y.SCALE_X, kind.length, 0.5, table)
            self._number(at + y.SCALE_Y, 1.0, 1.0, table)
        elif kind.shape == "polygon":
            self._number(at + y.SCALE_X, 1.0, 1.0, table)
            self._number(at + y.SCALE_Y, 1.0, 1.0, table)

    def _position(self, name: str, kind: Thing, body: int, index: int, table: list[tuple[int, ...]]) -> None:
        at, place = body * y.BODY_ROWS, kind.place
        if kind.spots is not None:
            for axis in range(2):
                self._number(at + y.X + axis, kind.spots[index][axis], 1.0, table)
            if self._centroid[name] != (0.0, 0.0):
                table.append((y.Z_PLACE, body, self._spot(SPOT_SHIFT, pair=self._centroid[name])))
            return
        assert place is not None
        if place.in_ is None and place.shuffle:  # spots of their own first, then they are dealt out
            place, last = place.model_copy(update={"shuffle": False}), index == kind.count - 1
        else:
            last = False
        table.append((y.Z_PLACE, body, self.spot(name, place, starts=True)))
        if last:
            table.append((y.Z_SHUFFLE, self.draft.names.first[name], kind.count))

    def spot(self, name: str, place: Place | tuple[float, float] | str, starts: bool = False) -> int:
        """Index of a kind's place in the spot table; `starts`: where an episode starts, so that some others are not placed yet."""
        centre = self._centroid[name]
        if isinstance(place, str):
            return self._spot(SPOT_START)
        if isinstance(place, tuple):
            return self._spot(SPOT_FIXED, *place, pair=centre)
        own = (float(self.draft.names.first[name]), float(self.draft.names.count[name]))
        if place.row is not None:
            return self._spot(SPOT_ROW, *place.row[0], *place.row[1], kinds=own, turn=place.turn, pair=centre, last=float(place.shuffle))
        if place.ring is not None:
            return self._spot(SPOT_RING, *place.ring, kinds=own, turn=place.turn, pair=centre, last=float(place.shuffle))
        away = self._away(name, place, starts)
        walls = 0.0 if self.draft.scenario.kind(name).body == "sensor" else place.gap
        region, size = place.in_, self.draft.scenario.world.size

        def within(shape: SupportsFloat, *numbers: float, kinds: tuple[float, float] = (0.0, 0.0)) -> int:
            return self._spot(shape, *numbers, gap=place.gap, turn=place.turn, kinds=kinds, pair=away, last=walls)

        rect = SPOT_SHAPED if needs_its_shape(self.draft.scenario, name, place) else SPOT_RECT
        if isinstance(region, Rect):
            left, low, right, high = region.rect
            return within(rect, (left + right) / 2, (low + high) / 2, (right - left) / 2, (high - low) / 2)
        if isinstance(region, Disc):
            return within(SPOT_DISC, *region.circle)
        if region == "world":
            return within(rect, 0.0, 0.0, size[0] / 2, size[1] / 2)
        hosts = (float(self.draft.names.first[str(region)]), float(self.draft.names.count[str(region)]))
        return within(SPOT_INSIDE, kinds=hosts)

    def _spot(
        self, shape: SupportsFloat, px: float = 0.0, py: float = 0.0, w: float = 0.0, h: float = 0.0, *, gap: float = 0.0, turn: bool = False,
        kinds: tuple[float, float] = (0.0, 0.0), pair: tuple[float, float] = (0.0, 0.0), last: float = 0.0,
    ) -> int:  # fmt: skip
        """Add a row to the spot table; spawn.py names its columns."""
        row = (float(shape), px, py, w, h, gap, *kinds, float(turn), *pair, last)
        if row not in self._spot_index:
            self._spot_index[row] = len(self.spots)
            self.spots.append(row)
        return self._spot_index[row]

    def _away(self, name: str, place: Place, starts: bool) -> tuple[float, float]:
        """Rows of the spot table (first, how many) with the kinds to keep away from: (first body, how many, distance).

        At the start also those that must keep away from this kind, for they may be placed before it.
        """
        away = list(place.away_from.items())
        if starts:
            away += [(other, kind.place.away_from[name]) for other, kind in self.kinds if kind.place is not None and name in kind.place.away_from]
        first, names = len(self.spots), self.draft.names
        key = (name, tuple(away))
        if key not in self._aways:
            self._aways[key] = (float(first), float(len(away)))
            self.spots += [(float(names.first[kind]), float(names.count[kind]), distance, *(0.0,) * (y.SPOT_COLUMNS - 3)) for kind, distance in away]
        return self._aways[key]

    def draw_params(self) -> None:
        """Let every episode begin with the params that vary by world.

        Each draws from a stretch of the world's random stream of its own, so that all else is drawn as if it didn't vary.
        """
        names, lines = self.draft.names, list[tuple[int, ...]]()
        for name, param in self.draft.scenario.varied.items():
            lines.append((y.Z_STRETCH, 0, 1 + list(self.draft.scenario.params_used).index(name)))
            self._number(names.params[name], param.drawn, 1.0, lines)
            lines.append((y.Z_GIVEN, names.params[name], names.given[name], self.draft.constants.block(param.low, param.high)))
        self.spawn[:0] = [*lines, (y.Z_STRETCH, 0, 0)] if lines else []

    def _draws(self) -> None:
        for name, draw in self.draft.scenario.draw.items():
            row = self.draft.names.draws[name]
            if draw.kind is not None:
                bodies = self.draft.bodies_of(draw.kind)
                self.spawn.append((y.Z_CHOICE, row, self.draft.constants.block(*bodies), len(bodies)))
            elif draw.number is not None:
                self._number(row, draw.number)

    # --- who may bump into whom ---------------------------------------------------------------------------------------------------------------

    def may_push(self, first: str, second: str) -> bool:
        """Whether things of two kinds may push each other."""
        return self.draft.scenario.may_push(first, second)

    def gates(self) -> list[tuple[int, ...]]:
        """Table W_GATE: for each body with a solid_if its formula; where that asks about `other`, one row for each kind that may run into it."""
        draft, rows = self.draft, list[tuple[int, ...]]()
        for name, kind in self.kinds:
            path = f"$.{'teams' if name in draft.scenario.teams else 'things'}.{name}.solid_if"
            others = [other for other, _ in self.kinds if f"{path}@{other}" in draft.scenario.formulas]
            codes = [draft.code.formula(draft.scenario.formulas[f"{path}@{other}"]) for other in others]
            for body in draft.bodies_of(name) if kind.solid_if is not None else []:
                if not others:
                    rows.append((body, *draft.code.formula(draft.scenario.formulas[path]), 0, 0, 0))
                    continue
                self.body[body][y.B_GATE], self.body[body][y.B_GATE_END] = len(rows), len(rows) + len(others)
                self.gated = True
                for other, code in zip(others, codes, strict=True):
                    rows.append((body, *code, draft.names.first[other], draft.names.count[other], draft.rows.take(draft.names.count[other])))
        return rows

    def keep_apart(self, pairs: set[tuple[int, int]]) -> None:
        """Let these pairs of bodies (a < b) never push each other."""
        self.apart |= pairs
        self.apart_rows = [(b,) for _, b in sorted(self.apart)]
        counts = Counter(a for a, _ in self.apart)
        first = 0
        for body, row in enumerate(self.body):
            row[y.B_APART], row[y.B_APART_END] = first, first + counts[body]
            first += counts[body]

    def pairs(self) -> list[tuple[int, int]]:
        """All pairs of bodies that may push each other: those of two dynamic ones, then (fixed, dynamic); projectiles' last. pairs.pair_number has the order."""
        found = []
        for i, (name_a, _) in enumerate(self.kinds):
            for name_b, _ in self.kinds[i:]:
                if self.may_push(name_a, name_b):
                    found += [(p, q) for p in self.draft.bodies_of(name_a) for q in self.draft.bodies_of(name_b) if q > p and (p, q) not in self.apart]
        dynamic = [row[y.B_MOVES] == 1 for row in self.body]
        both = sorted(pair for pair in found if dynamic[pair[0]] and dynamic[pair[1]])
        one = sorted((max(pair, key=dynamic.__getitem__), min(pair, key=dynamic.__getitem__)) for pair in found if dynamic[pair[0]] != dynamic[pair[1]])
        return self.shots.order(both + [(fixed, body) for body, fixed in one])

    def quick(self, first: str, second: str, substep: float, tick: float) -> float:
        """Speed up to which two kinds don't get through each other between two looks at them [m/s]: see sweep.hold_back."""
        a, b = self.draft.scenario.kind(first), self.draft.scenario.kind(second)
        discs = a.shape == b.shape == "circle"
        return float(DISC_DEPTH if discs else DEPTH) * min(_smallest(a), _smallest(b)) / (substep if discs else tick)

    def pair_count(self) -> tuple[int, int]:
        """How many pairs of bodies may push each other, and how many points they may meet in: two, or one where one of them is a disc."""
        pairs, points = 0, 0
        for i, (name_a, a) in enumerate(self.kinds):
            for name_b, b in self.kinds[i:]:
                if self.may_push(name_a, name_b):
                    both = a.count * (a.count - 1) // 2 if name_a == name_b else a.count * b.count
                    pairs += both
                    points += both if "circle" in (a.shape, b.shape) else 2 * both
        return pairs, points

    def capacity(self) -> int:
        """Contact slots of a world: all that could be, or about six a moving body if that is less (a box has two points with each neighbour).

        Two discs in the plane touch six others at most; among many bodies the average is what counts, and no pattern of touching discs has more than
        three pairs a disc (it is a planar graph): with four there is room for those that are about to touch.
        """
        discs = [row[y.B_CORNERS] == 1 for row in self.body]
        moving = [row[y.B_MOVES] == 1 for row in self.body]
        points = self.pair_count()[1]
        points += sum((4 if disc else 8) for disc, moves in zip(discs, moving, strict=True) if moves)
        shares = sum(1 if disc else 2 for disc, moves in zip(discs, moving, strict=True) if moves)
        return max(1, min(points, 6 * shares + 16 - 4 * len(self.shots.shots), 4 * shares + 144))  # a projectile counts as a third of a disc


def _smallest(kind: Thing) -> float:
    """Least half width of a kind [m]: how fine contacts must be found."""
    radius = reach(kind.radius)[0]
    if kind.shape in ("circle", "capsule"):
        return max(radius, MIN_SIZE)
    if kind.shape == "box":
        return radius + min(reach(kind.size[0])[0], reach(kind.size[1])[0]) / 2
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
