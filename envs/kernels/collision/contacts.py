"""Who touches whom, and where: fills the contact slots of a block for one tick. First phase of the physics step.

Slots are packed for each lane apart: slot k of lane l is the k-th contact of world l, whichever bodies these are. The solver gathers the two
bodies of each lane by index. That costs 35 % more a slot than rows shared by all lanes would (152 against 112 ns measured), but a block then
walks as many slots as its most crowded world has, not as many as all its worlds together: with random agents 3 against 18 in tag. And no
world's order of contacts depends on its neighbours.
"""

import numpy as np

from ...jit.ir import LANES
from ...jit.kernel import inner, shared
from ..world.bodies import at, between, is_away, list_marked, nearest_image, pose_of, put
from ..world.elementary import HALF, ONE, ZERO
from ..world.layout.scratch import Area, Integer, Slot
from ..world.layout.things import Body, BodyTable, Moves, Shot
from ..world.layout.world import MAX_BODIES, F, GridTable, Kind, Pair, Real, Table, Walls, Whole
from ..world.tables import cell, row_count
from .geometry import FAR, rim_speed
from .grid import clear, gather, holds, insert, sort
from .images import has_more_images, image_shift, images, passes
from .manifold import meet, meet_again
from .pairs import is_fixed, lets_through, may_push, pair_number
from .seams import least_gap, smooth
from .slots import add_point, clear_slot, slot_at, weigh
from .time_of_impact import first_touch, place_at
from .walls import find_walls

KEEP = F(7.5e-4)
"""What two polygons that touch may shift or tilt before their contact is measured along the other one's normals [m]."""
_AREA, _FINEST = 0, 0
"""Of the grid: the area of contacts, and the least level there."""


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
            _find_among(
                s, world, wraps, cell(world, Table.SHOT, shot, Shot.PAIR), cell(world, Table.SHOT, shot, Shot.PAIR_END), live, scratch, warm
            )


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
    reach = (
        s[oa + Body.REACH, lane] + s[ob + Body.REACH, lane] + world.real[Real.MARGIN] + _speed_sum(s, oa, ob, lane) * world.real[Real.TICK]
    )
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
    far = speed * world.real[Real.TICK] > min(
        s[oa + Body.REACH, lane], s[ob + Body.REACH, lane]
    )  # slower ones meet about where they are nearest now
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
