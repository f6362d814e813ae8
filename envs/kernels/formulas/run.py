"""Runs formulas: a stack machine whose every cell is a row of 16 worlds. Rules, rewards, scores and baselines all run here."""

import numpy as np

from ...jit.ir import LANES
from ...jit.kernel import shared
from ..world.bodies import at
from ..world.elementary import HALF, ONE, ZERO
from ..world.layout.programs import Code, Loop, Op
from ..world.layout.scratch import Area, Integer
from ..world.layout.things import Body
from ..world.layout.world import F, Real, Table
from ..world.tables import cell, const
from .arithmetic import scalar, vector
from .questions import UNFOUND, ask, distance, distance_of, pick


@shared
def run(s, world, span, scratch, keys, asks):
    """Run the operations of a span (first, one past the last); the result is left at Area.STACK of `scratch.f` (a vector: x there, y above).

    Registers 0 and 1 (`self`, `other`) are body numbers that the caller sets. `asks` is above 0 in the lanes that ask: only there is a number drawn
    and a question about shapes answered, so that no world's chance depends on its neighbours. It must not be the mask row, which picks use.
    """
    st = scratch.f
    top = Area.STACK  # the free row
    pc, last = span
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
    if (
        op == Op.FIELD
    ):  # row b of the thing on the stack; or, where a > 0, its own of the rows from b on of bodies a .. a + c (0 for others)
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
