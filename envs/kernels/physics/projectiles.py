"""What a projectile does when it hits."""

from ...jit.ir import LANES
from ...jit.kernel import inner, shared
from ..collision.slots import clear_slot, slot_at
from ..world.bodies import at
from ..world.elementary import ONE, ZERO
from ..world.layout.scratch import Integer, Slot, SlotWord
from ..world.layout.things import Body, BodyTable, Shot
from ..world.layout.world import Table
from ..world.tables import cell, const


@shared
def strike(s, world, slots, scratch):
    """After a substep: what a projectile hit is knocked back, and one that vanishes rests where it is and pushes nothing more."""
    c, u = scratch.slots, scratch.u
    for slot in range(slots):
        peak = slot_at(slot, Slot.PEAK)
        for l in range(LANES):
            if c[peak, l] > ZERO:
                a = u[slot * SlotWord.SIZE + SlotWord.BODY_A, l] // Body.ROWS
                b = u[slot * SlotWord.SIZE + SlotWord.BODY_B, l] // Body.ROWS
                if cell(world, Table.BODY, a, BodyTable.POOLED) > 0:
                    _hit(s, world, a, b, slot, l, ONE, scratch)
                if cell(world, Table.BODY, b, BodyTable.POOLED) > 0:
                    _hit(s, world, b, a, slot, l, -ONE, scratch)


@inner
def _hit(s, world, shot, other, slot, lane, side, scratch):
    """One projectile pushed something in one world; `side`: 1 where the slot's normal points away from it."""
    row = cell(world, Table.BODY, shot, BodyTable.POOLED) - 1
    spent, k = cell(world, Table.SHOT, row, Shot.SPENT), slot_at(slot, 0)
    knock, inverse = const(world, cell(world, Table.SHOT, row, Shot.KNOCK)), s[at(other, Body.INV_MASS), lane]
    if s[spent, lane] == ZERO and inverse > ZERO and knock > ZERO:
        s[spent, lane] = ONE
        s[at(other, Body.VX), lane] += side * knock * inverse * scratch.slots[k + Slot.NX, lane]
        s[at(other, Body.VY), lane] += side * knock * inverse * scratch.slots[k + Slot.NY, lane]
    if cell(world, Table.SHOT, row, Shot.VANISHES) == 1:
        s[spent, lane] = ONE
        for field in (Body.VX, Body.VY, Body.SPIN, Body.SOLID):
            s[at(shot, field), lane] = ZERO
        for n in range(scratch.i[Integer.COUNT + lane]):
            _release(s, world, shot, n, lane, scratch)


@inner
def _release(s, world, shot, slot, lane, scratch):
    """Mark what a contact of a spent projectile pushed, and make it push nothing more."""
    ids, k = slot * SlotWord.SIZE, slot_at(slot, 0)
    first = at(shot, 0)
    if scratch.u[ids + SlotWord.BODY_A, lane] == first or scratch.u[ids + SlotWord.BODY_B, lane] == first:
        watch = scratch.u[ids + SlotWord.WATCH, lane]
        if watch > 0 and scratch.slots[k + Slot.PEAK, lane] > ZERO:
            s[watch - 1, lane] = ONE
        clear_slot(scratch, slot, lane)
