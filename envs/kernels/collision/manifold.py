"""Where two outlines touch: at most two points, each with a normal, a gap and the features that made it."""

import numpy as np

from ...jit.kernel import inner, shared
from ..world.bodies import at
from ..world.elementary import HALF, ONE, ZERO
from ..world.layout.scratch import Area, Hull, Point
from ..world.layout.things import Body, BodyTable
from ..world.layout.world import F, Table
from ..world.tables import cell
from .geometry import FAR, edge_normal, facing_edge, load_hull, nearest_on_segment


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
    if (best > F(1e-6) or count == 2) and (
        t <= ZERO or t >= ONE
    ):  # a capsule has no inside, and its edges don't see what lies beyond its ends
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
            h[Area.POINTS + k * Point.SIZE], h[Area.POINTS + k * Point.SIZE + Point.NY] = (
                -h[Area.POINTS + k * Point.SIZE],
                -h[Area.POINTS + k * Point.SIZE + Point.NY],
            )
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
        if (
            i >= 0 and np.abs(tx * (h[b + j] - h[a + i]) + ty * (h[b + Hull.Y + j] - h[a + Hull.Y + i])) > F(1e-3) * separation
        ):  # not straight across
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
    if (
        cell(world, Table.BODY, a, BodyTable.CORNERS) == 1 and cell(world, Table.BODY, b, BodyTable.CORNERS) == 1
    ):  # discs: their corner is their centre
        p, q = (
            (s[at(a, Body.X), lane], s[at(a, Body.Y), lane], ra),
            (s[at(b, Body.X), lane] + shift_x, s[at(b, Body.Y), lane] + shift_y, rb),
        )
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
            h[Area.POINTS + k * Point.SIZE], h[Area.POINTS + k * Point.SIZE + Point.NY] = (
                -h[Area.POINTS + k * Point.SIZE],
                -h[Area.POINTS + k * Point.SIZE + Point.NY],
            )
        return found
    return hulls(h, (Area.HULL_A, count_a, ra), (Area.HULL_B, count_b, rb), margin, keep)
