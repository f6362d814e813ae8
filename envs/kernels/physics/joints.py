"""Joints: what holds two bodies together. Called by the physics step, in each substep, beside the contacts.

Source: Erin Catto, Box2D v3 (revolute_joint.c, prismatic_joint.c, weld_joint.c, distance_joint.c): soft constraints with accumulated impulses, applied
again at the start of a substep, solved before the contacts, and relaxed after bodies have moved. Joints are listed at compile time and join the same
two bodies in every world, so that nothing is gathered by index: 16 worlds go through each line. What one joint does stands in constraints.py.
"""

import numpy as np

from ...jit.ir import LANES
from ...jit.kernel import shared
from ..world.bodies import at, nearest_image, shortest
from ..world.elementary import HALF, ONE, ZERO, atan2
from ..world.layout.scratch import Area
from ..world.layout.things import Anchor, Body, Joint, JointConst, JointTable, JointType, Motor
from ..world.layout.world import Real, Table, Walls, Whole
from ..world.tables import cell, const, row_count
from .constraints import (
    NEAR,
    add_up,
    arm,
    find_axis,
    hold,
    into,
    joint_at,
    load_joint,
    motor,
    repeat,
    spring,
    store_joint,
    turn_between,
    unwind,
)


@shared
def drive_motors(s, world, actions):
    """Set the speeds that driven motors go for, from actions in [-1, 1] (discrete: 0, 1, 2 for back, still, forth)."""
    for n in range(row_count(world, Table.MOTOR)):
        goal = cell(world, Table.MOTOR, n, Motor.ROW) + Joint.GOAL
        action = Area.ACTION + cell(world, Table.MOTOR, n, Motor.ACTION)
        alive = at(cell(world, Table.MOTOR, n, Motor.BODY), Body.ALIVE)
        speed = const(world, cell(world, Table.MOTOR, n, Motor.CONST) + JointConst.SPEED)
        back = ONE if cell(world, Table.MOTOR, n, Motor.DISCRETE) == 1 else ZERO
        for l in range(LANES):
            s[goal, l] = (actions[action, l] - back) * speed if s[alive, l] > ZERO else ZERO  # times 0 would leave a sign


@shared
def pull_again(s, world, scratch):
    """Warm start: apply the impulses of the last substep, which are nearly right for this one."""
    for joint in range(row_count(world, Table.JOINT)):
        kind = cell(world, Table.JOINT, joint, JointTable.TYPE)
        load_joint(s, world, joint, scratch.f)
        find_axis(s, world, joint, kind, scratch.f)
        repeat(s, joint_at(world, joint, 0), kind, scratch.f)
        store_joint(s, world, cell(world, Table.JOINT, joint, JointTable.A), cell(world, Table.JOINT, joint, JointTable.B), scratch.f)


@shared
def pull(s, world, soft, scratch):
    """One solver pass over all joints; `soft` as in physics.push_apart. Springs push in the soft pass only: to push again where it has moved damps them."""
    for joint in range(row_count(world, Table.JOINT)):
        kind, j = cell(world, Table.JOINT, joint, JointTable.TYPE), joint_at(world, joint, 0)
        load_joint(s, world, joint, scratch.f)
        find_axis(s, world, joint, kind, scratch.f)
        if cell(world, Table.JOINT, joint, JointTable.SPRING) == 1 and soft:
            spring(s, world, joint, j, kind, scratch.f)
        if cell(world, Table.JOINT, joint, JointTable.MOTOR) == 1:
            motor(s, world, joint, j, scratch.f)
        hold(s, world, joint, j, kind, scratch.f, soft, False)
        if not soft:
            add_up(s, j, kind, scratch.f)
        store_joint(s, world, cell(world, Table.JOINT, joint, JointTable.A), cell(world, Table.JOINT, joint, JointTable.B), scratch.f)


@shared
def wear(s, world):
    """At the end of a tick: the mean force that each joint held, and whether that was too much for it."""
    tick = world.real[Real.TICK]
    for joint in range(row_count(world, Table.JOINT)):
        j = joint_at(world, joint, 0)
        most = const(world, cell(world, Table.JOINT, joint, JointTable.CONST) + JointConst.BREAK)
        for l in range(LANES):
            force = s[j + Joint.SUM, l] / tick
            broken = s[j + Joint.BROKEN, l]
            s[j + Joint.BROKEN, l] = ONE if most > ZERO and force > most else broken
            s[j + Joint.FORCE, l] = force
            s[j + Joint.SUM, l] = ZERO


@shared
def measure(s, world, first, last):
    """Note how each joint stands, in the lanes `first` to `last`: what formulas and sensors tell."""
    wraps = world.whole[Whole.WALLS] == Walls.WRAP
    for joint in range(row_count(world, Table.JOINT)):
        kind, j = cell(world, Table.JOINT, joint, JointTable.TYPE), joint_at(world, joint, 0)
        a, b = cell(world, Table.JOINT, joint, JointTable.A), cell(world, Table.JOINT, joint, JointTable.B)
        for l in range(first, last):
            oa, ob = at(a, 0), at(b, 0)
            qc, qs = turn_between(s, oa, ob, j, l)
            if kind < JointType.SLIDER:
                s[j + Joint.TURN_COS, l], s[j + Joint.TURN_SIN, l] = qc, qs
                s[j + Joint.POSITION, l] = unwind(atan2(qs, qc), s[j + Joint.POSITION, l])
                s[j + Joint.SPEED, l] = s[ob + Body.SPIN, l] - s[oa + Body.SPIN, l]
            else:
                ax, ay = arm(s, oa, l, s[j + Joint.AX, l], s[j + Joint.AY, l])
                bx, by = arm(s, ob, l, s[j + Joint.BX, l], s[j + Joint.BY, l])
                dx, dy = s[ob, l] + bx - s[oa, l] - ax, s[ob + 1, l] + by - s[oa + 1, l] - ay
                dx, dy = shortest(world, wraps, dx, dy)
                nx, ny = arm(s, oa, l, s[j + Joint.AXIS_X, l], s[j + Joint.AXIS_Y, l])
                length = np.sqrt(dx * dx + dy * dy)
                if kind != JointType.SLIDER:
                    nx, ny = dx / max(length, NEAR), dy / max(length, NEAR)
                vx = s[ob + Body.VX, l] - s[ob + Body.SPIN, l] * by - s[oa + Body.VX, l] + s[oa + Body.SPIN, l] * (ay + dy)
                vy = s[ob + Body.VY, l] + s[ob + Body.SPIN, l] * bx - s[oa + Body.VY, l] - s[oa + Body.SPIN, l] * (ax + dx)
                s[j + Joint.POSITION, l] = dx * nx + dy * ny if kind == JointType.SLIDER else length
                s[j + Joint.SPEED, l] = vx * nx + vy * ny


@shared
def attach(s, world, lane):
    """Fasten all joints of one world where its bodies stand now: at the start of an episode."""
    wraps = world.whole[Whole.WALLS] == Walls.WRAP
    for joint in range(row_count(world, Table.JOINT)):
        kind, j = cell(world, Table.JOINT, joint, JointTable.TYPE), joint_at(world, joint, 0)
        a, b = cell(world, Table.JOINT, joint, JointTable.A), cell(world, Table.JOINT, joint, JointTable.B)
        oa, ob = at(a, 0), at(b, 0)
        way, points = cell(world, Table.JOINT, joint, JointTable.ANCHOR), cell(world, Table.JOINT, joint, JointTable.POINTS)
        numbers = cell(world, Table.JOINT, joint, JointTable.CONST)
        ax, ay, bx, by = const(world, points), const(world, points + 1), const(world, points + 2), const(world, points + 3)
        _dx, _dy, shift = nearest_image(s, world, wraps, a, b, lane)
        sx, sy = shift
        dx, dy = s[ob, lane] + sx - s[oa, lane], s[ob + 1, lane] + sy - s[oa + 1, lane]
        if way != Anchor.BOTH:  # one point, from the centre of A, to the frames of both
            if way == Anchor.AT:
                px, py = shortest(world, wraps, ax - s[oa, lane], ay - s[oa + 1, lane])
            elif way == Anchor.A:
                px, py = arm(s, oa, lane, ax, ay)
            elif way == Anchor.B:
                px, py = arm(s, ob, lane, bx, by)
                px, py = px + dx, py + dy
            else:
                px, py = HALF * dx, HALF * dy
            ax, ay = into(s, oa, lane, px, py)
            bx, by = into(s, ob, lane, px - dx, py - dy)
        s[j + Joint.AX, lane], s[j + Joint.AY, lane] = ax, ay
        s[j + Joint.BX, lane], s[j + Joint.BY, lane] = bx, by
        s[j + Joint.COS, lane], s[j + Joint.SIN, lane] = into(s, oa, lane, s[ob + Body.COS, lane], s[ob + Body.SIN, lane])
        axis_x, axis_y = const(world, numbers + JointConst.AXIS_X), const(world, numbers + JointConst.AXIS_Y)
        s[j + Joint.AXIS_X, lane], s[j + Joint.AXIS_Y, lane] = into(s, oa, lane, axis_x, axis_y)
        s[j + Joint.GOAL, lane] = const(world, numbers + JointConst.SPEED)
        length = const(world, numbers + JointConst.LENGTH)
        if kind >= JointType.LINE and length < ZERO:
            px, py = arm(s, oa, lane, ax, ay)
            qx, qy = arm(s, ob, lane, bx, by)
            qx, qy = qx + dx - px, qy + dy - py
            length = np.sqrt(qx * qx + qy * qy)
        s[j + Joint.LENGTH, lane] = max(length, ZERO)
    measure(s, world, lane, lane + 1)
