"""Contacts with the four walls of a solid world."""

import numpy as np

from ...jit.ir import LANES
from ...jit.kernel import inner, shared
from ..world.bodies import at, is_away, list_marked
from ..world.elementary import HALF, ONE, ZERO
from ..world.layout.scratch import Area, Hull, Integer, Point
from ..world.layout.things import AtWalls, Body, BodyTable, Moves
from ..world.layout.world import F, Real, Table, Whole
from ..world.tables import cell
from .geometry import load_hull, rim_speed
from .seams import inwards
from .slots import add_point


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
                scratch.h[p], scratch.h[p + 1], scratch.h[p + 2], scratch.h[p + 3], scratch.h[p + 4], scratch.h[p + 5] = (
                    nx,
                    ny,
                    x - nx * back,
                    y - ny * back,
                    gap,
                    ZERO,
                )
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
