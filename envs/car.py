"""A car: the bicycle model, one front and one rear wheel on the centre line, on tyres that hold by dry friction.

Sources: Rajamani, "Vehicle Dynamics and Control" (2012), chapter 2, for the bicycle model: a wheel that does not slip has no speed across its
plane, so the rear axle runs around a circle of radius wheelbase / tan(steer). Pacejka, "Tire and Vehicle Dynamics" (2012), chapter 1, for the
friction circle: the force of a tyre is at most grip times its load, along and across together. The tyre is a rigid one (its slope of force over
slip is infinite), solved like a contact: in each substep the impulses that stop both axles from slipping sideways, cut off at the circle. That is
stable at any step and speed. The centre of mass lies midway between the axles and loads don't shift, so each axle carries half the weight.
"""

import numpy as np

from .elementary import HALF, ONE, ZERO, cos, sin
from .geometry import at
from .kernel import inner, shared
from .tables import own_row

# isort: off
from .layout import (
    ACCEL, CAR_BRAKE, CAR_FRONT, CAR_GRIP, CAR_REVERSE, CAR_STEER, CAR_STEER_MOST, CAR_STEER_RATE, CAR_WHEELBASE, COS, DRIVE_X, DRIVE_Y,
    INV_INERTIA, INV_MASS, LANES, SIN, TOP_SPEED, VX, VY, F, W,
)  # fmt: skip
# isort: on


_STILL = F(1e-6)


@shared
def roll_on_tyres(s, world, body, h):
    """One substep of a car: steering moves, engine and brakes push along the wheels, tyres hold across them as far as their grip goes.

    Impulses are per kilogram of the car [m/s]; `along` and `across` are its velocity in its own frame.
    """
    o = at(body, 0)
    steer, most, rate = own_row(world, body, CAR_STEER), own_row(world, body, CAR_STEER_MOST), own_row(world, body, CAR_STEER_RATE)
    base, grip, front = own_row(world, body, CAR_WHEELBASE), own_row(world, body, CAR_GRIP), own_row(world, body, CAR_FRONT)
    brake, reverse = own_row(world, body, CAR_BRAKE), own_row(world, body, CAR_REVERSE)
    for l in range(LANES):
        turn = h * s[rate + l]
        angle = s[steer + l]
        angle += min(max(s[o + DRIVE_Y * LANES + l] * s[most + l] - angle, -turn), turn)
        s[steer + l] = angle
        cf, sf = cos(angle), sin(angle)
        c, d = s[o + COS * LANES + l], s[o + SIN * LANES + l]
        vx, vy, w = s[o + VX * LANES + l], s[o + VY * LANES + l], s[o + W * LANES + l]
        along, across = c * vx + d * vy, c * vy - d * vx
        arm = HALF * s[base + l]
        spin = s[o + INV_INERTIA * LANES + l] / max(s[o + INV_MASS * LANES + l], F(1e-30)) * arm  # gained by a unit of impulse across an axle
        limit = h * s[grip + l]
        # engine and brakes: throttle against the motion brakes
        throttle = s[o + DRIVE_X * LANES + l]
        size = np.abs(throttle)
        brakes = throttle * along < ZERO
        push = h * size * s[o + ACCEL * LANES + l]
        ahead = min(push, max(s[o + TOP_SPEED * LANES + l] - along, ZERO))
        back = min(push, max(s[reverse + l] + along, ZERO))
        engine = ZERO if brakes else (ahead if throttle > ZERO else -back)
        stop = HALF * min(h * size * s[brake + l], np.abs(along)) if brakes else ZERO
        side = across + w * arm
        held_f = _braked(stop, limit, along * cf + side * sf, side * cf - along * sf)
        held_r = _braked(stop, limit, along, across - w * arm)
        pf = min(max(engine * s[front + l] - held_f, -limit), limit)
        pr = min(max(engine * (ONE - s[front + l]) - held_r, -limit), limit)
        along, across, w = along + pf * cf + pr, across + pf * sf, w + spin * pf * sf
        # both axles together: [kff kfr; kfr krr] (qf, qr) = -(slip of the front axle, of the rear axle)
        room_f, room_r = np.sqrt(max(limit * limit - pf * pf, ZERO)), np.sqrt(max(limit * limit - pr * pr, ZERO))
        slip_f, slip_r = (across + w * arm) * cf - along * sf, across - w * arm
        kff, krr, kfr = ONE + spin * arm * cf * cf, ONE + spin * arm, cf * (ONE - spin * arm)
        qf = (kfr * slip_r - krr * slip_f) / max(kff * krr - kfr * kfr, _STILL)
        qf = min(max(qf, -room_f), room_f)
        qr = min(max(-(slip_r + kfr * qf) / krr, -room_r), room_r)
        qf = min(max(-(slip_f + kfr * qr) / kff, -room_f), room_f)  # where one axle slips, the other holds what is left
        qr = min(max(-(slip_r + kfr * qf) / krr, -room_r), room_r)
        along, across, w = along - qf * sf, across + qf * cf + qr, w + spin * (qf * cf - qr)
        s[o + VX * LANES + l], s[o + VY * LANES + l] = c * along - d * across, d * along + c * across
        s[o + W * LANES + l] = w


@inner
def _braked(stop, limit, along, across):
    """Impulse of a braked wheel, in the direction of its motion along its plane; one that locks slides, so its friction opposes its whole motion."""
    size = np.sqrt(along * along + across * across)
    share = np.abs(along) / size if size > _STILL else ONE
    held = min(stop, limit * share)
    return held if along > ZERO else -held
