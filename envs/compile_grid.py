"""Compiles who may push whom, and the grid that finds it out when bodies are many: whether a game has one and how wide its cells are."""

import math
from typing import TYPE_CHECKING

from ..scenarios.model_things import Thing
from ..scenarios.numbers import bounds
from . import layout as y

if TYPE_CHECKING:
    from .compile_bodies import Bodies
    from .compile_rules import Rules
    from .compile_sensors import Sensors

LISTED_PAIRS = 32_768
"""Pairs of bodies that are listed at most; with more, contacts are found by grid only. A list of 1,000 discs would take 8 MB."""
LISTED_FOR_ONE = 16
"""One body in the grid of one world costs as much as this many listed pairs, which are tested for 16 worlds at once."""
SIGHT_BODIES = 40
"""Sensors and spawning use a grid where bodies are more than this."""
NEAREST_FOR_ONE = 40
"""Seeking neighbours in one world by grid costs as much as looking at this many candidates in 16 worlds at once, and again for each that is kept."""
_ROOM = 2.0
"""Cells are wider than the median body by this factor: then its neighbours lie in four cells, seldom in more."""


def is_crowded(bodies: int) -> bool:
    """Whether sensors and spawning use a grid in a game of so many bodies."""
    return bodies > SIGHT_BODIES


def kind_table(bodies: "Bodies", rules: "Rules", substep: float, tick: float) -> tuple[list[list[int]], float]:
    """Table W_KIND, and the least speed at which two bodies may get through each other between two looks at them [m/s]."""
    rows, first, least = [], bodies.draft.names.first, 1e6
    for name, kind in bodies.kinds:
        meets, quick = [], []
        for other, _ in bodies.kinds:
            mark = rules.watch.get((name, other) if first[name] <= first[other] else (other, name))
            meets.append((1 if mark is None else 2 + mark) if bodies.may_push(name, other) else 0)
            speed = bodies.quick(name, other, substep, tick)
            quick.append(bodies.draft.constants.add(speed))
            if meets[-1] > 0:
                least = min(least, speed / 2 if kind.moves and bodies.draft.scenario.kind(other).moves else speed)
        rows.append([first[name], kind.count, int(any(meets)), *meets, *quick])
    return rows, least


class Grid:
    """How contacts are found, and what sensors ask.

    Attributes:
        pairs: Table W_PAIR: the pairs of bodies that may push each other, none where they are too many to be listed.
        row: The row of table W_GRID.
        cell: Width and height of the finest cells [m].
        spacing: Width of the cells that sensors use, about as wide as bodies are apart [m].
    """

    def __init__(self, bodies: "Bodies", sensors: "Sensors") -> None:
        world, count = bodies.draft.scenario.world, bodies.draft.body_count
        pairs = bodies.pair_count()[0]
        listed = pairs <= LISTED_PAIRS
        self.pairs = bodies.pairs() if listed else []
        lanes = min(y.LANES, pairs // (LISTED_FOR_ONE * count)) if listed else y.LANES
        if listed and bodies.shots.shots:  # whose pairs are in an order of their own: one way must do for all
            lanes = 0
        asks = any(row[0] in (y.S_SELECT, y.S_RAYS, y.S_TOUCH) for row in sensors.rows)
        sight = (2 if asks else 1) if is_crowded(count) else 0
        self.cell, self.spacing, self.row = (1.0, 1.0), 1.0, [0] * y.GRID_COLUMNS
        if not lanes and not sight:
            return
        least, size = _median_width(bodies), world.size
        bits = [y.GRID_LEVELS - 1] * 2
        if world.walls == "wrap":  # the cells must repeat just where the world does
            bits = [min(bits[axis], max(0, math.floor(math.log2(size[axis] / least)))) for axis in range(2)]
            self.cell = size[0] / 2 ** bits[0], size[1] / 2 ** bits[1]
        else:
            self.cell = least, least
        spacing = math.sqrt(size[0] * size[1] / count)
        level = max(0, min(y.GRID_LEVELS - 1, math.floor(math.log2(spacing / min(self.cell)))))
        self.spacing = min(self.cell) * 2**level
        buckets = 1 << (2 * count).bit_length()
        area = y.GRID_LEVELS + 1 + buckets + 2 * count
        self.row = [lanes, sight, (1 << bits[0]) - 1, (1 << bits[1]) - 1, buckets, level, area, NEAREST_FOR_ONE]


def _median_width(bodies: "Bodies") -> float:
    """Width of a cell that holds the median body that moves (or the median body where none does) [m]."""
    sizes = sorted((_reach(kind), kind.count) for _, kind in bodies.kinds if kind.body == "dynamic")
    sizes = sizes or sorted((_reach(kind), kind.count) for _, kind in bodies.kinds)
    half, seen = sum(count for _, count in sizes) / 2, 0
    for reach, count in sizes:
        seen += count
        if seen >= half:
            return 2 * _ROOM * reach
    raise AssertionError("a game has bodies")


def _reach(kind: Thing) -> float:
    """Greatest distance of a kind's outline from its centre, about [m]."""
    radius = bounds(kind.radius)[1]
    if kind.shape == "capsule":
        return radius + bounds(kind.length)[1] / 2
    if kind.shape == "box":
        return radius + math.hypot(bounds(kind.size[0])[1], bounds(kind.size[1])[1]) / 2
    return radius + max((math.hypot(*corner) for corner in kind.vertices), default=0.0)
