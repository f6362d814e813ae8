"""What bodies see of each other: lines of sight, and whom a sensor looks at where bodies are many. Scalar code, one lane at a time.

In games with many bodies the grid (grid.py) says who comes into question. It changes no result, only how long it takes: each question below has an
answer that does not depend on the order in which bodies are asked.
"""

import numpy as np

from ...jit.kernel import inner, shared
from ..collision.geometry import FAR, ray_and_body
from ..collision.grid import clear, gather, insert
from ..collision.images import image_shift, images
from ..collision.overlap import touches
from ..world.bodies import at, between
from ..world.elementary import HALF, ONE, ZERO
from ..world.layout.programs import Sense
from ..world.layout.scratch import Area, Integer
from ..world.layout.things import Body
from ..world.layout.world import F, GridTable, Real, Table, Walls, Whole
from ..world.tables import cell

_STRIDE = F(2)
"""A ray asks the grid for this many cells of its way at a time: what stands close hides what is behind it, so the rest is rarely asked for."""
_GRAZE = F(2e-3)
"""By how much of its distance rounding may shift where a ray grazes a body, at most."""
_EVERYWHERE = F(1e30)
_WIDER = 3
"""How often a search for neighbours is widened before all are asked."""


@shared
def look_around(s, world, live, scratch):
    """Put all that is in the game into the grids of a block's worlds: one area for each lane."""
    least = cell(world, Table.GRID, 0, GridTable.LEVEL)
    for l in range(live):
        area = l
        clear(world, area, scratch)
        for body in range(1, world.whole[Whole.BODIES]):
            o = at(body, 0)
            if s[o + Body.ALIVE, l] > ZERO:
                insert(world, body, (s[o + Body.X, l], s[o + Body.Y, l]), s[o + Body.REACH, l], least, area, scratch)


@shared
def touches_any(s, world, body, first, count, lane, scratch):
    """Whether a body touches one of `count` bodies from `first` on."""
    i, o = scratch.i, at(body, 0)
    half = s[o + Body.REACH, lane] + world.real[Real.TOUCH]
    found = gather(world, (s[o + Body.X, lane], s[o + Body.Y, lane], half, half), lane, Integer.FOUND, scratch)
    for k in range(found):
        other = i[Integer.FOUND + k]
        if other >= first and other < first + count and touches(s, world, body, other, lane, scratch):
            return True
    return False


@shared
def keep_nearest(s, world, body, candidates, keep, view, lane, scratch):
    """Fill a lane's picks with the nearest of the candidates (the first body, how many), as sensors._select does: ties go to the lower number.

    Looks in a box that should hold enough of them, then in wider ones; what is counted is never farther away than the box is wide.
    """
    f, i, wraps = scratch.f, scratch.i, world.whole[Whole.WALLS] == Walls.WRAP
    first, count = candidates
    reach, cosine, hides = view
    oa = at(body, 0)
    x, y, c, d = s[oa + Body.X, lane], s[oa + Body.Y, lane], s[oa + Body.COS, lane], s[oa + Body.SIN, lane]
    half = F(0.75) * world.real[Real.SPACING] * np.sqrt(F(keep + 1) * F(world.whole[Whole.BODIES]) / F(count))
    kept, rounds, done = 0, 0, False
    while not done:
        done = rounds == _WIDER or (reach > ZERO and half > reach)
        limit = _EVERYWHERE if done else half * half
        everyone = rounds == _WIDER
        found = count
        if not everyone:
            half = min(half, reach * F(1.0001)) if reach > ZERO else half
            found = gather(world, (x, y, half, half), lane, Integer.FOUND, scratch)
        kept = 0
        for k in range(found):
            other = first + k
            if not everyone:
                other = i[Integer.FOUND + k]
            if other == body or other < first or other >= first + count or s[at(other, Body.ALIVE), lane] == ZERO:
                continue
            dx, dy = between(s, world, wraps, body, other, lane)
            far = dx * dx + dy * dy
            if far > limit or (reach > ZERO and far > reach * reach) or (cosine >= -ONE and dx * c + dy * d < cosine * np.sqrt(far)):
                continue
            if kept == keep and not _comes_before(f, lane, keep - 1, far, other):
                continue
            if hides == 1 and far > F(1e-12):
                length = np.sqrt(far)
                if is_hidden(s, world, body, other, lane, (x, y, dx / length, dy / length), length, scratch):
                    continue
            j = min(kept, keep - 1)
            while j > 0 and _comes_before(f, lane, j - 1, far, other):
                f[Area.FAR + j, lane], f[Area.PICK + j, lane] = f[Area.FAR + j - 1, lane], f[Area.PICK + j - 1, lane]
                j -= 1
            f[Area.FAR + j, lane], f[Area.PICK + j, lane] = far, F(other)
            kept = min(kept + 1, keep)
        done = done or kept == keep
        half, rounds = half * F(2), rounds + 1
    for k in range(keep):
        row = k
        f[Area.SEEN + row, lane] = ONE if k < kept else ZERO
        f[Area.PICK + row, lane] = f[Area.PICK + row, lane] if k < kept else ZERO
        scratch.pick[row, lane] = np.int64(f[Area.PICK + row, lane]) * Body.ROWS


@inner
def _comes_before(f, lane, k, far, other):
    """Whether a body is nearer than the k-th pick, or as near and of a lower number."""
    row = k
    return far < f[Area.FAR + row, lane] or (far == f[Area.FAR + row, lane] and F(other) < f[Area.PICK + row, lane])


@shared
def is_hidden(s, world, body, other, lane, ray, length, scratch):
    """Whether a third solid body crosses a ray from a body to another one's centre."""
    if cell(world, Table.GRID, 0, GridTable.SIGHT) != 2:
        for third in range(1, world.whole[Whole.BODIES]):
            if _crosses(s, world, body, other, third, lane, ray, length, scratch):
                return True
        return False
    way, out = ZERO, Integer.FOUND + world.whole[Whole.BODIES]  # the first list is the caller's
    while way < length:
        found = _gather_on_way(world, ray, way, length, lane, out, scratch)
        for k in range(found):
            if _crosses(s, world, body, other, scratch.i[out + k], lane, ray, length, scratch):
                return True
        way += _STRIDE * world.real[Real.SPACING]
    return False


@inner
def _gather_on_way(world, ray, way, length, lane, out, scratch):
    """List what may stand on the next piece of a ray."""
    x, y, dx, dy = ray
    half = HALF * min(_STRIDE * world.real[Real.SPACING], length - way)
    slack = _GRAZE * (way + half + half)
    half_x, half_y = np.abs(dx) * half + slack, np.abs(dy) * half + slack
    return gather(world, (x + dx * (way + half), y + dy * (way + half), half_x, half_y), lane, out, scratch)


@shared
def _crosses(s, world, body, other, third, lane, ray, length, scratch):
    """Whether a third body crosses a ray."""
    if third == body or third == other or s[at(third, Body.SOLID), lane] == ZERO:
        return False
    return ray_to(s, world, third, lane, ray, length, False, scratch.h) < length


@shared
def ray_to(s, world, body, lane, ray, most, through, h):
    """Distance along a ray to a body's surface [m], 0 from inside, FAR where it misses; in a world that wraps to that of any image within `most`.

    `through`: from inside, it is looked through.
    """
    x, y, dx, dy = ray
    ox, oy, size = s[at(body, Body.X), lane] - x, s[at(body, Body.Y), lane] - y, s[at(body, Body.REACH), lane]
    if world.whole[Whole.WALLS] != Walls.WRAP:
        if _is_off(ox, oy, dx, dy, size, most):
            return FAR
        distance = ray_and_body(s, world, body, lane, ray, h)
        return FAR if through and distance == ZERO else distance
    best, middle_x, middle_y = FAR, HALF * most * dx, HALF * most * dy
    count, where = images(world, ox - middle_x, oy - middle_y, np.abs(middle_x) + size, np.abs(middle_y) + size)
    for n in range(count):
        sx, sy = image_shift(world, where, n)
        if not _is_off(ox + sx, oy + sy, dx, dy, size, min(best, most)):
            distance = ray_and_body(s, world, body, lane, (x - sx, y - sy, dx, dy), h)
            best = best if through and distance == ZERO else min(best, distance)
    return best


@inner
def _is_off(ox, oy, dx, dy, size, most):
    """Whether a ray surely misses what lies within `size` of (ox, oy) from its start, up to `most`."""
    along, across = ox * dx + oy * dy, ox * dy - oy * dx
    return across * across > size * size or along < -size or along - size > most + _GRAZE * along


@shared
def cast(s, world, body, lane, ray, reach, listed, scratch):
    """The first thing on a ray: (index among the listed kinds, or -1; distance). Of two as near the lower number counts.

    `listed`: the first of the rows of Table.SENSE that list kinds, how many these are, and 1 where walls stand behind them.
    """
    x, y, dx, dy = ray
    table, kinds, walls = listed
    best, hit, who = reach, -1, -1
    if world.whole[Whole.WALLS] == Walls.SOLID:
        wx = ((world.real[Real.HALF_W] if dx > ZERO else -world.real[Real.HALF_W]) - x) / dx if np.abs(dx) > F(1e-9) else FAR
        wy = ((world.real[Real.HALF_H] if dy > ZERO else -world.real[Real.HALF_H]) - y) / dy if np.abs(dy) > F(1e-9) else FAR
        if max(min(wx, wy), ZERO) < best:
            best = max(min(wx, wy), ZERO)
            hit = kinds if walls == 1 else -1
    if cell(world, Table.GRID, 0, GridTable.SIGHT) != 2:
        for other in range(1, world.whole[Whole.BODIES]):
            kind, distance = _on_ray(s, world, body, other, lane, ray, best, (table, kinds), scratch)
            if distance < best:
                best, hit = distance, kind
        return hit, best
    way = ZERO
    while way < best:
        for k in range(_gather_on_way(world, ray, way, reach, lane, Integer.FOUND, scratch)):
            other = scratch.i[Integer.FOUND + k]
            kind, distance = _on_ray(s, world, body, other, lane, ray, best, (table, kinds), scratch)
            if distance < best or (distance == best and other < who):
                best, hit, who = distance, kind, other
        way += _STRIDE * world.real[Real.SPACING]
    return hit, best


@inner
def _on_ray(s, world, body, other, lane, ray, best, listed, scratch):
    """A body on a ray: (index among the listed kinds, or -1; distance, FAR where it misses). What is surely behind `best` is not looked at closely.

    What doesn't block, such as a zone, is looked through from inside.
    """
    if other == body or s[at(other, Body.ALIVE), lane] == ZERO:
        return -1, FAR
    table, kinds = listed
    hit = -1
    for k in range(kinds):
        if other >= cell(world, Table.SENSE, table + k, Sense.FIRST) and other < cell(world, Table.SENSE, table + k, Sense.FIRST) + cell(
            world, Table.SENSE, table + k, Sense.COUNT
        ):
            hit = k
    if hit < 0 and s[at(other, Body.SOLID), lane] == ZERO:
        return -1, FAR
    return hit, ray_to(s, world, other, lane, ray, best, s[at(other, Body.SOLID), lane] == ZERO, scratch.h)
