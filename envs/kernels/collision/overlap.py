"""Whether two outlines overlap, and whether one touches a wall: what rules and formulas ask, whatever the solver knows."""

import numpy as np

from ...jit.kernel import shared
from ..world.bodies import at, nearest_image, shortest
from ..world.elementary import ZERO
from ..world.layout.scratch import Area, Hull
from ..world.layout.things import Body, BodyTable
from ..world.layout.world import Real, Table, Walls, Whole
from ..world.tables import cell
from .geometry import holds_point, load_hull
from .images import image_shift, near_images
from .manifold import meet


@shared
def encloses(s, world, body, lane, x, y, scratch):
    """Whether a point lies in a living body's shape."""
    o = at(body, 0)
    if s[o + Body.ALIVE, lane] == ZERO:
        return False
    wraps = world.whole[Whole.WALLS] == Walls.WRAP
    dx, dy = shortest(world, wraps, x - s[o, lane], y - s[o + 1, lane])
    reach = s[o + Body.REACH, lane] + world.real[Real.TOUCH]
    if dx * dx + dy * dy > reach * reach:
        return False
    count, where = near_images(world, wraps, dx, dy, reach)
    for n in range(count):
        sx, sy = image_shift(world, where, n)
        if holds_point(s, world, body, lane, s[o, lane] + dx + sx, s[o + 1, lane] + dy + sy, scratch.h):
            return True
    return False


@shared
def touches(s, world, a, b, lane, scratch):
    """Whether two living bodies' shapes touch now, solid or not; nothing touches itself."""
    oa, ob = at(a, 0), at(b, 0)
    if a == b or s[oa + Body.ALIVE, lane] * s[ob + Body.ALIVE, lane] == ZERO:
        return False
    wraps = world.whole[Whole.WALLS] == Walls.WRAP
    dx, dy, shift = nearest_image(s, world, wraps, a, b, lane)
    reach = s[oa + Body.REACH, lane] + s[ob + Body.REACH, lane] + world.real[Real.TOUCH]
    if dx * dx + dy * dy > reach * reach:
        return False
    if cell(world, Table.BODY, a, BodyTable.CORNERS) == 1 and cell(world, Table.BODY, b, BodyTable.CORNERS) == 1:
        return True
    sx, sy = shift
    count, where = near_images(world, wraps, dx, dy, reach)
    for n in range(count):
        more_x, more_y = image_shift(world, where, n)
        if meet(s, world, (a, b), lane, (sx + more_x, sy + more_y), world.real[Real.TOUCH], scratch.h) > 0:
            return True
    return False


@shared
def touches_wall(s, world, body, lane, scratch):
    """Whether a living body's shape touches a solid wall."""
    o = at(body, 0)
    if world.whole[Whole.WALLS] != Walls.SOLID or s[o + Body.ALIVE, lane] == ZERO:
        return False
    reach = s[o + Body.ROUND, lane] + world.real[Real.TOUCH]
    h, hull = scratch.h, Area.HULL_A
    touched = False
    for k in range(load_hull(s, world, body, lane, h, hull)):
        beyond = np.abs(h[hull + k]) + reach > world.real[Real.HALF_W] or np.abs(h[hull + Hull.Y + k]) + reach > world.real[Real.HALF_H]
        touched = touched or beyond
    return touched
