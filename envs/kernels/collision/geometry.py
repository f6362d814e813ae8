"""Two shapes of one world: how far apart, where they meet, what a ray hits. Scalar code, one lane at a time.

Every shape is a convex outline of 1 to 8 corners, grown by a radius: 1 corner is a circle, 2 a capsule, more a polygon.
A hull in a thread's scratch `h` is x of up to 8 corners from `hull` on, then y, in world coordinates, counter-clockwise. As one thing that is handed on
it is (where it begins, corners, radius); a disc, or a rounded corner, is (x, y, radius); a ray is (x, y, dx, dy), the latter a unit vector.
"""

import numpy as np

from ...jit.kernel import inner, shared
from ..world.elementary import HALF, ONE, ZERO
from ..world.layout.scratch import Area, Hull, Point
from ..world.layout.things import Body, BodyTable
from ..world.layout.world import F, Real, Table
from ..world.tables import cell, corner

FAR = F(1e9)
TINY = F(1e-12)
IMAGES = 8
"""In a world that wraps everything stands again a world's width on, and so on: images are looked for this many worlds away at most."""


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


@inner
def _image_range(offset, reach, size):
    """First and last k with |offset + k * size| no more than reach, within IMAGES: along one axis, images of what is `offset` away in a world of `size` [m]."""
    first, last = np.int64(-np.floor((reach + offset) / size)), np.int64(np.floor((reach - offset) / size))
    return max(first, -IMAGES), min(last, IMAGES)


@inner
def has_more_images(world, reach):
    """Whether more than the nearest image of something may be within reach, in a world that wraps."""
    return reach > min(world.real[Real.HALF_W], world.real[Real.HALF_H])


@inner
def images(world, dx, dy, reach_x, reach_y):
    """Which images of what is (dx, dy) away, in a world that wraps, lie within reach along both axes: how many, and where (first column, first row, rows)."""
    left, right = _image_range(dx, reach_x, F(2) * world.real[Real.HALF_W])
    low, high = _image_range(dy, reach_y, F(2) * world.real[Real.HALF_H])
    rows = max(high - low + 1, 0)
    return max(right - left + 1, 0) * rows, (left, low, rows)


@inner
def near_images(world, wraps, dx, dy, reach):
    """As `images`, but only the nearest where no other can be within reach."""
    if wraps and has_more_images(world, reach):
        return images(world, dx, dy, reach, reach)
    return 1, (0, 0, 1)


@inner
def image_shift(world, where, n):
    """What to add to a place to get to the n-th of the images that were found, column after column."""
    left, low, rows = where
    return F(left + n // rows) * (F(2) * world.real[Real.HALF_W]), F(low + n % rows) * (F(2) * world.real[Real.HALF_H])


@inner
def passes(dx, dy, vx, vy, horizon):
    """When something (dx, dy) away that moves at (vx, vy) is nearest within a time, and the square of its distance then."""
    square = vx * vx + vy * vy
    when = min(max(-(dx * vx + dy * vy) / max(square, TINY), ZERO), horizon)
    x, y = dx + when * vx, dy + when * vy
    return when, x * x + y * y


@shared
def load_hull(s, world, body, lane, h, hull):
    """Write a body's corners in world coordinates to `hull`; returns how many."""
    count = cell(world, Table.BODY, body, BodyTable.CORNERS)
    first = cell(world, Table.BODY, body, BodyTable.CORNER)
    x, y = s[at(body, Body.X), lane], s[at(body, Body.Y), lane]
    if count == 1:  # a disc: its corner is its centre
        h[hull], h[hull + Hull.Y] = x, y
        return count
    c, d = s[at(body, Body.COS), lane], s[at(body, Body.SIN), lane]
    sx, sy = s[at(body, Body.SCALE_X), lane], s[at(body, Body.SCALE_Y), lane]
    for k in range(count):
        px, py = corner(world, first + k, 0) * sx, corner(world, first + k, 1) * sy
        h[hull + k] = x + c * px - d * py
        h[hull + Hull.Y + k] = y + d * px + c * py
    return count


@inner
def extent(s, world, body, lane):
    """The box that a body's outline fills as it lies, seen from its centre: (left, right, low, high)."""
    first, rim = cell(world, Table.BODY, body, BodyTable.CORNER), s[at(body, Body.ROUND), lane]
    c, d = s[at(body, Body.COS), lane], s[at(body, Body.SIN), lane]
    left, right, low, high = FAR, -FAR, FAR, -FAR
    for k in range(cell(world, Table.BODY, body, BodyTable.CORNERS)):
        x, y = corner(world, first + k, 0) * s[at(body, Body.SCALE_X), lane], corner(world, first + k, 1) * s[at(body, Body.SCALE_Y), lane]
        turned_x, turned_y = c * x - d * y, d * x + c * y
        left, right, low, high = min(left, turned_x), max(right, turned_x), min(low, turned_y), max(high, turned_y)
    return left - rim, right + rim, low - rim, high + rim


@inner
def rim_speed(s, world, body, lane):
    """Speed at which spin may bring a body's outline nearer to something [m/s]; a disc's never does."""
    o = at(body, 0)
    return ZERO if cell(world, Table.BODY, body, BodyTable.CORNERS) == 1 else np.abs(s[o + Body.SPIN, lane]) * s[o + Body.REACH, lane]


@inner
def edge_normal(h, hull, count, k):
    """Outward unit normal of the edge from corner k to the next one."""
    n = k + 1 if k + 1 < count else 0
    ex, ey = h[hull + n] - h[hull + k], h[hull + Hull.Y + n] - h[hull + Hull.Y + k]
    scale = ONE / np.sqrt(ex * ex + ey * ey + TINY)
    return ey * scale, -ex * scale


@shared
def widest_gap(h, hull, other):
    """The edge of a hull whose normal separates the corners of another most. Returns (edge, separation), radii left out."""
    a, count_a, _ra = hull
    b, count_b, _rb = other
    best, edge = -FAR, 0
    for k in range(count_a):
        nx, ny = edge_normal(h, a, count_a, k)
        low = FAR
        for j in range(count_b):
            low = min(low, nx * (h[b + j] - h[a + k]) + ny * (h[b + Hull.Y + j] - h[a + Hull.Y + k]))
        if low > best:
            best, edge = low, k
    return edge, best


@shared
def facing_edge(h, hull, count, nx, ny):
    """The edge whose normal is most opposed to (nx, ny)."""
    best, edge = FAR, 0
    for k in range(count):
        ex, ey = edge_normal(h, hull, count, k)
        dot = ex * nx + ey * ny
        if dot < best:
            best, edge = dot, k
    return edge


@inner
def nearest_on_segment(px, py, ax, ay, bx, by):
    """How far along a-b (0 to 1) the point nearest to p lies."""
    ex, ey = bx - ax, by - ay
    length = ex * ex + ey * ey
    t = ((px - ax) * ex + (py - ay) * ey) / length if length > TINY else ZERO
    return min(max(t, ZERO), ONE)


@inner
def _set_point(h, k, normal, place, gap, feature):
    """Write the k-th contact point."""
    o = Area.POINTS + k * Point.SIZE
    h[o], h[o + Point.NY] = normal
    h[o + Point.X], h[o + Point.Y] = place
    h[o + Point.GAP], h[o + Point.FEATURE] = gap, F(feature)


@shared
def corner_contact(h, p, q, margin, feature):
    """One contact between two rounded corners p (of A) and q (of B). Returns the number of points."""
    px, py, ra = p
    qx, qy, rb = q
    dx, dy = qx - px, qy - py
    length = np.sqrt(dx * dx + dy * dy)
    gap = length - ra - rb
    if gap > margin:
        return 0
    nx = dx / length if length > F(1e-6) else ONE
    ny = dy / length if length > F(1e-6) else ZERO
    middle = HALF * (length + ra - rb)
    _set_point(h, 0, (nx, ny), (px + nx * middle, py + ny * middle), gap, feature)
    return 1


@shared
def hull_and_disc(h, hull, disc, margin):
    """Contact of a rounded polygon or capsule A with a disc. Returns the number of points; normals go from A to the disc."""
    a, count, ra = hull
    qx, qy, rb = disc
    best, edge, nx, ny = -FAR, 0, ONE, ZERO
    for k in range(count):
        ex, ey = edge_normal(h, a, count, k)
        gap = ex * (qx - h[a + k]) + ey * (qy - h[a + Hull.Y + k])
        if gap > best:
            best, edge, nx, ny = gap, k, ex, ey
    if best - ra - rb > margin:
        return 0
    n = edge + 1 if edge + 1 < count else 0
    t = nearest_on_segment(qx, qy, h[a + edge], h[a + Hull.Y + edge], h[a + n], h[a + Hull.Y + n])
    if (best > F(1e-6) or count == 2) and (t <= ZERO or t >= ONE):  # a capsule has no inside, and its edges don't see what lies beyond its ends
        k = edge if t <= ZERO else n
        return corner_contact(h, (h[a + k], h[a + Hull.Y + k], ra), disc, margin, k)
    gap = best - ra - rb
    middle = HALF * (best + ra - rb) - best  # from q along the normal, to half-way between the surfaces
    _set_point(h, 0, (nx, ny), (qx + nx * middle, qy + ny * middle), gap, edge)
    return 1


@shared
def hulls(h, a, b, margin, keep):
    """Contact of two rounded polygons or capsules: at most two points, normals from A to B. `keep`: see `meet_again`.

    Separating axes give the reference edge; the facing edge of the other is clipped against its sides; two corners that face each other across
    a gap get one point between them. Source: Box2D v3, manifold.c (b2CollidePolygons, b2ClipPolygons).
    """
    _first_a, _count_a, ra = a
    _first_b, _count_b, rb = b
    edge_a, gap_a = widest_gap(h, a, b)
    edge_b, gap_b = widest_gap(h, b, a)
    if max(gap_a, gap_b) - ra - rb > margin:
        return 0
    if gap_b > gap_a + keep:
        found = clip(h, b, edge_b, a, margin, gap_b)
        for k in range(found):
            h[Area.POINTS + k * Point.SIZE], h[Area.POINTS + k * Point.SIZE + Point.NY] = -h[Area.POINTS + k * Point.SIZE], -h[Area.POINTS + k * Point.SIZE + Point.NY]
            h[Area.POINTS + k * Point.SIZE + Point.FEATURE] += F(128)
        return found
    return clip(h, a, edge_a, b, margin, gap_a)


@shared
def nearest_corners(h, a, i, i2, b, j, j2):
    """Which corners of edges i-i2 of A and j-j2 of B are their nearest points; (-1, -1) where one of these lies inside an edge."""
    best, corner_a, corner_b = FAR, -1, -1
    for k in range(4):
        own, end, other, first, last = (a, i if k == 0 else i2, b, j, j2) if k < 2 else (b, j if k == 2 else j2, a, i, i2)
        px, py = h[own + end], h[own + Hull.Y + end]
        x, y, x2, y2 = h[other + first], h[other + Hull.Y + first], h[other + last], h[other + Hull.Y + last]
        t = nearest_on_segment(px, py, x, y, x2, y2)
        dx, dy = x + t * (x2 - x) - px, y + t * (y2 - y) - py
        far = dx * dx + dy * dy
        if far < best:
            facing = first if t <= ZERO else (last if t >= ONE else -1)
            best, corner_a, corner_b = far, (end if k < 2 else facing), (facing if k < 2 else end)
    if corner_a < 0 or corner_b < 0:
        return -1, -1
    return corner_a, corner_b


@shared
def clip(h, hull, edge_a, other, margin, separation):
    """Points where B's facing edge lies over the reference edge of A. Returns their number."""
    a, count_a, ra = hull
    b, count_b, rb = other
    a2 = edge_a + 1 if edge_a + 1 < count_a else 0
    nx, ny = edge_normal(h, a, count_a, edge_a)
    edge_b = facing_edge(h, b, count_b, nx, ny)
    b2 = edge_b + 1 if edge_b + 1 < count_b else 0
    ax, ay, cx, cy = h[a + edge_a], h[a + Hull.Y + edge_a], h[a + a2], h[a + Hull.Y + a2]
    px, py, qx, qy = h[b + edge_b], h[b + Hull.Y + edge_b], h[b + b2], h[b + Hull.Y + b2]
    tx, ty = -ny, nx
    span = tx * (cx - ax) + ty * (cy - ay)
    tp, tq = tx * (px - ax) + ty * (py - ay), tx * (qx - ax) + ty * (qy - ay)
    if separation > F(1e-4) or (count_a == 2 and (max(tp, tq) <= ZERO or min(tp, tq) >= span)):
        i, j = nearest_corners(h, a, edge_a, a2, b, edge_b, b2)
        if i >= 0 and np.abs(tx * (h[b + j] - h[a + i]) + ty * (h[b + Hull.Y + j] - h[a + Hull.Y + i])) > F(1e-3) * separation:  # not straight across
            feature = i * 8 + j
            return corner_contact(h, (h[a + i], h[a + Hull.Y + i], ra), (h[b + j], h[b + Hull.Y + j], rb), margin, feature)
    return overlay(h, hull, edge_a, other, edge_b, margin, (ZERO, span))


@shared
def overlay(h, hull, edge_a, other, edge_b, margin, span):
    """Points where an edge of B lies over one of A, within a span along this (from, to) [m]. Returns their number."""
    a, count_a, ra = hull
    b, count_b, rb = other
    low, high = span
    nx, ny = edge_normal(h, a, count_a, edge_a)
    b2 = edge_b + 1 if edge_b + 1 < count_b else 0
    ax, ay = h[a + edge_a], h[a + Hull.Y + edge_a]
    px, py, qx, qy = h[b + edge_b], h[b + Hull.Y + edge_b], h[b + b2], h[b + Hull.Y + b2]
    tx, ty = -ny, nx
    tp, tq = tx * (px - ax) + ty * (py - ay), tx * (qx - ax) + ty * (qy - ay)
    # B's edge runs against A's, so p is at the far end of the span; clip both ends to [low, high]
    found = 0
    for k in range(min(count_b, 2)):
        t, x, y = (tp, px, py) if k == 0 else (tq, qx, qy)
        bound = min(max(t, low), high)
        if bound != t and np.abs(tq - tp) > F(1e-9):
            f = (bound - tp) / (tq - tp)
            f = min(max(f, ZERO), ONE)
            x, y = px + f * (qx - px), py + f * (qy - py)
        distance = nx * (x - ax) + ny * (y - ay)
        gap = distance - ra - rb
        if gap <= margin:
            middle = HALF * (ra - rb - distance)
            _set_point(h, found, (nx, ny), (x + nx * middle, y + ny * middle), gap, 64 + k * 8 + edge_a)
            found += 1
    return found


@inner
def meet(s, world, pair, lane, shift, margin, h):
    """As `meet_again` for two bodies that have no past."""
    return meet_again(s, world, pair, lane, shift, margin, F(5e-4), h)


@shared
def meet_again(s, world, pair, lane, shift, margin, keep, h):
    """Contact points of a pair of bodies (a, b), at most 2 (nx, ny, x, y, gap, feature), at Area.POINTS of scratch; B is moved by the shift (worlds that wrap).

    Normals go from A to B; x, y lies half-way between the surfaces [m]; gap is their distance [m], negative where they overlap. `keep`: by
    how much farther apart they must be along a normal of B than along one of A for B to be the reference (features from 128 on) [m]; if that changed
    from tick to tick where both are about equal, contacts would flicker.
    """
    a, b = pair
    shift_x, shift_y = shift
    ra, rb = s[at(a, Body.ROUND), lane], s[at(b, Body.ROUND), lane]
    if cell(world, Table.BODY, a, BodyTable.CORNERS) == 1 and cell(world, Table.BODY, b, BodyTable.CORNERS) == 1:  # discs: their corner is their centre
        p, q = (s[at(a, Body.X), lane], s[at(a, Body.Y), lane], ra), (s[at(b, Body.X), lane] + shift_x, s[at(b, Body.Y), lane] + shift_y, rb)
        return corner_contact(h, p, q, margin, 0)
    count_a = load_hull(s, world, a, lane, h, Area.HULL_A)
    count_b = load_hull(s, world, b, lane, h, Area.HULL_B)
    for k in range(count_b):
        h[Area.HULL_B + k] += shift_x
        h[Area.HULL_B + Hull.Y + k] += shift_y
    if count_b == 1:
        return hull_and_disc(h, (Area.HULL_A, count_a, ra), (h[Area.HULL_B], h[Area.HULL_B + Hull.Y], rb), margin)
    if count_a == 1:
        found = hull_and_disc(h, (Area.HULL_B, count_b, rb), (h[Area.HULL_A], h[Area.HULL_A + Hull.Y], ra), margin)
        for k in range(found):
            h[Area.POINTS + k * Point.SIZE], h[Area.POINTS + k * Point.SIZE + Point.NY] = -h[Area.POINTS + k * Point.SIZE], -h[Area.POINTS + k * Point.SIZE + Point.NY]
        return found
    return hulls(h, (Area.HULL_A, count_a, ra), (Area.HULL_B, count_b, rb), margin, keep)


@shared
def point_gap(h, hull, count, radius, x, y):
    """Distance of a point from a rounded hull [m], negative inside."""
    inside = -FAR
    for k in range(count if count > 2 else 0):
        nx, ny = edge_normal(h, hull, count, k)
        inside = max(inside, nx * (x - h[hull + k]) + ny * (y - h[hull + Hull.Y + k]))
    if count > 2 and inside <= ZERO:
        return inside - radius
    far = FAR
    for k in range(count):
        n = k + 1 if k + 1 < count else 0
        t = nearest_on_segment(x, y, h[hull + k], h[hull + Hull.Y + k], h[hull + n], h[hull + Hull.Y + n])
        dx, dy = x - h[hull + k] - t * (h[hull + n] - h[hull + k]), y - h[hull + Hull.Y + k] - t * (h[hull + Hull.Y + n] - h[hull + Hull.Y + k])
        far = min(far, dx * dx + dy * dy)
    return np.sqrt(far) - radius


@shared
def holds_point(s, world, body, lane, x, y, h):
    """Whether the point lies in the body's shape."""
    hull = Area.HULL_A
    count = load_hull(s, world, body, lane, h, hull)
    radius = s[at(body, Body.ROUND), lane]
    if count > 2:
        inside = True
        for k in range(count):
            nx, ny = edge_normal(h, hull, count, k)
            inside = inside and nx * (x - h[hull + k]) + ny * (y - h[hull + Hull.Y + k]) <= ZERO
        if inside:
            return True
    for k in range(count):
        n = k + 1 if k + 1 < count else 0
        t = nearest_on_segment(x, y, h[hull + k], h[hull + Hull.Y + k], h[hull + n], h[hull + Hull.Y + n])
        dx, dy = x - h[hull + k] - t * (h[hull + n] - h[hull + k]), y - h[hull + Hull.Y + k] - t * (h[hull + Hull.Y + n] - h[hull + Hull.Y + k])
        if dx * dx + dy * dy <= radius * radius:
            return True
    return False


@inner
def ray_and_disc(ray, disc):
    """Distance along the unit ray to a disc, 0 from inside, FAR when it misses."""
    x, y, dx, dy = ray
    cx, cy, radius = disc
    ox, oy = x - cx, y - cy
    along = -(ox * dx + oy * dy)
    outside = ox * ox + oy * oy - radius * radius
    if outside <= ZERO:
        return ZERO
    root = along * along - outside
    if along < ZERO or root < ZERO:
        return FAR
    return max(along - np.sqrt(root), ZERO)


@shared
def ray_and_body(s, world, body, lane, ray, h):
    """Distance along the unit ray to a body's surface [m], 0 from inside, FAR when it misses.

    A rounded polygon is the union of its edges moved out by the radius and a disc on each corner.
    """
    x, y, dx, dy = ray
    hull = Area.HULL_A
    radius = s[at(body, Body.ROUND), lane]
    count = load_hull(s, world, body, lane, h, hull)
    if count == 1:
        return ray_and_disc(ray, (h[hull], h[hull + Hull.Y], radius))
    if holds_point(s, world, body, lane, x, y, h):
        return ZERO
    best = FAR
    for k in range(count):
        n = k + 1 if k + 1 < count else 0
        if radius > ZERO:
            best = min(best, ray_and_disc(ray, (h[hull + k], h[hull + Hull.Y + k], radius)))
        nx, ny = edge_normal(h, hull, count, k)
        approach = nx * dx + ny * dy
        if approach < -F(1e-9):
            ax, ay = h[hull + k] + nx * radius, h[hull + Hull.Y + k] + ny * radius
            distance = (nx * (ax - x) + ny * (ay - y)) / approach
            if distance >= ZERO:
                px, py = x + distance * dx - ax, y + distance * dy - ay
                ex, ey = h[hull + n] - h[hull + k], h[hull + Hull.Y + n] - h[hull + Hull.Y + k]
                along = px * ex + py * ey
                if along >= ZERO and along <= ex * ex + ey * ey:
                    best = min(best, distance)
    return best
