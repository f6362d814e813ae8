"""Compiles `sees` to the sensor table, and names every number of an observation."""

import math
from typing import TYPE_CHECKING

from ..scenarios.model_senses import (
    ClockSense,
    HearSense,
    KnowSense,
    ObjectSense,
    RaySense,
    SelfSense,
    Sense,
    StateSense,
    TouchSense,
)
from ..scenarios.values import bounds
from . import layout as y
from .sensors import ABSOLUTE, RELATIVE

if TYPE_CHECKING:
    from .compile import Draft

_BOUND = 1e9


class Sensors:
    """Writes the sensor table, one team after the other."""

    def __init__(self, draft: "Draft") -> None:
        self.draft = draft
        self.rows: list[list[int]] = []
        self.ranges: dict[str, tuple[int, int]] = {}
        self._names: list[tuple[str, str]] = []
        self.raw = draft.scenario.world.observations == "raw"
        self._ray_kinds: list[tuple[int, list[int]]] = []

    def team(self, name: str) -> list[tuple[str, str]]:
        """Compile a team's senses; returns (name, unit) of each number of its observation."""
        first, self._names = len(self.rows), []
        for sense in self.draft.scenario.teams[name].sees:
            start = len(self._names)
            self._sense(name, sense)
            noise = getattr(sense, "noise", 0.0)
            if noise > 0:
                self._noise(name, sense, noise, start)
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

    def _name(self, name: str, unit: str) -> None:
        self._names.append((name, "" if unit == "" else unit))

    def _sense(self, team: str, sense: Sense) -> None:
        if isinstance(sense, SelfSense):
            for field in self.draft.scenario.self_fields(team, sense):
                self._self_field(team, field)
        elif isinstance(sense, ObjectSense):
            self._objects(team, sense)
        elif isinstance(sense, RaySense):
            self._rays(team, sense)
        elif isinstance(sense, TouchSense):
            self._touch(team, sense)
        elif isinstance(sense, HearSense):
            self._hear(sense)
        elif isinstance(sense, KnowSense):
            self._know(sense)
        elif isinstance(sense, StateSense):
            self._state(sense)
        else:
            assert isinstance(sense, ClockSense)
            limit = self.draft.names.time_limit
            steps = max(1.0, round(limit / self.draft.names.decision)) if limit else 1000.0 / self.draft.names.decision
            self._add(y.S_ROW, self.draft.names.clock, self.draft.constants.add(1.0 / steps))
            self._name("clock", "share of the time limit")

    # --- scales -------------------------------------------------------------------------------------------------------------------------------

    def _offset_scale(self, axis: int, reach: float | None, body_frame: bool = False) -> float:
        size = self.draft.scenario.world.size
        return 1.0 / (reach or (math.hypot(*size) if body_frame else size[axis]))

    def _spin_scale(self, team: str) -> float:
        drive = self.draft.scenario.teams[team].drive
        rate = getattr(drive, "turn_deg_per_s", None)
        return 1.0 / math.radians(bounds(rate)[1]) if rate else 1.0 / (2 * math.pi)

    def _state_scale(self, kind: str, variable: str) -> float:
        value = self.draft.scenario.kind(kind).state[variable]
        greatest = 1.0 if isinstance(value, bool) else max(abs(b) for b in bounds(value))
        return 1.0 / max(1.0, greatest)

    # --- self ---------------------------------------------------------------------------------------------------------------------------------

    def _self_field(self, team: str, field: str) -> None:
        speed, size = self.draft.top_speed(team), self.draft.scenario.world.size
        pairs = {"position": (y.X, 2 / size[0], 2 / size[1], "m"), "velocity": (y.VX, 1 / speed, 1 / speed, "m/s"), "heading": (y.COS, 1.0, 1.0, "")}
        singles = {"spin": (y.W, self._spin_scale(team), "rad/s"), "alive": (y.ALIVE, 1.0, "")}
        if field in pairs:
            row, sx, sy, unit = pairs[field]
            parts = ("cos", "sin") if field == "heading" else ("x", "y")
            for axis, scale in enumerate((sx, sy)):
                self._add(y.S_SELF, row + axis, self._scale(scale))
                self._name(f"self.{field}.{parts[axis]}", _unit(unit, scale, self.raw))
        elif field in singles:
            row, scale, unit = singles[field]
            self._add(y.S_SELF, row, self._scale(scale))
            self._name(f"self.{field}", _unit(unit, scale, self.raw))
        else:
            scale = self._state_scale(team, field)
            row, first = self.draft.names.states[team, field], self.draft.names.first[team]
            self._add(y.S_ROW, row, self._scale(scale), first, 1)
            self._name(f"self.{field}", _unit("", scale, self.raw))

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
        self._add(y.S_SELECT, names.first[kind], names.count[kind], keep, sort, constants.add(sense.range or 0.0), constants.add(cosine), int(sense.occluded))
        absent = bool(sense.range or sense.occluded or cosine > -2.0 or keep > available or self._removable(kind))
        for k in range(keep):
            label = f"{kind}[{'nearest ' if sort else ''}{k}]"
            if absent:
                self._add(y.S_SEEN, k)
                self._name(f"{label}.present", "")
            known = names.first[kind] + k if not sort and not own else 0
            for field in self.draft.scenario.object_fields(sense):
                self._object_field(team, sense, k, field, label, known)

    def _removable(self, kind: str) -> bool:
        return any(kind in rule.do.remove for rule in self.draft.scenario.rules.values())

    def _object_field(self, team: str, sense: ObjectSense, k: int, field: str, label: str, known: int) -> None:
        kind, frame = sense.of, int(sense.frame == "body")
        speed = self.draft.top_speed(team) + self.draft.top_speed(kind)
        pairs = {
            "offset": (y.X, tuple(self._offset_scale(axis, sense.range, bool(frame)) for axis in range(2)), RELATIVE, "m"),
            "velocity": (y.VX, (1 / speed, 1 / speed), RELATIVE, "m/s"),
            "motion": (y.VX, (1 / self.draft.top_speed(kind),) * 2, ABSOLUTE, "m/s"),
            "heading": (y.COS, (1.0, 1.0), ABSOLUTE, ""),
        }
        if field in pairs:
            row, scales, relative, unit = pairs[field]
            self._add(y.S_PAIR, k, row, self._scale(scales[0]), self._scale(scales[1]), relative, frame, known)
            for part, scale in zip(("cos", "sin") if field == "heading" else ("x", "y"), scales, strict=True):
                self._name(f"{label}.{field}.{part}", _unit(unit, scale, self.raw))
        elif field == "distance":
            scale = 1.0 / (sense.range or math.hypot(*self.draft.scenario.world.size))
            self._add(y.S_DISTANCE, k, 0, self._scale(scale))
            self._name(f"{label}.distance", _unit("m", scale, self.raw))
        elif field == "said":
            symbols = self.draft.scenario.teams[kind].says
            for symbol in range(symbols.symbols if symbols else 0):
                self._add(y.S_SAID, k, symbol)
                self._name(f"{label}.said {symbol}", "")
        else:
            self._object_number(kind, k, field, label)

    def _object_number(self, kind: str, k: int, field: str, label: str) -> None:
        first, rows = self.draft.names.first[kind], {"radius": y.REACH, "alive": y.ALIVE}
        if field in rows:
            scale = 1.0 if field == "alive" else 2.0 / min(self.draft.scenario.world.size)
            base, stride = first * y.BODY_ROWS + rows[field], y.BODY_ROWS
        else:
            scale, base, stride = self._state_scale(kind, field), self.draft.names.states[kind, field], 1
        self._add(y.S_ITEM, k, base, first, stride, self._scale(scale))
        self._name(f"{label}.{field}", _unit("m" if field == "radius" else "", scale, self.raw))

    # --- rays, touch, messages, secrets -------------------------------------------------------------------------------------------------------

    def _solid_kinds(self) -> list[str]:
        return [name for name in self.draft.scenario.kinds if self.draft.scenario.kind(name).body != "sensor"]

    def _rays(self, _team: str, sense: RaySense) -> None:
        listed = list(sense.of) if sense.of is not None else [*self._solid_kinds(), "walls"]
        kinds, walls = [name for name in listed if name != "walls"], int("walls" in listed)
        constants = self.draft.constants
        self._ray_kinds.append((len(self.rows), [v for name in kinds for v in (self.draft.names.first[name], self.draft.names.count[name])]))
        self._add(y.S_RAYS, sense.rays, len(kinds), 0, constants.add(sense.range), constants.add(sense.fov_deg), walls, int(self.raw))
        for k in range(sense.rays):
            self._name(f"ray[{k}].distance", _unit("m", 1.0 / sense.range, self.raw))
            for name in [*kinds, *(["walls"] if walls else [])]:
                self._name(f"ray[{k}].{name}", "")

    def _touch(self, team: str, sense: TouchSense) -> None:
        listed = list(sense.touch) if sense.touch is not None else [*self._solid_kinds(), "walls"]
        for name in listed:
            if name == "walls":
                self._add(y.S_TOUCH, 0, 0)
            else:
                self._add(y.S_TOUCH, self.draft.names.first[name], self.draft.names.count[name])
            self._name(f"touch.{name}", "")

    def _hear(self, sense: HearSense) -> None:
        says = self.draft.scenario.teams[sense.hear].says
        symbols = says.symbols if says else 0
        for i, body in enumerate(self.draft.bodies_of(sense.hear)):
            self._add(y.S_HEAR, body, symbols, self.draft.constants.add(self.draft.names.hearing.get(sense.hear, 0.0)))
            for symbol in range(symbols):
                self._name(f"hear.{sense.hear}_{i}.{symbol}", "")

    def _know(self, sense: KnowSense) -> None:
        draw, row = self.draft.scenario.draw[sense.know], self.draft.names.draws[sense.know]
        if draw.kind is not None:
            bodies = self.draft.bodies_of(draw.kind)
            if sense.if_:
                self._add(y.S_ONE_HOT, row, len(bodies), bodies.start)
            else:
                for k in range(len(bodies)):
                    self.rows.append([y.S_ROW, len(self._names) + k, row, 0, 0, 0])
            for i in range(len(bodies)):
                self._name(f"know.{sense.know}.{draw.kind}_{i}", "")
            return
        assert draw.number is not None
        scale = 1.0 / max(1.0, *(min(abs(b), _BOUND) for b in bounds(draw.number)))
        if not sense.if_:
            self.rows.append([y.S_ROW, len(self._names), row, 0, 0, 0])
        else:
            self._add(y.S_ROW, row, self._scale(scale))
        self._name(f"know.{sense.know}", _unit("", scale, self.raw))

    def _state(self, sense: StateSense) -> None:
        kind, _, variable = sense.state.partition(".")
        scale = self._state_scale(kind, variable)
        for i in range(self.draft.names.count[kind]):
            self._add(y.S_ROW, self.draft.names.states[kind, variable] + i, self._scale(scale))
            self._name(f"{kind}_{i}.{variable}", _unit("", scale, self.raw))

    def _noise(self, team: str, sense: Sense, noise: float, start: int) -> None:
        """Noise on the measured numbers of a sense; flags (presence, kinds of rays, symbols) stay clean."""
        run: list[float] = []
        begin = start
        for column in range(start, len(self._names) + 1):
            measured = column < len(self._names) and self._names[column][1] != ""
            if measured:
                if not run:
                    begin = column
                run.append(noise * _factor(self._names[column][1]))
            elif run:
                self.rows.append([y.S_NOISE, begin, len(run), self.draft.constants.block(*run)])
                run = []


def _unit(unit: str, scale: float, raw: bool) -> str:
    """What one unit of the number means: `m`, or `4 m` where it is scaled to [-1, 1]."""
    if unit == "":
        return "" if raw or scale == 1.0 else f"{1 / scale:g}"
    return unit if raw else f"{1 / scale:.6g} {unit}"


def _factor(unit: str) -> float:
    """Inverse of `_unit`: how much the number changes for one metre (or whatever it measures)."""
    head = unit.split(" ")[0]
    try:
        return 1.0 / float(head)
    except ValueError:
        return 1.0
