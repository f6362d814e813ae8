"""Operations of formulas that ask about bodies: how far, which, how many."""

import numpy as np

from ...jit.ir import LANES
from ...jit.kernel import shared
from ..collision.overlap import encloses, touches, touches_wall
from ..world.bodies import at, between, shortest
from ..world.elementary import HALF, ONE, ZERO
from ..world.layout.programs import Op, Pick
from ..world.layout.scratch import Area
from ..world.layout.things import Body
from ..world.layout.world import F, Real, Walls, Whole
from ..world.rng import uniform_where

UNFOUND = F(3e38)
"""Where a search for the least value starts."""
_EACH = LANES
"""Loops over this go lane by lane, as each lane does something else."""


@shared
def distance(s, world, a, b, st, top):
    """Push the distance of two bodies that are the same in every world: what formulas ask most, so it is one operation instead of six."""
    wraps = world.whole[Whole.WALLS] == Walls.WRAP
    for l in range(LANES):
        dx, dy = between(s, world, wraps, a, b, l)
        st[top, l] = np.sqrt(dx * dx + dy * dy)
    return top + 1


@shared
def distance_of(s, world, st, top):
    """The distance of the two things on the stack; Real.FAR where one of them is nobody."""
    y = top - 1
    x = y - 1
    wraps, far = world.whole[Whole.WALLS] == Walls.WRAP, world.real[Real.FAR]
    for l in range(LANES):
        a, b = np.int64(st[x, l]), np.int64(st[y, l])
        dx, dy = between(s, world, wraps, a, b, l)
        there = st[x, l] == F(a) and st[y, l] == F(b)
        st[x, l] = np.sqrt(dx * dx + dy * dy) if there else far
    return y


@shared
def pick(s, world, code, st, top):
    """The living body of a kind nearest to (or farthest from) a point, never the excluded one. Ties go to the lower index.

    On the stack: x, y, the excluded body (-1: none). Where there is no other the answer is nobody: half more than the excluded body (or than
    body 0, the world), which stands in for it.
    """
    _op, first, count, mode = code
    t = top - 1
    px, py = t - 2, t - 1
    wraps = world.whole[Whole.WALLS] == Walls.WRAP
    best, found = st[Area.FAR], st[Area.MASK]
    for l in range(LANES):
        best[l] = -ONE if mode == Pick.FARTHEST else UNFOUND
        st[t, l] = np.floor(st[t, l])
        found[l] = max(st[t, l], ZERO) + HALF
    for k in range(count):
        body = first + k
        x, y, alive, me = at(body, Body.X), at(body, Body.Y), at(body, Body.ALIVE), F(body)
        for l in range(LANES):
            dx, dy = shortest(world, wraps, s[x, l] - st[px, l], s[y, l] - st[py, l])
            d = dx * dx + dy * dy
            better = (d > best[l] if mode == Pick.FARTHEST else d < best[l]) and s[alive, l] > ZERO and st[t, l] != me
            best[l] = d if better else best[l]
            found[l] = me if better else found[l]
    for l in range(LANES):
        st[px, l] = found[l]
    return py


@shared
def ask(s, world, code, top, scratch, keys, asks):
    """Questions about shapes, one world at a time, and chance; 0 in the lanes that don't ask."""
    op, a, b, _c = code
    st = scratch.f
    if op == Op.RANDOM:
        for l in range(LANES):
            st[top, l] = uniform_where(asks[l], keys, l)
        return top + 1
    y = top - 1
    if op == Op.TOUCHING and a > 0:  # the thing on the stack and any of the bodies a .. a + b
        for l in range(_EACH):
            touched, thing = ZERO, np.int64(st[y, l])
            if asks[l] > ZERO and st[y, l] == F(thing):
                for body in range(a, a + b):
                    if touches(s, world, thing, body, l, scratch):
                        touched = ONE
            st[y, l] = touched
        return top
    if op == Op.TOUCH_WALL:
        for l in range(_EACH):
            thing = np.int64(st[y, l])
            st[y, l] = ONE if asks[l] > ZERO and st[y, l] == F(thing) and touches_wall(s, world, thing, l, scratch) else ZERO
        return top
    if op == Op.TOUCHING:  # two things
        x = y - 1
        for l in range(_EACH):
            first, second = np.int64(st[x, l]), np.int64(st[y, l])
            there = asks[l] > ZERO and st[x, l] == F(first) and st[y, l] == F(second)
            st[x, l] = ONE if there and touches(s, world, first, second, l, scratch) else ZERO
        return y
    py = y - 1  # Op.INSIDE: x, y of a point, and a thing
    px = py - 1
    for l in range(_EACH):
        thing = np.int64(st[y, l])
        there = asks[l] > ZERO and st[y, l] == F(thing)
        st[px, l] = ONE if there and encloses(s, world, thing, l, st[px, l], st[py, l], scratch) else ZERO
    return py
