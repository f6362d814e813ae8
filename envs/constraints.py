"""The constraints that joints and grips are made of: between two bodies, whose velocities and arms lie in F_JOINT of scratch.

Spring, motor and limits of all joints are constraints along one axis: about the pin, along the slider, along the rope. A velocity along it is
n . (vb - va) + sb wb - sa wa, with the direction n and the arms sa and sb (n = 0 and both arms 1 about a pin).
"""

import numpy as np

from .elementary import HALF, INV_TAU, ONE, TAU, ZERO, atan2
from .geometry import at, shortest
from .kernel import inner, shared
from .tables import cell, const

# isort: off
from .layout import (
    ALIVE, COS, C_HIGH, C_IMPULSE, C_LOW, C_MASS, C_MOST, C_RATE, F_JOINT, INV_INERTIA, INV_MASS, JOINT_LINE, JOINT_ROPE, JOINT_SLIDER, JOINT_WELD,
    J_AX, J_AXIS_X, J_AXIS_Y, J_AY, J_BROKEN, J_BX, J_BY, J_COS, J_GOAL, J_HIGH, J_LENGTH, J_LOW, J_MOTOR, J_POSITION, J_PX, J_PY, J_SIN,
    J_SPRING, J_SUM, J_TURN, LANES, N_WALLS, P_JOINT_IMPULSE, P_JOINT_MASS, P_JOINT_RATE, P_PUSH_SPEED, P_SUBSTEP, Q_A, Q_B,
    Q_CONST, Q_DRAWN, Q_HIGH, Q_LOW, Q_MOTOR, Q_ROW, Q_SPRING, SIN, T_ANGLE, T_AX, T_AY, T_BX, T_BY, T_C, T_DX, T_DY, T_IA, T_IB, T_MA, T_MASS, T_MB,
    T_NX, T_NY, T_ON, T_ROOM, T_SA, T_SB, T_VAX, T_VAY, T_VBX, T_VBY, T_WA, T_WB, VX, WALLS_WRAP, W_JOINT, F, X, Y,
)  # fmt: skip
# isort: on


PULL = F(10)
"""Anchors that are apart near each other at most at this many times the speed at which overlap is undone."""
_ANY = F(1e9)
NEAR = F(1e-6)
_EIGHTH, _FASTEST = F(0.785398), F(1000)


@inner
def softness(world, soft):
    """How a joint is solved: rate at which drift is undone [1/s], shares of the effective mass and of the old impulse; rigid, to relax, where not soft."""
    rate = world.real[P_JOINT_RATE] if soft else ZERO
    share = world.real[P_JOINT_MASS] if soft else ONE
    keep = world.real[P_JOINT_IMPULSE] if soft else ZERO
    return rate, share, keep


@inner
def _part(error, room, far):
    """What of an error lies within the room to both sides of 0, or (`far`) beyond it."""
    near = min(max(error, -room), room)
    return error - near if far else near


@inner
def joint_at(world, joint, field):
    """First index of a joint's row in a block's state; add the lane."""
    return (cell(world, W_JOINT, joint, Q_ROW) + field) * LANES


@inner
def tray(row):
    """First index of a row of F_JOINT."""
    return F_JOINT + row * LANES


@inner
def arm(s, o, x, y):
    """A vector of a body's frame in the world's; `o`: the body's first row in a lane."""
    c, d = s[o + COS * LANES], s[o + SIN * LANES]
    return c * x - d * y, d * x + c * y


@inner
def into(s, o, x, y):
    """A vector of the world in a body's frame."""
    c, d = s[o + COS * LANES], s[o + SIN * LANES]
    return c * x + d * y, c * y - d * x


@inner
def turn_between(s, oa, ob, j):
    """Cosine and sine of how far B has turned against A since the start."""
    qc, qs = into(s, oa, s[ob + COS * LANES], s[ob + SIN * LANES])
    rc, rs = s[j + J_COS * LANES], s[j + J_SIN * LANES]
    return rc * qc + rs * qs, rc * qs - rs * qc


@inner
def unwind(angle, before):
    """The angle, whole turns added, that is nearest to the one before."""
    return angle + TAU * np.floor((before - angle) * INV_TAU + HALF)


@shared
def load_joint(s, world, joint, t):
    """Copy the velocities of both bodies to scratch; work out arms and the way from anchor to anchor."""
    j, a, b = joint_at(world, joint, 0), cell(world, W_JOINT, joint, Q_A), cell(world, W_JOINT, joint, Q_B)
    oa, ob = at(a, 0), at(b, 0)
    drawn = cell(world, W_JOINT, joint, Q_DRAWN) * LANES
    ground_a, ground_b = (ONE if a == 0 else ZERO), (ONE if b == 0 else ZERO)
    for field in range(3):
        for l in range(LANES):
            t[tray(T_VAX) + field * LANES + l] = s[oa + VX * LANES + field * LANES + l]
        for l in range(LANES):
            t[tray(T_VBX) + field * LANES + l] = s[ob + VX * LANES + field * LANES + l]
    for l in range(LANES):
        t[tray(T_MA) + l], t[tray(T_IA) + l] = s[oa + INV_MASS * LANES + l], s[oa + INV_INERTIA * LANES + l]
        t[tray(T_MB) + l], t[tray(T_IB) + l] = s[ob + INV_MASS * LANES + l], s[ob + INV_INERTIA * LANES + l]
        alive = max(s[oa + ALIVE * LANES + l], ground_a) * max(s[ob + ALIVE * LANES + l], ground_b)
        t[tray(T_ON) + l] = alive * (ONE - s[j + J_BROKEN * LANES + l])
        t[tray(T_ROOM) + l] = ZERO if s[drawn + l] > ZERO else _ANY
    for l in range(LANES):
        ca, sa, cb, sb = s[oa + COS * LANES + l], s[oa + SIN * LANES + l], s[ob + COS * LANES + l], s[ob + SIN * LANES + l]
        lax, lay = s[j + J_AX * LANES + l], s[j + J_AY * LANES + l]
        lbx, lby = s[j + J_BX * LANES + l], s[j + J_BY * LANES + l]
        ax, ay, bx, by = ca * lax - sa * lay, sa * lax + ca * lay, cb * lbx - sb * lby, sb * lbx + cb * lby
        t[tray(T_AX) + l], t[tray(T_AY) + l], t[tray(T_BX) + l], t[tray(T_BY) + l] = ax, ay, bx, by
        t[tray(T_DX) + l] = s[ob + X * LANES + l] + bx - s[oa + X * LANES + l] - ax
        t[tray(T_DY) + l] = s[ob + Y * LANES + l] + by - s[oa + Y * LANES + l] - ay
        rc, rs = s[j + J_COS * LANES + l], s[j + J_SIN * LANES + l]
        t[tray(T_ANGLE) + l] = rc * (ca * sb - sa * cb) - rs * (ca * cb + sa * sb)
    if world.whole[N_WALLS] == WALLS_WRAP:
        for l in range(LANES):
            t[tray(T_DX) + l], t[tray(T_DY) + l] = shortest(world, True, t[tray(T_DX) + l], t[tray(T_DY) + l])


@shared
def calm(world, t):
    """Keep what moves within speeds that a joint can follow: as Box2D, an eighth of a turn in a substep, and 1 km/s."""
    quickest = _EIGHTH / world.real[P_SUBSTEP]
    for l in range(LANES):
        wa, wb = t[tray(T_WA) + l], t[tray(T_WB) + l]
        t[tray(T_WA) + l] = min(max(wa, -quickest), quickest) if t[tray(T_IA) + l] > ZERO else wa
        t[tray(T_WB) + l] = min(max(wb, -quickest), quickest) if t[tray(T_IB) + l] > ZERO else wb
    for row in (T_VAX, T_VAY):
        for l in range(LANES):
            v = t[tray(row) + l]
            t[tray(row) + l] = min(max(v, -_FASTEST), _FASTEST) if t[tray(T_MA) + l] > ZERO else v
    for row in (T_VBX, T_VBY):
        for l in range(LANES):
            v = t[tray(row) + l]
            t[tray(row) + l] = min(max(v, -_FASTEST), _FASTEST) if t[tray(T_MB) + l] > ZERO else v


@shared
def store_joint(s, world, a, b, t):
    """Copy the velocities back."""
    calm(world, t)
    oa, ob = at(a, 0), at(b, 0)
    for field in range(3):
        for l in range(LANES):
            s[oa + VX * LANES + field * LANES + l] = t[tray(T_VAX) + field * LANES + l]
        for l in range(LANES):
            s[ob + VX * LANES + field * LANES + l] = t[tray(T_VBX) + field * LANES + l]


@shared
def find_axis(s, world, joint, kind, t):
    """Direction, arms, position and effective mass of the axis of spring, motor and limits, for joints that have any."""
    q = cell(world, W_JOINT, joint, Q_SPRING) + cell(world, W_JOINT, joint, Q_LOW) + cell(world, W_JOINT, joint, Q_HIGH)
    if kind < JOINT_SLIDER:
        for l in range(LANES):
            t[tray(T_NX) + l], t[tray(T_NY) + l], t[tray(T_SA) + l], t[tray(T_SB) + l] = ZERO, ZERO, ONE, ONE
        if q > 0:
            j, oa, ob = joint_at(world, joint, 0), at(cell(world, W_JOINT, joint, Q_A), 0), at(cell(world, W_JOINT, joint, Q_B), 0)
            for l in range(LANES):
                qc, qs = turn_between(s, oa + l, ob + l, j + l)
                t[tray(T_C) + l] = unwind(atan2(qs, qc), s[j + J_POSITION * LANES + l])
            for l in range(LANES):
                s[j + J_POSITION * LANES + l] = t[tray(T_C) + l]
        elif cell(world, W_JOINT, joint, Q_MOTOR) == 0:
            return
    elif kind == JOINT_SLIDER:
        j, oa = joint_at(world, joint, 0), at(cell(world, W_JOINT, joint, Q_A), 0)
        for l in range(LANES):
            t[tray(T_NX) + l], t[tray(T_NY) + l] = arm(s, oa + l, s[j + J_AXIS_X * LANES + l], s[j + J_AXIS_Y * LANES + l])
        for l in range(LANES):
            t[tray(T_C) + l] = t[tray(T_DX) + l] * t[tray(T_NX) + l] + t[tray(T_DY) + l] * t[tray(T_NY) + l]
    else:
        for l in range(LANES):
            dx, dy = t[tray(T_DX) + l], t[tray(T_DY) + l]
            length = np.sqrt(dx * dx + dy * dy)
            inverse = ONE / max(length, NEAR)
            t[tray(T_NX) + l], t[tray(T_NY) + l], t[tray(T_C) + l] = dx * inverse, dy * inverse, length
    if kind >= JOINT_SLIDER:
        for l in range(LANES):
            nx, ny = t[tray(T_NX) + l], t[tray(T_NY) + l]
            ax, ay = t[tray(T_AX) + l] + t[tray(T_DX) + l], t[tray(T_AY) + l] + t[tray(T_DY) + l]
            t[tray(T_SA) + l] = ax * ny - ay * nx
            t[tray(T_SB) + l] = t[tray(T_BX) + l] * ny - t[tray(T_BY) + l] * nx
    for l in range(LANES):
        nx, ny, sa, sb = t[tray(T_NX) + l], t[tray(T_NY) + l], t[tray(T_SA) + l], t[tray(T_SB) + l]
        k = (t[tray(T_MA) + l] + t[tray(T_MB) + l]) * (nx * nx + ny * ny) + t[tray(T_IA) + l] * sa * sa + t[tray(T_IB) + l] * sb * sb
        t[tray(T_MASS) + l] = t[tray(T_ON) + l] / k if k > ZERO else ZERO


@inner
def _speed_along(t, l):
    """Velocity along the axis in one lane."""
    vx, vy = t[tray(T_VBX) + l] - t[tray(T_VAX) + l], t[tray(T_VBY) + l] - t[tray(T_VAY) + l]
    return vx * t[tray(T_NX) + l] + vy * t[tray(T_NY) + l] + t[tray(T_SB) + l] * t[tray(T_WB) + l] - t[tray(T_SA) + l] * t[tray(T_WA) + l]


@inner
def _push_along(t, l, impulse):
    """Apply an impulse along the axis in one lane."""
    px, py = impulse * t[tray(T_NX) + l], impulse * t[tray(T_NY) + l]
    t[tray(T_VAX) + l] -= t[tray(T_MA) + l] * px
    t[tray(T_VAY) + l] -= t[tray(T_MA) + l] * py
    t[tray(T_WA) + l] -= t[tray(T_IA) + l] * t[tray(T_SA) + l] * impulse
    t[tray(T_VBX) + l] += t[tray(T_MB) + l] * px
    t[tray(T_VBY) + l] += t[tray(T_MB) + l] * py
    t[tray(T_WB) + l] += t[tray(T_IB) + l] * t[tray(T_SB) + l] * impulse


@inner
def push_point(t, l, px, py, turn):
    """Apply an impulse at the anchors, and a turn, in one lane."""
    t[tray(T_VAX) + l] -= t[tray(T_MA) + l] * px
    t[tray(T_VAY) + l] -= t[tray(T_MA) + l] * py
    t[tray(T_WA) + l] -= t[tray(T_IA) + l] * (t[tray(T_AX) + l] * py - t[tray(T_AY) + l] * px + turn)
    t[tray(T_VBX) + l] += t[tray(T_MB) + l] * px
    t[tray(T_VBY) + l] += t[tray(T_MB) + l] * py
    t[tray(T_WB) + l] += t[tray(T_IB) + l] * (t[tray(T_BX) + l] * py - t[tray(T_BY) + l] * px + turn)


@shared
def repeat(s, j, kind, t):
    """Apply all that a joint has accumulated; forget it where the joint is broken or a body is gone."""
    for row in range(J_PX, J_HIGH + 1):
        for l in range(LANES):
            s[j + row * LANES + l] = s[j + row * LANES + l] if t[tray(T_ON) + l] > ZERO else ZERO
    if kind >= JOINT_SLIDER:
        for l in range(LANES):
            along = s[j + J_SPRING * LANES + l] + s[j + J_MOTOR * LANES + l] + s[j + J_LOW * LANES + l] - s[j + J_HIGH * LANES + l]
            _push_along(t, l, along)
    if kind == JOINT_SLIDER:
        for l in range(LANES):
            _push_across(t, l, s[j + J_PX * LANES + l], s[j + J_PY * LANES + l])
    elif kind < JOINT_SLIDER:
        for l in range(LANES):
            turn = s[j + J_SPRING * LANES + l] + s[j + J_MOTOR * LANES + l] + s[j + J_LOW * LANES + l] - s[j + J_HIGH * LANES + l]
            push_point(t, l, s[j + J_PX * LANES + l], s[j + J_PY * LANES + l], turn + s[j + J_TURN * LANES + l])


@shared
def spring(s, world, joint, j, kind, t):
    """Pull towards the start, or towards the length where it rests."""
    numbers = cell(world, W_JOINT, joint, Q_CONST)
    rate, share, keep = const(world, numbers + C_RATE), const(world, numbers + C_MASS), const(world, numbers + C_IMPULSE)
    rests = ONE if kind >= JOINT_LINE else ZERO
    for l in range(LANES):
        old = s[j + J_SPRING * LANES + l]
        c = t[tray(T_C) + l] - rests * s[j + J_LENGTH * LANES + l]
        impulse = -share * t[tray(T_MASS) + l] * (_speed_along(t, l) + rate * c) - keep * old
        s[j + J_SPRING * LANES + l] = old + impulse
        _push_along(t, l, impulse)


@shared
def motor(s, world, joint, j, t):
    """Go for a speed with no more than the greatest force."""
    most = const(world, cell(world, W_JOINT, joint, Q_CONST) + C_MOST)
    for l in range(LANES):
        old = s[j + J_MOTOR * LANES + l]
        new = old - t[tray(T_MASS) + l] * (_speed_along(t, l) - s[j + J_GOAL * LANES + l])
        new = min(max(new, -most), most)
        s[j + J_MOTOR * LANES + l] = new
        _push_along(t, l, new - old)


@shared
def limit(s, world, joint, j, kind, t, soft, upper, far):
    """Stop at the least (or greatest) position; what nears it is stopped when it gets there. `far` as in `hold_point`."""
    inv_h, most = ONE / world.real[P_SUBSTEP], PULL * world.real[P_PUSH_SPEED]
    rate, share, keep = softness(world, soft)
    sign, row = (-ONE if upper else ONE), (J_HIGH if upper else J_LOW) * LANES
    end = const(world, cell(world, W_JOINT, joint, Q_CONST) + (C_HIGH if upper else C_LOW))
    as_long = ONE if upper and kind == JOINT_ROPE else ZERO
    for l in range(LANES):
        room = sign * (t[tray(T_C) + l] - end - as_long * (s[j + J_LENGTH * LANES + l] - end))
        bias, mass_share, impulse_share = ZERO, ONE, ZERO
        if soft:
            bias = max(rate * _part(room, t[tray(T_ROOM) + l], far), -most)
            mass_share = ONE if room > ZERO or far else share
            impulse_share = ZERO if room > ZERO else keep
        bias = room * inv_h if room > ZERO else bias
        old = ZERO if far else s[j + row + l]
        new = old - mass_share * t[tray(T_MASS) + l] * (sign * _speed_along(t, l) + bias) - impulse_share * old
        new = max(new, ZERO)
        s[j + row + l] = s[j + row + l] if far else new
        _push_along(t, l, sign * (new - old))


@shared
def hold_turn(s, world, j, t, soft, far):
    """Keep two headings as they were (a weld). `far` as in `hold_point`."""
    rate, share, keep = softness(world, soft)
    share = ONE if far else share
    for l in range(LANES):
        k = t[tray(T_IA) + l] + t[tray(T_IB) + l]
        mass = t[tray(T_ON) + l] / k if k > ZERO else ZERO
        old = ZERO if far else s[j + J_TURN * LANES + l]
        error = _part(t[tray(T_ANGLE) + l], t[tray(T_ROOM) + l], far)
        impulse = -share * mass * (t[tray(T_WB) + l] - t[tray(T_WA) + l] + rate * error) - keep * old
        s[j + J_TURN * LANES + l] = s[j + J_TURN * LANES + l] if far else old + impulse
        t[tray(T_WA) + l] -= t[tray(T_IA) + l] * impulse
        t[tray(T_WB) + l] += t[tray(T_IB) + l] * impulse


@shared
def point_impulse(t, l, rate, share, keep, most, old_x, old_y):
    """What to add to the impulse that keeps two anchors together, in one lane."""
    ma, mb, ia, ib = t[tray(T_MA) + l], t[tray(T_MB) + l], t[tray(T_IA) + l], t[tray(T_IB) + l]
    ax, ay, bx, by = t[tray(T_AX) + l], t[tray(T_AY) + l], t[tray(T_BX) + l], t[tray(T_BY) + l]
    vx = t[tray(T_VBX) + l] - t[tray(T_WB) + l] * by - t[tray(T_VAX) + l] + t[tray(T_WA) + l] * ay
    vy = t[tray(T_VBY) + l] + t[tray(T_WB) + l] * bx - t[tray(T_VAY) + l] - t[tray(T_WA) + l] * ax
    vx += min(max(rate * t[tray(T_DX) + l], -most), most)
    vy += min(max(rate * t[tray(T_DY) + l], -most), most)
    k11 = ma + mb + ia * ay * ay + ib * by * by
    k12 = -(ia * ax * ay + ib * bx * by)
    k22 = ma + mb + ia * ax * ax + ib * bx * bx
    det = k11 * k22 - k12 * k12
    inverse = t[tray(T_ON) + l] / det if det > ZERO else ZERO
    px = -share * inverse * (k22 * vx - k12 * vy) - keep * old_x
    py = -share * inverse * (k11 * vy - k12 * vx) - keep * old_y
    return px, py


@shared
def hold_point(s, world, j, t, soft, far):
    """Keep two anchors together (a pin, a weld).

    `far`: solve for the errors that are beyond a joint's room, on the velocities of reunite.py, of which nothing is accumulated; else for those within.
    """
    rate, share, keep = softness(world, soft)
    share = ONE if far else share
    most = PULL * world.real[P_PUSH_SPEED]
    for l in range(LANES):
        room = t[tray(T_ROOM) + l]
        t[tray(T_DX) + l], t[tray(T_DY) + l] = _part(t[tray(T_DX) + l], room, far), _part(t[tray(T_DY) + l], room, far)
    for l in range(LANES):
        old_x, old_y = s[j + J_PX * LANES + l], s[j + J_PY * LANES + l]
        old_x, old_y = (ZERO if far else old_x), (ZERO if far else old_y)
        px, py = point_impulse(t, l, rate, share, keep, most, old_x, old_y)
        s[j + J_PX * LANES + l] = s[j + J_PX * LANES + l] if far else old_x + px
        s[j + J_PY * LANES + l] = s[j + J_PY * LANES + l] if far else old_y + py
        push_point(t, l, px, py, ZERO)


@inner
def _push_across(t, l, across, turn):
    """Apply an impulse across a slider's axis, and a turn, in one lane."""
    nx, ny = -t[tray(T_NY) + l], t[tray(T_NX) + l]
    ax, ay = t[tray(T_AX) + l] + t[tray(T_DX) + l], t[tray(T_AY) + l] + t[tray(T_DY) + l]
    px, py = across * nx, across * ny
    t[tray(T_VAX) + l] -= t[tray(T_MA) + l] * px
    t[tray(T_VAY) + l] -= t[tray(T_MA) + l] * py
    t[tray(T_WA) + l] -= t[tray(T_IA) + l] * (ax * py - ay * px + turn)
    t[tray(T_VBX) + l] += t[tray(T_MB) + l] * px
    t[tray(T_VBY) + l] += t[tray(T_MB) + l] * py
    t[tray(T_WB) + l] += t[tray(T_IB) + l] * (t[tray(T_BX) + l] * py - t[tray(T_BY) + l] * px + turn)


@shared
def hold_line(s, world, j, t, soft, far):
    """Keep B on the line of A, and their headings as they were (a slider): both at once, for they depend on each other. `far` as in `hold_point`."""
    rate, share, keep = softness(world, soft)
    share = ONE if far else share
    most = PULL * world.real[P_PUSH_SPEED]
    for l in range(LANES):
        nx, ny = -t[tray(T_NY) + l], t[tray(T_NX) + l]
        ax, ay = t[tray(T_AX) + l] + t[tray(T_DX) + l], t[tray(T_AY) + l] + t[tray(T_DY) + l]
        sa, sb = ax * ny - ay * nx, t[tray(T_BX) + l] * ny - t[tray(T_BY) + l] * nx
        wa, wb, ia, ib = t[tray(T_WA) + l], t[tray(T_WB) + l], t[tray(T_IA) + l], t[tray(T_IB) + l]
        vx, vy = t[tray(T_VBX) + l] - t[tray(T_VAX) + l], t[tray(T_VBY) + l] - t[tray(T_VAY) + l]
        off = _part(t[tray(T_DX) + l] * nx + t[tray(T_DY) + l] * ny, t[tray(T_ROOM) + l], far)
        v = vx * nx + vy * ny + sb * wb - sa * wa + min(max(rate * off, -most), most)
        w = wb - wa + rate * _part(t[tray(T_ANGLE) + l], t[tray(T_ROOM) + l], far)
        k11 = t[tray(T_MA) + l] + t[tray(T_MB) + l] + ia * sa * sa + ib * sb * sb
        k12 = ia * sa + ib * sb
        k22 = ia + ib
        k22 = k22 if k22 > ZERO else ONE
        det = k11 * k22 - k12 * k12
        inverse = t[tray(T_ON) + l] / det if det > ZERO else ZERO
        old_p, old_w = (ZERO if far else s[j + J_PX * LANES + l]), (ZERO if far else s[j + J_PY * LANES + l])
        p = -share * inverse * (k22 * v - k12 * w) - keep * old_p
        turn = -share * inverse * (k11 * w - k12 * v) - keep * old_w
        s[j + J_PX * LANES + l] = s[j + J_PX * LANES + l] if far else old_p + p
        s[j + J_PY * LANES + l] = s[j + J_PY * LANES + l] if far else old_w + turn
        _push_across(t, l, p, turn)


@shared
def add_up(s, j, kind, t):
    """Add the impulse that the joint held in this substep, without turns."""
    for l in range(LANES):
        along = s[j + J_SPRING * LANES + l] + s[j + J_MOTOR * LANES + l] + s[j + J_LOW * LANES + l] - s[j + J_HIGH * LANES + l]
        px, py = s[j + J_PX * LANES + l], s[j + J_PY * LANES + l]
        px, py = (px if kind <= JOINT_SLIDER else ZERO), (py if kind < JOINT_SLIDER else along)
        s[j + J_SUM * LANES + l] += np.sqrt(px * px + py * py) if t[tray(T_ON) + l] > ZERO else ZERO


@shared
def hold(s, world, joint, j, kind, t, soft, far):
    """All that a joint holds by itself: its limits, and what its type keeps together. `far` as in `hold_point`."""
    if cell(world, W_JOINT, joint, Q_LOW) == 1:
        limit(s, world, joint, j, kind, t, soft, False, far)
    if cell(world, W_JOINT, joint, Q_HIGH) == 1:
        limit(s, world, joint, j, kind, t, soft, True, far)
    if kind == JOINT_WELD:
        hold_turn(s, world, j, t, soft, far)
    if kind == JOINT_SLIDER:
        hold_line(s, world, j, t, soft, far)
    elif kind < JOINT_SLIDER:
        hold_point(s, world, j, t, soft, far)
