"""Kinematic things: those without a path halt at solid walls, those on one keep its time.

At the end of every tick a thing on a path is where the clock says, so that its motion never drifts from its period.

A cycle is straight segments at one speed with a pause at the end of each. Time within it is whole numbers (fractions of a tick), exact however long an
episode lasts; the velocity is what leads from where the thing is to where it must be, and pushes and carries what it touches.
"""

import numpy as np

from ...jit.kernel import inner, shared
from ..collision.geometry import extent
from ..world.bodies import at, shortest
from ..world.elementary import ONE, ZERO
from ..world.layout.things import AtWalls, Body, BodyTable, Mover, MoverTable, Moves, Segment
from ..world.layout.world import F, Real, Table, Walls, Whole
from ..world.tables import cell, const, decisions, row_count

FRACTIONS = 1 << 24
"""Parts of a tick that a period is counted in."""


@shared
def aim(s, world, live, tick):
    """Set the velocities that bring all movers where they must be at the end of this tick of the decision."""
    inverse, wraps, half_w, half_h = (
        ONE / world.real[Real.TICK],
        world.whole[Whole.WALLS] == Walls.WRAP,
        world.real[Real.HALF_W],
        world.real[Real.HALF_H],
    )
    for n in range(row_count(world, Table.MOVER)):
        body = cell(world, Table.MOVER, n, MoverTable.BODY)
        o, stays = at(body, 0), world.whole[Whole.WALLS] == Walls.SOLID and cell(world, Table.BODY, body, BodyTable.WALLS) > 0
        for l in range(live):
            ticks = decisions(s, world, l) * world.whole[Whole.TICKS] + tick + 1
            x, y = _place(s, world, n, l, ticks)
            if stays:  # no centre leaves solid walls (physics.stay_inside): there it stands still
                x, y = min(max(x, -half_w), half_w), min(max(y, -half_h), half_h)
            dx, dy = shortest(world, wraps, x - s[o + Body.X, l], y - s[o + Body.Y, l])
            here = s[o + Body.ALIVE, l]
            s[o + Body.VX, l], s[o + Body.VY, l] = dx * inverse * here + ZERO, dy * inverse * here + ZERO  # + 0: see physics.settle_zeros


@shared
def halt(s, world, live):
    """After `move`: what moves at its own velocity halts where its outline meets a solid wall; one that is farther out already gets no farther."""
    h = world.real[Real.SUBSTEP]
    for body in range(1, world.whole[Whole.BODIES]):
        if (
            cell(world, Table.BODY, body, BodyTable.MOVES) == Moves.KINEMATIC
            and cell(world, Table.BODY, body, BodyTable.WALLS) == AtWalls.HALTS
        ):
            for l in range(live):
                o = at(body, 0)
                beyond = max(np.abs(s[o + Body.X, l]) - world.real[Real.HALF_W], np.abs(s[o + Body.Y, l]) - world.real[Real.HALF_H])
                if beyond + s[o + Body.REACH, l] > ZERO and s[o + Body.SOLID, l] > ZERO:
                    left, right, low, high = extent(s, world, body, l)
                    _halt_along(s, o + Body.X, o + Body.VX, l, left, right, world.real[Real.HALF_W], h)
                    _halt_along(s, o + Body.Y, o + Body.VY, l, low, high, world.real[Real.HALF_H], h)


@inner
def _halt_along(s, place, velocity, l, low, high, half, h):
    """Halt at the walls to both sides of one axis."""
    v, over, under = s[velocity, l], s[place, l] + high - half, s[place, l] + low + half
    if (v > ZERO and over > ZERO) or (v < ZERO and under < ZERO):
        s[place, l] -= min(over, h * v) if v > ZERO else max(under, h * v)
        s[velocity, l] = ZERO


@shared
def set_out(s, world, n, lane):
    """Begin an episode: the path lies where the thing was put, and the thing where its phase says."""
    row = cell(world, Table.MOVER, n, MoverTable.ROW)
    o = at(cell(world, Table.MOVER, n, MoverTable.BODY), 0)
    speed, pause, whole = s[row + Mover.SPEED, lane], s[row + Mover.PAUSE, lane], ZERO
    for k in range(cell(world, Table.MOVER, n, MoverTable.SEGMENTS)):
        whole += const(world, cell(world, Table.MOVER, n, MoverTable.SEGMENT) + k * Segment.SIZE + Segment.LENGTH) / speed + pause
    s[row + Mover.PERIOD, lane] = whole / world.real[Real.TICK]
    s[row + Mover.X, lane], s[row + Mover.Y, lane] = s[o, lane], s[o + 1, lane]
    s[o, lane], s[o + 1, lane] = _place(s, world, n, lane, 0)


@shared
def _place(s, world, n, lane, ticks):
    """Where a mover is after so many ticks."""
    row = cell(world, Table.MOVER, n, MoverTable.ROW)
    period, known = s[row + Mover.PERIOD, lane] * F(FRACTIONS), cell(world, Table.MOVER, n, MoverTable.CYCLE)
    cycle = known if known > 0 else max(np.int64(period), 1)
    left = F((ticks * FRACTIONS + np.int64(s[row + Mover.PHASE, lane] * period)) % cycle) * (world.real[Real.TICK] / F(FRACTIONS))
    x0, y0 = s[row + Mover.X, lane], s[row + Mover.Y, lane]
    speed, pause = s[row + Mover.SPEED, lane], s[row + Mover.PAUSE, lane]
    first = cell(world, Table.MOVER, n, MoverTable.SEGMENT)
    for k in range(cell(world, Table.MOVER, n, MoverTable.SEGMENTS)):
        p = first + k * Segment.SIZE
        takes = const(world, p + Segment.LENGTH) / speed
        if left < takes + pause:
            share = min(left / takes, ONE) if takes > ZERO else ONE
            return x0 + const(world, p) + share * const(world, p + Segment.DX), y0 + const(world, p + Segment.Y) + share * const(
                world, p + Segment.DY
            )
        left -= takes + pause
    return x0 + const(world, first), y0 + const(world, first + Segment.Y)
