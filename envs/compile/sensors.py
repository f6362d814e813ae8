"""Compiles `sees` to the sensor table, and names every number of an observation."""

import itertools
import math

from ...scenarios import Scenario
from ...scenarios.facts.ranges import Ranges
from ...scenarios.model.clock import end_decision, seconds_of, whole_decisions
from ...scenarios.model.drives import Car
from ...scenarios.model.joints import Pin, Rope, Slider, Spring
from ...scenarios.model.numbers import Number, bounds, reach
from ...scenarios.model.senses import (
    ClockSense,
    HearSense,
    JointSense,
    KnowSense,
    ObjectSense,
    RaySense,
    SelfSense,
    Sense,
    StateSense,
    TouchSense,
)
from ..kernels.world.layout.programs import Relation, SenseOp, Side
from ..kernels.world.layout.things import Body, Hand, Joint
from .draft import Draft

_BOTH = Side.ABOVE | Side.BELOW


class Sensors:
    """Writes the sensor table, one team after the other."""

    def __init__(self, draft: Draft) -> None:
        self.draft = draft
        self.rows: list[list[int]] = []
        self.ranges: dict[str, tuple[int, int]] = {}
        self.ends: dict[str, tuple[int, ...]] = {}
        """For each team, how many numbers its first sense makes, its first two, and so on."""
        self._names: list[tuple[str, str]] = []
        self._errors: list[float] = []
        """For each number what noise of 1 (in the unit of its field) adds to it: 0 for flags, which stay clean."""
        self.raw = draft.scenario.world.observations == "raw"
        self._squashed: list[tuple[int, int]] = []
        """Columns of the team at hand whose numbers have no bounds, and on which sides."""
        self._ray_kinds: list[tuple[int, list[int]]] = []

    def team(self, name: str) -> list[tuple[str, str]]:
        """Compile a team's senses; returns (name, unit) of each number of its observation."""
        first, self._names, self._errors = len(self.rows), [], []
        ends: list[int] = []
        for sense in self.draft.scenario.teams[name].sees:
            self._sense(name, sense)
            ends.append(len(self._names))
        self.ends[name] = tuple(ends)
        self.rows += [[SenseOp.SQUASH, column, sides] for column, sides in self._squashed]  # once all noise is on them
        self._squashed = []
        self.ranges[name] = first, len(self.rows)
        for index, kinds in self._ray_kinds:  # the kinds of rays are listed behind the table's last row of the team
            self.rows[index][4] = len(self.rows)
            for first_body, count in zip(kinds[::2], kinds[1::2], strict=True):
                self.rows.append([-1, 0, first_body, count])
        self._ray_kinds = []
        return self._names

    def _add(self, op: int, *columns: int) -> None:
        self.rows.append([op, len(self._names), *columns])

    def _scale(self, factor: float) -> int:
        return self.draft.constants.add(1.0 if self.raw else factor)

    def _flag(self, name: str) -> None:
        """Name the next number, which is 0 or 1."""
        self._names.append((name, ""))
        self._errors.append(0.0)

    def _measure(self, name: str, unit: str, scale: float, endless: int = 0) -> None:
        """Name the next number, which is a quantity times `scale`; where it has no bound it is squashed, once noise is on it."""
        if endless and not self.raw:
            self._squashed.append((len(self._names), endless))
        self._names.append((name, _unit(unit, scale, self.raw, endless)))
        self._errors.append(1.0 if self.raw else scale)

    def _sense(self, team: str, sense: Sense) -> None:
        if isinstance(sense, SelfSense):
            for field in self.draft.scenario.self_fields(team, sense):
                self._self_field(team, field)
        elif isinstance(sense, ObjectSense):
            self._objects(team, sense)
        elif isinstance(sense, RaySense):
            self._rays(sense)
        elif isinstance(sense, TouchSense):
            self._touch(sense)
        elif isinstance(sense, HearSense):
            self._hear(sense)
        elif isinstance(sense, KnowSense):
            self._know(sense)
        elif isinstance(sense, StateSense):
            self._state(sense)
        elif isinstance(sense, JointSense):
            self._joint(team, sense)
        else:
            assert isinstance(sense, ClockSense)
            world = self.draft.scenario.world
            share = self.draft.constants.add(1.0 / end_decision(self.draft.scenario.end.time, world.decisions_per_second))
            if self.draft.names.rounds:
                self._add(SenseOp.CLOCK, 0, share)
            else:
                self._add(SenseOp.ROW, self.draft.names.clock, share)
            self._names.append(("clock", "share of the time limit"))
            self._errors.append(0.0)

    # --- scales -------------------------------------------------------------------------------------------------------------------------------

    def _offset_scale(self, axis: int, reach: float | None, body_frame: bool = False) -> float:
        size = self.draft.scenario.world.size
        return 1.0 / (reach or (math.hypot(*size) if body_frame else size[axis]))

    def _spin_scale(self, team: str) -> float:
        drive = self.draft.scenario.teams[team].drive
        rate = getattr(drive, "turn_deg_per_s", None)
        return 1.0 / max(math.radians(bounds(rate)[1]) if rate else 2 * math.pi, self.draft.names.whirled[team])

    def _state_scale(self, kind: str, variable: str) -> float:
        return 1.0 / self.draft.names.scales[kind, variable][0]

    def _state_number(self, label: str, kind: str, variable: str) -> None:
        """Name the next number, a state variable."""
        if isinstance(self.draft.scenario.states_of(kind)[variable], bool):
            self._flag(label)
        else:
            self._measure(label, "", self._state_scale(kind, variable), self.draft.names.scales[kind, variable][1])

    # --- self ---------------------------------------------------------------------------------------------------------------------------------

    def _self_field(self, team: str, field: str) -> None:
        speed, size = self.draft.top_speed(team), self.draft.scenario.world.size
        pairs = {
            "position": (Body.X, 2 / size[0], 2 / size[1], "m"),
            "velocity": (Body.VX, 1 / speed, 1 / speed, "m/s"),
            "heading": (Body.COS, 1.0, 1.0, ""),
        }
        singles = {"spin": (Body.SPIN, self._spin_scale(team), "rad/s"), "alive": (Body.ALIVE, 1.0, "")}
        if field in pairs:
            row, sx, sy, unit = pairs[field]
            parts = ("cos", "sin") if field == "heading" else ("x", "y")
            for axis, scale in enumerate((sx, sy)):
                self._add(SenseOp.SELF, row + axis, self._scale(scale))
                self._measure(
                    f"self.{field}.{parts[axis]}", unit, scale, _BOTH if field == "velocity" and team in self.draft.names.swift else 0
                )
        elif field in singles:
            row, scale, unit = singles[field]
            self._add(SenseOp.SELF, row, self._scale(scale))
            self._measure(f"self.{field}", unit, scale)
        elif field in self.draft.scenario.drive_fields(team):
            row, scale, unit = self._own(team, field)
            self._add(SenseOp.ROW, row, self._scale(scale), self.draft.names.first[team], 1)
            self._own_name(f"self.{field}", unit, scale)
        elif field == "cooldown":
            shoot, decision, first = self.draft.scenario.teams[team].shoot, self.draft.names.decision, self.draft.names.first[team]
            rate = self.draft.scenario.world.decisions_per_second
            scale = 1.0 / seconds_of(max(1, whole_decisions(shoot.cooldown if shoot else 0.0, rate)), rate)
            row = self.draft.constants.add(decision * (1.0 if self.raw else scale))
            self._add(SenseOp.ROW, self.draft.names.reload[team], row, first, 1)
            self._measure("self.cooldown", "s", scale)
        elif (team, field) in self.draft.names.marks:
            self._add(SenseOp.ROW, self.draft.names.marks[team, field], self._scale(1.0), self.draft.names.first[team], 1)
            self._flag(f"self.{field}")
        else:
            row, first = self.draft.names.states[team, field], self.draft.names.first[team]
            self._add(SenseOp.ROW, row, self._scale(self._state_scale(team, field)), first, 1)
            self._state_number(f"self.{field}", team, field)

    def _own(self, kind: str, field: str) -> tuple[int, float, str]:
        """First row of a number that a drive keeps, scale and unit; without a unit it is a flag."""
        if field == "grounded":
            return self.draft.names.own[kind, "grounded"], 1.0, ""
        drive = self.draft.scenario.teams[kind].drive
        assert isinstance(drive, Car)
        return self.draft.names.own[kind, "steer_deg"], 1.0 / max(math.radians(bounds(drive.steer_deg)[1]), 1e-6), "rad"

    def _own_name(self, label: str, unit: str, scale: float) -> None:
        if unit:
            self._measure(label, unit, scale)
        else:
            self._flag(label)

    # --- others -------------------------------------------------------------------------------------------------------------------------------

    def _objects(self, team: str, sense: ObjectSense) -> None:
        names, kind, own = self.draft.names, sense.of, sense.of == team
        available = names.count[kind] - (1 if own else 0)
        keep = sense.nearest if sense.nearest is not None else available
        constants = self.draft.constants
        cosine = math.cos(math.radians(sense.fov_deg / 2)) if sense.fov_deg is not None and sense.fov_deg < 360 else -2.0
        sort = int(sense.nearest is not None)
        if keep == 0:
            return
        self._add(
            SenseOp.SELECT,
            names.first[kind],
            names.count[kind],
            keep,
            sort,
            constants.add(sense.range or 0.0),
            constants.add(cosine),
            int(sense.occluded),
        )
        absent = bool(sense.range or sense.occluded or cosine > -2.0 or keep > available or self._removable(kind))
        for k in range(keep):
            label = f"{kind}[{'nearest ' if sort else ''}{k}]"
            if absent:
                self._add(SenseOp.SEEN, k)
                self._flag(f"{label}.present")
            known = names.first[kind] + k if not sort and not own else 0
            start = len(self._names)
            for field in self.draft.scenario.object_fields(sense):
                self._object_field(team, sense, k, field, label, known)
            self._noise(sense.noise, start, k + 1)

    def _removable(self, kind: str) -> bool:
        return kind in self.draft.names.owner or self.draft.scenario.is_removable(kind)

    def _object_field(self, team: str, sense: ObjectSense, k: int, field: str, label: str, known: int) -> None:
        kind, frame = sense.of, int(sense.frame == "body")
        speed = self.draft.top_speed(team) + self.draft.top_speed(kind)
        pairs = {
            "offset": (Body.X, tuple(self._offset_scale(axis, sense.range, bool(frame)) for axis in range(2)), Relation.RELATIVE, "m"),
            "velocity": (Body.VX, (1 / speed, 1 / speed), Relation.RELATIVE, "m/s"),
            "motion": (Body.VX, (1 / self.draft.top_speed(kind),) * 2, Relation.ABSOLUTE, "m/s"),
            "heading": (Body.COS, (1.0, 1.0), Relation.ABSOLUTE, ""),
        }
        swift = {"velocity": {team, kind}, "motion": {kind}}.get(field, set[str]())
        if field in pairs:
            row, scales, relative, unit = pairs[field]
            self._add(SenseOp.PAIR, k, row, self._scale(scales[0]), self._scale(scales[1]), relative, frame, known)
            for part, scale in zip(("cos", "sin") if field == "heading" else ("x", "y"), scales, strict=True):
                self._measure(f"{label}.{field}.{part}", unit, scale, 0 if swift.isdisjoint(self.draft.names.swift) else _BOTH)
        elif field == "distance":
            scale = 1.0 / (sense.range or math.hypot(*self.draft.scenario.world.size))
            self._add(SenseOp.DISTANCE, k, 0, self._scale(scale))
            self._measure(f"{label}.distance", "m", scale)
        elif field == "said":
            symbols = self.draft.scenario.teams[kind].says
            for symbol in range(symbols.symbols if symbols else 0):
                self._add(SenseOp.SAID, k, symbol)
                self._flag(f"{label}.said {symbol}")
        elif field == "mine":
            names, own = self.draft.names, self.draft.names.first[team]
            self._add(SenseOp.MINE, k, names.hands.get(own, 0) + Hand.HELD, own)
            self._flag(f"{label}.mine")
        elif field in ("held_by", "locked_by"):
            for holder in self.draft.scenario.holders_of(kind, locking=field == "locked_by"):
                self._mark(kind, k, f"{field}_{holder}", f"{label}.{field} {holder}")
        elif (kind, field) in self.draft.names.marks:
            self._mark(kind, k, field, f"{label}.{field}")
        else:
            self._object_number(kind, k, field, label)

    def _mark(self, kind: str, k: int, mark: str, label: str) -> None:
        """A number that hands make 0 or 1, of the k-th one seen."""
        self._add(SenseOp.ITEM, k, self.draft.names.marks[kind, mark], self.draft.names.first[kind], 1, self._scale(1.0))
        self._flag(label)

    def _object_number(self, kind: str, k: int, field: str, label: str) -> None:
        first, rows, unit = self.draft.names.first[kind], {"radius": Body.REACH, "alive": Body.ALIVE}, ""
        own = field in self.draft.scenario.drive_fields(kind)
        if own:
            base, scale, unit = self._own(kind, field)
            stride = 1
        elif field in rows:
            scale = 1.0 if field == "alive" else 2.0 / min(self.draft.scenario.world.size)
            base, stride = first * Body.ROWS + rows[field], Body.ROWS
        else:
            scale, base, stride = self._state_scale(kind, field), self.draft.names.states[kind, field], 1
        self._add(SenseOp.ITEM, k, base, first, stride, self._scale(scale))
        if field == "radius":
            self._measure(f"{label}.radius", "m", scale)
        elif field == "alive":
            self._flag(f"{label}.alive")
        elif own:
            self._own_name(f"{label}.{field}", unit, scale)
        else:
            self._state_number(f"{label}.{field}", kind, field)

    # --- rays, touch, messages, secrets -------------------------------------------------------------------------------------------------------

    def _solid_kinds(self) -> list[str]:
        return [name for name in self.draft.scenario.kinds if self.draft.scenario.kind(name).body != "sensor"]

    def _rays(self, sense: RaySense) -> None:
        listed = list(sense.of) if sense.of is not None else [*self._solid_kinds(), "walls"]
        kinds, walls = [name for name in listed if name != "walls"], int("walls" in listed)
        constants = self.draft.constants
        self._ray_kinds.append(
            (len(self.rows), [v for name in kinds for v in (self.draft.names.first[name], self.draft.names.count[name])])
        )
        self._add(SenseOp.RAYS, sense.rays, len(kinds), 0, constants.add(sense.range), constants.add(sense.fov_deg), walls, int(self.raw))
        for k in range(sense.rays):
            start = len(self._names)
            self._measure(f"ray[{k}].distance", "m", 1.0 / sense.range)
            for name in [*kinds, *(["walls"] if walls else [])]:
                self._flag(f"ray[{k}].{name}")
            self._noise(sense.noise, start)

    def _touch(self, sense: TouchSense) -> None:
        listed = list(sense.touch) if sense.touch is not None else [*self._solid_kinds(), "walls"]
        for name in listed:
            if name == "walls":
                self._add(SenseOp.TOUCH, 0, 0)
            else:
                self._add(SenseOp.TOUCH, self.draft.names.first[name], self.draft.names.count[name])
            self._flag(f"touch.{name}")

    def _hear(self, sense: HearSense) -> None:
        says = self.draft.scenario.teams[sense.hear].says
        symbols = says.symbols if says else 0
        for i, body in enumerate(self.draft.bodies_of(sense.hear)):
            self._add(SenseOp.HEAR, body, symbols, self.draft.constants.add(self.draft.names.hearing.get(sense.hear, 0.0)))
            for symbol in range(symbols):
                self._flag(f"hear.{sense.hear}_{i}.{symbol}")

    def _know(self, sense: KnowSense) -> None:
        draw, row = self.draft.scenario.draw[sense.know], self.draft.names.draws[sense.know]
        if draw.kind is not None:
            bodies = self.draft.bodies_of(draw.kind)
            if sense.if_:
                self._add(SenseOp.ONE_HOT, row, len(bodies), bodies.start)
            else:
                for k in range(len(bodies)):
                    self.rows.append([SenseOp.ROW, len(self._names) + k, row, 0, 0, 0])
            for i in range(len(bodies)):
                self._flag(f"know.{sense.know}.{draw.kind}_{i}")
            return
        assert draw.number is not None
        scale = 1.0 / greatest(draw.number)
        if not sense.if_:
            self.rows.append([SenseOp.ROW, len(self._names), row, 0, 0, 0])
        else:
            self._add(SenseOp.ROW, row, self._scale(scale))
        self._measure(f"know.{sense.know}", "", scale)

    def _state(self, sense: StateSense) -> None:
        kind, _, variable = sense.state.partition(".")
        scale = self._state_scale(kind, variable)
        for i in range(self.draft.names.count[kind]):
            self._add(SenseOp.ROW, self.draft.names.states[kind, variable] + i, self._scale(scale))
            self._state_number(f"{kind}_{i}.{variable}", kind, variable)

    def _joint(self, team: str, sense: JointSense) -> None:
        """The agent's own joint, or all of the name."""
        scenario, names = self.draft.scenario, self.draft.names
        own, count = scenario.is_own_joint(sense.joint, team), names.joint_counts[sense.joint]
        for k in range(min(count, 1) if own else count):
            label = sense.joint if own or count == 1 else f"{sense.joint}[{k}]"
            for field in scenario.joint_fields(sense):
                for row, part, unit, scale in self._joint_rows(sense.joint, field):
                    first = names.joints[sense.joint] + k * Joint.ROWS + row
                    steps = (names.first[team], Joint.ROWS) if own else (0, 0)
                    self._add(SenseOp.ROW, first, self._scale(scale), *steps)
                    if unit or scale != 1.0:
                        self._measure(f"{label}.{part}", unit, scale)
                    else:
                        self._flag(f"{label}.{part}")

    def _joint_rows(self, name: str, field: str) -> list[tuple[int, str, str, float]]:
        """For each number of a field: row of the joint, name, unit, scale."""
        joint, diagonal = self.draft.scenario.joints[name], math.hypot(*self.draft.scenario.world.size)
        motor = getattr(joint, "motor", None)
        if field == "angle":
            return [(Joint.TURN_COS, "angle.cos", "", 1.0), (Joint.TURN_SIN, "angle.sin", "", 1.0)]
        if field == "speed":
            if isinstance(joint, Pin):
                return [
                    (
                        Joint.SPEED,
                        "speed",
                        "rad/s",
                        1 / (math.radians(abs(motor.speed_deg_per_s)) if motor and motor.speed_deg_per_s else 2 * math.pi),
                    )
                ]
            fastest = abs(motor.speed) if motor and motor.speed else max([*self.draft.names.top_speed.values(), 0.0]) * 2 or diagonal
            return [(Joint.SPEED, "speed", "m/s", 1 / fastest)]
        if field == "force":
            return [(Joint.FORCE, "force", "N", 1 / (joint.breaks_at or 100.0))]
        if field == "broken":
            return [(Joint.BROKEN, "broken", "", 1.0)]
        longest = max(abs(end) for end in joint.travel) if isinstance(joint, Slider) and joint.travel else 0.0
        if isinstance(joint, Rope | Spring):
            longest = (joint.length if isinstance(joint, Rope) else joint.max_length) or diagonal
        return [(Joint.POSITION, field, "m", 1 / (longest or diagonal))]

    def _noise(self, noise: float, start: int, pick: int = 0) -> None:
        """Noise on the measured numbers from `start` on; they are zeros, and stay so, where the pick (counted from 1) is not seen."""
        column = start
        while noise > 0 and column < len(self._names):
            run = [noise * error for error in itertools.takewhile(bool, self._errors[column:])]
            if run:
                self.rows.append([SenseOp.NOISE, column, len(run), self.draft.constants.block(*run), pick])
            column += len(run) + 1


def _unit(unit: str, scale: float, raw: bool, endless: int) -> str:
    """What one unit of the number means: `m`, or `4 m` where it is scaled to [-1, 1]; nothing for plain numbers."""
    if raw:
        return unit
    if endless:
        one = f"{1 / scale:.6g}{f' {unit}' if unit else ''}"
        return f"no end: 0.5 is {one}" if endless & Side.ABOVE else f"{one}; no end below: -0.5 is -{one}"
    if unit == "":
        return "" if scale == 1.0 else f"{1 / scale:.6g}"
    return f"{1 / scale:.6g} {unit}"


def state_scale(scenario: Scenario, ranges: Ranges, kind: str, variable: str) -> tuple[float, int]:
    """What a state variable is divided by to be seen within [-1, 1], and on which sides of 0 it is then squashed: where rules may take it anywhere."""
    value = scenario.states_of(kind)[variable]
    if isinstance(value, bool):
        return 1.0, 0
    low, high = ranges.of(kind, variable)
    endless = (0 if math.isfinite(low) else int(Side.BELOW)) | (0 if math.isfinite(high) else int(Side.ABOVE))
    return max(greatest(value), *(abs(end) for end in (low, high) if math.isfinite(end)), 1.0), endless


def greatest(value: Number) -> float:
    """What a number that varies by episode is divided by to be seen within [-1, 1]; at least 1."""
    return max(1.0, *(abs(end) for end in reach(value)))
