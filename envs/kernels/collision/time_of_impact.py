"""When two bodies on their way get too deep into each other, by conservative advancement."""

from ...jit.kernel import inner, shared
from ..world.bodies import at, pose_of, put
from ..world.elementary import HALF, ONE, ZERO
from ..world.layout.scratch import Area, Point
from ..world.layout.things import Body, BodyTable, Moves
from ..world.layout.world import F, Table
from ..world.tables import cell
from .geometry import FAR, rim_speed
from .manifold import meet

_STEPS = 40
"""Advances at most; what has not been decided by then counts as touching at the time reached, which is never too late."""


@inner
def place_at(s, body, lane, pose, t):
    """Put a body where it is `t` seconds after a pose; the same rotation step as physics.move."""
    x, y, c, d = pose
    o = at(body, 0)
    s[o + Body.X, lane], s[o + Body.Y, lane] = x + t * s[o + Body.VX, lane], y + t * s[o + Body.VY, lane]
    k = HALF * t * s[o + Body.SPIN, lane]
    scale = ONE / (ONE + k * k)
    e, f = (ONE - k * k) * scale, (k + k) * scale
    nc, ns = e * c - f * d, f * c + e * d
    fix = HALF * (F(3) - nc * nc - ns * ns)
    s[o + Body.COS, lane], s[o + Body.SIN, lane] = nc * fix, ns * fix


@shared
def first_touch(s, world, pair, lane, shift, times, goal, h):
    """When two bodies first get into each other [s from now], -1 if not in time.

    Where they are in deeper already, when they get yet a little deeper, unless they part. `times`: until when that is asked, and when A and B stop
    [s]: each stays where it is from then on. `goal`: by how much they must get into each other, and what is near enough to that [m].
    """
    a, b = pair
    horizon, stop_a, stop_b = times
    depth, slop = goal
    oa, ob = at(a, 0), at(b, 0)
    pose_a, pose_b = pose_of(s, a, lane), pose_of(s, b, lane)
    moves_a, moves_b = (
        cell(world, Table.BODY, a, BodyTable.MOVES) != Moves.STATIC,
        cell(world, Table.BODY, b, BodyTable.MOVES) != Moves.STATIC,
    )
    t, least, result, begun = ZERO, -depth, -ONE, False
    undecided = True
    for _ in range(_STEPS):
        if moves_a:
            place_at(s, a, lane, pose_a, min(t, stop_a))
        if moves_b:
            place_at(s, b, lane, pose_b, min(t, stop_b))
        found = meet(s, world, pair, lane, shift, FAR, h)
        second = found > 1 and h[Area.POINTS + Point.SIZE + Point.GAP] < h[Area.POINTS + Point.GAP]
        p = Area.POINTS + Point.SIZE if second else Area.POINTS
        gap, nx, ny = h[p + Point.GAP], h[p], h[p + Point.NY]
        if not begun and gap < least:
            nears = False
            for k in range(found):
                o = Area.POINTS + Point.SIZE * k
                nears = nears or _approach(s, oa, ob, lane, (h[o + Point.X], h[o + Point.Y]), shift, (nx, ny), (moves_a, moves_b))
            if not nears:
                undecided = False
                break
            least = gap - depth / F(64)
        begun = True
        if gap - least <= slop:
            result, undecided = t, False
            break
        run_a, run_b = moves_a and t < stop_a, moves_b and t < stop_b
        vx = (s[ob + Body.VX, lane] if run_b else ZERO) - (s[oa + Body.VX, lane] if run_a else ZERO)
        vy = (s[ob + Body.VY, lane] if run_b else ZERO) - (s[oa + Body.VY, lane] if run_a else ZERO)
        rate = (rim_speed(s, world, a, lane) if run_a else ZERO) + (rim_speed(s, world, b, lane) if run_b else ZERO) - vx * nx - vy * ny
        until = horizon
        until = min(until, stop_a) if run_a else until
        until = min(until, stop_b) if run_b else until
        t = min(t + (gap - least) / rate, until) if rate > ZERO else until
        if t >= horizon:
            undecided = False
            break
    if undecided:
        result = t
    put(s, a, lane, pose_a)
    put(s, b, lane, pose_b)
    return result


@inner
def _approach(s, oa, ob, l, point, shift, normal, moves):
    """Whether two bodies near each other at a point of both, along the normal from a to b; `moves`: which of them do."""
    x, y = point
    shift_x, shift_y = shift
    nx, ny = normal
    moves_a, moves_b = moves
    ax, ay, bx, by = x - s[oa, l], y - s[oa + Body.Y, l], x - s[ob, l] - shift_x, y - s[ob + Body.Y, l] - shift_y
    wa, wb = s[oa + Body.SPIN, l], s[ob + Body.SPIN, l]
    va = (s[oa + Body.VX, l] - wa * ay) * nx + (s[oa + Body.VY, l] + wa * ax) * ny if moves_a else ZERO
    vb = (s[ob + Body.VX, l] - wb * by) * nx + (s[ob + Body.VY, l] + wb * bx) * ny if moves_b else ZERO
    return vb < va
