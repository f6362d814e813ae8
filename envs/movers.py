"""Kinematic things: those without a path halt at solid walls, those on one keep its time.

At the end of every tick a thing on a path is where the clock says, so that its motion never drifts from its period.

A cycle is straight segments at one speed with a pause at the end of each. Time within it is whole numbers (fractions of a tick), exact however long an
episode lasts; the velocity is what leads from where the thing is to where it must be, and pushes and carries what it touches.
"""

import numpy as np

from .elementary import ONE, ZERO
from .geometry import at, extent, shortest
from .kernel import inner, shared
from .tables import cell, const, decisions, row_count

# isort: off
from .layout import (
    ALIVE, B_MOVES, B_WALLS, LANES, N_BODIES, N_TICKS, N_WALLS, P_HALF_H, P_HALF_W, P_SUBSTEP, P_TICK, REACH, SEGMENT_NUMBERS,
    SOLID, VX, VY, V_BODY, V_CYCLE, V_PAUSE, V_PERIOD, V_PHASE, V_ROW, V_SEGMENT, V_SEGMENTS, V_SPEED, V_X, V_Y, WALLS_HALT, WALLS_SOLID, WALLS_WRAP,
    W_BODY, W_MOVER, F, X, Y,
)  # fmt: skip
# isort: on


FRACTIONS = 1 << 24
"""Parts of a tick that a period is counted in."""


@shared
def aim(s, world, live, tick):
    """Set the velocities that bring all movers where they must be at the end of this tick of the decision."""
    inverse, wraps, half_w, half_h = ONE / world.real[P_TICK], world.whole[N_WALLS] == WALLS_WRAP, world.real[P_HALF_W], world.real[P_HALF_H]
    for n in range(row_count(world, W_MOVER)):
        body = cell(world, W_MOVER, n, V_BODY)
        o, stays = at(body, 0), world.whole[N_WALLS] == WALLS_SOLID and cell(world, W_BODY, body, B_WALLS) > 0
        for l in range(live):
            ticks = decisions(s, world, l) * world.whole[N_TICKS] + tick + 1
            x, y = _place(s, world, n, l, ticks)
            if stays:  # no centre leaves solid walls (physics.stay_inside): there it stands still
                x, y = min(max(x, -half_w), half_w), min(max(y, -half_h), half_h)
            dx, dy = shortest(world, wraps, x - s[o + X * LANES + l], y - s[o + Y * LANES + l])
            here = s[o + ALIVE * LANES + l]
            s[o + VX * LANES + l], s[o + VY * LANES + l] = dx * inverse * here + ZERO, dy * inverse * here + ZERO  # + 0: see physics.settle_zeros


@shared
def halt(s, world, live):
    """After `move`: what moves at its own velocity halts where its outline meets a solid wall; one that is farther out already gets no farther."""
    h = world.real[P_SUBSTEP]
    for body in range(1, world.whole[N_BODIES]):
        if cell(world, W_BODY, body, B_MOVES) == 2 and cell(world, W_BODY, body, B_WALLS) == WALLS_HALT:
            for l in range(live):
                o = at(body, 0) + l
                beyond = max(np.abs(s[o + X * LANES]) - world.real[P_HALF_W], np.abs(s[o + Y * LANES]) - world.real[P_HALF_H])
                if beyond + s[o + REACH * LANES] > ZERO and s[o + SOLID * LANES] > ZERO:
                    left, right, low, high = extent(s, world, body, l)
                    _halt_along(s, o + X * LANES, o + VX * LANES, left, right, world.real[P_HALF_W], h)
                    _halt_along(s, o + Y * LANES, o + VY * LANES, low, high, world.real[P_HALF_H], h)


@inner
def _halt_along(s, place, velocity, low, high, half, h):
    """Halt at the walls to both sides of one axis."""
    v, over, under = s[velocity], s[place] + high - half, s[place] + low + half
    if (v > ZERO and over > ZERO) or (v < ZERO and under < ZERO):
        s[place] -= min(over, h * v) if v > ZERO else max(under, h * v)
        s[velocity] = ZERO


@shared
def set_out(s, world, n, lane):
    """Begin an episode: the path lies where the thing was put, and the thing where its phase says."""
    row = cell(world, W_MOVER, n, V_ROW) * LANES + lane
    o = at(cell(world, W_MOVER, n, V_BODY), 0) + lane
    speed, pause, whole = s[row + V_SPEED * LANES], s[row + V_PAUSE * LANES], ZERO
    for k in range(cell(world, W_MOVER, n, V_SEGMENTS)):
        whole += const(world, cell(world, W_MOVER, n, V_SEGMENT) + k * SEGMENT_NUMBERS + 4) / speed + pause
    s[row + V_PERIOD * LANES] = whole / world.real[P_TICK]
    s[row + V_X * LANES], s[row + V_Y * LANES] = s[o], s[o + LANES]
    s[o], s[o + LANES] = _place(s, world, n, lane, 0)


@shared
def _place(s, world, n, lane, ticks):
    """Where a mover is after so many ticks."""
    row = cell(world, W_MOVER, n, V_ROW) * LANES + lane
    period, known = s[row + V_PERIOD * LANES] * F(FRACTIONS), cell(world, W_MOVER, n, V_CYCLE)
    cycle = known if known > 0 else max(np.int64(period), 1)
    left = F((ticks * FRACTIONS + np.int64(s[row + V_PHASE * LANES] * period)) % cycle) * (world.real[P_TICK] / F(FRACTIONS))
    x0, y0 = s[row + V_X * LANES], s[row + V_Y * LANES]
    speed, pause = s[row + V_SPEED * LANES], s[row + V_PAUSE * LANES]
    first = cell(world, W_MOVER, n, V_SEGMENT)
    for k in range(cell(world, W_MOVER, n, V_SEGMENTS)):
        p = first + k * SEGMENT_NUMBERS
        takes = const(world, p + 4) / speed
        if left < takes + pause:
            share = min(left / takes, ONE) if takes > ZERO else ONE
            return x0 + const(world, p) + share * const(world, p + 2), y0 + const(world, p + 1) + share * const(world, p + 3)
        left -= takes + pause
    return x0 + const(world, first), y0 + const(world, first + 1)
