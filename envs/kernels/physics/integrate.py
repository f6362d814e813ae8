"""From forces to speeds to places, within what float32 can say."""

import numpy as np

from ...jit.ir import LANES
from ...jit.kernel import inner, shared
from ..world.bodies import at, is_away
from ..world.elementary import HALF, ONE, ZERO
from ..world.layout.things import Body, BodyTable, Drive, Moves
from ..world.layout.world import F, Floor, Real, Table, Walls, Whole
from ..world.tables import cell, const, row_count
from . import zones
from .drives import accelerate

_DISC = F(0.9428090)
"""A disc pressed evenly on the floor turns ever slower by 4/3 a / R, where a slows its centre; R is sqrt(2 inertia / mass), for other shapes too."""


@shared
def rub(s, world):
    """Take from each velocity what the floor takes in a substep, at most all of it.

    It comes last, after the contacts: so nothing creeps under a push that friction can hold. Sliding and turning are slowed each by
    itself; in truth a spinning puck slides a little farther.
    """
    h = world.real[Real.SUBSTEP]
    for n in range(row_count(world, Table.FLOOR)):
        o, most = at(cell(world, Table.FLOOR, n, Floor.BODY), 0), h * const(world, cell(world, Table.FLOOR, n, Floor.MOST))
        for l in range(LANES):
            vx, vy = s[o + Body.VX, l], s[o + Body.VY, l]
            speed = np.sqrt(vx * vx + vy * vy)
            keep = (speed - most) / speed if speed > most else ZERO
            s[o + Body.VX, l], s[o + Body.VY, l] = vx * keep, vy * keep
        for l in range(LANES):
            spin, mass = s[o + Body.SPIN, l], s[o + Body.INV_MASS, l]
            turn = most * _DISC * np.sqrt(s[o + Body.INV_INERTIA, l] / (mass if mass > ZERO else ONE))
            s[o + Body.SPIN, l] = spin - min(max(spin, -turn), turn)


FASTEST, QUICKEST = F(1e3), F(1745.3292)
"""Nothing gets faster along an axis [m/s] or spins quicker [rad/s] than the language lets anything start: limits.MAX_SPEED and MAX_SPIN."""
EDGE = F(1e6)
"""Where worlds without walls end [m]: farther out, float32 can't tell 0.1 m."""


@shared
def gain_speed(s, world):
    """Gravity, drives and drag, semi-implicitly: v += h a; v /= 1 + h c (a Pade form of exp(-h c), stable for any drag)."""
    h, gx, gy = world.real[Real.SUBSTEP], world.real[Real.GRAVITY_X], world.real[Real.GRAVITY_Y]
    wind = world.whole[Whole.WIND]
    for body in range(1, world.whole[Whole.BODIES]):
        if cell(world, Table.BODY, body, BodyTable.MOVES) == Moves.STATIC or is_away(s, world, body):
            continue
        o = at(body, 0)
        if cell(world, Table.BODY, body, BodyTable.DRIVE) != Drive.NONE:
            accelerate(s, world, body, h)
        if (
            cell(world, Table.BODY, body, BodyTable.MOVES) != Moves.DYNAMIC
        ):  # gravity, drag and wind leave alone what moves at its own velocity
            continue
        if gx != ZERO or gy != ZERO:
            for l in range(LANES):
                g = s[o + Body.GRAVITY, l] * h
                s[o + Body.VX, l] += g * gx
                s[o + Body.VY, l] += g * gy
        for l in range(LANES):
            keep = ONE / (ONE + h * s[o + Body.DRAG, l])
            s[o + Body.VX, l] *= keep
            s[o + Body.VY, l] *= keep
            s[o + Body.SPIN, l] *= ONE / (ONE + h * s[o + Body.SPIN_DRAG, l])
        if wind > 0:  # drag is towards the air's own velocity
            for l in range(LANES):
                pull = h * s[o + Body.DRAG, l]
                pull = pull / (ONE + pull)
                s[o + Body.VX, l] += pull * s[wind, l]
                s[o + Body.VY, l] += pull * s[wind + 1, l]
        if cell(world, Table.BODY, body, BodyTable.POOLED) > 0:
            _hold_absent(s, body)
    zones.drift(s, world, h)


@inner
def _hold_absent(s, body):
    """Keep a projectile still in the worlds that don't have it: in a block where none has it, it isn't moved at all."""
    alive = at(body, Body.ALIVE)
    for field in (Body.VX, Body.VY, Body.SPIN):
        o = at(body, field)
        for l in range(LANES):
            s[o, l] = s[o, l] if s[alive, l] > ZERO else ZERO


@shared
def move(s, world):
    """Positions follow velocities; the heading turns by a rational step that keeps its length after one Newton correction."""
    h = world.real[Real.SUBSTEP]
    for body in range(1, world.whole[Whole.BODIES]):
        if cell(world, Table.BODY, body, BodyTable.MOVES) == Moves.STATIC or is_away(s, world, body):
            continue
        o = at(body, 0)
        limit_speed(s, body)
        if world.whole[Whole.REST] > 0:
            _move_far(s, o, world.whole[Whole.REST] + 2 * body, h)
        else:
            for l in range(LANES):
                s[o + Body.X, l] += h * s[o + Body.VX, l]
                s[o + Body.Y, l] += h * s[o + Body.VY, l]
        for l in range(LANES):
            # tan(angle / 2) is angle / 2 to third order; the rotation below is exact for that half-tangent
            t = HALF * h * s[o + Body.SPIN, l]
            scale = ONE / (ONE + t * t)
            c, d = (ONE - t * t) * scale, (t + t) * scale
            qc, qs = s[o + Body.COS, l], s[o + Body.SIN, l]
            nc, ns = c * qc - d * qs, d * qc + c * qs
            fix = HALF * (F(3) - nc * nc - ns * ns)
            s[o + Body.COS, l], s[o + Body.SIN, l] = nc * fix, ns * fix
            s[o + Body.TURN, l] += h * s[o + Body.SPIN, l]


@inner
def _move_far(s, o, rest, h):
    """A position follows a velocity far out, where steps are smaller than what float32 tells apart: what rounding takes goes into the next step.

    Source: Kahan, "Further remarks on reducing truncation errors", 1965.
    """
    for axis in range(2):
        x, v, r = o + axis, o + Body.VX + axis, rest + axis
        for l in range(LANES):
            old, way = s[x, l], h * s[v, l] + s[r, l]
            new, here = old + way, s[o + Body.ALIVE, l] > ZERO
            s[x, l] = new if here else old
            s[r, l] = (way - (new - old)) + ZERO if here else ZERO  # + 0: see settle_zeros


@inner
def limit_speed(s, body):
    """Keep a body within what anything may be: FASTEST and QUICKEST."""
    for field in (Body.VX, Body.VY):
        o = at(body, field)
        for l in range(LANES):
            s[o, l] = min(max(s[o, l], -FASTEST), FASTEST)
    o = at(body, Body.SPIN)
    for l in range(LANES):
        s[o, l] = min(max(s[o, l], -QUICKEST), QUICKEST)


@inner
def limit_turn(s, world):
    """Keep the turn since contacts were found within 1 rad: contact points that turn with their bodies to second order would fly off beyond."""
    for body in range(1, world.whole[Whole.BODIES]):
        if cell(world, Table.BODY, body, BodyTable.MOVES) != Moves.STATIC and cell(world, Table.BODY, body, BodyTable.CORNERS) > 1:
            o = at(body, Body.TURN)
            for l in range(LANES):
                s[o, l] = min(max(s[o, l], -ONE), ONE)


@shared
def stay_inside(s, world):
    """Last guard: centres never leave solid walls, whatever was asked of the solver; in worlds that wrap they come back on the other side; nothing
    leaves an open world farther than EDGE, or is faster than anything may be.
    """
    half_w, half_h = world.real[Real.HALF_W], world.real[Real.HALF_H]
    walls = world.whole[Whole.WALLS]
    for body in range(1, world.whole[Whole.BODIES]):
        if cell(world, Table.BODY, body, BodyTable.MOVES) == Moves.STATIC:
            continue
        limit_speed(s, body)
        x, y = at(body, Body.X), at(body, Body.Y)
        if walls == Walls.OPEN:
            for l in range(LANES):
                s[x, l] = min(max(s[x, l], -EDGE), EDGE)
                s[y, l] = min(max(s[y, l], -EDGE), EDGE)
        elif walls == Walls.SOLID and cell(world, Table.BODY, body, BodyTable.WALLS) > 0:
            for l in range(LANES):
                s[x, l] = min(max(s[x, l], -half_w), half_w)
                s[y, l] = min(max(s[y, l], -half_h), half_h)
        elif walls == Walls.WRAP:
            for l in range(LANES):
                s[x, l] -= F(2) * half_w * np.floor(s[x, l] / (F(2) * half_w) + HALF)
                s[y, l] -= F(2) * half_h * np.floor(s[y, l] / (F(2) * half_h) + HALF)


@shared
def settle_zeros(s, world):
    """Turn -0 into 0. A slot that is skipped because no world of the block pushes there leaves -0 alone, one that is run may not: without this the
    sign of a zero, though no other bit, would depend on a world's neighbours.
    """
    for body in range(1, world.whole[Whole.BODIES]):
        if cell(world, Table.BODY, body, BodyTable.MOVES) != Moves.STATIC:
            o = at(body, 0)
            for k in range(Body.SIN + 1):
                for l in range(LANES):
                    s[o + k, l] += ZERO
