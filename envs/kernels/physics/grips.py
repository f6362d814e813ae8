"""What a hand holds hangs on it by a soft joint; what stands locked stands still."""

import numpy as np

from ...jit.ir import LANES
from ...jit.kernel import inner, shared
from ..world.bodies import at, shortest
from ..world.elementary import ONE, ZERO
from ..world.layout.scratch import Tray
from ..world.layout.things import Body, Hand, HandTable, Lock
from ..world.layout.world import Real, Table, Walls, Whole
from ..world.tables import cell, const, row_count
from .constraints import PULL, arm, calm, into, point_impulse, push_point, softness, tray


@inner
def hand_at(world, hand, field):
    """A row of an agent's hands."""
    return cell(world, Table.HAND, hand, HandTable.ROW) + field


# --- in each substep --------------------------------------------------------------------------------------------------------------------------


@shared
def stand_still(s, world):
    """What is locked has no velocity, whatever pulls at it."""
    for lock in range(row_count(world, Table.LOCK)):
        first = cell(world, Table.LOCK, lock, Lock.FIRST)
        for k in range(cell(world, Table.LOCK, lock, Lock.COUNT)):
            locked, o = cell(world, Table.LOCK, lock, Lock.LOCKED) + k, at(first + k, Body.VX)
            for field in range(3):
                for l in range(LANES):
                    s[o + field, l] = ZERO if s[locked, l] > ZERO else s[o + field, l]


@inner
def _is_gripping(s, world, hand):
    """Whether an agent holds something in any world; where not, nothing of its hands needs doing."""
    row, hits = hand_at(world, hand, Hand.HELD), 0
    for l in range(LANES):
        hits += 1 if s[row, l] > ZERO else 0
    return hits > 0


@shared
def grip_again(s, world, scratch):
    """Warm start of all grips."""
    for hand in range(row_count(world, Table.HAND)):
        if _is_gripping(s, world, hand):
            h, t = hand_at(world, hand, 0), scratch.f
            _load(s, world, hand, t)
            for l in range(LANES):
                on = t[tray(Tray.ON), l] > ZERO
                px = s[h + Hand.PX, l] if on else ZERO
                py = s[h + Hand.PY, l] if on else ZERO
                turn = s[h + Hand.TURN, l] if on else ZERO
                push_point(t, l, px, py, turn)
            _store(s, world, hand, t)


@shared
def grip(s, world, soft, scratch):
    """One solver pass over all grips: as a weld (a pin where the grip is loose) that can pull no more than the hand's strength."""
    rate, share, keep = softness(world, soft)
    fastest = PULL * world.real[Real.PUSH_SPEED]
    for hand in range(row_count(world, Table.HAND)):
        if not _is_gripping(s, world, hand):
            continue
        h, t = hand_at(world, hand, 0), scratch.f
        most = const(world, cell(world, Table.HAND, hand, HandTable.MOST))
        radius = at(cell(world, Table.HAND, hand, HandTable.BODY), Body.REACH)
        _load(s, world, hand, t)
        if cell(world, Table.HAND, hand, HandTable.FIRM) == 1:
            for l in range(LANES):
                k = t[tray(Tray.IA), l] + t[tray(Tray.IB), l]
                mass = t[tray(Tray.ON), l] / k if k > ZERO else ZERO
                old, limit = s[h + Hand.TURN, l], most * s[radius, l]
                new = old - share * mass * (t[tray(Tray.WB), l] - t[tray(Tray.WA), l] + rate * t[tray(Tray.ANGLE), l]) - keep * old
                new = min(max(new, -limit), limit) if mass > ZERO else ZERO
                s[h + Hand.TURN, l] = new if s[h + Hand.HELD, l] > ZERO else old
                impulse = new - old if mass > ZERO else ZERO
                t[tray(Tray.WA), l] -= t[tray(Tray.IA), l] * impulse
                t[tray(Tray.WB), l] += t[tray(Tray.IB), l] * impulse
        for l in range(LANES):
            old_x, old_y = s[h + Hand.PX, l], s[h + Hand.PY, l]
            px, py = point_impulse(t, l, rate, share, keep, fastest, old_x, old_y)
            new_x, new_y = old_x + px, old_y + py
            size = np.sqrt(new_x * new_x + new_y * new_y)
            scale = most / size if size > most else ONE
            on = t[tray(Tray.ON), l] > ZERO
            new_x, new_y = (new_x * scale if on else ZERO), (new_y * scale if on else ZERO)
            holds = s[h + Hand.HELD, l] > ZERO
            s[h + Hand.PX, l], s[h + Hand.PY, l] = (new_x if holds else old_x), (new_y if holds else old_y)
            push_point(t, l, (new_x - old_x if on else ZERO), (new_y - old_y if on else ZERO), ZERO)
        _store(s, world, hand, t)


@inner
def _held_at(s, row, l):
    """First row of what is held in a lane; the world's where nothing is."""
    return np.int64(s[row, l]) * Body.ROWS


@shared
def _load(s, world, hand, t):
    """As constraints.load_joint: the agent, and what it holds in each world."""
    a, h = at(cell(world, Table.HAND, hand, HandTable.BODY), 0), hand_at(world, hand, 0)
    row, wraps = h + Hand.HELD, world.whole[Whole.WALLS] == Walls.WRAP
    for l in range(LANES):
        b = _held_at(s, row, l)
        t[tray(Tray.VAX), l], t[tray(Tray.VAY), l], t[tray(Tray.WA), l] = s[a + Body.VX, l], s[a + Body.VY, l], s[a + Body.SPIN, l]
        t[tray(Tray.VBX), l], t[tray(Tray.VBY), l], t[tray(Tray.WB), l] = s[b + Body.VX, l], s[b + Body.VY, l], s[b + Body.SPIN, l]
        t[tray(Tray.MA), l], t[tray(Tray.IA), l] = s[a + Body.INV_MASS, l], s[a + Body.INV_INERTIA, l]
        t[tray(Tray.MB), l], t[tray(Tray.IB), l] = s[b + Body.INV_MASS, l], s[b + Body.INV_INERTIA, l]
        ax, ay = arm(s, a, l, s[h + Hand.AX, l], s[h + Hand.AY, l])
        bx, by = arm(s, b, l, s[h + Hand.BX, l], s[h + Hand.BY, l])
        t[tray(Tray.AX), l], t[tray(Tray.AY), l], t[tray(Tray.BX), l], t[tray(Tray.BY), l] = ax, ay, bx, by
        dx, dy = s[b, l] + bx - s[a, l] - ax, s[b + 1, l] + by - s[a + 1, l] - ay
        t[tray(Tray.DX), l], t[tray(Tray.DY), l] = shortest(world, wraps, dx, dy)
        qc, qs = into(s, a, l, s[b + Body.COS, l], s[b + Body.SIN, l])
        t[tray(Tray.ANGLE), l] = s[h + Hand.COS, l] * qs - s[h + Hand.SIN, l] * qc
        alive = s[a + Body.ALIVE, l] * s[b + Body.ALIVE, l]
        t[tray(Tray.ON), l] = alive if s[row, l] > ZERO else ZERO


@shared
def _store(s, world, hand, t):
    """Copy the velocities back where the hand holds something: elsewhere nothing of an agent may depend on who grips in other worlds."""
    calm(world, t)
    a, row = at(cell(world, Table.HAND, hand, HandTable.BODY), 0), hand_at(world, hand, Hand.HELD)
    for l in range(LANES):
        b, holds = _held_at(s, row, l), s[row, l] > ZERO
        s[b + Body.VX, l] = t[tray(Tray.VBX), l] if holds else s[b + Body.VX, l]
        s[b + Body.VY, l] = t[tray(Tray.VBY), l] if holds else s[b + Body.VY, l]
        s[b + Body.SPIN, l] = t[tray(Tray.WB), l] if holds else s[b + Body.SPIN, l]
        s[a + Body.VX, l] = t[tray(Tray.VAX), l] if holds else s[a + Body.VX, l]
        s[a + Body.VY, l] = t[tray(Tray.VAY), l] if holds else s[a + Body.VY, l]
        s[a + Body.SPIN, l] = t[tray(Tray.WA), l] if holds else s[a + Body.SPIN, l]
