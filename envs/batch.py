"""The step: control, physics, rules, sensors, auto-reset, over a range of blocks. Everything a world does passes through here."""

import numpy as np

from .control import steer
from .elementary import ONE, ZERO
from .geometry import at
from .kernel import inner, kernel, shared
from .layout import (
    A_ACTION,
    A_INDEX,
    A_TEAM,
    ALIVE,
    F_ACTION,
    F_STACK,
    G_ACTION,
    G_ACTION_OFFSET,
    G_AGENTS,
    G_FIRST,
    I_NEAR,
    I_REGISTER,
    LANE_COUNT,
    LANES,
    N_AGENTS,
    N_CLOCK,
    N_FIRED,
    N_LIMIT,
    N_RULES,
    W_ACT,
    W_AGENT,
    W_TEAM,
    W_TERM,
    F,
    U,
)  # fmt: skip
from .physics import step as step_physics
from .program import run
from .rng import EPISODE, SEED
from .rules import begin_progress, has_ended, judge, open_gates, pay
from .sensors import observe
from .spawn import begin
from .state import PENDING, RUNNING, Warm
from .tables import cell, row_count

_L = LANE_COUNT
NEXT_STEP, SAME_STEP, DISABLED = 0, 1, 2
"""What happens to a world whose episode is over: see core.VectorEnv."""


@kernel
def step(world, state, scratch, buffers, worlds, mode, first, last):
    """Advance the blocks `first` to `last` by one decision.

    Args:
        world: World tables.
        state: State; written.
        scratch: This thread's working memory.
        buffers: `action` is read, all others are written for these blocks.
        worlds: How many worlds the batch has.
        mode: NEXT_STEP, SAME_STEP or DISABLED.
        first: First block.
        last: One past the last block.
    """
    for block in range(first, last):
        first_world = block * LANES
        live = min(worlds - first_world, LANES)
        s, keys = state.rows[block], state.keys[block]
        warm = Warm(state.count[block], state.key[block], state.normal[block], state.tangent[block])
        _take_actions(world, scratch, buffers, worlds, first_world, live, state.phase[block])
        steer(s, world, scratch.f)
        step_physics(s, world, live, scratch, warm)
        _tick(s, world)
        judge(s, world, live, scratch, keys)
        pay(s, world, live, scratch, keys, buffers, first_world, worlds)
        _finish(s, world, state, block, scratch, warm, buffers, first_world, live, worlds, mode)


@inner
def _tick(s, world):
    clock = U(world.whole[N_CLOCK] * LANES)
    for l in range(_L):
        s[clock + l] += ONE


@inner
def _take_actions(world, scratch, buffers, worlds, first_world, live, phase):
    """Turn the block's actions round: from numbers of worlds to lanes of numbers. Worlds whose episode is over act not at all."""
    for agent in range(world.whole[N_AGENTS]):
        team = cell(world, W_AGENT, agent, A_TEAM)
        size, agents = cell(world, W_TEAM, team, G_ACTION), cell(world, W_TEAM, team, G_AGENTS)
        first = U(cell(world, W_TEAM, team, G_ACTION_OFFSET) * worlds + (first_world * agents + cell(world, W_AGENT, agent, A_INDEX)) * size)
        for k in range(size):
            o = U((cell(world, W_AGENT, agent, A_ACTION) + k) * LANES)
            for l in range(U(live)):
                value = buffers.action[first + l * U(agents * size) + U(k)]
                scratch.f[F_ACTION + o + l] = value if phase[l] == RUNNING else ZERO
            for l in range(U(live), _L):
                scratch.f[F_ACTION + o + l] = ZERO


@inner
def _finish(s, world, state, block, scratch, warm, buffers, first_world, live, worlds, mode):
    """End and begin episodes, then observe."""
    clock, limit = U(world.whole[N_CLOCK] * LANES), F(world.whole[N_LIMIT])
    keys, phase, only = state.keys[block], state.phase[block], scratch.i[I_NEAR : I_NEAR + LANES]
    over = 0
    for l in range(U(live)):
        w = U(first_world) + l
        only[l] = 1
        if phase[l] == PENDING:  # this step only begins the next episode
            _restart(s, world, state, block, l, scratch, warm, live)
            _clear_step(s, world, buffers, w, l, worlds)
            continue
        terminated = has_ended(s, world, l)
        truncated = not terminated and limit > ZERO and s[clock + l] >= limit
        buffers.terminated[w], buffers.truncated[w] = terminated, truncated
        for rule in range(world.whole[N_RULES]):
            buffers.events[w * U(world.whole[N_RULES]) + U(rule)] = s[U((world.whole[N_FIRED] + rule) * LANES) + l]
        if terminated or truncated:
            over += 1
            if mode == NEXT_STEP:
                phase[l] = PENDING
    observe(s, world, live, scratch, keys, only, buffers.obs, first_world, worlds)
    _report_alive(s, world, buffers, first_world, live, worlds)
    if over > 0 and mode == SAME_STEP:
        for l in range(U(live)):
            w = U(first_world) + l
            only[l] = 1 if buffers.terminated[w] or buffers.truncated[w] else 0
        _copy_final(world, buffers, only, first_world, live, worlds)
        for l in range(U(live)):
            if only[l] != 0:
                _restart(s, world, state, block, l, scratch, warm, live)
                only[l] = 1
        for l in range(U(live)):
            w = U(first_world) + l
            only[l] = 1 if buffers.terminated[w] or buffers.truncated[w] else 0
        observe(s, world, live, scratch, keys, only, buffers.obs, first_world, worlds)


@inner
def _restart(s, world, state, block, lane, scratch, warm, live):
    """The next episode of one world."""
    keys = state.keys[block]
    keys[EPISODE, lane] += U(1)
    _begin(s, world, keys, lane, scratch, live)
    warm.count[lane] = 0
    state.phase[block, lane] = RUNNING


@shared
def _begin(s, world, keys, lane, scratch, live):
    begin(s, world, keys, lane, scratch)
    open_gates(s, world, live, scratch, keys)
    begin_progress(s, world, scratch, keys, lane, live)


@inner
def _clear_step(s, world, buffers, w, lane, worlds):
    """A step that only began an episode pays nothing and ends nothing."""
    buffers.terminated[w], buffers.truncated[w] = False, False
    for rule in range(U(world.whole[N_RULES])):
        buffers.events[w * U(world.whole[N_RULES]) + rule] = ZERO
    for team in range(row_count(world, W_TEAM)):
        agents = U(cell(world, W_TEAM, team, G_AGENTS))
        first = U(cell(world, W_TEAM, team, 8) * worlds) + w * agents
        for a in range(agents):
            buffers.reward[first + a] = ZERO
        for term in range(cell(world, W_TEAM, team, 10), cell(world, W_TEAM, team, 11)):
            ledger = U(cell(world, W_TERM, term, 7) * worlds) + w * agents
            for a in range(agents):
                buffers.terms[ledger + a] = ZERO


@inner
def _report_alive(s, world, buffers, first_world, live, worlds):
    for team in range(row_count(world, W_TEAM)):
        agents = cell(world, W_TEAM, team, G_AGENTS)
        for agent in range(agents):
            alive = at(cell(world, W_TEAM, team, G_FIRST) + agent, ALIVE)
            out = U(cell(world, W_TEAM, team, 8) * worlds + first_world * agents + agent)
            for l in range(U(live)):
                buffers.alive[out + l * U(agents)] = s[alive + l] > ZERO


@inner
def _copy_final(world, buffers, only, first_world, live, worlds):
    """Keep the last observations of the worlds in `only`."""
    for team in range(row_count(world, W_TEAM)):
        size = U(cell(world, W_TEAM, team, G_AGENTS) * cell(world, W_TEAM, team, 4))
        first = U(cell(world, W_TEAM, team, 5) * worlds) + U(first_world) * size
        for l in range(U(live)):
            if only[l] != 0:
                for k in range(size):
                    buffers.final_obs[first + l * size + k] = buffers.obs[first + l * size + k]


@kernel
def reset(world, state, scratch, buffers, worlds, mask, seeds, seeded, first, last):
    """Begin a new episode in the worlds where `mask` is true, and observe those.

    Args:
        world: World tables.
        state: State; written.
        scratch: This thread's working memory.
        buffers: `obs` and `alive` are written.
        worlds: How many worlds the batch has.
        mask: bool [E].
        seeds: uint64 [E]: new seeds, where `seeded` is true.
        seeded: bool [E].
        first: First block.
        last: One past the last block.
    """
    for block in range(first, last):
        first_world = block * LANES
        live = min(worlds - first_world, LANES)
        s, keys, only = state.rows[block], state.keys[block], scratch.i[I_NEAR : I_NEAR + LANES]
        warm = Warm(state.count[block], state.key[block], state.normal[block], state.tangent[block])
        for l in range(_L):
            only[l] = 0
        for l in range(U(live)):
            w = U(first_world) + l
            if mask[w]:
                if seeded[w]:
                    keys[SEED, l], keys[EPISODE, l] = seeds[w], ~U(0)  # begins with episode 0
                _restart(s, world, state, block, l, scratch, warm, live)
                buffers.terminated[w], buffers.truncated[w] = False, False
                only[l] = 1
        observe(s, world, live, scratch, keys, only, buffers.obs, first_world, worlds)
        _report_alive(s, world, buffers, first_world, live, worlds)


@kernel
def baseline(world, state, scratch, actions, worlds, first, last):
    """Write what each team's baseline formulas would do to `actions` (laid out as Buffers.action), clamped to [-1, 1] unless a choice.

    Random numbers of a baseline come from the worlds' own streams.
    """
    for block in range(first, last):
        first_world = block * LANES
        live = min(worlds - first_world, LANES)
        s, keys = state.rows[block], state.keys[block]
        for n in range(row_count(world, W_ACT)):
            team, number, vector = cell(world, W_ACT, n, 0), cell(world, W_ACT, n, 1), cell(world, W_ACT, n, 4)
            size, agents, spread = cell(world, W_TEAM, team, G_ACTION), cell(world, W_TEAM, team, G_AGENTS), cell(world, W_ACT, n, 5)
            for agent in range(agents):
                scratch.i[I_REGISTER + 0] = cell(world, W_TEAM, team, G_FIRST) + agent
                scratch.i[I_REGISTER + 1] = scratch.i[I_REGISTER + 0]
                run(s, world, cell(world, W_ACT, n, 2), cell(world, W_ACT, n, 3), scratch, keys, live)
                out = U(cell(world, W_TEAM, team, G_ACTION_OFFSET) * worlds + (first_world * agents + agent) * size + number)
                for l in range(U(live)):
                    o = out + l * U(agents * size)
                    if spread > 0:  # a symbol as one number for each: 1 for the chosen one
                        for k in range(spread):
                            actions[o + U(k)] = ONE if np.floor(scratch.f[F_STACK + l] + F(0.5)) == F(k) else -ONE
                    else:
                        actions[o] = min(max(scratch.f[F_STACK + l], -ONE), ONE)
                        if vector == 1:
                            actions[o + U(1)] = min(max(scratch.f[F_STACK + _L + l], -ONE), ONE)


@kernel
def evaluate(world, state, scratch, code, out, worlds, first, last):
    """Run one formula (code range `code`) in every world, without an agent; `out` is float32 [E]."""
    for block in range(first, last):
        live = min(worlds - block * LANES, LANES)
        run(state.rows[block], world, code[0], code[1], scratch, state.keys[block], live)
        for l in range(U(live)):
            out[U(block * LANES) + l] = scratch.f[F_STACK + l]
