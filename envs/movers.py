"""Kinematic things on a path: at the end of every tick each is where the clock says, so that its motion never drifts from its period.

A cycle is straight segments at one speed with a pause at the end of each. Time within it is whole numbers (fractions of a tick), exact however long an
episode lasts; the velocity is what leads from where the thing is to where it must be, and pushes and carries what it touches.
"""

import numpy as np

from .elementary import ONE, ZERO
from .geometry import at, shortest
from .kernel import shared
from .tables import cell, const, decisions, row_count

# isort: off
from .layout import (
    ALIVE, LANES, N_TICKS, N_WALLS, P_TICK, SEGMENT_NUMBERS, VX, VY, V_BODY, V_CYCLE, V_PAUSE, V_PERIOD, V_PHASE, V_ROW, V_SEGMENT,
    V_SEGMENTS, V_SPEED, V_X, V_Y, WALLS_WRAP, W_MOVER, F, X, Y,
)  # fmt: skip
# isort: on


FRACTIONS = 1 << 24
"""Parts of a tick that a period is counted in."""


@shared
def aim(s, world, live, tick):
    """Set the velocities that bring all movers where they must be at the end of this tick of the decision."""
    inverse, wraps = ONE / world.real[P_TICK], world.whole[N_WALLS] == WALLS_WRAP
    for n in range(row_count(world, W_MOVER)):
        o = at(cell(world, W_MOVER, n, V_BODY), 0)
        for l in range(live):
            ticks = decisions(s, world, l) * world.whole[N_TICKS] + tick + 1
            x, y = _place(s, world, n, l, ticks)
            dx, dy = shortest(world, wraps, x - s[o + X * LANES + l], y - s[o + Y * LANES + l])
            here = s[o + ALIVE * LANES + l]
            s[o + VX * LANES + l], s[o + VY * LANES + l] = dx * inverse * here + ZERO, dy * inverse * here + ZERO  # + 0: see physics.settle_zeros


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
