"""Seams: fixed shapes that lie flush are one surface to what slides, rolls or walks over them. Scalar code, one world at a time.

Taken alone, each box of a floor has sides and corners, and whoever comes near one is foreseen to run into them, though they lie inside the floor. So a
contact with a fixed shape counts only where its normal is one of the whole surface's: not on a face that another fixed shape covers, not at a corner
beyond whose plane another one that touches it reaches. What is left instead is the nearest open face. Only what is fixed and near is looked at, where it
is now: so doors, movers and things placed by chance count as they stand. Source of the idea: the ghost vertices of Box2D's chain shapes (E. Catto).
"""

import numpy as np

from ...jit.kernel import inner, shared
from ..world.bodies import at, wrap_shift
from ..world.elementary import HALF, ONE, ZERO
from ..world.layout.scratch import Area, Hull, Integer, Point
from ..world.layout.things import AtWalls, Body, BodyTable
from ..world.layout.world import MAX_BODIES, F, Real, Table, Walls, Whole
from ..world.tables import cell
from .geometry import FAR, edge_normal, facing_edge, load_hull, point_gap
from .manifold import overlay

_SLANT = F(1e-3)
"""Normals are alike within this angle [rad]."""
_AHEAD = Area.POINTS + Point.SPARE_X
"""Where scratch keeps how far ahead of now contacts are looked for [s]."""
_GROOVE = F(0.25)
"""The groove between two rounded boxes that lie flush is filled in where their rounding is no more than this share of their half width."""


@inner
def inwards(side):
    """Normal of a wall of the world: left, right, bottom, top."""
    nx = ONE if side == 0 else (-ONE if side == 1 else ZERO)
    ny = ONE if side == 2 else (-ONE if side == 3 else ZERO)
    return nx, ny


@inner
def _is_alike(nx, ny, ux, uy):
    """Whether two unit vectors point the same way."""
    return nx * ux + ny * uy > ZERO and np.abs(nx * uy - ny * ux) < _SLANT


@shared
def smooth(s, world, pair, found, lane, shift, margin, ahead, scratch):
    """Of the contact points that `meet` found of a pair, a fixed shape and a body, keep those on open surface, or find others there. Returns how many.

    `ahead`: the two are where they will be in so many seconds; others, if they move, are not yet.
    """
    fixed, body = pair
    h, count = scratch.h, cell(world, Table.BODY, fixed, BodyTable.CORNERS)
    if found == 0 or count == 1 or (scratch.i[Integer.FIXED + lane] < 2 and not _meets_walls(world, body) and not _wraps(world)):
        return found
    h[_AHEAD] = ahead
    nx, ny = h[Area.POINTS], h[Area.POINTS + Point.NY]
    edge = facing_edge(h, Area.HULL_A, count, -nx, -ny)
    ex, ey = edge_normal(h, Area.HULL_A, count, edge)
    corner = _met_corner(h, found, count, s[at(fixed, Body.ROUND), lane], world.real[Real.FLUSH])
    if corner < 0 or _is_alike(nx, ny, ex, ey):
        hidden = _is_covered(s, world, pair, lane, edge, least_gap(found, h), scratch)
    else:
        hidden = _is_buried(s, world, pair, lane, corner, (nx, ny), scratch)
    if not hidden:
        return _drop_inner(s, world, pair, found, lane, edge, scratch) if _is_alike(nx, ny, ex, ey) else found
    return _use_open_face(s, world, pair, lane, shift, margin, scratch)


@inner
def _wraps(world):
    return world.whole[Whole.WALLS] == Walls.WRAP


@inner
def _meets_walls(world, body):
    """Whether the walls of the world are solid for a body."""
    return world.whole[Whole.WALLS] == Walls.SOLID and cell(world, Table.BODY, body, BodyTable.WALLS) == AtWalls.KEPT


@inner
def least_gap(found, h):
    """The gap of the deepest of the contact points that `meet` found [m]."""
    return min(h[Area.POINTS + Point.GAP], h[Area.POINTS + Point.SIZE + Point.GAP]) if found > 1 else h[Area.POINTS + Point.GAP]


@shared
def _met_corner(h, found, count, radius, flush):
    """The corner of the fixed hull that the deepest contact point lies at, -1 where it lies on an edge or its normal is none of the corner's."""
    p = Area.POINTS + Point.SIZE if found > 1 and h[Area.POINTS + Point.SIZE + Point.GAP] < h[Area.POINTS + Point.GAP] else Area.POINTS
    nx, ny = h[p], h[p + Point.NY]
    back = radius + HALF * h[p + Point.GAP]
    x, y = h[p + Point.X] - back * nx, h[p + Point.Y] - back * ny
    corner, best = 0, FAR
    for k in range(count):
        dx, dy = h[Area.HULL_A + k] - x, h[Area.HULL_A + Hull.Y + k] - y
        if dx * dx + dy * dy < best:
            corner, best = k, dx * dx + dy * dy
    after, before = (corner + 1 if corner + 1 < count else 0), (corner - 1 if corner > 0 else count - 1)
    most = nx * h[Area.HULL_A + corner] + ny * h[Area.HULL_A + Hull.Y + corner]
    others = max(
        nx * h[Area.HULL_A + after] + ny * h[Area.HULL_A + Hull.Y + after],
        nx * h[Area.HULL_A + before] + ny * h[Area.HULL_A + Hull.Y + before],
    )
    return corner if best <= flush * flush and others <= most else -1


@inner
def _along(h, edge, count):
    """Of an edge of the fixed hull: its first corner, unit tangent and length."""
    n = edge + 1 if edge + 1 < count else 0
    x, y = h[Area.HULL_A + edge], h[Area.HULL_A + Hull.Y + edge]
    dx, dy = h[Area.HULL_A + n] - x, h[Area.HULL_A + Hull.Y + n] - y
    span = np.sqrt(dx * dx + dy * dy)
    scale = ONE / max(span, F(1e-9))
    return x, y, dx * scale, dy * scale, span


@shared
def _extent(h, count, x, y, tx, ty):
    """From where to where the moving hull reaches along a line through (x, y), its rounding left out."""
    low, high = FAR, -FAR
    for k in range(count):
        t = tx * (h[Area.HULL_B + k] - x) + ty * (h[Area.HULL_B + Hull.Y + k] - y)
        low, high = min(low, t), max(high, t)
    return low, high


@shared
def _is_covered(s, world, pair, lane, edge, gap, scratch):
    """Whether one other fixed shape lies flush on all of an edge of the fixed hull that the body could meet in this tick, from which it is a gap away."""
    fixed, body = pair
    h, flush = scratch.h, world.real[Real.FLUSH]
    count, others = cell(world, Table.BODY, fixed, BodyTable.CORNERS), cell(world, Table.BODY, body, BodyTable.CORNERS)
    x, y, tx, ty, span = _along(h, edge, count)
    nx, ny = ty, -tx
    low, high = _extent(h, others, x, y, tx, ty)
    reach = s[at(body, Body.ROUND), lane]
    vx, vy = s[at(body, Body.VX), lane] - s[at(fixed, Body.VX), lane], s[at(body, Body.VY), lane] - s[at(fixed, Body.VY), lane]
    nears, tick, way = -(vx * nx + vy * ny), world.real[Real.TICK], max(gap, ZERO)
    drift = (vx * tx + vy * ty) * (tick if nears * tick <= way else way / nears)  # until it meets the edge
    low = min(max(low - reach + min(drift, ZERO), ZERO), span)
    high = min(max(high + reach + max(drift, ZERO), ZERO), span)
    out = s[at(fixed, Body.ROUND), lane] + flush + flush
    x, y = x + out * nx, y + out * ny
    px, py, qx, qy = x + low * tx, y + low * ty, x + high * tx, y + high * ty
    if _meets_walls(world, body):
        for side in range(4):
            if _wall_gap(world, side, px, py) <= flush and _wall_gap(world, side, qx, qy) <= flush:
                return True
    for k in range(scratch.i[Integer.FIXED + lane]):
        other = scratch.pick[k, lane] % MAX_BODIES
        if (other != fixed or _wraps(world)) and _load_near(s, world, other, lane, (px, py), flush, h):
            corners, radius = cell(world, Table.BODY, other, BodyTable.CORNERS), s[at(other, Body.ROUND), lane]
            if point_gap(h, Area.HULL_C, corners, radius, px, py) <= flush and point_gap(h, Area.HULL_C, corners, radius, qx, qy) <= flush:
                return True
    return False


@inner
def _wall_gap(world, side, x, y):
    """How far a point is from a wall of the world [m], negative behind it."""
    nx, ny = inwards(side)
    return nx * x + ny * y + (world.real[Real.HALF_W] if side < 2 else world.real[Real.HALF_H])


@shared
def _load_near(s, world, other, lane, point, flush, h):
    """Write a fixed shape to the third hull if the point may lie on it; in a world that wraps, the image nearest to the point."""
    x, y = point
    o = at(other, 0)
    sx, sy = h[_AHEAD] * s[o + Body.VX, lane], h[_AHEAD] * s[o + Body.VY, lane]
    dx, dy = s[o + Body.X, lane] + sx - x, s[o + Body.Y, lane] + sy - y
    if _wraps(world):
        wx, wy = wrap_shift(world, dx, dy)
        dx, dy, sx, sy = dx + wx, dy + wy, sx + wx, sy + wy
    reach = s[o + Body.REACH, lane] + flush
    if dx * dx + dy * dy > reach * reach:
        return False
    for k in range(load_hull(s, world, other, lane, h, Area.HULL_C)):
        h[Area.HULL_C + k] += sx
        h[Area.HULL_C + Hull.Y + k] += sy
    return True


@shared
def _is_buried(s, world, pair, lane, corner, normal, scratch):
    """Whether another fixed shape that touches a corner of the fixed hull reaches beyond the plane there that has a normal."""
    fixed, body = pair
    nx, ny = normal
    h, flush = scratch.h, world.real[Real.FLUSH]
    count, radius = cell(world, Table.BODY, fixed, BodyTable.CORNERS), s[at(fixed, Body.ROUND), lane]
    x, y = h[Area.HULL_A + corner], h[Area.HULL_A + Hull.Y + corner]
    before = corner - 1 if corner > 0 else count - 1
    filled, plane = _is_filled(h, count, radius), nx * x + ny * y + radius
    for k in range(3):  # where it touches others: with its round itself, or where this runs into its two edges
        ux, uy = nx, ny
        if k > 0:
            ux, uy = edge_normal(h, Area.HULL_A, count, corner if k == 1 else before)
        if k == 0 or filled:
            px, py = x + radius * ux, y + radius * uy
            if _meets_walls(world, body):
                for side in range(4):
                    wx, wy = inwards(side)
                    if _wall_gap(world, side, px, py) <= flush and not _is_alike(nx, ny, wx, wy):
                        return True
            if _is_beyond(s, world, fixed, lane, (px, py), normal, plane, scratch):
                return True
    return False


@shared
def _is_beyond(s, world, fixed, lane, point, normal, plane, scratch):
    """Whether a fixed shape that touches the point reaches beyond the plane with this normal."""
    h, flush = scratch.h, world.real[Real.FLUSH]
    px, py = point
    nx, ny = normal
    for k in range(scratch.i[Integer.FIXED + lane]):
        other = scratch.pick[k, lane] % MAX_BODIES
        near = (other != fixed or _wraps(world)) and _load_near(s, world, other, lane, (px + flush * nx, py + flush * ny), flush + flush, h)
        if near:
            corners, radius = cell(world, Table.BODY, other, BodyTable.CORNERS), s[at(other, Body.ROUND), lane]
            if point_gap(h, Area.HULL_C, corners, radius, px, py) <= flush:
                for j in range(corners):
                    x, y = h[Area.HULL_C + j], h[Area.HULL_C + Hull.Y + j]
                    far = np.sqrt((x - px) * (x - px) + (y - py) * (y - py))
                    if nx * x + ny * y + radius > plane + _SLANT * far + F(0.1) * flush:
                        return True
    return False


@shared
def _is_filled(h, count, radius):
    """Whether grooves beside a fixed shape are filled in: where it is little rounded."""
    least = FAR
    for k in range(count):
        nx, ny = edge_normal(h, Area.HULL_A, count, k)
        wide = ZERO
        for j in range(count):
            wide = max(
                wide, nx * (h[Area.HULL_A + k] - h[Area.HULL_A + j]) + ny * (h[Area.HULL_A + Hull.Y + k] - h[Area.HULL_A + Hull.Y + j])
            )
        least = min(least, wide)
    return radius <= _GROOVE * (radius + least / F(2))


@shared
def _drop_inner(s, world, pair, found, lane, edge, scratch):
    """Of the points on a face, keep those that aren't at an end beyond which the body and a surface level with it go on: how many are left.

    Else something would stand on more points the more tiles it stands on, those at a seam twice, and the solver would be slower to settle.
    """
    fixed, body = pair
    h, flush = scratch.h, world.real[Real.FLUSH]
    count, others, radius = (
        cell(world, Table.BODY, fixed, BodyTable.CORNERS),
        cell(world, Table.BODY, body, BodyTable.CORNERS),
        s[at(fixed, Body.ROUND), lane],
    )
    if others == 1:
        return found
    x, y, tx, ty, span = _along(h, edge, count)
    facing = facing_edge(h, Area.HULL_B, others, ty, -tx)
    after = facing + 1 if facing + 1 < others else 0
    p = tx * (h[Area.HULL_B + facing] - x) + ty * (h[Area.HULL_B + Hull.Y + facing] - y)
    q = tx * (h[Area.HULL_B + after] - x) + ty * (h[Area.HULL_B + Hull.Y + after] - y)
    close = flush + flush
    beyond = radius + radius + close  # a groove between rounded ones is no ground
    on_low = min(p, q) < -beyond and _goes_level(s, world, pair, lane, edge, -beyond, scratch)
    on_high = max(p, q) > span + beyond and _goes_level(s, world, pair, lane, edge, span + beyond, scratch)
    kept = 0
    for k in range(found):
        o = Area.POINTS + Point.SIZE * k
        t = tx * (h[o + Point.X] - x) + ty * (h[o + Point.Y] - y)
        if not (on_low and t < close) and not (on_high and t > span - close):
            for j in range(Point.SPARE_X):
                h[Area.POINTS + Point.SIZE * kept + j] = h[o + j]
            kept += 1
    return kept


@shared
def _goes_level(s, world, pair, lane, edge, t, scratch):
    """Whether another fixed shape or a wall has a face level with an edge of the fixed hull at `t` along this, beyond its end.

    A shape's own image, in a world that wraps, doesn't count: things meet only one image of each.
    """
    fixed, body = pair
    h, flush = scratch.h, world.real[Real.FLUSH]
    x, y, tx, ty, _span = _along(h, edge, cell(world, Table.BODY, fixed, BodyTable.CORNERS))
    nx, ny, radius = ty, -tx, s[at(fixed, Body.ROUND), lane]
    px, py = x + t * tx + radius * nx, y + t * ty + radius * ny
    if _meets_walls(world, body):
        for side in range(4):
            wx, wy = inwards(side)
            if _is_alike(nx, ny, wx, wy) and np.abs(_wall_gap(world, side, px, py)) <= flush:
                return True
    for k in range(scratch.i[Integer.FIXED + lane]):
        other = scratch.pick[k, lane] % MAX_BODIES
        corners = cell(world, Table.BODY, other, BodyTable.CORNERS)
        if other != fixed and corners > 1 and _load_near(s, world, other, lane, (px, py), flush, h):
            ux, uy = edge_normal(h, Area.HULL_C, corners, facing_edge(h, Area.HULL_C, corners, -nx, -ny))
            if _is_alike(nx, ny, ux, uy) and np.abs(point_gap(h, Area.HULL_C, corners, s[at(other, Body.ROUND), lane], px, py)) <= flush:
                return True
    return False


@shared
def _use_open_face(s, world, pair, lane, shift, margin, scratch):
    """Contact of the body with that open face of the fixed hull which it lies over and is farthest out from. Returns the number of points."""
    fixed, body = pair
    shift_x, shift_y = shift
    h, ra, rb = scratch.h, s[at(fixed, Body.ROUND), lane], s[at(body, Body.ROUND), lane]
    count, others = cell(world, Table.BODY, fixed, BodyTable.CORNERS), cell(world, Table.BODY, body, BodyTable.CORNERS)
    cx, cy = s[at(body, Body.X), lane] + shift_x, s[at(body, Body.Y), lane] + shift_y
    best, edge, from_, until = -FAR, -1, ZERO, ZERO
    for k in range(count):
        x, y, tx, ty, span = _along(h, k, count)
        nx, ny = ty, -tx
        gap = FAR
        for j in range(others):
            gap = min(gap, nx * (h[Area.HULL_B + j] - x) + ny * (h[Area.HULL_B + Hull.Y + j] - y))
        if gap > best and gap - ra - rb <= margin and nx * (cx - x) + ny * (cy - y) > ZERO:
            facing = facing_edge(h, Area.HULL_B, others, nx, ny)
            after = facing + 1 if facing + 1 < others else 0
            p = tx * (h[Area.HULL_B + facing] - x) + ty * (h[Area.HULL_B + Hull.Y + facing] - y)
            q = tx * (h[Area.HULL_B + after] - x) + ty * (h[Area.HULL_B + Hull.Y + after] - y)
            low, high = min(p, q), max(p, q)
            beside = low > span or high < ZERO
            open_ = not beside or _goes_on(s, world, fixed, lane, k, low if low > span else high, scratch)
            if open_ and not _is_covered(s, world, pair, lane, k, gap - ra - rb, scratch):
                best, edge = gap, k
                from_, until = (low if high < ZERO else ZERO), (high if low > span else span)
    if edge < 0:
        return 0
    nx, ny = edge_normal(h, Area.HULL_A, count, edge)
    found = overlay(
        h, (Area.HULL_A, count, ra), edge, (Area.HULL_B, others, rb), facing_edge(h, Area.HULL_B, others, nx, ny), margin, (from_, until)
    )
    if others == 1 and found == 1:
        h[Area.POINTS + Point.FEATURE] = F(edge)  # as `hull_and_disc` calls it
    return found


@shared
def _goes_on(s, world, fixed, lane, edge, t, scratch):
    """Whether the plane of an edge goes on beyond its end, to `t` along it, inside another fixed shape, or over a groove that is filled in."""
    h, flush = scratch.h, world.real[Real.FLUSH]
    count, ra = cell(world, Table.BODY, fixed, BodyTable.CORNERS), s[at(fixed, Body.ROUND), lane]
    x, y, tx, ty, span = _along(h, edge, count)
    x, y = x + ra * ty, y - ra * tx
    beyond = t - span if t > span else -t
    groove = beyond <= ra + ra and _is_filled(h, count, ra)
    end = (span + ra + ra) if t > span else -(ra + ra)
    for k in range(scratch.i[Integer.FIXED + lane]):
        other = scratch.pick[k, lane] % MAX_BODIES
        if other != fixed or _wraps(world):
            corners, radius = cell(world, Table.BODY, other, BodyTable.CORNERS), s[at(other, Body.ROUND), lane]
            px, py = x + t * tx, y + t * ty
            if _load_near(s, world, other, lane, (px, py), flush, h) and point_gap(h, Area.HULL_C, corners, radius, px, py) < -flush:
                return True
            px, py = x + end * tx, y + end * ty
            if (
                groove
                and _load_near(s, world, other, lane, (px, py), flush, h)
                and point_gap(h, Area.HULL_C, corners, radius, px, py) <= flush
            ):
                return True
    return False
