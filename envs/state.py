"""The three things that travel through the step: World (constants of a scenario), State (what changes), Buffers (what goes in and out).

Axes: N blocks of `LANES` worlds, E worlds asked for (E <= N * LANES), A agents of a team, O numbers of an observation, K numbers of an action.
"""

from typing import Any, NamedTuple

import numpy as np

from .contacts import SLOT_ROWS
from .geometry import MAX_CORNERS
from .layout import LANES, N_CAPACITY, N_ROWS, REGISTERS, SAVE_ROWS, STACK_ROWS
from .rng import KEY_ROWS


class World(NamedTuple):
    """A compiled scenario: read-only tables that every kernel interprets. Columns are named in layout.py."""

    real: Any      # float32 [P_COUNT]: numbers of the world
    whole: Any     # int64 [N_WHOLE]: sizes and first rows
    body: Any      # int64 [bodies, B_COLUMNS]
    corner: Any    # float32 [corners, 2]: template outlines, before scaling
    pair: Any      # int64 [pairs, 3]: two bodies that may bump, and the row that remembers their touching or -1
    agent: Any     # int64 [agents, A_COLUMNS]
    team: Any      # int64 [teams, G_COLUMNS]
    code: Any      # int32 [operations, 4]: all formulas, one after the other
    const: Any     # float32 [constants]
    sense: Any     # int64 [sensors, SENSE_COLUMNS]
    rule: Any      # int64 [rules, R_COLUMNS]
    meeting: Any   # int64 [meetings, M_COLUMNS]: each pair of instances that a rule watches
    effect: Any    # int64 [effects, E_COLUMNS]
    term: Any      # int64 [reward terms, T_COLUMNS]
    gate: Any      # int64 [n, 3]: body, code range of its `solid_if`
    spawn: Any     # int64 [n, Z_COLUMNS]: what happens at the start of an episode, in order
    spot: Any      # float32 [places, 12]: where things may be put
    act: Any       # int64 [n, 4]: baseline formulas: team, action number, code range


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
    """A thread's own working memory; nothing in it outlives a phase."""

    slots: Any     # float32 [capacity * SLOT_ROWS * LANES]
    body_a: Any    # uint64 [capacity, LANES]: first index of body A in a block's rows, lane included
    body_b: Any
    key: Any       # uint32 [capacity, LANES]
    watch: Any     # int64 [capacity, LANES]: row to mark when they push, or -1
    count: Any     # int32 [LANES]
    cursor: Any    # int32 [LANES]
    near: Any      # int32 [LANES]
    pair: Any      # float32 [12 * LANES]: two bodies, gathered
    hull_a: Any    # float32 [2, MAX_CORNERS]
    hull_b: Any
    points: Any    # float32 [2, 6]
    stack: Any     # float32 [STACK_ROWS * LANES]
    save: Any      # float32 [SAVE_ROWS * LANES]
    register: Any  # int64 [REGISTERS]
    loop: Any      # int64 [REGISTERS, 3]
    stage: Any     # float32 [widest observation * LANES]
    pick: Any      # float32 [2 * bodies * LANES]: chosen ids and whether they are seen
    far: Any       # float32 [bodies * LANES]: squared distances of candidates
    mask: Any      # float32 [LANES]
    action: Any    # float32 [numbers of all agents * LANES]


class Buffers(NamedTuple):
    """What a learner gives and gets; flat, team after team, each team [E, A, ...]. Fresh for each step unless asked otherwise."""

    action: Any      # float32
    obs: Any         # float32
    reward: Any      # float32
    terms: Any       # float32 [terms of all teams; each E * A]
    alive: Any       # bool
    terminated: Any  # bool [E]
    truncated: Any   # bool [E]
    events: Any      # float32 [E, rules]: how often each rule fired in this step
    final_obs: Any   # float32, as obs: what ended worlds looked like before they began again


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


def new_scratch(world: World, observation: int, actions: int) -> Scratch:
    """Working memory for one thread; `observation` is the widest one, `actions` the numbers of all agents."""
    capacity, bodies = int(world.whole[N_CAPACITY]), world.body.shape[0]
    return Scratch(
        slots=np.zeros(capacity * SLOT_ROWS * LANES, np.float32),
        body_a=np.zeros((capacity, LANES), np.uint64),
        body_b=np.zeros((capacity, LANES), np.uint64),
        key=np.zeros((capacity, LANES), np.uint32),
        watch=np.zeros((capacity, LANES), np.int64),
        count=np.zeros(LANES, np.int32),
        cursor=np.zeros(LANES, np.int32),
        near=np.zeros(LANES, np.int32),
        pair=np.zeros(12 * LANES, np.float32),
        hull_a=np.zeros((2, MAX_CORNERS), np.float32),
        hull_b=np.zeros((2, MAX_CORNERS), np.float32),
        points=np.zeros((2, 6), np.float32),
        stack=np.zeros(STACK_ROWS * LANES, np.float32),
        save=np.zeros(SAVE_ROWS * LANES, np.float32),
        register=np.zeros(REGISTERS, np.int64),
        loop=np.zeros((REGISTERS, 3), np.int64),
        stage=np.zeros(max(observation, 1) * LANES, np.float32),
        pick=np.zeros(2 * bodies * LANES, np.float32),
        far=np.zeros(bodies * LANES, np.float32),
        mask=np.zeros(LANES, np.float32),
        action=np.zeros(max(actions, 1) * LANES, np.float32),
    )
