"""Compiles things and agents: outlines, masses, drives, and how each begins an episode."""

import math
from collections import Counter
from dataclasses import replace

from ...scenarios.model.numbers import Normal, Number, bounds, reach
from ...scenarios.model.senses import Team
from ...scenarios.model.things import Thing
from ...scenarios.text.limits import MIN_SIZE
from ..kernels.control.choices import DRIVES
from ..kernels.world.layout.things import AtWalls, Body, BodyTable, Drive, Moves, SpawnOp
from .draft import Draft, is_crowded
from .motion import Motion
from .shots import Shots
from .spawn import SpawnTable

EARTH_GRAVITY = 9.81
"""What presses things on the floor of a world seen from above [m/s^2]."""
Outline = tuple[list[tuple[float, float]], tuple[float, float, float], tuple[float, float]]


class Bodies:
    """Writes the body, corner and floor tables, and how each body begins."""

    def __init__(self, draft: Draft, spawn: SpawnTable, motion: Motion, shots: Shots) -> None:
        self.draft, self.spawn, self.motion, self.shots = draft, spawn, motion, shots
        self.body: list[list[int]] = [[0] * BodyTable.COLUMNS]
        self.corners: list[tuple[float, float]] = [(0.0, 0.0)]
        self.floor: list[tuple[int, ...]] = []
        self.smallest, self.smallest_solid = math.inf, math.inf
        self.ranks = Counter[str]()
        """How many bodies are dynamic, fixed and sensors: each has its rank among its like."""
        self.halts = False
        self.bouncy = draft.scenario.world.bounce > 0
        self._mass_row, self._angle_row = draft.rows.take(), draft.rows.take()
        self.centre: dict[str, tuple[float, float]] = {}
        """Where the centroid of each kind lies in the frame of the file."""
        self.kinds = [(name, draft.scenario.kind(name)) for name in draft.scenario.kinds]
        for index, (name, kind) in enumerate(self.kinds):
            self._kind(index, name, kind)
        if math.isinf(self.smallest):
            self.smallest = 1.0
        if math.isinf(self.smallest_solid):
            self.smallest_solid = self.smallest

    def _kind(self, index: int, name: str, kind: Thing) -> None:
        corners, moments, self.centre[name] = _outline(kind)
        self.spawn.turn_to(name, self.centre[name])
        first_corner = len(self.corners)
        self.corners += corners
        constants = self.draft.constants.block(*moments)
        self.smallest = min(self.smallest, half_width(kind))
        self.smallest_solid = min(self.smallest_solid, math.inf if kind.body == "sensor" else half_width(kind))
        self.bouncy = self.bouncy or (kind.body != "sensor" and bounds(kind.bounce)[1] > 0)
        moves = {"dynamic": Moves.DYNAMIC, "kinematic": Moves.KINEMATIC}.get(kind.body, Moves.STATIC)
        drive = DRIVES.get(kind.drive.type, Drive.NONE) if isinstance(kind, Team) and kind.drive else Drive.NONE
        own, step = self.motion.take_rows(name, kind)
        inside = int(kind.collides_with is None or "walls" in kind.collides_with)
        if inside and kind.body == "kinematic" and kind.path is None and self.draft.scenario.world.walls == "solid":
            inside, self.halts = int(AtWalls.HALTS), True
        if moves == Moves.DYNAMIC and kind.floor_friction > 0:
            loss = self.draft.constants.add(EARTH_GRAVITY * kind.floor_friction)
            self.floor += [(body, loss) for body in self.draft.bodies_of(name)]
        group = "fixed" if kind.body in ("static", "kinematic") else kind.body
        for i, body in enumerate(self.draft.bodies_of(name)):
            row = [0] * BodyTable.COLUMNS
            row[BodyTable.RANK] = self.ranks[group]
            self.ranks[group] += 1
            row[BodyTable.CORNER], row[BodyTable.CORNERS] = first_corner, len(corners)
            row[BodyTable.MOVES], row[BodyTable.DRIVE], row[BodyTable.WALLS], row[BodyTable.KIND], row[BodyTable.WALL_WATCH] = (
                moves,
                drive,
                inside,
                index,
                -1,
            )
            row[BodyTable.OWN], row[BodyTable.OWN_STEP] = own + i, step
            row[BodyTable.POOLED] = self.shots.pooled(body)
            self.body.append(row)
            self._begin(name, kind, body, i, constants)

    def _begin(self, name: str, kind: Thing, body: int, index: int, constants: int) -> None:
        world, at = self.draft.scenario.world, body * Body.ROWS
        spawn = self.spawn

        def number(field: int, value: Number | None, factor: float = 1.0) -> None:
            if value is not None:
                spawn.number(at + field, value, factor)

        absent = bool(self.shots.pooled(body))
        number(Body.ALIVE, 0.0 if absent else 1.0)
        self._size(kind, at)
        number(Body.FRICTION, kind.friction)
        number(Body.BOUNCE, kind.bounce)
        number(Body.DRAG, world.drag if kind.drag is None else kind.drag)
        number(Body.SPIN_DRAG, world.spin_drag if kind.spin_drag is None else kind.spin_drag)
        number(Body.GRAVITY, kind.gravity_scale)
        number(Body.SURFACE, kind.surface_speed)
        if isinstance(kind, Team) and kind.drive:
            drive = kind.drive
            number(Body.TOP_SPEED, getattr(drive, "top_speed", None))
            number(Body.ACCEL, getattr(drive, "accel", None) or getattr(drive, "thrust_accel", None))
            number(Body.TURN_RATE, getattr(drive, "turn_deg_per_s", None) or getattr(drive, "turn_deg_per_s2", None), math.pi / 180)
            self.motion.begin_drive(name, kind, index)
        mass = kind.density if kind.density is not None else kind.mass
        spawn.number(self._mass_row, mass if mass is not None else 1.0)
        spawn.add(SpawnOp.MASS, body, self._mass_row, int(kind.density is not None), constants, int(kind.turns))
        if not (isinstance(kind.angle_deg, float | int) and kind.angle_deg == 0):
            spawn.number(self._angle_row, kind.angle_deg)
            spawn.add(SpawnOp.ANGLE, body, self._angle_row)
        if not absent:
            spawn.place(name, body, index)
            self.motion.begin_path(kind, body, index)
            number(Body.VX, kind.velocity[0])
            number(Body.VY, kind.velocity[1])
            number(Body.SPIN, kind.spin_deg_per_s, math.pi / 180)
        for variable, value in self.draft.scenario.states_of(name).items():
            spawn.number(self.draft.names.states[name, variable] + index, float(value) if isinstance(value, bool) else value)
        if kind.body != "sensor" and not absent:
            number(Body.SOLID, 1.0)
        if is_crowded(self.draft.body_count):
            spawn.add(SpawnOp.STAND, body)

    def _size(self, kind: Thing, at: int) -> None:
        radius = kind.radius
        if isinstance(radius, Normal) and kind.shape in ("circle", "capsule"):
            radius = replace(radius, low=MIN_SIZE)  # its field begins at 0, for boxes without rounding
        self.spawn.number(at + Body.ROUND, radius)
        if kind.shape == "box":
            self.spawn.number(at + Body.SCALE_X, kind.size[0], 0.5)
            self.spawn.number(at + Body.SCALE_Y, kind.size[1], 0.5)
        elif kind.shape == "capsule":
            self.spawn.number(at + Body.SCALE_X, kind.length, 0.5)
            self.spawn.number(at + Body.SCALE_Y, 1.0)
        elif kind.shape == "polygon":
            self.spawn.number(at + Body.SCALE_X, 1.0)
            self.spawn.number(at + Body.SCALE_Y, 1.0)


def half_width(kind: Thing) -> float:
    """Least half width of a kind [m]: how fine contacts must be found."""
    radius = reach(kind.radius)[0]
    if kind.shape in ("circle", "capsule"):
        return max(radius, MIN_SIZE)
    if kind.shape == "box":
        return radius + min(reach(kind.size[0])[0], reach(kind.size[1])[0]) / 2
    xs, ys = [v[0] for v in kind.vertices], [v[1] for v in kind.vertices]
    return radius + min(max(xs) - min(xs), max(ys) - min(ys)) / 2


def _outline(kind: Thing) -> Outline:
    """Template corners, (area, moments xx and yy) of the template, and where its centroid lay in the file."""
    if kind.shape == "circle":
        return [(0.0, 0.0)], (0.0, 0.0, 0.0), (0.0, 0.0)
    if kind.shape == "capsule":
        return [(-1.0, 0.0), (1.0, 0.0)], (0.0, 0.0, 0.0), (0.0, 0.0)
    corners = (
        [(-1.0, -1.0), (1.0, -1.0), (1.0, 1.0), (-1.0, 1.0)] if kind.shape == "box" else [(float(a), float(b)) for a, b in kind.vertices]
    )
    return _centred(corners)


def _centred(corners: list[tuple[float, float]]) -> Outline:
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
