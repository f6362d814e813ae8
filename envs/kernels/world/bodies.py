"""Where a body's rows begin, whether it is there, and the short way from one to another."""

import numpy as np

from ...jit.ir import LANES
from ...jit.kernel import inner, shared
from .elementary import HALF, ZERO
from .layout.programs import Meeting, Met, MetTable, Rule
from .layout.scratch import Area, Integer
from .layout.things import Body, BodyTable
from .layout.world import F, Real, Table
from .tables import cell


@inner
def is_away(s, world, body):
    """Whether a body is a projectile that is in no world of the block."""
    if cell(world, Table.BODY, body, BodyTable.POOLED) == 0:
        return False
    alive, present = at(body, Body.ALIVE), 0
    for l in range(LANES):
        present += 1 if s[alive, l] > ZERO else 0
    return present == 0


@inner
def list_marked(live, scratch):
    """List (Integer.NEAR) the lanes that are marked in Area.MASK; how many. Branches on each lane would be guessed wrong too often."""
    count = 0
    for l in range(live):
        scratch.i[Integer.NEAR + count] = l
        count += 1 if scratch.f[Area.MASK, l] != ZERO else 0
    return count


@inner
def at(body, field):
    """A body's row in a block's state."""
    return body * Body.ROWS + field


@inner
def wrap_shift(world, dx, dy):
    """What to add to a difference of positions so that it goes the short way round."""
    w, h = F(2) * world.real[Real.HALF_W], F(2) * world.real[Real.HALF_H]
    return -w * np.floor(dx / w + HALF), -h * np.floor(dy / h + HALF)


@inner
def shortest(world, wraps, dx, dy):
    """A difference of positions, the short way round where the world wraps."""
    if wraps:
        fx, fy = wrap_shift(world, dx, dy)
        return dx + fx, dy + fy
    return dx, dy


@inner
def pose_of(s, body, lane):
    """Where a body is and how it lies: (x, y, cos, sin)."""
    o = at(body, 0)
    return s[o + Body.X, lane], s[o + Body.Y, lane], s[o + Body.COS, lane], s[o + Body.SIN, lane]


@inner
def put(s, body, lane, pose):
    """Put a body where a pose says."""
    o = at(body, 0)
    s[o + Body.X, lane], s[o + Body.Y, lane], s[o + Body.COS, lane], s[o + Body.SIN, lane] = pose


@inner
def nearest_image(s, world, wraps, a, b, lane):
    """The way from a body's centre to that of another's nearest image, and what to add to the other's place to get there: (dx, dy, shift)."""
    oa, ob = at(a, 0), at(b, 0)
    dx, dy = s[ob + Body.X, lane] - s[oa + Body.X, lane], s[ob + Body.Y, lane] - s[oa + Body.Y, lane]
    if wraps:
        sx, sy = wrap_shift(world, dx, dy)
        return dx + sx, dy + sy, (sx, sy)
    return dx, dy, (ZERO, ZERO)


@inner
def between(s, world, wraps, a, b, lane):
    """The way from a body's centre to another's, the short way round where the world wraps."""
    oa, ob = at(a, 0), at(b, 0)
    return shortest(world, wraps, s[ob + Body.X, lane] - s[oa + Body.X, lane], s[ob + Body.Y, lane] - s[oa + Body.Y, lane])


@shared
def forget_meetings(s, world, body, lane, shot):
    """End the meetings of a body that is placed, or shot (`shot` 1: then cooldowns are over as well), without an event.

    A portal doesn't fire for what is put into it: only once that has been out.
    """
    for n in range(cell(world, Table.BODY, body, BodyTable.MET), cell(world, Table.BODY, body, BodyTable.MET_END)):
        meeting, rule = cell(world, Table.MET, n, MetTable.MEETING), cell(world, Table.MET, n, MetTable.RULE)
        put = cell(world, Table.RULE, rule, Rule.PUT)
        through = (put == 1 and cell(world, Table.MEETING, meeting, Meeting.A) == body) or (
            put == 2 and cell(world, Table.MEETING, meeting, Meeting.B) == body
        )
        s[cell(world, Table.MEETING, meeting, Meeting.HELD), lane] = F(Met.PUT) if through and shot == 0 else F(Met.NOT)
        if shot == 1:
            s[cell(world, Table.MEETING, meeting, Meeting.WAIT), lane] = ZERO


@inner
def own_row(world, body, number):
    """The row of a number that a body's drive keeps for it."""
    return cell(world, Table.BODY, body, BodyTable.OWN) + number * cell(world, Table.BODY, body, BodyTable.OWN_STEP)
