"""The step: control, physics, rules, sensors, auto-reset, over a range of blocks. Everything a world does passes through here."""

from ..jit.ir import LANES
from ..jit.kernel import inner, kernel, shared
from .buffers import clear_step, copy_final, give_actions, report_alive, sum_up, take_actions
from .control.actions import steer
from .control.baseline import ASKED, PLAYED, play, rest
from .control.hands import reach_out
from .control.shots import clear_spent, shoot
from .formulas.run import run
from .physics.step import step as step_physics
from .physics.zones import blow
from .rules.judge import act_at_start, has_ended, judge
from .rules.rewards import begin_progress, pay
from .sensors.observe import observe
from .spawn.begin import begin
from .world.elementary import ONE, ZERO
from .world.layout.scratch import Area, Integer
from .world.layout.world import CLOCK_ROUND, F, Table, U, Whole
from .world.rng import EPISODE, SEED
from .world.state import PENDING, RUNNING, Buffers, Scratch, State, Warm, World
from .world.tables import decisions, row_count

NEXT_STEP, SAME_STEP, DISABLED = 0, 1, 2
"""What happens to a world whose episode is over: see core.VectorEnv."""


STEP, RESET, BASELINE, EVALUATE, LOOK = 0, 1, 2, 3, 4
"""Tasks of `work`."""


@kernel
def work(
    task: int, world: World, state: State, scratch: Scratch, buffers: Buffers, worlds: int, mode: int, first: int, last: int,
) -> None:  # fmt: skip
    """Do one task for the blocks `first` to `last`. There is one entry for all, so that what they share is compiled once.

    STEP advances by one decision: `buffers.action` is read, but for teams that are PLAYED; `obs`, `final_obs`, `reward` and `flags` are written.
    RESET begins new episodes where the third part of `buffers.flags` is not 0, with the seed in `buffers.seeds` where it is 2; observations and presence are written.
    BASELINE writes what the baseline formulas of the teams that are ASKED would do to `buffers.answer`, laid out like actions.
    LOOK observes worlds as they are where the third part of `buffers.flags` is not 0, and says of those whose episode is over how it ended; presence too.
    EVALUATE writes the value of a formula without `self` to `buffers.answer` [E]; its code range stands in `mode` (first * 2^32 + last).

    Args:
        task: One of the five.
        world: World tables.
        state: State; written.
        scratch: This thread's working memory.
        buffers: Buffers.
        worlds: How many worlds the batch has.
        mode: NEXT_STEP, SAME_STEP or DISABLED.
        first: First block.
        last: One past the last block.
    """
    for block in range(first, last):
        first_world = block * LANES
        live = min(worlds - first_world, LANES)
        share = (first_world, live, worlds)  # of the batch's worlds: those of this block
        s, keys = state.rows[block], state.keys[block]
        warm, phase = Warm(state.count[block], state.key[block], state.normal[block], state.tangent[block]), state.phase[block]
        episode = (phase, keys, warm.count)  # what begins anew with it, besides rows
        for l in range(LANES):
            scratch.f[Area.ASK, l] = ONE if l < live and (task == EVALUATE or phase[l] == RUNNING) else ZERO
        if task == STEP:
            if mode == DISABLED and _all_wait(phase, live):
                continue
            _step(s, world, episode, mode, share, scratch, warm, buffers)
        elif task == RESET:
            _reset(s, world, episode, share, scratch, buffers)
        elif task == BASELINE:
            play(s, world, scratch, keys, buffers.roles, ASKED)
            give_actions(world, share, scratch.f, buffers)
        elif task == LOOK:
            _look(s, world, episode, share, scratch, buffers)
        else:
            run(s, world, (mode >> 32, mode & 0xFFFFFFFF), scratch, keys, scratch.f[Area.ASK])
            for l in range(live):
                buffers.answer[first_world + l] = scratch.f[Area.STACK, l]


@inner
def _all_wait(phase, live):
    """Whether every world of a block waits for `reset`: `core.vector` would put all of them back."""
    waiting = 0
    for l in range(live):
        waiting += 1 if phase[l] == PENDING else 0
    return waiting == live


@inner
def _step(s, world, episode, mode, share, scratch, warm, buffers):
    """One decision, phase by phase."""
    phase, keys, _count = episode
    _first_world, live, _worlds = share
    take_actions(world, phase, share, scratch.f, buffers)
    play(s, world, scratch, keys, buffers.roles, PLAYED)
    rest(world, scratch.f, buffers.roles, phase, live)
    steer(s, world, scratch.f)
    reach_out(s, world, live, scratch)
    if row_count(world, Table.ZONE) > 0:
        blow(s, world, live, scratch, keys)
    shoot(s, world, live, scratch, keys)
    step_physics(s, world, live, scratch, warm)
    _tick(s, world)
    judge(s, world, live, scratch, keys)
    pay(s, world, share, scratch, keys, buffers)
    clear_spent(s, world)
    _finish(s, world, episode, mode, share, scratch, buffers)


@inner
def _tick(s, world):
    clock, rounds = world.whole[Whole.CLOCK], world.whole[Whole.ROUNDS]
    for l in range(LANES):
        s[clock, l] += ONE
    if rounds > 0:
        for l in range(LANES):
            full = s[clock, l] >= F(CLOCK_ROUND)
            s[clock, l] -= F(CLOCK_ROUND) if full else ZERO
            s[rounds, l] += ONE if full else ZERO


@shared
def _finish(s, world, episode, mode, share, scratch, buffers):
    """End and begin episodes, then observe."""
    phase, keys, _count = episode
    first_world, live, worlds = share
    limit, cycles = world.whole[Whole.LIMIT], world.whole[Whole.CYCLES]
    only = scratch.i[Integer.NEAR : Integer.NEAR + LANES]
    over = 0
    for l in range(live):
        w = first_world + l
        only[l] = 1
        if (
            phase[l] == PENDING
        ):  # this step only begins the next episode; where nothing begins by itself, `core.vector` puts the world back as it was
            if mode != DISABLED:
                _restart(s, world, episode, l, scratch)
            clear_step(s, world, buffers, w, l, worlds)
            continue
        terminated = has_ended(s, world, l)
        played = decisions(s, world, l)
        truncated = not terminated and ((limit > 0 and played >= limit) or (cycles > 0 and played >= cycles))
        buffers.flags[w], buffers.flags[worlds + w] = terminated, truncated
        for rule in range(world.whole[Whole.RULES]):
            buffers.reward[world.whole[Whole.EVENTS] * worlds + w * world.whole[Whole.RULES] + rule] = s[world.whole[Whole.FIRED] + rule, l]
        if terminated or truncated:
            over += 1
            if mode != SAME_STEP:
                phase[l] = PENDING
    _show(s, world, only, share, scratch, keys, buffers)
    if over > 0 and mode == SAME_STEP:
        for l in range(live):
            w = first_world + l
            only[l] = buffers.flags[w] | buffers.flags[worlds + w]
        copy_final(world, only, share, buffers)
        for l in range(live):
            if only[l] != 0:
                _restart(s, world, episode, l, scratch)
                only[l] = 1
        for l in range(live):
            w = first_world + l
            only[l] = buffers.flags[w] | buffers.flags[worlds + w]
        observe(s, world, only, share, scratch, keys, buffers.obs)
        report_alive(s, world, share, buffers)  # of the episode that the observations show


@shared
def _restart(s, world, episode, lane, scratch):
    """The next episode of one world."""
    phase, keys, contacts = episode
    keys[EPISODE, lane] += U(1)
    contacts[lane] = 0
    phase[lane] = RUNNING
    begin(s, world, keys, lane, scratch)
    for l in range(LANES):
        scratch.f[Area.ASK, l] = ONE if l == lane else ZERO
    act_at_start(s, world, lane, scratch, keys)
    begin_progress(s, world, scratch, keys, lane)


@inner
def _show(s, world, only, share, scratch, keys, buffers):
    """Write scores and who is there, and what those see in the worlds of `only`."""
    sum_up(s, world, share, scratch, keys, buffers.reward)
    observe(s, world, only, share, scratch, keys, buffers.obs)
    report_alive(s, world, share, buffers)


@shared
def _reset(s, world, episode, share, scratch, buffers):
    """Begin episodes where asked, and observe those worlds."""
    _phase, keys, _count = episode
    first_world, live, worlds = share
    only = scratch.i[Integer.NEAR : Integer.NEAR + LANES]
    for l in range(LANES):
        only[l] = 0
    for l in range(live):
        w = first_world + l
        if buffers.flags[2 * worlds + w] != 0:
            if buffers.flags[2 * worlds + w] == 2:
                keys[SEED, l], keys[EPISODE, l] = buffers.seeds[w], ~U(0)  # begins with episode 0
            _restart(s, world, episode, l, scratch)
            buffers.flags[w], buffers.flags[worlds + w] = 0, 0
            only[l] = 1
    _show(s, world, only, share, scratch, keys, buffers)


@shared
def _look(s, world, episode, share, scratch, buffers):
    """Observe some worlds anew, as they are."""
    phase, keys, _count = episode
    first_world, live, worlds = share
    only = scratch.i[Integer.NEAR : Integer.NEAR + LANES]
    for l in range(LANES):
        only[l] = 0
    for l in range(live):
        w = first_world + l
        if buffers.flags[2 * worlds + w] != 0:
            only[l] = 1
            terminated = phase[l] == PENDING and has_ended(s, world, l)
            buffers.flags[w], buffers.flags[worlds + w] = terminated, phase[l] == PENDING and not terminated
    _show(s, world, only, share, scratch, keys, buffers)
