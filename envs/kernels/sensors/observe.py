"""What agents see: fills observation rows from the sensor table. Fourth phase of the step, after the rules."""

import numpy as np

from ...jit.ir import LANES
from ...jit.kernel import inner, shared
from ..collision.overlap import touches, touches_wall
from ..world.bodies import at, between, shortest
from ..world.elementary import DEGREE, HALF, ONE, TAU, ZERO, cos, sin
from ..world.layout.programs import Relation, Sense, SenseOp, Side, Team
from ..world.layout.scratch import Area
from ..world.layout.things import Body, Hand
from ..world.layout.world import CLOCK_ROUND, F, GridTable, Real, Table, Walls, Whole
from ..world.rng import normal
from ..world.tables import cell, const, row_count
from .sight import cast, is_hidden, keep_nearest, look_around, touches_any

_HIDDEN = F(1e30)


@shared
def observe(s, world, only, share, scratch, keys, obs):
    """Write the observations of a block's worlds (`share`, see step.work) where `only[lane]` is not zero; those out of the game see zeros."""
    first_world, live, worlds = share
    if cell(world, Table.GRID, 0, GridTable.SIGHT) == 2:
        look_around(s, world, live, scratch)
    for team in range(row_count(world, Table.TEAM)):
        size, agents = cell(world, Table.TEAM, team, Team.OBS), cell(world, Table.TEAM, team, Team.AGENTS)
        for agent in range(agents):
            body = cell(world, Table.TEAM, team, Team.FIRST) + agent
            for n in range(cell(world, Table.TEAM, team, Team.SENSE), cell(world, Table.TEAM, team, Team.SENSE_END)):
                _sense(s, world, n, body, live, scratch, keys, only)
            first = cell(world, Table.TEAM, team, Team.OBS_OFFSET) * worlds + (first_world * agents + agent) * size
            _emit(s, world, body, (first, size, agents * size), only, live, scratch.f, obs)


@shared
def _emit(s, world, body, place, only, live, stage, obs):
    """Clamp the staged rows (unless the game asks for raw units) and turn them round: from lanes of numbers to numbers of worlds.

    `place`: where the first world's numbers go, how many they are, and how far the next world's are.
    """
    first, size, stride = place
    alive = at(body, Body.ALIVE)
    limit = world.real[Real.LIMIT]
    for column in range(size):
        o = Area.STAGE + column
        for l in range(LANES):
            stage[o, l] = min(max(stage[o, l], -limit), limit) * s[alive, l]
    for l in range(live):
        if only[l] != 0:
            base = first + l * stride
            for column in range(size):
                obs[base + column] = stage[Area.STAGE + column, l]


@shared
def _sense(s, world, n, body, live, scratch, keys, only):
    op, column = cell(world, Table.SENSE, n, Sense.OP), cell(world, Table.SENSE, n, Sense.COLUMN)
    a, b, c = cell(world, Table.SENSE, n, Sense.A), cell(world, Table.SENSE, n, Sense.B), cell(world, Table.SENSE, n, Sense.C)
    stage, o = scratch.f, Area.STAGE + column
    if op == SenseOp.SELF:  # field a of the agent, times a constant
        row, scale = at(body, a), const(world, b)
        for l in range(LANES):
            stage[o, l] = s[row, l] * scale
    elif op == SenseOp.ROW:  # row a + (body - c) * d of the world, times a constant
        row, scale = a + (body - c) * cell(world, Table.SENSE, n, Sense.D), const(world, b)
        for l in range(LANES):
            stage[o, l] = s[row, l] * scale
    elif op == SenseOp.ONE_HOT:  # row a as one of b values from c
        for k in range(b):
            value = F(c + k)
            for l in range(LANES):
                stage[o + k, l] = ONE if s[a, l] == value else ZERO
    elif op == SenseOp.SELECT:
        _select(s, world, n, body, live, scratch)
    elif op == SenseOp.PAIR:
        _pair(s, world, n, body, scratch)
    elif op == SenseOp.ITEM:
        _item(s, world, n, scratch)
    elif op == SenseOp.DISTANCE:
        _distance(s, world, n, body, scratch)
    elif op == SenseOp.SEEN:
        seen = Area.SEEN + a
        for l in range(LANES):
            stage[o, l] = stage[seen, l]
    elif op == SenseOp.RAYS:
        _rays(s, world, n, body, live, scratch)
    elif op == SenseOp.TOUCH:
        _touch(s, world, n, body, live, scratch)
    elif op == SenseOp.SAID:
        row, value, pick = a, F(b), scratch.pick
        for l in range(LANES):
            stage[o, l] = stage[Area.SEEN + row, l] if s[pick[row, l] + Body.SAID, l] == value else ZERO
    elif op == SenseOp.MINE:  # whether the agent's hands (rows b, those of body c) hold pick a
        row, own, wanted = Area.PICK + a, b + (body - c) * Hand.ROWS, Area.SEEN + a
        for l in range(LANES):
            stage[o, l] = stage[wanted, l] if stage[row, l] == s[own, l] else ZERO
    elif op == SenseOp.SQUASH:  # what has no bound on these sides of 0 (a, of ABOVE and BELOW) goes into (-1, 1), and keeps its order
        for l in range(LANES):
            value, side = stage[o, l], Side.BELOW if stage[o, l] < ZERO else Side.ABOVE
            stage[o, l] = value / (ONE + np.abs(value)) if (a & side) != 0 else value
    elif op == SenseOp.CLOCK:  # decisions so far in a game that may be longer than one row can count, times constant b
        row, rounds, scale = world.whole[Whole.CLOCK], world.whole[Whole.ROUNDS], const(world, b)
        for l in range(LANES):
            stage[o, l] = (s[rounds, l] * F(CLOCK_ROUND) + s[row, l]) * scale
    elif op == SenseOp.HEAR:
        _hear(s, world, n, body, scratch)
    elif op == SenseOp.NOISE:
        _noise(world, n, only, live, scratch, keys)


@inner
def _touch(s, world, n, body, live, scratch):
    """Whether an agent touches something. Columns: A the first body, 0 for walls; B how many bodies."""
    first, count = cell(world, Table.SENSE, n, Sense.A), cell(world, Table.SENSE, n, Sense.B)
    o = Area.STAGE + cell(world, Table.SENSE, n, Sense.COLUMN)
    for l in range(live):
        touched = touches_wall(s, world, body, l, scratch) if first == 0 else False
        if cell(world, Table.GRID, 0, GridTable.SIGHT) == 2:
            touched = touched or touches_any(s, world, body, first, count, l, scratch)
        else:
            for other in range(first, first + count):
                if other != body and not touched:
                    touched = touches(s, world, body, other, l, scratch)
        scratch.f[o, l] = ONE if touched else ZERO


@inner
def _noise(world, n, only, live, scratch, keys):
    """Columns: A how many numbers from its column on, B their deviations (constants from there on), C - 1 the pick they are about, if it is seen."""
    a, b, c = cell(world, Table.SENSE, n, Sense.A), cell(world, Table.SENSE, n, Sense.B), cell(world, Table.SENSE, n, Sense.C)
    stage, o = scratch.f, Area.STAGE + cell(world, Table.SENSE, n, Sense.COLUMN)
    for l in range(live):
        if only[l] != 0:
            for k in range(a):
                error = const(world, b + k) * normal(keys, l)
                stage[o + k, l] += error if c == 0 or stage[Area.SEEN + c - 1, l] != ZERO else ZERO


@shared
def _select(s, world, n, body, live, scratch):
    """Choose which bodies a sensor looks at: the nearest of the candidates, or all in order.

    Columns: A first candidate, B how many, C how many to keep, D 1 to sort, E greatest distance (constant; 0 none), G cosine of half the field of view
    (constant; below -1 none), H 1 if solids hide what is behind them. Written: Area.PICK (bodies), Area.SEEN (1 or 0), `scratch.pick` (first rows of
    the bodies).
    """
    first, count, keep = cell(world, Table.SENSE, n, Sense.A), cell(world, Table.SENSE, n, Sense.B), cell(world, Table.SENSE, n, Sense.C)
    reach, cosine, hides = (
        const(world, cell(world, Table.SENSE, n, Sense.E)),
        const(world, cell(world, Table.SENSE, n, Sense.G)),
        cell(world, Table.SENSE, n, Sense.H),
    )
    by_grid = cell(world, Table.GRID, 0, GridTable.SIGHT) == 2 and cell(world, Table.SENSE, n, Sense.D) == 1
    if by_grid and count * (keep + 1) >= cell(world, Table.GRID, 0, GridTable.NEAREST) * live:
        for l in range(live):
            keep_nearest(s, world, body, (first, count), keep, (reach, cosine, hides), l, scratch)
        return
    m = 0
    for other in range(first, first + count):
        if other != body:
            row = Area.FAR + m
            _measure(s, world, body, other, row, scratch.f)
            if reach > ZERO or cosine >= -ONE:
                _limit_view(s, world, body, other, row, (reach, cosine), scratch.f)
            if hides == 1:
                _hide(s, world, body, other, row, live, scratch)
            m += 1
    _keep(body, first, m, keep, cell(world, Table.SENSE, n, Sense.D), scratch)


@shared
def _measure(s, world, body, other, row, f):
    """Squared distance of a candidate; _HIDDEN for one out of the game."""
    alive, wraps = at(other, Body.ALIVE), world.whole[Whole.WALLS] == Walls.WRAP
    for l in range(LANES):
        dx, dy = between(s, world, wraps, body, other, l)
        f[row, l] = dx * dx + dy * dy if s[alive, l] > ZERO else _HIDDEN


@shared
def _limit_view(s, world, body, other, row, view, f):
    """Hide what is too far away or outside the field of view."""
    reach, cosine = view
    sc, sd, wraps = at(body, Body.COS), at(body, Body.SIN), world.whole[Whole.WALLS] == Walls.WRAP
    for l in range(LANES):
        d = f[row, l]
        seen = reach <= ZERO or d <= reach * reach
        dx, dy = between(s, world, wraps, body, other, l)
        ahead = dx * s[sc, l] + dy * s[sd, l]
        seen = seen and (cosine < -ONE or ahead >= cosine * np.sqrt(d))
        f[row, l] = d if seen else _HIDDEN


@shared
def _hide(s, world, body, other, row, live, scratch):
    """Mark a candidate hidden where another solid body crosses the line of sight between the centres."""
    far = scratch.f
    wraps = world.whole[Whole.WALLS] == Walls.WRAP
    for l in range(live):
        if far[row, l] < _HIDDEN:
            x, y = s[at(body, Body.X), l], s[at(body, Body.Y), l]
            length = np.sqrt(far[row, l])
            if length > F(1e-6):
                dx, dy = between(s, world, wraps, body, other, l)
                if is_hidden(s, world, body, other, l, (x, y, dx / length, dy / length), length, scratch):
                    far[row, l] = _HIDDEN


@shared
def _keep(body, first, count, keep, sort, scratch):
    """Fill the picks from the candidates' distances: in order, or nearest first: each time the nearest of those behind the last one (ties go to the lower index)."""
    f, pick, best = scratch.f, scratch.pick, Area.MASK
    skips = body >= first  # the agent itself stands among the candidates and is left out
    for k in range(keep):
        row, chosen = k, Area.PICK + k
        if sort == 0:
            other = F(first + k + 1 if skips and first + k >= body else first + k) if k < count else ZERO
            for l in range(LANES):
                f[chosen, l] = other
                f[Area.SEEN + row, l] = ONE if k < count and f[Area.FAR + row, l] < _HIDDEN else ZERO
        else:
            before = Area.PICK + max(k - 1, 0)
            for l in range(LANES):
                f[Area.HELD, l] = -ONE if k == 0 else f[best, l]
                f[best, l] = _HIDDEN
                f[chosen, l] = ZERO
            for m in range(count):
                o, other = Area.FAR + m, F(first + m + 1 if skips and first + m >= body else first + m)
                for l in range(LANES):
                    far, last = f[o, l], f[Area.HELD, l]
                    left = far > last or (far == last and other > f[before, l])
                    better = left and far < f[best, l]
                    f[chosen, l] = other if better else f[chosen, l]
                    f[best, l] = far if better else f[best, l]
            for l in range(LANES):
                f[Area.SEEN + row, l] = ONE if f[best, l] < _HIDDEN else ZERO
        for l in range(LANES):
            pick[row, l] = np.int64(f[chosen, l]) * Body.ROWS


@shared
def _pair(s, world, n, body, scratch):
    """A vector field of one pick.

    Columns: A which pick, B field, C and D scales of x and y (constants), E one of Relation, G 1: body frame, H the only
    candidate's body where every world picks the same (else 0).
    """
    row, field = cell(world, Table.SENSE, n, Sense.A), cell(world, Table.SENSE, n, Sense.B)
    kx, ky = const(world, cell(world, Table.SENSE, n, Sense.C)), const(world, cell(world, Table.SENSE, n, Sense.D))
    o, stage, pick = Area.STAGE + cell(world, Table.SENSE, n, Sense.COLUMN), scratch.f, scratch.pick
    mine, known, relative = at(body, field), cell(world, Table.SENSE, n, Sense.H), cell(world, Table.SENSE, n, Sense.E) == Relation.RELATIVE
    base = ONE if relative else ZERO
    if known > 0:
        theirs = at(known, field)
        for l in range(LANES):
            stage[o, l] = s[theirs, l]
            stage[o + 1, l] = s[theirs + 1, l]
    else:
        for l in range(LANES):
            there = pick[row, l] + field
            stage[o, l] = s[there, l]
            stage[o + 1, l] = s[there + 1, l]
    turned = cell(world, Table.SENSE, n, Sense.G) == 1
    if turned or world.whole[Whole.WALLS] == Walls.WRAP:
        _turn_pair(s, world, body, o, mine, base, turned, relative and field == Body.X and world.whole[Whole.WALLS] == Walls.WRAP, stage)
        base = ZERO
    for l in range(LANES):
        seen = stage[Area.SEEN + row, l]
        stage[o, l] = (stage[o, l] - base * s[mine, l]) * (kx * seen)
        stage[o + 1, l] = (stage[o + 1, l] - base * s[mine + 1, l]) * (ky * seen)


@shared
def _turn_pair(s, world, body, o, mine, base, turned, wraps, stage):
    """Take the agent's own value off a staged pair, the short way round where the world wraps, and turn it to the agent's heading."""
    c, d = at(body, Body.COS), at(body, Body.SIN)
    for l in range(LANES):
        x, y = stage[o, l] - base * s[mine, l], stage[o + 1, l] - base * s[mine + 1, l]
        x, y = shortest(world, wraps, x, y)
        stage[o, l] = s[c, l] * x + s[d, l] * y if turned else x
        stage[o + 1, l] = s[c, l] * y - s[d, l] * x if turned else y


@shared
def _item(s, world, n, scratch):
    """One number of one pick. Columns: A which pick, B row of the first body of its kind, C that body, D rows a body, E scale (constant)."""
    row, f = cell(world, Table.SENSE, n, Sense.A), scratch.f
    base, first, stride = cell(world, Table.SENSE, n, Sense.B), cell(world, Table.SENSE, n, Sense.C), cell(world, Table.SENSE, n, Sense.D)
    o, scale = Area.STAGE + cell(world, Table.SENSE, n, Sense.COLUMN), const(world, cell(world, Table.SENSE, n, Sense.E))
    for l in range(LANES):
        body = max(np.int64(f[Area.PICK + row, l]), first)
        f[o, l] = s[base + (body - first) * stride, l] * scale * f[Area.SEEN + row, l]


@shared
def _distance(s, world, n, body, scratch):
    """How far a pick is. Columns: A which pick, C scale (constant)."""
    row, f, pick = cell(world, Table.SENSE, n, Sense.A), scratch.f, scratch.pick
    scale, o = const(world, cell(world, Table.SENSE, n, Sense.C)), Area.STAGE + cell(world, Table.SENSE, n, Sense.COLUMN)
    x, y, wraps = at(body, Body.X), at(body, Body.Y), world.whole[Whole.WALLS] == Walls.WRAP
    for l in range(LANES):
        dx, dy = shortest(world, wraps, s[pick[row, l], l] - s[x, l], s[pick[row, l] + 1, l] - s[y, l])
        f[o, l] = np.sqrt(dx * dx + dy * dy) * scale * f[Area.SEEN + row, l]


@shared
def _rays(s, world, n, body, live, scratch):
    """Rays fanned around the heading.

    Columns: A how many, B kinds whose bodies stand in rows of this table from C on, D range (constant),
    E field of view [degrees] (constant), G 1 if walls are among the kinds (as the last flag), H 1 for metres rather than shares of the range.

    For each ray: distance over range (1: nothing), then one flag for each kind. Kinds not listed still block the view.
    """
    rays, kinds, table = cell(world, Table.SENSE, n, Sense.A), cell(world, Table.SENSE, n, Sense.B), cell(world, Table.SENSE, n, Sense.C)
    reach, fan, walls = (
        const(world, cell(world, Table.SENSE, n, Sense.D)),
        const(world, cell(world, Table.SENSE, n, Sense.E)) * DEGREE,
        cell(world, Table.SENSE, n, Sense.G),
    )
    column, width = cell(world, Table.SENSE, n, Sense.COLUMN), 1 + kinds + walls
    for l in range(live):
        x, y = s[at(body, Body.X), l], s[at(body, Body.Y), l]
        c, d = s[at(body, Body.COS), l], s[at(body, Body.SIN), l]
        for k in range(rays):
            full = fan > TAU - F(1e-3)
            spread = fan * F(k) / F(rays) if full or rays == 1 else fan * (F(k) / F(rays - 1) - HALF)
            ca, sa = cos(spread), sin(spread)
            dx, dy = c * ca - d * sa, d * ca + c * sa
            hit, best = cast(s, world, body, l, (x, y, dx, dy), reach, (table, kinds, walls), scratch)
            o = Area.STAGE + column + k * width
            scratch.f[o, l] = best if cell(world, Table.SENSE, n, Sense.H) == 1 else min(best / reach, ONE)
            for kind in range(kinds + walls):
                scratch.f[o + 1 + kind, l] = ONE if kind == hit else ZERO


@shared
def _hear(s, world, n, body, scratch):
    """What one speaker said, one-hot. Columns: A the speaker's body, B symbols, C range (constant; 0: everywhere)."""
    speaker, symbols, reach = (
        cell(world, Table.SENSE, n, Sense.A),
        cell(world, Table.SENSE, n, Sense.B),
        const(world, cell(world, Table.SENSE, n, Sense.C)),
    )
    said, wraps = at(speaker, Body.SAID), world.whole[Whole.WALLS] == Walls.WRAP
    for l in range(LANES):
        dx, dy = between(s, world, wraps, body, speaker, l)
        scratch.f[Area.MASK, l] = s[said, l] if reach <= ZERO or dx * dx + dy * dy <= reach * reach else -ONE
    for k in range(symbols):
        o, value = Area.STAGE + cell(world, Table.SENSE, n, Sense.COLUMN) + k, F(k)
        for l in range(LANES):
            scratch.f[o, l] = ONE if scratch.f[Area.MASK, l] == value else ZERO
