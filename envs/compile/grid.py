"""Compiles who may push whom, and the grid that finds it out when bodies are many: whether a game has one and how wide its cells are."""

import math
from collections import Counter
from collections.abc import Mapping

from ...scenarios.model.numbers import bounds
from ...scenarios.model.things import Thing
from ..jit.ir import LANES
from ..kernels.physics.continuous import DEPTH, DISC_DEPTH
from ..kernels.world.layout.programs import SenseOp
from ..kernels.world.layout.things import BodyTable, Moves
from ..kernels.world.layout.world import GRID_LEVELS, GridTable
from .bodies import Bodies, half_width
from .draft import Draft, is_crowded
from .joints import Joints
from .sensors import Sensors

LISTED_PAIRS = 32_768
"""Pairs of bodies that are listed at most; with more, contacts are found by grid only. A list of 1,000 discs would take 8 MB."""
LISTED_FOR_ONE = 16
"""One body in the grid of one world costs as much as this many listed pairs, which are tested for 16 worlds at once."""
NEAREST_FOR_ONE = 40
"""Seeking neighbours in one world by grid costs as much as looking at this many candidates in 16 worlds at once, and again for each that is kept."""
_ROOM = 2.0
"""Cells are wider than the median body by this factor: then its neighbours lie in four cells, seldom in more."""


class Pairs:
    """Who may push whom.

    Attributes:
        apart: Pairs a < b of bodies that never push each other, though their kinds may: projectiles and who shoots them, and what is joined.
        rows: Table Table.APART: for each body the higher ones that it never pushes, ascending.
        gated: Whether a `solid_if` asks about the other.
    """

    def __init__(self, draft: Draft, bodies: Bodies, joints: Joints) -> None:
        self.draft, self.bodies, self.gated = draft, bodies, False
        self.apart = joints.apart | {(min(shot, owner), max(shot, owner)) for shot, owner in bodies.shots.owner.items()}
        self.rows = [(b,) for _, b in sorted(self.apart)]
        counts, first = Counter(a for a, _ in self.apart), 0
        for body, row in enumerate(bodies.body):
            row[BodyTable.APART], row[BodyTable.APART_END] = first, first + counts[body]
            first += counts[body]

    def gates(self) -> list[tuple[int, ...]]:
        """Table Table.GATE: for each body with a solid_if its formula; where that asks about `other`, one row for each kind that may run into it."""
        draft, rows = self.draft, list[tuple[int, ...]]()
        for name, kind in self.bodies.kinds:
            path = f"$.{'teams' if name in draft.scenario.teams else 'things'}.{name}.solid_if"
            others = [other for other, _ in self.bodies.kinds if f"{path}@{other}" in draft.scenario.formulas]
            codes = [draft.code.formula(draft.scenario.formulas[f"{path}@{other}"]) for other in others]
            for body in draft.bodies_of(name) if kind.solid_if is not None else []:
                if not others:
                    rows.append((body, *draft.code.formula(draft.scenario.formulas[path]), 0, 0, 0))
                    continue
                self.bodies.body[body][BodyTable.GATE], self.bodies.body[body][BodyTable.GATE_END] = len(rows), len(rows) + len(others)
                self.gated = True
                for other, code in zip(others, codes, strict=True):
                    rows.append(
                        (body, *code, draft.names.first[other], draft.names.count[other], draft.rows.take(draft.names.count[other]))
                    )
        return rows

    def listed(self) -> list[tuple[int, int]]:
        """All pairs of bodies that may push each other: those of two dynamic ones, then (fixed, dynamic); projectiles' last. pairs.pair_number has the order."""
        found = []
        for i, (name_a, _) in enumerate(self.bodies.kinds):
            for name_b, _ in self.bodies.kinds[i:]:
                if self.draft.scenario.may_push(name_a, name_b):
                    found += [
                        (p, q)
                        for p in self.draft.bodies_of(name_a)
                        for q in self.draft.bodies_of(name_b)
                        if q > p and (p, q) not in self.apart
                    ]
        dynamic = [row[BodyTable.MOVES] == Moves.DYNAMIC for row in self.bodies.body]
        both = sorted(pair for pair in found if dynamic[pair[0]] and dynamic[pair[1]])
        one = sorted(
            (max(pair, key=dynamic.__getitem__), min(pair, key=dynamic.__getitem__))
            for pair in found
            if dynamic[pair[0]] != dynamic[pair[1]]
        )
        return self.bodies.shots.order(both + [(fixed, body) for body, fixed in one])

    def quick(self, first: str, second: str, tick: float) -> float:
        """Speed up to which two kinds don't get through each other between two looks at them [m/s]: see sweep.hold_back."""
        a, b = self.draft.scenario.kind(first), self.draft.scenario.kind(second)
        discs = a.shape == b.shape == "circle"
        return float(DISC_DEPTH if discs else DEPTH) * min(half_width(a), half_width(b)) / (self.draft.substep if discs else tick)

    def count(self) -> tuple[int, int]:
        """How many pairs of bodies may push each other, and how many points they may meet in: two, or one where one of them is a disc."""
        pairs, points = 0, 0
        for i, (name_a, a) in enumerate(self.bodies.kinds):
            for name_b, b in self.bodies.kinds[i:]:
                if self.draft.scenario.may_push(name_a, name_b):
                    both = a.count * (a.count - 1) // 2 if name_a == name_b else a.count * b.count
                    pairs += both
                    points += both if "circle" in (a.shape, b.shape) else 2 * both
        return pairs, points

    def capacity(self) -> int:
        """Contact slots of a world: all that could be, or about six a moving body if that is less (a box has two points with each neighbour).

        Two discs in the plane touch six others at most; among many bodies the average is what counts, and no pattern of touching discs has more than
        three pairs a disc (it is a planar graph): with four there is room for those that are about to touch.
        """
        discs = [row[BodyTable.CORNERS] == 1 for row in self.bodies.body]
        moving = [row[BodyTable.MOVES] == Moves.DYNAMIC for row in self.bodies.body]
        points = self.count()[1]
        points += sum((4 if disc else 8) for disc, moves in zip(discs, moving, strict=True) if moves)
        shares = sum(1 if disc else 2 for disc, moves in zip(discs, moving, strict=True) if moves)
        return max(
            1, min(points, 6 * shares + 16 - 4 * len(self.bodies.shots.shots), 4 * shares + 144)
        )  # a projectile counts as a third of a disc


def kind_table(pairs: Pairs, watch: Mapping[tuple[str, str], int], tick: float) -> tuple[list[list[int]], float]:
    """Table Table.KIND, and the least speed at which two bodies may get through each other between two looks at them [m/s]."""
    draft, kinds = pairs.draft, pairs.bodies.kinds
    rows, first, least = [], draft.names.first, 1e6
    for name, kind in kinds:
        meets, quick = [], []
        for other, _ in kinds:
            mark = watch.get((name, other) if first[name] <= first[other] else (other, name))
            meets.append((1 if mark is None else 2 + mark) if draft.scenario.may_push(name, other) else 0)
            speed = pairs.quick(name, other, tick)
            quick.append(draft.constants.add(speed))
            if meets[-1] > 0:
                least = min(least, speed / 2 if kind.moves and draft.scenario.kind(other).moves else speed)
        rows.append([first[name], kind.count, int(any(meets)), *meets, *quick])
    return rows, least


class Grid:
    """How contacts are found, and what sensors ask.

    Attributes:
        pairs: Table Table.PAIR: the pairs of bodies that may push each other, none where they are too many to be listed.
        row: The row of table Table.GRID.
        cell: Width and height of the finest cells [m].
        spacing: Width of the cells that sensors use, about as wide as bodies are apart [m].
    """

    def __init__(self, pairs: Pairs, sensors: Sensors) -> None:
        world, count = pairs.draft.scenario.world, pairs.draft.body_count
        pushing = pairs.count()[0]
        listed = pushing <= LISTED_PAIRS
        self.pairs = pairs.listed() if listed else []
        lanes = min(LANES, pushing // (LISTED_FOR_ONE * count)) if listed else LANES
        if listed and pairs.bodies.shots.shots:  # whose pairs are in an order of their own: one way must do for all
            lanes = 0
        asks = any(row[0] in (SenseOp.SELECT, SenseOp.RAYS, SenseOp.TOUCH) for row in sensors.rows)
        sight = (2 if asks else 1) if is_crowded(count) else 0
        self.cell, self.spacing, self.row = (1.0, 1.0), 1.0, [0] * GridTable.COLUMNS
        if not lanes and not sight:
            return
        least, size = _median_width(pairs.bodies), world.size
        bits = [GRID_LEVELS - 1] * 2
        if world.walls == "wrap":  # the cells must repeat just where the world does
            bits = [min(bits[axis], max(0, math.floor(math.log2(size[axis] / least)))) for axis in range(2)]
            self.cell = size[0] / 2 ** bits[0], size[1] / 2 ** bits[1]
        else:
            self.cell = least, least
        spacing = math.sqrt(size[0] * size[1] / count)
        level = max(0, min(GRID_LEVELS - 1, math.floor(math.log2(spacing / min(self.cell)))))
        self.spacing = min(self.cell) * 2**level
        buckets = 1 << (2 * count).bit_length()
        area = GRID_LEVELS + 1 + buckets + 2 * count
        self.row = [lanes, sight, (1 << bits[0]) - 1, (1 << bits[1]) - 1, buckets, level, area, NEAREST_FOR_ONE]


def _median_width(bodies: Bodies) -> float:
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
