"""What a rule put elsewhere comes back to what its joints hold it to, and comes to rest there. Called by the physics step, beside the joints.

A joint undoes small errors by velocity that its relaxing pass takes back. Where its ends are metres apart, the arms turn so far within a substep that
this would leave a part of that velocity behind, as a spin that no friction ends. So for a while after a rule placed or turned one of a group of joined
bodies, the errors of the group's joints are undone by velocities of their own, solved for all of them together: these are added before the bodies
move, and so meet contacts as any motion does, and are taken away after it ("split impulses": Catto, "Iterative dynamics with temporal
coherence", 2005; Bullet does the same).
"""

import numpy as np

from ...jit.ir import LANES
from ...jit.kernel import inner, shared
from ..world.bodies import at
from ..world.elementary import ONE, ZERO
from ..world.layout.scratch import Area, Tray
from ..world.layout.things import Body, BodyTable, Drawn, Joint, JointConst, JointTable, JointType, Moves
from ..world.layout.world import F, Real, Table, Whole
from ..world.tables import cell, const, row_count
from .constraints import calm, find_axis, hold, joint_at, load_joint, tray

_WHILE = F(2)
"""How long a group is drawn together at most once its ends have got near [s]: one that is stretched by its load would never be done."""
_FAR, _QUARTER = F(1), F(0.25)
"""Errors as shares of both bodies' reach, or in radians: what goes on drawing, and from where on a turn begins to."""
_FIT, _FIT_TURN = F(0.125), F(0.01)
"""What is no farther off than this share of the margin of contacts, or turned by no more than this [rad], is where it belongs."""
_SWEEPS = 4
"""Of the joints of a chain each knows of the next one only."""
_CLOSE, _NEAR, _OFF, _AWAY = F(0), F(1), F(2), F(3)
"""Levels of the worst error in a group: none; below a quarter; below one; beyond."""


@shared
def loosen(s, world, body, lane, turned):
    """A rule placed (or `turned`) a body in one world: what its joints hold together is drawn together for a while."""
    for joint in range(row_count(world, Table.JOINT)):
        if cell(world, Table.JOINT, joint, JointTable.A) == body or cell(world, Table.JOINT, joint, JointTable.B) == body:
            left = cell(world, Table.JOINT, joint, JointTable.DRAWN) + Drawn.LEFT
            s[left, lane] = _WHILE if not turned else (s[left, lane] if s[left, lane] > ZERO else -_WHILE)


@shared
def settle(s, world, scratch):
    """At the start of a tick: which groups are drawn together in it, in which lanes (Area.DRAWS). Returns in how many lanes any is."""
    t, hits = scratch.f, 0
    for l in range(LANES):
        t[Area.DRAWS, l] = ZERO
    for group in range(world.whole[Whole.DRAWNS]):
        left = world.whole[Whole.DRAWN] + group * Drawn.ROWS + Drawn.LEFT
        for l in range(LANES):
            t[Area.DRAWS, l] = ONE if s[left, l] != ZERO else t[Area.DRAWS, l]
    for l in range(LANES):
        hits += 1 if t[Area.DRAWS, l] > ZERO else 0
    if hits == 0:
        return 0
    for group in range(world.whole[Whole.DRAWNS]):
        worst = world.whole[Whole.DRAWN] + group * Drawn.ROWS + Drawn.WORST
        for l in range(LANES):
            s[worst, l] = ZERO
    for joint in range(row_count(world, Table.JOINT)):
        _grade(s, world, joint, t)
    hits = 0
    for l in range(LANES):
        t[Area.DRAWS, l] = ZERO
    for group in range(world.whole[Whole.DRAWNS]):
        left = world.whole[Whole.DRAWN] + group * Drawn.ROWS + Drawn.LEFT
        worst = left + Drawn.WORST - Drawn.LEFT
        for l in range(LANES):
            level, before = s[worst, l], s[left, l]
            begins = _WHILE if level >= _OFF else ZERO
            goes_on = _WHILE if level == _AWAY else max(before - world.real[Real.TICK], ZERO)
            goes_on = ZERO if level == _CLOSE else goes_on
            s[left, l] = ZERO if before == ZERO else (goes_on if before > ZERO else begins)
            s[worst, l] = ZERO
            t[Area.DRAWS, l] = ONE if s[left, l] > ZERO else t[Area.DRAWS, l]
    for l in range(LANES):
        hits += 1 if t[Area.DRAWS, l] > ZERO else 0
    return hits


@shared
def _grade(s, world, joint, t):
    """Raise the level of a joint's group to that of the joint's own error."""
    kind, worst = cell(world, Table.JOINT, joint, JointTable.TYPE), cell(world, Table.JOINT, joint, JointTable.DRAWN) + Drawn.WORST
    load_joint(s, world, joint, t)
    find_axis(s, world, joint, kind, t)
    j, numbers = joint_at(world, joint, 0), cell(world, Table.JOINT, joint, JointTable.CONST)
    reach_a, reach_b = (
        at(cell(world, Table.JOINT, joint, JointTable.A), Body.REACH),
        at(cell(world, Table.JOINT, joint, JointTable.B), Body.REACH),
    )
    turns = ONE if kind == JointType.WELD or kind == JointType.SLIDER else ZERO
    meets, slides = (ONE if kind < JointType.SLIDER else ZERO), (ONE if kind == JointType.SLIDER else ZERO)
    lower = ONE if cell(world, Table.JOINT, joint, JointTable.LOW) == 1 else ZERO
    upper = ONE if cell(world, Table.JOINT, joint, JointTable.HIGH) == 1 else ZERO
    least, most = const(world, numbers + JointConst.LOW), const(world, numbers + JointConst.HIGH)
    as_long = ONE if kind == JointType.ROPE else ZERO
    for l in range(LANES):
        dx, dy = t[tray(Tray.DX), l], t[tray(Tray.DY), l]
        off = max(meets * max(np.abs(dx), np.abs(dy)), slides * np.abs(dy * t[tray(Tray.NX), l] - dx * t[tray(Tray.NY), l]))
        end = most + as_long * (s[j + Joint.LENGTH, l] - most)
        beyond = max(lower * (least - t[tray(Tray.C), l]), upper * (t[tray(Tray.C), l] - end))
        length = s[reach_a, l] + s[reach_b, l]
        turn = turns * np.abs(t[tray(Tray.ANGLE), l])
        turn, off = (max(turn, beyond) if kind < JointType.SLIDER else turn), (off if kind < JointType.SLIDER else max(off, beyond))
        level = _CLOSE if off <= _FIT * world.real[Real.MARGIN] and turn <= _FIT_TURN else _NEAR
        level = _OFF if off > _QUARTER * length or turn > _QUARTER else level
        level = _AWAY if off > _FAR * length or turn > _FAR else level
        s[worst, l] = max(s[worst, l], level if t[tray(Tray.ON), l] > ZERO else ZERO)


@inner
def _drawn_at(body, field):
    """The row of a velocity (0, 1) or spin (2) that draws a body."""
    return Area.DRAWN + body * 3 + field


@shared
def _draw_joint(s, world, joint, t):
    """Let one joint act on the velocities that draw, if it is one of the loosened."""
    kind, a, b = (
        cell(world, Table.JOINT, joint, JointTable.TYPE),
        cell(world, Table.JOINT, joint, JointTable.A),
        cell(world, Table.JOINT, joint, JointTable.B),
    )
    left = cell(world, Table.JOINT, joint, JointTable.DRAWN) + Drawn.LEFT
    load_joint(s, world, joint, t)
    for field in range(3):
        for l in range(LANES):
            t[tray(Tray.VAX) + field, l] = t[_drawn_at(a, field), l]
            t[tray(Tray.VBX) + field, l] = t[_drawn_at(b, field), l]
    for l in range(LANES):
        t[tray(Tray.ON), l] = t[tray(Tray.ON), l] if s[left, l] > ZERO else ZERO
    find_axis(s, world, joint, kind, t)
    hold(s, world, joint, joint_at(world, joint, 0), kind, t, True, True)
    calm(world, t)
    for field in range(3):
        for l in range(LANES):
            t[_drawn_at(a, field), l] = t[tray(Tray.VAX) + field, l]
            t[_drawn_at(b, field), l] = t[tray(Tray.VBX) + field, l]


@shared
def draw(s, world, scratch):
    """Add what draws the ends of the loosened joints together in this substep, in the marked lanes."""
    t = scratch.f
    for k in range(3 * world.whole[Whole.BODIES]):
        for l in range(LANES):
            t[Area.DRAWN + k, l] = ZERO
    count = row_count(world, Table.JOINT)
    for sweep in range(_SWEEPS):
        for k in range(count):
            _draw_joint(s, world, k if sweep % 2 == 0 else count - 1 - k, t)
    for body in range(1, world.whole[Whole.BODIES]):
        if cell(world, Table.BODY, body, BodyTable.MOVES) == Moves.DYNAMIC:
            for field in range(3):
                o = at(body, Body.VX + field)
                for l in range(LANES):
                    s[o, l] = s[o, l] + t[_drawn_at(body, field), l] if t[Area.DRAWS, l] > ZERO else s[o, l]


@shared
def leave(s, world, scratch):
    """Take the same velocities away again: what is left of them, where something stopped a body."""
    t = scratch.f
    for body in range(1, world.whole[Whole.BODIES]):
        if cell(world, Table.BODY, body, BodyTable.MOVES) == Moves.DYNAMIC:
            o = at(body, 0)
            for l in range(LANES):
                ux, uy, spin = t[_drawn_at(body, 0), l], t[_drawn_at(body, 1), l], t[_drawn_at(body, 2), l]
                vx, vy, w = s[o + Body.VX, l], s[o + Body.VY, l], s[o + Body.SPIN, l]
                square, draws = ux * ux + uy * uy, t[Area.DRAWS, l] > ZERO
                share = min(max((vx * ux + vy * uy) / square, ZERO), ONE) if square > ZERO else ZERO
                turned = min(max(w / spin, ZERO), ONE) if spin != ZERO else ZERO
                s[o + Body.VX, l] = vx - share * ux if draws else vx
                s[o + Body.VY, l] = vy - share * uy if draws else vy
                s[o + Body.SPIN, l] = w - turned * spin if draws else w
