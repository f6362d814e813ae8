"""Joints: what holds two bodies together. Called by the physics step, in each substep, beside the contacts.

Source: Erin Catto, Box2D v3 (revolute_joint.c, prismatic_joint.c, weld_joint.c, distance_joint.c): soft constraints with accumulated impulses, applied
again at the start of a substep, solved before the contacts, and relaxed after bodies have moved. Joints are listed at compile time and join the same
two bodies in every world, so that nothing is gathered by index: 16 worlds go through each line. What one joint does stands in constraints.py.
"""

import numpy as np

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
from .elementary import HALF, ONE, ZERO, atan2
from .geometry import at, nearest_image, shortest
from .kernel import shared
from .tables import cell, const, row_count

# isort: off
from .layout import (
    ALIVE, ANCHOR_A, ANCHOR_AT, ANCHOR_B, ANCHOR_BOTH, COS, C_AXIS_X, C_AXIS_Y, C_BREAK, C_LENGTH, C_SPEED, F_ACTION, JOINT_LINE,
    JOINT_SLIDER, J_AX, J_AXIS_X, J_AXIS_Y, J_AY, J_BROKEN, J_BX, J_BY, J_COS, J_FORCE, J_GOAL, J_LENGTH, J_POSITION, J_SIN,
    J_SPEED, J_SUM, J_TURN_COS, J_TURN_SIN, LANES, N_WALLS, P_TICK, Q_A, Q_ANCHOR, Q_B, Q_CONST, Q_MOTOR,
    Q_POINTS, Q_SPRING, Q_TYPE, SIN, VX, VY, MOTOR_ACTION, MOTOR_BODY, MOTOR_CONST, MOTOR_DISCRETE,
    MOTOR_ROW, WALLS_WRAP, W_JOINT, W_MOTOR, W,
)  # fmt: skip
# isort: on


@shared
def drive_motors(s, world, actions):
    """Set the speeds that driven motors go for, from actions in [-1, 1] (discrete: 0, 1, 2 for back, still, forth)."""
    for n in range(row_count(world, W_MOTOR)):
        goal = (cell(world, W_MOTOR, n, MOTOR_ROW) + J_GOAL) * LANES
        action = F_ACTION + cell(world, W_MOTOR, n, MOTOR_ACTION) * LANES
        alive = at(cell(world, W_MOTOR, n, MOTOR_BODY), ALIVE)
        speed = const(world, cell(world, W_MOTOR, n, MOTOR_CONST) + C_SPEED)
        back = ONE if cell(world, W_MOTOR, n, MOTOR_DISCRETE) == 1 else ZERO
        for l in range(LANES):
            s[goal + l] = (actions[action + l] - back) * speed if s[alive + l] > ZERO else ZERO  # times 0 would leave a sign


@shared
def pull_again(s, world, scratch):
    """Warm start: apply the impulses of the last substep, which are nearly right for this one."""
    for joint in range(row_count(world, W_JOINT)):
        kind = cell(world, W_JOINT, joint, Q_TYPE)
        load_joint(s, world, joint, scratch.f)
        find_axis(s, world, joint, kind, scratch.f)
        repeat(s, joint_at(world, joint, 0), kind, scratch.f)
        store_joint(s, world, cell(world, W_JOINT, joint, Q_A), cell(world, W_JOINT, joint, Q_B), scratch.f)


@shared
def pull(s, world, soft, scratch):
    """One solver pass over all joints; `soft` as in physics.push_apart. Springs push in the soft pass only: to push again where it has moved damps them."""
    for joint in range(row_count(world, W_JOINT)):
        kind, j = cell(world, W_JOINT, joint, Q_TYPE), joint_at(world, joint, 0)
        load_joint(s, world, joint, scratch.f)
        find_axis(s, world, joint, kind, scratch.f)
        if cell(world, W_JOINT, joint, Q_SPRING) == 1 and soft:
            spring(s, world, joint, j, kind, scratch.f)
        if cell(world, W_JOINT, joint, Q_MOTOR) == 1:
            motor(s, world, joint, j, scratch.f)
        hold(s, world, joint, j, kind, scratch.f, soft, False)
        if not soft:
            add_up(s, j, kind, scratch.f)
        store_joint(s, world, cell(world, W_JOINT, joint, Q_A), cell(world, W_JOINT, joint, Q_B), scratch.f)


@shared
def wear(s, world):
    """At the end of a tick: the mean force that each joint held, and whether that was too much for it."""
    tick = world.real[P_TICK]
    for joint in range(row_count(world, W_JOINT)):
        j = joint_at(world, joint, 0)
        most = const(world, cell(world, W_JOINT, joint, Q_CONST) + C_BREAK)
        for l in range(LANES):
            force = s[j + J_SUM * LANES + l] / tick
            broken = s[j + J_BROKEN * LANES + l]
            s[j + J_BROKEN * LANES + l] = ONE if most > ZERO and force > most else broken
            s[j + J_FORCE * LANES + l] = force
            s[j + J_SUM * LANES + l] = ZERO


@shared
def measure(s, world, first, last):
    """Note how each joint stands, in the lanes `first` to `last`: what formulas and sensors tell."""
    wraps = world.whole[N_WALLS] == WALLS_WRAP
    for joint in range(row_count(world, W_JOINT)):
        kind, j = cell(world, W_JOINT, joint, Q_TYPE), joint_at(world, joint, 0)
        a, b = cell(world, W_JOINT, joint, Q_A), cell(world, W_JOINT, joint, Q_B)
        for l in range(first, last):
            oa, ob = at(a, 0) + l, at(b, 0) + l
            qc, qs = turn_between(s, oa, ob, j + l)
            if kind < JOINT_SLIDER:
                s[j + J_TURN_COS * LANES + l], s[j + J_TURN_SIN * LANES + l] = qc, qs
                s[j + J_POSITION * LANES + l] = unwind(atan2(qs, qc), s[j + J_POSITION * LANES + l])
                s[j + J_SPEED * LANES + l] = s[ob + W * LANES] - s[oa + W * LANES]
            else:
                ax, ay = arm(s, oa, s[j + J_AX * LANES + l], s[j + J_AY * LANES + l])
                bx, by = arm(s, ob, s[j + J_BX * LANES + l], s[j + J_BY * LANES + l])
                dx, dy = s[ob] + bx - s[oa] - ax, s[ob + LANES] + by - s[oa + LANES] - ay
                dx, dy = shortest(world, wraps, dx, dy)
                nx, ny = arm(s, oa, s[j + J_AXIS_X * LANES + l], s[j + J_AXIS_Y * LANES + l])
                length = np.sqrt(dx * dx + dy * dy)
                if kind != JOINT_SLIDER:
                    nx, ny = dx / max(length, NEAR), dy / max(length, NEAR)
                vx = s[ob + VX * LANES] - s[ob + W * LANES] * by - s[oa + VX * LANES] + s[oa + W * LANES] * (ay + dy)
                vy = s[ob + VY * LANES] + s[ob + W * LANES] * bx - s[oa + VY * LANES] - s[oa + W * LANES] * (ax + dx)
                s[j + J_POSITION * LANES + l] = dx * nx + dy * ny if kind == JOINT_SLIDER else length
                s[j + J_SPEED * LANES + l] = vx * nx + vy * ny


@shared
def attach(s, world, lane):
    """Fasten all joints of one world where its bodies stand now: at the start of an episode."""
    wraps = world.whole[N_WALLS] == WALLS_WRAP
    for joint in range(row_count(world, W_JOINT)):
        kind, j = cell(world, W_JOINT, joint, Q_TYPE), joint_at(world, joint, 0) + lane
        a, b = cell(world, W_JOINT, joint, Q_A), cell(world, W_JOINT, joint, Q_B)
        oa, ob = at(a, 0) + lane, at(b, 0) + lane
        way, points = cell(world, W_JOINT, joint, Q_ANCHOR), cell(world, W_JOINT, joint, Q_POINTS)
        numbers = cell(world, W_JOINT, joint, Q_CONST)
        ax, ay, bx, by = const(world, points), const(world, points + 1), const(world, points + 2), const(world, points + 3)
        _dx, _dy, shift = nearest_image(s, world, wraps, a, b, lane)
        sx, sy = shift
        dx, dy = s[ob] + sx - s[oa], s[ob + LANES] + sy - s[oa + LANES]
        if way != ANCHOR_BOTH:  # one point, from the centre of A, to the frames of both
            if way == ANCHOR_AT:
                px, py = shortest(world, wraps, ax - s[oa], ay - s[oa + LANES])
            elif way == ANCHOR_A:
                px, py = arm(s, oa, ax, ay)
            elif way == ANCHOR_B:
                px, py = arm(s, ob, bx, by)
                px, py = px + dx, py + dy
            else:
                px, py = HALF * dx, HALF * dy
            ax, ay = into(s, oa, px, py)
            bx, by = into(s, ob, px - dx, py - dy)
        s[j + J_AX * LANES], s[j + J_AY * LANES] = ax, ay
        s[j + J_BX * LANES], s[j + J_BY * LANES] = bx, by
        s[j + J_COS * LANES], s[j + J_SIN * LANES] = into(s, oa, s[ob + COS * LANES], s[ob + SIN * LANES])
        axis_x, axis_y = const(world, numbers + C_AXIS_X), const(world, numbers + C_AXIS_Y)
        s[j + J_AXIS_X * LANES], s[j + J_AXIS_Y * LANES] = into(s, oa, axis_x, axis_y)
        s[j + J_GOAL * LANES] = const(world, numbers + C_SPEED)
        length = const(world, numbers + C_LENGTH)
        if kind >= JOINT_LINE and length < ZERO:
            px, py = arm(s, oa, ax, ay)
            qx, qy = arm(s, ob, bx, by)
            qx, qy = qx + dx - px, qy + dy - py
            length = np.sqrt(qx * qx + qy * qy)
        s[j + J_LENGTH * LANES] = max(length, ZERO)
    measure(s, world, lane, lane + 1)
