"""A car: the bicycle model, one front and one rear wheel on the centre line, on tyres that hold by dry friction.

Sources: Rajamani, "Vehicle Dynamics and Control" (2012), chapter 2, for the bicycle model: a wheel that does not slip has no speed across its
plane, so the rear axle runs around a circle of radius wheelbase / tan(steer). Pacejka, "Tire and Vehicle Dynamics" (2012), chapter 1, for the
friction circle: the force of a tyre is at most grip times its load, along and across together. The tyre is a rigid one (its slope of force over
slip is infinite), solved like a contact: in each substep the impulses that stop both axles from slipping sideways, cut off at the circle. That is
stable at any step and speed. The centre of mass lies midway between the axles and loads don't shift, so each axle carries half the weight.
Contacts push a car after that, in the same substep; the tyres hold against it with what is left of their grip, so that a parked car stays.
"""

import numpy as np

from ...jit.ir import LANES
from ...jit.kernel import inner, shared
from ..world.bodies import at, own_row
from ..world.elementary import HALF, ONE, ZERO, cos, sin
from ..world.layout.things import Body, BodyTable, Car, Drive, Moves
from ..world.layout.world import F, Real, Table, Whole
from ..world.tables import cell

_STILL = F(1e-6)


@shared
def roll_on_tyres(s, world, body, h):
    """One substep of a car: steering moves, engine and brakes push along the wheels, tyres hold across them as far as their grip goes.

    Impulses are per kilogram of the car [m/s]; `along` and `across` are its velocity in its own frame.
    """
    o = at(body, 0)
    steer, most, rate = own_row(world, body, Car.STEER), own_row(world, body, Car.STEER_MOST), own_row(world, body, Car.STEER_RATE)
    grip, front = own_row(world, body, Car.GRIP), own_row(world, body, Car.FRONT)
    brake, reverse = own_row(world, body, Car.BRAKE), own_row(world, body, Car.REVERSE)
    along_f, along_r = own_row(world, body, Car.ALONG_FRONT), own_row(world, body, Car.ALONG_REAR)
    across_f, across_r = own_row(world, body, Car.ACROSS_FRONT), own_row(world, body, Car.ACROSS_REAR)
    for l in range(LANES):
        turn = h * s[rate, l]
        angle = s[steer, l]
        angle += min(max(s[o + Body.DRIVE_Y, l] * s[most, l] - angle, -turn), turn)
        s[steer, l] = angle
        cf, sf = cos(angle), sin(angle)
        along, across, w, arm, spin = _in_its_frame(s, world, body, l)
        limit = h * s[grip, l]
        # engine and brakes: throttle against the motion brakes; once that has stopped the car, the engine has what is left of the substep
        throttle = s[o + Body.DRIVE_X, l]
        size = np.abs(throttle)
        brakes = throttle * along < ZERO
        push, most_stop = h * size * s[o + Body.ACCEL, l], h * size * s[brake, l]
        stop = HALF * min(most_stop, np.abs(along)) if brakes else ZERO
        left = max(ONE - np.abs(along) / max(max(most_stop, push), _STILL), ZERO) if brakes else ONE
        ahead = min(push, max(s[o + Body.TOP_SPEED, l] - along, ZERO))
        back = min(push, max(s[reverse, l] + along, ZERO))
        engine = left * (ahead if throttle > ZERO else -back)
        side = across + w * arm
        held_f = _braked(stop, limit, ZERO, along * cf + side * sf, side * cf - along * sf)
        held_r = _braked(stop, limit, ZERO, along, across - w * arm)
        pf = min(max(engine * s[front, l] - held_f, -limit), limit)
        pr = min(max(engine * (ONE - s[front, l]) - held_r, -limit), limit)
        along, across, w = along + pf * cf + pr, across + pf * sf, w + spin * pf * sf
        qf, qr = _hold_across(along, across, w, arm, spin, cf, sf, limit, pf, pr, ZERO, ZERO)
        s[along_f, l], s[along_r, l], s[across_f, l], s[across_r, l] = pf, pr, qf, qr
        _move_on(s, o, l, along - qf * sf, across + qf * cf + qr, w + spin * (qf * cf - qr))


@shared
def hold_tyres(s, world):
    """After contacts have pushed: what is left of the grip of a car's tyres, and of its brakes where it was pushed against the throttle, holds."""
    h = world.real[Real.SUBSTEP]
    for body in range(1, world.whole[Whole.BODIES]):
        if cell(world, Table.BODY, body, BodyTable.DRIVE) != Drive.CAR or cell(world, Table.BODY, body, BodyTable.MOVES) != Moves.DYNAMIC:
            continue
        o = at(body, 0)
        steer, grip, brake = own_row(world, body, Car.STEER), own_row(world, body, Car.GRIP), own_row(world, body, Car.BRAKE)
        along_f, along_r = own_row(world, body, Car.ALONG_FRONT), own_row(world, body, Car.ALONG_REAR)
        across_f, across_r = own_row(world, body, Car.ACROSS_FRONT), own_row(world, body, Car.ACROSS_REAR)
        for l in range(LANES):
            cf, sf = cos(s[steer, l]), sin(s[steer, l])
            along, across, w, arm, spin = _in_its_frame(s, world, body, l)
            limit, throttle = h * s[grip, l], s[o + Body.DRIVE_X, l]
            pf, pr = s[along_f, l], s[along_r, l]
            stop, most_stop = HALF * np.abs(along), HALF * h * np.abs(throttle) * s[brake, l]
            brakes, side = throttle * along < ZERO, across + w * arm
            stop_f = min(stop, max(most_stop - np.abs(pf), ZERO)) if brakes else ZERO
            stop_r = min(stop, max(most_stop - np.abs(pr), ZERO)) if brakes else ZERO
            held_f = _braked(stop_f, limit, np.abs(pf), along * cf + side * sf, side * cf - along * sf)
            held_r = _braked(stop_r, limit, np.abs(pr), along, across - w * arm)
            along, across, w = along - held_f * cf - held_r, across - held_f * sf, w - spin * held_f * sf
            pf, pr = pf - held_f, pr - held_r
            old_f, old_r = s[across_f, l], s[across_r, l]
            qf, qr = _hold_across(along, across, w, arm, spin, cf, sf, limit, pf, pr, old_f, old_r)
            s[along_f, l], s[along_r, l], s[across_f, l], s[across_r, l] = pf, pr, qf, qr
            qf, qr = qf - old_f, qr - old_r
            _move_on(s, o, l, along - qf * sf, across + qf * cf + qr, w + spin * (qf * cf - qr))


@inner
def _in_its_frame(s, world, body, l):
    """A car's velocity along and across its heading, its spin, half its wheelbase, and the spin gained by a unit of impulse across an axle."""
    o = at(body, 0)
    c, d = s[o + Body.COS, l], s[o + Body.SIN, l]
    vx, vy, w = s[o + Body.VX, l], s[o + Body.VY, l], s[o + Body.SPIN, l]
    arm = HALF * s[own_row(world, body, Car.WHEELBASE), l]
    spin = s[o + Body.INV_INERTIA, l] / max(s[o + Body.INV_MASS, l], F(1e-30)) * arm
    return c * vx + d * vy, c * vy - d * vx, w, arm, spin


@inner
def _move_on(s, o, l, along, across, w):
    """Give a car a velocity in its own frame, and a spin."""
    c, d = s[o + Body.COS, l], s[o + Body.SIN, l]
    s[o + Body.VX, l], s[o + Body.VY, l] = c * along - d * across, d * along + c * across
    s[o + Body.SPIN, l] = w


@inner
def _hold_across(along, across, w, arm, spin, cf, sf, limit, pf, pr, old_f, old_r):
    """Impulses of the substep across the wheels, in all, that stop both axles from slipping sideways, within what the grip leaves beside pf and pr.

    Both axles together: [kff kfr; kfr krr] (qf, qr) = -(slip of the front axle, of the rear axle).
    """
    room_f, room_r = np.sqrt(max(limit * limit - pf * pf, ZERO)), np.sqrt(max(limit * limit - pr * pr, ZERO))
    slip_f, slip_r = (across + w * arm) * cf - along * sf, across - w * arm
    kff, krr, kfr = ONE + spin * arm * cf * cf, ONE + spin * arm, cf * (ONE - spin * arm)
    qf = (kfr * slip_r - krr * slip_f) / max(kff * krr - kfr * kfr, _STILL)
    qf = min(max(old_f + qf, -room_f), room_f)
    qr = min(max(old_r - (slip_r + kfr * (qf - old_f)) / krr, -room_r), room_r)
    qf = min(max(old_f - (slip_f + kfr * (qr - old_r)) / kff, -room_f), room_f)  # where one axle slips, the other holds what is left
    qr = min(max(old_r - (slip_r + kfr * (qf - old_f)) / krr, -room_r), room_r)
    return qf, qr


@inner
def _braked(stop, limit, used, along, across):
    """Impulse of a braked wheel, in the direction of its motion along its plane; one that locks slides, so its friction opposes its whole motion."""
    size = np.sqrt(along * along + across * across)
    share = np.abs(along) / size if size > _STILL else ONE
    held = min(stop, max(limit * share - used, ZERO))
    return held if along > ZERO else -held
