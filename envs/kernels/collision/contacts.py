"""Who touches whom, and where: fills the contact slots of a block for one tick. First phase of the physics step.

Slots are packed for each lane apart: slot k of lane l is the k-th contact of world l, whichever bodies these are. The solver gathers the two
bodies of each lane by index. That costs 35 % more a slot than rows shared by all lanes would (152 against 112 ns measured), but a block then
walks as many slots as its most crowded world has, not as many as all its worlds together: with random agents 3 against 18 in tag. And no
world's order of contacts depends on its neighbours.
"""

import numpy as np

from ...jit.ir import LANES
from ...jit.kernel import inner, shared
from ..physics.continuous import first_touch, place_at
from ..world.elementary import HALF, ONE, ZERO
from ..world.layout.scratch import Area, Hull, Integer, Point, Slot, SlotWord
from ..world.layout.things import AtWalls, Body, BodyTable, Moves, Shot
from ..world.layout.world import MAX_BODIES, F, GridTable, Kind, Pair, Real, Table, Walls, Whole
from ..world.tables import cell, row_count
from .geometry import FAR, at, between, has_more_images, image_shift, images, load_hull, meet, meet_again, nearest_image, passes, pose_of, put, rim_speed
from .grid import clear, gather, holds, insert, sort
from .pairs import is_fixed, lets_through, may_push, pair_number, touch_mark
from .seams import inwards, least_gap, smooth

KEEP = F(7.5e-4)
"""What two polygons that touch may shift or tilt before their contact is measured along the other one's normals [m]."""
UNEVEN = F(8)
"""Where one of two bodies is more times as heavy, their contact is softer: a light one under a heavy one would be shaken out from under it."""
_AREA, _FINEST = 0, 0
"""Of the grid: the area of contacts, and the least level there."""


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
def slot_at(slot, field):
    """A slot's row in the scratch of a thread."""
    return slot * Slot.ROWS + field


@shared
def find(s, world, live, scratch, warm):
    """List the contacts of this tick for each of the `live` lanes. Returns the number of slots that the fullest lane needs."""
    for lane in range(LANES):
        scratch.i[Integer.COUNT + lane] = 0
        scratch.i[Integer.CURSOR + lane] = 0
        scratch.i[Integer.FIXED + lane] = 0
    for body in range(1, world.whole[Whole.BODIES]):
        if cell(world, Table.BODY, body, BodyTable.MOVES) != Moves.STATIC:
            o = at(body, Body.TURN)
            for l in range(LANES):
                s[o, l] = ZERO
    if live <= cell(world, Table.GRID, 0, GridTable.WORLDS):
        for l in range(live):
            _find_by_grid(s, world, l, scratch, warm)
    elif world.whole[Whole.WALLS] == Walls.WRAP:  # a version for each: no lane looks for a short way round that isn't there
        _find_pairs(s, world, True, live, scratch, warm)
    else:
        _find_pairs(s, world, False, live, scratch, warm)
    if world.whole[Whole.WALLS] == Walls.SOLID:
        find_walls(s, world, live, scratch, warm)
    most = 0
    for lane in range(LANES):
        most = max(most, scratch.i[Integer.COUNT + lane])
    for lane in range(LANES):
        for slot in range(scratch.i[Integer.COUNT + lane], most):
            clear_slot(scratch, slot, lane)
    return most


@shared
def _find_pairs(s, world, wraps, live, scratch, warm):
    """Contacts of all pairs that are listed, but those of absent projectiles."""
    shots = row_count(world, Table.SHOT)
    plain = cell(world, Table.SHOT, 0, Shot.PAIR) if shots > 0 else row_count(world, Table.PAIR)
    _find_among(s, world, wraps, 0, plain, live, scratch, warm)
    for shot in range(shots):
        if not is_away(s, world, cell(world, Table.SHOT, shot, Shot.BODY)):
            _find_among(s, world, wraps, cell(world, Table.SHOT, shot, Shot.PAIR), cell(world, Table.SHOT, shot, Shot.PAIR_END), live, scratch, warm)


@inner
def list_marked(live, scratch):
    """List (Integer.NEAR) the lanes that are marked in Area.MASK; how many. Branches on each lane would be guessed wrong too often."""
    count = 0
    for l in range(live):
        scratch.i[Integer.NEAR + count] = l
        count += 1 if scratch.f[Area.MASK, l] != ZERO else 0
    return count


@shared
def _find_among(s, world, wraps, first, last, live, scratch, warm):
    """Contacts of the pairs `first` to `last` of the table."""
    f, seams, noted = scratch.f, world.whole[Whole.SEAMS] > 0, False
    for n in range(first, last):
        a, b = cell(world, Table.PAIR, n, Pair.A), cell(world, Table.PAIR, n, Pair.B)
        hits = np.int32(0)
        for l in range(LANES):
            near = _is_near(s, world, wraps, a, b, l)
            f[Area.MASK, l] = ONE if near else ZERO
            hits += np.int32(1) if near else np.int32(0)
        if hits > 0:
            key, notes = _listed_key(world, n, a, b), seams and is_fixed(world, a)
            for k in range(list_marked(live, scratch)):
                if notes:
                    _note(s, world, (a, b, key), scratch.i[Integer.NEAR + k], scratch)
                else:
                    _meet_pair(s, world, (a, b, key), scratch.i[Integer.NEAR + k], wraps, scratch, warm)
            noted = noted or notes
        if noted and (n + 1 == last or cell(world, Table.PAIR, n + 1, Pair.B) != b):  # that was the last one for b
            for l in range(live):
                _meet_fixed(s, world, b, l, wraps, scratch, warm)
            noted = False


@inner
def _note(s, world, pair, lane, scratch):
    """Add a fixed body to the list of those near the dynamic one that is looked at, and the key of the pair, unless it lets this through."""
    fixed, body, key = pair
    if not lets_through(s, world, fixed, body, lane):
        k = scratch.i[Integer.FIXED + lane]
        scratch.pick[k, lane] = key * MAX_BODIES + fixed
        scratch.i[Integer.FIXED + lane] = k + 1


@shared
def _meet_fixed(s, world, body, lane, wraps, scratch, warm):
    """Add the contact points of a body with the fixed ones that were noted."""
    for k in range(scratch.i[Integer.FIXED + lane]):
        note = scratch.pick[k, lane]
        _meet_pair(s, world, (note % MAX_BODIES, body, note // MAX_BODIES), lane, wraps, scratch, warm)
    scratch.i[Integer.FIXED + lane] = 0


@shared
def _find_by_grid(s, world, lane, scratch, warm):
    """As `_find_pairs` for one world with many bodies: the same contacts in the same order, each body asking only those around it."""
    wraps = world.whole[Whole.WALLS] == Walls.WRAP
    clear(world, _AREA, scratch)
    for body in range(1, world.whole[Whole.BODIES]):
        o = at(body, 0)
        if s[o + Body.SOLID, lane] > ZERO and cell(world, Table.KIND, cell(world, Table.BODY, body, BodyTable.KIND), Kind.BUMPS) == 1:
            insert(world, body, (s[o + Body.X, lane], s[o + Body.Y, lane]), _extent(s, world, o, lane), _AREA, _FINEST, scratch)
    for a in range(1, world.whole[Whole.BODIES]):
        if not is_fixed(world, a) and holds(world, a, _AREA, scratch):
            for k in range(_partners(s, world, a, False, lane, wraps, scratch)):
                b = scratch.i[Integer.FOUND + k]
                _meet_pair(s, world, (a, b, pair_number(world, a, b)), lane, wraps, scratch, warm)
    if world.whole[Whole.FIXED] > 0:
        for b in range(1, world.whole[Whole.BODIES]):
            if not is_fixed(world, b) and holds(world, b, _AREA, scratch):
                for k in range(_partners(s, world, b, True, lane, wraps, scratch)):
                    a = scratch.i[Integer.FOUND + k]
                    _note(s, world, (a, b, pair_number(world, a, b)), lane, scratch)
                _meet_fixed(s, world, b, lane, wraps, scratch, warm)


@inner
def _extent(s, world, o, l):
    """How far around its centre a body may meet others in this tick [m]: two bodies are near (`_is_near`) only where these overlap."""
    speed = np.abs(s[o + Body.VX, l]) + np.abs(s[o + Body.VY, l])
    return s[o + Body.REACH, l] + HALF * world.real[Real.MARGIN] + speed * world.real[Real.TICK]


@shared
def _partners(s, world, a, fixed, lane, wraps, scratch):
    """List, in ascending order, the near bodies that a dynamic one may push: of the fixed ones all, else those behind it. Returns how many."""
    i, oa, kept = scratch.i, at(a, 0), 0
    extent = _extent(s, world, oa, lane)
    found = gather(world, (s[oa + Body.X, lane], s[oa + Body.Y, lane], extent, extent), _AREA, Integer.FOUND, scratch)
    for k in range(found):
        b = i[Integer.FOUND + k]
        if is_fixed(world, b) == fixed and (fixed or b > a) and may_push(world, min(a, b), max(a, b)):
            if _is_near(s, world, wraps, a, b, lane):
                i[Integer.FOUND + kept] = b
                kept += 1
    sort(kept, scratch)
    return kept


@inner
def _listed_key(world, n, a, b):
    """Key of the n-th listed pair: its number, but where projectiles' pairs are listed last, its place in the list."""
    return n if row_count(world, Table.SHOT) > 0 else pair_number(world, a, b)


@inner
def _speed_sum(s, oa, ob, l):
    """Greatest speed at which two bodies may near each other [m/s], as the sum of both axes (never below the true one)."""
    return np.abs(s[oa + Body.VX, l] - s[ob + Body.VX, l]) + np.abs(s[oa + Body.VY, l] - s[ob + Body.VY, l])


@inner
def _is_near(s, world, wraps, a, b, lane):
    """Whether two solid bodies may meet in this tick, as circles."""
    oa, ob = at(a, 0), at(b, 0)
    dx, dy = between(s, world, wraps, a, b, lane)
    reach = s[oa + Body.REACH, lane] + s[ob + Body.REACH, lane] + world.real[Real.MARGIN] + _speed_sum(s, oa, ob, lane) * world.real[Real.TICK]
    solid = s[oa + Body.SOLID, lane] * s[ob + Body.SOLID, lane]
    return dx * dx + dy * dy < reach * reach * solid


@shared
def _meet_pair(s, world, pair, lane, wraps, scratch, warm):
    """Add the contact points of one pair, (a, b, key), in one world; keys ascend from one pair that is met to the next."""
    a, b, _key = pair
    if lets_through(s, world, a, b, lane):
        return
    oa, ob = at(a, 0), at(b, 0)
    _dx, _dy, shift = nearest_image(s, world, wraps, a, b, lane)
    _meet_image(s, world, pair, lane, shift, scratch, warm)
    if wraps and has_more_images(world, _close(s, world, a, b, lane) + _speed_sum(s, oa, ob, lane) * world.real[Real.TICK]):
        _meet_others(s, world, pair, lane, shift, scratch, warm)


@inner
def _close(s, world, a, b, lane):
    """Distance of two centres at which the bodies may meet in this tick without moving towards each other [m]."""
    oa, ob = at(a, 0), at(b, 0)
    rims = (rim_speed(s, world, a, lane) + rim_speed(s, world, b, lane)) * world.real[Real.TICK]
    return s[oa + Body.REACH, lane] + s[ob + Body.REACH, lane] + world.real[Real.MARGIN] + rims


@shared
def _meet_others(s, world, pair, lane, shift, scratch, warm):
    """In a world that wraps, add the contact points of the images of B that are not the nearest: of all that are close, and the first one on the way."""
    a, b, _key = pair
    sx, sy = shift
    oa, ob, tick = at(a, 0), at(b, 0), world.real[Real.TICK]
    dx, dy = s[ob + Body.X, lane] + sx - s[oa + Body.X, lane], s[ob + Body.Y, lane] + sy - s[oa + Body.Y, lane]
    vx, vy = s[ob + Body.VX, lane] - s[oa + Body.VX, lane], s[ob + Body.VY, lane] - s[oa + Body.VY, lane]
    close = _close(s, world, a, b, lane)
    first, ahead_x, ahead_y = FAR, ZERO, ZERO
    count, where = images(world, dx, dy, close + np.abs(vx) * tick, close + np.abs(vy) * tick)
    for n in range(count):
        shift_x, shift_y = image_shift(world, where, n)
        if shift_x != ZERO or shift_y != ZERO:
            when, gap = passes(dx + shift_x, dy + shift_y, vx, vy, tick)
            if (dx + shift_x) * (dx + shift_x) + (dy + shift_y) * (dy + shift_y) < close * close:
                _meet_image(s, world, pair, lane, (sx + shift_x, sy + shift_y), scratch, warm)
            elif gap < close * close and when < first:
                first, ahead_x, ahead_y = when, shift_x, shift_y
    if first < FAR:
        _meet_image(s, world, pair, lane, (sx + ahead_x, sy + ahead_y), scratch, warm)


@shared
def _meet_image(s, world, pair, lane, shift, scratch, warm):
    """Add the contact points of one pair in one world, B moved by the shift."""
    a, b, key = pair
    oa, ob = at(a, 0), at(b, 0)
    speed = _speed_sum(s, oa, ob, lane) + rim_speed(s, world, a, lane) + rim_speed(s, world, b, lane)
    margin = world.real[Real.MARGIN] + speed * world.real[Real.TICK]
    found = meet_again(s, world, (a, b), lane, shift, margin, _keep(world, a, b, key, lane, scratch, warm), scratch.h)
    discs = cell(world, Table.BODY, a, BodyTable.CORNERS) == 1 and cell(world, Table.BODY, b, BodyTable.CORNERS) == 1
    far = speed * world.real[Real.TICK] > min(s[oa + Body.REACH, lane], s[ob + Body.REACH, lane])  # slower ones meet about where they are nearest now
    if found > 0 and not discs and far and least_gap(found, scratch.h) > world.real[Real.MARGIN]:
        _meet_later(s, world, pair, lane, shift, scratch, warm)
        return
    if world.whole[Whole.SEAMS] > 0 and is_fixed(world, a):
        found = smooth(s, world, (a, b), found, lane, shift, margin, ZERO, scratch)
    for k in range(found):
        add_point(s, world, pair, lane, shift, k, scratch, warm)


@shared
def _meet_later(s, world, pair, lane, shift, scratch, warm):
    """Add the contact points that two bodies will have when they meet in this tick, if they do.

    What is far apart now meets elsewhere than where it is nearest now: with the normal of now, something fast would bump into thin air beside a corner.
    """
    a, b, _key = pair
    tick = world.real[Real.TICK]
    t = first_touch(s, world, (a, b), lane, shift, (tick, tick, tick), (ZERO, F(0.1) * world.real[Real.MARGIN]), scratch.h)
    if t < ZERO:
        return
    pose_a, pose_b = pose_of(s, a, lane), pose_of(s, b, lane)
    if cell(world, Table.BODY, a, BodyTable.MOVES) != Moves.STATIC:
        place_at(s, a, lane, pose_a, t)
    if cell(world, Table.BODY, b, BodyTable.MOVES) != Moves.STATIC:
        place_at(s, b, lane, pose_b, t)
    turn_a, turn_b = _turn_between(pose_a, pose_of(s, a, lane)), _turn_between(pose_b, pose_of(s, b, lane))
    found = meet(s, world, (a, b), lane, shift, world.real[Real.MARGIN], scratch.h)
    if world.whole[Whole.SEAMS] > 0 and is_fixed(world, a):
        found = smooth(s, world, (a, b), found, lane, shift, world.real[Real.MARGIN], t, scratch)
    for k in range(found):
        slot = scratch.i[Integer.COUNT + lane]
        add_point(s, world, pair, lane, shift, k, scratch, warm)
        if scratch.i[Integer.COUNT + lane] > slot:  # the arms turn with their bodies until then: say where they are now
            _turn_back(scratch.slots, slot_at(slot, Slot.AX), lane, turn_a, scratch.slots[slot_at(slot, Slot.RADIUS_A), lane])
            _turn_back(scratch.slots, slot_at(slot, Slot.BX), lane, turn_b, scratch.slots[slot_at(slot, Slot.RADIUS_B), lane])
            weigh(scratch.slots, slot_at(slot, 0), lane)
    put(s, a, lane, pose_a)
    put(s, b, lane, pose_b)


@inner
def _turn_between(before, after):
    """Cosine and sine of the angle from the heading of one pose to that of another."""
    _x, _y, c, d = before
    _x, _y, e, f = after
    return c * e + d * f, c * f - d * e


@inner
def _turn_back(c, k, l, turn, radius):
    """Turn the arm at `k` of a slot back by an angle; a disc's arm follows the normal."""
    cosine, sine = turn
    x, y = c[k, l], c[k + 1, l]
    c[k, l] = x if radius > ZERO else cosine * x + sine * y
    c[k + 1, l] = y if radius > ZERO else cosine * y - sine * x


@shared
def find_walls(s, world, live, scratch, warm):
    """Contacts of what moves with the walls of the world."""
    half_w, half_h, margin, tick = world.real[Real.HALF_W], world.real[Real.HALF_H], world.real[Real.MARGIN], world.real[Real.TICK]
    f = scratch.f
    for body in range(1, world.whole[Whole.BODIES]):
        if (
            cell(world, Table.BODY, body, BodyTable.MOVES) == Moves.DYNAMIC
            and cell(world, Table.BODY, body, BodyTable.WALLS) == AtWalls.KEPT
            and not is_away(s, world, body)
        ):
            o = at(body, 0)
            hits = np.int32(0)
            for l in range(LANES):
                reach = s[o + Body.REACH, l] + margin
                rx = np.abs(s[o + Body.X, l]) + reach + np.abs(s[o + Body.VX, l]) * tick
                ry = np.abs(s[o + Body.Y, l]) + reach + np.abs(s[o + Body.VY, l]) * tick
                near = (rx > half_w or ry > half_h) and s[o + Body.SOLID, l] > ZERO
                f[Area.MASK, l] = ONE if near else ZERO
                hits += np.int32(1) if near else np.int32(0)
            if hits > 0 and cell(world, Table.BODY, body, BodyTable.CORNERS) == 1:
                _find_disc_walls(s, world, body, live, scratch, warm)
            elif hits > 0:
                for k in range(list_marked(live, scratch)):
                    _meet_walls(s, world, body, scratch.i[Integer.NEAR + k], scratch, warm)


@inner
def _wall_key(world, body, side):
    """Key of a body's contacts with a wall: behind those of all pairs of bodies."""
    bodies = world.whole[Whole.BODIES]
    return bodies * (bodies - 1) // 2 + body * 4 + side


@shared
def _find_disc_walls(s, world, body, live, scratch, warm):
    """As `_meet_walls` for a disc, which meets each wall in one point: all worlds are asked at once."""
    f, o, p, margin, tick = scratch.f, at(body, 0), Area.POINTS, world.real[Real.MARGIN], world.real[Real.TICK]
    for side in range(4):
        nx, ny = inwards(side)
        half = world.real[Real.HALF_W] if side < 2 else world.real[Real.HALF_H]
        velocity = at(body, Body.VX if side < 2 else Body.VY)
        hits = np.int32(0)
        for l in range(LANES):
            gap = nx * s[o + Body.X, l] + ny * s[o + Body.Y, l] + half - s[o + Body.ROUND, l]
            near = gap < margin + np.abs(s[velocity, l]) * tick and s[o + Body.SOLID, l] > ZERO
            f[Area.MASK, l] = ONE if near else ZERO
            hits += np.int32(1) if near else np.int32(0)
        if hits > 0:
            for k in range(list_marked(live, scratch)):
                l = scratch.i[Integer.NEAR + k]
                x, y, radius = s[o + Body.X, l], s[o + Body.Y, l], s[o + Body.ROUND, l]
                gap = nx * x + ny * y + half - radius
                back = radius + HALF * gap
                scratch.h[p], scratch.h[p + 1], scratch.h[p + 2], scratch.h[p + 3], scratch.h[p + 4], scratch.h[p + 5] = nx, ny, x - nx * back, y - ny * back, gap, ZERO
                add_point(s, world, (0, body, _wall_key(world, body, side)), l, (ZERO, ZERO), 0, scratch, warm)


@shared
def _meet_walls(s, world, body, lane, scratch, warm):
    """Add the contact points of one body with the four walls in one world: for each wall at most the two lowest corners."""
    o = at(body, 0)
    h, hull, points = scratch.h, Area.HULL_A, Area.POINTS
    count = load_hull(s, world, body, lane, h, hull)
    radius = s[o + Body.ROUND, lane]
    for side in range(4):
        nx, ny = inwards(side)
        half = world.real[Real.HALF_W] if side < 2 else world.real[Real.HALF_H]
        speed = np.abs(s[o + Body.VX, lane]) if side < 2 else np.abs(s[o + Body.VY, lane])
        margin = world.real[Real.MARGIN] + (speed + rim_speed(s, world, body, lane)) * world.real[Real.TICK]
        found = 0
        for k in range(count):
            x, y = h[hull + k], h[hull + Hull.Y + k]
            gap = nx * x + ny * y + half - radius
            slot = found if found < 2 else (0 if h[points + Point.GAP] > h[points + (Point.SIZE + Point.GAP)] else 1)
            p = points + Point.SIZE * slot
            if gap < margin and (found < 2 or gap < h[p + Point.GAP]):
                h[p], h[p + Point.NY] = nx, ny
                back = radius + HALF * gap
                h[p + Point.X], h[p + Point.Y] = x - nx * back, y - ny * back
                h[p + Point.GAP], h[p + Point.FEATURE] = gap, F(k)
                found = min(found + 1, 2)
        for k in range(found):
            add_point(s, world, (0, body, _wall_key(world, body, side)), lane, (ZERO, ZERO), k, scratch, warm)


@shared
def add_point(s, world, pair, lane, shift, point, scratch, warm):
    """Fill a lane's next slot from contact point 0 or 1 in scratch; takes over the impulses that the same feature had in the last tick.

    `pair`: (a, b, key), where a is 0 for a wall of the world. `shift`: how far B was moved.
    """
    a, b, number = pair
    sx, sy = shift
    slot = scratch.i[Integer.COUNT + lane]
    if slot >= world.whole[Whole.CAPACITY]:
        s[world.whole[Whole.OVERRUN], lane] += ONE
        return
    scratch.i[Integer.COUNT + lane] = slot + 1
    k, real = slot_at(slot, 0), world.real
    oa, ob = at(a, 0), at(b, 0)
    u, p = slot * SlotWord.SIZE, Area.POINTS + Point.SIZE * point
    key = number * 256 + np.int64(scratch.h[p + Point.FEATURE])
    scratch.u[u + SlotWord.BODY_A, lane], scratch.u[u + SlotWord.BODY_B, lane] = oa, ob
    scratch.u[u + SlotWord.KEY, lane], scratch.u[u + SlotWord.WATCH, lane] = key, _watch(world, a, b) + 1
    c = scratch.slots
    ma, mb = s[oa + Body.INV_MASS, lane], s[ob + Body.INV_MASS, lane]
    ia, ib = s[oa + Body.INV_INERTIA, lane], s[ob + Body.INV_INERTIA, lane]
    h = scratch.h
    nx, ny, x, y, gap = h[p], h[p + Point.NY], h[p + Point.X], h[p + Point.Y], h[p + Point.GAP]
    xa, ya = s[oa + Body.X, lane], s[oa + Body.Y, lane]
    xb, yb = s[ob + Body.X, lane] + sx, s[ob + Body.Y, lane] + sy
    ax, ay, bx, by = x - xa, y - ya, x - xb, y - yb
    ra = s[oa + Body.ROUND, lane] if cell(world, Table.BODY, a, BodyTable.CORNERS) == 1 else ZERO
    rb = s[ob + Body.ROUND, lane] if cell(world, Table.BODY, b, BodyTable.CORNERS) == 1 else ZERO
    discs = ra > ZERO and rb > ZERO
    if ra > ZERO:  # the arm of a disc is its radius, whatever the gap
        ax, ay = nx * ra, ny * ra
    if rb > ZERO:
        bx, by = -nx * rb, -ny * rb
    c[k + Slot.RADIUS_A, lane], c[k + Slot.RADIUS_B, lane] = ra, rb
    c[k + Slot.DISC, lane] = ONE if discs else ZERO
    c[k + Slot.MASS_A, lane], c[k + Slot.MASS_B, lane] = ma, mb
    c[k + Slot.INERTIA_A, lane], c[k + Slot.INERTIA_B, lane] = ia, ib
    c[k + Slot.AX, lane], c[k + Slot.AY, lane] = ax, ay
    c[k + Slot.BX, lane], c[k + Slot.BY, lane] = bx, by
    c[k + Slot.NX, lane], c[k + Slot.NY, lane] = nx, ny
    c[k + Slot.GAP, lane] = gap - ((xb + bx - xa - ax) * nx + (yb + by - ya - ay) * ny)
    c[k + Slot.SHIFT_X, lane], c[k + Slot.SHIFT_Y, lane] = sx, sy
    friction, bounce = (s[oa + Body.FRICTION, lane], s[oa + Body.BOUNCE, lane]) if a > 0 else (real[Real.WALL_FRICTION], real[Real.WALL_BOUNCE])
    c[k + Slot.FRICTION, lane] = np.sqrt(friction * s[ob + Body.FRICTION, lane])
    c[k + Slot.BOUNCE, lane] = max(bounce, s[ob + Body.BOUNCE, lane])
    c[k + Slot.SURFACE, lane] = s[oa + Body.SURFACE, lane] + s[ob + Body.SURFACE, lane]
    weigh(c, k, lane)
    fixed = ma == ZERO or mb == ZERO
    rate, mass, impulse = real[Real.RATE], real[Real.SOFT_MASS], real[Real.SOFT_IMPULSE]
    if fixed:
        rate, mass, impulse = real[Real.STATIC_RATE], real[Real.STATIC_SOFT_MASS], real[Real.STATIC_SOFT_IMPULSE]
    elif max(ma, mb) > UNEVEN * min(ma, mb):
        rate, mass, impulse = real[Real.UNEVEN_RATE], real[Real.UNEVEN_SOFT_MASS], real[Real.UNEVEN_SOFT_IMPULSE]
    c[k + Slot.RATE, lane], c[k + Slot.SOFT_MASS, lane], c[k + Slot.SOFT_IMPULSE, lane] = rate, mass, impulse
    c[k + Slot.PEAK, lane], c[k + Slot.SPEED, lane] = ZERO, ZERO
    old = _remembered(scratch, warm, lane, np.uint32(key))
    c[k + Slot.NORMAL, lane] = warm.normal[old, lane] if old >= 0 else ZERO
    c[k + Slot.TANGENT, lane] = warm.tangent[old, lane] if old >= 0 else ZERO


@inner
def _watch(world, a, b):
    """Row to mark when two push each other, or a wall (body 0) one, or -1."""
    return touch_mark(world, min(a, b), max(a, b)) if a > 0 else cell(world, Table.BODY, b, BodyTable.WALL_WATCH)


@inner
def weigh(c, k, l):
    """The masses that a slot's impulses move, along its normal and across, from its arms."""
    nx, ny = c[k + Slot.NX, l], c[k + Slot.NY, l]
    ax, ay, bx, by = c[k + Slot.AX, l], c[k + Slot.AY, l], c[k + Slot.BX, l], c[k + Slot.BY, l]
    mass = c[k + Slot.MASS_A, l] + c[k + Slot.MASS_B, l]
    ia, ib = c[k + Slot.INERTIA_A, l], c[k + Slot.INERTIA_B, l]
    na, nb = ax * ny - ay * nx, bx * ny - by * nx
    ta, tb = ax * nx + ay * ny, bx * nx + by * ny
    normal, tangent = mass + ia * na * na + ib * nb * nb, mass + ia * ta * ta + ib * tb * tb
    c[k + Slot.NORMAL_MASS, l] = ONE / normal if normal > ZERO else ZERO
    c[k + Slot.TANGENT_MASS, l] = ONE / tangent if tangent > ZERO else ZERO


@inner
def _remembered(scratch, warm, lane, key):
    """Index of the same contact among the last tick's, or -1. Both lists ascend by pair, so one cursor a lane walks the old one once."""
    i = scratch.i[Integer.CURSOR + lane]
    last = warm.count[lane]
    while i < last and warm.key[i, lane] >> np.uint32(8) < key >> np.uint32(8):
        i += 1
    scratch.i[Integer.CURSOR + lane] = i
    while i < last and warm.key[i, lane] >> np.uint32(8) == key >> np.uint32(8):
        if warm.key[i, lane] == key:
            return i
        i += 1
    return -1


@inner
def _keep(world, a, b, pair, lane, scratch, warm):
    """How much `meet_again` should keep to a's normals [m]: a fixed thing's by KEEP, else whichever's the last contact had."""
    if is_fixed(world, a) or cell(world, Table.BODY, a, BodyTable.CORNERS) == 1 or cell(world, Table.BODY, b, BodyTable.CORNERS) == 1:
        return KEEP
    i, last, key = scratch.i[Integer.CURSOR + lane], warm.count[lane], np.uint32(pair)
    while i < last and warm.key[i, lane] >> np.uint32(8) < key:
        i += 1
    scratch.i[Integer.CURSOR + lane] = i
    if i == last or warm.key[i, lane] >> np.uint32(8) != key:
        return F(5e-4)
    return -KEEP if (warm.key[i, lane] & np.uint32(128)) > np.uint32(0) else KEEP


@inner
def clear_slot(scratch, slot, lane):
    """Make a slot push nothing: the world against itself, without mass."""
    k = slot_at(slot, 0)
    for field in range(Slot.ROWS):
        scratch.slots[k + field, lane] = ZERO
    scratch.slots[k + Slot.NX, lane] = ONE
    u = slot * SlotWord.SIZE
    scratch.u[u + SlotWord.BODY_A, lane] = 0
    scratch.u[u + SlotWord.BODY_B, lane] = 0
    scratch.u[u + SlotWord.WATCH, lane] = 0


@shared
def remember(s, scratch, warm):
    """Keep this tick's impulses for the next one, and mark the watched pairs that pushed each other."""
    for lane in range(LANES):
        warm.count[lane] = scratch.i[Integer.COUNT + lane]
        for slot in range(scratch.i[Integer.COUNT + lane]):
            k = slot_at(slot, 0)
            u = slot * SlotWord.SIZE
            warm.key[slot, lane] = np.uint32(scratch.u[u + SlotWord.KEY, lane])
            warm.normal[slot, lane] = scratch.slots[k + Slot.NORMAL, lane] + ZERO  # + 0 makes -0 to 0, see physics.settle_zeros
            warm.tangent[slot, lane] = scratch.slots[k + Slot.TANGENT, lane] + ZERO
            watch = scratch.u[u + SlotWord.WATCH, lane]
            if watch > 0 and scratch.slots[k + Slot.PEAK, lane] > ZERO:
                s[watch - 1, lane] = ONE
