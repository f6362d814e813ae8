"""Compiles how an episode begins: what is set, drawn and placed, line after line, and the spots where things are put."""

from typing import SupportsFloat

from ...scenarios.facts.placing import needs_its_shape, stands_before
from ...scenarios.model.numbers import Normal, Number, OneOf, Uniform, Varied
from ...scenarios.model.places import Disc, Place, Rect
from ..kernels.world.layout.things import Body, SpawnOp, Spot, SpotShape
from .draft import Draft

FARTHEST = 1e30
"""An end of a normal distribution without one."""
Line = tuple[int, ...]
Pair = tuple[float, float]


class SpawnTable:
    """The tables of lines and of spots; bodies, drives, projectiles and rules write to them.

    What is added is how the kind at hand begins, after `turn_to`; before the first and after all of them it comes behind them.

    Attributes:
        spots: Rows of the spot table; Spot names its columns.
    """

    def __init__(self, draft: Draft) -> None:
        self.draft = draft
        self.spots: list[tuple[float, ...]] = []
        self._params, self._kinds, self._draws, self._rest = list[Line](), dict[str, list[Line]](), list[Line](), list[Line]()
        self._lines = self._rest
        self._centre: dict[str, Pair] = {}
        self._spot_index: dict[tuple[float, ...], int] = {}
        self._aways: dict[tuple[str, tuple[tuple[str, float], ...]], Pair] = {}

    # --- lines --------------------------------------------------------------------------------------------------------------------------------

    def turn_to(self, kind: str, centre: Pair) -> None:
        """Add lines of a kind from now on; `centre`: where its centroid lies in the frame of the file."""
        self._centre[kind] = centre
        self._lines = self._kinds[kind] = []

    def add(self, *line: int) -> None:
        """Add a line: a SpawnOp and what it takes."""
        self._lines.append(line)

    def number(self, row: int, value: Number, factor: float = 1.0) -> None:
        """Set a row of the state to a number or a random number, times a factor."""
        constants = self.draft.constants
        if isinstance(value, Uniform):
            self.add(SpawnOp.UNIFORM, row, constants.block(value.low * factor, value.high * factor))
        elif isinstance(value, Normal):
            low, high = sorted((value.low * factor, value.high * factor))
            self.add(
                SpawnOp.NORMAL, row, constants.block(value.mean * factor, value.std * abs(factor), max(low, -FARTHEST), min(high, FARTHEST))
            )
        elif isinstance(value, OneOf):
            self.add(SpawnOp.CHOICE, row, constants.block(*(v * factor for v in value.values)), len(value.values))
        elif isinstance(value, Varied):
            self.add(SpawnOp.COPY, row, self.draft.names.params[value.name], constants.add(factor))
        elif value * factor != 0.0:  # rows are zero already
            self.add(SpawnOp.CONST, row, constants.add(float(value) * factor))

    def draw(self) -> None:
        """Draw what the game draws, once all kinds are placed."""
        self._lines = self._draws
        for name, draw in self.draft.scenario.draw.items():
            row = self.draft.names.draws[name]
            if draw.kind is not None:
                bodies = self.draft.bodies_of(draw.kind)
                self.add(SpawnOp.CHOICE, row, self.draft.constants.block(*bodies), len(bodies))
            elif draw.number is not None:
                self.number(row, draw.number)
        self._lines = self._rest

    def vary(self) -> None:
        """Let every episode begin with the params that vary by world, once they have rows for what is given from outside.

        Each draws from a stretch of the world's random stream of its own, so that all else is drawn as if it didn't vary.
        """
        self._lines, names = self._params, self.draft.names
        for name, param in self.draft.scenario.varied.items():
            self.add(SpawnOp.STRETCH, 0, 1 + list(self.draft.scenario.params_used).index(name))
            self.number(names.params[name], param.drawn)
            self.add(SpawnOp.GIVEN, names.params[name], names.given[name], self.draft.constants.block(param.low, param.high))
        if self._params:
            self.add(SpawnOp.STRETCH, 0, 0)
        self._lines = self._rest

    @property
    def lines(self) -> list[Line]:
        """Table Table.SPAWN: params, kinds, draws, the rest. Kinds placed at random come after all that stands fixed, and after those they start in."""
        hosts = {name: self._host(name) for name in self._kinds}
        late = {name: lines for name, lines in self._kinds.items() if hosts[name] is not None}
        ordered = [*self._params, *(line for name, lines in self._kinds.items() if name not in late for line in lines)]

        def begin(name: str) -> None:
            if late.get(hosts[name] or ""):
                begin(hosts[name] or "")
            ordered.extend(late[name])
            late[name] = []

        for name in stands_before(self.draft.scenario, late):
            begin(name)
        return [*ordered, *self._draws, *self._rest]

    def _host(self, name: str) -> str | None:
        """Where a kind is placed at random, as a word; None for one that is not."""
        place = self.draft.scenario.kind(name).place
        return None if place is None or place.in_ is None else str(place.in_)

    # --- places -------------------------------------------------------------------------------------------------------------------------------

    def place(self, name: str, body: int, index: int) -> None:
        """Put the body with an index in its kind where the file says."""
        kind = self.draft.scenario.kind(name)
        place, last = kind.place, False
        if kind.spots is not None:
            for axis in range(2):
                self.number(body * Body.ROWS + Body.X + axis, kind.spots[index][axis])
            if self._centre[name] != (0.0, 0.0):
                self.add(SpawnOp.PLACE, body, self._spot(SpotShape.SHIFT, pair=self._centre[name]))
            return
        assert place is not None
        if place.in_ is None and place.shuffle:  # spots of their own first, then they are dealt out
            place, last = place.model_copy(update={"shuffle": False}), index == kind.count - 1
        self.add(SpawnOp.PLACE, body, self.spot(name, place, starts=True))
        if last:
            self.add(SpawnOp.SHUFFLE, self.draft.names.first[name], kind.count)

    def spot(self, name: str, place: Place | Pair | str, starts: bool = False) -> int:
        """Index of a kind's place in the spot table; `starts`: where an episode starts, so that some others are not placed yet."""
        centre = self._centre[name]
        if isinstance(place, str):
            return self._spot(SpotShape.START)
        if isinstance(place, tuple):
            return self._spot(SpotShape.FIXED, *place, pair=centre)
        own = (float(self.draft.names.first[name]), float(self.draft.names.count[name]))
        if place.row is not None:
            return self._spot(
                SpotShape.ROW, *place.row[0], *place.row[1], kinds=own, turn=place.turn, pair=centre, last=float(place.shuffle)
            )
        if place.ring is not None:
            return self._spot(SpotShape.RING, *place.ring, kinds=own, turn=place.turn, pair=centre, last=float(place.shuffle))
        away = self._away(name, place, starts)
        walls = 0.0 if self.draft.scenario.kind(name).body == "sensor" else place.gap
        region, size = place.in_, self.draft.scenario.world.size

        def within(shape: SupportsFloat, *numbers: float, kinds: Pair = (0.0, 0.0)) -> int:
            return self._spot(shape, *numbers, gap=place.gap, turn=place.turn, kinds=kinds, pair=away, last=walls)

        rect = SpotShape.SHAPED if needs_its_shape(self.draft.scenario, name, place) else SpotShape.RECT
        if isinstance(region, Rect):
            left, low, right, high = region.rect
            return within(rect, (left + right) / 2, (low + high) / 2, (right - left) / 2, (high - low) / 2)
        if isinstance(region, Disc):
            return within(SpotShape.DISC, *region.circle)
        if region == "world":
            return within(rect, 0.0, 0.0, size[0] / 2, size[1] / 2)
        hosts = (float(self.draft.names.first[str(region)]), float(self.draft.names.count[str(region)]))
        return within(SpotShape.INSIDE, kinds=hosts)

    def _spot(
        self, shape: SupportsFloat, px: float = 0.0, py: float = 0.0, w: float = 0.0, h: float = 0.0, *, gap: float = 0.0, turn: bool = False,
        kinds: Pair = (0.0, 0.0), pair: Pair = (0.0, 0.0), last: float = 0.0,
    ) -> int:  # fmt: skip
        """Index of a row of the spot table; Spot names its columns."""
        row = (float(shape), px, py, w, h, gap, *kinds, float(turn), *pair, last)
        if row not in self._spot_index:
            self._spot_index[row] = len(self.spots)
            self.spots.append(row)
        return self._spot_index[row]

    def _away(self, name: str, place: Place, starts: bool) -> Pair:
        """Rows of the spot table (first, how many) with the kinds to keep away from: (first body, how many, distance).

        At the start also those that must keep away from this kind, for they may be placed before it.
        """
        away, scenario = list(place.away_from.items()), self.draft.scenario
        if starts:
            away += [
                (other, there.away_from[name])
                for other in scenario.kinds
                if (there := scenario.kind(other).place) and name in there.away_from
            ]
        first, names = len(self.spots), self.draft.names
        key = (name, tuple(away))
        if key not in self._aways:
            self._aways[key] = (float(first), float(len(away)))
            self.spots += [
                (float(names.first[kind]), float(names.count[kind]), distance, *(0.0,) * (Spot.COLUMNS - 3)) for kind, distance in away
            ]
        return self._aways[key]


__all__ = ["SpawnTable"]
