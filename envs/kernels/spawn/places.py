"""Finds a place for a body: within its spot, clear of what stands there."""

import numpy as np

from ...jit.kernel import inner, shared
from ..collision.geometry import FAR, extent, holds_point
from ..collision.grid import gather
from ..collision.images import image_shift, near_images
from ..collision.manifold import meet
from ..world.bodies import at, between, own_row
from ..world.elementary import HALF, ONE, TAU, ZERO, cos, sin
from ..world.layout.programs import Keep
from ..world.layout.scratch import Integer
from ..world.layout.things import Body, BodyTable, Drive, Jump, Spot, SpotAway, SpotShape
from ..world.layout.world import F, Real, Table, Walls, Whole
from ..world.rng import uniform
from ..world.tables import cell, corner, spot_cell

CROWD, FINEST = 0, 0
"""Area and least level of the grid of what stands already."""
TRIES, LEAST_TRIES = 100, 4
"""Random spots tried before the least crowded of them is taken (and counted); and how few, the more of a crowd have found none when an episode begins."""


@shared
def place(s, world, body, spot, keep, keys, lane, scratch):
    """Put a body on its spot, at rest: tries random points until one is clear by the spot's gap, else takes the clearest and counts it.

    `keep`: bits of Keep: what somebody else says: velocity, spin, heading.
    """
    shape = np.int64(spot_cell(world, spot, Spot.SHAPE))
    if (keep & Keep.VELOCITY) == 0:
        s[at(body, Body.VX), lane], s[at(body, Body.VY), lane] = ZERO, ZERO
    if (keep & Keep.SPIN) == 0:
        s[at(body, Body.SPIN), lane] = ZERO
    if cell(world, Table.BODY, body, BodyTable.DRIVE) == Drive.JUMP:  # what it stood on is elsewhere
        s[own_row(world, body, Jump.GROUNDED), lane], s[own_row(world, body, Jump.AIR), lane] = ZERO, FAR
    if world.whole[Whole.REST] > 0:
        rest = world.whole[Whole.REST] + 2 * body
        s[rest, lane], s[rest + 1, lane] = ZERO, ZERO
    ox = at(body, 0)
    if shape == SpotShape.START:
        for field in range(2):
            s[at(body, Body.X + field), lane] = s[at(body, Body.START_X + field), lane]
            if (keep & Keep.ANGLE) == 0:
                s[at(body, Body.COS + field), lane] = s[at(body, Body.START_COS + field), lane]
        return
    if spot_cell(world, spot, Spot.TURN) > ZERO and (keep & Keep.ANGLE) == 0:
        angle = TAU * uniform(keys, lane)
        s[at(body, Body.COS), lane], s[at(body, Body.SIN), lane] = cos(angle), sin(angle)
    if shape == SpotShape.FIXED or shape == SpotShape.SHIFT or shape == SpotShape.ROW or shape == SpotShape.RING:
        if shape != SpotShape.SHIFT:
            s[ox, lane], s[ox + 1, lane] = _even_point(s, world, body, spot, keys, lane)
        x, y = spot_cell(world, spot, Spot.CENTRE_X), spot_cell(world, spot, Spot.CENTRE_Y)
        c, d = s[at(body, Body.COS), lane], s[at(body, Body.SIN), lane]
        s[ox, lane], s[ox + 1, lane] = s[ox, lane] + c * x - d * y, s[ox + 1, lane] + d * x + c * y
        return
    best, best_x, best_y = -FAR, ZERO, ZERO
    best_cos, best_sin = s[at(body, Body.COS), lane], s[at(body, Body.SIN), lane]
    tries = np.int64(TRIES)
    if scratch.i[Integer.CROWD] > 0:
        tries = max(tries // (np.int64(1) + np.int64(s[world.whole[Whole.PLACED], lane])), np.int64(LEAST_TRIES))
    for k in range(tries):
        if k > 0 and shape == SpotShape.SHAPED and spot_cell(world, spot, Spot.TURN) > ZERO:  # it may not fit at every angle
            angle = TAU * uniform(keys, lane)
            s[at(body, Body.COS), lane], s[at(body, Body.SIN), lane] = cos(angle), sin(angle)
        held = _random_point(s, world, body, spot, keys, lane, scratch)
        room = _room(s, world, body, spot, lane, scratch) - spot_cell(world, spot, Spot.GAP)
        room = room if held else min(room, ZERO) - HALF * FAR
        if room > best:
            best, best_x, best_y = room, s[ox, lane], s[ox + 1, lane]
            best_cos, best_sin = s[at(body, Body.COS), lane], s[at(body, Body.SIN), lane]
        if best >= ZERO:
            break
    s[ox, lane], s[ox + 1, lane] = best_x, best_y
    s[at(body, Body.COS), lane], s[at(body, Body.SIN), lane] = best_cos, best_sin
    if best < ZERO:
        s[world.whole[Whole.PLACED], lane] += ONE


@inner
def _even_point(s, world, body, spot, keys, lane):
    """The point of a fixed spot, or a body's own one of those of a row or ring (any of them where these are shuffled)."""
    x, y = spot_cell(world, spot, Spot.X), spot_cell(world, spot, Spot.Y)
    w, h, shape = spot_cell(world, spot, Spot.W), spot_cell(world, spot, Spot.H), np.int64(spot_cell(world, spot, Spot.SHAPE))
    if shape == SpotShape.FIXED:
        return x, y
    count = np.int64(spot_cell(world, spot, Spot.KINDS))
    k = body - np.int64(spot_cell(world, spot, Spot.KIND))
    if spot_cell(world, spot, Spot.SHUFFLE) > ZERO:
        k = min(np.int64(uniform(keys, lane) * F(count)), count - 1)
    if shape == SpotShape.ROW:
        t = F(k) / F(count - 1) if count > 1 else HALF
        return x + t * (w - x), y + t * (h - y)
    angle = TAU * F(k) / F(count)
    return x + w * cos(angle), y + w * sin(angle)


@shared
def _random_point(s, world, body, spot, keys, lane, scratch):
    """Move a body to a random point of the spot's region, its reach kept inside where it fits. Returns whether the point lies in the region."""
    ox, shape = at(body, 0), np.int64(spot_cell(world, spot, Spot.SHAPE))
    reach = s[at(body, Body.REACH), lane]
    u, v = uniform(keys, lane), uniform(keys, lane)
    if shape == SpotShape.INSIDE:  # somewhere inside one of the bodies of a kind
        first, count = np.int64(spot_cell(world, spot, Spot.KIND)), np.int64(spot_cell(world, spot, Spot.KINDS))
        host = first + min(np.int64(uniform(keys, lane) * F(count)), count - 1)
        ho = at(host, 0)
        if cell(world, Table.BODY, host, BodyTable.CORNERS) == 1:
            radius = np.sqrt(u) * max(s[at(host, Body.ROUND), lane] - reach, ZERO)
            s[ox, lane], s[ox + 1, lane] = s[ho, lane] + radius * cos(TAU * v), s[ho + 1, lane] + radius * sin(TAU * v)
            return True
        left, right, low, high = _box(s, world, host, lane)
        rim = s[at(host, Body.ROUND), lane]
        x = HALF * (left + right) + (u - HALF) * max(right - left + F(2) * (rim - reach), ZERO)
        y = HALF * (low + high) + (v - HALF) * max(high - low + F(2) * (rim - reach), ZERO)
        c, d = s[at(host, Body.COS), lane], s[at(host, Body.SIN), lane]
        s[ox, lane], s[ox + 1, lane] = s[ho, lane] + c * x - d * y, s[ho + 1, lane] + d * x + c * y
        return holds_point(s, world, host, lane, s[ox, lane], s[ox + 1, lane], scratch.h)
    x, y, w, h = (
        spot_cell(world, spot, Spot.X),
        spot_cell(world, spot, Spot.Y),
        spot_cell(world, spot, Spot.W),
        spot_cell(world, spot, Spot.H),
    )
    if shape == SpotShape.SHAPED:
        left, right, low, high = extent(s, world, body, lane)
        free_x, free_y = w + w - (right - left), h + h - (high - low)
        # what is too large, whichever way it lies, has its centre in the middle: beside it that might be outside of the world
        s[ox, lane] = x - w - left + u * free_x if free_x >= ZERO else x
        s[ox + 1, lane] = y - h - low + v * free_y if free_y >= ZERO else y
        return min(free_x, free_y) >= ZERO
    if shape == SpotShape.RECT:
        s[ox, lane] = x + (F(2) * u - ONE) * max(w - reach, ZERO)
        s[ox + 1, lane] = y + (F(2) * v - ONE) * max(h - reach, ZERO)
        return True
    radius = np.sqrt(u) * max(w - reach, ZERO)
    s[ox, lane], s[ox + 1, lane] = x + radius * cos(TAU * v), y + radius * sin(TAU * v)
    return True


@shared
def _room(s, world, body, spot, lane, scratch):
    """How much room a body has [m]: enough where it is no less than the spot's gap.

    The least distance to the walls, to the solid bodies placed before it (but those of the kind it starts in), and to what it must keep away from;
    what is asked there beyond the gap is taken off. The body counts as a disc, outlines it meets as the boxes around them; where it is SHAPED, what its
    outline keeps clear of takes no room.
    """
    shaped = np.int64(spot_cell(world, spot, Spot.SHAPE)) == SpotShape.SHAPED
    ox = at(body, 0)
    x, y, reach, gap = s[ox, lane], s[ox + 1, lane], s[at(body, Body.REACH), lane], spot_cell(world, spot, Spot.GAP)
    room, wraps = FAR, world.whole[Whole.WALLS] == Walls.WRAP
    if world.whole[Whole.WALLS] == Walls.SOLID:
        room = min(world.real[Real.HALF_W] - np.abs(x), world.real[Real.HALF_H] - np.abs(y)) - reach
        if shaped:
            left, right, low, high = extent(s, world, body, lane)
            room = min(world.real[Real.HALF_W] - max(x + right, -x - left), world.real[Real.HALF_H] - max(y + high, -y - low))
        room = room + gap - spot_cell(world, spot, Spot.WALL_GAP)
    host = np.int64(spot_cell(world, spot, Spot.KIND))
    hosts = np.int64(spot_cell(world, spot, Spot.KINDS))
    first_away = np.int64(spot_cell(world, spot, Spot.AWAY))
    last_away = first_away + np.int64(spot_cell(world, spot, Spot.AWAYS))
    crowd, others = scratch.i[Integer.CROWD] == 1, world.whole[Whole.BODIES] - 1
    if crowd:  # who is farther away than this leaves room enough
        half = reach + gap
        for row in range(first_away, last_away):
            half = max(half, spot_cell(world, row, SpotAway.DISTANCE))
        others = gather(world, (x, y, half, half), CROWD, Integer.FOUND, scratch)
    for k in range(others):
        other = k + 1
        if crowd:
            other = scratch.i[Integer.FOUND + k]
        if other == body or s[at(other, Body.ALIVE), lane] == ZERO:  # those not placed yet keep away themselves
            continue
        dx, dy = between(s, world, wraps, other, body, lane)
        if s[at(other, Body.SOLID), lane] > ZERO and (other < host or other >= host + hosts):
            near = reach + gap + s[at(other, Body.REACH), lane] * F(1.5)  # the box around an outline reaches farther than the outline
            count, where = near_images(world, wraps, dx, dy, near)
            for n in range(count):
                sx, sy = image_shift(world, where, n)
                room = min(room, _clear_by(s, world, body, other, lane, (dx + sx, dy + sy), spot, scratch.h))
        for row in range(first_away, last_away):
            first, count = np.int64(spot_cell(world, row, SpotAway.FIRST)), np.int64(spot_cell(world, row, SpotAway.COUNT))
            if other >= first and other < first + count:
                room = min(room, np.sqrt(dx * dx + dy * dy) - spot_cell(world, row, SpotAway.DISTANCE) + gap)
    return room


@shared
def _clear_by(s, world, body, other, lane, way, spot, h):
    """How far a body's disc is from another body, `way` from it [m]; at least the spot's gap where the disc is too near and the outline, if SHAPED, is not."""
    dx, dy = way
    shaped, gap = np.int64(spot_cell(world, spot, Spot.SHAPE)) == SpotShape.SHAPED, spot_cell(world, spot, Spot.GAP)
    ox = at(body, 0)
    clear_by = _distance_to(s, world, other, lane, dx, dy) - s[at(body, Body.REACH), lane]
    if shaped and clear_by < gap:
        shift = (s[ox, lane] - dx - s[at(other, Body.X), lane], s[ox + 1, lane] - dy - s[at(other, Body.Y), lane])
        clear_by = clear_by if meet(s, world, (body, other), lane, shift, gap, h) > 0 else gap
    return clear_by


@inner
def _box(s, world, body, lane):
    """The box around a body's outline, in its own frame and without the rounding: (left, right, low, high)."""
    first = cell(world, Table.BODY, body, BodyTable.CORNER)
    left, right, low, high = FAR, -FAR, FAR, -FAR
    for k in range(cell(world, Table.BODY, body, BodyTable.CORNERS)):
        x, y = corner(world, first + k, 0) * s[at(body, Body.SCALE_X), lane], corner(world, first + k, 1) * s[at(body, Body.SCALE_Y), lane]
        left, right, low, high = min(left, x), max(right, x), min(low, y), max(high, y)
    return left, right, low, high


@shared
def _distance_to(s, world, other, lane, dx, dy):
    """Distance from a point, dx and dy from a body's centre, to the body: to its circle, or to the box around its outline."""
    radius = s[at(other, Body.ROUND), lane]
    if cell(world, Table.BODY, other, BodyTable.CORNERS) == 1:
        return np.sqrt(dx * dx + dy * dy) - radius
    c, d = s[at(other, Body.COS), lane], s[at(other, Body.SIN), lane]
    u, v = c * dx + d * dy, c * dy - d * dx
    left, right, low, high = _box(s, world, other, lane)
    ex, ey = max(max(left - u, u - right), ZERO), max(max(low - v, v - high), ZERO)
    return np.sqrt(ex * ex + ey * ey) - radius
