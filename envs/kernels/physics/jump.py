"""A jump-and-run drive, seen from the side: walks on what is below it, jumps only from there, steers a little in the air.

Ground is whatever pushed its bottom in the last tick: floor, thing, mover or another agent. Walking is relative to the ground's surface where the feet
stand, so that whoever stands on something that moves is carried; the ground gets the recoil of a jump.
"""

import numpy as np

from ...jit.ir import LANES
from ...jit.kernel import inner, shared
from ..collision.geometry import FAR
from ..collision.slots import slot_at
from ..world.bodies import at, own_row
from ..world.elementary import HALF, ONE, ZERO
from ..world.layout.scratch import Slot, SlotWord
from ..world.layout.things import Body, BodyTable, Drive, Jump
from ..world.layout.world import F, Real, Table, Whole
from ..world.tables import cell

_FLOOR = F(0.64)
"""Cosine of the steepest ground that feet stand on: 50 degrees."""


@inner
def upwards(world):
    """Unit vector against gravity."""
    gx, gy = world.real[Real.GRAVITY_X], world.real[Real.GRAVITY_Y]
    size = np.sqrt(gx * gx + gy * gy)
    return (-gx / size if size > ZERO else ZERO), (-gy / size if size > ZERO else ONE)


@shared
def run_and_jump(s, world, body, h):
    """One substep of a jumper.

    On the ground its speed along it goes for the wished one; in the air it is only ever pushed towards that, never braked. The take-off speed is the one
    that reaches the height in steps of h: a body that loses g h of its speed before each step rises (v - g h / 2)^2 / (2 g).
    """
    o = at(body, 0)
    grounded, air, ready = own_row(world, body, Jump.GROUNDED), own_row(world, body, Jump.AIR), own_row(world, body, Jump.READY)
    nx, ny, gx, gy = (
        own_row(world, body, Jump.NX),
        own_row(world, body, Jump.NY),
        own_row(world, body, Jump.VX),
        own_row(world, body, Jump.VY),
    )
    height, share, coyote = own_row(world, body, Jump.HEIGHT), own_row(world, body, Jump.AIR_SHARE), own_row(world, body, Jump.COYOTE)
    kick = own_row(world, body, Jump.KICK)
    ux, uy = upwards(world)
    weight = np.sqrt(world.real[Real.GRAVITY_X] * world.real[Real.GRAVITY_X] + world.real[Real.GRAVITY_Y] * world.real[Real.GRAVITY_Y])
    hits = 0
    for l in range(LANES):
        vx, vy = s[o + Body.VX, l], s[o + Body.VY, l]
        wish, most = s[o + Body.DRIVE_X, l] * s[o + Body.TOP_SPEED, l], h * s[o + Body.ACCEL, l]
        stands = s[grounded, l] > ZERO
        tx, ty = (s[ny, l] if stands else uy), (-s[nx, l] if stands else -ux)
        speed = (vx - (s[gx, l] if stands else ZERO)) * tx + (vy - (s[gy, l] if stands else ZERO)) * ty
        most = most if stands else most * s[share, l]
        change = min(max(wish - speed, -most), most)
        drifts = not stands and wish * change <= ZERO  # in the air, and already as fast
        change = ZERO if drifts else change
        vx, vy = vx + change * tx, vy + change * ty
        pressed = s[o + Body.DRIVE_Y, l] > ZERO
        jumps = pressed and s[ready, l] > ZERO and s[air, l] <= s[coyote, l]
        pull = weight * s[o + Body.GRAVITY, l]
        rise = s[gx, l] * ux + s[gy, l] * uy + HALF * pull * h + np.sqrt(max(F(2) * pull * s[height, l], ZERO))
        gain = max(rise - (vx * ux + vy * uy), ZERO) if jumps else ZERO
        s[o + Body.VX, l], s[o + Body.VY, l] = vx + gain * ux, vy + gain * uy
        s[kick, l] = gain
        s[ready, l] = ZERO if jumps else (s[ready, l] if pressed else ONE)
        s[air, l] = FAR if jumps else s[air, l]
        s[grounded, l] = ZERO if jumps else s[grounded, l]
        hits += 1 if gain > ZERO else 0
    if hits > 0:
        _recoil(s, world, body, kick, ux, uy)


@inner
def could_jump(s, world, body, lane):
    """Whether wanting to jump could do anything in the decision to come: begin a jump, or as long as it is held put off the next one.

    Where a decision has several ticks, who lands in the first one jumps in the second, which nobody can foresee.
    """
    air, coyote = own_row(world, body, Jump.AIR), own_row(world, body, Jump.COYOTE)
    ready = own_row(world, body, Jump.READY)
    return world.whole[Whole.TICKS] > 1 or s[ready, lane] == ZERO or s[air, lane] <= s[coyote, lane]


@shared
def _recoil(s, world, body, kick, ux, uy):
    """Push the ground down by what the jumper gained, but no faster than that: a feather underfoot must not become a bullet."""
    mass, ground = at(body, Body.INV_MASS), own_row(world, body, Jump.GROUND)
    for l in range(LANES):
        if s[kick, l] > ZERO:
            o = at(np.int64(s[ground, l]), 0)
            back = s[kick, l] * min(s[o + Body.INV_MASS, l] / s[mass, l], ONE)
            s[o + Body.VX, l] -= back * ux
            s[o + Body.VY, l] -= back * uy


@inner
def _body_at(row):
    """The body whose rows begin at a row."""
    return row // Body.ROWS


@shared
def free_feet(s, world, slots, scratch):
    """Take friction off where the drive does its work: under feet that walk. And off a jumper's sides, or it would hang on walls it runs against."""
    ux, uy = upwards(world)
    c, u = scratch.slots, scratch.u
    for slot in range(slots):
        k, ids = slot_at(slot, 0), slot * SlotWord.SIZE
        for l in range(LANES):
            a, b = _body_at(u[ids + SlotWord.BODY_A, l]), _body_at(u[ids + SlotWord.BODY_B, l])
            if cell(world, Table.BODY, a, BodyTable.DRIVE) == Drive.JUMP or cell(world, Table.BODY, b, BodyTable.DRIVE) == Drive.JUMP:
                up = c[k + Slot.NX, l] * ux + c[k + Slot.NY, l] * uy
                upper = b if up > ZERO else a
                walks = cell(world, Table.BODY, upper, BodyTable.DRIVE) == Drive.JUMP and s[at(upper, Body.DRIVE_X), l] != ZERO
                if walks or np.abs(up) < _FLOOR:
                    c[k + Slot.FRICTION, l] = ZERO


@shared
def find_ground(s, world, slots, scratch):
    """Note who stands on what at the end of a tick: of all that pushed a jumper from below, the flattest."""
    tick = world.real[Real.TICK]
    for body in range(1, world.whole[Whole.BODIES]):
        if cell(world, Table.BODY, body, BodyTable.DRIVE) == Drive.JUMP:
            grounded, air = own_row(world, body, Jump.GROUNDED), own_row(world, body, Jump.AIR)
            for l in range(LANES):
                s[grounded, l] = ZERO
                s[air, l] = min(s[air, l] + tick, FAR)
    c, u = scratch.slots, scratch.u
    for slot in range(slots):
        k, ids = slot_at(slot, 0), slot * SlotWord.SIZE
        for l in range(LANES):
            if c[k + Slot.PEAK, l] > ZERO:
                a, b = _body_at(u[ids + SlotWord.BODY_A, l]), _body_at(u[ids + SlotWord.BODY_B, l])
                nx, ny = c[k + Slot.NX, l], c[k + Slot.NY, l]
                if cell(world, Table.BODY, b, BodyTable.DRIVE) == Drive.JUMP:
                    _stand(s, world, b, a, l, (nx, ny), (c[k + Slot.AX, l], c[k + Slot.AY, l]))
                if cell(world, Table.BODY, a, BodyTable.DRIVE) == Drive.JUMP:
                    _stand(s, world, a, b, l, (-nx, -ny), (c[k + Slot.BX, l], c[k + Slot.BY, l]))


@shared
def _stand(s, world, body, ground, l, normal, arm):
    """Let a body stand on another if the normal points up enough and more than that of what it stands on, and it doesn't fly off.

    `arm`: from the centre of the ground to the contact point.
    """
    nx, ny = normal
    px, py = arm
    ux, uy = upwards(world)
    up = nx * ux + ny * uy
    grounded, air = own_row(world, body, Jump.GROUNDED), own_row(world, body, Jump.AIR)
    ox, oy = own_row(world, body, Jump.NX), own_row(world, body, Jump.NY)
    if up < _FLOOR or (s[grounded, l] > ZERO and up <= s[ox, l] * ux + s[oy, l] * uy):
        return
    o, g = at(body, 0), at(ground, 0)
    belt, spin = s[g + Body.SURFACE, l], s[g + Body.SPIN, l]
    vx, vy = (
        s[g + Body.VX, l] - spin * py + belt * ny + ZERO,
        s[g + Body.VY, l] + spin * px - belt * nx + ZERO,
    )  # + 0: see physics.settle_zeros
    if (s[o + Body.VX, l] - vx) * nx + (s[o + Body.VY, l] - vy) * ny > world.real[Real.BOUNCE_SPEED]:
        return
    s[grounded, l], s[air, l] = ONE, ZERO
    s[ox, l], s[oy, l] = nx, ny
    s[own_row(world, body, Jump.VX), l], s[own_row(world, body, Jump.VY), l] = vx, vy
    s[own_row(world, body, Jump.GROUND), l] = F(ground)
