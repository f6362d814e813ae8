"""Who met whom in this decision: the lasting events of rules (touch, apart, inside, outside, near), the whole path counted.

Physics is over when they are asked for, and what rules do changes no answer of the same decision: a rule that places a thing ends its meetings, and what
it meets where it is put is met in the next one. Of many pairs nearly all are far from each other; only those that are near in some world are listed.
"""

import numpy as np

from ...jit.ir import LANES
from ...jit.kernel import inner, shared
from ..collision.overlap import encloses, touches, touches_wall
from ..collision.paths import last_sample, measure, passes, spread, stand
from ..world.bodies import at, between, list_marked, pose_of, put
from ..world.elementary import ONE, ZERO
from ..world.layout.programs import Meeting, Met, Rule, When
from ..world.layout.scratch import Area, Integer
from ..world.layout.things import Body
from ..world.layout.world import F, Real, Table, Walls, Whole
from ..world.tables import cell, const, row_count


@inner
def is_ending(when):
    """Whether an event is the end of a meeting."""
    return when == When.APART or when == When.APART_WALL or when == When.OUTSIDE


@inner
def is_lasting(when):
    """Whether an event is about two that are together for a while."""
    return when == When.TOUCH or when == When.TOUCH_WALL or when == When.INSIDE or when == When.NEAR or is_ending(when)


@shared
def find_meetings(s, world, live, scratch):
    """List (Scratch.near) the meetings that may change in this decision, in order, with what happened (Scratch.met). Returns how many."""
    found = 0
    if row_count(world, Table.TRACE) > 0:
        measure(world, scratch)
    for rule in range(world.whole[Whole.RULES]):
        when, value = cell(world, Table.RULE, rule, Rule.WHEN), const(world, cell(world, Table.RULE, rule, Rule.VALUE))
        if is_lasting(when):
            first = cell(world, Table.RULE, rule, Rule.MEETING)
            for meeting in range(first, first + cell(world, Table.RULE, rule, Rule.MEETINGS)):
                if _mark_stirring(s, world, when, meeting, value, scratch) > 0:
                    scratch.near[found] = meeting
                    for l in range(LANES):
                        scratch.met[found, l] = ZERO
                    for k in range(list_marked(live, scratch)):
                        lane = scratch.i[Integer.NEAR + k]
                        scratch.met[found, lane] = _follow(s, world, when, meeting, value, lane, scratch)
                    found += 1
    return found


@inner
def _mark_stirring(s, world, when, meeting, value, scratch):
    """Mark (Area.MASK) in which worlds two were near each other in this decision, or together before; how many. In the others judging changes nothing."""
    f = scratch.f
    a, b, watch = (
        cell(world, Table.MEETING, meeting, Meeting.A),
        cell(world, Table.MEETING, meeting, Meeting.B),
        cell(world, Table.MEETING, meeting, Meeting.WATCH),
    )
    oa, ob = at(a, 0), at(b, 0)
    held, wait = cell(world, Table.MEETING, meeting, Meeting.HELD), cell(world, Table.MEETING, meeting, Meeting.WAIT)
    mark = watch if watch >= 0 else held
    stirs = 0
    if when == When.TOUCH_WALL or when == When.APART_WALL:
        for l in range(LANES):
            reach = s[oa + Body.REACH, l] + world.real[Real.TOUCH] + spread(world, a, l, scratch)
            out_x = np.abs(s[oa + Body.X, l]) + reach > world.real[Real.HALF_W]
            out_y = np.abs(s[oa + Body.Y, l]) + reach > world.real[Real.HALF_H]
            near = (out_x or out_y) and s[oa + Body.ALIVE, l] > ZERO
            active = s[held, l] != ZERO or s[wait, l] != ZERO or s[mark, l] != ZERO
            f[Area.MASK, l] = ONE if near or active else ZERO
            stirs += 1 if near or active else 0
        return stirs
    wraps, extra = world.whole[Whole.WALLS] == Walls.WRAP, value if when == When.NEAR else world.real[Real.TOUCH]
    share_b = ZERO if when == When.NEAR else ONE
    share_a = ZERO if when == When.INSIDE or when == When.OUTSIDE else share_b
    for l in range(LANES):
        dx, dy = between(s, world, wraps, a, b, l)
        reach = (share_a * s[oa + Body.REACH, l] + share_b * s[ob + Body.REACH, l] + extra) * F(1.0001)
        reach += spread(world, a, l, scratch) + spread(world, b, l, scratch)
        near = dx * dx + dy * dy <= reach * reach and s[oa + Body.ALIVE, l] * s[ob + Body.ALIVE, l] > ZERO
        active = s[held, l] != ZERO or s[wait, l] != ZERO or s[mark, l] != ZERO
        f[Area.MASK, l] = ONE if near or active else ZERO
        stirs += 1 if near or active else 0
    return stirs


@shared
def _follow(s, world, when, meeting, value, lane, scratch):
    """2 times how often two came together in this decision (for an event that ends a meeting: parted), and 1 where they are together at its end.

    What pushed each other has touched, even where no sample shows it.
    """
    a, b, watch = (
        cell(world, Table.MEETING, meeting, Meeting.A),
        cell(world, Table.MEETING, meeting, Meeting.B),
        cell(world, Table.MEETING, meeting, Meeting.WATCH),
    )
    oa, ob = at(a, 0), at(b, 0)
    event, alone = (when, a, b, value), when == When.TOUCH_WALL or when == When.APART_WALL
    if s[oa + Body.ALIVE, lane] == ZERO or (not alone and s[ob + Body.ALIVE, lane] == ZERO):
        return ZERO
    pushed = watch >= 0 and s[max(watch, 0), lane] > ZERO
    if cell(world, Table.MEETING, meeting, Meeting.TRACED) == 0:
        return ONE if pushed or _meets(s, world, event, lane, scratch) else ZERO
    was = s[cell(world, Table.MEETING, meeting, Meeting.HELD), lane]
    before = was == F(Met.DONE) if is_ending(when) else was != F(Met.NOT)
    pose_a, pose_b = pose_of(s, a, lane), pose_of(s, b, lane)
    vx, vy, w = s[oa + Body.VX, lane], s[oa + Body.VY, lane], s[oa + Body.SPIN, lane]
    vu, vv, z = s[ob + Body.VX, lane], s[ob + Body.VY, lane], s[ob + Body.SPIN, lane]
    last, together, begun, ended = last_sample(world), before, ZERO, ZERO
    for sample in range(last + 1):
        if sample < last:
            stand(s, world, a, sample, lane, scratch)
            stand(s, world, b, sample, lane, scratch)
        else:
            put(s, a, lane, pose_a)
            put(s, b, lane, pose_b)
        here = _meets(s, world, event, lane, scratch)
        if here and not together:
            begun += ONE
        elif together and not here:
            ended += ONE
        elif not here and sample > 0 and not alone and passes(s, world, event, sample - 1, lane, scratch):
            begun += ONE
            ended += ONE
        together = here
    put(s, a, lane, pose_a)
    put(s, b, lane, pose_b)
    s[oa + Body.VX, lane], s[oa + Body.VY, lane], s[oa + Body.SPIN, lane] = vx, vy, w
    s[ob + Body.VX, lane], s[ob + Body.VY, lane], s[ob + Body.SPIN, lane] = vu, vv, z
    if pushed and not before and begun == ZERO:
        begun, ended = ONE, ONE
    return F(2) * (ended if is_ending(when) else begun) + (ONE if together else ZERO)


@shared
def _meets(s, world, event, lane, scratch):
    """Whether two are together where they stand now."""
    when, a, b, value = event
    if when == When.TOUCH_WALL or when == When.APART_WALL:
        return touches_wall(s, world, a, lane, scratch)
    if when == When.TOUCH or when == When.APART:
        return touches(s, world, a, b, lane, scratch)
    oa = at(a, 0)
    if when == When.NEAR:
        dx, dy = between(s, world, world.whole[Whole.WALLS] == Walls.WRAP, b, a, lane)
        return dx * dx + dy * dy <= value * value
    return encloses(s, world, b, lane, s[oa, lane], s[oa + Body.Y, lane], scratch)
