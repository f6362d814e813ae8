"""The constraints that joints and grips are made of: between two bodies, whose velocities and arms lie in Area.JOINT of scratch.

Spring, motor and limits of all joints are constraints along one axis: about the pin, along the slider, along the rope. A velocity along it is
n . (vb - va) + sb wb - sa wa, with the direction n and the arms sa and sb (n = 0 and both arms 1 about a pin).
"""

import numpy as np

from ...jit.ir import LANES
from ...jit.kernel import inner, shared
from ..world.bodies import at, shortest
from ..world.elementary import HALF, INV_TAU, ONE, TAU, ZERO, atan2
from ..world.layout.scratch import Area, Tray
from ..world.layout.things import Body, Joint, JointConst, JointTable, JointType
from ..world.layout.world import F, Real, Table, Walls, Whole
from ..world.tables import cell, const

PULL = F(10)
"""Anchors that are apart near each other at most at this many times the speed at which overlap is undone."""
_ANY = F(1e9)
NEAR = F(1e-6)
_EIGHTH, _FASTEST = F(0.785398), F(1000)


@inner
def softness(world, soft):
    """How a joint is solved: rate at which drift is undone [1/s], shares of the effective mass and of the old impulse; rigid, to relax, where not soft."""
    rate = world.real[Real.JOINT_RATE] if soft else ZERO
    share = world.real[Real.JOINT_MASS] if soft else ONE
    keep = world.real[Real.JOINT_IMPULSE] if soft else ZERO
    return rate, share, keep


@inner
def _part(error, room, far):
    """What of an error lies within the room to both sides of 0, or (`far`) beyond it."""
    near = min(max(error, -room), room)
    return error - near if far else near


@inner
def joint_at(world, joint, field):
    """A joint's row in a block's state."""
    return cell(world, Table.JOINT, joint, JointTable.ROW) + field


@inner
def tray(row):
    """A row of Area.JOINT."""
    return Area.JOINT + row


@inner
def arm(s, o, l, x, y):
    """A vector of a body's frame in the world's; `o`: the body's first row."""
    c, d = s[o + Body.COS, l], s[o + Body.SIN, l]
    return c * x - d * y, d * x + c * y


@inner
def into(s, o, l, x, y):
    """A vector of the world in a body's frame."""
    c, d = s[o + Body.COS, l], s[o + Body.SIN, l]
    return c * x + d * y, c * y - d * x


@inner
def turn_between(s, oa, ob, j, l):
    """Cosine and sine of how far B has turned against A since the start."""
    qc, qs = into(s, oa, l, s[ob + Body.COS, l], s[ob + Body.SIN, l])
    rc, rs = s[j + Joint.COS, l], s[j + Joint.SIN, l]
    return rc * qc + rs * qs, rc * qs - rs * qc


@inner
def unwind(angle, before):
    """The angle, whole turns added, that is nearest to the one before."""
    return angle + TAU * np.floor((before - angle) * INV_TAU + HALF)


@shared
def load_joint(s, world, joint, t):
    """Copy the velocities of both bodies to scratch; work out arms and the way from anchor to anchor."""
    j, a, b = joint_at(world, joint, 0), cell(world, Table.JOINT, joint, JointTable.A), cell(world, Table.JOINT, joint, JointTable.B)
    oa, ob = at(a, 0), at(b, 0)
    drawn = cell(world, Table.JOINT, joint, JointTable.DRAWN)
    ground_a, ground_b = (ONE if a == 0 else ZERO), (ONE if b == 0 else ZERO)
    for field in range(3):
        for l in range(LANES):
            t[tray(Tray.VAX) + field, l] = s[oa + Body.VX + field, l]
        for l in range(LANES):
            t[tray(Tray.VBX) + field, l] = s[ob + Body.VX + field, l]
    for l in range(LANES):
        t[tray(Tray.MA), l], t[tray(Tray.IA), l] = s[oa + Body.INV_MASS, l], s[oa + Body.INV_INERTIA, l]
        t[tray(Tray.MB), l], t[tray(Tray.IB), l] = s[ob + Body.INV_MASS, l], s[ob + Body.INV_INERTIA, l]
        alive = max(s[oa + Body.ALIVE, l], ground_a) * max(s[ob + Body.ALIVE, l], ground_b)
        t[tray(Tray.ON), l] = alive * (ONE - s[j + Joint.BROKEN, l])
        t[tray(Tray.ROOM), l] = ZERO if s[drawn, l] > ZERO else _ANY
    for l in range(LANES):
        ca, sa, cb, sb = s[oa + Body.COS, l], s[oa + Body.SIN, l], s[ob + Body.COS, l], s[ob + Body.SIN, l]
        lax, lay = s[j + Joint.AX, l], s[j + Joint.AY, l]
        lbx, lby = s[j + Joint.BX, l], s[j + Joint.BY, l]
        ax, ay, bx, by = ca * lax - sa * lay, sa * lax + ca * lay, cb * lbx - sb * lby, sb * lbx + cb * lby
        t[tray(Tray.AX), l], t[tray(Tray.AY), l], t[tray(Tray.BX), l], t[tray(Tray.BY), l] = ax, ay, bx, by
        t[tray(Tray.DX), l] = s[ob + Body.X, l] + bx - s[oa + Body.X, l] - ax
        t[tray(Tray.DY), l] = s[ob + Body.Y, l] + by - s[oa + Body.Y, l] - ay
        rc, rs = s[j + Joint.COS, l], s[j + Joint.SIN, l]
        t[tray(Tray.ANGLE), l] = rc * (ca * sb - sa * cb) - rs * (ca * cb + sa * sb)
    if world.whole[Whole.WALLS] == Walls.WRAP:
        for l in range(LANES):
            t[tray(Tray.DX), l], t[tray(Tray.DY), l] = shortest(world, True, t[tray(Tray.DX), l], t[tray(Tray.DY), l])


@shared
def calm(world, t):
    """Keep what moves within speeds that a joint can follow: as Box2D, an eighth of a turn in a substep, and 1 km/s."""
    quickest = _EIGHTH / world.real[Real.SUBSTEP]
    for l in range(LANES):
        wa, wb = t[tray(Tray.WA), l], t[tray(Tray.WB), l]
        t[tray(Tray.WA), l] = min(max(wa, -quickest), quickest) if t[tray(Tray.IA), l] > ZERO else wa
        t[tray(Tray.WB), l] = min(max(wb, -quickest), quickest) if t[tray(Tray.IB), l] > ZERO else wb
    for row in (Tray.VAX, Tray.VAY):
        for l in range(LANES):
            v = t[tray(row), l]
            t[tray(row), l] = min(max(v, -_FASTEST), _FASTEST) if t[tray(Tray.MA), l] > ZERO else v
    for row in (Tray.VBX, Tray.VBY):
        for l in range(LANES):
            v = t[tray(row), l]
            t[tray(row), l] = min(max(v, -_FASTEST), _FASTEST) if t[tray(Tray.MB), l] > ZERO else v


@shared
def store_joint(s, world, a, b, t):
    """Copy the velocities back."""
    calm(world, t)
    oa, ob = at(a, 0), at(b, 0)
    for field in range(3):
        for l in range(LANES):
            s[oa + Body.VX + field, l] = t[tray(Tray.VAX) + field, l]
        for l in range(LANES):
            s[ob + Body.VX + field, l] = t[tray(Tray.VBX) + field, l]


@shared
def find_axis(s, world, joint, kind, t):
    """Direction, arms, position and effective mass of the axis of spring, motor and limits, for joints that have any."""
    q = (
        cell(world, Table.JOINT, joint, JointTable.SPRING)
        + cell(world, Table.JOINT, joint, JointTable.LOW)
        + cell(world, Table.JOINT, joint, JointTable.HIGH)
    )
    if kind < JointType.SLIDER:
        for l in range(LANES):
            t[tray(Tray.NX), l], t[tray(Tray.NY), l], t[tray(Tray.SA), l], t[tray(Tray.SB), l] = ZERO, ZERO, ONE, ONE
        if q > 0:
            j, oa, ob = (
                joint_at(world, joint, 0),
                at(cell(world, Table.JOINT, joint, JointTable.A), 0),
                at(cell(world, Table.JOINT, joint, JointTable.B), 0),
            )
            for l in range(LANES):
                qc, qs = turn_between(s, oa, ob, j, l)
                t[tray(Tray.C), l] = unwind(atan2(qs, qc), s[j + Joint.POSITION, l])
            for l in range(LANES):
                s[j + Joint.POSITION, l] = t[tray(Tray.C), l]
        elif cell(world, Table.JOINT, joint, JointTable.MOTOR) == 0:
            return
    elif kind == JointType.SLIDER:
        j, oa = joint_at(world, joint, 0), at(cell(world, Table.JOINT, joint, JointTable.A), 0)
        for l in range(LANES):
            t[tray(Tray.NX), l], t[tray(Tray.NY), l] = arm(s, oa, l, s[j + Joint.AXIS_X, l], s[j + Joint.AXIS_Y, l])
        for l in range(LANES):
            t[tray(Tray.C), l] = t[tray(Tray.DX), l] * t[tray(Tray.NX), l] + t[tray(Tray.DY), l] * t[tray(Tray.NY), l]
    else:
        for l in range(LANES):
            dx, dy = t[tray(Tray.DX), l], t[tray(Tray.DY), l]
            length = np.sqrt(dx * dx + dy * dy)
            inverse = ONE / max(length, NEAR)
            t[tray(Tray.NX), l], t[tray(Tray.NY), l], t[tray(Tray.C), l] = dx * inverse, dy * inverse, length
    if kind >= JointType.SLIDER:
        for l in range(LANES):
            nx, ny = t[tray(Tray.NX), l], t[tray(Tray.NY), l]
            ax, ay = t[tray(Tray.AX), l] + t[tray(Tray.DX), l], t[tray(Tray.AY), l] + t[tray(Tray.DY), l]
            t[tray(Tray.SA), l] = ax * ny - ay * nx
            t[tray(Tray.SB), l] = t[tray(Tray.BX), l] * ny - t[tray(Tray.BY), l] * nx
    for l in range(LANES):
        nx, ny, sa, sb = t[tray(Tray.NX), l], t[tray(Tray.NY), l], t[tray(Tray.SA), l], t[tray(Tray.SB), l]
        k = (
            (t[tray(Tray.MA), l] + t[tray(Tray.MB), l]) * (nx * nx + ny * ny)
            + t[tray(Tray.IA), l] * sa * sa
            + t[tray(Tray.IB), l] * sb * sb
        )
        t[tray(Tray.MASS), l] = t[tray(Tray.ON), l] / k if k > ZERO else ZERO


@inner
def _speed_along(t, l):
    """Velocity along the axis in one lane."""
    vx, vy = t[tray(Tray.VBX), l] - t[tray(Tray.VAX), l], t[tray(Tray.VBY), l] - t[tray(Tray.VAY), l]
    return (
        vx * t[tray(Tray.NX), l]
        + vy * t[tray(Tray.NY), l]
        + t[tray(Tray.SB), l] * t[tray(Tray.WB), l]
        - t[tray(Tray.SA), l] * t[tray(Tray.WA), l]
    )


@inner
def _push_along(t, l, impulse):
    """Apply an impulse along the axis in one lane."""
    px, py = impulse * t[tray(Tray.NX), l], impulse * t[tray(Tray.NY), l]
    t[tray(Tray.VAX), l] -= t[tray(Tray.MA), l] * px
    t[tray(Tray.VAY), l] -= t[tray(Tray.MA), l] * py
    t[tray(Tray.WA), l] -= t[tray(Tray.IA), l] * t[tray(Tray.SA), l] * impulse
    t[tray(Tray.VBX), l] += t[tray(Tray.MB), l] * px
    t[tray(Tray.VBY), l] += t[tray(Tray.MB), l] * py
    t[tray(Tray.WB), l] += t[tray(Tray.IB), l] * t[tray(Tray.SB), l] * impulse


@inner
def push_point(t, l, px, py, turn):
    """Apply an impulse at the anchors, and a turn, in one lane."""
    t[tray(Tray.VAX), l] -= t[tray(Tray.MA), l] * px
    t[tray(Tray.VAY), l] -= t[tray(Tray.MA), l] * py
    t[tray(Tray.WA), l] -= t[tray(Tray.IA), l] * (t[tray(Tray.AX), l] * py - t[tray(Tray.AY), l] * px + turn)
    t[tray(Tray.VBX), l] += t[tray(Tray.MB), l] * px
    t[tray(Tray.VBY), l] += t[tray(Tray.MB), l] * py
    t[tray(Tray.WB), l] += t[tray(Tray.IB), l] * (t[tray(Tray.BX), l] * py - t[tray(Tray.BY), l] * px + turn)


@shared
def repeat(s, j, kind, t):
    """Apply all that a joint has accumulated; forget it where the joint is broken or a body is gone."""
    for row in range(Joint.PX, Joint.HIGH + 1):
        for l in range(LANES):
            s[j + row, l] = s[j + row, l] if t[tray(Tray.ON), l] > ZERO else ZERO
    if kind >= JointType.SLIDER:
        for l in range(LANES):
            along = s[j + Joint.SPRING, l] + s[j + Joint.MOTOR, l] + s[j + Joint.LOW, l] - s[j + Joint.HIGH, l]
            _push_along(t, l, along)
    if kind == JointType.SLIDER:
        for l in range(LANES):
            _push_across(t, l, s[j + Joint.PX, l], s[j + Joint.PY, l])
    elif kind < JointType.SLIDER:
        for l in range(LANES):
            turn = s[j + Joint.SPRING, l] + s[j + Joint.MOTOR, l] + s[j + Joint.LOW, l] - s[j + Joint.HIGH, l]
            push_point(t, l, s[j + Joint.PX, l], s[j + Joint.PY, l], turn + s[j + Joint.TURN, l])


@shared
def spring(s, world, joint, j, kind, t):
    """Pull towards the start, or towards the length where it rests."""
    numbers = cell(world, Table.JOINT, joint, JointTable.CONST)
    rate, share, keep = (
        const(world, numbers + JointConst.RATE),
        const(world, numbers + JointConst.MASS),
        const(world, numbers + JointConst.IMPULSE),
    )
    rests = ONE if kind >= JointType.LINE else ZERO
    for l in range(LANES):
        old = s[j + Joint.SPRING, l]
        c = t[tray(Tray.C), l] - rests * s[j + Joint.LENGTH, l]
        impulse = -share * t[tray(Tray.MASS), l] * (_speed_along(t, l) + rate * c) - keep * old
        s[j + Joint.SPRING, l] = old + impulse
        _push_along(t, l, impulse)


@shared
def motor(s, world, joint, j, t):
    """Go for a speed with no more than the greatest force."""
    most = const(world, cell(world, Table.JOINT, joint, JointTable.CONST) + JointConst.MOST)
    for l in range(LANES):
        old = s[j + Joint.MOTOR, l]
        new = old - t[tray(Tray.MASS), l] * (_speed_along(t, l) - s[j + Joint.GOAL, l])
        new = min(max(new, -most), most)
        s[j + Joint.MOTOR, l] = new
        _push_along(t, l, new - old)


@shared
def limit(s, world, joint, j, kind, t, soft, upper, far):
    """Stop at the least (or greatest) position; what nears it is stopped when it gets there. `far` as in `hold_point`."""
    inv_h, most = ONE / world.real[Real.SUBSTEP], PULL * world.real[Real.PUSH_SPEED]
    rate, share, keep = softness(world, soft)
    sign, row = (-ONE if upper else ONE), (Joint.HIGH if upper else Joint.LOW)
    end = const(world, cell(world, Table.JOINT, joint, JointTable.CONST) + (JointConst.HIGH if upper else JointConst.LOW))
    as_long = ONE if upper and kind == JointType.ROPE else ZERO
    for l in range(LANES):
        room = sign * (t[tray(Tray.C), l] - end - as_long * (s[j + Joint.LENGTH, l] - end))
        bias, mass_share, impulse_share = ZERO, ONE, ZERO
        if soft:
            bias = max(rate * _part(room, t[tray(Tray.ROOM), l], far), -most)
            mass_share = ONE if room > ZERO or far else share
            impulse_share = ZERO if room > ZERO else keep
        bias = room * inv_h if room > ZERO else bias
        old = ZERO if far else s[j + row, l]
        new = old - mass_share * t[tray(Tray.MASS), l] * (sign * _speed_along(t, l) + bias) - impulse_share * old
        new = max(new, ZERO)
        s[j + row, l] = s[j + row, l] if far else new
        _push_along(t, l, sign * (new - old))


@shared
def hold_turn(s, world, j, t, soft, far):
    """Keep two headings as they were (a weld). `far` as in `hold_point`."""
    rate, share, keep = softness(world, soft)
    share = ONE if far else share
    for l in range(LANES):
        k = t[tray(Tray.IA), l] + t[tray(Tray.IB), l]
        mass = t[tray(Tray.ON), l] / k if k > ZERO else ZERO
        old = ZERO if far else s[j + Joint.TURN, l]
        error = _part(t[tray(Tray.ANGLE), l], t[tray(Tray.ROOM), l], far)
        impulse = -share * mass * (t[tray(Tray.WB), l] - t[tray(Tray.WA), l] + rate * error) - keep * old
        s[j + Joint.TURN, l] = s[j + Joint.TURN, l] if far else old + impulse
        t[tray(Tray.WA), l] -= t[tray(Tray.IA), l] * impulse
        t[tray(Tray.WB), l] += t[tray(Tray.IB), l] * impulse


@shared
def point_impulse(t, l, rate, share, keep, most, old_x, old_y):
    """What to add to the impulse that keeps two anchors together, in one lane."""
    ma, mb, ia, ib = t[tray(Tray.MA), l], t[tray(Tray.MB), l], t[tray(Tray.IA), l], t[tray(Tray.IB), l]
    ax, ay, bx, by = t[tray(Tray.AX), l], t[tray(Tray.AY), l], t[tray(Tray.BX), l], t[tray(Tray.BY), l]
    vx = t[tray(Tray.VBX), l] - t[tray(Tray.WB), l] * by - t[tray(Tray.VAX), l] + t[tray(Tray.WA), l] * ay
    vy = t[tray(Tray.VBY), l] + t[tray(Tray.WB), l] * bx - t[tray(Tray.VAY), l] - t[tray(Tray.WA), l] * ax
    vx += min(max(rate * t[tray(Tray.DX), l], -most), most)
    vy += min(max(rate * t[tray(Tray.DY), l], -most), most)
    k11 = ma + mb + ia * ay * ay + ib * by * by
    k12 = -(ia * ax * ay + ib * bx * by)
    k22 = ma + mb + ia * ax * ax + ib * bx * bx
    det = k11 * k22 - k12 * k12
    inverse = t[tray(Tray.ON), l] / det if det > ZERO else ZERO
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
    most = PULL * world.real[Real.PUSH_SPEED]
    for l in range(LANES):
        room = t[tray(Tray.ROOM), l]
        t[tray(Tray.DX), l], t[tray(Tray.DY), l] = _part(t[tray(Tray.DX), l], room, far), _part(t[tray(Tray.DY), l], room, far)
    for l in range(LANES):
        old_x, old_y = s[j + Joint.PX, l], s[j + Joint.PY, l]
        old_x, old_y = (ZERO if far else old_x), (ZERO if far else old_y)
        px, py = point_impulse(t, l, rate, share, keep, most, old_x, old_y)
        s[j + Joint.PX, l] = s[j + Joint.PX, l] if far else old_x + px
        s[j + Joint.PY, l] = s[j + Joint.PY, l] if far else old_y + py
        push_point(t, l, px, py, ZERO)


@inner
def _push_across(t, l, across, turn):
    """Apply an impulse across a slider's axis, and a turn, in one lane."""
    nx, ny = -t[tray(Tray.NY), l], t[tray(Tray.NX), l]
    ax, ay = t[tray(Tray.AX), l] + t[tray(Tray.DX), l], t[tray(Tray.AY), l] + t[tray(Tray.DY), l]
    px, py = across * nx, across * ny
    t[tray(Tray.VAX), l] -= t[tray(Tray.MA), l] * px
    t[tray(Tray.VAY), l] -= t[tray(Tray.MA), l] * py
    t[tray(Tray.WA), l] -= t[tray(Tray.IA), l] * (ax * py - ay * px + turn)
    t[tray(Tray.VBX), l] += t[tray(Tray.MB), l] * px
    t[tray(Tray.VBY), l] += t[tray(Tray.MB), l] * py
    t[tray(Tray.WB), l] += t[tray(Tray.IB), l] * (t[tray(Tray.BX), l] * py - t[tray(Tray.BY), l] * px + turn)


@shared
def hold_line(s, world, j, t, soft, far):
    """Keep B on the line of A, and their headings as they were (a slider): both at once, for they depend on each other. `far` as in `hold_point`."""
    rate, share, keep = softness(world, soft)
    share = ONE if far else share
    most = PULL * world.real[Real.PUSH_SPEED]
    for l in range(LANES):
        nx, ny = -t[tray(Tray.NY), l], t[tray(Tray.NX), l]
        ax, ay = t[tray(Tray.AX), l] + t[tray(Tray.DX), l], t[tray(Tray.AY), l] + t[tray(Tray.DY), l]
        sa, sb = ax * ny - ay * nx, t[tray(Tray.BX), l] * ny - t[tray(Tray.BY), l] * nx
        wa, wb, ia, ib = t[tray(Tray.WA), l], t[tray(Tray.WB), l], t[tray(Tray.IA), l], t[tray(Tray.IB), l]
        vx, vy = t[tray(Tray.VBX), l] - t[tray(Tray.VAX), l], t[tray(Tray.VBY), l] - t[tray(Tray.VAY), l]
        off = _part(t[tray(Tray.DX), l] * nx + t[tray(Tray.DY), l] * ny, t[tray(Tray.ROOM), l], far)
        v = vx * nx + vy * ny + sb * wb - sa * wa + min(max(rate * off, -most), most)
        w = wb - wa + rate * _part(t[tray(Tray.ANGLE), l], t[tray(Tray.ROOM), l], far)
        k11 = t[tray(Tray.MA), l] + t[tray(Tray.MB), l] + ia * sa * sa + ib * sb * sb
        k12 = ia * sa + ib * sb
        k22 = ia + ib
        k22 = k22 if k22 > ZERO else ONE
        det = k11 * k22 - k12 * k12
        inverse = t[tray(Tray.ON), l] / det if det > ZERO else ZERO
        old_p, old_w = (ZERO if far else s[j + Joint.PX, l]), (ZERO if far else s[j + Joint.PY, l])
        p = -share * inverse * (k22 * v - k12 * w) - keep * old_p
        turn = -share * inverse * (k11 * w - k12 * v) - keep * old_w
        s[j + Joint.PX, l] = s[j + Joint.PX, l] if far else old_p + p
        s[j + Joint.PY, l] = s[j + Joint.PY, l] if far else old_w + turn
        _push_across(t, l, p, turn)


@shared
def add_up(s, j, kind, t):
    """Add the impulse that the joint held in this substep, without turns."""
    for l in range(LANES):
        along = s[j + Joint.SPRING, l] + s[j + Joint.MOTOR, l] + s[j + Joint.LOW, l] - s[j + Joint.HIGH, l]
        px, py = s[j + Joint.PX, l], s[j + Joint.PY, l]
        px, py = (px if kind <= JointType.SLIDER else ZERO), (py if kind < JointType.SLIDER else along)
        s[j + Joint.SUM, l] += np.sqrt(px * px + py * py) if t[tray(Tray.ON), l] > ZERO else ZERO


@shared
def hold(s, world, joint, j, kind, t, soft, far):
    """All that a joint holds by itself: its limits, and what its type keeps together. `far` as in `hold_point`."""
    if cell(world, Table.JOINT, joint, JointTable.LOW) == 1:
        limit(s, world, joint, j, kind, t, soft, False, far)
    if cell(world, Table.JOINT, joint, JointTable.HIGH) == 1:
        limit(s, world, joint, j, kind, t, soft, True, far)
    if kind == JointType.WELD:
        hold_turn(s, world, j, t, soft, far)
    if kind == JointType.SLIDER:
        hold_line(s, world, j, t, soft, far)
    elif kind < JointType.SLIDER:
        hold_point(s, world, j, t, soft, far)
