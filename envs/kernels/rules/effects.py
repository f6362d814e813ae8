"""What a rule changes when it happens."""

import numpy as np

from ...jit.ir import LANES
from ...jit.kernel import inner, shared
from ..formulas.run import run
from ..physics.reunite import loosen
from ..spawn.places import place
from ..world.bodies import at, forget_meetings
from ..world.elementary import DEGREE, ONE, ZERO, cos, in_a_turn, sin, within
from ..world.layout.programs import Effect, EffectOp, Keep, Target
from ..world.layout.scratch import Area, Integer
from ..world.layout.things import Body, BodyTable, Shot
from ..world.layout.world import F, Table
from ..world.tables import cell, const, span_at
from .conditions import placed_at

GREATEST, _FASTEST, _QUICKEST, _STRONGEST = F(1e12), F(1e3), F(1e5), F(1e5)
"""What no rule or reward gets past: numbers, speeds [m/s], spins [degrees/s], drives [m/s^2]; as the limits of the language."""


@shared
def apply(s, world, effect, pair, live, scratch, keys):
    """Do one effect of a pair's event in the worlds where the rule fired (Area.HELD of scratch holds the mask)."""
    a, b = pair
    op, target = cell(world, Table.EFFECT, effect, Effect.OP), cell(world, Table.EFFECT, effect, Effect.TARGET)
    first, last = cell(world, Table.EFFECT, effect, Effect.FIRST), cell(world, Table.EFFECT, effect, Effect.LAST)
    met = a if target == Target.A or target == Target.OWNER_A else b
    if target == Target.OWNER_A or target == Target.OWNER_B:
        met = cell(world, Table.SHOT, cell(world, Table.BODY, met, BodyTable.POOLED) - 1, Shot.OWNER)
    body_first = first if target == Target.ALL else met
    body_last = last if target == Target.ALL else body_first + 1
    for body in range(body_first, body_last):
        if op == EffectOp.PLACE:
            for l in range(live):
                if scratch.f[Area.HELD, l] != ZERO:
                    keep = cell(world, Table.EFFECT, effect, Effect.KEEP)
                    place(s, world, body, cell(world, Table.EFFECT, effect, Effect.SPOT), keep, keys, l, scratch)
                    _bring_back(s, body, l, keep)
                    loosen(s, world, body, l, False)
                    s[placed_at(world, body), l] = ONE
                    forget_meetings(s, world, body, l, 0)
        elif op == EffectOp.BREAK:  # here `body` counts joints
            row = cell(world, Table.EFFECT, effect, Effect.ROW) + body * cell(world, Table.EFFECT, effect, Effect.STRIDE)
            for l in range(LANES):
                s[row, l] = ONE if scratch.f[Area.HELD, l] != ZERO else s[row, l]
        elif op == EffectOp.REMOVE:
            _remove(s, body, left_at(world, effect, body), scratch.f[Area.HELD])
        else:
            if target == Target.ALL and a == 0:  # nobody met: self is each in turn
                scratch.i[Integer.REGISTER + 0] = body
            run(s, world, span_at(world, Table.EFFECT, effect, Effect.CODE), scratch, keys, scratch.f[Area.HELD])
            row = cell(world, Table.EFFECT, effect, Effect.ROW) + (body - first) * cell(world, Table.EFFECT, effect, Effect.STRIDE)
            _assign(s, op, row, body, scratch.f[Area.STACK : Area.STACK + 2], scratch.f[Area.HELD])
            _keep_in_range(s, world, row, cell(world, Table.EFFECT, effect, Effect.RANGE), scratch.f[Area.HELD])
            if op == EffectOp.SET_ANGLE or op == EffectOp.ADD_ANGLE:
                for l in range(live):
                    if scratch.f[Area.HELD, l] != ZERO:
                        loosen(s, world, body, l, True)


@inner
def _keep_in_range(s, world, row, bounds, mask):
    """Clamp a variable whose range is declared (constants from `bounds` on, 0 for none)."""
    if bounds > 0:
        low, high = const(world, bounds), const(world, bounds + 1)
        for l in range(LANES):
            s[row, l] = min(max(s[row, l], low), high) if mask[l] != ZERO else s[row, l]


@inner
def left_at(world, effect, body):
    """The row that says whether a body left the world by this effect in this decision."""
    return cell(world, Table.EFFECT, effect, Effect.ROW) + body - cell(world, Table.EFFECT, effect, Effect.FIRST)


@inner
def _bring_back(s, body, lane, keep):
    """Let a thing that was removed be there again; whether a door is solid is asked once all rules were judged."""
    alive, solid = at(body, Body.ALIVE), at(body, Body.SOLID)
    if (keep & Keep.BACK) != 0 and s[alive, lane] == ZERO:
        s[alive, lane] = ONE
        s[solid, lane] = ONE if (keep & Keep.BACK_SOLID) != 0 else ZERO


@shared
def _remove(s, body, left, mask):
    """Take a body out of the world where the mask says so: things until they are placed, agents for good."""
    alive, solid, vx, vy, w = at(body, Body.ALIVE), at(body, Body.SOLID), at(body, Body.VX), at(body, Body.VY), at(body, Body.SPIN)
    for l in range(LANES):
        keep = ONE - mask[l]
        s[left, l] += s[alive, l] * mask[l]
        s[alive, l] *= keep
        s[solid, l] *= keep
        s[vx, l] *= keep
        s[vy, l] *= keep
        s[w, l] *= keep


@shared
def _assign(s, op, row, body, st, mask):
    """Write the result of a formula: to one row, to two (vectors), to a heading, or as a push on a velocity."""
    if op == EffectOp.SET or op == EffectOp.ADD:
        base = ONE if op == EffectOp.ADD else ZERO
        for l in range(LANES):
            s[row, l] = within(base * s[row, l] + st[0, l], GREATEST) if mask[l] != ZERO else s[row, l]
    elif op == EffectOp.SET_VECTOR or op == EffectOp.ADD_VECTOR:
        base = ONE if op == EffectOp.ADD_VECTOR else ZERO
        for l in range(LANES):
            s[row, l] = within(base * s[row, l] + st[0, l], _FASTEST) if mask[l] != ZERO else s[row, l]
            s[row + 1, l] = within(base * s[row + 1, l] + st[1, l], _FASTEST) if mask[l] != ZERO else s[row + 1, l]
    elif op == EffectOp.SET_SPIN or op == EffectOp.ADD_SPIN:
        base = ONE if op == EffectOp.ADD_SPIN else ZERO
        for l in range(LANES):
            s[row, l] = within(base * s[row, l] + st[0, l] * DEGREE, _QUICKEST * DEGREE) if mask[l] != ZERO else s[row, l]
    elif op >= EffectOp.SET_ACCEL:  # of a drive: never below 0
        base = ONE if op == EffectOp.ADD_ACCEL or op == EffectOp.ADD_TOP_SPEED else ZERO
        most = _STRONGEST if op == EffectOp.SET_ACCEL or op == EffectOp.ADD_ACCEL else _FASTEST
        for l in range(LANES):
            s[row, l] = max(within(base * s[row, l] + st[0, l], most), ZERO) if mask[l] != ZERO else s[row, l]
    elif op == EffectOp.SET_ANGLE or op == EffectOp.ADD_ANGLE:
        c, d = at(body, Body.COS), at(body, Body.SIN)
        for l in range(LANES):
            angle = in_a_turn(st[0, l]) * DEGREE
            x, y = cos(angle), sin(angle)
            if op == EffectOp.ADD_ANGLE:
                x, y = s[c, l] * x - s[d, l] * y, s[d, l] * x + s[c, l] * y
                size = np.sqrt(x * x + y * y)
                x, y = x / size, y / size
            s[c, l] = x if mask[l] != ZERO else s[c, l]
            s[d, l] = y if mask[l] != ZERO else s[d, l]
    else:  # EffectOp.PUSH
        vx, vy, inv = at(body, Body.VX), at(body, Body.VY), at(body, Body.INV_MASS)
        for l in range(LANES):
            s[vx, l] = within(s[vx, l] + st[0, l] * s[inv, l], _FASTEST) if mask[l] != ZERO else s[vx, l]
            s[vy, l] = within(s[vy, l] + st[1, l] * s[inv, l], _FASTEST) if mask[l] != ZERO else s[vy, l]
