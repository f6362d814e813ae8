"""What policies want becomes acceleration. First phase of the step: actions to drive rows; and, in each substep, drive rows to speed."""

import numpy as np

from ...jit.ir import LANES
from ...jit.kernel import inner, shared
from ..collision.geometry import at
from ..physics.car import roll_on_tyres
from ..physics.joints import drive_motors
from ..physics.jump import run_and_jump
from ..world.elementary import HALF, ONE, ZERO
from ..world.layout.programs import Agent, Team
from ..world.layout.scratch import Area
from ..world.layout.things import Body, BodyTable, Drive
from ..world.layout.world import F, Table, Whole
from ..world.tables import cell
from .choices import driven
from .hands import take_wishes


@shared
def steer(s, world, actions):
    """Write what each agent wants to its body's rows, to its joints and to its hands. Actions stand in scratch from Area.ACTION on, rows of
    numbers as each agent's action space lists them.
    """
    for agent in range(world.whole[Whole.AGENTS]):
        body, team = cell(world, Table.AGENT, agent, Agent.BODY), cell(world, Table.AGENT, agent, Agent.TEAM)
        first = Area.ACTION + cell(world, Table.AGENT, agent, Agent.ACTION)
        discrete, symbols = cell(world, Table.TEAM, team, Team.DISCRETE), cell(world, Table.TEAM, team, Team.SYMBOLS)
        if cell(world, Table.BODY, body, BodyTable.DRIVE) != Drive.NONE:
            if discrete > 0:
                _choose(s, actions, first, body, cell(world, Table.BODY, body, BodyTable.DRIVE), discrete)
            else:
                _push(s, actions, first, body)
        if symbols > 0:
            _speak(s, actions, first + cell(world, Table.TEAM, team, Team.SPEECH), body, symbols, discrete > 0)
    drive_motors(s, world, actions)
    take_wishes(s, world, actions)


@shared
def _push(s, actions, first, body):
    x, y, alive = at(body, Body.DRIVE_X), at(body, Body.DRIVE_Y), at(body, Body.ALIVE)
    for l in range(LANES):
        s[x, l] = actions[first, l] if s[alive, l] > ZERO else ZERO  # times 0 would leave the sign of what nobody does
        s[y, l] = actions[first + 1, l] if s[alive, l] > ZERO else ZERO


@shared
def _choose(s, actions, first, body, drive, choices):
    """Discrete actions."""
    x, y, alive = at(body, Body.DRIVE_X), at(body, Body.DRIVE_Y), at(body, Body.ALIVE)
    for l in range(LANES):
        dx, dy = driven(drive, np.int64(actions[first, l]), choices)
        s[x, l], s[y, l] = (dx if s[alive, l] > ZERO else ZERO), (dy if s[alive, l] > ZERO else ZERO)


@shared
def _speak(s, actions, first, body, symbols, discrete):
    """The symbol uttered: chosen by number, or the greatest of one number for each symbol."""
    said, alive = at(body, Body.SAID), at(body, Body.ALIVE)
    for l in range(LANES):
        symbol = actions[first, l]
        if not discrete:
            symbol, best = ZERO, actions[first, l]
            for k in range(1, symbols):
                value = actions[first + k, l]
                symbol = F(k) if value > best else symbol
                best = max(value, best)
        s[said, l] = symbol if s[alive, l] > ZERO else -ONE


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
