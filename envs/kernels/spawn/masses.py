"""Mass and moment of inertia of what is drawn anew each episode."""

import numpy as np

from ...jit.kernel import inner, shared
from ..world.bodies import at
from ..world.elementary import HALF, ONE, TAU, ZERO, atan2
from ..world.layout.things import Body, BodyTable, Moves, Spawn
from ..world.layout.world import F, Table
from ..world.tables import cell, const, corner


@shared
def weigh(s, world, n, lane):
    """Reach, inverse mass and inertia from the shape, for a line of the spawn table.

    Columns: A row of the mass, B 1 where that is a density, C the template's area, and its second moments xx and yy about the centre (constants), D 1 if
    it turns.

    The second moment is the polar one, about the centre of the outline; the mass is spread evenly over the shape, rim included.
    """
    body, mass_row, is_density = (
        cell(world, Table.SPAWN, n, Spawn.ROW),
        cell(world, Table.SPAWN, n, Spawn.A),
        cell(world, Table.SPAWN, n, Spawn.B),
    )
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
