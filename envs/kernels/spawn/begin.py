"""A new episode of one world: draw what is random, put everything in its place. One world at a time."""

import numpy as np

from ...jit.kernel import inner, shared
from ..collision.geometry import FAR, at, between, extent, holds_point, image_shift, meet, near_images
from ..collision.grid import clear, gather, insert
from ..physics.joints import attach
from ..physics.movers import set_out
from ..world.elementary import DEGREE, HALF, ONE, TAU, ZERO, atan2, cos, sin
from ..world.layout.programs import Keep
from ..world.layout.scratch import Integer
from ..world.layout.things import Body, BodyTable, Drive, Jump, Moves, Spawn, SpawnOp, Spot, SpotAway, SpotShape
from ..world.layout.world import F, GridTable, Real, Table, Walls, Whole
from ..world.rng import begin_episode, normal, turn_to, uniform
from ..world.tables import cell, const, corner, own_row, row_count, spot_cell

CROWD, FINEST = 0, 0
"""Area and least level of the grid of what stands already."""
TRIES, LEAST_TRIES = 100, 4
"""Random spots tried before the least crowded of them is taken (and counted); and how few, the more of a crowd have found none when an episode begins."""


@shared
def begin(s, world, keys, lane, scratch):
    """Start the next episode of one world."""
    begin_episode(keys, lane)
    scratch.i[Integer.CROWD] = 1 if cell(world, Table.GRID, 0, GridTable.SIGHT) > 0 else 2
    if scratch.i[Integer.CROWD] == 1:
        clear(world, CROWD, scratch)
    for row in range(world.whole[Whole.FRESH]):
        s[row, lane] = ZERO
    for body in range(world.whole[Whole.BODIES]):
        s[at(body, Body.COS), lane] = ONE
        s[at(body, Body.SAID), lane] = -ONE
    for n in range(row_count(world, Table.SPAWN)):
        _draw(s, world, n, keys, lane, scratch)
    scratch.i[Integer.CROWD] = 0
    for body in range(1, world.whole[Whole.BODIES]):
        s[at(body, Body.START_X), lane] = s[at(body, Body.X), lane]
        s[at(body, Body.START_Y), lane] = s[at(body, Body.Y), lane]
        s[at(body, Body.START_COS), lane] = s[at(body, Body.COS), lane]
        s[at(body, Body.START_SIN), lane] = s[at(body, Body.SIN), lane]
    attach(s, world, lane)


@shared
def _draw(s, world, n, keys, lane, scratch):
    """One line of the spawn table."""
    op = cell(world, Table.SPAWN, n, Spawn.OP)
    row = cell(world, Table.SPAWN, n, Spawn.ROW)
    a, b = cell(world, Table.SPAWN, n, Spawn.A), cell(world, Table.SPAWN, n, Spawn.B)
    if op == SpawnOp.CONST:
        s[row, lane] = const(world, a)
    elif op == SpawnOp.UNIFORM:
        s[row, lane] = const(world, a) + (const(world, a + 1) - const(world, a)) * uniform(keys, lane)
    elif op == SpawnOp.NORMAL:  # kept within 4 deviations and within the limits of the field
        value = const(world, a) + const(world, a + 1) * min(max(normal(keys, lane), -F(4)), F(4))
        s[row, lane] = min(max(value, const(world, a + 2)), const(world, a + 3))
    elif op == SpawnOp.CHOICE:
        pick = min(np.int64(uniform(keys, lane) * F(b)), b - 1)
        s[row, lane] = const(world, a + pick)
    elif op == SpawnOp.MASS:
        weigh(s, world, n, lane)
    elif op == SpawnOp.ANGLE:
        body = cell(world, Table.SPAWN, n, Spawn.ROW)
        angle = s[a, lane] * DEGREE
        s[at(body, Body.COS), lane], s[at(body, Body.SIN), lane] = cos(angle), sin(angle)
    elif op == SpawnOp.PLACE:
        place(s, world, cell(world, Table.SPAWN, n, Spawn.ROW), a, 0, keys, lane, scratch)
    elif op == SpawnOp.SHIFT:
        s[row, lane] += const(world, a)
    elif op == SpawnOp.PATH:
        set_out(s, world, cell(world, Table.SPAWN, n, Spawn.ROW), lane)
    elif op == SpawnOp.SHUFFLE:
        _shuffle(s, cell(world, Table.SPAWN, n, Spawn.ROW), a, keys, lane)
        if scratch.i[Integer.CROWD] == 1:  # some of them stand already, now elsewhere
            clear(world, CROWD, scratch)
            for other in range(1, cell(world, Table.SPAWN, n, Spawn.ROW) + a - 1):
                if s[at(other, Body.ALIVE), lane] > ZERO:
                    _stand(s, world, other, lane, scratch)
    elif op == SpawnOp.STRETCH:
        turn_to(keys, lane, a)
    elif op == SpawnOp.GIVEN:  # goes over what was drawn, which is kept within the range of the param
        drawn = min(max(s[row, lane], const(world, b)), const(world, b + 1))
        s[row, lane] = s[a + 1, lane] if s[a, lane] > ZERO else drawn
    elif op == SpawnOp.COPY:
        s[row, lane] = s[a, lane] * const(world, b)
    elif op == SpawnOp.STAND:
        _stand(s, world, cell(world, Table.SPAWN, n, Spawn.ROW), lane, scratch)


@inner
def _stand(s, world, body, lane, scratch):
    """Add a body that is set up to the crowd that later ones must keep clear of: as wide as the box around its outline, which its reach may not hold."""
    o = at(body, 0)
    reach = s[o + Body.REACH, lane] * (ONE if cell(world, Table.BODY, body, BodyTable.CORNERS) == 1 else F(1.5))
    insert(world, body, (s[o + Body.X, lane], s[o + Body.Y, lane]), reach, FINEST, CROWD, scratch)


@shared
def weigh(s, world, n, lane):
    """Reach, inverse mass and inertia from the shape, for a line of the spawn table.

    Columns: A row of the mass, B 1 where that is a density, C the template's area, and its second moments xx and yy about the centre (constants), D 1 if
    it turns.

    The second moment is the polar one, about the centre of the outline; the mass is spread evenly over the shape, rim included.
    """
    body, mass_row, is_density = cell(world, Table.SPAWN, n, Spawn.ROW), cell(world, Table.SPAWN, n, Spawn.A), cell(world, Table.SPAWN, n, Spawn.B)
    constants, turns = cell(world, Table.SPAWN, n, Spawn.C), cell(world, Table.SPAWN, n, Spawn.D)
    sx, r = s[at(body, Body.SCALE_X), lane], s[at(body, Body.ROUND), lane]
    corners = cell(world, Table.BODY, body, BodyTable.CORNERS)
    pi = HALF * TAU
    if corners == 1:
        area, reach = pi * r * r, r
        second = HALF * area * r * r
    elif corners == 2:  # capsule: a bar 2 sx long and 2 r high, and two half discs
        half = sx
        bar, cap = F(4) * half * r, pi * r * r
        area, reach = bar + cap, half + r
        offset = F(4) * r / (F(3) * pi)  # of a half disc's centre from its flat side
        own = cap * (r * r * HALF - offset * offset)
        second = bar * (F(4) * half * half + F(4) * r * r) / F(12) + own + cap * (half + offset) * (half + offset)
    else:
        area, second, reach = _measure(s, world, body, constants, lane)
    s[at(body, Body.REACH), lane] = reach
    if cell(world, Table.BODY, body, BodyTable.MOVES) != Moves.DYNAMIC:
        return
    mass = s[mass_row, lane]
    if is_density == 1:
        mass = mass * area
    s[at(body, Body.INV_MASS), lane] = ONE / mass
    s[at(body, Body.INV_INERTIA), lane] = area / (mass * second) if turns == 1 else ZERO


@inner
def _measure(s, world, body, constants, lane):
    """Area, second moment and reach of a rounded polygon: the outline scaled by (sx, sy), whose area is A sx sy and whose moments are Ixx sx^3 sy and
    Iyy sx sy^3; with a rim, a strip along each edge and a sector of a disc at each corner (together one whole disc).
    """
    sx, sy, r = s[at(body, Body.SCALE_X), lane], s[at(body, Body.SCALE_Y), lane], s[at(body, Body.ROUND), lane]
    first, corners = cell(world, Table.BODY, body, BodyTable.CORNER), cell(world, Table.BODY, body, BodyTable.CORNERS)
    area = const(world, constants) * sx * sy
    second = const(world, constants + 1) * sx * sx * sx * sy + const(world, constants + 2) * sx * sy * sy * sy
    reach = ZERO
    for k in range(corners):
        x, y = corner(world, first + k, 0) * sx, corner(world, first + k, 1) * sy
        reach = max(reach, np.sqrt(x * x + y * y))
        if r > ZERO:
            n, m = (k + 1) % corners, (k + 2) % corners
            ex, ey = corner(world, first + n, 0) * sx - x, corner(world, first + n, 1) * sy - y
            fx, fy = corner(world, first + m, 0) * sx - x - ex, corner(world, first + m, 1) * sy - y - ey
            e, f = np.sqrt(ex * ex + ey * ey), np.sqrt(fx * fx + fy * fy)
            nx, ny, ox, oy = ey / e, -ex / e, fy / f, -fx / f  # normals of this edge and the next one
            cx, cy = x + HALF * (ex + r * nx), y + HALF * (ey + r * ny)
            turn = atan2(nx * oy - ny * ox, nx * ox + ny * oy)
            px, py = x + ex, y + ey
            area += e * r + HALF * turn * r * r
            second += e * r * ((e * e + r * r) / F(12) + cx * cx + cy * cy)
            second += HALF * turn * r * r * (px * px + py * py + HALF * r * r)
            second += F(2) / F(3) * r * r * r * (px * (oy - ny) + py * (nx - ox))
    return area, second, reach + r


@shared
def _shuffle(s, first, count, keys, lane):
    """Exchange the positions of `count` bodies at random (Fisher-Yates)."""
    for k in range(count - 1, 0, -1):
        j = min(np.int64(uniform(keys, lane) * F(k + 1)), k)
        for field in range(2):
            a, b = at(first + k, Body.X + field), at(first + j, Body.X + field)
            s[a, lane], s[b, lane] = s[b, lane], s[a, lane]


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
    x, y, w, h = spot_cell(world, spot, Spot.X), spot_cell(world, spot, Spot.Y), spot_cell(world, spot, Spot.W), spot_cell(world, spot, Spot.H)
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
