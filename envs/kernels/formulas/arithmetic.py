"""Operations of formulas on numbers and vectors."""

import numpy as np

from ...jit.ir import LANES
from ...jit.kernel import shared
from ..world.elementary import DEGREE, INV_DEGREE, ONE, ZERO, atan2, cos, in_a_turn, sin, within
from ..world.layout.programs import Op
from ..world.layout.world import F


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
