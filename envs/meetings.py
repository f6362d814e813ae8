"""Who met whom in this decision: the lasting events of rules (touch, apart, inside, outside, near), the whole path counted.

Physics is over when they are asked for, and what rules do changes no answer of the same decision: a rule that places a thing ends its meetings, and what
it meets where it is put is met in the next one. Of many pairs nearly all are far from each other; only those that are near in some world are listed.
"""

import numpy as np

from .contacts import list_marked
from .elementary import ONE, ZERO
from .geometry import at, between, pose_of, put
from .kernel import inner, shared
from .paths import last_sample, measure, passes, spread, stand
from .program import encloses, touches, touches_wall
from .tables import cell, const, row_count

# isort: off
from .layout import (
    ALIVE, B_MET, B_MET_END, F_MASK, I_NEAR, LANES, MET_DONE, MET_NOT, MET_PUT, M_A, M_B, M_HELD, M_TRACED, M_WAIT, M_WATCH, N_RULES,
    N_WALLS, P_HALF_H, P_HALF_W, P_TOUCH, REACH, R_MEETING, R_MEETINGS, R_PUT, R_VALUE, R_WHEN, VX, VY, WALLS_WRAP,
    WHEN_APART, WHEN_APART_WALL, WHEN_INSIDE, WHEN_NEAR, WHEN_OUTSIDE, WHEN_TOUCH, WHEN_TOUCH_WALL, W_BODY, W_MEETING, W_MET, W_RULE, W_TRACE,
    F, W, X, Y,
)  # fmt: skip
# isort: on


@inner
def is_ending(when):
    """Whether an event is the end of a meeting."""
    return when == WHEN_APART or when == WHEN_APART_WALL or when == WHEN_OUTSIDE


@inner
def is_lasting(when):
    """Whether an event is about two that are together for a while."""
    return when == WHEN_TOUCH or when == WHEN_TOUCH_WALL or when == WHEN_INSIDE or when == WHEN_NEAR or is_ending(when)


@shared
def find_meetings(s, world, live, scratch):
    """List (Scratch.near) the meetings that may change in this decision, in order, with what happened (Scratch.met). Returns how many."""
    found = 0
    if row_count(world, W_TRACE) > 0:
        measure(world, scratch)
    for rule in range(world.whole[N_RULES]):
        when, value = cell(world, W_RULE, rule, R_WHEN), const(world, cell(world, W_RULE, rule, R_VALUE))
        if is_lasting(when):
            first = cell(world, W_RULE, rule, R_MEETING)
            for meeting in range(first, first + cell(world, W_RULE, rule, R_MEETINGS)):
                if _mark_stirring(s, world, when, meeting, value, scratch) > 0:
                    scratch.near[found] = meeting
                    for l in range(LANES):
                        scratch.met[found * LANES + l] = ZERO
                    for k in range(list_marked(live, scratch)):
                        lane = scratch.i[I_NEAR + k]
                        scratch.met[found * LANES + lane] = _follow(s, world, when, meeting, value, lane, scratch)
                    found += 1
    return found


@inner
def _mark_stirring(s, world, when, meeting, value, scratch):
    """Mark (F_MASK) in which worlds two were near each other in this decision, or together before; how many. In the others judging changes nothing."""
    f = scratch.f
    a, b, watch = cell(world, W_MEETING, meeting, M_A), cell(world, W_MEETING, meeting, M_B), cell(world, W_MEETING, meeting, M_WATCH)
    oa, ob = at(a, 0), at(b, 0)
    held, wait = cell(world, W_MEETING, meeting, M_HELD) * LANES, cell(world, W_MEETING, meeting, M_WAIT) * LANES
    mark = watch * LANES if watch >= 0 else held
    stirs = 0
    if when == WHEN_TOUCH_WALL or when == WHEN_APART_WALL:
        for l in range(LANES):
            reach = s[oa + REACH * LANES + l] + world.real[P_TOUCH] + spread(world, a, l, scratch)
            out_x = np.abs(s[oa + X * LANES + l]) + reach > world.real[P_HALF_W]
            out_y = np.abs(s[oa + Y * LANES + l]) + reach > world.real[P_HALF_H]
            near = (out_x or out_y) and s[oa + ALIVE * LANES + l] > ZERO
            active = s[held + l] != ZERO or s[wait + l] != ZERO or s[mark + l] != ZERO
            f[F_MASK + l] = ONE if near or active else ZERO
            stirs += 1 if near or active else 0
        return stirs
    wraps, extra = world.whole[N_WALLS] == WALLS_WRAP, value if when == WHEN_NEAR else world.real[P_TOUCH]
    share_b = ZERO if when == WHEN_NEAR else ONE
    share_a = ZERO if when == WHEN_INSIDE or when == WHEN_OUTSIDE else share_b
    for l in range(LANES):
        dx, dy = between(s, world, wraps, a, b, l)
        reach = (share_a * s[oa + REACH * LANES + l] + share_b * s[ob + REACH * LANES + l] + extra) * F(1.0001)
        reach += spread(world, a, l, scratch) + spread(world, b, l, scratch)
        near = dx * dx + dy * dy <= reach * reach and s[oa + ALIVE * LANES + l] * s[ob + ALIVE * LANES + l] > ZERO
        active = s[held + l] != ZERO or s[wait + l] != ZERO or s[mark + l] != ZERO
        f[F_MASK + l] = ONE if near or active else ZERO
        stirs += 1 if near or active else 0
    return stirs


@shared
def _follow(s, world, when, meeting, value, lane, scratch):
    """2 times how often two came together in this decision (for an event that ends a meeting: parted), and 1 where they are together at its end.

    What pushed each other has touched, even where no sample shows it.
    """
    a, b, watch = cell(world, W_MEETING, meeting, M_A), cell(world, W_MEETING, meeting, M_B), cell(world, W_MEETING, meeting, M_WATCH)
    oa, ob = at(a, 0) + lane, at(b, 0) + lane
    event, alone = (when, a, b, value), when == WHEN_TOUCH_WALL or when == WHEN_APART_WALL
    if s[oa + ALIVE * LANES] == ZERO or (not alone and s[ob + ALIVE * LANES] == ZERO):
        return ZERO
    pushed = watch >= 0 and s[max(watch, 0) * LANES + lane] > ZERO
    if cell(world, W_MEETING, meeting, M_TRACED) == 0:
        return ONE if pushed or _meets(s, world, event, lane, scratch) else ZERO
    was = s[cell(world, W_MEETING, meeting, M_HELD) * LANES + lane]
    before = was == F(MET_DONE) if is_ending(when) else was != F(MET_NOT)
    pose_a, pose_b = pose_of(s, a, lane), pose_of(s, b, lane)
    vx, vy, w = s[oa + VX * LANES], s[oa + VY * LANES], s[oa + W * LANES]
    vu, vv, z = s[ob + VX * LANES], s[ob + VY * LANES], s[ob + W * LANES]
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
    s[oa + VX * LANES], s[oa + VY * LANES], s[oa + W * LANES] = vx, vy, w
    s[ob + VX * LANES], s[ob + VY * LANES], s[ob + W * LANES] = vu, vv, z
    if pushed and not before and begun == ZERO:
        begun, ended = ONE, ONE
    return F(2) * (ended if is_ending(when) else begun) + (ONE if together else ZERO)


@shared
def _meets(s, world, event, lane, scratch):
    """Whether two are together where they stand now."""
    when, a, b, value = event
    if when == WHEN_TOUCH_WALL or when == WHEN_APART_WALL:
        return touches_wall(s, world, a, lane, scratch)
    if when == WHEN_TOUCH or when == WHEN_APART:
        return touches(s, world, a, b, lane, scratch)
    oa = at(a, 0) + lane
    if when == WHEN_NEAR:
        dx, dy = between(s, world, world.whole[N_WALLS] == WALLS_WRAP, b, a, lane)
        return dx * dx + dy * dy <= value * value
    return encloses(s, world, b, lane, s[oa], s[oa + Y * LANES], scratch)


@shared
def forget_meetings(s, world, body, lane, shot):
    """End the meetings of a body that is placed, or shot (`shot` 1: then cooldowns are over as well), without an event.

    A portal doesn't fire for what is put into it: only once that has been out.
    """
    for n in range(cell(world, W_BODY, body, B_MET), cell(world, W_BODY, body, B_MET_END)):
        meeting, rule = cell(world, W_MET, n, 0), cell(world, W_MET, n, 1)
        put = cell(world, W_RULE, rule, R_PUT)
        through = (put == 1 and cell(world, W_MEETING, meeting, M_A) == body) or (put == 2 and cell(world, W_MEETING, meeting, M_B) == body)
        s[cell(world, W_MEETING, meeting, M_HELD) * LANES + lane] = F(MET_PUT) if through and shot == 0 else F(MET_NOT)
        if shot == 1:
            s[cell(world, W_MEETING, meeting, M_WAIT) * LANES + lane] = ZERO
