"""Compiles what moves by more than a body's own rows: cars, jumpers, paths, zones and wind."""

import math

from ...scenarios.facts.ranges import Ranges
from ...scenarios.model.drives import Car, Jump, Motor
from ...scenarios.model.numbers import Number, bounds
from ...scenarios.model.places import Path
from ...scenarios.model.senses import Team
from ...scenarios.model.things import Thing
from ..kernels.physics.movers import FRACTIONS
from ..kernels.world.layout.things import Blown, Mover, SpawnOp
from ..kernels.world.layout.things import Car as CarRows
from ..kernels.world.layout.things import Jump as JumpRows
from .draft import Draft
from .spawn import SpawnTable

GRAVITY = 9.81
"""What presses tyres on the road [m/s^2]: a car is seen from above, whatever the gravity of its world."""
NEVER = 1e9
"""Seconds since a jumper stood on anything, at the start of an episode."""
_ROWS = {"car": CarRows.ROWS, "jump": JumpRows.ROWS}
_SEEN = {"car": ("steer_deg", CarRows.STEER), "jump": ("grounded", JumpRows.GROUNDED)}


class Motion:
    """Hands out rows to drives and paths and writes how they begin."""

    def __init__(self, draft: Draft, spawn: SpawnTable) -> None:
        self.draft, self.spawn = draft, spawn
        self.movers: list[tuple[int, ...]] = []
        self.jumps = self.cars = False

    def take_rows(self, name: str, kind: Thing) -> tuple[int, int]:
        """Rows for the drive of a kind: the first body's first row, and rows from one number to the next (one row a body)."""
        drive = kind.drive.type if isinstance(kind, Team) and kind.drive else ""
        if drive not in _ROWS:
            return 0, 0
        first = self.draft.rows.take(int(_ROWS[drive]) * kind.count)
        field, number = _SEEN[drive]
        self.draft.names.own[name, field] = first + int(number) * kind.count
        self.jumps, self.cars = self.jumps or (drive == "jump" and kind.count > 0), self.cars or (drive == "car" and kind.count > 0)
        return first, kind.count

    def begin_drive(self, name: str, kind: Team, index: int) -> None:
        """Set the numbers of a drive at the start of an episode."""
        drive = kind.drive
        if not isinstance(drive, Car | Jump):
            return
        field, seen = _SEEN[drive.type]
        first = self.draft.names.own[name, field] - int(seen) * kind.count + index

        def number(row: int, value: Number, factor: float = 1.0) -> None:
            self.spawn.number(first + row * kind.count, value, factor)

        if isinstance(drive, Car):
            number(CarRows.STEER_MOST, drive.steer_deg, math.pi / 180)
            number(CarRows.STEER_RATE, drive.steer_deg_per_s, math.pi / 180)
            number(CarRows.WHEELBASE, 0.6 * _length(kind) if drive.wheelbase is None else drive.wheelbase)
            number(CarRows.BRAKE, drive.brake)
            number(CarRows.REVERSE, drive.reverse_speed)
            number(CarRows.GRIP, drive.grip, GRAVITY / 2)
            number(CarRows.FRONT, {"rear": 0.0, "all": 0.5, "front": 1.0}[drive.driven])
        else:
            number(JumpRows.AIR, NEVER)
            number(JumpRows.HEIGHT, drive.jump_height)
            number(JumpRows.AIR_SHARE, drive.air_control)
            number(JumpRows.COYOTE, drive.coyote_time)

    def begin_path(self, kind: Thing, body: int, index: int) -> None:
        """Add a mover; several of a kind start evenly apart."""
        path = kind.path
        if path is None:
            return
        row, segments = self.draft.rows.take(Mover.ROWS), _segments(path)
        for number, value in ((Mover.SPEED, path.speed), (Mover.PAUSE, path.pause), (Mover.PHASE, path.phase)):
            self.spawn.number(row + int(number), value)
        if index:
            self.spawn.add(SpawnOp.SHIFT, row + Mover.PHASE, self.draft.constants.add(index / kind.count))
        self.spawn.add(SpawnOp.PATH, len(self.movers))
        first = self.draft.constants.block(*(number for segment in segments for number in segment))
        cycle = 0
        if isinstance(path.speed, float) and isinstance(path.pause, float):
            seconds = sum(length / path.speed + path.pause for *_, length in segments)
            cycle = max(1, round(seconds * self.draft.ticks_per_second * FRACTIONS))
        self.movers.append((body, row, first, len(segments), cycle))


def zone_tables(draft: Draft) -> tuple[list[tuple[int, ...]], list[tuple[int, ...]], int]:
    """Rows of the zone table and of the table of those blown, and the first row of the wind (0 for none)."""
    scenario, code = draft.scenario, draft.code
    rows: list[tuple[int, ...]] = []
    blown: dict[int, int] = {}
    wind = 0
    if scenario.world.wind is not None:
        wind = draft.rows.take(2)
        rows.append((0, 0, 0, 0, 0, *code.formula(scenario.formulas["$.world.wind"]), 0))
    for name in scenario.kinds:
        zone = scenario.kind(name).zone
        if zone is None:
            continue
        path = f"$.{'teams' if name in scenario.teams else 'things'}.{name}.zone"
        for kind in scenario.pushed_by(name):
            force = code.formula(scenario.formulas[f"{path}.force@{kind}"]) if zone.force is not None else (0, 0)
            gust = code.formula(scenario.formulas[f"{path}.wind@{kind}"]) if zone.wind is not None else (0, 0)
            drag = draft.constants.add(zone.drag)
            for body in draft.bodies_of(kind):
                if body not in blown:
                    blown[body] = draft.rows.take(Blown.ROWS)
                rows += [(host, body, blown[body], *force, *gust, drag) for host in draft.bodies_of(name)]
    return rows, list(blown.items()), wind


def _length(kind: Thing) -> float:
    """Length of a shape along its heading [m], the greatest it can have."""
    radius = bounds(kind.radius)[1]
    if kind.shape == "box":
        return bounds(kind.size[0])[1] + 2 * radius
    if kind.shape == "capsule":
        return bounds(kind.length)[1] + 2 * radius
    if kind.shape == "circle":
        return 2 * radius
    xs = [x for x, _ in kind.vertices]
    return max(xs) - min(xs) + 2 * radius


def _segments(path: Path) -> list[tuple[float, float, float, float, float]]:
    """The straight ways of a cycle: from (x, y), by (dx, dy), length."""
    points = list(path.points)
    if path.mode == "back_and_forth":
        points += points[-2:0:-1]
    ends = points[1:] + points[:1]
    return [(ax, ay, bx - ax, by - ay, math.hypot(bx - ax, by - ay)) for (ax, ay), (bx, by) in zip(points, ends, strict=True)]


def top_speed(name: str, kind: Team, gravity: tuple[float, float], ranges: Ranges) -> float:
    """Greatest speed that a drive gives [m/s], whatever rules make of it, which observations are scaled by; without bound, that at the start."""
    if kind.drive is None or isinstance(kind.drive, Motor):
        return 0.0
    top = ranges.of(name, "top_speed")[1]
    if not ranges.is_bounded(name, "top_speed"):
        top = bounds(kind.drive.top_speed)[1]
    if isinstance(kind.drive, Jump):
        top = max(top, math.sqrt(2 * math.hypot(*gravity) * bounds(kind.drive.jump_height)[1]))
    return top
