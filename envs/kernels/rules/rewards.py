"""Rewards: each term of each agent, and progress."""

from ...jit.ir import LANES
from ...jit.kernel import inner, shared
from ..formulas.run import run
from ..world.bodies import at
from ..world.elementary import ZERO, within
from ..world.layout.programs import Effect, EffectOp, Team, Term, TermOp
from ..world.layout.scratch import Area, Integer
from ..world.layout.things import Body
from ..world.layout.world import Table
from ..world.tables import cell, const, row_count, span_at
from .effects import GREATEST, left_at


@shared
def pay(s, world, share, scratch, keys, buffers):
    """Write each agent's reward, term by term and in sum, for the worlds of one block.

    Where a team shares, each member gets the sum over its members; an event counts once for the team. Who is out of the game gets nothing, but
    in the decision in which it leaves it is still paid for events.
    """
    f = scratch.f
    for team in range(row_count(world, Table.TEAM)):
        agents, first_body = cell(world, Table.TEAM, team, Team.AGENTS), cell(world, Table.TEAM, team, Team.FIRST)
        for term in range(cell(world, Table.TEAM, team, Team.TERM), cell(world, Table.TEAM, team, Team.TERM_END)):
            shares, event = cell(world, Table.TERM, term, Term.SHARED) == 1, cell(world, Table.TERM, term, Term.OP) == TermOp.EVENT
            if shares:
                for l in range(LANES):
                    f[Area.HELD, l] = ZERO
                for agent in range(1 if event else agents):
                    _term(s, world, term, agent, first_body + agent, scratch, keys)
                    for l in range(LANES):
                        f[Area.HELD, l] += f[Area.STACK, l]
            for agent in range(agents):
                if shares:
                    for l in range(LANES):
                        f[Area.STACK, l] = f[Area.HELD, l]
                elif cell(world, Table.TERM, term, Term.COMMON) == 1:
                    _common_term(s, world, term, agent, first_body + agent, scratch, keys)
                else:
                    _term(s, world, term, agent, first_body + agent, scratch, keys)
                if shares or event:
                    _only_present(s, world, first_body + agent, f)
                _write(world, team, term, agent, share, f, buffers)


@shared
def _only_present(s, world, body, f):
    """Clear the stack's number in the worlds that an agent had left before this decision."""
    alive = at(body, Body.ALIVE)
    for l in range(LANES):
        f[Area.MASK, l] = s[alive, l]
    for effect in range(row_count(world, Table.EFFECT)):
        if cell(world, Table.EFFECT, effect, Effect.OP) == EffectOp.REMOVE:
            if body >= cell(world, Table.EFFECT, effect, Effect.FIRST) and body < cell(world, Table.EFFECT, effect, Effect.LAST):
                left = left_at(world, effect, body)
                for l in range(LANES):
                    f[Area.MASK, l] += s[left, l]
    for l in range(LANES):
        f[Area.STACK, l] = f[Area.STACK, l] if f[Area.MASK, l] > ZERO else ZERO


@shared
def _common_term(s, world, term, agent, body, scratch, keys):
    """As `_term` for a formula that is the same for the whole team: evaluated for the first member, kept for the others."""
    f, alive = scratch.f, at(body, Body.ALIVE)
    if agent == 0:
        run(s, world, span_at(world, Table.TERM, term, Term.CODE), scratch, keys, scratch.f[Area.ASK])
        weight = const(world, cell(world, Table.TERM, term, Term.WEIGHT))
        for l in range(LANES):
            f[Area.HELD, l] = within(weight * f[Area.STACK, l], GREATEST)
    for l in range(LANES):
        f[Area.STACK, l] = f[Area.HELD, l] if s[alive, l] > ZERO else ZERO


@shared
def _term(s, world, term, agent, body, scratch, keys):
    """Leave one term of one agent's reward on the stack; no formula pays those out of the game."""
    op, weight = cell(world, Table.TERM, term, Term.OP), const(world, cell(world, Table.TERM, term, Term.WEIGHT))
    st, alive = scratch.f[Area.STACK], at(body, Body.ALIVE)
    if op == TermOp.EVENT or op == TermOp.PART:
        row = cell(world, Table.TERM, term, Term.ROW) + (agent if op == TermOp.PART else 0)
        for l in range(LANES):
            st[l] = weight * s[row, l]
        _weigh(s, world, term, st)
        return
    scratch.i[Integer.REGISTER + 0], scratch.i[Integer.REGISTER + 1] = body, body
    run(s, world, span_at(world, Table.TERM, term, Term.CODE), scratch, keys, scratch.f[Area.ASK])
    if op == TermOp.PROGRESS:
        row = cell(world, Table.TERM, term, Term.ROW) + agent
        for l in range(LANES):
            now = within(st[l], GREATEST)
            st[l] = weight * (now - s[row, l]) if s[alive, l] > ZERO else ZERO
            s[row, l] = now
    else:
        for l in range(LANES):
            st[l] = within(weight * st[l], GREATEST) if s[alive, l] > ZERO else ZERO
    _weigh(s, world, term, st)


@inner
def _weigh(s, world, term, st):
    """Multiply a term by its weight where that is a param which varies by world."""
    row = cell(world, Table.TERM, term, Term.PARAM)
    if row > 0:
        for l in range(LANES):
            st[l] = within(s[row, l] * st[l], GREATEST)


@shared
def begin_progress(s, world, scratch, keys, lane):
    """Remember where each `progress` term starts in a new episode."""
    for team in range(row_count(world, Table.TEAM)):
        for term in range(cell(world, Table.TEAM, team, Team.TERM), cell(world, Table.TEAM, team, Team.TERM_END)):
            if cell(world, Table.TERM, term, Term.OP) == TermOp.PROGRESS:
                for agent in range(cell(world, Table.TEAM, team, Team.AGENTS)):
                    scratch.i[Integer.REGISTER + 0] = cell(world, Table.TEAM, team, Team.FIRST) + agent
                    scratch.i[Integer.REGISTER + 1] = scratch.i[Integer.REGISTER + 0]
                    run(s, world, span_at(world, Table.TERM, term, Term.CODE), scratch, keys, scratch.f[Area.ASK])
                    s[cell(world, Table.TERM, term, Term.ROW) + agent, lane] = within(scratch.f[Area.STACK, lane], GREATEST)


@shared
def _write(world, team, term, agent, share, f, buffers):
    """Add the stack's number to an agent's reward, and write it down for its term."""
    first_world, live, worlds = share
    agents = cell(world, Table.TEAM, team, Team.AGENTS)
    out = cell(world, Table.TEAM, team, Team.REWARD_OFFSET) * worlds + first_world * agents + agent
    ledger = cell(world, Table.TERM, term, Term.OUT) * worlds + first_world * agents + agent
    for l in range(live):
        buffers.reward[out + l * agents] += f[Area.STACK, l]
        buffers.reward[ledger + l * agents] = f[Area.STACK, l]
