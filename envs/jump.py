"""A jump-and-run drive, seen from the side: walks on what is below it, jumps only from there, steers a little in the air.

Ground is whatever pushed its bottom in the last tick: floor, thing, mover or another agent. Walking is relative to the ground's surface where the feet
stand, so that whoever stands on something that moves is carried; the ground gets the recoil of a jump.
"""

import numpy as np

from .contacts import slot_at
from .elementary import HALF, ONE, ZERO
from .geometry import FAR, at
from .kernel import inner, shared
from .tables import cell, own_row

# isort: off
from .layout import (
    ACCEL, BODY_ROWS, B_DRIVE, DRIVE_X, DRIVE_Y, D_JUMP, GRAVITY, INV_MASS, JUMP_AIR, JUMP_AIR_SHARE, JUMP_COYOTE, JUMP_GROUND, JUMP_GROUNDED,
    JUMP_HEIGHT, JUMP_KICK, JUMP_NX, JUMP_NY, JUMP_READY, JUMP_VX, JUMP_VY, K_AX, K_AY, K_BX, K_BY, K_FRICTION, K_NX, K_NY, K_PEAK, LANES,
    N_BODIES, N_TICKS, P_BOUNCE_SPEED, P_GRAVITY_X, P_GRAVITY_Y, P_TICK, SLOT_WORDS, SURFACE, TOP_SPEED, U_BODY_A, U_BODY_B, VX, VY,
    W_BODY, F, W,
)  # fmt: skip
# isort: on


_FLOOR = F(0.64)
"""Cosine of the steepest ground that feet stand on: 50 degrees."""


@inner
def upwards(world):
    """Unit vector against gravity."""
    gx, gy = world.real[P_GRAVITY_X], world.real[P_GRAVITY_Y]
    size = np.sqrt(gx * gx + gy * gy)
    return (-gx / size if size > ZERO else ZERO), (-gy / size if size > ZERO else ONE)


@shared
def run_and_jump(s, world, body, h):
    """One substep of a jumper.

    On the ground its speed along it goes for the wished one; in the air it is only ever pushed towards that, never braked. The take-off speed is the one
    that reaches the height in steps of h: a body that loses g h of its speed before each step rises (v - g h / 2)^2 / (2 g).
    """
    o = at(body, 0)
    grounded, air, ready = own_row(world, body, JUMP_GROUNDED), own_row(world, body, JUMP_AIR), own_row(world, body, JUMP_READY)
    nx, ny, gx, gy = own_row(world, body, JUMP_NX), own_row(world, body, JUMP_NY), own_row(world, body, JUMP_VX), own_row(world, body, JUMP_VY)
    height, share, coyote = own_row(world, body, JUMP_HEIGHT), own_row(world, body, JUMP_AIR_SHARE), own_row(world, body, JUMP_COYOTE)
    kick = own_row(world, body, JUMP_KICK)
    ux, uy = upwards(world)
    weight = np.sqrt(world.real[P_GRAVITY_X] * world.real[P_GRAVITY_X] + world.real[P_GRAVITY_Y] * world.real[P_GRAVITY_Y])
    hits = 0
    for l in range(LANES):
        vx, vy = s[o + VX * LANES + l], s[o + VY * LANES + l]
        wish, most = s[o + DRIVE_X * LANES + l] * s[o + TOP_SPEED * LANES + l], h * s[o + ACCEL * LANES + l]
        stands = s[grounded + l] > ZERO
        tx, ty = (s[ny + l] if stands else uy), (-s[nx + l] if stands else -ux)
        speed = (vx - (s[gx + l] if stands else ZERO)) * tx + (vy - (s[gy + l] if stands else ZERO)) * ty
        most = most if stands else most * s[share + l]
        change = min(max(wish - speed, -most), most)
        drifts = not stands and wish * change <= ZERO  # in the air, and already as fast
        change = ZERO if drifts else change
        vx, vy = vx + change * tx, vy + change * ty
        pressed = s[o + DRIVE_Y * LANES + l] > ZERO
        jumps = pressed and s[ready + l] > ZERO and s[air + l] <= s[coyote + l]
        pull = weight * s[o + GRAVITY * LANES + l]
        rise = s[gx + l] * ux + s[gy + l] * uy + HALF * pull * h + np.sqrt(max(F(2) * pull * s[height + l], ZERO))
        gain = max(rise - (vx * ux + vy * uy), ZERO) if jumps else ZERO
        s[o + VX * LANES + l], s[o + VY * LANES + l] = vx + gain * ux, vy + gain * uy
        s[kick + l] = gain
        s[ready + l] = ZERO if jumps else (s[ready + l] if pressed else ONE)
        s[air + l] = FAR if jumps else s[air + l]
        s[grounded + l] = ZERO if jumps else s[grounded + l]
        hits += 1 if gain > ZERO else 0
    if hits > 0:
        _recoil(s, world, body, kick, ux, uy)


@inner
def could_jump(s, world, body, lane):
    """Whether wanting to jump could do anything in the decision to come: begin a jump, or as long as it is held put off the next one.

    Where a decision has several ticks, who lands in the first one jumps in the second, which nobody can foresee.
    """
    air, coyote = own_row(world, body, JUMP_AIR), own_row(world, body, JUMP_COYOTE)
    ready = own_row(world, body, JUMP_READY)
    return world.whole[N_TICKS] > 1 or s[ready + lane] == ZERO or s[air + lane] <= s[coyote + lane]


@shared
def _recoil(s, world, body, kick, ux, uy):
    """Push the ground down by what the jumper gained, but no faster than that: a feather underfoot must not become a bullet."""
    mass, ground = at(body, INV_MASS), own_row(world, body, JUMP_GROUND)
    for l in range(LANES):
        if s[kick + l] > ZERO:
            o = at(np.int64(s[ground + l]), 0) + l
            back = s[kick + l] * min(s[o + INV_MASS * LANES] / s[mass + l], ONE)
            s[o + VX * LANES] -= back * ux
            s[o + VY * LANES] -= back * uy


@inner
def _body_at(index, lane):
    """The body whose rows begin at an index of one lane."""
    return ((index - lane) // (BODY_ROWS * LANES))


@shared
def free_feet(s, world, slots, scratch):
    """Take friction off where the drive does its work: under feet that walk. And off a jumper's sides, or it would hang on walls it runs against."""
    ux, uy = upwards(world)
    c, u = scratch.slots, scratch.u
    for slot in range(slots):
        k, ids = slot_at(slot, 0), slot * SLOT_WORDS
        for l in range(LANES):
            a, b = _body_at(u[ids + U_BODY_A + l], l), _body_at(u[ids + U_BODY_B + l], l)
            if cell(world, W_BODY, a, B_DRIVE) == D_JUMP or cell(world, W_BODY, b, B_DRIVE) == D_JUMP:
                up = c[k + K_NX * LANES + l] * ux + c[k + K_NY * LANES + l] * uy
                upper = b if up > ZERO else a
                walks = cell(world, W_BODY, upper, B_DRIVE) == D_JUMP and s[at(upper, DRIVE_X) + l] != ZERO
                if walks or np.abs(up) < _FLOOR:
                    c[k + K_FRICTION * LANES + l] = ZERO


@shared
def find_ground(s, world, slots, scratch):
    """Note who stands on what at the end of a tick: of all that pushed a jumper from below, the flattest."""
    tick = world.real[P_TICK]
    for body in range(1, world.whole[N_BODIES]):
        if cell(world, W_BODY, body, B_DRIVE) == D_JUMP:
            grounded, air = own_row(world, body, JUMP_GROUNDED), own_row(world, body, JUMP_AIR)
            for l in range(LANES):
                s[grounded + l] = ZERO
                s[air + l] = min(s[air + l] + tick, FAR)
    c, u = scratch.slots, scratch.u
    for slot in range(slots):
        k, ids = slot_at(slot, 0), slot * SLOT_WORDS
        for l in range(LANES):
            if c[k + K_PEAK * LANES + l] > ZERO:
                a, b = _body_at(u[ids + U_BODY_A + l], l), _body_at(u[ids + U_BODY_B + l], l)
                nx, ny = c[k + K_NX * LANES + l], c[k + K_NY * LANES + l]
                if cell(world, W_BODY, b, B_DRIVE) == D_JUMP:
                    _stand(s, world, b, a, l, (nx, ny), (c[k + K_AX * LANES + l], c[k + K_AY * LANES + l]))
                if cell(world, W_BODY, a, B_DRIVE) == D_JUMP:
                    _stand(s, world, a, b, l, (-nx, -ny), (c[k + K_BX * LANES + l], c[k + K_BY * LANES + l]))


@shared
def _stand(s, world, body, ground, l, normal, arm):
    """Let a body stand on another if the normal points up enough and more than that of what it stands on, and it doesn't fly off.

    `arm`: from the centre of the ground to the contact point.
    """
    nx, ny = normal
    px, py = arm
    ux, uy = upwards(world)
    up = nx * ux + ny * uy
    grounded, air = own_row(world, body, JUMP_GROUNDED) + l, own_row(world, body, JUMP_AIR) + l
    ox, oy = own_row(world, body, JUMP_NX) + l, own_row(world, body, JUMP_NY) + l
    if up < _FLOOR or (s[grounded] > ZERO and up <= s[ox] * ux + s[oy] * uy):
        return
    o, g = at(body, 0) + l, at(ground, 0) + l
    belt, spin = s[g + SURFACE * LANES], s[g + W * LANES]
    vx, vy = s[g + VX * LANES] - spin * py + belt * ny + ZERO, s[g + VY * LANES] + spin * px - belt * nx + ZERO  # + 0: see physics.settle_zeros
    if (s[o + VX * LANES] - vx) * nx + (s[o + VY * LANES] - vy) * ny > world.real[P_BOUNCE_SPEED]:
        return
    s[grounded], s[air] = ONE, ZERO
    s[ox], s[oy] = nx, ny
    s[own_row(world, body, JUMP_VX) + l], s[own_row(world, body, JUMP_VY) + l] = vx, vy
    s[own_row(world, body, JUMP_GROUND) + l] = F(ground)
