"""What agents see: fills observation rows from the sensor table. Fourth phase of the step, after the rules."""

import numpy as np

from .elementary import DEGREE, HALF, ONE, TAU, ZERO, atan2, cos, sin
from .geometry import FAR, at, ray_and_body
from .kernel import inner, shared
from .layout import (
    ALIVE, BODY_ROWS, COS, G_AGENTS, G_FIRST, G_OBS, G_OBS_OFFSET, G_SENSE, G_SENSE_END, LANE_COUNT, LANES, N_BODIES, N_WALLS, P_HALF_H,
    P_HALF_W, P_LIMIT, REACH, S_DISTANCE, S_HEAR, S_ITEM, S_NOISE, S_ONE_HOT, S_PAIR, S_RAYS, S_ROW, S_SAID, S_SEEN, S_SELECT, S_SELF,
    S_TOUCH, SAID, SIN, SOLID, WALLS_SOLID, WALLS_WRAP, F, U, X, Y,
)  # fmt: skip
from .contacts import wrap_shift
from .program import touches, touches_wall
from .rng import normal

_L = LANE_COUNT
_HIDDEN = F(1e9)

# columns of World.sense after the operation: where the numbers go, then what each operation needs
(OP, COLUMN, A, B, C, D, E, G, H, I, J, K) = range(12)
RELATIVE, ABSOLUTE = 0, 1


@shared
def observe(s, world, live, scratch, keys, only, obs, first_world, worlds):
    """Write the observations of a block's worlds where `only[lane]` is not zero; those out of the game see zeros."""
    for team in range(world.team.shape[0]):
        size, agents = world.team[team, G_OBS], world.team[team, G_AGENTS]
        for agent in range(agents):
            body = world.team[team, G_FIRST] + agent
            for n in range(world.team[team, G_SENSE], world.team[team, G_SENSE_END]):
                _sense(s, world, n, body, live, scratch, keys, only)
            _emit(s, world, scratch, body, size, obs, U(world.team[team, G_OBS_OFFSET] * worlds + (first_world * agents + agent) * size),
                  U(agents * size), live, only)  # fmt: skip


@inner
def _emit(s, world, scratch, body, size, obs, first, stride, live, only):
    """Clamp the staged rows (unless the game asks for raw units) and turn them round: from lanes of numbers to numbers of worlds."""
    stage, alive = scratch.stage, at(body, ALIVE)
    limit = world.real[P_LIMIT]
    for column in range(size):
        o = U(column * LANES)
        for l in range(_L):
            stage[o + l] = min(max(stage[o + l], -limit), limit) * s[alive + l]
    for l in range(U(live)):
        if only[l] != 0:
            base = first + l * stride
            for column in range(U(size)):
                obs[base + column] = stage[column * _L + l]


@inner
def _sense(s, world, n, body, live, scratch, keys, only):
    op, column = world.sense[n, OP], world.sense[n, COLUMN]
    a, b, c = world.sense[n, A], world.sense[n, B], world.sense[n, C]
    stage, o = scratch.stage, U(column * LANES)
    if op == S_SELF:  # field a of the agent, times a constant
        row, scale = at(body, a), world.const[b]
        for l in range(_L):
            stage[o + l] = s[row + l] * scale
    elif op == S_ROW:  # row a + (body - c) * d of the world, times a constant
        row, scale = U((a + (body - c) * world.sense[n, D]) * LANES), world.const[b]
        for l in range(_L):
            stage[o + l] = s[row + l] * scale
    elif op == S_ONE_HOT:  # row a as one of b values from c
        row = U(a * LANES)
        for k in range(b):
            value = F(c + k)
            for l in range(_L):
                stage[o + U(k * LANES) + l] = ONE if s[row + l] == value else ZERO
    elif op == S_SELECT:
        _select(s, world, n, body, live, scratch)
    elif op == S_PAIR:
        _pair(s, world, n, body, scratch)
    elif op == S_ITEM:
        _item(s, world, n, scratch)
    elif op == S_DISTANCE:
        _distance(s, world, n, body, scratch)
    elif op == S_SEEN:
        seen = U((world.body.shape[0] + a) * LANES)
        for l in range(_L):
            stage[o + l] = scratch.pick[seen + l]
    elif op == S_RAYS:
        _rays(s, world, n, body, live, scratch)
    elif op == S_TOUCH:
        for l in range(U(live)):
            touched = touches_wall(s, world, body, l, scratch) if a == 0 else False
            for other in range(a, a + b):
                if other != body and not touched:
                    touched = touches(s, world, body, other, l, scratch)
            stage[o + l] = ONE if touched else ZERO
    elif op == S_SAID:
        row, flags, value = U(a * LANES), U(world.body.shape[0] * LANES), F(b)
        for l in range(_L):
            said = s[U((np.int64(scratch.pick[row + l]) * BODY_ROWS + SAID) * LANES) + l]
            stage[o + l] = scratch.pick[flags + row + l] if said == value else ZERO
    elif op == S_HEAR:
        _hear(s, world, n, body, scratch)
    elif op == S_NOISE:  # a numbers from this column on, deviation a constant
        for l in range(U(live)):
            if only[l] != 0:
                for k in range(a):
                    stage[o + U(k * LANES) + l] += world.const[b + k] * normal(keys, l)


@inner
def _select(s, world, n, body, live, scratch):
    """Choose which bodies a sensor looks at: the nearest of the candidates, or all in order.

    Columns: A first candidate, B how many, C how many to keep, D 1 to sort, E greatest distance (constant; 0 none), G half field of view
    (constant, cosine; below -1 none), H 1 if solids hide what is behind them. `scratch.pick` gets the ids, then whether each is seen.
    """
    first, count, keep = world.sense[n, A], world.sense[n, B], world.sense[n, C]
    reach, cosine, hides = world.const[world.sense[n, E]], world.const[world.sense[n, G]], world.sense[n, H]
    far = scratch.far
    sx, sy, sc, sd = at(body, X), at(body, Y), at(body, COS), at(body, SIN)
    wraps = world.whole[N_WALLS] == WALLS_WRAP
    m = 0
    for other in range(first, first + count):
        if other == body:
            continue
        ox, oy, alive, row = at(other, X), at(other, Y), at(other, ALIVE), U(m * LANES)
        for l in range(_L):
            dx, dy = s[ox + l] - s[sx + l], s[oy + l] - s[sy + l]
            if wraps:
                fx, fy = wrap_shift(world, dx, dy)
                dx, dy = dx + fx, dy + fy
            d = dx * dx + dy * dy
            seen = s[alive + l] > ZERO
            seen = seen and (reach <= ZERO or d <= reach * reach)
            seen = seen and (cosine < -ONE or dx * s[sc + l] + dy * s[sd + l] >= cosine * np.sqrt(d))
            far[row + l] = d if seen else _HIDDEN
        if hides == 1:
            _hide(s, world, body, other, row, live, scratch)
        m += 1
    _keep(world, body, first, m, keep, world.sense[n, D], scratch)


@inner
def _hide(s, world, body, other, row, live, scratch):
    """Mark a candidate hidden where another solid body crosses the line of sight between the centres."""
    for l in range(U(live)):
        if scratch.far[row + l] < _HIDDEN:
            x, y = s[at(body, X) + l], s[at(body, Y) + l]
            length = np.sqrt(scratch.far[row + l])
            if length > F(1e-6):
                dx, dy = (s[at(other, X) + l] - x) / length, (s[at(other, Y) + l] - y) / length
                for third in range(1, world.whole[N_BODIES]):
                    if third != body and third != other and s[at(third, SOLID) + l] > ZERO:
                        if ray_and_body(s, world, third, l, x, y, dx, dy, scratch.hull_a) < length:
                            scratch.far[row + l] = _HIDDEN
                            break


@inner
def _keep(world, body, first, count, keep, sort, scratch):
    """Fill the picks from the candidates' distances: in order, or nearest first (a selection sort: ties go to the lower index)."""
    far, pick, flags = scratch.far, scratch.pick, U(world.body.shape[0] * LANES)
    for k in range(keep):
        row = U(k * LANES)
        if sort == 0:
            other = first + k if first + k < body or first > body else first + k + 1
            for l in range(_L):
                pick[row + l] = F(other)
                pick[flags + row + l] = ONE if k < count and far[row + l] < _HIDDEN else ZERO
            continue
        best = scratch.mask
        for l in range(_L):
            best[l] = _HIDDEN
            pick[row + l] = ZERO
        for m in range(count):
            other = first + m if first + m < body or first > body else first + m + 1
            o, value = U(m * LANES), F(other)
            for l in range(_L):
                better = far[o + l] < best[l]
                pick[row + l] = value if better else pick[row + l]
                best[l] = far[o + l] if better else best[l]
        for l in range(_L):
            pick[flags + row + l] = ONE if best[l] < _HIDDEN else ZERO
        if k + 1 < keep:
            for m in range(count):
                other = first + m if first + m < body or first > body else first + m + 1
                o, value = U(m * LANES), F(other)
                for l in range(_L):
                    far[o + l] = _HIDDEN if pick[row + l] == value else far[o + l]


@inner
def _pair(s, world, n, body, scratch):
    """A vector field of one pick. Columns: A which pick, B field, C and D scales of x and y (constants), E RELATIVE or ABSOLUTE, G 1: body frame,
    H the only candidate's body where every world picks the same (else 0).
    """
    row, flags = U(world.sense[n, A] * LANES), U(world.body.shape[0] * LANES)
    field, kx, ky = world.sense[n, B], world.const[world.sense[n, C]], world.const[world.sense[n, D]]
    o, stage, pick = U(world.sense[n, COLUMN] * LANES), scratch.stage, scratch.pick
    mine, known = at(body, field), world.sense[n, H]
    base = ZERO if world.sense[n, E] == ABSOLUTE else ONE
    if known > 0:
        theirs = at(known, field)
        for l in range(_L):
            stage[o + l] = s[theirs + l] - base * s[mine + l]
            stage[o + _L + l] = s[theirs + _L + l] - base * s[mine + _L + l]
    else:
        for l in range(_L):
            theirs = U((np.int64(pick[row + l]) * BODY_ROWS + field) * LANES) + l
            stage[o + l] = s[theirs]
            stage[o + _L + l] = s[theirs + _L]
        for l in range(_L):
            stage[o + l] -= base * s[mine + l]
            stage[o + _L + l] -= base * s[mine + _L + l]
    if world.whole[N_WALLS] == WALLS_WRAP and field == X and world.sense[n, E] == RELATIVE:
        for l in range(_L):
            fx, fy = wrap_shift(world, stage[o + l], stage[o + _L + l])
            stage[o + l] += fx
            stage[o + _L + l] += fy
    if world.sense[n, G] == 1:
        c, d = at(body, COS), at(body, SIN)
        for l in range(_L):
            x, y = stage[o + l], stage[o + _L + l]
            stage[o + l] = s[c + l] * x + s[d + l] * y
            stage[o + _L + l] = s[c + l] * y - s[d + l] * x
    for l in range(_L):
        seen = pick[flags + row + l]
        stage[o + l] *= kx * seen
        stage[o + _L + l] *= ky * seen


@inner
def _item(s, world, n, scratch):
    """One number of one pick. Columns: A which pick, B row of the first body of its kind, C that body, D rows a body, E scale (constant)."""
    row, flags = U(world.sense[n, A] * LANES), U(world.body.shape[0] * LANES)
    base, first, stride, scale = world.sense[n, B], world.sense[n, C], world.sense[n, D], world.const[world.sense[n, E]]
    o = U(world.sense[n, COLUMN] * LANES)
    for l in range(_L):
        body = max(np.int64(scratch.pick[row + l]), first)
        scratch.stage[o + l] = s[U((base + (body - first) * stride) * LANES) + l] * scale * scratch.pick[flags + row + l]


@inner
def _distance(s, world, n, body, scratch):
    """How far a pick is. Columns: A which pick, C scale (constant)."""
    row, flags = U(world.sense[n, A] * LANES), U(world.body.shape[0] * LANES)
    scale, o, x, y = world.const[world.sense[n, C]], U(world.sense[n, COLUMN] * LANES), at(body, X), at(body, Y)
    for l in range(_L):
        theirs = U(np.int64(scratch.pick[row + l]) * BODY_ROWS * LANES) + l
        dx, dy = s[theirs] - s[x + l], s[theirs + _L] - s[y + l]
        if world.whole[N_WALLS] == WALLS_WRAP:
            fx, fy = wrap_shift(world, dx, dy)
            dx, dy = dx + fx, dy + fy
        scratch.stage[o + l] = np.sqrt(dx * dx + dy * dy) * scale * scratch.pick[flags + row + l]


@inner
def _rays(s, world, n, body, live, scratch):
    """Rays fanned around the heading. Columns: A how many, B kinds whose bodies stand in rows of this table from C on, D range (constant),
    E field of view [degrees] (constant), G 1 if walls are among the kinds (as the last flag), H 1 for metres rather than shares of the range.

    For each ray: distance over range (1: nothing), then one flag for each kind. Kinds not listed still block the view.
    """
    rays, kinds, table = world.sense[n, A], world.sense[n, B], world.sense[n, C]
    reach, fan, walls = world.const[world.sense[n, D]], world.const[world.sense[n, E]] * DEGREE, world.sense[n, G]
    column, width = world.sense[n, COLUMN], 1 + kinds + walls
    for l in range(U(live)):
        x, y = s[at(body, X) + l], s[at(body, Y) + l]
        c, d = s[at(body, COS) + l], s[at(body, SIN) + l]
        for k in range(rays):
            full = fan > TAU - F(1e-3)
            spread = fan * F(k) / F(rays) if full or rays == 1 else fan * (F(k) / F(rays - 1) - HALF)
            ca, sa = cos(spread), sin(spread)
            dx, dy = c * ca - d * sa, d * ca + c * sa
            hit, best = _cast(s, world, body, l, x, y, dx, dy, reach, table, kinds, walls, scratch)
            o = U((column + k * width) * LANES) + l
            scratch.stage[o] = best if world.sense[n, H] == 1 else min(best / reach, ONE)
            for kind in range(kinds + walls):
                scratch.stage[o + U((1 + kind) * LANES)] = ONE if kind == hit else ZERO


@inner
def _cast(s, world, body, l, x, y, dx, dy, reach, table, kinds, walls, scratch):
    """The first thing on a ray: (index among the listed kinds, or -1; distance)."""
    best, hit = reach, -1
    if world.whole[N_WALLS] == WALLS_SOLID:
        wx = ((world.real[P_HALF_W] if dx > ZERO else -world.real[P_HALF_W]) - x) / dx if np.abs(dx) > F(1e-9) else FAR
        wy = ((world.real[P_HALF_H] if dy > ZERO else -world.real[P_HALF_H]) - y) / dy if np.abs(dy) > F(1e-9) else FAR
        if max(min(wx, wy), ZERO) < best:
            best = max(min(wx, wy), ZERO)
            hit = kinds if walls == 1 else -1
    for other in range(1, world.whole[N_BODIES]):
        if other == body or s[at(other, ALIVE) + l] == ZERO:
            continue
        listed = -1
        for k in range(kinds):
            if other >= world.sense[table + k, A] and other < world.sense[table + k, A] + world.sense[table + k, B]:
                listed = k
        if listed < 0 and s[at(other, SOLID) + l] == ZERO:
            continue
        ox, oy = s[at(other, X) + l] - x, s[at(other, Y) + l] - y
        size = s[at(other, REACH) + l]
        along = ox * dx + oy * dy
        across = ox * dy - oy * dx
        if across * across > size * size or along < -size or along - size > best:
            continue
        distance = ray_and_body(s, world, other, l, x, y, dx, dy, scratch.hull_a)
        if distance < best:
            best, hit = distance, listed
    return hit, best


@inner
def _hear(s, world, n, body, scratch):
    """What one speaker said, one-hot. Columns: A the speaker's body, B symbols, C range (constant; 0: everywhere)."""
    speaker, symbols, reach = world.sense[n, A], world.sense[n, B], world.const[world.sense[n, C]]
    said, x, y, sx, sy = at(speaker, SAID), at(body, X), at(body, Y), at(speaker, X), at(speaker, Y)
    for l in range(_L):
        dx, dy = s[sx + l] - s[x + l], s[sy + l] - s[y + l]
        scratch.mask[l] = s[said + l] if reach <= ZERO or dx * dx + dy * dy <= reach * reach else -ONE
    for k in range(symbols):
        o, value = U((world.sense[n, COLUMN] + k) * LANES), F(k)
        for l in range(_L):
            scratch.stage[o + l] = ONE if scratch.mask[l] == value else ZERO
