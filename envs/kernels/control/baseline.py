"""Scripted teams: the scenario's baseline formulas say what their agents wish for, and discrete choices follow from that. Runs before control."""

import numpy as np

from ...jit.ir import LANES
from ...jit.kernel import inner, shared
from ..formulas.run import run
from ..world.elementary import HALF, ONE, ZERO
from ..world.layout.programs import Act, Choice, ChoiceOp, Team
from ..world.layout.scratch import Area, Integer
from ..world.layout.world import F, Table
from ..world.state import RUNNING
from ..world.tables import cell, const, row_count, span_at
from .choices import burned, jumped, locked, steered, turned

PLAYED, ASKED = 1, 2
"""What `Buffers.roles` says of a team: its baseline plays it in each step; BASELINE is asked what it would do."""


@shared
def play(s, world, scratch, keys, roles, role):
    """Write the actions of all teams with this role to scratch, rows of numbers from Area.ACTION on; 0 for actions without a formula."""
    f = scratch.f
    for team in range(row_count(world, Table.TEAM)):
        if (roles[team] & role) != 0:
            first = Area.ACTION + cell(world, Table.TEAM, team, Team.WISH)
            for row in range(cell(world, Table.TEAM, team, Team.AGENTS) * cell(world, Table.TEAM, team, Team.WISHES)):
                for l in range(LANES):
                    f[first + row, l] = ZERO
    for n in range(row_count(world, Table.ACT)):
        team = cell(world, Table.ACT, n, Act.TEAM)
        if (roles[team] & role) != 0:
            for agent in range(cell(world, Table.TEAM, team, Team.AGENTS) if cell(world, Table.ACT, n, Act.ROWS) > 0 else 0):
                _play_one(s, world, n, team, agent, scratch, keys)
    for n in range(row_count(world, Table.CHOICE)):
        team = cell(world, Table.CHOICE, n, Choice.TEAM)
        if (roles[team] & role) != 0:
            for agent in range(cell(world, Table.TEAM, team, Team.AGENTS)):
                _choose(world, n, team, agent, f)


@shared
def rest(world, f, roles, phase, live):
    """Played teams do nothing in worlds whose episode is over, and in lanes without a world."""
    for team in range(row_count(world, Table.TEAM)):
        if (roles[team] & PLAYED) != 0:
            first = Area.ACTION + cell(world, Table.TEAM, team, Team.ACTION_OFFSET)
            for row in range(cell(world, Table.TEAM, team, Team.AGENTS) * cell(world, Table.TEAM, team, Team.ACTION)):
                o = first + row
                for l in range(LANES):
                    f[o, l] = f[o, l] if l < live and phase[l] == RUNNING else ZERO


@shared
def _play_one(s, world, n, team, agent, scratch, keys):
    """Run the script of one agent, whose rows begin with `n`: all formulas at once, so that what their names stand for is worked out once."""
    body = cell(world, Table.TEAM, team, Team.FIRST) + agent
    scratch.i[Integer.REGISTER], scratch.i[Integer.REGISTER + 1] = body, body
    run(s, world, span_at(world, Table.ACT, n, Act.CODE), scratch, keys, scratch.f[Area.ASK])
    for act in range(n, n + cell(world, Table.ACT, n, Act.ROWS)):
        _wish(world, act, team, agent, scratch.f)


@shared
def _wish(world, n, team, agent, f):
    """Take one result of a script, clamped to [-1, 1]; a symbol becomes 1 for the chosen one and -1 for the others."""
    symbols, st = cell(world, Table.ACT, n, Act.SYMBOLS), Area.STACK + cell(world, Table.ACT, n, Act.STACK)
    o = _row(world, team, Team.WISH, Team.WISHES, agent, cell(world, Table.ACT, n, Act.NUMBER))
    for k in range(symbols):
        for l in range(LANES):
            f[o + k, l] = ONE if np.floor(f[st, l] + HALF) == F(k) else -ONE
    if symbols == 0:
        for k in range(1 + cell(world, Table.ACT, n, Act.VECTOR)):
            for l in range(LANES):
                x = f[st + k, l]
                f[o + k, l] = min(max(x if x == x else ZERO, -ONE), ONE)  # a number that overflowed wishes for nothing


@inner
def _row(world, team, first, size, agent, number):
    """The row in scratch of a number of an agent's action or wishes."""
    return Area.ACTION + cell(world, Table.TEAM, team, first) + agent * cell(world, Table.TEAM, team, size) + number


@shared
def _choose(world, n, team, agent, f):
    """One number of an agent's discrete action, the option most like its wishes: see choices.py."""
    op = cell(world, Table.CHOICE, n, Choice.OP)
    a = _row(world, team, Team.ACTION_OFFSET, Team.ACTION, agent, cell(world, Table.CHOICE, n, Choice.NUMBER))
    x = _row(world, team, Team.WISH, Team.WISHES, agent, cell(world, Table.CHOICE, n, Choice.WISH))
    y = x + 1
    if op == ChoiceOp.NEAREST:
        _find_nearest(world, n, f, x, a)
    elif op == ChoiceOp.AIM:
        _find_nearest(world, n, f, y, a)
        for l in range(LANES):
            f[a, l] = f[a, l] + ONE if f[x, l] > ZERO else ZERO
    elif op == ChoiceOp.STEER:
        for l in range(LANES):
            f[a, l] = steered(f[x, l], f[y, l])
    elif op == ChoiceOp.BURN:
        for l in range(LANES):
            f[a, l] = burned(f[x, l], f[y, l])
    elif op == ChoiceOp.JUMP:
        for l in range(LANES):
            f[a, l] = jumped(f[x, l], f[y, l])
    elif op == ChoiceOp.MOTOR:
        for l in range(LANES):
            f[a, l] = turned(f[x, l])
    elif op == ChoiceOp.GRAB or op == ChoiceOp.FIRE:
        for l in range(LANES):
            f[a, l] = ONE if f[x, l] > ZERO else ZERO
    elif op == ChoiceOp.LOCK:
        for l in range(LANES):
            f[a, l] = locked(f[x, l])
    else:  # ChoiceOp.SYMBOL: the greatest wish
        best = Area.HELD
        for l in range(LANES):
            f[a, l], f[best, l] = ZERO, f[x, l]
        for k in range(1, cell(world, Table.CHOICE, n, Choice.COUNT)):
            number = F(k)
            for l in range(LANES):
                value = f[x + k, l]
                f[a, l] = number if value > f[best, l] else f[a, l]
                f[best, l] = max(f[best, l], value)


@shared
def _find_nearest(world, n, f, x, out):
    """Number of the direction nearest to the vector at `x`; of equally near ones the first."""
    best, y, first = Area.HELD, x + 1, cell(world, Table.CHOICE, n, Choice.FIRST)
    for l in range(LANES):
        f[best, l] = F(100)  # beyond any distance of two points of [-1, 1]^2
    for k in range(cell(world, Table.CHOICE, n, Choice.COUNT)):
        cx, cy, number = const(world, first + 2 * k), const(world, first + 2 * k + 1), F(k)
        for l in range(LANES):
            dx, dy = f[x, l] - cx, f[y, l] - cy
            d = dx * dx + dy * dy
            f[out, l] = number if d < f[best, l] else f[out, l]
            f[best, l] = min(f[best, l], d)


__all__ = ["ASKED", "PLAYED", "play", "rest"]
