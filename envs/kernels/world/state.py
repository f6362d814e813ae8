"""The three things that travel through the step: World (constants of a scenario), State (what changes), Buffers (what goes in and out).

Axes: N blocks of `LANES` worlds, E worlds asked for (E <= N * LANES), A agents of a team, O numbers of an observation, K numbers of an action.
"""

from typing import Annotated, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ...jit.ir import LANES
from .layout.programs import Lot, Sample
from .layout.scratch import Area, Integer, Slot, SlotWord
from .layout.world import MAX_BODIES, GridTable, Table, Whole
from .rng import KEY_ROWS

CACHE_LINE = 64
"""Bytes of memory that a processor moves at once."""

Floats = Annotated[NDArray[np.float32], 1]
Rows = Annotated[NDArray[np.float32], 2, LANES]
Cells = Annotated[NDArray[np.float32], 3, LANES]
Longs = Annotated[NDArray[np.int64], 1]
LongRows = Annotated[NDArray[np.int64], 2, LANES]
Marks = Annotated[NDArray[np.uint8], 1]
Phases = Annotated[NDArray[np.uint8], 2, LANES]
Counts = Annotated[NDArray[np.int32], 2, LANES]
Keys = Annotated[NDArray[np.uint64], 3, LANES]
Features = Annotated[NDArray[np.uint32], 3, LANES]
Words = Annotated[NDArray[np.uint64], 1]
"""An array's type, its number of axes, and the length of the last where it is known: what compiled code is made for."""


class World(NamedTuple):
    """A compiled scenario, packed: the fewer arrays, the less every call of a kernel costs.

    The tables behind the named numbers are read through tables.py; the layout names their columns.
    """

    real: Floats  # float32: numbers of Real; then constants, corners [corners, 2] and spots [spots, Spot.COLUMNS]
    whole: Longs  # int64: numbers of Whole; then the tables


class State(NamedTuple):
    """All that changes. A world's share is a lane of each array."""

    rows: Cells  # float32 [N, rows, LANES]
    keys: Keys  # uint64 [N, KEY_ROWS, LANES]: seed, episode, stream, counter
    phase: Phases  # uint8 [N, LANES]: one of the PHASE codes
    count: Counts  # type: ignore[assignment]  # int32 [N, LANES]: remembered contacts
    key: Features  # uint32 [N, capacity, LANES]: which features touched
    normal: Cells  # float32 [N, capacity, LANES]: impulses [N s]
    tangent: Cells  # float32 [N, capacity, LANES]


class Warm(NamedTuple):
    """One block's share of the remembered contacts."""

    count: Annotated[NDArray[np.int32], 1]  # type: ignore[assignment]
    key: Annotated[NDArray[np.uint32], 2, LANES]
    normal: Rows
    tangent: Rows


class Scratch(NamedTuple):
    """A thread's own working memory; nothing in it outlives a phase. layout/scratch.py lists what stands where."""

    f: Rows  # float32: areas of Area, [rows, LANES]
    h: Floats  # float32: hulls and contact points
    slots: Rows  # float32 [capacity * Slot.ROWS, LANES]: contact slots
    u: LongRows  # int64 [capacity * SlotWord.SIZE, LANES]: their integers
    i: Longs  # int64 [Integer.SIZE]: areas of Integer
    pick: LongRows  # int64 [MAX_BODIES, LANES]: first rows of chosen bodies
    trace: Rows  # float32: Sample.ROWS of each traced body at the start of physics and after each substep [samples, bodies, Sample.ROWS, LANES]; then
    # how far from its last place each has been in the decision, at most [bodies, LANES] [m]
    near: Longs  # int64 [meetings]: those of pairs that were near each other in this decision
    met: Rows  # float32 [meetings, LANES]: for each of these 2 times how often they met (or parted), and 1 where they are together now
    claims: Rows  # float32 [lots, Lot.ROWS, LANES]


class Buffers(NamedTuple):
    """What a learner gives and gets; flat, team after team, each team [E, A, ...]. Fresh for each step unless asked otherwise."""

    action: Floats  # float32
    obs: Floats  # float32
    final_obs: Floats  # float32, as obs: what ended worlds looked like before they began again
    reward: Floats  # float32: rewards [E, A] of each team; then every reward term [E, A]; then how often each rule fired [E, rules];
    # then the scores [teams with one, E]; then what worlds ran out of [3, E]
    flags: Marks  # uint8: terminated [E], truncated [E], which worlds to reset [E] (0 not, 1 yes, 2 with a new seed), alive [E, A] of each team;
    # where episodes begin in the same step once more, alive [E, A] of ended worlds before they began again
    seeds: Words  # uint64 [E]
    answer: Floats  # float32: baseline actions, or a formula's value [E]
    roles: Marks  # uint8 [teams]: which of them are played by the baseline, see baseline.py


RUNNING, PENDING = 0, 1
"""Phases of a world: RUNNING, or PENDING: its episode is over, and the next step begins a new one, or it waits for `reset` (`disabled` autoreset)."""


def zeros(shape: int | tuple[int, ...], dtype: type) -> Any:
    """As `np.zeros`, but it begins where a cache line does: then a row of 16 float32 is one line, where NumPy's own would lie across two."""
    size = int(np.prod(shape)) * np.dtype(dtype).itemsize
    memory = np.zeros(size + CACHE_LINE, np.uint8)
    start = -memory.__array_interface__["data"][0] % CACHE_LINE
    return memory[start : start + size].view(dtype).reshape(shape)


def new_state(world: World, blocks: int) -> State:
    """State of `blocks` blocks, all zero but for silence."""
    capacity = int(world.whole[Whole.CAPACITY])
    return State(
        rows=zeros((blocks, int(world.whole[Whole.ROWS]), LANES), np.float32),
        keys=zeros((blocks, KEY_ROWS, LANES), np.uint64),
        phase=zeros((blocks, LANES), np.uint8),
        count=zeros((blocks, LANES), np.int32),
        key=zeros((blocks, capacity, LANES), np.uint32),
        normal=zeros((blocks, capacity, LANES), np.float32),
        tangent=zeros((blocks, capacity, LANES), np.float32),
    )


def _grid_integers(world: World) -> int:
    """How many integers the grid takes: two lists of bodies, and an area for each world of a block."""
    area = int(world.whole[world.whole[Table.GRID] + GridTable.AREA])
    return 2 * int(world.whole[Whole.BODIES]) + LANES * area if area else 0


def new_scratch(world: World, actions: int) -> Scratch:
    """Working memory for one thread; `actions` is the numbers and wishes of all agents. Pages that a game does not use are never touched."""
    capacity, meetings = int(world.whole[Whole.CAPACITY]), int(world.whole[Table.MEETING + 2])
    traced, samples = int(world.whole[Table.TRACE + 2]), int(world.whole[Whole.TICKS] * world.whole[Whole.SUBSTEPS]) + 1
    return Scratch(
        f=zeros((Area.SIZE + actions, LANES), np.float32),
        h=zeros(Area.SHAPES, np.float32),
        slots=zeros((capacity * Slot.ROWS, LANES), np.float32),
        u=zeros((capacity * SlotWord.SIZE, LANES), np.int64),
        i=zeros(Integer.SIZE + _grid_integers(world), np.int64),
        pick=zeros((MAX_BODIES, LANES), np.int64),
        trace=zeros(((samples * Sample.ROWS + 1) * max(traced, 1), LANES), np.float32),
        near=zeros(meetings, np.int64),
        met=zeros((meetings, LANES), np.float32),
        claims=zeros((Lot.ROWS * int(world.whole[Whole.CLAIMS]), LANES), np.float32),
    )
