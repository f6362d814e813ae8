"""Who touches whom, and where: fills the contact slots of a block for one tick. First phase of the physics step.

Slots are packed for each lane apart: slot k of lane l is the k-th contact of world l, whichever bodies these are. The solver gathers the two
bodies of each lane by index. That costs 35 % more a slot than rows shared by all lanes would (152 against 112 ns measured), but a block then
walks as many slots as its most crowded world has, not as many as all its worlds together: with random agents 3 against 18 in tag. And no
world's order of contacts depends on its neighbours.
"""

import numpy as np

from .elementary import HALF, ONE, ZERO
from .geometry import FAR, at, between, has_more_images, image_shift, images, load_hull, meet, meet_again, nearest_image, passes, pose_of, put, rim_speed
from .grid import clear, gather, holds, insert, sort
from .kernel import inner, shared
from .pairs import is_fixed, lets_through, may_push, pair_number, touch_mark
from .seams import inwards, least_gap, smooth
from .sweep import first_touch, place_at
from .tables import cell, row_count

# isort: off
from .layout import (
    ALIVE, BOUNCE, B_CORNERS, B_KIND, B_MOVES, B_POOLED, B_WALLS, B_WALL_WATCH, F, FRICTION, F_HULL_A, F_MASK, F_POINTS, GRID_LANES,
    INV_INERTIA, INV_MASS, I_COUNT, I_CURSOR, I_FIXED, I_FOUND, I_NEAR, KIND_BUMPS, K_AX, K_AY, K_BOUNCE, K_BX, K_BY,
    K_DISC, K_FRICTION, K_GAP, K_INERTIA_A, K_INERTIA_B, K_MASS_A, K_MASS_B, K_NORMAL, K_NORMAL_MASS, K_NX, K_NY, K_PEAK, K_RADIUS_A,
    K_RADIUS_B, K_RATE, K_SHIFT_X, K_SHIFT_Y, K_SOFT_IMPULSE, K_SOFT_MASS, K_SPEED, K_SURFACE, K_TANGENT, K_TANGENT_MASS, LANES, MAX_BODIES,
    N_BODIES, N_CAPACITY, N_FIXED, N_OVERRUN, N_SEAMS, N_WALLS, P_HALF_H, P_HALF_W, P_MARGIN, P_RATE, P_SOFT_IMPULSE, P_SOFT_MASS, P_STATIC_RATE,
    P_STATIC_SOFT_IMPULSE, P_STATIC_SOFT_MASS, P_TICK, P_UNEVEN_RATE, P_UNEVEN_SOFT_IMPULSE, P_UNEVEN_SOFT_MASS, P_WALL_BOUNCE,
    P_WALL_FRICTION, REACH, ROUND, SHOT_BODY, SHOT_PAIR, SHOT_PAIR_END, SLOT_ROWS, SLOT_WORDS, SOLID, SURFACE, TURN, U_BODY_A,
    U_BODY_B, U_KEY, U_WATCH, VX, VY, WALLS_SOLID, WALLS_WRAP, W_BODY, W_GRID, W_KIND, W_PAIR, W_SHOT, X, Y,
)  # fmt: skip
# isort: on


KEEP = F(7.5e-4)
"""What two polygons that touch may shift or tilt before their contact is measured along the other one's normals [m]."""
UNEVEN = F(8)
"""Where one of two bodies is more times as heavy, their contact is softer: a light one under a heavy one would be shaken out from under it."""
_AREA, _FINEST = 0, 0
"""Of the grid: the area of contacts, and the least level there."""


@inner
def is_away(s, world, body):
    """Whether a body is a projectile that is in no world of the block."""
    if cell(world, W_BODY, body, B_POOLED) == 0:
        return False
    alive, present = at(body, ALIVE), 0
    for l in range(LANES):
        present += 1 if s[alive + l] > ZERO else 0
    return present == 0


@inner
def slot_at(slot, field):
    """First index of a slot's row in the scratch of a thread; add the lane."""
    return (slot * SLOT_ROWS + field) * LANES


@shared
def find(s, world, live, scratch, warm):
    """List the contacts of this tick for each of the `live` lanes. Returns the number of slots that the fullest lane needs."""
    for lane in range(LANES):
        scratch.i[I_COUNT + lane] = 0
        scratch.i[I_CURSOR + lane] = 0
        scratch.i[I_FIXED + lane] = 0
    for body in range(1, world.whole[N_BODIES]):
        if cell(world, W_BODY, body, B_MOVES) != 0:
            o = at(body, TURN)
            for l in range(LANES):
                s[o + l] = ZERO
    if live <= cell(world, W_GRID, 0, GRID_LANES):
        for l in range(live):
            _find_by_grid(s, world, l, scratch, warm)
    elif world.whole[N_WALLS] == WALLS_WRAP:  # a version for each: no lane looks for a short way round that isn't there
        _find_pairs(s, world, True, live, scratch, warm)
    else:
        _find_pairs(s, world, False, live, scratch, warm)
    if world.whole[N_WALLS] == WALLS_SOLID:
        find_walls(s, world, live, scratch, warm)
    most = 0
    for lane in range(LANES):
        most = max(most, scratch.i[I_COUNT + lane])
    for lane in range(LANES):
        for slot in range(scratch.i[I_COUNT + lane], most):
            clear_slot(scratch, slot, lane)
    return most


@shared
def _find_pairs(s, world, wraps, live, scratch, warm):
    """Contacts of all pairs that are listed, but those of absent projectiles."""
    shots = row_count(world, W_SHOT)
    plain = cell(world, W_SHOT, 0, SHOT_PAIR) if shots > 0 else row_count(world, W_PAIR)
    _find_among(s, world, wraps, 0, plain, live, scratch, warm)
    for shot in range(shots):
        if not is_away(s, world, cell(world, W_SHOT, shot, SHOT_BODY)):
            _find_among(s, world, wraps, cell(world, W_SHOT, shot, SHOT_PAIR), cell(world, W_SHOT, shot, SHOT_PAIR_END), live, scratch, warm)


@inner
def list_marked(live, scratch):
    """List (I_NEAR) the lanes that are marked in F_MASK; how many. Branches on each lane would be guessed wrong too often."""
    count = 0
    for l in range(live):
        scratch.i[I_NEAR + count] = l
        count += 1 if scratch.f[F_MASK + l] != ZERO else 0
    return count


@shared
def _find_among(s, world, wraps, first, last, live, scratch, warm):
    """Contacts of the pairs `first` to `last` of the table."""
    f, seams, noted = scratch.f, world.whole[N_SEAMS] > 0, False
    for n in range(first, last):
        a, b = cell(world, W_PAIR, n, 0), cell(world, W_PAIR, n, 1)
        hits = np.int32(0)
        for l in range(LANES):
            near = _is_near(s, world, wraps, a, b, l)
            f[F_MASK + l] = ONE if near else ZERO
            hits += np.int32(1) if near else np.int32(0)
        if hits > 0:
            key, notes = _listed_key(world, n, a, b), seams and is_fixed(world, a)
            for k in range(list_marked(live, scratch)):
                if notes:
                    _note(s, world, (a, b, key), scratch.i[I_NEAR + k], scratch)
                else:
                    _meet_pair(s, world, (a, b, key), scratch.i[I_NEAR + k], wraps, scratch, warm)
            noted = noted or notes
        if noted and (n + 1 == last or cell(world, W_PAIR, n + 1, 1) != b):  # that was the last one for b
            for l in range(live):
                _meet_fixed(s, world, b, l, wraps, scratch, warm)
            noted = False


@inner
def _note(s, world, pair, lane, scratch):
    """Add a fixed body to the list of those near the dynamic one that is looked at, and the key of the pair, unless it lets this through."""
    fixed, body, key = pair
    if not lets_through(s, world, fixed, body, lane):
        k = scratch.i[I_FIXED + lane]
        scratch.pick[k * LANES + lane] = key * MAX_BODIES + fixed
        scratch.i[I_FIXED + lane] = k + 1


@shared
def _meet_fixed(s, world, body, lane, wraps, scratch, warm):
    """Add the contact points of a body with the fixed ones that were noted."""
    for k in range(scratch.i[I_FIXED + lane]):
        note = scratch.pick[k * LANES + lane]
        _meet_pair(s, world, (note % MAX_BODIES, body, note // MAX_BODIES), lane, wraps, scratch, warm)
    scratch.i[I_FIXED + lane] = 0


@shared
def _find_by_grid(s, world, lane, scratch, warm):
    """As `_find_pairs` for one world with many bodies: the same contacts in the same order, each body asking only those around it."""
    wraps = world.whole[N_WALLS] == WALLS_WRAP
    clear(world, _AREA, scratch)
    for body in range(1, world.whole[N_BODIES]):
        o = at(body, 0) + lane
        if s[o + SOLID * LANES] > ZERO and cell(world, W_KIND, cell(world, W_BODY, body, B_KIND), KIND_BUMPS) == 1:
            insert(world, body, (s[o + X * LANES], s[o + Y * LANES]), _extent(s, world, o), _AREA, _FINEST, scratch)
    for a in range(1, world.whole[N_BODIES]):
        if not is_fixed(world, a) and holds(world, a, _AREA, scratch):
            for k in range(_partners(s, world, a, False, lane, wraps, scratch)):
                b = scratch.i[I_FOUND + k]
                _meet_pair(s, world, (a, b, pair_number(world, a, b)), lane, wraps, scratch, warm)
    if world.whole[N_FIXED] > 0:
        for b in range(1, world.whole[N_BODIES]):
            if not is_fixed(world, b) and holds(world, b, _AREA, scratch):
                for k in range(_partners(s, world, b, True, lane, wraps, scratch)):
                    a = scratch.i[I_FOUND + k]
                    _note(s, world, (a, b, pair_number(world, a, b)), lane, scratch)
                _meet_fixed(s, world, b, lane, wraps, scratch, warm)


@inner
def _extent(s, world, o):
    """How far around its centre a body may meet others in this tick [m]: two bodies are near (`_is_near`) only where these overlap."""
    speed = np.abs(s[o + VX * LANES]) + np.abs(s[o + VY * LANES])
    return s[o + REACH * LANES] + HALF * world.real[P_MARGIN] + speed * world.real[P_TICK]


@shared
def _partners(s, world, a, fixed, lane, wraps, scratch):
    """List, in ascending order, the near bodies that a dynamic one may push: of the fixed ones all, else those behind it. Returns how many."""
    i, oa, kept = scratch.i, at(a, 0) + lane, 0
    extent = _extent(s, world, oa)
    found = gather(world, (s[oa + X * LANES], s[oa + Y * LANES], extent, extent), _AREA, I_FOUND, scratch)
    for k in range(found):
        b = i[I_FOUND + k]
        if is_fixed(world, b) == fixed and (fixed or b > a) and may_push(world, min(a, b), max(a, b)):
            if _is_near(s, world, wraps, a, b, lane):
                i[I_FOUND + kept] = b
                kept += 1
    sort(kept, scratch)
    return kept


@inner
def _listed_key(world, n, a, b):
    """Key of the n-th listed pair: its number, but where projectiles' pairs are listed last, its place in the list."""
    return n if row_count(world, W_SHOT) > 0 else pair_number(world, a, b)


@inner
def _speed_sum(s, oa, ob):
    """Greatest speed at which two bodies may near each other [m/s], as the sum of both axes (never below the true one)."""
    return np.abs(s[oa + VX * LANES] - s[ob + VX * LANES]) + np.abs(s[oa + VY * LANES] - s[ob + VY * LANES])


@inner
def _is_near(s, world, wraps, a, b, lane):
    """Whether two solid bodies may meet in this tick, as circles."""
    oa, ob = at(a, 0) + lane, at(b, 0) + lane
    dx, dy = between(s, world, wraps, a, b, lane)
    reach = s[oa + REACH * LANES] + s[ob + REACH * LANES] + world.real[P_MARGIN] + _speed_sum(s, oa, ob) * world.real[P_TICK]
    solid = s[oa + SOLID * LANES] * s[ob + SOLID * LANES]
    return dx * dx + dy * dy < reach * reach * solid


@shared
def _meet_pair(s, world, pair, lane, wraps, scratch, warm):
    """Add the contact points of one pair, (a, b, key), in one world; keys ascend from one pair that is met to the next."""
    a, b, _key = pair
    if lets_through(s, world, a, b, lane):
        return
    oa, ob = at(a, 0) + lane, at(b, 0) + lane
    _dx, _dy, shift = nearest_image(s, world, wraps, a, b, lane)
    _meet_image(s, world, pair, lane, shift, scratch, warm)
    if wraps and has_more_images(world, _close(s, world, a, b, lane) + _speed_sum(s, oa, ob) * world.real[P_TICK]):
        _meet_others(s, world, pair, lane, shift, scratch, warm)


@inner
def _close(s, world, a, b, lane):
    """Distance of two centres at which the bodies may meet in this tick without moving towards each other [m]."""
    oa, ob = at(a, 0) + lane, at(b, 0) + lane
    rims = (rim_speed(s, world, a, lane) + rim_speed(s, world, b, lane)) * world.real[P_TICK]
    return s[oa + REACH * LANES] + s[ob + REACH * LANES] + world.real[P_MARGIN] + rims


@shared
def _meet_others(s, world, pair, lane, shift, scratch, warm):
    """In a world that wraps, add the contact points of the images of B that are not the nearest: of all that are close, and the first one on the way."""
    a, b, _key = pair
    sx, sy = shift
    oa, ob, tick = at(a, 0) + lane, at(b, 0) + lane, world.real[P_TICK]
    dx, dy = s[ob + X * LANES] + sx - s[oa + X * LANES], s[ob + Y * LANES] + sy - s[oa + Y * LANES]
    vx, vy = s[ob + VX * LANES] - s[oa + VX * LANES], s[ob + VY * LANES] - s[oa + VY * LANES]
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
    oa, ob = at(a, 0) + lane, at(b, 0) + lane
    speed = _speed_sum(s, oa, ob) + rim_speed(s, world, a, lane) + rim_speed(s, world, b, lane)
    margin = world.real[P_MARGIN] + speed * world.real[P_TICK]
    found = meet_again(s, world, (a, b), lane, shift, margin, _keep(world, a, b, key, lane, scratch, warm), scratch.f)
    discs = cell(world, W_BODY, a, B_CORNERS) == 1 and cell(world, W_BODY, b, B_CORNERS) == 1
    far = speed * world.real[P_TICK] > min(s[oa + REACH * LANES], s[ob + REACH * LANES])  # slower ones meet about where they are nearest now
    if found > 0 and not discs and far and least_gap(found, scratch.f) > world.real[P_MARGIN]:
        _meet_later(s, world, pair, lane, shift, scratch, warm)
        return
    if world.whole[N_SEAMS] > 0 and is_fixed(world, a):
        found = smooth(s, world, (a, b), found, lane, shift, margin, ZERO, scratch)
    for k in range(found):
        add_point(s, world, pair, lane, shift, k, scratch, warm)


@shared
def _meet_later(s, world, pair, lane, shift, scratch, warm):
    """Add the contact points that two bodies will have when they meet in this tick, if they do.

    What is far apart now meets elsewhere than where it is nearest now: with the normal of now, something fast would bump into thin air beside a corner.
    """
    a, b, _key = pair
    tick = world.real[P_TICK]
    t = first_touch(s, world, (a, b), lane, shift, (tick, tick, tick), (ZERO, F(0.1) * world.real[P_MARGIN]), scratch.f)
    if t < ZERO:
        return
    pose_a, pose_b = pose_of(s, a, lane), pose_of(s, b, lane)
    if cell(world, W_BODY, a, B_MOVES) != 0:
        place_at(s, a, lane, pose_a, t)
    if cell(world, W_BODY, b, B_MOVES) != 0:
        place_at(s, b, lane, pose_b, t)
    turn_a, turn_b = _turn_between(pose_a, pose_of(s, a, lane)), _turn_between(pose_b, pose_of(s, b, lane))
    found = meet(s, world, (a, b), lane, shift, world.real[P_MARGIN], scratch.f)
    if world.whole[N_SEAMS] > 0 and is_fixed(world, a):
        found = smooth(s, world, (a, b), found, lane, shift, world.real[P_MARGIN], t, scratch)
    for k in range(found):
        slot = scratch.i[I_COUNT + lane]
        add_point(s, world, pair, lane, shift, k, scratch, warm)
        if scratch.i[I_COUNT + lane] > slot:  # the arms turn with their bodies until then: say where they are now
            _turn_back(scratch.slots, slot_at(slot, K_AX) + lane, turn_a, scratch.slots[slot_at(slot, K_RADIUS_A) + lane])
            _turn_back(scratch.slots, slot_at(slot, K_BX) + lane, turn_b, scratch.slots[slot_at(slot, K_RADIUS_B) + lane])
            weigh(scratch.slots, slot_at(slot, 0) + lane)
    put(s, a, lane, pose_a)
    put(s, b, lane, pose_b)


@inner
def _turn_between(before, after):
    """Cosine and sine of the angle from the heading of one pose to that of another."""
    _x, _y, c, d = before
    _x, _y, e, f = after
    return c * e + d * f, c * f - d * e


@inner
def _turn_back(c, k, turn, radius):
    """Turn the arm at `k` of a slot back by an angle; a disc's arm follows the normal."""
    cosine, sine = turn
    x, y = c[k], c[k + LANES]
    c[k] = x if radius > ZERO else cosine * x + sine * y
    c[k + LANES] = y if radius > ZERO else cosine * y - sine * x


@shared
def find_walls(s, world, live, scratch, warm):
    """Contacts of what moves with the walls of the world."""
    half_w, half_h, margin, tick = world.real[P_HALF_W], world.real[P_HALF_H], world.real[P_MARGIN], world.real[P_TICK]
    f = scratch.f
    for body in range(1, world.whole[N_BODIES]):
        if cell(world, W_BODY, body, B_MOVES) == 1 and cell(world, W_BODY, body, B_WALLS) == 1 and not is_away(s, world, body):
            o = at(body, 0)
            hits = np.int32(0)
            for l in range(LANES):
                reach = s[o + REACH * LANES + l] + margin
                rx = np.abs(s[o + X * LANES + l]) + reach + np.abs(s[o + VX * LANES + l]) * tick
                ry = np.abs(s[o + Y * LANES + l]) + reach + np.abs(s[o + VY * LANES + l]) * tick
                near = (rx > half_w or ry > half_h) and s[o + SOLID * LANES + l] > ZERO
                f[F_MASK + l] = ONE if near else ZERO
                hits += np.int32(1) if near else np.int32(0)
            if hits > 0 and cell(world, W_BODY, body, B_CORNERS) == 1:
                _find_disc_walls(s, world, body, live, scratch, warm)
            elif hits > 0:
                for k in range(list_marked(live, scratch)):
                    _meet_walls(s, world, body, scratch.i[I_NEAR + k], scratch, warm)


@inner
def _wall_key(world, body, side):
    """Key of a body's contacts with a wall: behind those of all pairs of bodies."""
    bodies = world.whole[N_BODIES]
    return bodies * (bodies - 1) // 2 + body * 4 + side


@shared
def _find_disc_walls(s, world, body, live, scratch, warm):
    """As `_meet_walls` for a disc, which meets each wall in one point: all worlds are asked at once."""
    f, o, p, margin, tick = scratch.f, at(body, 0), F_POINTS, world.real[P_MARGIN], world.real[P_TICK]
    for side in range(4):
        nx, ny = inwards(side)
        half = world.real[P_HALF_W] if side < 2 else world.real[P_HALF_H]
        velocity = at(body, VX if side < 2 else VY)
        hits = np.int32(0)
        for l in range(LANES):
            gap = nx * s[o + X * LANES + l] + ny * s[o + Y * LANES + l] + half - s[o + ROUND * LANES + l]
            near = gap < margin + np.abs(s[velocity + l]) * tick and s[o + SOLID * LANES + l] > ZERO
            f[F_MASK + l] = ONE if near else ZERO
            hits += np.int32(1) if near else np.int32(0)
        if hits > 0:
            for k in range(list_marked(live, scratch)):
                l = scratch.i[I_NEAR + k]
                x, y, radius = s[o + X * LANES + l], s[o + Y * LANES + l], s[o + ROUND * LANES + l]
                gap = nx * x + ny * y + half - radius
                back = radius + HALF * gap
                f[p], f[p + 1], f[p + 2], f[p + 3], f[p + 4], f[p + 5] = nx, ny, x - nx * back, y - ny * back, gap, ZERO
                add_point(s, world, (0, body, _wall_key(world, body, side)), l, (ZERO, ZERO), 0, scratch, warm)


@shared
def _meet_walls(s, world, body, lane, scratch, warm):
    """Add the contact points of one body with the four walls in one world: for each wall at most the two lowest corners."""
    o = at(body, 0) + lane
    h, hull, points = scratch.f, F_HULL_A, F_POINTS
    count = load_hull(s, world, body, lane, h, hull)
    radius = s[o + ROUND * LANES]
    for side in range(4):
        nx, ny = inwards(side)
        half = world.real[P_HALF_W] if side < 2 else world.real[P_HALF_H]
        speed = np.abs(s[o + VX * LANES]) if side < 2 else np.abs(s[o + VY * LANES])
        margin = world.real[P_MARGIN] + (speed + rim_speed(s, world, body, lane)) * world.real[P_TICK]
        found = 0
        for k in range(count):
            x, y = h[hull + k], h[hull + 8 + k]
            gap = nx * x + ny * y + half - radius
            slot = found if found < 2 else (0 if h[points + 4] > h[points + 12] else 1)
            p = points + 8 * slot
            if gap < margin and (found < 2 or gap < h[p + 4]):
                h[p], h[p + 1] = nx, ny
                back = radius + HALF * gap
                h[p + 2], h[p + 3] = x - nx * back, y - ny * back
                h[p + 4], h[p + 5] = gap, F(k)
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
    slot = scratch.i[I_COUNT + lane]
    if slot >= world.whole[N_CAPACITY]:
        s[world.whole[N_OVERRUN] * LANES + lane] += ONE
        return
    scratch.i[I_COUNT + lane] = slot + 1
    k, real = slot_at(slot, 0) + lane, world.real
    oa, ob = at(a, 0) + lane, at(b, 0) + lane
    u, p = slot * SLOT_WORDS + lane, F_POINTS + 8 * point
    key = number * 256 + np.int64(scratch.f[p + 5])
    scratch.u[u + U_BODY_A], scratch.u[u + U_BODY_B] = oa, ob
    scratch.u[u + U_KEY], scratch.u[u + U_WATCH] = key, _watch(world, a, b) + 1
    c = scratch.slots
    ma, mb = s[oa + INV_MASS * LANES], s[ob + INV_MASS * LANES]
    ia, ib = s[oa + INV_INERTIA * LANES], s[ob + INV_INERTIA * LANES]
    h = scratch.f
    nx, ny, x, y, gap = h[p], h[p + 1], h[p + 2], h[p + 3], h[p + 4]
    xa, ya = s[oa + X * LANES], s[oa + Y * LANES]
    xb, yb = s[ob + X * LANES] + sx, s[ob + Y * LANES] + sy
    ax, ay, bx, by = x - xa, y - ya, x - xb, y - yb
    ra = s[oa + ROUND * LANES] if cell(world, W_BODY, a, B_CORNERS) == 1 else ZERO
    rb = s[ob + ROUND * LANES] if cell(world, W_BODY, b, B_CORNERS) == 1 else ZERO
    discs = ra > ZERO and rb > ZERO
    if ra > ZERO:  # the arm of a disc is its radius, whatever the gap
        ax, ay = nx * ra, ny * ra
    if rb > ZERO:
        bx, by = -nx * rb, -ny * rb
    c[k + K_RADIUS_A * LANES], c[k + K_RADIUS_B * LANES] = ra, rb
    c[k + K_DISC * LANES] = ONE if discs else ZERO
    c[k + K_MASS_A * LANES], c[k + K_MASS_B * LANES] = ma, mb
    c[k + K_INERTIA_A * LANES], c[k + K_INERTIA_B * LANES] = ia, ib
    c[k + K_AX * LANES], c[k + K_AY * LANES] = ax, ay
    c[k + K_BX * LANES], c[k + K_BY * LANES] = bx, by
    c[k + K_NX * LANES], c[k + K_NY * LANES] = nx, ny
    c[k + K_GAP * LANES] = gap - ((xb + bx - xa - ax) * nx + (yb + by - ya - ay) * ny)
    c[k + K_SHIFT_X * LANES], c[k + K_SHIFT_Y * LANES] = sx, sy
    friction, bounce = (s[oa + FRICTION * LANES], s[oa + BOUNCE * LANES]) if a > 0 else (real[P_WALL_FRICTION], real[P_WALL_BOUNCE])
    c[k + K_FRICTION * LANES] = np.sqrt(friction * s[ob + FRICTION * LANES])
    c[k + K_BOUNCE * LANES] = max(bounce, s[ob + BOUNCE * LANES])
    c[k + K_SURFACE * LANES] = s[oa + SURFACE * LANES] + s[ob + SURFACE * LANES]
    weigh(c, k)
    fixed = ma == ZERO or mb == ZERO
    rate, mass, impulse = real[P_RATE], real[P_SOFT_MASS], real[P_SOFT_IMPULSE]
    if fixed:
        rate, mass, impulse = real[P_STATIC_RATE], real[P_STATIC_SOFT_MASS], real[P_STATIC_SOFT_IMPULSE]
    elif max(ma, mb) > UNEVEN * min(ma, mb):
        rate, mass, impulse = real[P_UNEVEN_RATE], real[P_UNEVEN_SOFT_MASS], real[P_UNEVEN_SOFT_IMPULSE]
    c[k + K_RATE * LANES], c[k + K_SOFT_MASS * LANES], c[k + K_SOFT_IMPULSE * LANES] = rate, mass, impulse
    c[k + K_PEAK * LANES], c[k + K_SPEED * LANES] = ZERO, ZERO
    old = _remembered(scratch, warm, lane, np.uint32(key))
    c[k + K_NORMAL * LANES] = warm.normal[old, lane] if old >= 0 else ZERO
    c[k + K_TANGENT * LANES] = warm.tangent[old, lane] if old >= 0 else ZERO


@inner
def _watch(world, a, b):
    """Row to mark when two push each other, or a wall (body 0) one, or -1."""
    return touch_mark(world, min(a, b), max(a, b)) if a > 0 else cell(world, W_BODY, b, B_WALL_WATCH)


@inner
def weigh(c, k):
    """The masses that a slot's impulses move, along its normal and across, from its arms."""
    nx, ny = c[k + K_NX * LANES], c[k + K_NY * LANES]
    ax, ay, bx, by = c[k + K_AX * LANES], c[k + K_AY * LANES], c[k + K_BX * LANES], c[k + K_BY * LANES]
    mass = c[k + K_MASS_A * LANES] + c[k + K_MASS_B * LANES]
    ia, ib = c[k + K_INERTIA_A * LANES], c[k + K_INERTIA_B * LANES]
    na, nb = ax * ny - ay * nx, bx * ny - by * nx
    ta, tb = ax * nx + ay * ny, bx * nx + by * ny
    normal, tangent = mass + ia * na * na + ib * nb * nb, mass + ia * ta * ta + ib * tb * tb
    c[k + K_NORMAL_MASS * LANES] = ONE / normal if normal > ZERO else ZERO
    c[k + K_TANGENT_MASS * LANES] = ONE / tangent if tangent > ZERO else ZERO


@inner
def _remembered(scratch, warm, lane, key):
    """Index of the same contact among the last tick's, or -1. Both lists ascend by pair, so one cursor a lane walks the old one once."""
    i = scratch.i[I_CURSOR + lane]
    last = warm.count[lane]
    while i < last and warm.key[i, lane] >> np.uint32(8) < key >> np.uint32(8):
        i += 1
    scratch.i[I_CURSOR + lane] = i
    while i < last and warm.key[i, lane] >> np.uint32(8) == key >> np.uint32(8):
        if warm.key[i, lane] == key:
            return i
        i += 1
    return -1


@inner
def _keep(world, a, b, pair, lane, scratch, warm):
    """How much `meet_again` should keep to a's normals [m]: a fixed thing's by KEEP, else whichever's the last contact had."""
    if is_fixed(world, a) or cell(world, W_BODY, a, B_CORNERS) == 1 or cell(world, W_BODY, b, B_CORNERS) == 1:
        return KEEP
    i, last, key = scratch.i[I_CURSOR + lane], warm.count[lane], np.uint32(pair)
    while i < last and warm.key[i, lane] >> np.uint32(8) < key:
        i += 1
    scratch.i[I_CURSOR + lane] = i
    if i == last or warm.key[i, lane] >> np.uint32(8) != key:
        return F(5e-4)
    return -KEEP if (warm.key[i, lane] & np.uint32(128)) > np.uint32(0) else KEEP


@inner
def clear_slot(scratch, slot, lane):
    """Make a slot push nothing: the world against itself, without mass."""
    k = slot_at(slot, 0) + lane
    for field in range(SLOT_ROWS):
        scratch.slots[k + field * LANES] = ZERO
    scratch.slots[k + K_NX * LANES] = ONE
    u = slot * SLOT_WORDS + lane
    scratch.u[u + U_BODY_A] = lane
    scratch.u[u + U_BODY_B] = lane
    scratch.u[u + U_WATCH] = 0


@shared
def remember(s, scratch, warm):
    """Keep this tick's impulses for the next one, and mark the watched pairs that pushed each other."""
    for lane in range(LANES):
        warm.count[lane] = scratch.i[I_COUNT + lane]
        for slot in range(scratch.i[I_COUNT + lane]):
            k = slot_at(slot, 0) + lane
            u = slot * SLOT_WORDS + lane
            warm.key[slot, lane] = np.uint32(scratch.u[u + U_KEY])
            warm.normal[slot, lane] = scratch.slots[k + K_NORMAL * LANES] + ZERO  # + 0 makes -0 to 0, see physics.settle_zeros
            warm.tangent[slot, lane] = scratch.slots[k + K_TANGENT * LANES] + ZERO
            watch = scratch.u[u + U_WATCH]
            if watch > 0 and scratch.slots[k + K_PEAK * LANES] > ZERO:
                s[(watch - 1) * LANES + lane] = ONE
