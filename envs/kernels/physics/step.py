"""The physics step: rigid bodies with soft contacts, solved in substeps ("TGS soft").

Source: Erin Catto, "Solver2D" (2024), and Box2D v3, solver.c and contact_solver.c: contacts found once in a tick; in each substep bodies are
accelerated, last impulses applied again, contacts solved with a soft spring that undoes overlap, bodies moved, and the spring's extra speed
taken back (relax). What is new here: 16 worlds go through each line at once, and the normal of two discs follows them in every substep.
"""

import numpy as np

from ...jit.ir import LANES
from ...jit.kernel import inner, shared
from ..collision import contacts, paths
from ..collision.contacts import is_away, slot_at
from ..collision.geometry import FAR, at
from ..control import hands, shots
from ..control.actions import accelerate
from ..world.elementary import HALF, ONE, ZERO
from ..world.layout.scratch import Area, Slot, SlotWord
from ..world.layout.things import Body, BodyTable, Drive, Moves
from ..world.layout.world import F, Real, Table, Walls, Whole
from ..world.tables import cell, row_count
from . import joints, jump, movers, reunite, zones
from .car import hold_tyres
from .continuous import hold_back
from .floor import rub

FASTEST, QUICKEST = F(1e3), F(1745.3292)
"""Nothing gets faster along an axis [m/s] or spins quicker [rad/s] than the language lets anything start: limits.MAX_SPEED and MAX_SPIN."""
HARDEST = F(1e6)
"""No impulse that is repeated in the next substep would change the speed at its contact by more [m/s]: what carries 10,000 times its mass for 1 s needs 1e5."""
EDGE = F(1e6)
"""Where worlds without walls end [m]: farther out, float32 can't tell 0.1 m."""
BOUNCE_SWEEPS = 6
"""The two ends of a box that lands flat disturb each other's bounce: after two sweeps a fifth of the height is missing, after six 2 %."""


@shared
def step(s, world, live, scratch, warm):
    """Advance a block of worlds by one decision."""
    clear_touches(s, world)
    paths.note(s, world, 0, scratch)
    for tick in range(world.whole[Whole.TICKS]):
        if row_count(world, Table.MOVER) > 0:
            movers.aim(s, world, live, tick)
        slots = contacts.find(s, world, live, scratch, warm)
        if world.whole[Whole.JUMPERS] == 1:
            jump.free_feet(s, world, slots, scratch)
        drawn = 0
        if world.whole[Whole.DRAWNS] > 0:
            drawn = reunite.settle(s, world, scratch)
        for substep in range(world.whole[Whole.SUBSTEPS]):
            _substep(s, world, slots, drawn > 0, live, scratch)
            paths.note(s, world, tick * world.whole[Whole.SUBSTEPS] + substep + 1, scratch)
        contacts.remember(s, scratch, warm)
        if world.whole[Whole.JUMPERS] == 1:
            jump.find_ground(s, world, slots, scratch)
        joints.wear(s, world)
    stay_inside(s, world)
    joints.measure(s, world, 0, LANES)
    settle_zeros(s, world)


@inner
def _substep(s, world, slots, draws, live, scratch):
    """Speeds, pushes, moves, and pushes again; `draws`: whether something that is joined has to be brought together."""
    gain_speed(s, world)
    if world.whole[Whole.BOUNCY] == 1:  # before last substep's pushes: what these drive against something hasn't hit it
        for slot in range(slots):
            gather(s, slot, scratch)
            expect(slot, scratch)
    hands.stand_still(s, world)
    joints.pull_again(s, world, scratch)
    hands.grip_again(s, world, scratch)
    for slot in range(slots):
        if is_pushing(slot, scratch):
            push_again(s, slot, scratch)
    joints.pull(s, world, True, scratch)
    if draws:
        reunite.draw(s, world, scratch)
    hands.grip(s, world, True, scratch)
    for slot in range(slots):
        gather(s, slot, scratch)
        push_apart(world, slot, True, scratch)
        scatter(s, slot, scratch)
    rub(s, world)
    if world.whole[Whole.CARS] == 1:
        hold_tyres(s, world)
    move(s, world)
    hold_back(s, world, live, scratch)
    limit_turn(s, world)
    if world.whole[Whole.HALTS] == 1:
        movers.halt(s, world, live)
    if draws:
        reunite.leave(s, world, scratch)
    joints.pull(s, world, False, scratch)
    hands.grip(s, world, False, scratch)
    for slot in range(slots):
        if is_pushing(slot, scratch):
            gather(s, slot, scratch)
            push_apart(world, slot, False, scratch)
            scatter(s, slot, scratch)
    if world.whole[Whole.CARS] == 1:
        hold_tyres(s, world)
    if world.whole[Whole.BOUNCY] == 1:
        for sweep in range(BOUNCE_SWEEPS):
            for slot in range(slots):
                if is_bouncing(world, slot, scratch):
                    gather(s, slot, scratch)
                    bounce(world, slot, sweep == BOUNCE_SWEEPS - 1, scratch)
                    scatter(s, slot, scratch)
    if row_count(world, Table.SHOT) > 0:
        shots.strike(s, world, slots, scratch)


@inner
def clear_touches(s, world):
    """Forget which watched pairs pushed each other in the last decision."""
    first = world.whole[Whole.WATCH]
    for k in range(world.whole[Whole.WATCHES]):
        for l in range(LANES):
            s[first + k, l] = ZERO


@shared
def gain_speed(s, world):
    """Gravity, drives and drag, semi-implicitly: v += h a; v /= 1 + h c (a Pade form of exp(-h c), stable for any drag)."""
    h, gx, gy = world.real[Real.SUBSTEP], world.real[Real.GRAVITY_X], world.real[Real.GRAVITY_Y]
    wind = world.whole[Whole.WIND]
    for body in range(1, world.whole[Whole.BODIES]):
        if cell(world, Table.BODY, body, BodyTable.MOVES) == Moves.STATIC or is_away(s, world, body):
            continue
        o = at(body, 0)
        if cell(world, Table.BODY, body, BodyTable.DRIVE) != Drive.NONE:
            accelerate(s, world, body, h)
        if cell(world, Table.BODY, body, BodyTable.MOVES) != Moves.DYNAMIC:  # gravity, drag and wind leave alone what moves at its own velocity
            continue
        if gx != ZERO or gy != ZERO:
            for l in range(LANES):
                g = s[o + Body.GRAVITY, l] * h
                s[o + Body.VX, l] += g * gx
                s[o + Body.VY, l] += g * gy
        for l in range(LANES):
            keep = ONE / (ONE + h * s[o + Body.DRAG, l])
            s[o + Body.VX, l] *= keep
            s[o + Body.VY, l] *= keep
            s[o + Body.SPIN, l] *= ONE / (ONE + h * s[o + Body.SPIN_DRAG, l])
        if wind > 0:  # drag is towards the air's own velocity
            for l in range(LANES):
                pull = h * s[o + Body.DRAG, l]
                pull = pull / (ONE + pull)
                s[o + Body.VX, l] += pull * s[wind, l]
                s[o + Body.VY, l] += pull * s[wind + 1, l]
        if cell(world, Table.BODY, body, BodyTable.POOLED) > 0:
            _hold_absent(s, body)
    zones.drift(s, world, h)


@inner
def _hold_absent(s, body):
    """Keep a projectile still in the worlds that don't have it: in a block where none has it, it isn't moved at all."""
    alive = at(body, Body.ALIVE)
    for field in (Body.VX, Body.VY, Body.SPIN):
        o = at(body, field)
        for l in range(LANES):
            s[o, l] = s[o, l] if s[alive, l] > ZERO else ZERO


@shared
def move(s, world):
    """Positions follow velocities; the heading turns by a rational step that keeps its length after one Newton correction."""
    h = world.real[Real.SUBSTEP]
    for body in range(1, world.whole[Whole.BODIES]):
        if cell(world, Table.BODY, body, BodyTable.MOVES) == Moves.STATIC or is_away(s, world, body):
            continue
        o = at(body, 0)
        limit_speed(s, body)
        if world.whole[Whole.REST] > 0:
            _move_far(s, o, world.whole[Whole.REST] + 2 * body, h)
        else:
            for l in range(LANES):
                s[o + Body.X, l] += h * s[o + Body.VX, l]
                s[o + Body.Y, l] += h * s[o + Body.VY, l]
        for l in range(LANES):
            # tan(angle / 2) is angle / 2 to third order; the rotation below is exact for that half-tangent
            t = HALF * h * s[o + Body.SPIN, l]
            scale = ONE / (ONE + t * t)
            c, d = (ONE - t * t) * scale, (t + t) * scale
            qc, qs = s[o + Body.COS, l], s[o + Body.SIN, l]
            nc, ns = c * qc - d * qs, d * qc + c * qs
            fix = HALF * (F(3) - nc * nc - ns * ns)
            s[o + Body.COS, l], s[o + Body.SIN, l] = nc * fix, ns * fix
            s[o + Body.TURN, l] += h * s[o + Body.SPIN, l]


@inner
def _move_far(s, o, rest, h):
    """A position follows a velocity far out, where steps are smaller than what float32 tells apart: what rounding takes goes into the next step.

    Source: Kahan, "Further remarks on reducing truncation errors", 1965.
    """
    for axis in range(2):
        x, v, r = o + axis, o + Body.VX + axis, rest + axis
        for l in range(LANES):
            old, way = s[x, l], h * s[v, l] + s[r, l]
            new, here = old + way, s[o + Body.ALIVE, l] > ZERO
            s[x, l] = new if here else old
            s[r, l] = (way - (new - old)) + ZERO if here else ZERO  # + 0: see settle_zeros


@inner
def limit_speed(s, body):
    """Keep a body within what anything may be: FASTEST and QUICKEST."""
    for field in (Body.VX, Body.VY):
        o = at(body, field)
        for l in range(LANES):
            s[o, l] = min(max(s[o, l], -FASTEST), FASTEST)
    o = at(body, Body.SPIN)
    for l in range(LANES):
        s[o, l] = min(max(s[o, l], -QUICKEST), QUICKEST)


@inner
def limit_turn(s, world):
    """Keep the turn since contacts were found within 1 rad: contact points that turn with their bodies to second order would fly off beyond."""
    for body in range(1, world.whole[Whole.BODIES]):
        if cell(world, Table.BODY, body, BodyTable.MOVES) != Moves.STATIC and cell(world, Table.BODY, body, BodyTable.CORNERS) > 1:
            o = at(body, Body.TURN)
            for l in range(LANES):
                s[o, l] = min(max(s[o, l], -ONE), ONE)


@inner
def _gather_rows(s, slot, first, last, scratch):
    """Copy some of the first rows of each lane's two bodies to scratch: B's stand behind all six of A's."""
    t, u = scratch.f, scratch.u
    ids = slot * SlotWord.SIZE
    for field in range(first, last):
        for l in range(LANES):
            t[Area.BODY_A + field, l] = s[u[ids + SlotWord.BODY_A, l] + field, l]
        for l in range(LANES):
            t[Area.BODY_B + field, l] = s[u[ids + SlotWord.BODY_B, l] + field, l]


@shared
def gather(s, slot, scratch):
    """Copy x, y, vx, vy, spin and turn of each lane's two bodies to rows of scratch."""
    _gather_rows(s, slot, Body.X, Body.TURN + 1, scratch)


@shared
def scatter(s, slot, scratch):
    """Copy the velocities back."""
    t, u = scratch.f, scratch.u
    ids = slot * SlotWord.SIZE
    for field in range(Body.VX, Body.SPIN + 1):
        for l in range(LANES):
            s[u[ids + SlotWord.BODY_A, l] + field, l] = t[Area.BODY_A + field, l]
        for l in range(LANES):
            s[u[ids + SlotWord.BODY_B, l] + field, l] = t[Area.BODY_B + field, l]


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
        new = max(old - c[k + Slot.NORMAL_MASS, l] * (vx * nx + vy * ny + share * speed), F(1e-30))  # above 0: still active in the next sweep
        impulse = new - old if active else ZERO
        c[k + Slot.NORMAL, l] = (ZERO if forget else new) if active else old
        velocities = _pushed(velocities, arms, (ma * impulse, mb * impulse, ia * impulse, ib * impulse), nx, ny)
        old, new = c[k + Slot.TANGENT, l], _friction(c, k, l, velocities, arms, (nx, ny), new)
        impulse = new - old if active else ZERO
        c[k + Slot.TANGENT, l] = (ZERO if forget else new) if active else old
        _keep_velocities(t, l, _pushed(velocities, arms, masses, -impulse * ny, impulse * nx))


@shared
def stay_inside(s, world):
    """Last guard: centres never leave solid walls, whatever was asked of the solver; in worlds that wrap they come back on the other side; nothing
    leaves an open world farther than EDGE, or is faster than anything may be.
    """
    half_w, half_h = world.real[Real.HALF_W], world.real[Real.HALF_H]
    walls = world.whole[Whole.WALLS]
    for body in range(1, world.whole[Whole.BODIES]):
        if cell(world, Table.BODY, body, BodyTable.MOVES) == Moves.STATIC:
            continue
        limit_speed(s, body)
        x, y = at(body, Body.X), at(body, Body.Y)
        if walls == Walls.OPEN:
            for l in range(LANES):
                s[x, l] = min(max(s[x, l], -EDGE), EDGE)
                s[y, l] = min(max(s[y, l], -EDGE), EDGE)
        elif walls == Walls.SOLID and cell(world, Table.BODY, body, BodyTable.WALLS) > 0:
            for l in range(LANES):
                s[x, l] = min(max(s[x, l], -half_w), half_w)
                s[y, l] = min(max(s[y, l], -half_h), half_h)
        elif walls == Walls.WRAP:
            for l in range(LANES):
                s[x, l] -= F(2) * half_w * np.floor(s[x, l] / (F(2) * half_w) + HALF)
                s[y, l] -= F(2) * half_h * np.floor(s[y, l] / (F(2) * half_h) + HALF)


@shared
def settle_zeros(s, world):
    """Turn -0 into 0. A slot that is skipped because no world of the block pushes there leaves -0 alone, one that is run may not: without this the
    sign of a zero, though no other bit, would depend on a world's neighbours.
    """
    for body in range(1, world.whole[Whole.BODIES]):
        if cell(world, Table.BODY, body, BodyTable.MOVES) != Moves.STATIC:
            o = at(body, 0)
            for k in range(Body.SIN + 1):
                for l in range(LANES):
                    s[o + k, l] += ZERO
