"""Hands: agents grab what is near, carry it, lock it. A grip is a joint made at run time, in rows that each agent with hands has.

At the start of a decision `reach_out` lets go, grabs, locks and unlocks, one world at a time; in each substep grips pull beside the joints. What is locked
has no inverse mass and stands still, so that nothing moves it; it keeps its own masses beside.
"""

import numpy as np

from ...jit.ir import LANES
from ...jit.kernel import inner, shared
from ..collision.geometry import FAR
from ..collision.images import image_shift, near_images
from ..collision.manifold import meet
from ..collision.pairs import lets_through, may_push
from ..physics.constraints import arm, into
from ..physics.grips import hand_at
from ..sensors.sight import ray_to
from ..world.bodies import at, nearest_image, shortest
from ..world.elementary import HALF, ONE, ZERO
from ..world.layout.scratch import Area, Point
from ..world.layout.things import Body, BodyTable, Grab, Hand, HandTable, Lock, Moves
from ..world.layout.world import F, Real, Table, Walls, Whole
from ..world.tables import cell, const, row_count
from .choices import lock_wish

WANTS_GRAB, WANTS_ANY, WANTS_LOCK, WANTS_UNLOCK, WANTS_LOCKABLE = 0, 1, 2, 3, 4
"""What `_nearest` looks for; those after WANTS_ANY only among what the team can lock."""

SLIP = F(0.05)
"""A grip lets go when it has been pulled apart by the reach of the hand and this much more [m]."""
_PLACE, _SHIFT = Area.POINTS + Point.SPARE_X, Area.POINTS + Point.SIZE + Point.SPARE_X
"""Where scratch keeps, two numbers each, where a hand would hold on, and what image of the thing it would hold on to."""


@inner
def _mark_at(first, body, kind_first):
    """A body's own of the rows that its kind has from `first` on."""
    return first + body - kind_first


# --- at the start of a decision ---------------------------------------------------------------------------------------------------------------


@shared
def take_wishes(s, world, actions):
    """Copy what policies want their hands to do."""
    for hand in range(row_count(world, Table.HAND)):
        first = Area.ACTION + cell(world, Table.HAND, hand, HandTable.ACTION)
        discrete = cell(world, Table.HAND, hand, HandTable.DISCRETE) == 1
        grab, lock = hand_at(world, hand, Hand.GRAB), hand_at(world, hand, Hand.LOCK)
        for l in range(LANES):
            s[grab, l] = actions[first, l]
        if cell(world, Table.HAND, hand, HandTable.LOCKS) == 1:
            for l in range(LANES):
                wish = actions[first + 1, l]
                s[lock, l] = lock_wish(wish) if discrete else wish


@shared
def reach_out(s, world, live, scratch):
    """Let go of what slipped away, is gone, or is not wanted any more; then grab, lock and unlock, agent after agent."""
    if row_count(world, Table.HAND) == 0:
        return
    for hand in range(row_count(world, Table.HAND)):
        for l in range(live):
            if s[hand_at(world, hand, Hand.HELD), l] > ZERO and _lets_go(s, world, hand, l, scratch):
                s[hand_at(world, hand, Hand.HELD), l] = ZERO
    _mark_held(s, world, live)
    for hand in range(row_count(world, Table.HAND)):
        for l in range(live):
            if s[at(cell(world, Table.HAND, hand, HandTable.BODY), Body.ALIVE), l] > ZERO:
                if s[hand_at(world, hand, Hand.GRAB), l] > ZERO and s[hand_at(world, hand, Hand.HELD), l] == ZERO:
                    _grab(s, world, hand, l, scratch)
                if cell(world, Table.HAND, hand, HandTable.LOCKS) == 1:
                    wish = s[hand_at(world, hand, Hand.LOCK), l]
                    if wish > HALF:
                        _lock(s, world, hand, l, scratch)
                    elif wish < -HALF:
                        _unlock(s, world, hand, l, scratch)
    _mark_held(s, world, live)


@shared
def _lets_go(s, world, hand, lane, scratch):
    """Whether a grip ends in one world: not wanted any more, one of the two gone, or locked, pulled apart, or a wall came between."""
    a, b = cell(world, Table.HAND, hand, HandTable.BODY), np.int64(s[hand_at(world, hand, Hand.HELD), lane])
    oa, ob = at(a, 0), at(b, 0)
    if s[hand_at(world, hand, Hand.GRAB), lane] <= ZERO or s[oa + Body.ALIVE, lane] * s[ob + Body.ALIVE, lane] == ZERO:
        return True
    for grab in range(cell(world, Table.HAND, hand, HandTable.GRABS), cell(world, Table.HAND, hand, HandTable.GRABS_END)):
        first = cell(world, Table.GRAB, grab, Grab.FIRST)
        if b >= first and b < first + cell(world, Table.GRAB, grab, Grab.COUNT) and _is_locked(s, world, grab, b, lane):
            return True
    h = hand_at(world, hand, 0)
    ax, ay = arm(s, oa, lane, s[h + Hand.AX, lane], s[h + Hand.AY, lane])
    bx, by = arm(s, ob, lane, s[h + Hand.BX, lane], s[h + Hand.BY, lane])
    dx, dy = s[ob, lane] + bx - s[oa, lane] - ax, s[ob + 1, lane] + by - s[oa + 1, lane] - ay
    dx, dy = shortest(world, world.whole[Whole.WALLS] == Walls.WRAP, dx, dy)
    most = const(world, cell(world, Table.HAND, hand, HandTable.REACH)) + SLIP
    if dx * dx + dy * dy > most * most:
        return True
    return cell(world, Table.HAND, hand, HandTable.THROUGH) == 0 and _is_walled(
        s, world, a, b, lane, (s[oa, lane] + ax + dx, s[oa + 1, lane] + ay + dy), scratch
    )


@inner
def _is_locked(s, world, grab, body, lane):
    locked = cell(world, Table.GRAB, grab, Grab.LOCKED)
    return locked >= 0 and s[_mark_at(max(locked, 0), body, cell(world, Table.GRAB, grab, Grab.FIRST)), lane] > ZERO


@shared
def _mark_held(s, world, live):
    """Write who holds something, and what is held, by whom."""
    first = world.whole[Whole.HELD]
    for k in range(world.whole[Whole.HELDS]):
        for l in range(LANES):
            s[first + k, l] = ZERO
    for hand in range(row_count(world, Table.HAND)):
        own, row = cell(world, Table.HAND, hand, HandTable.OWN), hand_at(world, hand, Hand.HELD)
        for l in range(live):
            if s[row, l] > ZERO:
                body = np.int64(s[row, l])
                s[own, l] = ONE
                for grab in range(cell(world, Table.HAND, hand, HandTable.GRABS), cell(world, Table.HAND, hand, HandTable.GRABS_END)):
                    kind = cell(world, Table.GRAB, grab, Grab.FIRST)
                    if body >= kind and body < kind + cell(world, Table.GRAB, grab, Grab.COUNT):
                        s[_mark_at(cell(world, Table.GRAB, grab, Grab.HELD), body, kind), l] = ONE
                        s[_mark_at(cell(world, Table.GRAB, grab, Grab.HELD_BY), body, kind), l] = ONE


@shared
def _gap(s, world, hand, b, lane, reach, scratch):
    """Distance of the outlines of an agent and a body in one world, FAR where that is beyond reach or behind a wall.

    In scratch lie then, beside the first point: where the two are nearest, half-way between; beside the second: how far B was moved (worlds that wrap).
    """
    a, h = cell(world, Table.HAND, hand, HandTable.BODY), scratch.h
    oa, ob = at(a, 0), at(b, 0)
    if a == b or s[ob + Body.ALIVE, lane] == ZERO:
        return FAR
    wraps = world.whole[Whole.WALLS] == Walls.WRAP
    dx, dy, shift = nearest_image(s, world, wraps, a, b, lane)
    most = s[oa + Body.REACH, lane] + s[ob + Body.REACH, lane] + reach
    if dx * dx + dy * dy > most * most:
        return FAR
    sx, sy = shift
    gap, x, y, shift_x, shift_y = FAR, ZERO, ZERO, ZERO, ZERO
    count, where = near_images(world, wraps, dx, dy, most)
    for n in range(count):
        move_x, move_y = image_shift(world, where, n)
        move_x, move_y = sx + move_x, sy + move_y
        for k in range(meet(s, world, (a, b), lane, (move_x, move_y), reach, h)):
            p = Area.POINTS + Point.SIZE * k
            if h[p + Point.GAP] < gap:
                back = HALF * h[p + Point.GAP]  # from half-way between the outlines to that of B
                gap, x, y, shift_x, shift_y = h[p + Point.GAP], h[p + Point.X], h[p + Point.Y], move_x, move_y
                side = (x + back * h[p], y + back * h[p + Point.NY])
                if cell(world, Table.HAND, hand, HandTable.THROUGH) == 0 and _is_walled(s, world, a, b, lane, side, scratch):
                    gap = FAR
    h[_PLACE], h[_PLACE + 1], h[_SHIFT], h[_SHIFT + 1] = x, y, shift_x, shift_y
    return gap


@shared
def _is_walled(s, world, a, b, lane, point, scratch):
    """Whether a wall stands between an agent's centre and a point of another body: something solid that nothing moves and that stops the agent."""
    x, y = point
    ox, oy = s[at(a, Body.X), lane], s[at(a, Body.Y), lane]
    dx, dy = x - ox, y - oy
    length = np.sqrt(dx * dx + dy * dy)
    slack = F(2) * world.real[Real.MARGIN]
    if length <= slack:
        return False
    if world.whole[Whole.WALLS] == Walls.SOLID:
        half_w, half_h = world.real[Real.HALF_W], world.real[Real.HALF_H]
        if np.abs(ox) <= half_w and np.abs(oy) <= half_h and (np.abs(x) > half_w + slack or np.abs(y) > half_h + slack):
            return True
    ray = (ox, oy, dx / length, dy / length)
    for wall in range(1, world.whole[Whole.BODIES]):
        if wall != a and wall != b and s[at(wall, Body.SOLID), lane] > ZERO and s[at(wall, Body.INV_MASS), lane] == ZERO:
            if (
                cell(world, Table.BODY, a, BodyTable.MOVES) != Moves.DYNAMIC or may_push(world, min(a, wall), max(a, wall))
            ) and not lets_through(s, world, a, wall, lane):
                if ray_to(s, world, wall, lane, ray, length, True, scratch.h) < length - slack:
                    return True
    return False


@shared
def _nearest(s, world, hand, lane, wants, scratch):
    """The nearest body in reach, and its row of Table.GRAB; (0, 0) for none.

    `wants`: WANTS_GRAB, WANTS_LOCK, WANTS_UNLOCK: what that can be done to now; WANTS_LOCKABLE, WANTS_ANY: whatever state it is in.
    """
    reach = const(world, cell(world, Table.HAND, hand, HandTable.REACH))
    best, found, where = FAR, 0, 0
    for grab in range(cell(world, Table.HAND, hand, HandTable.GRABS), cell(world, Table.HAND, hand, HandTable.GRABS_END)):
        first = cell(world, Table.GRAB, grab, Grab.FIRST)
        if wants > WANTS_ANY and cell(world, Table.GRAB, grab, Grab.LOCK) < 0:
            continue
        for b in range(first, first + cell(world, Table.GRAB, grab, Grab.COUNT)):
            fits = wants == WANTS_ANY or wants == WANTS_LOCKABLE or not _is_locked(s, world, grab, b, lane)
            if wants == WANTS_LOCK:
                fits = fits and not _held_by_others(s, world, grab, b, lane)
            elif wants == WANTS_UNLOCK:
                fits = s[_mark_at(cell(world, Table.GRAB, grab, Grab.LOCKED_BY), b, first), lane] > ZERO
            if fits:
                gap = _gap(s, world, hand, b, lane, reach, scratch)
                if gap < best:
                    best, found, where = gap, b, grab
    return found, where


@inner
def _held_by_others(s, world, grab, body, lane):
    """Whether a thing is held, but by nobody of this team."""
    first = cell(world, Table.GRAB, grab, Grab.FIRST)
    held = s[_mark_at(cell(world, Table.GRAB, grab, Grab.HELD), body, first), lane]
    return held > s[_mark_at(cell(world, Table.GRAB, grab, Grab.HELD_BY), body, first), lane]


@shared
def _grab(s, world, hand, lane, scratch):
    """Make a grip on the nearest thing, where the two outlines are nearest to each other."""
    b, grab = _nearest(s, world, hand, lane, WANTS_GRAB, scratch)
    if b == 0:
        return
    a, reach = cell(world, Table.HAND, hand, HandTable.BODY), const(world, cell(world, Table.HAND, hand, HandTable.REACH))
    oa, ob, h = at(a, 0), at(b, 0), hand_at(world, hand, 0)
    _gap(s, world, hand, b, lane, reach, scratch)  # again, for the point
    x, y = scratch.h[_PLACE], scratch.h[_PLACE + 1]
    px, py = x - s[oa, lane], y - s[oa + 1, lane]
    qx, qy = x - scratch.h[_SHIFT] - s[ob, lane], y - scratch.h[_SHIFT + 1] - s[ob + 1, lane]
    s[h + Hand.HELD, lane] = F(b)
    s[h + Hand.AX, lane], s[h + Hand.AY, lane] = into(s, oa, lane, px, py)
    s[h + Hand.BX, lane], s[h + Hand.BY, lane] = into(s, ob, lane, qx, qy)
    s[h + Hand.COS, lane], s[h + Hand.SIN, lane] = into(s, oa, lane, s[ob + Body.COS, lane], s[ob + Body.SIN, lane])
    for row in range(Hand.PX, Hand.TURN + 1):
        s[h + row, lane] = ZERO
    first = cell(world, Table.GRAB, grab, Grab.FIRST)
    s[_mark_at(cell(world, Table.GRAB, grab, Grab.HELD), b, first), lane] = ONE
    s[_mark_at(cell(world, Table.GRAB, grab, Grab.HELD_BY), b, first), lane] = ONE


@shared
def _lock(s, world, hand, lane, scratch):
    """Lock what is held, or else the nearest; every grip on it ends."""
    b = np.int64(s[hand_at(world, hand, Hand.HELD), lane])
    grab = 0
    for g in range(cell(world, Table.HAND, hand, HandTable.GRABS), cell(world, Table.HAND, hand, HandTable.GRABS_END)):
        first = cell(world, Table.GRAB, g, Grab.FIRST)
        if b >= first and b < first + cell(world, Table.GRAB, g, Grab.COUNT):
            grab = g
    if b > 0 and (cell(world, Table.GRAB, grab, Grab.LOCK) < 0 or _shared_with_others(s, world, b, hand, lane)):
        return
    if b == 0:
        b, grab = _nearest(s, world, hand, lane, WANTS_LOCK, scratch)
    if b == 0:
        return
    for other in range(row_count(world, Table.HAND)):
        row = hand_at(world, other, Hand.HELD)
        s[row, lane] = ZERO if s[row, lane] == F(b) else s[row, lane]
    first = cell(world, Table.GRAB, grab, Grab.FIRST)
    s[_mark_at(cell(world, Table.GRAB, grab, Grab.LOCKED), b, first), lane] = ONE
    s[_mark_at(cell(world, Table.GRAB, grab, Grab.LOCKED_BY), b, first), lane] = ONE
    kept = cell(world, Table.LOCK, cell(world, Table.GRAB, grab, Grab.LOCK), Lock.KEPT) + 2 * (b - first)
    mass, inertia = at(b, Body.INV_MASS), at(b, Body.INV_INERTIA)
    s[kept, lane], s[kept + 1, lane] = s[mass, lane], s[inertia, lane]
    s[mass, lane], s[inertia, lane] = ZERO, ZERO


@shared
def _shared_with_others(s, world, body, hand, lane):
    """Whether hands of another team hold the same thing; teams differ in where their kinds begin in Table.GRAB."""
    for other in range(row_count(world, Table.HAND)):
        if cell(world, Table.HAND, other, HandTable.GRABS) != cell(world, Table.HAND, hand, HandTable.GRABS):
            if np.int64(s[hand_at(world, other, Hand.HELD), lane]) == body:
                return True
    return False


@shared
def _unlock(s, world, hand, lane, scratch):
    """Give the nearest thing that the own team locked its masses back."""
    b, grab = _nearest(s, world, hand, lane, WANTS_UNLOCK, scratch)
    if b == 0:
        return
    first = cell(world, Table.GRAB, grab, Grab.FIRST)
    s[_mark_at(cell(world, Table.GRAB, grab, Grab.LOCKED), b, first), lane] = ZERO
    s[_mark_at(cell(world, Table.GRAB, grab, Grab.LOCKED_BY), b, first), lane] = ZERO
    kept = cell(world, Table.LOCK, cell(world, Table.GRAB, grab, Grab.LOCK), Lock.KEPT) + 2 * (b - first)
    s[at(b, Body.INV_MASS), lane], s[at(b, Body.INV_INERTIA), lane] = s[kept, lane], s[kept + 1, lane]


# --- what could be done, asked before a decision: agents act one after the other, so what those before one do counts as well -----------------------


@shared
def could_grab(s, world, hand, lane, scratch):
    """Whether wanting to grab could do anything in one world: hold on, or take something."""
    if s[hand_at(world, hand, Hand.HELD), lane] > ZERO:
        return True
    wants = WANTS_GRAB if hand == 0 or row_count(world, Table.LOCK) == 0 else WANTS_ANY  # else somebody may unlock it first
    b, _ = _nearest(s, world, hand, lane, wants, scratch)
    return b > 0


@shared
def could_lock(s, world, hand, lane, scratch):
    """Whether wanting to lock could do anything in one world."""
    held = np.int64(s[hand_at(world, hand, Hand.HELD), lane])
    for grab in range(cell(world, Table.HAND, hand, HandTable.GRABS), cell(world, Table.HAND, hand, HandTable.GRABS_END)):
        first = cell(world, Table.GRAB, grab, Grab.FIRST)
        if cell(world, Table.GRAB, grab, Grab.LOCK) >= 0 and held >= first and held < first + cell(world, Table.GRAB, grab, Grab.COUNT):
            return True
    b, _ = _nearest(s, world, hand, lane, WANTS_LOCKABLE, scratch)
    return b > 0


@shared
def could_unlock(s, world, hand, lane, scratch):
    """Whether wanting to unlock could do anything in one world."""
    first = hand == 0 or cell(world, Table.HAND, max(hand - 1, 0), HandTable.GRABS) != cell(
        world, Table.HAND, hand, HandTable.GRABS
    )  # of its team: no mate locks before it
    b, _ = _nearest(s, world, hand, lane, WANTS_UNLOCK if first else WANTS_LOCKABLE, scratch)
    return b > 0
