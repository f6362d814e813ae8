"""The contact solver: impulses that keep bodies apart, with friction and bounce, one slot at a time."""

import numpy as np

from ...jit.ir import LANES
from ...jit.kernel import inner, shared
from ..collision.geometry import FAR
from ..collision.slots import slot_at
from ..world.elementary import HALF, ONE, ZERO
from ..world.layout.scratch import Area, Slot, SlotWord
from ..world.layout.things import Body
from ..world.layout.world import F, Real

HARDEST = F(1e6)
"""No impulse that is repeated in the next substep would change the speed at its contact by more [m/s]: what carries 10,000 times its mass for 1 s needs 1e5."""


@inner
def _gather_rows(s, slot, first, last, scratch):
    """Copy some of the first rows of each lane's two bodies to scratch: B's stand behind all six of A's."""
    t, u = scratch.f, scratch.u
    ids = slot * SlotWord.SIZE
    for l in range(LANES):
        oa, ob = u[ids + SlotWord.BODY_A, l], u[ids + SlotWord.BODY_B, l]
        for field in range(first, last):
            t[Area.BODY_A + field, l] = s[oa + field, l]
            t[Area.BODY_B + field, l] = s[ob + field, l]


@shared
def gather(s, slot, scratch):
    """Copy x, y, vx, vy, spin and turn of each lane's two bodies to rows of scratch."""
    _gather_rows(s, slot, Body.X, Body.TURN + 1, scratch)


@shared
def scatter(s, slot, scratch):
    """Copy the velocities back."""
    t, u = scratch.f, scratch.u
    ids = slot * SlotWord.SIZE
    for l in range(LANES):
        oa, ob = u[ids + SlotWord.BODY_A, l], u[ids + SlotWord.BODY_B, l]
        for field in range(Body.VX, Body.SPIN + 1):
            s[oa + field, l] = t[Area.BODY_A + field, l]
            s[ob + field, l] = t[Area.BODY_B + field, l]


@inner
def _velocities(t, l):
    """(vx, vy, spin) of a lane's two bodies."""
    va = (t[Area.BODY_A + Body.VX, l], t[Area.BODY_A + Body.VY, l], t[Area.BODY_A + Body.SPIN, l])
    return va, (t[Area.BODY_B + Body.VX, l], t[Area.BODY_B + Body.VY, l], t[Area.BODY_B + Body.SPIN, l])


@inner
def _keep_velocities(t, l, velocities):
    """Write them back."""
    va, vb = velocities
    t[Area.BODY_A + Body.VX, l], t[Area.BODY_A + Body.VY, l], t[Area.BODY_A + Body.SPIN, l] = va
    t[Area.BODY_B + Body.VX, l], t[Area.BODY_B + Body.VY, l], t[Area.BODY_B + Body.SPIN, l] = vb


@inner
def _arms(c, k, l):
    """From the centres of A and B to the contact point: (ax, ay, bx, by)."""
    return c[k + Slot.AX, l], c[k + Slot.AY, l], c[k + Slot.BX, l], c[k + Slot.BY, l]


@inner
def _masses(c, k, l):
    """Inverse masses and inertias: (ma, mb, ia, ib)."""
    return c[k + Slot.MASS_A, l], c[k + Slot.MASS_B, l], c[k + Slot.INERTIA_A, l], c[k + Slot.INERTIA_B, l]


@inner
def _relative(velocities, arms):
    """Velocity of B's contact point as seen from A's."""
    va, vb = velocities
    vax, vay, wa = va
    vbx, vby, wb = vb
    ax, ay, bx, by = arms
    return vbx - wb * by - vax + wa * ay, vby + wb * bx - vay - wa * ax


@inner
def _pushed(velocities, arms, masses, ix, iy):
    """The velocities after an impulse on B, whose opposite A gets."""
    va, vb = velocities
    vax, vay, wa = va
    vbx, vby, wb = vb
    ax, ay, bx, by = arms
    ma, mb, ia, ib = masses
    va = (vax - ma * ix, vay - ma * iy, wa - ia * (ax * iy - ay * ix))
    return va, (vbx + mb * ix, vby + mb * iy, wb + ib * (bx * iy - by * ix))


@inner
def _friction(c, k, l, velocities, arms, normal, pushed):
    """The impulse along the tangent that friction has after this one along the normal: inside its cone."""
    nx, ny = normal
    vx, vy = _relative(velocities, arms)
    vt = vy * nx - vx * ny + c[k + Slot.SURFACE, l]
    limit = c[k + Slot.FRICTION, l] * pushed
    return min(max(c[k + Slot.TANGENT, l] - c[k + Slot.TANGENT_MASS, l] * vt, -limit), limit)


@inner
def is_pushing(slot, scratch):
    """Whether a slot pushes in any lane; where none does, warm start and relax pass would change nothing."""
    c, k, hits = scratch.slots, slot_at(slot, Slot.NORMAL), 0
    for l in range(LANES):
        hits += 1 if c[k, l] > ZERO else 0
    return hits > 0


@shared
def push_again(s, slot, scratch):
    """Warm start: apply the impulses of the last substep, which are nearly right for this one."""
    c, t = scratch.slots, scratch.f
    k = slot_at(slot, 0)
    _gather_rows(s, slot, Body.VX, Body.SPIN + 1, scratch)
    for l in range(LANES):
        nx, ny = c[k + Slot.NX, l], c[k + Slot.NY, l]
        # where nothing gives way impulses could feed on themselves; no real one does more than this
        most_n, most_t = HARDEST * c[k + Slot.NORMAL_MASS, l], HARDEST * c[k + Slot.TANGENT_MASS, l]
        pn = min(c[k + Slot.NORMAL, l], most_n)
        pt = min(max(c[k + Slot.TANGENT, l], -most_t), most_t)
        c[k + Slot.NORMAL, l], c[k + Slot.TANGENT, l] = pn, pt
        px, py = pn * nx - pt * ny, pn * ny + pt * nx
        _keep_velocities(t, l, _pushed(_velocities(t, l), _arms(c, k, l), _masses(c, k, l), px, py))
    scatter(s, slot, scratch)


@inner
def expect(slot, scratch):
    """Note the approach speed of what doesn't touch yet, before any push of this substep: it is what a bounce returns."""
    c, k = scratch.slots, slot_at(slot, 0)
    for l in range(LANES):
        vx, vy = _relative(_velocities(scratch.f, l), _arms(c, k, l))
        vn = vx * c[k + Slot.NX, l] + vy * c[k + Slot.NY, l]
        c[k + Slot.SPEED, l] = vn if c[k + Slot.NORMAL, l] == ZERO else ZERO


@inner
def _follow_discs(c, k, l, dx, dy, velocities, h):
    """Normal, arms, and whether they miss each other. The normal of two discs joins their centres as they are, or as they will be when they meet in this
    substep; what flies by is left alone. Others keep what they have.
    """
    va, vb = velocities
    vax, vay, _wa = va
    vbx, vby, _wb = vb
    nx, ny = c[k + Slot.NX, l], c[k + Slot.NY, l]
    ax, ay, bx, by = _arms(c, k, l)
    disc = c[k + Slot.DISC, l] > ZERO
    ra, rb = c[k + Slot.RADIUS_A, l], c[k + Slot.RADIUS_B, l]
    vx, vy = vbx - vax, vby - vay
    along, outside = dx * vx + dy * vy, dx * dx + dy * dy - (ra + rb) * (ra + rb)
    root = along * along - (vx * vx + vy * vy) * outside
    fresh = disc and c[k + Slot.NORMAL, l] == ZERO and outside > ZERO
    meets = fresh and along < ZERO and root > ZERO
    wait = min(outside / (np.sqrt(max(root, ZERO)) - along), h) if meets else ZERO
    cx, cy = dx + wait * vx, dy + wait * vy
    length = np.sqrt(cx * cx + cy * cy)
    inverse = ONE / max(length, F(1e-6))
    clear = disc and length > F(1e-6)
    nx, ny = (cx * inverse if clear else nx), (cy * inverse if clear else ny)
    ax, ay = (nx * ra if disc else ax), (ny * ra if disc else ay)
    bx, by = (-nx * rb if disc else bx), (-ny * rb if disc else by)
    return nx, ny, (ax, ay, bx, by), fresh and not meets


@inner
def _gap(c, t, k, l, way, normal, arms):
    """Distance of two surfaces now: points found in this tick turn with their bodies (second order in the angle), but a disc's stays under its centre.

    `way`: from the centre of A to that of B.
    """
    dx, dy = way
    nx, ny = normal
    ax, ay, bx, by = arms
    turn_a = ZERO if c[k + Slot.RADIUS_A, l] > ZERO else t[Area.BODY_A + Body.TURN, l]
    turn_b = ZERO if c[k + Slot.RADIUS_B, l] > ZERO else t[Area.BODY_B + Body.TURN, l]
    ca, cb = ONE - HALF * turn_a * turn_a, ONE - HALF * turn_b * turn_b
    px = dx + cb * bx - turn_b * by - ca * ax + turn_a * ay
    py = dy + cb * by + turn_b * bx - ca * ay - turn_a * ax
    return px * nx + py * ny + (ZERO if c[k + Slot.DISC, l] > ZERO else c[k + Slot.GAP, l])


@shared
def push_apart(world, slot, soft, scratch):
    """One solver pass over one slot: the normal impulse with the soft spring (or rigid, to relax), then friction inside its cone."""
    c, t = scratch.slots, scratch.f
    k = slot_at(slot, 0)
    h, inv_h, push_speed = world.real[Real.SUBSTEP], ONE / world.real[Real.SUBSTEP], world.real[Real.PUSH_SPEED]
    for l in range(LANES):
        dx = t[Area.BODY_B + Body.X, l] + c[k + Slot.SHIFT_X, l] - t[Area.BODY_A + Body.X, l]
        dy = t[Area.BODY_B + Body.Y, l] + c[k + Slot.SHIFT_Y, l] - t[Area.BODY_A + Body.Y, l]
        velocities, masses = _velocities(t, l), _masses(c, k, l)
        nx, ny, arms, misses = c[k + Slot.NX, l], c[k + Slot.NY, l], _arms(c, k, l), False
        if soft:
            nx, ny, arms, misses = _follow_discs(c, k, l, dx, dy, velocities, h)
        gap = _gap(c, t, k, l, (dx, dy), (nx, ny), arms)
        gap = FAR if misses else gap
        vx, vy = _relative(velocities, arms)
        vn = vx * nx + vy * ny
        old, apart = c[k + Slot.NORMAL, l], gap > ZERO
        bias = ZERO
        mass_share, impulse_share = ONE, ZERO
        if soft:
            bias = max(gap * c[k + Slot.RATE, l], -push_speed)
            mass_share = ONE if apart else c[k + Slot.SOFT_MASS, l]
            impulse_share = ZERO if apart else c[k + Slot.SOFT_IMPULSE, l]
        bias = gap * inv_h if apart else bias
        impulse = -c[k + Slot.NORMAL_MASS, l] * mass_share * (vn + bias) - impulse_share * old
        new = max(old + impulse, ZERO)
        if soft:
            speed = c[k + Slot.SPEED, l]
            c[k + Slot.SPEED, l] = vn if c[k + Slot.DISC, l] > ZERO and old == ZERO else speed
            c[k + Slot.NX, l], c[k + Slot.NY, l] = nx, ny
            c[k + Slot.AX, l], c[k + Slot.AY, l], c[k + Slot.BX, l], c[k + Slot.BY, l] = arms
        else:  # what the soft pass didn't push is left to the next substep: only there a bounce knows the speed
            new = ZERO if old == ZERO else new
        c[k + Slot.NORMAL, l] = new
        c[k + Slot.PEAK, l] = max(c[k + Slot.PEAK, l], new)
        impulse = new - old
        velocities = _pushed(velocities, arms, masses, impulse * nx, impulse * ny)
        new = _friction(c, k, l, velocities, arms, (nx, ny), new)
        impulse = new - c[k + Slot.TANGENT, l]
        c[k + Slot.TANGENT, l] = new
        _keep_velocities(t, l, _pushed(velocities, arms, masses, -impulse * ny, impulse * nx))


@inner
def is_bouncing(world, slot, scratch):
    """Whether a slot was pushed in this substep by something that met fast enough to bounce, in any lane."""
    c = scratch.slots
    k, least, hits = slot_at(slot, 0), -world.real[Real.BOUNCE_SPEED], 0
    for l in range(LANES):
        pushed = c[k + Slot.NORMAL, l] > ZERO and c[k + Slot.SPEED, l] < least
        hits += 1 if pushed and c[k + Slot.BOUNCE, l] > ZERO else 0
    return hits > 0


@shared
def bounce(world, slot, forget, scratch):
    """Restitution: what met fast enough in this substep leaves with its share of that speed. That push is not one to repeat: forget it."""
    c, t = scratch.slots, scratch.f
    k, least = slot_at(slot, 0), -world.real[Real.BOUNCE_SPEED]
    for l in range(LANES):
        nx, ny = c[k + Slot.NX, l], c[k + Slot.NY, l]
        share, speed = c[k + Slot.BOUNCE, l], c[k + Slot.SPEED, l]
        velocities, arms, masses = _velocities(t, l), _arms(c, k, l), _masses(c, k, l)
        ma, mb, ia, ib = masses
        vx, vy = _relative(velocities, arms)
        old = c[k + Slot.NORMAL, l]
        active = share > ZERO and speed < least and old > ZERO
        new = max(
            old - c[k + Slot.NORMAL_MASS, l] * (vx * nx + vy * ny + share * speed), F(1e-30)
        )  # above 0: still active in the next sweep
        impulse = new - old if active else ZERO
        c[k + Slot.NORMAL, l] = (ZERO if forget else new) if active else old
        velocities = _pushed(velocities, arms, (ma * impulse, mb * impulse, ia * impulse, ib * impulse), nx, ny)
        old, new = c[k + Slot.TANGENT, l], _friction(c, k, l, velocities, arms, (nx, ny), new)
        impulse = new - old if active else ZERO
        c[k + Slot.TANGENT, l] = (ZERO if forget else new) if active else old
        _keep_velocities(t, l, _pushed(velocities, arms, masses, -impulse * ny, impulse * nx))
