"""A new episode of one world: draw what is random, put everything in its place. One world at a time."""

import numpy as np

from ...jit.kernel import inner, shared
from ..collision.grid import clear, insert
from ..physics.joints import attach
from ..physics.movers import set_out
from ..world.bodies import at
from ..world.elementary import DEGREE, ONE, ZERO, cos, sin
from ..world.layout.scratch import Integer
from ..world.layout.things import Body, BodyTable, Spawn, SpawnOp
from ..world.layout.world import F, GridTable, Table, Whole
from ..world.rng import begin_episode, normal, turn_to, uniform
from ..world.tables import cell, const, row_count
from .masses import weigh
from .places import CROWD, FINEST, place


@shared
def begin(s, world, keys, lane, scratch):
    """Start the next episode of one world."""
    begin_episode(keys, lane)
    scratch.i[Integer.CROWD] = 1 if cell(world, Table.GRID, 0, GridTable.SIGHT) > 0 else 2
    if scratch.i[Integer.CROWD] == 1:
        clear(world, CROWD, scratch)
    for row in range(world.whole[Whole.FRESH]):
        s[row, lane] = ZERO
    for body in range(world.whole[Whole.BODIES]):
        s[at(body, Body.COS), lane] = ONE
        s[at(body, Body.SAID), lane] = -ONE
    for n in range(row_count(world, Table.SPAWN)):
        _draw(s, world, n, keys, lane, scratch)
    scratch.i[Integer.CROWD] = 0
    for body in range(1, world.whole[Whole.BODIES]):
        s[at(body, Body.START_X), lane] = s[at(body, Body.X), lane]
        s[at(body, Body.START_Y), lane] = s[at(body, Body.Y), lane]
        s[at(body, Body.START_COS), lane] = s[at(body, Body.COS), lane]
        s[at(body, Body.START_SIN), lane] = s[at(body, Body.SIN), lane]
    attach(s, world, lane)


@shared
def _draw(s, world, n, keys, lane, scratch):
    """One line of the spawn table."""
    op = cell(world, Table.SPAWN, n, Spawn.OP)
    row = cell(world, Table.SPAWN, n, Spawn.ROW)
    a, b = cell(world, Table.SPAWN, n, Spawn.A), cell(world, Table.SPAWN, n, Spawn.B)
    if op == SpawnOp.CONST:
        s[row, lane] = const(world, a)
    elif op == SpawnOp.UNIFORM:
        s[row, lane] = const(world, a) + (const(world, a + 1) - const(world, a)) * uniform(keys, lane)
    elif op == SpawnOp.NORMAL:  # kept within 4 deviations and within the limits of the field
        value = const(world, a) + const(world, a + 1) * min(max(normal(keys, lane), -F(4)), F(4))
        s[row, lane] = min(max(value, const(world, a + 2)), const(world, a + 3))
    elif op == SpawnOp.CHOICE:
        pick = min(np.int64(uniform(keys, lane) * F(b)), b - 1)
        s[row, lane] = const(world, a + pick)
    elif op == SpawnOp.MASS:
        weigh(s, world, n, lane)
    elif op == SpawnOp.ANGLE:
        body = cell(world, Table.SPAWN, n, Spawn.ROW)
        angle = s[a, lane] * DEGREE
        s[at(body, Body.COS), lane], s[at(body, Body.SIN), lane] = cos(angle), sin(angle)
    elif op == SpawnOp.PLACE:
        place(s, world, cell(world, Table.SPAWN, n, Spawn.ROW), a, 0, keys, lane, scratch)
    elif op == SpawnOp.SHIFT:
        s[row, lane] += const(world, a)
    elif op == SpawnOp.PATH:
        set_out(s, world, cell(world, Table.SPAWN, n, Spawn.ROW), lane)
    elif op == SpawnOp.SHUFFLE:
        _shuffle(s, cell(world, Table.SPAWN, n, Spawn.ROW), a, keys, lane)
        if scratch.i[Integer.CROWD] == 1:  # some of them stand already, now elsewhere
            clear(world, CROWD, scratch)
            for other in range(1, cell(world, Table.SPAWN, n, Spawn.ROW) + a - 1):
                if s[at(other, Body.ALIVE), lane] > ZERO:
                    _stand(s, world, other, lane, scratch)
    elif op == SpawnOp.STRETCH:
        turn_to(keys, lane, a)
    elif op == SpawnOp.GIVEN:  # goes over what was drawn, which is kept within the range of the param
        drawn = min(max(s[row, lane], const(world, b)), const(world, b + 1))
        s[row, lane] = s[a + 1, lane] if s[a, lane] > ZERO else drawn
    elif op == SpawnOp.COPY:
        s[row, lane] = s[a, lane] * const(world, b)
    elif op == SpawnOp.STAND:
        _stand(s, world, cell(world, Table.SPAWN, n, Spawn.ROW), lane, scratch)


@inner
def _stand(s, world, body, lane, scratch):
    """Add a body that is set up to the crowd that later ones must keep clear of: as wide as the box around its outline, which its reach may not hold."""
    o = at(body, 0)
    reach = s[o + Body.REACH, lane] * (ONE if cell(world, Table.BODY, body, BodyTable.CORNERS) == 1 else F(1.5))
    insert(world, body, (s[o + Body.X, lane], s[o + Body.Y, lane]), reach, FINEST, CROWD, scratch)


@shared
def _shuffle(s, first, count, keys, lane):
    """Exchange the positions of `count` bodies at random (Fisher-Yates)."""
    for k in range(count - 1, 0, -1):
        j = min(np.int64(uniform(keys, lane) * F(k + 1)), k)
        for field in range(2):
            a, b = at(first + k, Body.X + field), at(first + j, Body.X + field)
            s[a, lane], s[b, lane] = s[b, lane], s[a, lane]
