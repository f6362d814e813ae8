"""What policies want becomes acceleration. First phase of the step: actions to drive rows; and, in each substep, drive rows to speed."""

import numpy as np

from .car import roll_on_tyres
from .choices import driven
from .elementary import HALF, ONE, ZERO
from .geometry import at
from .hands import take_wishes
from .joints import drive_motors
from .jump import run_and_jump
from .kernel import inner, shared
from .tables import cell

# isort: off
from .layout import (
    ACCEL, ALIVE, A_ACTION, A_BODY, A_TEAM, B_DRIVE, COS, DRIVE_X, DRIVE_Y, D_CAR, D_JUMP, D_NONE, D_ROCKET, D_TANK,
    D_THRUST, D_WALK, F_ACTION, G_DISCRETE, G_SPEECH, G_SYMBOLS, LANES, N_AGENTS, SAID, SIN,
    TOP_SPEED, TURN_RATE, VX, VY, W_AGENT, W_BODY, W_TEAM, F, W,
)  # fmt: skip
# isort: on


@shared
def steer(s, world, actions):
    """Write what each agent wants to its body's rows, to its joints and to its hands. Actions stand in scratch from F_ACTION on, rows of
    numbers as each agent's action space lists them.
    """
    for agent in range(world.whole[N_AGENTS]):
        body, team = cell(world, W_AGENT, agent, A_BODY), cell(world, W_AGENT, agent, A_TEAM)
        first = F_ACTION + cell(world, W_AGENT, agent, A_ACTION) * LANES
        discrete, symbols = cell(world, W_TEAM, team, G_DISCRETE), cell(world, W_TEAM, team, G_SYMBOLS)
        if cell(world, W_BODY, body, B_DRIVE) != D_NONE:
            if discrete > 0:
                _choose(s, actions, first, body, cell(world, W_BODY, body, B_DRIVE), discrete)
            else:
                _push(s, actions, first, body)
        if symbols > 0:
            _speak(s, actions, first + cell(world, W_TEAM, team, G_SPEECH) * LANES, body, symbols, discrete > 0)
    drive_motors(s, world, actions)
    take_wishes(s, world, actions)


@shared
def _push(s, actions, first, body):
    x, y, alive = at(body, DRIVE_X), at(body, DRIVE_Y), at(body, ALIVE)
    for l in range(LANES):
        s[x + l] = actions[first + l] if s[alive + l] > ZERO else ZERO  # times 0 would leave the sign of what nobody does
        s[y + l] = actions[first + LANES + l] if s[alive + l] > ZERO else ZERO


@shared
def _choose(s, actions, first, body, drive, choices):
    """Discrete actions."""
    x, y, alive = at(body, DRIVE_X), at(body, DRIVE_Y), at(body, ALIVE)
    for l in range(LANES):
        dx, dy = driven(drive, np.int64(actions[first + l]), choices)
        s[x + l], s[y + l] = (dx if s[alive + l] > ZERO else ZERO), (dy if s[alive + l] > ZERO else ZERO)


@shared
def _speak(s, actions, first, body, symbols, discrete):
    """The symbol uttered: chosen by number, or the greatest of one number for each symbol."""
    said, alive = at(body, SAID), at(body, ALIVE)
    for l in range(LANES):
        symbol = actions[first + l]
        if not discrete:
            symbol, best = ZERO, actions[first + l]
            for k in range(1, symbols):
                value = actions[first + k * LANES + l]
                symbol = F(k) if value > best else symbol
                best = max(value, best)
        s[said + l] = symbol if s[alive + l] > ZERO else -ONE


@shared
def accelerate(s, world, body, h):
    """One substep of a body's drive."""
    drive = cell(world, W_BODY, body, B_DRIVE)
    if drive == D_THRUST:
        _thrust(s, body, h)
    elif drive == D_WALK:
        _walk(s, body, h)
    elif drive == D_TANK:
        _roll(s, body, h)
    elif drive == D_ROCKET:
        _burn(s, body, h)
    elif drive == D_CAR:
        roll_on_tyres(s, world, body, h)
    elif drive == D_JUMP:
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
        vx, vy = s[o + VX * LANES + l], s[o + VY * LANES + l]
        ux, uy = s[o + DRIVE_X * LANES + l], s[o + DRIVE_Y * LANES + l]
        push = h * s[o + ACCEL * LANES + l] / max(ONE, np.sqrt(ux * ux + uy * uy))
        nx, ny = _limit(vx + push * ux, vy + push * uy, vx, vy, s[o + TOP_SPEED * LANES + l])
        s[o + VX * LANES + l], s[o + VY * LANES + l] = nx, ny


@inner
def _approach(s, o, l, goal_x, goal_y, most):
    """Change a velocity towards a goal by at most `most` [m/s]."""
    dx, dy = goal_x - s[o + VX * LANES + l], goal_y - s[o + VY * LANES + l]
    length = np.sqrt(dx * dx + dy * dy)
    scale = most / length if length > most else ONE
    s[o + VX * LANES + l] += dx * scale
    s[o + VY * LANES + l] += dy * scale


@inner
def _walk(s, body, h):
    o = at(body, 0)
    for l in range(LANES):
        ux, uy = s[o + DRIVE_X * LANES + l], s[o + DRIVE_Y * LANES + l]
        top = s[o + TOP_SPEED * LANES + l] * s[o + ALIVE * LANES + l] / max(ONE, np.sqrt(ux * ux + uy * uy))
        _approach(s, o, l, ux * top, uy * top, h * s[o + ACCEL * LANES + l])


@inner
def _roll(s, body, h):
    """Tracks: speed along the heading only, turning in place."""
    o = at(body, 0)
    for l in range(LANES):
        goal = s[o + DRIVE_X * LANES + l] * s[o + TOP_SPEED * LANES + l]
        _approach(s, o, l, goal * s[o + COS * LANES + l], goal * s[o + SIN * LANES + l], h * s[o + ACCEL * LANES + l])
        s[o + W * LANES + l] = s[o + DRIVE_Y * LANES + l] * s[o + TURN_RATE * LANES + l]


@inner
def _burn(s, body, h):
    """A main engine along the heading (throttle -1 is off, 1 is full) and jets that turn."""
    o = at(body, 0)
    for l in range(LANES):
        vx, vy = s[o + VX * LANES + l], s[o + VY * LANES + l]
        push = h * s[o + ACCEL * LANES + l] * HALF * (ONE + s[o + DRIVE_X * LANES + l]) * s[o + ALIVE * LANES + l]
        nx, ny = _limit(vx + push * s[o + COS * LANES + l], vy + push * s[o + SIN * LANES + l], vx, vy, s[o + TOP_SPEED * LANES + l])
        s[o + VX * LANES + l], s[o + VY * LANES + l] = nx, ny
        s[o + W * LANES + l] += h * s[o + DRIVE_Y * LANES + l] * s[o + TURN_RATE * LANES + l]
