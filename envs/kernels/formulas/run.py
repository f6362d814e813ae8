"""Runs formulas: a stack machine whose every cell is a row of 16 worlds. Rules, rewards, scores and baselines all run here."""

import numpy as np

from ...jit.ir import LANES
from ...jit.kernel import shared
from ..collision.geometry import at, between, holds_point, image_shift, load_hull, meet, near_images, nearest_image, shortest
from ..world.elementary import DEGREE, HALF, INV_DEGREE, ONE, ZERO, atan2, cos, in_a_turn, sin, within
from ..world.layout.programs import Code, Loop, Op, Pick
from ..world.layout.scratch import Area, Hull, Integer
from ..world.layout.things import Body, BodyTable
from ..world.layout.world import F, Real, Table, Walls, Whole
from ..world.rng import uniform_where
from ..world.tables import cell, const

UNFOUND = F(3e38)
"""Where a search for the least value starts."""
_EACH = LANES
"""Loops over this go lane by lane, as each lane does something else."""


@shared
def run(s, world, first, last, scratch, keys, asks):
    """Run the operations `first` to `last`; the result is left at Area.STACK of `scratch.f` (a vector: x there, y above).

    Registers 0 and 1 (`self`, `other`) are body numbers that the caller sets. `asks` is above 0 in the lanes that ask: only there is a number drawn
    and a question about shapes answered, so that no world's chance depends on its neighbours. It must not be the mask row, which picks use.
    """
    st = scratch.f
    top = Area.STACK  # the free row
    pc = first
    while pc < last:
        o = world.whole[Table.CODE] + pc * Code.COLUMNS
        code = (world.whole[o], world.whole[o + 1], world.whole[o + 2], world.whole[o + 3])
        op, a, b, _c = code
        pc += 1
        if op < Op.ADD:
            top = _push(s, world, code, top, scratch)
        elif op <= Op.NOT:
            top = scalar(op, st, top)
        elif op <= Op.COS:
            top = vector(op, st, top)
        elif op == Op.DIST_REG:
            top = distance(s, world, scratch.i[Integer.REGISTER + a], scratch.i[Integer.REGISTER + b], st, top)
        elif op == Op.PICK:
            top = pick(s, world, code, st, top)
        elif op == Op.LOOP:
            pc, top = _begin_loop(world, code, pc, top, scratch)
        elif op == Op.NEXT:
            pc, top = _end_loop(s, world, code, pc, top, scratch)
        elif op == Op.DIST:
            top = distance_of(s, world, st, top)
        else:
            top = ask(s, world, code, top, scratch, keys, asks)


@shared
def _push(s, world, code, top, scratch):
    """Operations that put numbers on the stack, or keep them."""
    op, a, b, c = code
    st = scratch.f
    if op == Op.CONST:
        value = const(world, a)
        for l in range(LANES):
            st[top, l] = value
        return top + 1
    if op == Op.ROW:
        for l in range(LANES):
            st[top, l] = s[a, l]
        return top + 1
    if op == Op.ENTITY or op == Op.REG:
        value = F(a) if op == Op.ENTITY else F(scratch.i[Integer.REGISTER + a])
        for l in range(LANES):
            st[top, l] = value
        return top + 1
    if op == Op.FIELD_REG:
        row = b + scratch.i[Integer.REGISTER + a] * c
        for l in range(LANES):
            st[top, l] = s[row, l]
        return top + 1
    if op == Op.FIELD:  # row b of the thing on the stack; or, where a > 0, its own of the rows from b on of bodies a .. a + c (0 for others)
        t = top - 1
        if a == 0:
            for l in range(LANES):
                st[t, l] = s[np.int64(st[t, l]) * Body.ROWS + b, l]
        else:
            for l in range(LANES):
                k = np.int64(st[t, l]) - a
                known = k >= 0 and k < c
                st[t, l] = s[b + (k if known else 0), l] if known else ZERO
        return top
    if op == Op.VEC_FIELD:  # two rows from a, of the thing on the stack
        t = top - 1
        for l in range(LANES):
            row = np.int64(st[t, l]) * Body.ROWS + a
            st[t, l] = s[row, l]
            st[top, l] = s[row + 1, l]
        return top + 1
    cell = a
    if op == Op.SAVE:
        for l in range(LANES):
            scratch.f[Area.SAVE + cell, l] = st[top - 1, l]
        return top - 1
    for l in range(LANES):  # Op.LOAD
        st[top, l] = scratch.f[Area.SAVE + cell, l]
    return top + 1


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
def scalar(op, st, top):
    """Operations on one number or two."""
    y = top - 1
    x = y - 1
    if op == Op.NEG:
        for l in range(LANES):
            st[y, l] = -st[y, l]
    elif op == Op.ABS:
        for l in range(LANES):
            st[y, l] = np.abs(st[y, l])
    elif op == Op.SQRT:
        for l in range(LANES):
            st[y, l] = np.sqrt(max(st[y, l], ZERO))
    elif op == Op.FLOOR:
        for l in range(LANES):
            st[y, l] = np.floor(st[y, l])
    elif op == Op.SIGN:
        for l in range(LANES):
            st[y, l] = ONE if st[y, l] > ZERO else (-ONE if st[y, l] < ZERO else ZERO)
    elif op == Op.NOT:
        for l in range(LANES):
            st[y, l] = ONE - st[y, l]
    else:
        return _binary(op, st, x, y)
    return top


@shared
def _binary(op, st, x, y):
    if op == Op.ADD:
        for l in range(LANES):
            st[x, l] = st[x, l] + st[y, l]
    elif op == Op.SUB:
        for l in range(LANES):
            st[x, l] = st[x, l] - st[y, l]
    elif op == Op.MUL:
        for l in range(LANES):
            st[x, l] = st[x, l] * st[y, l]
    elif op == Op.DIV:  # by zero gives zero: a formula must not poison a world with inf or nan
        for l in range(LANES):
            d = st[y, l]
            st[x, l] = st[x, l] / d if d != ZERO else ZERO
    elif op == Op.MOD:
        for l in range(LANES):
            d = st[y, l]
            rest = st[x, l] - d * np.floor(st[x, l] / d) if d != ZERO else ZERO
            st[x, l] = min(max(rest, min(d, ZERO)), max(d, ZERO))  # rounding takes it no farther than from 0 to the divisor
    elif op == Op.MIN:
        for l in range(LANES):
            st[x, l] = min(st[x, l], st[y, l])
    elif op == Op.MAX:
        for l in range(LANES):
            st[x, l] = max(st[x, l], st[y, l])
    elif op == Op.LT:
        for l in range(LANES):
            st[x, l] = ONE if st[x, l] < st[y, l] else ZERO
    elif op == Op.LE:
        for l in range(LANES):
            st[x, l] = ONE if st[x, l] <= st[y, l] else ZERO
    elif op == Op.GT:
        for l in range(LANES):
            st[x, l] = ONE if st[x, l] > st[y, l] else ZERO
    elif op == Op.GE:
        for l in range(LANES):
            st[x, l] = ONE if st[x, l] >= st[y, l] else ZERO
    elif op == Op.EQ:
        for l in range(LANES):
            st[x, l] = ONE if st[x, l] == st[y, l] else ZERO
    elif op == Op.NE:
        for l in range(LANES):
            st[x, l] = ONE if st[x, l] != st[y, l] else ZERO
    elif op == Op.AND:
        for l in range(LANES):
            st[x, l] = st[x, l] * st[y, l]
    else:  # Op.OR
        for l in range(LANES):
            st[x, l] = max(st[x, l], st[y, l])
    return y


@shared
def vector(op, st, top):
    """Operations on vectors (x below y) and choices."""
    d = top - 1
    c = d - 1
    b = c - 1
    a = b - 1
    if op == Op.IF:  # condition, then, else
        for l in range(LANES):
            st[b, l] = st[c, l] if st[b, l] != ZERO else st[d, l]
        return c
    if op == Op.VIF:
        e = a - 1
        for l in range(LANES):
            yes = st[e, l] != ZERO
            st[e, l] = st[a, l] if yes else st[c, l]
            st[a, l] = st[b, l] if yes else st[d, l]
        return b
    if op == Op.VADD:
        for l in range(LANES):
            st[a, l] += st[c, l]
            st[b, l] += st[d, l]
        return c
    if op == Op.VSUB:
        for l in range(LANES):
            st[a, l] -= st[c, l]
            st[b, l] -= st[d, l]
        return c
    if op == Op.VSCALE:
        for l in range(LANES):
            st[b, l] *= st[d, l]
            st[c, l] *= st[d, l]
        return d
    if op == Op.DOT:
        for l in range(LANES):
            st[a, l] = st[a, l] * st[c, l] + st[b, l] * st[d, l]
        return b
    if op == Op.CROSS:
        for l in range(LANES):
            st[a, l] = st[a, l] * st[d, l] - st[b, l] * st[c, l]
        return b
    if op == Op.LENGTH:
        for l in range(LANES):
            st[c, l] = np.sqrt(st[c, l] * st[c, l] + st[d, l] * st[d, l])
        return d
    if op == Op.UNIT:
        for l in range(LANES):
            length = np.sqrt(st[c, l] * st[c, l] + st[d, l] * st[d, l])
            scale = ONE / length if length > F(1e-9) else ZERO
            st[c, l] *= scale
            st[d, l] *= scale
        return top
    if op == Op.DROP_Y:
        return d
    if op == Op.DROP_X:
        for l in range(LANES):
            st[c, l] = st[d, l]
        return d
    return _angle(op, st, top)


@shared
def _angle(op, st, top):
    """Operations on angles, in degrees."""
    d = top - 1
    c = d - 1
    b = c - 1
    if op == Op.ROTATE:  # vector, degrees
        for l in range(LANES):
            angle = in_a_turn(st[d, l]) * DEGREE
            co, si = cos(angle), sin(angle)
            x, y = st[b, l], st[c, l]
            st[b, l] = co * x - si * y
            st[c, l] = si * x + co * y
        return d
    if op == Op.ANGLE:
        for l in range(LANES):
            st[c, l] = atan2(st[d, l], st[c, l]) * INV_DEGREE
        return d
    if op == Op.SIN:
        for l in range(LANES):
            st[d, l] = within(sin(in_a_turn(st[d, l]) * DEGREE), ONE)
        return top
    for l in range(LANES):  # Op.COS
        st[d, l] = within(cos(in_a_turn(st[d, l]) * DEGREE), ONE)
    return top


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
def _begin_loop(world, code, pc, top, scratch):
    """Start an aggregation over `count` bodies: its accumulators (the value, and how many or which) go on the stack.

    The row after Op.LOOP is no operation but holds the mode: read here, skipped by the program.
    """
    _op, register, first, count = code
    st, mode = scratch.f, cell(world, Table.CODE, pc, 1)
    start = ZERO
    if mode == Loop.MIN or mode == Loop.ARGMIN:
        start = UNFOUND
    elif mode == Loop.MAX:
        start = -UNFOUND
    elif mode == Loop.ALL:
        start = ONE
    for l in range(LANES):
        st[top, l] = start
        st[top + 1, l] = HALF if mode == Loop.ARGMIN else ZERO  # the world stands in for nobody: see `pick`
    scratch.i[Integer.REGISTER + register] = first
    scratch.i[Integer.LOOP + register * 2 + 0] = first + count
    scratch.i[Integer.LOOP + register * 2 + 1] = pc + 1
    return pc + 1, top + 2


@shared
def _end_loop(s, world, code, pc, top, scratch):
    """Take one body's value into the accumulator; go round again, or leave the result on the stack."""
    _op, register, mode, _c = code
    st, integers = scratch.f, scratch.i
    v, n = top - 1, top - 2
    acc = n - 1
    body = integers[Integer.REGISTER + register]
    alive = at(body, Body.ALIVE)
    for l in range(LANES):
        value, here = st[v, l], s[alive, l] > ZERO
        old = st[acc, l]
        new = old
        if mode == Loop.SUM or mode == Loop.MEAN or mode == Loop.COUNT:
            new = old + value
        elif mode == Loop.MAX or mode == Loop.ANY:
            new = max(old, value)
        else:  # Loop.MIN, Loop.ALL, Loop.ARGMIN
            new = min(old, value)
        st[acc, l] = new if here else old
        count = st[n, l]
        if mode == Loop.ARGMIN:
            st[n, l] = F(body) if here and value < old else count
        else:
            st[n, l] = count + ONE if here else count
    integers[Integer.REGISTER + register] = body + 1
    if body + 1 < integers[Integer.LOOP + register * 2 + 0]:
        return integers[Integer.LOOP + register * 2 + 1], v
    for l in range(LANES):
        if mode == Loop.MEAN:
            st[acc, l] = st[acc, l] / max(st[n, l], ONE)
        elif mode == Loop.MIN:
            st[acc, l] = st[acc, l] if st[n, l] > ZERO else world.real[Real.FAR]  # so that nothing is near
        elif mode == Loop.MAX:
            st[acc, l] = st[acc, l] if st[n, l] > ZERO else ZERO
        elif mode == Loop.ARGMIN:
            st[acc, l] = st[n, l]
    return pc, n


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


@shared
def encloses(s, world, body, lane, x, y, scratch):
    """Whether a point lies in a living body's shape."""
    o = at(body, 0)
    if s[o + Body.ALIVE, lane] == ZERO:
        return False
    wraps = world.whole[Whole.WALLS] == Walls.WRAP
    dx, dy = shortest(world, wraps, x - s[o, lane], y - s[o + 1, lane])
    reach = s[o + Body.REACH, lane] + world.real[Real.TOUCH]
    if dx * dx + dy * dy > reach * reach:
        return False
    count, where = near_images(world, wraps, dx, dy, reach)
    for n in range(count):
        sx, sy = image_shift(world, where, n)
        if holds_point(s, world, body, lane, s[o, lane] + dx + sx, s[o + 1, lane] + dy + sy, scratch.h):
            return True
    return False


@shared
def touches(s, world, a, b, lane, scratch):
    """Whether two living bodies' shapes touch now, solid or not; nothing touches itself."""
    oa, ob = at(a, 0), at(b, 0)
    if a == b or s[oa + Body.ALIVE, lane] * s[ob + Body.ALIVE, lane] == ZERO:
        return False
    wraps = world.whole[Whole.WALLS] == Walls.WRAP
    dx, dy, shift = nearest_image(s, world, wraps, a, b, lane)
    reach = s[oa + Body.REACH, lane] + s[ob + Body.REACH, lane] + world.real[Real.TOUCH]
    if dx * dx + dy * dy > reach * reach:
        return False
    if cell(world, Table.BODY, a, BodyTable.CORNERS) == 1 and cell(world, Table.BODY, b, BodyTable.CORNERS) == 1:
        return True
    sx, sy = shift
    count, where = near_images(world, wraps, dx, dy, reach)
    for n in range(count):
        more_x, more_y = image_shift(world, where, n)
        if meet(s, world, (a, b), lane, (sx + more_x, sy + more_y), world.real[Real.TOUCH], scratch.h) > 0:
            return True
    return False


@shared
def touches_wall(s, world, body, lane, scratch):
    """Whether a living body's shape touches a solid wall."""
    o = at(body, 0)
    if world.whole[Whole.WALLS] != Walls.SOLID or s[o + Body.ALIVE, lane] == ZERO:
        return False
    reach = s[o + Body.ROUND, lane] + world.real[Real.TOUCH]
    h, hull = scratch.h, Area.HULL_A
    touched = False
    for k in range(load_hull(s, world, body, lane, h, hull)):
        beyond = np.abs(h[hull + k]) + reach > world.real[Real.HALF_W] or np.abs(h[hull + Hull.Y + k]) + reach > world.real[Real.HALF_H]
        touched = touched or beyond
    return touched
