"""What moves a body of its own accord: from wished-for motion to acceleration, for each kind of drive."""

import numpy as np

from ...jit.ir import LANES
from ...jit.kernel import inner, shared
from ..world.bodies import at
from ..world.elementary import HALF, ONE
from ..world.layout.things import Body, BodyTable, Drive
from ..world.layout.world import Table
from ..world.tables import cell
from .car import roll_on_tyres
from .jump import run_and_jump


@shared
def accelerate(s, world, body, h):
    """One substep of a body's drive."""
    drive = cell(world, Table.BODY, body, BodyTable.DRIVE)
    if drive == Drive.THRUST:
        _thrust(s, body, h)
    elif drive == Drive.WALK:
        _walk(s, body, h)
    elif drive == Drive.TANK:
        _roll(s, body, h)
    elif drive == Drive.ROCKET:
        _burn(s, body, h)
    elif drive == Drive.CAR:
        roll_on_tyres(s, world, body, h)
    elif drive == Drive.JUMP:
        run_and_jump(s, world, body, h)


@inner
def _limit(vx, vy, old_x, old_y, top):
    """A drive adds no speed beyond its top speed, but does not brake what a push made faster."""
    speed = vx * vx + vy * vy
    most = max(top * top, old_x * old_x + old_y * old_y)
    scale = np.sqrt(most / speed) if speed > most else ONE
    return vx * scale, vy * scale


@inner
def _thrust(s, body, h):
    o = at(body, 0)
    for l in range(LANES):
        vx, vy = s[o + Body.VX, l], s[o + Body.VY, l]
        ux, uy = s[o + Body.DRIVE_X, l], s[o + Body.DRIVE_Y, l]
        push = h * s[o + Body.ACCEL, l] / max(ONE, np.sqrt(ux * ux + uy * uy))
        nx, ny = _limit(vx + push * ux, vy + push * uy, vx, vy, s[o + Body.TOP_SPEED, l])
        s[o + Body.VX, l], s[o + Body.VY, l] = nx, ny


@inner
def _approach(s, o, l, goal_x, goal_y, most):
    """Change a velocity towards a goal by at most `most` [m/s]."""
    dx, dy = goal_x - s[o + Body.VX, l], goal_y - s[o + Body.VY, l]
    length = np.sqrt(dx * dx + dy * dy)
    scale = most / length if length > most else ONE
    s[o + Body.VX, l] += dx * scale
    s[o + Body.VY, l] += dy * scale


@inner
def _walk(s, body, h):
    o = at(body, 0)
    for l in range(LANES):
        ux, uy = s[o + Body.DRIVE_X, l], s[o + Body.DRIVE_Y, l]
        top = s[o + Body.TOP_SPEED, l] * s[o + Body.ALIVE, l] / max(ONE, np.sqrt(ux * ux + uy * uy))
        _approach(s, o, l, ux * top, uy * top, h * s[o + Body.ACCEL, l])


@inner
def _roll(s, body, h):
    """Tracks: speed along the heading only, turning in place."""
    o = at(body, 0)
    for l in range(LANES):
        goal = s[o + Body.DRIVE_X, l] * s[o + Body.TOP_SPEED, l]
        _approach(s, o, l, goal * s[o + Body.COS, l], goal * s[o + Body.SIN, l], h * s[o + Body.ACCEL, l])
        s[o + Body.SPIN, l] = s[o + Body.DRIVE_Y, l] * s[o + Body.TURN_RATE, l]


@inner
def _burn(s, body, h):
    """A main engine along the heading (throttle -1 is off, 1 is full) and jets that turn."""
    o = at(body, 0)
    for l in range(LANES):
        vx, vy = s[o + Body.VX, l], s[o + Body.VY, l]
        push = h * s[o + Body.ACCEL, l] * HALF * (ONE + s[o + Body.DRIVE_X, l]) * s[o + Body.ALIVE, l]
        nx, ny = _limit(vx + push * s[o + Body.COS, l], vy + push * s[o + Body.SIN, l], vx, vy, s[o + Body.TOP_SPEED, l])
        s[o + Body.VX, l], s[o + Body.VY, l] = nx, ny
        s[o + Body.SPIN, l] += h * s[o + Body.DRIVE_Y, l] * s[o + Body.TURN_RATE, l]
