"""The game's own logic: which rules fired in this decision, what they do, what they pay, and whether the episode is over."""

import numpy as np

from ...jit.ir import LANES
from ...jit.kernel import inner, shared
from ..collision.contacts import list_marked
from ..collision.geometry import at
from ..formulas.run import run
from ..physics.reunite import loosen
from ..spawn.begin import place
from ..world.elementary import DEGREE, HALF, ONE, ZERO, cos, in_a_turn, sin, within
from ..world.layout.programs import Effect, EffectOp, Keep, Lot, Meeting, Met, Rule, Target, Team, Term, TermOp, When
from ..world.layout.scratch import Area, Integer
from ..world.layout.things import Body, BodyTable, Shot
from ..world.layout.world import F, Gate, Table, Whole
from ..world.rng import uniform
from ..world.tables import cell, const, decisions, row_count
from .meetings import find_meetings, forget_meetings, is_ending, is_lasting

GREATEST, _FASTEST, _QUICKEST, _STRONGEST = F(1e12), F(1e3), F(1e5), F(1e5)
"""What no rule or reward gets past: numbers, speeds [m/s], spins [degrees/s], drives [m/s^2]; as the limits of the language."""


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
        starts = ONE if cell(world, Table.RULE, rule, Rule.WHEN) == When.START else ZERO  # what happened at the start is an event of the first decision
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
def open_gates(s, world, scratch, keys):
    """Evaluate every `solid_if`, in the lanes that ask (Area.ASK); one that asks about `other` for each of these."""
    asks, st = scratch.f[Area.ASK], scratch.f[Area.STACK]
    for n in range(row_count(world, Table.GATE)):
        body, others = cell(world, Table.GATE, n, Gate.BODY), cell(world, Table.GATE, n, Gate.OTHERS)
        scratch.i[Integer.REGISTER + 0] = body
        for k in range(others):
            scratch.i[Integer.REGISTER + 0], scratch.i[Integer.REGISTER + 1] = body, cell(world, Table.GATE, n, Gate.OTHER) + k
            run(s, world, cell(world, Table.GATE, n, Gate.CODE), cell(world, Table.GATE, n, Gate.CODE_END), scratch, keys, asks)
            row = cell(world, Table.GATE, n, Gate.ROW) + k
            for l in range(LANES):
                s[row, l] = (ONE if st[l] != ZERO else ZERO) if asks[l] > ZERO else s[row, l]
        if others == 0:
            run(s, world, cell(world, Table.GATE, n, Gate.CODE), cell(world, Table.GATE, n, Gate.CODE_END), scratch, keys, asks)
            solid, alive = at(body, Body.SOLID), at(body, Body.ALIVE)
            for l in range(LANES):
                opens = s[alive, l] if st[l] != ZERO else ZERO
                s[solid, l] = opens if asks[l] > ZERO else s[solid, l]


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
def _lot_at(world, rule, meeting, which):
    """First row in Scratch.claims of the lots of what a meeting claims: the first (0), the second (1), its rule (2); below 0 where it doesn't."""
    claims = cell(world, Table.RULE, rule, Rule.CLAIMS)
    if which == 0 and claims % 2 == 1:
        return (cell(world, Table.RULE, rule, Rule.CLAIM_A) + cell(world, Table.MEETING, meeting, Meeting.A)) * Lot.ROWS
    if which == 1 and claims // 2 % 2 == 1:
        return (cell(world, Table.RULE, rule, Rule.CLAIM_B) + cell(world, Table.MEETING, meeting, Meeting.B)) * Lot.ROWS
    if which == 2 and claims >= 4:
        return cell(world, Table.RULE, rule, Rule.CLAIM) * Lot.ROWS
    return -1


@shared
def draw_lots(s, world, found, live, scratch, keys):
    """Where several meetings of one decision claim the same thing (each would remove or place it, or their rule fires but once), let each world draw one.

    Every meeting has one number, drawn in its world; the greatest wins each lot.
    """
    claims, f = scratch.claims, scratch.f
    for k in range(world.whole[Whole.CLAIMS] * Lot.ROWS):
        for l in range(LANES):
            claims[k, l] = ZERO
    entry = 0
    for rule in range(world.whole[Whole.RULES]):
        last = cell(world, Table.RULE, rule, Rule.MEETING) + cell(world, Table.RULE, rule, Rule.MEETINGS)
        while entry < found and scratch.near[entry] < last:
            meeting = scratch.near[entry]
            if cell(world, Table.RULE, rule, Rule.CLAIMS) > 0 and expect(s, world, rule, entry, scratch) > 0:
                mark_free(s, world, cell(world, Table.MEETING, meeting, Meeting.A), cell(world, Table.MEETING, meeting, Meeting.B), f)
                for l in range(LANES):
                    f[Area.MASK, l] = f[Area.FREE, l] if f[Area.LEFT, l] > ZERO else ZERO
                if cell(world, Table.RULE, rule, Rule.DRAWS) == 0:
                    ask_if(s, world, rule, meeting, scratch, keys)
                for k in range(list_marked(live, scratch)):
                    l = scratch.i[Integer.NEAR + k]
                    luck = uniform(keys, l)
                    for which in range(3):
                        lot = _lot_at(world, rule, meeting, which)
                        if lot >= 0:
                            if claims[lot, l] == ZERO or luck > claims[lot + 1, l]:
                                claims[lot + 1, l], claims[lot + 2, l] = luck, F(meeting)
                            claims[lot, l] += ONE
            entry += 1


@shared
def mark_turn(world, rule, meeting, again, scratch):
    """Write (Area.TURN) in which worlds it is a meeting's turn: 1; those that the lot didn't fall on come later (`again`), and not (2) where that falls on
    one that is judged later still. Returns in how many worlds the lot fell on another.
    """
    claims, f, losers = scratch.claims, scratch.f, 0
    for l in range(LANES):
        f[Area.TURN, l] = ZERO if again else ONE
    if cell(world, Table.RULE, rule, Rule.CLAIMS) == 0:
        return losers
    last = cell(world, Table.RULE, rule, Rule.MEETING) + cell(world, Table.RULE, rule, Rule.MEETINGS)
    for which in range(3):
        lot = _lot_at(world, rule, meeting, which)
        if lot >= 0:
            for l in range(LANES):
                lost = claims[lot, l] > ONE and claims[lot + 2, l] != F(meeting)
                later = claims[lot + 2, l] >= F(last)
                turn = max(f[Area.TURN, l], F(2) if later else ONE) if again else ZERO
                f[Area.TURN, l] = turn if lost else f[Area.TURN, l]
                losers += 1 if lost else 0
    return losers


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


@inner
def ask_if(s, world, rule, meeting, scratch, keys):
    """Clear the mask where the rule's `if` doesn't hold."""
    f, first, last = scratch.f, cell(world, Table.RULE, rule, Rule.IF), cell(world, Table.RULE, rule, Rule.IF_END)
    if last > first:
        scratch.i[Integer.REGISTER + 0], scratch.i[Integer.REGISTER + 1] = (
            cell(world, Table.MEETING, meeting, Meeting.A),
            cell(world, Table.MEETING, meeting, Meeting.B),
        )
        for l in range(LANES):
            f[Area.HELD, l] = f[Area.MASK, l]  # `run` may use the mask row itself
        run(s, world, first, last, scratch, keys, f[Area.HELD])
        for l in range(LANES):
            f[Area.MASK, l] = f[Area.HELD, l] if f[Area.STACK, l] != ZERO else ZERO


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
def mark_condition(s, world, rule, meeting, scratch, keys):
    """Write to the mask in which worlds the condition of a rule holds that is about no pair."""
    a, b = cell(world, Table.MEETING, meeting, Meeting.A), cell(world, Table.MEETING, meeting, Meeting.B)
    mask, when = scratch.f[Area.MASK], cell(world, Table.RULE, rule, Rule.WHEN)
    held = cell(world, Table.MEETING, meeting, Meeting.HELD)
    value = const(world, cell(world, Table.RULE, rule, Rule.VALUE))
    if when == When.FORMULA:
        run(s, world, cell(world, Table.RULE, rule, Rule.CODE), cell(world, Table.RULE, rule, Rule.CODE_END), scratch, keys, scratch.f[Area.ASK])
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
            run(
                s,
                world,
                cell(world, Table.EFFECT, effect, Effect.CODE),
                cell(world, Table.EFFECT, effect, Effect.CODE_END),
                scratch,
                keys,
                scratch.f[Area.HELD],
            )
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


@shared
def pay(s, world, share, scratch, keys, buffers):
    """Write each agent's reward, term by term and in sum, for the worlds of one block.

    Where a team shares, each member gets the sum over its members; an event counts once for the team. Who is out of the game gets nothing, but
    in the decision in which it leaves it is still paid for events.
    """
    f = scratch.f
    for team in range(row_count(world, Table.TEAM)):
        agents, first_body = cell(world, Table.TEAM, team, Team.AGENTS), cell(world, Table.TEAM, team, Team.FIRST)
        for term in range(cell(world, Table.TEAM, team, Team.TERM), cell(world, Table.TEAM, team, Team.TERM_END)):
            shares, event = cell(world, Table.TERM, term, Term.SHARED) == 1, cell(world, Table.TERM, term, Term.OP) == TermOp.EVENT
            if shares:
                for l in range(LANES):
                    f[Area.HELD, l] = ZERO
                for agent in range(1 if event else agents):
                    _term(s, world, term, agent, first_body + agent, scratch, keys)
                    for l in range(LANES):
                        f[Area.HELD, l] += f[Area.STACK, l]
            for agent in range(agents):
                if shares:
                    for l in range(LANES):
                        f[Area.STACK, l] = f[Area.HELD, l]
                elif cell(world, Table.TERM, term, Term.COMMON) == 1:
                    _common_term(s, world, term, agent, first_body + agent, scratch, keys)
                else:
                    _term(s, world, term, agent, first_body + agent, scratch, keys)
                if shares or event:
                    _only_present(s, world, first_body + agent, f)
                _write(world, team, term, agent, share, f, buffers)


@shared
def _only_present(s, world, body, f):
    """Clear the stack's number in the worlds that an agent had left before this decision."""
    alive = at(body, Body.ALIVE)
    for l in range(LANES):
        f[Area.MASK, l] = s[alive, l]
    for effect in range(row_count(world, Table.EFFECT)):
        if cell(world, Table.EFFECT, effect, Effect.OP) == EffectOp.REMOVE:
            if body >= cell(world, Table.EFFECT, effect, Effect.FIRST) and body < cell(world, Table.EFFECT, effect, Effect.LAST):
                left = left_at(world, effect, body)
                for l in range(LANES):
                    f[Area.MASK, l] += s[left, l]
    for l in range(LANES):
        f[Area.STACK, l] = f[Area.STACK, l] if f[Area.MASK, l] > ZERO else ZERO


@shared
def _common_term(s, world, term, agent, body, scratch, keys):
    """As `_term` for a formula that is the same for the whole team: evaluated for the first member, kept for the others."""
    f, alive = scratch.f, at(body, Body.ALIVE)
    if agent == 0:
        run(s, world, cell(world, Table.TERM, term, Term.CODE), cell(world, Table.TERM, term, Term.CODE_END), scratch, keys, scratch.f[Area.ASK])
        weight = const(world, cell(world, Table.TERM, term, Term.WEIGHT))
        for l in range(LANES):
            f[Area.HELD, l] = within(weight * f[Area.STACK, l], GREATEST)
    for l in range(LANES):
        f[Area.STACK, l] = f[Area.HELD, l] if s[alive, l] > ZERO else ZERO


@shared
def _term(s, world, term, agent, body, scratch, keys):
    """Leave one term of one agent's reward on the stack; no formula pays those out of the game."""
    op, weight = cell(world, Table.TERM, term, Term.OP), const(world, cell(world, Table.TERM, term, Term.WEIGHT))
    st, alive = scratch.f[Area.STACK], at(body, Body.ALIVE)
    if op == TermOp.EVENT or op == TermOp.PART:
        row = cell(world, Table.TERM, term, Term.ROW) + (agent if op == TermOp.PART else 0)
        for l in range(LANES):
            st[l] = weight * s[row, l]
        _weigh(s, world, term, st)
        return
    scratch.i[Integer.REGISTER + 0], scratch.i[Integer.REGISTER + 1] = body, body
    run(s, world, cell(world, Table.TERM, term, Term.CODE), cell(world, Table.TERM, term, Term.CODE_END), scratch, keys, scratch.f[Area.ASK])
    if op == TermOp.PROGRESS:
        row = cell(world, Table.TERM, term, Term.ROW) + agent
        for l in range(LANES):
            now = within(st[l], GREATEST)
            st[l] = weight * (now - s[row, l]) if s[alive, l] > ZERO else ZERO
            s[row, l] = now
    else:
        for l in range(LANES):
            st[l] = within(weight * st[l], GREATEST) if s[alive, l] > ZERO else ZERO
    _weigh(s, world, term, st)


@inner
def _weigh(s, world, term, st):
    """Multiply a term by its weight where that is a param which varies by world."""
    row = cell(world, Table.TERM, term, Term.PARAM)
    if row > 0:
        for l in range(LANES):
            st[l] = within(s[row, l] * st[l], GREATEST)


@shared
def begin_progress(s, world, scratch, keys, lane):
    """Remember where each `progress` term starts in a new episode."""
    for team in range(row_count(world, Table.TEAM)):
        for term in range(cell(world, Table.TEAM, team, Team.TERM), cell(world, Table.TEAM, team, Team.TERM_END)):
            if cell(world, Table.TERM, term, Term.OP) == TermOp.PROGRESS:
                for agent in range(cell(world, Table.TEAM, team, Team.AGENTS)):
                    scratch.i[Integer.REGISTER + 0] = cell(world, Table.TEAM, team, Team.FIRST) + agent
                    scratch.i[Integer.REGISTER + 1] = scratch.i[Integer.REGISTER + 0]
                    run(
                        s,
                        world,
                        cell(world, Table.TERM, term, Term.CODE),
                        cell(world, Table.TERM, term, Term.CODE_END),
                        scratch,
                        keys,
                        scratch.f[Area.ASK],
                    )
                    s[cell(world, Table.TERM, term, Term.ROW) + agent, lane] = within(scratch.f[Area.STACK, lane], GREATEST)


@shared
def _write(world, team, term, agent, share, f, buffers):
    """Add the stack's number to an agent's reward, and write it down for its term."""
    first_world, live, worlds = share
    agents = cell(world, Table.TEAM, team, Team.AGENTS)
    out = cell(world, Table.TEAM, team, Team.REWARD_OFFSET) * worlds + first_world * agents + agent
    ledger = cell(world, Table.TERM, term, Term.OUT) * worlds + first_world * agents + agent
    for l in range(live):
        buffers.reward[out + l * agents] += f[Area.STACK, l]
        buffers.reward[ledger + l * agents] = f[Area.STACK, l]


@inner
def has_ended(s, world, lane):
    """Whether a rule named in `end` fired in this decision."""
    for rule in range(world.whole[Whole.RULES]):
        if cell(world, Table.RULE, rule, Rule.ENDS) == 1 and s[world.whole[Whole.FIRED] + rule, lane] > ZERO:
            return True
    return False
