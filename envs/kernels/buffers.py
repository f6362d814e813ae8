"""Between a learner's flat arrays and a block's rows."""

from ..jit.ir import LANES
from ..jit.kernel import inner, shared
from .control.baseline import ASKED, PLAYED
from .formulas.run import run
from .world.bodies import at
from .world.elementary import ONE, ZERO
from .world.layout.programs import Agent, Score, Team, Term
from .world.layout.scratch import Area
from .world.layout.things import Body
from .world.layout.world import Table, Whole
from .world.state import RUNNING
from .world.tables import cell, row_count, span_at


@shared
def sum_up(s, world, share, scratch, keys, out):
    """Write the score of each team that has one, and what the world ran out of, [E] each, behind the events."""
    first_world, live, worlds = share
    base, asks = (world.whole[Whole.EVENTS] + world.whole[Whole.RULES]) * worlds + first_world, scratch.f[Area.ASK]
    for l in range(LANES):
        asks[l] = ONE if l < live else ZERO
    for n in range(row_count(world, Table.SCORE)):
        run(s, world, span_at(world, Table.SCORE, n, Score.CODE), scratch, keys, asks)
        o = base + n * worlds
        for l in range(live):
            out[o + l] = scratch.f[Area.STACK, l]
    o = base + row_count(world, Table.SCORE) * worlds
    for header in (Whole.OVERRUN, Whole.PLACED, Whole.UNFIRED):
        row = world.whole[header]
        for l in range(live):
            out[o + l] = s[row, l]
        o += worlds


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
    first = (
        cell(world, Table.TEAM, team, Team.ACTION_OFFSET) * worlds
        + (first_world * agents + cell(world, Table.AGENT, agent, Agent.INDEX)) * size
    )
    return first, size, agents * size


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
