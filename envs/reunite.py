"""What a rule put elsewhere comes back to what its joints hold it to, and comes to rest there. Called by the physics step, beside the joints.

A joint undoes small errors by velocity that its relaxing pass takes back. Where its ends are metres apart, the arms turn so far within a substep that
this would leave a part of that velocity behind, as a spin that no friction ends. So for a while after a rule placed or turned one of a group of joined
bodies, the errors of the group's joints are undone by velocities of their own, solved for all of them together: these are added before the bodies
move, and so meet contacts as any motion does, and are taken away after it ("split impulses": Catto, "Iterative dynamics with temporal
coherence", 2005; Bullet does the same).
"""

import numpy as np

from .constraints import calm, find_axis, hold, joint_at, load_joint, tray
from .elementary import ONE, ZERO
from .geometry import at
from .kernel import inner, shared
from .tables import cell, const, row_count

# isort: off
from .layout import (
    B_MOVES, C_HIGH, C_LOW, DRAWN_LEFT, DRAWN_ROWS, DRAWN_WORST, F_DRAWN, F_DRAWS, JOINT_ROPE, JOINT_SLIDER, JOINT_WELD, J_LENGTH, LANES, N_BODIES,
    N_DRAWN, N_DRAWNS, P_MARGIN, P_TICK, Q_A, Q_B, Q_CONST, Q_DRAWN, Q_HIGH, Q_LOW, Q_TYPE, REACH, T_ANGLE, T_C, T_DX, T_DY, T_NX, T_NY, T_ON, T_VAX,
    T_VBX, VX, VY, W_BODY, W_JOINT, F, W,
)  # fmt: skip
# isort: on


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
    for joint in range(row_count(world, W_JOINT)):
        if cell(world, W_JOINT, joint, Q_A) == body or cell(world, W_JOINT, joint, Q_B) == body:
            left = (cell(world, W_JOINT, joint, Q_DRAWN) + DRAWN_LEFT) * LANES + lane
            s[left] = _WHILE if not turned else (s[left] if s[left] > ZERO else -_WHILE)


@shared
def settle(s, world, scratch):
    """At the start of a tick: which groups are drawn together in it, in which lanes (F_DRAWS). Returns in how many lanes any is."""
    t, hits = scratch.f, 0
    for l in range(LANES):
        t[F_DRAWS + l] = ZERO
    for group in range(world.whole[N_DRAWNS]):
        left = (world.whole[N_DRAWN] + group * DRAWN_ROWS + DRAWN_LEFT) * LANES
        for l in range(LANES):
            t[F_DRAWS + l] = ONE if s[left + l] != ZERO else t[F_DRAWS + l]
    for l in range(LANES):
        hits += 1 if t[F_DRAWS + l] > ZERO else 0
    if hits == 0:
        return 0
    for group in range(world.whole[N_DRAWNS]):
        worst = (world.whole[N_DRAWN] + group * DRAWN_ROWS + DRAWN_WORST) * LANES
        for l in range(LANES):
            s[worst + l] = ZERO
    for joint in range(row_count(world, W_JOINT)):
        _grade(s, world, joint, t)
    hits = 0
    for l in range(LANES):
        t[F_DRAWS + l] = ZERO
    for group in range(world.whole[N_DRAWNS]):
        left = (world.whole[N_DRAWN] + group * DRAWN_ROWS + DRAWN_LEFT) * LANES
        worst = left + (DRAWN_WORST - DRAWN_LEFT) * LANES
        for l in range(LANES):
            level, before = s[worst + l], s[left + l]
            begins = _WHILE if level >= _OFF else ZERO
            goes_on = _WHILE if level == _AWAY else max(before - world.real[P_TICK], ZERO)
            goes_on = ZERO if level == _CLOSE else goes_on
            s[left + l] = ZERO if before == ZERO else (goes_on if before > ZERO else begins)
            s[worst + l] = ZERO
            t[F_DRAWS + l] = ONE if s[left + l] > ZERO else t[F_DRAWS + l]
    for l in range(LANES):
        hits += 1 if t[F_DRAWS + l] > ZERO else 0
    return hits


@shared
def _grade(s, world, joint, t):
    """Raise the level of a joint's group to that of the joint's own error."""
    kind, worst = cell(world, W_JOINT, joint, Q_TYPE), (cell(world, W_JOINT, joint, Q_DRAWN) + DRAWN_WORST) * LANES
    load_joint(s, world, joint, t)
    find_axis(s, world, joint, kind, t)
    j, numbers = joint_at(world, joint, 0), cell(world, W_JOINT, joint, Q_CONST)
    reach_a, reach_b = at(cell(world, W_JOINT, joint, Q_A), REACH), at(cell(world, W_JOINT, joint, Q_B), REACH)
    turns = ONE if kind == JOINT_WELD or kind == JOINT_SLIDER else ZERO
    meets, slides = (ONE if kind < JOINT_SLIDER else ZERO), (ONE if kind == JOINT_SLIDER else ZERO)
    lower = ONE if cell(world, W_JOINT, joint, Q_LOW) == 1 else ZERO
    upper = ONE if cell(world, W_JOINT, joint, Q_HIGH) == 1 else ZERO
    least, most = const(world, numbers + C_LOW), const(world, numbers + C_HIGH)
    as_long = ONE if kind == JOINT_ROPE else ZERO
    for l in range(LANES):
        dx, dy = t[tray(T_DX) + l], t[tray(T_DY) + l]
        off = max(meets * max(np.abs(dx), np.abs(dy)), slides * np.abs(dy * t[tray(T_NX) + l] - dx * t[tray(T_NY) + l]))
        end = most + as_long * (s[j + J_LENGTH * LANES + l] - most)
        beyond = max(lower * (least - t[tray(T_C) + l]), upper * (t[tray(T_C) + l] - end))
        length = s[reach_a + l] + s[reach_b + l]
        turn = turns * np.abs(t[tray(T_ANGLE) + l])
        turn, off = (max(turn, beyond) if kind < JOINT_SLIDER else turn), (off if kind < JOINT_SLIDER else max(off, beyond))
        level = _CLOSE if off <= _FIT * world.real[P_MARGIN] and turn <= _FIT_TURN else _NEAR
        level = _OFF if off > _QUARTER * length or turn > _QUARTER else level
        level = _AWAY if off > _FAR * length or turn > _FAR else level
        s[worst + l] = max(s[worst + l], level if t[tray(T_ON) + l] > ZERO else ZERO)


@inner
def _drawn_at(body, field):
    """First index of a velocity (0, 1) or spin (2) that draws a body; add the lane."""
    return F_DRAWN + (body * 3 + field) * LANES


@shared
def _draw_joint(s, world, joint, t):
    """Let one joint act on the velocities that draw, if it is one of the loosened."""
    kind, a, b = cell(world, W_JOINT, joint, Q_TYPE), cell(world, W_JOINT, joint, Q_A), cell(world, W_JOINT, joint, Q_B)
    left = (cell(world, W_JOINT, joint, Q_DRAWN) + DRAWN_LEFT) * LANES
    load_joint(s, world, joint, t)
    for field in range(3):
        for l in range(LANES):
            t[tray(T_VAX) + field * LANES + l] = t[_drawn_at(a, field) + l]
            t[tray(T_VBX) + field * LANES + l] = t[_drawn_at(b, field) + l]
    for l in range(LANES):
        t[tray(T_ON) + l] = t[tray(T_ON) + l] if s[left + l] > ZERO else ZERO
    find_axis(s, world, joint, kind, t)
    hold(s, world, joint, joint_at(world, joint, 0), kind, t, True, True)
    calm(world, t)
    for field in range(3):
        for l in range(LANES):
            t[_drawn_at(a, field) + l] = t[tray(T_VAX) + field * LANES + l]
            t[_drawn_at(b, field) + l] = t[tray(T_VBX) + field * LANES + l]


@shared
def draw(s, world, scratch):
    """Add what draws the ends of the loosened joints together in this substep, in the marked lanes."""
    t = scratch.f
    for k in range(3 * LANES * world.whole[N_BODIES]):
        t[F_DRAWN + k] = ZERO
    count = row_count(world, W_JOINT)
    for sweep in range(_SWEEPS):
        for k in range(count):
            _draw_joint(s, world, k if sweep % 2 == 0 else count - 1 - k, t)
    for body in range(1, world.whole[N_BODIES]):
        if cell(world, W_BODY, body, B_MOVES) == 1:
            for field in range(3):
                o = at(body, VX + field)
                for l in range(LANES):
                    s[o + l] = s[o + l] + t[_drawn_at(body, field) + l] if t[F_DRAWS + l] > ZERO else s[o + l]


@shared
def leave(s, world, scratch):
    """Take the same velocities away again: what is left of them, where something stopped a body."""
    t = scratch.f
    for body in range(1, world.whole[N_BODIES]):
        if cell(world, W_BODY, body, B_MOVES) == 1:
            o = at(body, 0)
            for l in range(LANES):
                ux, uy, spin = t[_drawn_at(body, 0) + l], t[_drawn_at(body, 1) + l], t[_drawn_at(body, 2) + l]
                vx, vy, w = s[o + VX * LANES + l], s[o + VY * LANES + l], s[o + W * LANES + l]
                square, draws = ux * ux + uy * uy, t[F_DRAWS + l] > ZERO
                share = min(max((vx * ux + vy * uy) / square, ZERO), ONE) if square > ZERO else ZERO
                turned = min(max(w / spin, ZERO), ONE) if spin != ZERO else ZERO
                s[o + VX * LANES + l] = vx - share * ux if draws else vx
                s[o + VY * LANES + l] = vy - share * uy if draws else vy
                s[o + W * LANES + l] = w - turned * spin if draws else w
