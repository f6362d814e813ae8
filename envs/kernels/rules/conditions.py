"""In which worlds a rule's event has come and its condition holds."""

import numpy as np

from ...jit.ir import LANES
from ...jit.kernel import inner, shared
from ..formulas.run import run
from ..world.bodies import at
from ..world.elementary import HALF, ONE, ZERO
from ..world.layout.programs import Meeting, Met, Rule, When
from ..world.layout.scratch import Area, Integer
from ..world.layout.things import Body, BodyTable
from ..world.layout.world import F, Table
from ..world.tables import cell, const, decisions, span_at
from .meetings import is_ending


@inner
def mark_free(s, world, a, b, f):
    """Mark (Area.FREE) in which of the asking worlds those of a meeting are there and have been placed by no rule in this decision; body 0 is nobody."""
    present_a, present_b, moved_a, moved_b = at(a, Body.ALIVE), at(b, Body.ALIVE), placed_at(world, a), placed_at(world, b)
    for l in range(LANES):
        free_a = a == 0 or (s[present_a, l] > ZERO and (moved_a < 0 or s[max(moved_a, 0), l] == ZERO))
        free_b = b == 0 or (s[present_b, l] > ZERO and (moved_b < 0 or s[max(moved_b, 0), l] == ZERO))
        f[Area.FREE, l] = f[Area.ASK, l] if free_a and free_b else ZERO


@inner
def placed_at(world, body):
    """The row that says whether a rule placed a body in this decision; below 0 where none does that."""
    return cell(world, Table.BODY, body, BodyTable.PLACED)


@inner
def expect(s, world, rule, entry, scratch):
    """Write (Area.LEFT) how many events a meeting brings in this decision, should its `if` hold. Returns in how many worlds it brings some.

    Without a cooldown there is one for each meeting, or for the end of each; with one, while they are together (or, having met, apart), at most so often.
    """
    meeting, f, met = scratch.near[entry], scratch.f, scratch.met
    ends, cooldown = is_ending(cell(world, Table.RULE, rule, Rule.WHEN)), const(world, cell(world, Table.RULE, rule, Rule.COOLDOWN))
    held, wait = cell(world, Table.MEETING, meeting, Meeting.HELD), cell(world, Table.MEETING, meeting, Meeting.WAIT)
    hits = 0
    for l in range(LANES):
        count, now = count_and_now(met[entry, l])
        waits = s[held, l] == F(Met.WAITS)
        left = count + (ONE if waits and not ends else ZERO)
        if cooldown > ZERO:
            lasts = count > ZERO or (waits and not now) if ends else count > ZERO or (now and s[held, l] != F(Met.PUT))
            left = ONE if lasts and s[wait, l] <= ONE else ZERO
        f[Area.LEFT, l] = left
        hits += 1 if left > ZERO else 0
    return hits


@inner
def count_and_now(met):
    """How often two met or parted in this decision, and whether they are together now: what Scratch.met says."""
    count = np.floor(met * HALF)
    return count, met - F(2) * count > ZERO


@inner
def ask_if(s, world, rule, meeting, scratch, keys):
    """Clear the mask where the rule's `if` doesn't hold."""
    f = scratch.f
    first, last = span_at(world, Table.RULE, rule, Rule.IF)
    if last > first:
        scratch.i[Integer.REGISTER + 0], scratch.i[Integer.REGISTER + 1] = (
            cell(world, Table.MEETING, meeting, Meeting.A),
            cell(world, Table.MEETING, meeting, Meeting.B),
        )
        for l in range(LANES):
            f[Area.HELD, l] = f[Area.MASK, l]  # `run` may use the mask row itself
        run(s, world, (first, last), scratch, keys, f[Area.HELD])
        for l in range(LANES):
            f[Area.MASK, l] = f[Area.HELD, l] if f[Area.STACK, l] != ZERO else ZERO


@shared
def mark_condition(s, world, rule, meeting, scratch, keys):
    """Write to the mask in which worlds the condition of a rule holds that is about no pair."""
    a, b = cell(world, Table.MEETING, meeting, Meeting.A), cell(world, Table.MEETING, meeting, Meeting.B)
    mask, when = scratch.f[Area.MASK], cell(world, Table.RULE, rule, Rule.WHEN)
    held = cell(world, Table.MEETING, meeting, Meeting.HELD)
    value = const(world, cell(world, Table.RULE, rule, Rule.VALUE))
    if when == When.FORMULA:
        run(s, world, span_at(world, Table.RULE, rule, Rule.CODE), scratch, keys, scratch.f[Area.ASK])
        for l in range(LANES):
            mask[l] = ONE if scratch.f[Area.STACK, l] != ZERO else ZERO
    elif when == When.EVERY or when == When.AT:
        period, parts = cell(world, Table.RULE, rule, Rule.PERIOD), cell(world, Table.RULE, rule, Rule.PARTS)
        for l in range(LANES):
            step = decisions(s, world, l)
            due = step == period if when == When.AT else (step * parts) % period < parts  # as often as whole periods have passed
            mask[l] = ONE if due else ZERO
            s[held, l] = ZERO  # one beat after the other is one event after the other
    elif when == When.START:
        for l in range(LANES):
            mask[l] = ONE
    elif when == When.BREAKS or when == When.GRABS or when == When.RELEASES:
        row, thing = cell(world, Table.MEETING, meeting, Meeting.WATCH), F(b)
        for l in range(LANES):
            holds = s[row, l] > ZERO if when == When.BREAKS else (s[row, l] == thing if when == When.GRABS else s[row, l] != thing)
            mask[l] = ONE if holds else ZERO
    else:
        _hold_hears(s, at(a, Body.SAID), at(a, Body.ALIVE), value, cell(world, Table.MEETING, meeting, Meeting.WATCH), held, mask)


@shared
def _hold_hears(s, said, alive, value, last, held, mask):
    """A symbol is being said; where none is named (`value` -1), another one than in the last decision."""
    if last < 0:
        for l in range(LANES):
            mask[l] = s[alive, l] if s[said, l] == value else ZERO
        return
    for l in range(LANES):
        now = s[said, l]
        mask[l] = s[alive, l] if now != s[last, l] and now >= ZERO else ZERO
        s[last, l] = now
        s[held, l] = ZERO  # one change after the other is one event after the other
