"""Continuous collision: when two moving shapes first touch, and nothing moving through anything within one substep.

Conservative advancement: the gap of two convex shapes along the direction between their nearest points can't close sooner than their velocities
and spins allow; advance by that time, look again. Source: B. Mirtich, "Impulse-based Dynamic Simulation of Rigid Body Systems" (1996), 2.3;
Box2D v3 does the same for fast bodies (b2TimeOfImpact). Scalar code, one world at a time: only what is fast comes here.
"""

import numpy as np

from ...jit.ir import LANES
from ...jit.kernel import inner, shared
from ..collision.geometry import FAR, load_hull, rim_speed
from ..collision.grid import clear, gather, holds, insert, sort
from ..collision.images import has_more_images, image_shift, images, passes
from ..collision.manifold import meet
from ..collision.pairs import lets_through, may_push, touch_mark
from ..collision.time_of_impact import first_touch, place_at
from ..world.bodies import at, between, nearest_image, pose_of
from ..world.elementary import HALF, ONE, ZERO
from ..world.layout.scratch import Area, Hull, Integer, Point
from ..world.layout.things import Body, BodyTable, Moves
from ..world.layout.world import MAX_BODIES, F, GridTable, Kind, Pair, Real, Table, Walls, Whole
from ..world.tables import cell, const, row_count

_AREA = 0
"""Of the grid: that of contacts, which have been found by then."""
_PASSES = 4
_HITS = Integer.CURSOR
"""Where Scratch.i counts the pairs that were stopped; finding contacts, whose cursor this is, is over then."""
DEPTH, DISC_DEPTH = F(0.75), F(1.5)
"""How deep two shapes may get into each other within a substep, as a share of the thinner one's half width: of the 2 or more that it takes to get through.
More for two discs, whose contacts follow them."""


@inner
def _path(s, world, body, lane, h):
    """How far a body's outline gets in a time, at most [m]."""
    o = at(body, 0)
    return h * (np.abs(s[o + Body.VX, lane]) + np.abs(s[o + Body.VY, lane]) + rim_speed(s, world, body, lane))


@shared
def half_width(s, world, body, lane, h):
    """Half of a body's least width [m], rounding included."""
    count = load_hull(s, world, body, lane, h, Area.HULL_A)
    radius = s[at(body, Body.ROUND), lane]
    if count < 3:
        return radius
    least = FAR
    for k in range(count):
        n = k + 1 if k + 1 < count else 0
        px, py = h[Area.HULL_A + k], h[Area.HULL_A + Hull.Y + k]
        ex, ey = h[Area.HULL_A + n] - px, h[Area.HULL_A + Hull.Y + n] - py
        size, far = np.sqrt(ex * ex + ey * ey), ZERO
        for j in range(count):
            far = max(far, ex * (h[Area.HULL_A + Hull.Y + j] - py) - ey * (h[Area.HULL_A + j] - px))
        least = min(least, far / max(size, F(1e-9)))
    return radius + HALF * least


@shared
def hold_back(s, world, live, scratch):
    """After `move`: what has moved so far in this substep that it may have got through something is stopped where it got in, and collides there.

    Contacts that were foreseen never come to this: it catches what was turned to something else since. The rest of the substep's motion is lost. In
    worlds where nothing is that fast, this is one look at all speeds.
    """
    if _mark_quick(s, world, scratch.f) > 0 and _mark_close(s, world, live, scratch) > 0:
        for l in range(live):
            if scratch.f[Area.HELD, l] > ZERO:
                _hold_world(s, world, l, scratch)


@shared
def _mark_quick(s, world, f):
    """Mark (Area.MASK) in which lanes some body is faster than the world's Real.QUICK. Returns in how many."""
    quick = world.real[Real.QUICK]
    for l in range(LANES):
        f[Area.MASK, l] = ZERO
    for body in range(1, world.whole[Whole.BODIES]):
        if cell(world, Table.BODY, body, BodyTable.MOVES) == Moves.STATIC:
            continue
        o = at(body, 0)
        if cell(world, Table.BODY, body, BodyTable.CORNERS) == 1:
            for l in range(LANES):
                f[Area.MASK, l] = max(f[Area.MASK, l], np.abs(s[o + Body.VX, l]) + np.abs(s[o + Body.VY, l]))
        else:
            for l in range(LANES):
                speed = np.abs(s[o + Body.VX, l]) + np.abs(s[o + Body.VY, l])
                f[Area.MASK, l] = max(f[Area.MASK, l], speed + np.abs(s[o + Body.SPIN, l]) * s[o + Body.REACH, l])
    hits = 0
    for l in range(LANES):
        f[Area.MASK, l] = ONE if f[Area.MASK, l] > quick else ZERO
        hits += 1 if f[Area.MASK, l] > ZERO else 0
    return hits


@shared
def _mark_close(s, world, live, scratch):
    """Mark (Area.HELD) in which of the marked lanes two bodies were so fast and so close that one may have got through the other. Returns in how many."""
    f, h, wraps = scratch.f, world.real[Real.SUBSTEP], world.whole[Whole.WALLS] == Walls.WRAP
    for l in range(LANES):
        f[Area.HELD, l] = ZERO
    for n in range(row_count(world, Table.PAIR)):
        a, b = cell(world, Table.PAIR, n, Pair.A), cell(world, Table.PAIR, n, Pair.B)
        limits = _limits(world, a, b)
        for l in range(LANES):
            close = f[Area.MASK, l] > ZERO and _is_close(s, world, wraps, a, b, l, limits, h)
            f[Area.HELD, l] = ONE if close else f[Area.HELD, l]
    if _is_unlisted(world):
        for l in range(live):
            if f[Area.MASK, l] > ZERO and _is_close_by_grid(s, world, l, h, wraps, scratch):
                f[Area.HELD, l] = ONE
    hits = 0
    for l in range(LANES):
        hits += 1 if f[Area.HELD, l] > ZERO else 0
    return hits


@inner
def _limits(world, a, b):
    """What `_is_close` asks of the tables, once for all lanes: of A and B, 1 where spin brings its outline nearer to something, 0 for a disc; and `_quick`."""
    rim_a = ZERO if cell(world, Table.BODY, a, BodyTable.CORNERS) == 1 else ONE
    return rim_a, (ZERO if cell(world, Table.BODY, b, BodyTable.CORNERS) == 1 else ONE), _quick(world, a, b)


@inner
def _is_close(s, world, wraps, a, b, lane, limits, h):
    """Whether two bodies were so fast and so close that one may have got through the other."""
    rim_a, rim_b, quick = limits
    oa, ob = at(a, 0), at(b, 0)
    dx, dy = between(s, world, wraps, a, b, lane)
    vx, vy = s[ob + Body.VX, lane] - s[oa + Body.VX, lane], s[ob + Body.VY, lane] - s[oa + Body.VY, lane]
    spin = rim_a * np.abs(s[oa + Body.SPIN, lane]) * s[oa + Body.REACH, lane]
    spin += rim_b * np.abs(s[ob + Body.SPIN, lane]) * s[ob + Body.REACH, lane]
    speed = np.abs(vx) + np.abs(vy)
    reach = s[oa + Body.REACH, lane] + s[ob + Body.REACH, lane] + h * speed
    solid = s[oa + Body.SOLID, lane] * s[ob + Body.SOLID, lane]
    return speed + spin > quick and dx * dx + dy * dy < reach * reach * solid


@shared
def _is_close_by_grid(s, world, lane, h, wraps, scratch):
    """Whether that is so for any two bodies of one world, where pairs are too many to be listed."""
    _fill_grid(s, world, lane, h, scratch)
    for a in range(1, world.whole[Whole.BODIES]):
        for k in range(_around(s, world, a, lane, h, scratch)):
            b = scratch.i[Integer.FOUND + k]
            if b > a and may_push(world, a, b) and _is_close(s, world, wraps, a, b, lane, _limits(world, a, b), h):
                return True
    return False


@shared
def _fill_grid(s, world, lane, h, scratch):
    """Put every solid body of one world into the grid, as wide as it reaches within a substep."""
    clear(world, _AREA, scratch)
    for body in range(1, world.whole[Whole.BODIES]):
        o = at(body, 0)
        if s[o + Body.SOLID, lane] > ZERO:
            extent = s[o + Body.REACH, lane] + _path(s, world, body, lane, h)
            insert(world, body, (s[o, lane], s[o + Body.Y, lane]), extent, _AREA, _AREA, scratch)


@shared
def _around(s, world, body, lane, h, scratch):
    """List the bodies that a solid one may reach within a substep, and some more, in ascending order; how many."""
    if not holds(world, body, _AREA, scratch):
        return 0
    o = at(body, 0)
    extent = s[o + Body.REACH, lane] + _path(s, world, body, lane, h)
    found = gather(world, (s[o, lane], s[o + Body.Y, lane], extent, extent), _AREA, Integer.FOUND, scratch)
    sort(found, scratch)
    return found


@shared
def _hold_world(s, world, lane, scratch):
    """Go back to where the substep began, find how far each body gets, move it that far, let those that were stopped collide.

    Area.FAR of scratch: when each body stops [s]; Area.PICK: the pairs that were stopped.
    """
    f, h = scratch.f, world.real[Real.SUBSTEP]
    scratch.i[_HITS + lane] = 0
    for body in range(world.whole[Whole.BODIES]):
        f[Area.FAR + body, lane] = h
        if cell(world, Table.BODY, body, BodyTable.MOVES) != Moves.STATIC:
            place_at(s, body, lane, pose_of(s, body, lane), -h)
    for _ in range(_PASSES):
        changes = _stop_by_grid(s, world, lane, h, scratch) if _is_unlisted(world) else _stop_listed(s, world, lane, h, scratch)
        if changes == 0:
            break
    for body in range(1, world.whole[Whole.BODIES]):
        if cell(world, Table.BODY, body, BodyTable.MOVES) != Moves.STATIC:
            o, stop = at(body, 0), f[Area.FAR + body, lane]
            place_at(s, body, lane, pose_of(s, body, lane), stop)
            s[o + Body.TURN, lane] -= (h - stop) * s[o + Body.SPIN, lane]
    for k in range(scratch.i[_HITS + lane]):
        _collide(s, world, np.int64(f[Area.PICK + k, lane]), np.int64(f[Area.SEEN + k, lane]), lane, scratch.h)


@inner
def _is_unlisted(world):
    """Whether the pairs of bodies are too many to be listed."""
    return row_count(world, Table.PAIR) == 0 and cell(world, Table.GRID, 0, GridTable.WORLDS) > 0


@inner
def _stop_listed(s, world, lane, h, scratch):
    """Stop what gets too deep into each other among all pairs. Returns how often something was stopped."""
    changes = 0
    for n in range(row_count(world, Table.PAIR)):
        a, b = cell(world, Table.PAIR, n, Pair.A), cell(world, Table.PAIR, n, Pair.B)
        if s[at(a, Body.SOLID), lane] * s[at(b, Body.SOLID), lane] > ZERO:
            changes += _stop_pair(s, world, a, b, lane, h, scratch)
    return changes


@shared
def _stop_by_grid(s, world, lane, h, scratch):
    """As `_stop_listed`, where pairs are too many to be listed: each body asks those around it."""
    changes = 0
    _fill_grid(s, world, lane, h, scratch)
    for a in range(1, world.whole[Whole.BODIES]):
        for k in range(_around(s, world, a, lane, h, scratch)):
            b = scratch.i[Integer.FOUND + k]
            if b > a and may_push(world, a, b):
                changes += _stop_pair(s, world, a, b, lane, h, scratch)
    return changes


@inner
def _quick(world, a, b):
    """Speed up to which two bodies don't get through each other between two looks at them [m/s]."""
    kind_a, kind_b = cell(world, Table.BODY, a, BodyTable.KIND), cell(world, Table.BODY, b, BodyTable.KIND)
    return const(world, cell(world, Table.KIND, kind_a, Kind.MEETS + row_count(world, Table.KIND) + kind_b))


@shared
def _stop_pair(s, world, a, b, lane, h, scratch):
    """Let what is fast of two bodies stop where they get too deep into each other. Returns whether one of them now stops earlier."""
    f, oa, ob = scratch.f, at(a, 0), at(b, 0)
    stop_a, stop_b = f[Area.FAR + a, lane], f[Area.FAR + b, lane]
    moves_a, moves_b = cell(world, Table.BODY, a, BodyTable.MOVES), cell(world, Table.BODY, b, BodyTable.MOVES)
    vx = (s[ob + Body.VX, lane] if moves_b != 0 else ZERO) - (s[oa + Body.VX, lane] if moves_a != 0 else ZERO)
    vy = (s[ob + Body.VY, lane] if moves_b != 0 else ZERO) - (s[oa + Body.VY, lane] if moves_a != 0 else ZERO)
    rim = rim_speed(s, world, a, lane) + rim_speed(s, world, b, lane)
    # the contacts of two discs follow them; others were foreseen for the whole tick, so what is turned aside is on its own for all of it
    discs = cell(world, Table.BODY, a, BodyTable.CORNERS) == 1 and cell(world, Table.BODY, b, BodyTable.CORNERS) == 1
    while_alone = ONE if discs else world.real[Real.TICK] / h
    quick = _quick(world, a, b)
    path = h * (np.abs(vx) + np.abs(vy))
    if min(stop_a, stop_b) < h:  # one of them stands still for a while: what the other does then counts
        path += h * (
            np.abs(s[oa + Body.VX, lane]) + np.abs(s[oa + Body.VY, lane]) + np.abs(s[ob + Body.VX, lane]) + np.abs(s[ob + Body.VY, lane])
        )
    if path + h * rim <= quick * h:
        return 0
    wraps = world.whole[Whole.WALLS] == Walls.WRAP
    dx, dy, shift = nearest_image(s, world, wraps, a, b, lane)
    reach = s[oa + Body.REACH, lane] + s[ob + Body.REACH, lane] + path
    if dx * dx + dy * dy > reach * reach or lets_through(s, world, a, b, lane):
        return 0
    depth = (DISC_DEPTH if discs else DEPTH) * min(half_width(s, world, a, lane, scratch.h), half_width(s, world, b, lane, scratch.h))
    if while_alone * (path + h * rim) <= depth:
        return 0
    times, goal = (h, stop_a, stop_b), (depth, depth / F(256))
    t = first_touch(s, world, (a, b), lane, shift, times, goal, scratch.h)
    if wraps and has_more_images(world, reach):
        t = _touch_others(s, world, (a, b), lane, (dx, dy, vx, vy), shift, times, goal, t, scratch.h)
    if t < ZERO:
        return 0
    changed = 0
    if moves_a == 1 and t < stop_a and while_alone * _path(s, world, a, lane, h) > HALF * depth:
        f[Area.FAR + a, lane] = t
        changed = 1
    if moves_b == 1 and t < stop_b and while_alone * _path(s, world, b, lane, h) > HALF * depth:
        f[Area.FAR + b, lane] = t
        changed = 1
    hits = scratch.i[_HITS + lane]
    if changed == 1 and hits < MAX_BODIES:
        f[Area.PICK + hits, lane], f[Area.SEEN + hits, lane] = F(a), F(b)
        scratch.i[_HITS + lane] = hits + 1
    return changed


@shared
def _touch_others(s, world, pair, lane, way, shift, times, goal, t, f):
    """As `first_touch`, of the images of B that are not the nearest in a world that wraps; `t`: when it is touched [s], -1 for not at all.

    `way`: where that is as seen from A, and how it moves.
    """
    a, b = pair
    dx, dy, vx, vy = way
    sx, sy = shift
    h, stop_a, stop_b = times
    oa, ob = at(a, 0), at(b, 0)
    close = s[oa + Body.REACH, lane] + s[ob + Body.REACH, lane]
    still = min(stop_a, stop_b) < h  # one of them stands still for a while, so both paths count
    reach_x = close + h * (np.abs(s[oa + Body.VX, lane]) + np.abs(s[ob + Body.VX, lane]))
    reach_y = close + h * (np.abs(s[oa + Body.VY, lane]) + np.abs(s[ob + Body.VY, lane]))
    count, where = images(world, dx, dy, reach_x, reach_y)
    for n in range(count):
        shift_x, shift_y = image_shift(world, where, n)
        if shift_x != ZERO or shift_y != ZERO:
            _, gap = passes(dx + shift_x, dy + shift_y, vx, vy, h)
            if still or gap < close * close:
                other = first_touch(s, world, pair, lane, (sx + shift_x, sy + shift_y), times, goal, f)
                t = other if other >= ZERO and (t < ZERO or other < t) else t
    return t


@shared
def _collide(s, world, a, b, lane, f):
    """The collision of a pair that was stopped: an impulse at each point where they meet, so that they approach no more, or bounce. No friction."""
    oa, ob = at(a, 0), at(b, 0)
    wraps, close = world.whole[Whole.WALLS] == Walls.WRAP, s[oa + Body.REACH, lane] + s[ob + Body.REACH, lane] + world.real[Real.MARGIN]
    dx, dy, shift = nearest_image(s, world, wraps, a, b, lane)
    sx, sy = shift
    found = _strike(s, world, a, b, lane, shift, f)
    if wraps and has_more_images(world, close):
        count, where = images(world, dx, dy, close, close)
        for n in range(count):
            shift_x, shift_y = image_shift(world, where, n)
            if shift_x != ZERO or shift_y != ZERO:
                found += _strike(s, world, a, b, lane, (sx + shift_x, sy + shift_y), f)
    watch = touch_mark(world, min(a, b), max(a, b))
    if found > 0 and watch >= 0:
        s[watch, lane] = ONE


@shared
def _strike(s, world, a, b, lane, shift, f):
    """That collision, with B moved by the shift. Returns in how many points they meet."""
    oa, ob = at(a, 0), at(b, 0)
    ma, mb, ia, ib = (
        s[oa + Body.INV_MASS, lane],
        s[ob + Body.INV_MASS, lane],
        s[oa + Body.INV_INERTIA, lane],
        s[ob + Body.INV_INERTIA, lane],
    )
    share = max(s[oa + Body.BOUNCE, lane], s[ob + Body.BOUNCE, lane])
    sx, sy = shift
    found = meet(s, world, (a, b), lane, shift, world.real[Real.MARGIN], f)
    for k in range(found):
        p = Area.POINTS + Point.SIZE * k
        nx, ny = f[p], f[p + 1]
        ax, ay = f[p + 2] - s[oa, lane], f[p + 3] - s[oa + Body.Y, lane]
        bx, by = f[p + 2] - s[ob, lane] - sx, f[p + 3] - s[ob + Body.Y, lane] - sy
        wa, wb = s[oa + Body.SPIN, lane], s[ob + Body.SPIN, lane]
        vx = s[ob + Body.VX, lane] - wb * by - s[oa + Body.VX, lane] + wa * ay
        vy = s[ob + Body.VY, lane] + wb * bx - s[oa + Body.VY, lane] - wa * ax
        vn = vx * nx + vy * ny
        na, nb = ax * ny - ay * nx, bx * ny - by * nx
        inverse = ma + mb + ia * na * na + ib * nb * nb
        if vn < ZERO and inverse > ZERO:
            back = share if vn < -world.real[Real.BOUNCE_SPEED] else ZERO
            push = -(ONE + back) * vn / inverse
            s[oa + Body.VX, lane] -= ma * push * nx
            s[oa + Body.VY, lane] -= ma * push * ny
            s[oa + Body.SPIN, lane] -= ia * push * na
            s[ob + Body.VX, lane] += mb * push * nx
            s[ob + Body.VY, lane] += mb * push * ny
            s[ob + Body.SPIN, lane] += ib * push * nb
    return found
