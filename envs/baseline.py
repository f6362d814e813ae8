"""Scripted teams: the scenario's baseline formulas say what their agents wish for, and discrete choices follow from that. Runs before control."""

import numpy as np

from .choices import burned, jumped, locked, steered, turned
from .elementary import HALF, ONE, ZERO
from .kernel import inner, shared
from .program import run
from .state import RUNNING
from .tables import cell, const, row_count

# isort: off
from .layout import (
    ACT_CODE, ACT_CODE_END, ACT_NUMBER, ACT_ROWS, ACT_STACK, ACT_SYMBOLS, ACT_TEAM, ACT_VECTOR, CHOICE_COUNT, CHOICE_FIRST, CHOICE_NUMBER, CHOICE_OP, CHOICE_TEAM,
    CHOICE_WISH, CHOOSE_AIM, CHOOSE_BURN, CHOOSE_FIRE, CHOOSE_GRAB, CHOOSE_JUMP, CHOOSE_LOCK, CHOOSE_MOTOR, CHOOSE_NEAREST,
    CHOOSE_STEER, F_ACTION, F_ASK, F_HELD, F_STACK, G_ACTION, G_ACTION_OFFSET, G_AGENTS, G_FIRST, G_WISH, G_WISHES, I_REGISTER, LANES,
    W_ACT, W_CHOICE, W_TEAM, F,
)  # fmt: skip
# isort: on


PLAYED, ASKED = 1, 2
"""What `Buffers.roles` says of a team: its baseline plays it in each step; BASELINE is asked what it would do."""


@shared
def play(s, world, scratch, keys, roles, role):
    """Write the actions of all teams with this role to scratch, rows of numbers from F_ACTION on; 0 for actions without a formula."""
    f = scratch.f
    for team in range(row_count(world, W_TEAM)):
        if (roles[team] & role) != 0:
            first = F_ACTION + cell(world, W_TEAM, team, G_WISH) * LANES
            for row in range(cell(world, W_TEAM, team, G_AGENTS) * cell(world, W_TEAM, team, G_WISHES)):
                for l in range(LANES):
                    f[first + row * LANES + l] = ZERO
    for n in range(row_count(world, W_ACT)):
        team = cell(world, W_ACT, n, ACT_TEAM)
        if (roles[team] & role) != 0:
            for agent in range(cell(world, W_TEAM, team, G_AGENTS) if cell(world, W_ACT, n, ACT_ROWS) > 0 else 0):
                _play_one(s, world, n, team, agent, scratch, keys)
    for n in range(row_count(world, W_CHOICE)):
        team = cell(world, W_CHOICE, n, CHOICE_TEAM)
        if (roles[team] & role) != 0:
            for agent in range(cell(world, W_TEAM, team, G_AGENTS)):
                _choose(world, n, team, agent, f)


@shared
def rest(world, f, roles, phase, live):
    """Played teams do nothing in worlds whose episode is over, and in lanes without a world."""
    for team in range(row_count(world, W_TEAM)):
        if (roles[team] & PLAYED) != 0:
            first = F_ACTION + cell(world, W_TEAM, team, G_ACTION_OFFSET) * LANES
            for row in range(cell(world, W_TEAM, team, G_AGENTS) * cell(world, W_TEAM, team, G_ACTION)):
                o = first + row * LANES
                for l in range(LANES):
                    f[o + l] = f[o + l] if l < live and phase[l] == RUNNING else ZERO


@shared
def _play_one(s, world, n, team, agent, scratch, keys):
    """Run the script of one agent, whose rows begin with `n`: all formulas at once, so that what their names stand for is worked out once."""
    body = cell(world, W_TEAM, team, G_FIRST) + agent
    scratch.i[I_REGISTER], scratch.i[I_REGISTER + 1] = body, body
    run(s, world, cell(world, W_ACT, n, ACT_CODE), cell(world, W_ACT, n, ACT_CODE_END), scratch, keys, scratch.f[F_ASK : F_ASK + LANES])
    for act in range(n, n + cell(world, W_ACT, n, ACT_ROWS)):
        _wish(world, act, team, agent, scratch.f)


@shared
def _wish(world, n, team, agent, f):
    """Take one result of a script, clamped to [-1, 1]; a symbol becomes 1 for the chosen one and -1 for the others."""
    symbols, st = cell(world, W_ACT, n, ACT_SYMBOLS), F_STACK + cell(world, W_ACT, n, ACT_STACK) * LANES
    o = _row(world, team, G_WISH, G_WISHES, agent, cell(world, W_ACT, n, ACT_NUMBER))
    for k in range(symbols):
        for l in range(LANES):
            f[o + k * LANES + l] = ONE if np.floor(f[st + l] + HALF) == F(k) else -ONE
    if symbols == 0:
        for k in range(1 + cell(world, W_ACT, n, ACT_VECTOR)):
            for l in range(LANES):
                x = f[st + k * LANES + l]
                f[o + k * LANES + l] = min(max(x if x == x else ZERO, -ONE), ONE)  # a number that overflowed wishes for nothing


@inner
def _row(world, team, first, size, agent, number):
    """First index in scratch of a number of an agent's action or wishes."""
    return F_ACTION + (cell(world, W_TEAM, team, first) + agent * cell(world, W_TEAM, team, size) + number) * LANES


@shared
def _choose(world, n, team, agent, f):
    """One number of an agent's discrete action, the option most like its wishes: see choices.py."""
    op = cell(world, W_CHOICE, n, CHOICE_OP)
    a = _row(world, team, G_ACTION_OFFSET, G_ACTION, agent, cell(world, W_CHOICE, n, CHOICE_NUMBER))
    x = _row(world, team, G_WISH, G_WISHES, agent, cell(world, W_CHOICE, n, CHOICE_WISH))
    y = x + LANES
    if op == CHOOSE_NEAREST:
        _find_nearest(world, n, f, x, a)
    elif op == CHOOSE_AIM:
        _find_nearest(world, n, f, y, a)
        for l in range(LANES):
            f[a + l] = f[a + l] + ONE if f[x + l] > ZERO else ZERO
    elif op == CHOOSE_STEER:
        for l in range(LANES):
            f[a + l] = steered(f[x + l], f[y + l])
    elif op == CHOOSE_BURN:
        for l in range(LANES):
            f[a + l] = burned(f[x + l], f[y + l])
    elif op == CHOOSE_JUMP:
        for l in range(LANES):
            f[a + l] = jumped(f[x + l], f[y + l])
    elif op == CHOOSE_MOTOR:
        for l in range(LANES):
            f[a + l] = turned(f[x + l])
    elif op == CHOOSE_GRAB or op == CHOOSE_FIRE:
        for l in range(LANES):
            f[a + l] = ONE if f[x + l] > ZERO else ZERO
    elif op == CHOOSE_LOCK:
        for l in range(LANES):
            f[a + l] = locked(f[x + l])
    else:  # CHOOSE_SYMBOL: the greatest wish
        best = F_HELD
        for l in range(LANES):
            f[a + l], f[best + l] = ZERO, f[x + l]
        for k in range(1, cell(world, W_CHOICE, n, CHOICE_COUNT)):
            number = F(k)
            for l in range(LANES):
                value = f[x + k * LANES + l]
                f[a + l] = number if value > f[best + l] else f[a + l]
                f[best + l] = max(f[best + l], value)


@shared
def _find_nearest(world, n, f, x, out):
    """Number of the direction nearest to the vector at `x`; of equally near ones the first."""
    best, y, first = F_HELD, x + LANES, cell(world, W_CHOICE, n, CHOICE_FIRST)
    for l in range(LANES):
        f[best + l] = F(100)  # beyond any distance of two points of [-1, 1]^2
    for k in range(cell(world, W_CHOICE, n, CHOICE_COUNT)):
        cx, cy, number = const(world, first + 2 * k), const(world, first + 2 * k + 1), F(k)
        for l in range(LANES):
            dx, dy = f[x + l] - cx, f[y + l] - cy
            d = dx * dx + dy * dy
            f[out + l] = number if d < f[best + l] else f[out + l]
            f[best + l] = min(f[best + l], d)


__all__ = ["ASKED", "PLAYED", "play", "rest"]
