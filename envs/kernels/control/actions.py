"""What policies want becomes acceleration. First phase of the step: actions to drive rows; and, in each substep, drive rows to speed."""

import numpy as np

from ...jit.ir import LANES
from ...jit.kernel import shared
from ..physics.joints import drive_motors
from ..world.bodies import at
from ..world.elementary import ONE, ZERO
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
