"""Projectiles: fired before physics, spent when they hit, gone at the end of the decision. They wait in a pool of each agent, absent.

What is absent in all worlds of a block costs one test of its presence: its pairs stand together at the end of the pair table.
"""

import numpy as np

from .choices import direction
from .contacts import clear_slot, slot_at
from .elementary import HALF, ONE, ZERO, cos, sin
from .geometry import at
from .kernel import inner, shared
from .meetings import forget_meetings
from .rng import uniform
from .tables import cell, const, row_count

# isort: off
from .layout import (
    ALIVE, BODY_ROWS, B_POOLED, COS, F_ACTION, GUN_ACTION, GUN_AMMO, GUN_BODY, GUN_COOLDOWN, GUN_DISCRETE, GUN_FREE,
    GUN_LIFE, GUN_RELOAD, GUN_SHOT, GUN_SHOTS, GUN_SPEED, GUN_SPREAD, INV_MASS, I_COUNT, K_NX, K_NY, K_PEAK, LANES,
    N_REST, N_UNFIRED, SHOT_BODY, SHOT_KNOCK,
    SHOT_LEFT, SHOT_SPENT, SHOT_VANISHES, SIN, SLOT_WORDS, SOLID, U_BODY_A, U_BODY_B, U_WATCH, VX, VY,
    W_BODY, W_GUN, W_SHOT, F, W, X, Y,
)  # fmt: skip
# isort: on


@shared
def shoot(s, world, live, scratch, keys):
    """Fire what the actions ask for (in scratch from F_ACTION on), where the trigger is ready, ammunition is left and a projectile is free."""
    for gun in range(row_count(world, W_GUN)):
        body, trigger = cell(world, W_GUN, gun, GUN_BODY), F_ACTION + cell(world, W_GUN, gun, GUN_ACTION) * LANES
        reload, alive = cell(world, W_GUN, gun, GUN_RELOAD) * LANES, at(body, ALIVE)
        hits = 0
        for l in range(LANES):
            s[reload + l] = max(s[reload + l] - ONE, ZERO)
            pulls = scratch.f[trigger + l] > ZERO and s[reload + l] == ZERO and s[alive + l] > ZERO
            hits += 1 if pulls else 0
        if hits > 0:
            for l in range(live):
                if scratch.f[trigger + l] > ZERO and s[reload + l] == ZERO and s[alive + l] > ZERO:
                    _fire(s, world, gun, l, scratch, keys)


@inner
def could_fire(s, world, gun, lane):
    """Whether the trigger could do anything in the decision to come: an empty pool does, as the shot that fails is counted."""
    ammo, reload = cell(world, W_GUN, gun, GUN_AMMO), cell(world, W_GUN, gun, GUN_RELOAD) * LANES
    return s[reload + lane] <= ONE and (ammo < 0 or s[max(ammo, 0) * LANES + lane] >= ONE)


@shared
def _fire(s, world, gun, lane, scratch, keys):
    """Let one agent of one world shoot, from its own centre: so no wall is thin enough to shoot through from its other side."""
    ammo = cell(world, W_GUN, gun, GUN_AMMO)
    if ammo >= 0 and s[max(ammo, 0) * LANES + lane] < ONE:
        return
    first = cell(world, W_GUN, gun, GUN_SHOT)
    row = first
    while row < first + cell(world, W_GUN, gun, GUN_SHOTS) and s[at(cell(world, W_SHOT, row, SHOT_BODY), ALIVE) + lane] > ZERO:
        row += 1
    if row == first + cell(world, W_GUN, gun, GUN_SHOTS):
        s[world.whole[N_UNFIRED] * LANES + lane] += ONE
        return
    if ammo >= 0:
        s[ammo * LANES + lane] -= ONE
    s[cell(world, W_GUN, gun, GUN_RELOAD) * LANES + lane] = const(world, cell(world, W_GUN, gun, GUN_COOLDOWN))
    body = cell(world, W_GUN, gun, GUN_BODY)
    dx, dy = _aim(s, world, gun, body, lane, scratch.f)
    spread = const(world, cell(world, W_GUN, gun, GUN_SPREAD))
    if spread > ZERO:
        off = spread * (uniform(keys, lane) - HALF)
        c, d = cos(off), sin(off)
        dx, dy = c * dx - d * dy, d * dx + c * dy
    shot, o = cell(world, W_SHOT, row, SHOT_BODY), at(body, 0) + lane
    p, speed = at(shot, 0) + lane, const(world, cell(world, W_GUN, gun, GUN_SPEED))
    s[p + X * LANES], s[p + Y * LANES] = s[o + X * LANES], s[o + Y * LANES]
    s[p + VX * LANES], s[p + VY * LANES] = s[o + VX * LANES] + speed * dx, s[o + VY * LANES] + speed * dy
    s[p + COS * LANES], s[p + SIN * LANES], s[p + W * LANES] = dx, dy, ZERO
    s[p + ALIVE * LANES], s[p + SOLID * LANES] = ONE, ONE
    if world.whole[N_REST] > 0:
        rest = (world.whole[N_REST] + 2 * shot) * LANES + lane
        s[rest], s[rest + LANES] = ZERO, ZERO
    s[cell(world, W_SHOT, row, SHOT_LEFT) * LANES + lane] = const(world, cell(world, W_GUN, gun, GUN_LIFE))
    s[cell(world, W_SHOT, row, SHOT_SPENT) * LANES + lane] = ZERO
    forget_meetings(s, world, shot, lane, 1)


@inner
def _aim(s, world, gun, body, lane, f):
    """Unit vector in which an agent shoots."""
    trigger = F_ACTION + cell(world, W_GUN, gun, GUN_ACTION) * LANES + lane
    dx, dy = s[at(body, COS) + lane], s[at(body, SIN) + lane]
    if cell(world, W_GUN, gun, GUN_FREE) == 1:
        if cell(world, W_GUN, gun, GUN_DISCRETE) == 1:
            dx, dy = direction(np.int64(f[trigger]) - 1)
        else:
            x, y = f[trigger + LANES], f[trigger + 2 * LANES]
            length = np.sqrt(x * x + y * y)
            if length > F(1e-6):
                dx, dy = x / length, y / length
    return dx, dy


@shared
def strike(s, world, slots, scratch):
    """After a substep: what a projectile hit is knocked back, and one that vanishes rests where it is and pushes nothing more."""
    c, u = scratch.slots, scratch.u
    for slot in range(slots):
        peak = slot_at(slot, K_PEAK)
        for l in range(LANES):
            if c[peak + l] > ZERO:
                a = u[slot * SLOT_WORDS + U_BODY_A + l] // (BODY_ROWS * LANES)
                b = u[slot * SLOT_WORDS + U_BODY_B + l] // (BODY_ROWS * LANES)
                if cell(world, W_BODY, a, B_POOLED) > 0:
                    _hit(s, world, a, b, slot, l, ONE, scratch)
                if cell(world, W_BODY, b, B_POOLED) > 0:
                    _hit(s, world, b, a, slot, l, -ONE, scratch)


@shared
def _hit(s, world, shot, other, slot, lane, side, scratch):
    """One projectile pushed something in one world; `side`: 1 where the slot's normal points away from it."""
    row = cell(world, W_BODY, shot, B_POOLED) - 1
    spent, k = cell(world, W_SHOT, row, SHOT_SPENT) * LANES + lane, slot_at(slot, 0) + lane
    knock, inverse = const(world, cell(world, W_SHOT, row, SHOT_KNOCK)), s[at(other, INV_MASS) + lane]
    if s[spent] == ZERO and inverse > ZERO and knock > ZERO:
        s[spent] = ONE
        s[at(other, VX) + lane] += side * knock * inverse * scratch.slots[k + K_NX * LANES]
        s[at(other, VY) + lane] += side * knock * inverse * scratch.slots[k + K_NY * LANES]
    if cell(world, W_SHOT, row, SHOT_VANISHES) == 1:
        s[spent] = ONE
        for field in (VX, VY, W, SOLID):
            s[at(shot, field) + lane] = ZERO
        for n in range(scratch.i[I_COUNT + lane]):
            _release(s, world, shot, n, lane, scratch)


@inner
def _release(s, world, shot, slot, lane, scratch):
    """Mark what a contact of a spent projectile pushed, and make it push nothing more."""
    ids, k = slot * SLOT_WORDS + lane, slot_at(slot, 0) + lane
    first = at(shot, 0) + lane
    if scratch.u[ids + U_BODY_A] == first or scratch.u[ids + U_BODY_B] == first:
        watch = scratch.u[ids + U_WATCH]
        if watch > 0 and scratch.slots[k + K_PEAK * LANES] > ZERO:
            s[(watch - 1) * LANES + lane] = ONE
        clear_slot(scratch, slot, lane)


@shared
def clear_spent(s, world):
    """At the end of a decision: projectiles that have hit, or whose time is up, leave the world.

    An absent one lies still at the origin, whatever a rule did to it: so its rows say nothing of whether other worlds of the block have it.
    """
    for row in range(row_count(world, W_SHOT)):
        shot = cell(world, W_SHOT, row, SHOT_BODY)
        left, spent = cell(world, W_SHOT, row, SHOT_LEFT) * LANES, cell(world, W_SHOT, row, SHOT_SPENT) * LANES
        o, vanishes = at(shot, 0), cell(world, W_SHOT, row, SHOT_VANISHES) == 1
        for l in range(LANES):
            s[left + l] = max(s[left + l] - ONE, ZERO)
            stays = s[left + l] > ZERO and not (vanishes and s[spent + l] > ZERO) and s[o + ALIVE * LANES + l] > ZERO
            s[left + l] = s[left + l] if stays else ZERO
            s[spent + l] = s[spent + l] if stays else ZERO
            s[o + ALIVE * LANES + l] = ONE if stays else ZERO
            s[o + COS * LANES + l] = s[o + COS * LANES + l] if stays else ONE
            s[o + SIN * LANES + l] = s[o + SIN * LANES + l] if stays else ZERO
        for field in (X, Y, VX, VY, W, SOLID):
            row_at = at(shot, field)
            for l in range(LANES):
                s[row_at + l] = s[row_at + l] if s[o + ALIVE * LANES + l] > ZERO else ZERO
