"""Projectiles: fired before physics, spent when they hit, gone at the end of the decision. They wait in a pool of each agent, absent.

What is absent in all worlds of a block costs one test of its presence: its pairs stand together at the end of the pair table.
"""

import numpy as np

from ...jit.ir import LANES
from ...jit.kernel import inner, shared
from ..world.bodies import at, forget_meetings
from ..world.elementary import HALF, ONE, ZERO, cos, sin
from ..world.layout.scratch import Area
from ..world.layout.things import Body, Gun, Shot
from ..world.layout.world import F, Table, Whole
from ..world.rng import uniform
from ..world.tables import cell, const, row_count
from .choices import direction


@shared
def shoot(s, world, live, scratch, keys):
    """Fire what the actions ask for (in scratch from Area.ACTION on), where the trigger is ready, ammunition is left and a projectile is free."""
    for gun in range(row_count(world, Table.GUN)):
        body, trigger = cell(world, Table.GUN, gun, Gun.BODY), Area.ACTION + cell(world, Table.GUN, gun, Gun.ACTION)
        reload, alive = cell(world, Table.GUN, gun, Gun.RELOAD), at(body, Body.ALIVE)
        hits = 0
        for l in range(LANES):
            s[reload, l] = max(s[reload, l] - ONE, ZERO)
            pulls = scratch.f[trigger, l] > ZERO and s[reload, l] == ZERO and s[alive, l] > ZERO
            hits += 1 if pulls else 0
        if hits > 0:
            for l in range(live):
                if scratch.f[trigger, l] > ZERO and s[reload, l] == ZERO and s[alive, l] > ZERO:
                    _fire(s, world, gun, l, scratch, keys)


@inner
def could_fire(s, world, gun, lane):
    """Whether the trigger could do anything in the decision to come: an empty pool does, as the shot that fails is counted."""
    ammo, reload = cell(world, Table.GUN, gun, Gun.AMMO), cell(world, Table.GUN, gun, Gun.RELOAD)
    return s[reload, lane] <= ONE and (ammo < 0 or s[max(ammo, 0), lane] >= ONE)


@shared
def _fire(s, world, gun, lane, scratch, keys):
    """Let one agent of one world shoot, from its own centre: so no wall is thin enough to shoot through from its other side."""
    ammo = cell(world, Table.GUN, gun, Gun.AMMO)
    if ammo >= 0 and s[max(ammo, 0), lane] < ONE:
        return
    first = cell(world, Table.GUN, gun, Gun.SHOT)
    row = first
    while row < first + cell(world, Table.GUN, gun, Gun.SHOTS) and s[at(cell(world, Table.SHOT, row, Shot.BODY), Body.ALIVE), lane] > ZERO:
        row += 1
    if row == first + cell(world, Table.GUN, gun, Gun.SHOTS):
        s[world.whole[Whole.UNFIRED], lane] += ONE
        return
    if ammo >= 0:
        s[ammo, lane] -= ONE
    s[cell(world, Table.GUN, gun, Gun.RELOAD), lane] = const(world, cell(world, Table.GUN, gun, Gun.COOLDOWN))
    body = cell(world, Table.GUN, gun, Gun.BODY)
    dx, dy = _aim(s, world, gun, body, lane, scratch.f)
    spread = const(world, cell(world, Table.GUN, gun, Gun.SPREAD))
    if spread > ZERO:
        off = spread * (uniform(keys, lane) - HALF)
        c, d = cos(off), sin(off)
        dx, dy = c * dx - d * dy, d * dx + c * dy
    shot, o = cell(world, Table.SHOT, row, Shot.BODY), at(body, 0)
    p, speed = at(shot, 0), const(world, cell(world, Table.GUN, gun, Gun.SPEED))
    s[p + Body.X, lane], s[p + Body.Y, lane] = s[o + Body.X, lane], s[o + Body.Y, lane]
    s[p + Body.VX, lane], s[p + Body.VY, lane] = s[o + Body.VX, lane] + speed * dx, s[o + Body.VY, lane] + speed * dy
    s[p + Body.COS, lane], s[p + Body.SIN, lane], s[p + Body.SPIN, lane] = dx, dy, ZERO
    s[p + Body.ALIVE, lane], s[p + Body.SOLID, lane] = ONE, ONE
    if world.whole[Whole.REST] > 0:
        rest = world.whole[Whole.REST] + 2 * shot
        s[rest, lane], s[rest + 1, lane] = ZERO, ZERO
    s[cell(world, Table.SHOT, row, Shot.LEFT), lane] = const(world, cell(world, Table.GUN, gun, Gun.LIFE))
    s[cell(world, Table.SHOT, row, Shot.SPENT), lane] = ZERO
    forget_meetings(s, world, shot, lane, 1)


@inner
def _aim(s, world, gun, body, lane, f):
    """Unit vector in which an agent shoots."""
    trigger = Area.ACTION + cell(world, Table.GUN, gun, Gun.ACTION)
    dx, dy = s[at(body, Body.COS), lane], s[at(body, Body.SIN), lane]
    if cell(world, Table.GUN, gun, Gun.FREE) == 1:
        if cell(world, Table.GUN, gun, Gun.DISCRETE) == 1:
            dx, dy = direction(np.int64(f[trigger, lane]) - 1)
        else:
            x, y = f[trigger + 1, lane], f[trigger + 2, lane]
            length = np.sqrt(x * x + y * y)
            if length > F(1e-6):
                dx, dy = x / length, y / length
    return dx, dy


@shared
def clear_spent(s, world):
    """At the end of a decision: projectiles that have hit, or whose time is up, leave the world.

    An absent one lies still at the origin, whatever a rule did to it: so its rows say nothing of whether other worlds of the block have it.
    """
    for row in range(row_count(world, Table.SHOT)):
        shot = cell(world, Table.SHOT, row, Shot.BODY)
        left, spent = cell(world, Table.SHOT, row, Shot.LEFT), cell(world, Table.SHOT, row, Shot.SPENT)
        o, vanishes = at(shot, 0), cell(world, Table.SHOT, row, Shot.VANISHES) == 1
        for l in range(LANES):
            s[left, l] = max(s[left, l] - ONE, ZERO)
            stays = s[left, l] > ZERO and not (vanishes and s[spent, l] > ZERO) and s[o + Body.ALIVE, l] > ZERO
            s[left, l] = s[left, l] if stays else ZERO
            s[spent, l] = s[spent, l] if stays else ZERO
            s[o + Body.ALIVE, l] = ONE if stays else ZERO
            s[o + Body.COS, l] = s[o + Body.COS, l] if stays else ONE
            s[o + Body.SIN, l] = s[o + Body.SIN, l] if stays else ZERO
        for field in (Body.X, Body.Y, Body.VX, Body.VY, Body.SPIN, Body.SOLID):
            row_at = at(shot, field)
            for l in range(LANES):
                s[row_at, l] = s[row_at, l] if s[o + Body.ALIVE, l] > ZERO else ZERO
