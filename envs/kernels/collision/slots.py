"""Contact slots: what the solver is told of a pair that may touch, and what is remembered of it for the next step."""

import numpy as np

from ...jit.ir import LANES
from ...jit.kernel import inner, shared
from ..world.bodies import at
from ..world.elementary import ONE, ZERO
from ..world.layout.scratch import Area, Integer, Point, Slot, SlotWord
from ..world.layout.things import Body, BodyTable
from ..world.layout.world import F, Real, Table, Whole
from ..world.tables import cell
from .pairs import touch_mark

UNEVEN = F(8)
"""Where one of two bodies is more times as heavy, their contact is softer: a light one under a heavy one would be shaken out from under it."""


@inner
def slot_at(slot, field):
    """A slot's row in the scratch of a thread."""
    return slot * Slot.ROWS + field


@shared
def add_point(s, world, pair, lane, shift, point, scratch, warm):
    """Fill a lane's next slot from contact point 0 or 1 in scratch; takes over the impulses that the same feature had in the last tick.

    `pair`: (a, b, key), where a is 0 for a wall of the world. `shift`: how far B was moved.
    """
    a, b, number = pair
    sx, sy = shift
    slot = scratch.i[Integer.COUNT + lane]
    if slot >= world.whole[Whole.CAPACITY]:
        s[world.whole[Whole.OVERRUN], lane] += ONE
        return
    scratch.i[Integer.COUNT + lane] = slot + 1
    k, real = slot_at(slot, 0), world.real
    oa, ob = at(a, 0), at(b, 0)
    u, p = slot * SlotWord.SIZE, Area.POINTS + Point.SIZE * point
    key = number * 256 + np.int64(scratch.h[p + Point.FEATURE])
    scratch.u[u + SlotWord.BODY_A, lane], scratch.u[u + SlotWord.BODY_B, lane] = oa, ob
    scratch.u[u + SlotWord.KEY, lane], scratch.u[u + SlotWord.WATCH, lane] = key, _watch(world, a, b) + 1
    c = scratch.slots
    ma, mb = s[oa + Body.INV_MASS, lane], s[ob + Body.INV_MASS, lane]
    ia, ib = s[oa + Body.INV_INERTIA, lane], s[ob + Body.INV_INERTIA, lane]
    h = scratch.h
    nx, ny, x, y, gap = h[p], h[p + Point.NY], h[p + Point.X], h[p + Point.Y], h[p + Point.GAP]
    xa, ya = s[oa + Body.X, lane], s[oa + Body.Y, lane]
    xb, yb = s[ob + Body.X, lane] + sx, s[ob + Body.Y, lane] + sy
    ax, ay, bx, by = x - xa, y - ya, x - xb, y - yb
    ra = s[oa + Body.ROUND, lane] if cell(world, Table.BODY, a, BodyTable.CORNERS) == 1 else ZERO
    rb = s[ob + Body.ROUND, lane] if cell(world, Table.BODY, b, BodyTable.CORNERS) == 1 else ZERO
    discs = ra > ZERO and rb > ZERO
    if ra > ZERO:  # the arm of a disc is its radius, whatever the gap
        ax, ay = nx * ra, ny * ra
    if rb > ZERO:
        bx, by = -nx * rb, -ny * rb
    c[k + Slot.RADIUS_A, lane], c[k + Slot.RADIUS_B, lane] = ra, rb
    c[k + Slot.DISC, lane] = ONE if discs else ZERO
    c[k + Slot.MASS_A, lane], c[k + Slot.MASS_B, lane] = ma, mb
    c[k + Slot.INERTIA_A, lane], c[k + Slot.INERTIA_B, lane] = ia, ib
    c[k + Slot.AX, lane], c[k + Slot.AY, lane] = ax, ay
    c[k + Slot.BX, lane], c[k + Slot.BY, lane] = bx, by
    c[k + Slot.NX, lane], c[k + Slot.NY, lane] = nx, ny
    c[k + Slot.GAP, lane] = gap - ((xb + bx - xa - ax) * nx + (yb + by - ya - ay) * ny)
    c[k + Slot.SHIFT_X, lane], c[k + Slot.SHIFT_Y, lane] = sx, sy
    friction, bounce = (
        (s[oa + Body.FRICTION, lane], s[oa + Body.BOUNCE, lane]) if a > 0 else (real[Real.WALL_FRICTION], real[Real.WALL_BOUNCE])
    )
    c[k + Slot.FRICTION, lane] = np.sqrt(friction * s[ob + Body.FRICTION, lane])
    c[k + Slot.BOUNCE, lane] = max(bounce, s[ob + Body.BOUNCE, lane])
    c[k + Slot.SURFACE, lane] = s[oa + Body.SURFACE, lane] + s[ob + Body.SURFACE, lane]
    weigh(c, k, lane)
    fixed = ma == ZERO or mb == ZERO
    rate, mass, impulse = real[Real.RATE], real[Real.SOFT_MASS], real[Real.SOFT_IMPULSE]
    if fixed:
        rate, mass, impulse = real[Real.STATIC_RATE], real[Real.STATIC_SOFT_MASS], real[Real.STATIC_SOFT_IMPULSE]
    elif max(ma, mb) > UNEVEN * min(ma, mb):
        rate, mass, impulse = real[Real.UNEVEN_RATE], real[Real.UNEVEN_SOFT_MASS], real[Real.UNEVEN_SOFT_IMPULSE]
    c[k + Slot.RATE, lane], c[k + Slot.SOFT_MASS, lane], c[k + Slot.SOFT_IMPULSE, lane] = rate, mass, impulse
    c[k + Slot.PEAK, lane], c[k + Slot.SPEED, lane] = ZERO, ZERO
    old = _remembered(scratch, warm, lane, np.uint32(key))
    c[k + Slot.NORMAL, lane] = warm.normal[old, lane] if old >= 0 else ZERO
    c[k + Slot.TANGENT, lane] = warm.tangent[old, lane] if old >= 0 else ZERO


@inner
def _watch(world, a, b):
    """Row to mark when two push each other, or a wall (body 0) one, or -1."""
    return touch_mark(world, min(a, b), max(a, b)) if a > 0 else cell(world, Table.BODY, b, BodyTable.WALL_WATCH)


@inner
def weigh(c, k, l):
    """The masses that a slot's impulses move, along its normal and across, from its arms."""
    nx, ny = c[k + Slot.NX, l], c[k + Slot.NY, l]
    ax, ay, bx, by = c[k + Slot.AX, l], c[k + Slot.AY, l], c[k + Slot.BX, l], c[k + Slot.BY, l]
    mass = c[k + Slot.MASS_A, l] + c[k + Slot.MASS_B, l]
    ia, ib = c[k + Slot.INERTIA_A, l], c[k + Slot.INERTIA_B, l]
    na, nb = ax * ny - ay * nx, bx * ny - by * nx
    ta, tb = ax * nx + ay * ny, bx * nx + by * ny
    normal, tangent = mass + ia * na * na + ib * nb * nb, mass + ia * ta * ta + ib * tb * tb
    c[k + Slot.NORMAL_MASS, l] = ONE / normal if normal > ZERO else ZERO
    c[k + Slot.TANGENT_MASS, l] = ONE / tangent if tangent > ZERO else ZERO


@inner
def _remembered(scratch, warm, lane, key):
    """Index of the same contact among the last tick's, or -1. Both lists ascend by pair, so one cursor a lane walks the old one once."""
    i = scratch.i[Integer.CURSOR + lane]
    last = warm.count[lane]
    while i < last and warm.key[i, lane] >> np.uint32(8) < key >> np.uint32(8):
        i += 1
    scratch.i[Integer.CURSOR + lane] = i
    while i < last and warm.key[i, lane] >> np.uint32(8) == key >> np.uint32(8):
        if warm.key[i, lane] == key:
            return i
        i += 1
    return -1


@inner
def clear_slot(scratch, slot, lane):
    """Make a slot push nothing: the world against itself, without mass."""
    k = slot_at(slot, 0)
    for field in range(Slot.ROWS):
        scratch.slots[k + field, lane] = ZERO
    scratch.slots[k + Slot.NX, lane] = ONE
    u = slot * SlotWord.SIZE
    scratch.u[u + SlotWord.BODY_A, lane] = 0
    scratch.u[u + SlotWord.BODY_B, lane] = 0
    scratch.u[u + SlotWord.WATCH, lane] = 0


@shared
def remember(s, scratch, warm):
    """Keep this tick's impulses for the next one, and mark the watched pairs that pushed each other."""
    for lane in range(LANES):
        warm.count[lane] = scratch.i[Integer.COUNT + lane]
        for slot in range(scratch.i[Integer.COUNT + lane]):
            k = slot_at(slot, 0)
            u = slot * SlotWord.SIZE
            warm.key[slot, lane] = np.uint32(scratch.u[u + SlotWord.KEY, lane])
            warm.normal[slot, lane] = scratch.slots[k + Slot.NORMAL, lane] + ZERO  # + 0 makes -0 to 0, see physics.settle_zeros
            warm.tangent[slot, lane] = scratch.slots[k + Slot.TANGENT, lane] + ZERO
            watch = scratch.u[u + SlotWord.WATCH, lane]
            if watch > 0 and scratch.slots[k + Slot.PEAK, lane] > ZERO:
                s[watch - 1, lane] = ONE
