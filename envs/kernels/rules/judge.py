"""The game's own logic: which rules fired in this decision, what they do, what they pay, and whether the episode is over."""

import numpy as np

from ...jit.ir import LANES
from ...jit.kernel import inner, shared
from ..world.bodies import at
from ..world.elementary import ONE, ZERO
from ..world.layout.programs import Effect, EffectOp, Meeting, Met, Rule, When
from ..world.layout.scratch import Area, Integer
from ..world.layout.things import Body, BodyTable
from ..world.layout.world import F, Table, Whole
from ..world.rng import uniform
from ..world.tables import cell, const, row_count
from .conditions import ask_if, count_and_now, expect, mark_condition, mark_free, placed_at
from .effects import apply, left_at
from .gates import open_gates
from .lots import draw_lots, mark_turn
from .meetings import find_meetings, is_ending, is_lasting


@shared
def judge(s, world, live, scratch, keys):
    """Fire rules in the order of the file; each sees what the ones before it did. Then doors and the like open or close."""
    _clear(s, world)
    found = find_meetings(s, world, live, scratch)
    if world.whole[Whole.CLAIMS] > 0:
        draw_lots(s, world, found, live, scratch, keys)
    entry = 0
    for rule in range(world.whole[Whole.RULES]):
        first = cell(world, Table.RULE, rule, Rule.MEETING)
        last = first + cell(world, Table.RULE, rule, Rule.MEETINGS)
        if is_lasting(cell(world, Table.RULE, rule, Rule.WHEN)):
            begin, losers = entry, 0
            while entry < found and scratch.near[entry] < last:
                losers += _judge_meeting(s, world, rule, entry, False, live, scratch, keys)
                entry += 1
            if losers > 0:  # those the lot didn't fall on take what is left
                for again in range(begin, entry):
                    _judge_meeting(s, world, rule, again, True, live, scratch, keys)
        elif cell(world, Table.RULE, rule, Rule.WHEN) != When.START:
            for meeting in range(first, last):
                _judge_moment(s, world, rule, meeting, live, scratch, keys)
    open_gates(s, world, scratch, keys)


@shared
def _clear(s, world):
    """Forget what fired, who took part, who left and who was placed in the last decision."""
    row, clock = world.whole[Whole.FIRED], world.whole[Whole.CLOCK]
    for rule in range(world.whole[Whole.RULES]):
        starts = (
            ONE if cell(world, Table.RULE, rule, Rule.WHEN) == When.START else ZERO
        )  # what happened at the start is an event of the first decision
        for l in range(LANES):
            s[row + rule, l] *= starts if s[clock, l] == ONE else ZERO
    for meeting in range(row_count(world, Table.MEETING)):
        for column in (Meeting.PART_A, Meeting.PART_B):
            part = cell(world, Table.MEETING, meeting, column)
            if part >= 0:
                for l in range(LANES):
                    s[part, l] = ZERO
    for effect in range(row_count(world, Table.EFFECT)):
        op = cell(world, Table.EFFECT, effect, Effect.OP)
        if op == EffectOp.REMOVE or op == EffectOp.PLACE:
            for body in range(cell(world, Table.EFFECT, effect, Effect.FIRST), cell(world, Table.EFFECT, effect, Effect.LAST)):
                row = left_at(world, effect, body) if op == EffectOp.REMOVE else cell(world, Table.BODY, body, BodyTable.PLACED)
                for l in range(LANES):
                    s[row, l] = ZERO


@shared
def act_at_start(s, world, lane, scratch, keys):
    """Let the `start` rules act in the one world that asks (Area.ASK), whose episode begins, before anybody observes it; its doors open or close."""
    open_gates(s, world, scratch, keys)
    acted = False
    for rule in range(world.whole[Whole.RULES]):
        if cell(world, Table.RULE, rule, Rule.WHEN) == When.START:
            meeting = cell(world, Table.RULE, rule, Rule.MEETING)
            _judge_moment(s, world, rule, meeting, lane + 1, scratch, keys)
            s[cell(world, Table.MEETING, meeting, Meeting.HELD), lane] = ZERO
            s[cell(world, Table.MEETING, meeting, Meeting.WAIT), lane] = ZERO
            acted = True
    if acted:
        open_gates(s, world, scratch, keys)


@shared
def _judge_meeting(s, world, rule, entry, again, live, scratch, keys):
    """Judge one pair of a lasting event. Returns in how many worlds others come first, see mark_turn."""
    meeting, f = scratch.near[entry], scratch.f
    a, b = cell(world, Table.MEETING, meeting, Meeting.A), cell(world, Table.MEETING, meeting, Meeting.B)
    losers = mark_turn(world, rule, meeting, again, scratch)
    expected, n = expect(s, world, rule, entry, scratch), 0
    for l in range(LANES):
        f[Area.CAME, l] = ZERO
    while expected > 0:
        mark_free(s, world, a, b, f)
        hits, expected = 0, 0
        for l in range(LANES):
            comes = f[Area.LEFT, l] > F(n) and f[Area.TURN, l] == ONE and f[Area.FREE, l] > ZERO
            f[Area.MASK, l] = ONE if comes else ZERO
            hits += 1 if comes else 0
            expected += 1 if f[Area.LEFT, l] > F(n + 1) else 0
        if hits > 0:
            _happen(s, world, rule, meeting, n, live, scratch, keys)
        n += 1
    _settle(s, world, rule, entry, scratch)
    return losers


@shared
def _settle(s, world, rule, entry, scratch):
    """Remember how a pair stands after this decision; what a rule has placed keeps what forget_meetings wrote."""
    meeting, f, met = scratch.near[entry], scratch.f, scratch.met
    ends, cooldown = is_ending(cell(world, Table.RULE, rule, Rule.WHEN)), const(world, cell(world, Table.RULE, rule, Rule.COOLDOWN))
    held, wait = cell(world, Table.MEETING, meeting, Meeting.HELD), cell(world, Table.MEETING, meeting, Meeting.WAIT)
    a, b = cell(world, Table.MEETING, meeting, Meeting.A), cell(world, Table.MEETING, meeting, Meeting.B)
    present_a, present_b, moved_a, moved_b = at(a, Body.ALIVE), at(b, Body.ALIVE), placed_at(world, a), placed_at(world, b)
    for l in range(LANES):
        count, now = count_and_now(met[entry, l])
        was, came = s[held, l], f[Area.CAME, l] > ZERO
        left = max(s[wait, l] - ONE, ZERO)
        waits_on = cooldown > ZERO and (count > ZERO or was == F(Met.WAITS))
        together = F(Met.DONE)
        if not ends:
            kept = count == ZERO and (was == F(Met.DONE) or was == F(Met.PUT))
            fresh = F(Met.DONE) if came or cooldown > ZERO else F(Met.WAITS)
            together = was if kept else fresh
        apart = F(Met.WAITS) if ends and waits_on else F(Met.NOT)
        gone = s[present_a, l] == ZERO or (b > 0 and s[present_b, l] == ZERO)
        moved = (moved_a >= 0 and s[max(moved_a, 0), l] > ZERO) or (moved_b >= 0 and s[max(moved_b, 0), l] > ZERO)
        after = F(Met.NOT) if gone else (was if moved else (together if now else apart))
        turn = f[Area.TURN, l] > ZERO and f[Area.ASK, l] > ZERO
        s[held, l] = after if turn else was
        s[wait, l] = (cooldown if came else left) if turn else s[wait, l]


@shared
def _judge_moment(s, world, rule, meeting, live, scratch, keys):
    """Judge what has no two that are together for a while: formulas, the clock, hands, joints, speech. All but a formula happen at a moment, or not."""
    a, b, f = cell(world, Table.MEETING, meeting, Meeting.A), cell(world, Table.MEETING, meeting, Meeting.B), scratch.f
    held, wait = cell(world, Table.MEETING, meeting, Meeting.HELD), cell(world, Table.MEETING, meeting, Meeting.WAIT)
    when, cooldown = cell(world, Table.RULE, rule, Rule.WHEN), const(world, cell(world, Table.RULE, rule, Rule.COOLDOWN))
    scratch.i[Integer.REGISTER + 0], scratch.i[Integer.REGISTER + 1] = a, b
    mark_condition(s, world, rule, meeting, scratch, keys)
    mark_free(s, world, a, b, f)
    hits = 0
    for l in range(LANES):
        holds, was = f[Area.MASK, l] > ZERO, s[held, l]
        new = was == F(Met.NOT) or (when == When.FORMULA and was == F(Met.WAITS))
        comes = holds and f[Area.FREE, l] > ZERO and (s[wait, l] <= ONE if cooldown > ZERO else new)
        f[Area.LEFT, l] = ONE if holds else ZERO
        f[Area.CAME, l] = ZERO
        f[Area.MASK, l] = ONE if comes else ZERO
        hits += 1 if comes else 0
    if hits > 0:
        _happen(s, world, rule, meeting, 0, live, scratch, keys)
    for l in range(LANES):
        came = f[Area.CAME, l] > ZERO
        done = came or s[held, l] == F(Met.DONE) or when != When.FORMULA
        after = (F(Met.DONE) if done else F(Met.WAITS)) if f[Area.LEFT, l] > ZERO else ZERO
        s[held, l] = after if f[Area.ASK, l] > ZERO else s[held, l]
        s[wait, l] = (cooldown if came else max(s[wait, l] - ONE, ZERO)) if f[Area.ASK, l] > ZERO else s[wait, l]


@shared
def _happen(s, world, rule, meeting, n, live, scratch, keys):
    """Let the n-th event of a meeting come in the worlds of the mask, where the rule's `if` holds and `once` allows it; then Area.CAME is 1."""
    f = scratch.f
    a, b = cell(world, Table.MEETING, meeting, Meeting.A), cell(world, Table.MEETING, meeting, Meeting.B)
    ask_if(s, world, rule, meeting, scratch, keys)
    once, count = cell(world, Table.RULE, rule, Rule.ONCE) == 1, world.whole[Whole.COUNT] + rule
    for l in range(LANES):
        f[Area.MASK, l] = ZERO if once and s[count, l] > ZERO else f[Area.MASK, l]
        f[Area.CAME, l] = f[Area.MASK, l] if f[Area.LEFT, l] > F(n) else f[Area.CAME, l]
    if _fire(s, world, rule, meeting, live, scratch, keys) > 0:
        for l in range(LANES):
            f[Area.HELD, l] = f[Area.MASK, l]
        scratch.i[Integer.REGISTER + 0], scratch.i[Integer.REGISTER + 1] = a, b
        first = cell(world, Table.RULE, rule, Rule.EFFECT)
        for effect in range(first, first + cell(world, Table.RULE, rule, Rule.EFFECTS)):
            apply(s, world, effect, (a, b), live, scratch, keys)


@shared
def _fire(s, world, rule, meeting, live, scratch, keys):
    """Throw the rule's die in the worlds of the mask, and count where it fires. Returns in how many worlds that is."""
    mask = scratch.f[Area.MASK]
    fired, count = world.whole[Whole.FIRED] + rule, world.whole[Whole.COUNT] + rule
    chance = const(world, cell(world, Table.RULE, rule, Rule.CHANCE))
    hits = 0
    for l in range(LANES):
        hits += np.int32(mask[l] != ZERO)
    if chance < ONE and hits > 0:
        for l in range(live):
            if mask[l] != ZERO and uniform(keys, l) >= chance:
                mask[l] = ZERO
                hits -= 1
    if hits > 0:
        for l in range(LANES):
            s[fired, l] += mask[l]
            s[count, l] += mask[l]
        for column in (Meeting.PART_A, Meeting.PART_B):
            part = cell(world, Table.MEETING, meeting, column)
            if part >= 0:
                for l in range(LANES):
                    s[part, l] += mask[l]
    return hits


@inner
def has_ended(s, world, lane):
    """Whether a rule named in `end` fired in this decision."""
    for rule in range(world.whole[Whole.RULES]):
        if cell(world, Table.RULE, rule, Rule.ENDS) == 1 and s[world.whole[Whole.FIRED] + rule, lane] > ZERO:
            return True
    return False
