"""The step: control, physics, rules, sensors, auto-reset, over a range of blocks. Everything a world does passes through here."""

from ..jit.ir import LANES
from ..jit.kernel import inner, kernel, shared
from .collision.geometry import at
from .control.actions import steer
from .control.baseline import ASKED, PLAYED, play, rest
from .control.hands import reach_out
from .control.shots import clear_spent, shoot
from .formulas.run import run
from .physics.step import step as step_physics
from .physics.zones import blow
from .rules.judge import act_at_start, begin_progress, has_ended, judge, pay
from .sensors.observe import observe
from .spawn.begin import begin
from .world.elementary import ONE, ZERO
from .world.layout.programs import Agent, Score, Team, Term
from .world.layout.scratch import Area, Integer
from .world.layout.things import Body
from .world.layout.world import CLOCK_ROUND, F, Table, U, Whole
from .world.rng import EPISODE, SEED
from .world.state import PENDING, RUNNING, Buffers, Scratch, State, Warm, World
from .world.tables import cell, decisions, row_count

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
            run(s, world, mode >> 32, mode & 0xFFFFFFFF, scratch, keys, scratch.f[Area.ASK])
            for l in range(live):
                buffers.answer[first_world + l] = scratch.f[Area.STACK, l]


@inner
def _all_wait(phase, live):
    """Whether every world of a block waits for `reset`: core.py would put all of them back."""
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


@shared
def sum_up(s, world, share, scratch, keys, out):
    """Write the score of each team that has one, and what the world ran out of, [E] each, behind the events."""
    first_world, live, worlds = share
    base, asks = (world.whole[Whole.EVENTS] + world.whole[Whole.RULES]) * worlds + first_world, scratch.f[Area.ASK]
    for l in range(LANES):
        asks[l] = ONE if l < live else ZERO
    for n in range(row_count(world, Table.SCORE)):
        run(s, world, cell(world, Table.SCORE, n, Score.CODE), cell(world, Table.SCORE, n, Score.CODE_END), scratch, keys, asks)
        o = base + n * worlds
        for l in range(live):
            out[o + l] = scratch.f[Area.STACK, l]
    o = base + row_count(world, Table.SCORE) * worlds
    for header in (Whole.OVERRUN, Whole.PLACED, Whole.UNFIRED):
        row = world.whole[header]
        for l in range(live):
            out[o + l] = s[row, l]
        o += worlds


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
def take_actions(world, phase, share, f, buffers):
    """Turn the block's actions round: from numbers of worlds to lanes of numbers. Worlds whose episode is over act not at all."""
    _first_world, live, _worlds = share
    for agent in range(world.whole[Whole.AGENTS]):
        team = cell(world, Table.AGENT, agent, Agent.TEAM)
        if (buffers.roles[team] & PLAYED) != 0:
            continue
        first, size, step = _place(world, agent, team, share)
        for k in range(size):
            o = Area.ACTION + cell(world, Table.AGENT, agent, Agent.ACTION) + k
            for l in range(live):
                value = buffers.action[first + l * step + k]
                f[o, l] = value if phase[l] == RUNNING else ZERO
            for l in range(live, LANES):
                f[o, l] = ZERO


@shared
def give_actions(world, share, f, buffers):
    """The way back, for the teams that are ASKED."""
    _first_world, live, _worlds = share
    for agent in range(world.whole[Whole.AGENTS]):
        team = cell(world, Table.AGENT, agent, Agent.TEAM)
        if (buffers.roles[team] & ASKED) != 0:
            first, size, step = _place(world, agent, team, share)
            for k in range(size):
                o = Area.ACTION + cell(world, Table.AGENT, agent, Agent.ACTION) + k
                for l in range(live):
                    buffers.answer[first + l * step + k] = f[o, l]


@inner
def _place(world, agent, team, share):
    """Where the first world's actions of an agent begin in a flat array, how many numbers they are, and how far the next world's are."""
    first_world, _live, worlds = share
    size, agents = cell(world, Table.TEAM, team, Team.ACTION), cell(world, Table.TEAM, team, Team.AGENTS)
    first = cell(world, Table.TEAM, team, Team.ACTION_OFFSET) * worlds + (first_world * agents + cell(world, Table.AGENT, agent, Agent.INDEX)) * size
    return first, size, agents * size


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
        if phase[l] == PENDING:  # this step only begins the next episode; where nothing begins by itself, core.py puts the world back as it was
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


@shared
def clear_step(s, world, buffers, w, lane, worlds):
    """A step that only began an episode pays nothing and ends nothing."""
    buffers.flags[w], buffers.flags[worlds + w] = 0, 0
    for rule in range(world.whole[Whole.RULES]):
        buffers.reward[world.whole[Whole.EVENTS] * worlds + w * world.whole[Whole.RULES] + rule] = ZERO
    for team in range(row_count(world, Table.TEAM)):
        agents = cell(world, Table.TEAM, team, Team.AGENTS)
        first = cell(world, Table.TEAM, team, Team.REWARD_OFFSET) * worlds + w * agents
        for a in range(agents):
            buffers.reward[first + a] = ZERO
        for term in range(cell(world, Table.TEAM, team, Team.TERM), cell(world, Table.TEAM, team, Team.TERM_END)):
            ledger = cell(world, Table.TERM, term, Term.OUT) * worlds + w * agents
            for a in range(agents):
                buffers.reward[ledger + a] = ZERO


@shared
def report_alive(s, world, share, buffers):
    """Write which agents are in their worlds, [A, E] for each team, behind the other flags."""
    first_world, live, worlds = share
    for team in range(row_count(world, Table.TEAM)):
        agents = cell(world, Table.TEAM, team, Team.AGENTS)
        for agent in range(agents):
            alive = at(cell(world, Table.TEAM, team, Team.FIRST) + agent, Body.ALIVE)
            out = cell(world, Table.TEAM, team, Team.REWARD_OFFSET) * worlds + first_world * agents + agent
            for l in range(live):
                buffers.flags[3 * worlds + out + l * agents] = s[alive, l] > ZERO


@shared
def copy_final(world, only, share, buffers):
    """Keep what the worlds in `only` looked like at the end, and who was in them; the rest is zero already."""
    first_world, live, worlds = share
    for team in range(row_count(world, Table.TEAM)):
        agents = cell(world, Table.TEAM, team, Team.AGENTS)
        size = agents * cell(world, Table.TEAM, team, Team.OBS)
        first = cell(world, Table.TEAM, team, Team.OBS_OFFSET) * worlds + first_world * size
        alive = (3 + cell(world, Table.TEAM, team, Team.REWARD_OFFSET)) * worlds + first_world * agents
        kept = alive + world.whole[Whole.AGENTS] * worlds
        for l in range(live):
            if only[l] != 0:
                for k in range(size):
                    buffers.final_obs[first + l * size + k] = buffers.obs[first + l * size + k]
                for k in range(agents):
                    buffers.flags[kept + l * agents + k] = buffers.flags[alive + l * agents + k]


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
