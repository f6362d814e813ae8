"""Where bodies went within a decision: what meets between two looks has met, however fast it is.

Physics notes the place and heading of each body that a rule watches at the start and after every substep (`note`). Between two of these samples a body
goes straight and turns evenly, so whether two shapes come together there follows from their two samples (`passes`). A thing that a rule puts elsewhere
goes no path: rules come after physics.
"""

import numpy as np

from ...jit.ir import LANES
from ...jit.kernel import inner, shared
from ..world.bodies import at, pose_of, put, wrap_shift
from ..world.elementary import ONE, ZERO
from ..world.layout.programs import Sample, Trace, When
from ..world.layout.things import Body, BodyTable
from ..world.layout.world import F, Real, Table, Walls, Whole
from ..world.tables import cell, row_count
from .geometry import ray_and_body
from .time_of_impact import first_touch


@inner
def last_sample(world):
    """Number of the last sample of a decision; the first is 0."""
    return world.whole[Whole.TICKS] * world.whole[Whole.SUBSTEPS]


@inner
def _sample_at(world, sample, row):
    """First row of what `Scratch.trace` says of a traced body (a row of Table.TRACE) at a sample."""
    return (sample * row_count(world, Table.TRACE) + row) * Sample.ROWS


@inner
def _spread_at(world, row):
    """The row of how far from its last place a traced body has been."""
    return (last_sample(world) + 1) * row_count(world, Table.TRACE) * Sample.ROWS + row


@shared
def note(s, world, sample, scratch):
    """Keep where the traced bodies are."""
    trace = scratch.trace
    for row in range(row_count(world, Table.TRACE)):
        o, p = at(cell(world, Table.TRACE, row, Trace.BODY), 0), _sample_at(world, sample, row)
        for l in range(LANES):
            trace[p, l] = s[o + Body.X, l]
            trace[p + 1, l] = s[o + Body.Y, l]
        for l in range(LANES):
            trace[p + 2, l] = s[o + Body.COS, l]
            trace[p + 3, l] = s[o + Body.SIN, l]


@shared
def measure(world, scratch):
    """How far from its last place each traced body has been in this decision, at most, as the sum of both axes."""
    trace, last = scratch.trace, last_sample(world)
    for row in range(row_count(world, Table.TRACE)):
        far, end = _spread_at(world, row), _sample_at(world, last, row)
        for l in range(LANES):
            trace[far, l] = ZERO
        for sample in range(last):
            p = _sample_at(world, sample, row)
            for l in range(LANES):
                trace[far, l] = max(trace[far, l], np.abs(trace[p, l] - trace[end, l]) + np.abs(trace[p + 1, l] - trace[end + 1, l]))


@inner
def spread(world, body, lane, scratch):
    """How far from its last place a body has been in this decision, at most [m]."""
    row = cell(world, Table.BODY, body, BodyTable.TRACE) - 1
    return scratch.trace[_spread_at(world, max(row, 0)), lane] if row >= 0 else ZERO


@inner
def _sampled(world, sample, row, lane, scratch):
    """Pose of a traced body at a sample."""
    p, trace = _sample_at(world, sample, row), scratch.trace
    return trace[p, lane], trace[p + 1, lane], trace[p + 2, lane], trace[p + 3, lane]


@inner
def stand(s, world, body, sample, lane, scratch):
    """Put a traced body where it was at a sample; the others don't move."""
    row = cell(world, Table.BODY, body, BodyTable.TRACE) - 1
    if row >= 0:
        put(s, body, lane, _sampled(world, sample, row, lane, scratch))


@inner
def _pose(s, world, body, sample, lane, scratch):
    """Place and heading of a body at a sample: (x, y, cos, sin)."""
    row = cell(world, Table.BODY, body, BodyTable.TRACE) - 1
    return _sampled(world, sample, row, lane, scratch) if row >= 0 else pose_of(s, body, lane)


@inner
def _least_distance(x, y, dx, dy):
    """How near to the origin the way from (x, y) on by (dx, dy) comes [m]."""
    length = dx * dx + dy * dy
    t = -(x * dx + y * dy) / length if length > ZERO else ZERO
    t = min(max(t, ZERO), ONE)
    x, y = x + t * dx, y + t * dy
    return np.sqrt(x * x + y * y)


@shared
def passes(s, world, event, sample, lane, scratch):
    """Whether two that are not together at a sample, nor at the one after it, come together between; `event`: (when, a, b, the distance of near).

    In a world that wraps, what goes far within a substep may pass any image of the other.
    """
    when, a, b, value = event
    a1, b1 = _pose(s, world, a, sample, lane, scratch), _pose(s, world, b, sample, lane, scratch)
    a2, b2 = _pose(s, world, a, sample + 1, lane, scratch), _pose(s, world, b, sample + 1, lane, scratch)
    ax, ay, _ac, _ad = a1
    bx, by, bc, bd = b1
    ax2, ay2, _ac2, _ad2 = a2
    bx2, by2, bc2, bd2 = b2
    x, y = bx - ax, by - ay
    dx, dy = bx2 - ax2 - x, by2 - ay2 - y
    centres, points = when == When.NEAR, when == When.INSIDE or when == When.OUTSIDE
    discs = cell(world, Table.BODY, a, BodyTable.CORNERS) == 1 and cell(world, Table.BODY, b, BodyTable.CORNERS) == 1
    reach = value
    if not centres:
        reach = s[at(b, Body.REACH), lane] + (ZERO if points else s[at(a, Body.REACH), lane] + world.real[Real.TOUCH])
    wraps = world.whole[Whole.WALLS] == Walls.WRAP
    shift_x, shift_y = ZERO, ZERO
    if wraps:
        shift_x, shift_y = wrap_shift(world, x, y)
    for image in range(9 if wraps else 1):
        sx, sy = shift_x, shift_y
        if wraps:
            sx += F(2) * world.real[Real.HALF_W] * F(image % 3 - 1)
            sy += F(2) * world.real[Real.HALF_H] * F(image // 3 - 1)
        if _least_distance(x + sx, y + sy, dx, dy) > reach:
            continue
        if centres or (points and cell(world, Table.BODY, b, BodyTable.CORNERS) == 1) or (not points and discs):
            return True
        stand(s, world, a, sample, lane, scratch)
        stand(s, world, b, sample, lane, scratch)
        if points:
            # in the frame of the zone as it stands at the sample
            ex, ey = ax2 - bx2 - sx, ay2 - by2 - sy
            u, v = bc2 * ex + bd2 * ey, bc2 * ey - bd2 * ex
            ex, ey = bc * u - bd * v, bd * u + bc * v
            px, py = -x - sx, -y - sy
            ex, ey = ex - px, ey - py
            length = np.sqrt(ex * ex + ey * ey)
            if length > ZERO and ray_and_body(s, world, b, lane, (bx + px, by + py, ex / length, ey / length), scratch.h) <= length:
                return True
        else:
            _set_out(s, a, lane, a1, a2)
            _set_out(s, b, lane, b1, b2)
            touch = world.real[Real.TOUCH]
            if first_touch(s, world, (a, b), lane, (sx, sy), (ONE, ONE, ONE), (-F(0.75) * touch, F(0.25) * touch), scratch.h) >= ZERO:
                return True
    return False


@inner
def _set_out(s, body, lane, before, after):
    """Give a body the velocity and spin that take it from one pose to the next in a unit of time: the half-tangent of sweep.place_at."""
    x, y, c, d = before
    x2, y2, c2, d2 = after
    o = at(body, 0)
    s[o + Body.VX, lane], s[o + Body.VY, lane] = x2 - x, y2 - y
    s[o + Body.SPIN, lane] = F(2) * (c * d2 - d * c2) / max(ONE + c * c2 + d * d2, F(1e-3))
