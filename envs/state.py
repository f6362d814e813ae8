"""The three things that travel through the step: World (constants of a scenario), State (what changes), Buffers (what goes in and out).

Axes: N blocks of `LANES` worlds, E worlds asked for (E <= N * LANES), A agents of a team, O numbers of an observation, K numbers of an action.
"""

from typing import Any, NamedTuple

import numpy as np

from .rng import KEY_ROWS

# isort: off
from .layout import (
    FIXED_SCRATCH, LANES, MAX_BODIES, N_CAPACITY, N_ROWS, SCRATCH_INTEGERS, SLOT_ROWS, SLOT_WORDS,
)  # fmt: skip
# isort: on





class World(NamedTuple):
    """A compiled scenario, packed: the fewer arrays, the less every call of a kernel costs, and the faster Numba compiles.

    The tables behind the named numbers are read through tables.py; layout.py names their columns.
    """

    real: Any      # float32: P_ numbers; then constants, corners [corners, 2] and spots [spots, SPOT_COLUMNS]
    whole: Any     # int64: N_ numbers; then the W_ tables


class State(NamedTuple):
    """All that changes. A world's share is a lane of each array."""

    rows: Any      # float32 [N, rows * LANES]
    keys: Any      # uint64 [N, KEY_ROWS, LANES]: seed, episode, stream, counter
    phase: Any     # uint8 [N, LANES]: one of the PHASE codes
    count: Any     # int32 [N, LANES]: remembered contacts
    key: Any       # uint32 [N, capacity, LANES]: which features touched
    normal: Any    # float32 [N, capacity, LANES]: impulses [N s]
    tangent: Any   # float32 [N, capacity, LANES]


class Warm(NamedTuple):
    """One block's share of the remembered contacts."""

    count: Any
    key: Any
    normal: Any
    tangent: Any


class Scratch(NamedTuple):
    """A thread's own working memory; nothing in it outlives a phase. layout.py lists what stands where."""

    f: Any         # float32: F_ areas
    slots: Any     # float32 [capacity * SLOT_ROWS * LANES]: contact slots
    u: Any         # uint64 [capacity * SLOT_WORDS]: their integers
    i: Any         # int64 [SCRATCH_INTEGERS]: I_ areas
    pick: Any      # uint64 [MAX_BODIES * LANES]: where the rows of chosen bodies begin


class Buffers(NamedTuple):
    """What a learner gives and gets; flat, team after team, each team [E, A, ...]. Fresh for each step unless asked otherwise."""

    action: Any      # float32
    obs: Any         # float32
    final_obs: Any   # float32, as obs: what ended worlds looked like before they began again
    reward: Any      # float32: rewards [E, A] of each team; then every reward term [E, A]; then how often each rule fired [E, rules];
                     # then the scores [teams with one, E]
    flags: Any       # uint8: terminated [E], truncated [E], which worlds to reset [E] (0 not, 1 yes, 2 with a new seed), alive [E, A] of each team
    seeds: Any       # uint64 [E]
    answer: Any      # float32: baseline actions, or a formula's value [E]


RUNNING, PENDING = 0, 1
"""Phases of a world: RUNNING, or PENDING: its episode is over and the next step begins a new one (`next_step` autoreset)."""


def new_state(world: World, blocks: int) -> State:
    """State of `blocks` blocks, all zero but for silence."""
    capacity = int(world.whole[N_CAPACITY])
    return State(
        rows=np.zeros((blocks, int(world.whole[N_ROWS]) * LANES), np.float32),
        keys=np.zeros((blocks, KEY_ROWS, LANES), np.uint64),
        phase=np.zeros((blocks, LANES), np.uint8),
        count=np.zeros((blocks, LANES), np.int32),
        key=np.zeros((blocks, capacity, LANES), np.uint32),
        normal=np.zeros((blocks, capacity, LANES), np.float32),
        tangent=np.zeros((blocks, capacity, LANES), np.float32),
    )


def new_scratch(world: World, actions: int) -> Scratch:
    """Working memory for one thread; `actions` is the numbers of all agents. Pages that a game does not use are never touched."""
    capacity = int(world.whole[N_CAPACITY])
    return Scratch(
        f=np.zeros(FIXED_SCRATCH + actions * LANES, np.float32),
        slots=np.zeros(capacity * SLOT_ROWS * LANES, np.float32),
        u=np.zeros(capacity * SLOT_WORDS, np.uint64),
        i=np.zeros(SCRATCH_INTEGERS, np.int64),
        pick=np.zeros(MAX_BODIES * LANES, np.uint64),
    )
