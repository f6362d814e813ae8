"""Two shapes of one world: how far apart, where they meet, what a ray hits. Scalar code, one lane at a time.

Every shape is a convex outline of 1 to 8 corners, grown by a radius: 1 corner is a circle, 2 a capsule, more a polygon.
A hull in a thread's scratch `h` is x of up to 8 corners from `hull` on, then y, in world coordinates, counter-clockwise. As one thing that is handed on
it is (where it begins, corners, radius); a disc, or a rounded corner, is (x, y, radius); a ray is (x, y, dx, dy), the latter a unit vector.
"""

import numpy as np

from ...jit.kernel import inner, shared
from ..world.bodies import at
from ..world.elementary import ONE, ZERO
from ..world.layout.scratch import Area, Hull
from ..world.layout.things import Body, BodyTable
from ..world.layout.world import F, Table
from ..world.tables import cell, corner
from .images import TINY

FAR = F(1e9)


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
def _from_edge(h, hull, count, k, x, y):
    """The way to a point from the nearest one on the edge from corner k to the next one."""
    n = k + 1 if k + 1 < count else 0
    t = nearest_on_segment(x, y, h[hull + k], h[hull + Hull.Y + k], h[hull + n], h[hull + Hull.Y + n])
    dx = x - h[hull + k] - t * (h[hull + n] - h[hull + k])
    return dx, y - h[hull + Hull.Y + k] - t * (h[hull + Hull.Y + n] - h[hull + Hull.Y + k])


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
        dx, dy = _from_edge(h, hull, count, k, x, y)
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
        dx, dy = _from_edge(h, hull, count, k, x, y)
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
